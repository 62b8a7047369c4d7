//! A server with its controllers, in time that passes only when all wait.

use std::time::Duration;

use manifest::Node;

use super::nodes;
use crate::make::meta;
use crate::{Answer, Call, Options, Server, Verb};

/// A cluster whose clock follows the runtime's.
pub(in crate::simulate) fn server(simulate: bool) -> Server {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let began = tokio::time::Instant::now();
    let clock = move || start + jiff::SignedDuration::try_from(began.elapsed()).unwrap();
    let options = Options::new("test", std::sync::Arc::new(clock));
    Server::open(Options { simulate, seed: 7, ..options }).unwrap()
}

pub(in crate::simulate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn to(verb: Verb, node: &Node) -> Call {
    let kinds = schema::Kinds::builtin();
    let api_version = node.str_at(&["apiVersion"]).unwrap();
    let info = kinds.info(api_version, node.str_at(&["kind"]).unwrap()).unwrap();
    let is_namespaced = info.scope == schema::Scope::Namespaced;
    let namespace = match meta(node, "namespace") {
        "" if is_namespaced => "default",
        namespace => namespace,
    };
    Call {
        verb,
        api_version: api_version.into(),
        plural: info.plural.clone(),
        namespace: namespace.into(),
        name: if verb == Verb::Create { "".into() } else { meta(node, "name").into() },
        body: (verb != Verb::Delete).then(|| node.clone()),
        user_agent: "test".to_owned(),
        ..Call::default()
    }
}

#[track_caller]
fn done(answer: &Answer) {
    assert!(answer.is_success(), "{} {}", answer.code, answer.message());
}

#[track_caller]
pub(in crate::simulate) fn create(server: &Server, yaml: &str) {
    for node in nodes(yaml) {
        done(&server.call(&to(Verb::Create, &node)));
    }
}

/// Deletes what a YAML names.
#[track_caller]
pub(super) fn delete(server: &Server, yaml: &str, propagation: &str) {
    for node in nodes(yaml) {
        let mut call = to(Verb::Delete, &node);
        call.query = vec![("propagationPolicy".to_owned(), propagation.to_owned())];
        done(&server.call(&call));
    }
}

/// Merges a YAML into what is there.
#[track_caller]
pub(in crate::simulate) fn change(server: &Server, yaml: &str) {
    for node in nodes(yaml) {
        done(&server.call(&to(Verb::Patch(crate::PatchType::Merge), &node)));
    }
}

/// The objects of a collection in `default` or of the cluster, a line each: the name, then some
/// fields, dots between their parts.
pub(super) fn list(server: &Server, collection: &str, fields: &[&str]) -> String {
    let (plural, group) = collection.split_once('.').unwrap_or((collection, ""));
    let objects = server.objects(group, plural);
    let objects = objects.iter().filter(|node| matches!(meta(node, "namespace"), "default" | ""));
    let mut out = String::new();
    for node in objects {
        out.push_str(meta(node, "name"));
        for field in fields {
            let path: Vec<&str> = field.split('.').collect();
            let value = node.at(&path).map(super::json).unwrap_or_default();
            out.push(' ');
            out.push_str(value.trim_matches('"'));
        }
        out.push('\n');
    }
    out
}

/// The messages of Events about an object, the latest last.
pub(super) fn told(server: &Server, kind: &str, name: &str) -> Vec<String> {
    let events = server.objects("", "events");
    let mut events: Vec<_> = events
        .iter()
        .filter(|event| {
            event.str_at(&["involvedObject", "kind"]) == Some(kind)
                && event.str_at(&["involvedObject", "name"]).is_some_and(|of| of.starts_with(name))
        })
        .collect();
    events.sort_by_key(|event| meta(event, "resourceVersion").parse::<u64>().unwrap());
    let says = |event: &&Node| {
        let part = |key: &str| event.str_at(&[key]).unwrap_or_default().to_owned();
        format!("{} {}: {}", part("type"), part("reason"), part("message"))
    };
    events.iter().map(says).collect()
}

/// The Pods in `default` that are ready.
pub(in crate::simulate) fn ready(server: &Server) -> usize {
    let pods = server.objects("", "pods");
    let is_ready = |pod: &&Node| crate::simulate::edit::is_true(pod, "Ready");
    pods.iter().filter(|pod| meta(pod, "namespace") == "default").filter(is_ready).count()
}

/// What kstatus says of an object in `default`.
pub(super) fn health(server: &Server, collection: &str, name: &str) -> String {
    let (plural, group) = collection.split_once('.').unwrap_or((collection, ""));
    let object = server.object(group, plural, "default", name).unwrap();
    let health = schema::health::health(&manifest::Object::new(object).unwrap());
    format!("{}: {}", health.status, health.message)
}
