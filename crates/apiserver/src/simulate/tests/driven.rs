//! A server with its controllers, in time that passes only when all wait.

use std::time::Duration;

use manifest::Node;

use super::nodes;
use crate::make::meta;
use crate::{Answer, Call, Options, Server, Verb};

/// A cluster whose clock follows the runtime's.
pub(super) fn server() -> Server {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let began = tokio::time::Instant::now();
    let clock = move || start + jiff::SignedDuration::try_from(began.elapsed()).unwrap();
    let options = Options::new("test", std::sync::Arc::new(clock));
    Server::open(Options { simulate: true, seed: 7, ..options }).unwrap()
}

pub(super) async fn pass(seconds: u64) {
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
pub(super) fn done(answer: Answer) -> Node {
    assert!(answer.is_success(), "{} {}", answer.code, answer.message());
    answer.body
}

#[track_caller]
pub(super) fn create(server: &Server, yaml: &str) {
    for node in nodes(yaml) {
        done(server.call(&to(Verb::Create, &node)));
    }
}

/// Deletes what a YAML names.
#[track_caller]
pub(super) fn delete(server: &Server, yaml: &str, propagation: &str) {
    for node in nodes(yaml) {
        let mut call = to(Verb::Delete, &node);
        call.query = vec![("propagationPolicy".to_owned(), propagation.to_owned())];
        done(server.call(&call));
    }
}

/// Applies a YAML by a merge patch of what is there.
#[track_caller]
pub(super) fn change(server: &Server, yaml: &str) {
    for node in nodes(yaml) {
        done(server.call(&to(Verb::Patch(crate::PatchType::Merge), &node)));
    }
}

/// The objects of a collection in `default`, a line each: the name, then some fields.
pub(super) fn list(server: &Server, group: &str, plural: &str, fields: &[&[&str]]) -> Vec<String> {
    let objects = server.objects(group, plural);
    let objects = objects.iter().filter(|node| matches!(meta(node, "namespace"), "default" | ""));
    let line = |node: &Node| {
        let mut line = meta(node, "name").to_owned();
        for path in fields {
            let value = node.at(path).map(super::json).unwrap_or_default();
            line.push(' ');
            line.push_str(value.trim_matches('"'));
        }
        line
    };
    objects.map(line).collect()
}

/// The Pods in `default` that are ready.
pub(super) fn ready(server: &Server) -> usize {
    let pods = server.objects("", "pods");
    let is_ready = |pod: &&Node| crate::simulate::edit::is_true(pod, "Ready");
    pods.iter().filter(|pod| meta(pod, "namespace") == "default").filter(is_ready).count()
}

pub(super) const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: 'nginx:1'}]}
";

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_ready_in_steps() {
    let server = server();
    create(&server, WEB);
    let mut seen = Vec::new();
    for _ in 0..100 {
        let pods = list(&server, "", "pods", &[&["status", "phase"]]);
        let phases: Vec<_> = pods.iter().filter_map(|line| line.split_once(' ')).collect();
        let phases: Vec<_> = phases.iter().map(|(_, phase)| *phase).collect();
        let state = format!("{} ready {}", phases.join(","), ready(&server));
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let expected =
        [" ready 0", "Pending,Pending,Pending ready 0", "Running,Running,Running ready 3"];
    assert_eq!(seen, expected);
    let status = server.object("apps", "deployments", "default", "web").unwrap();
    let object = manifest::Object::new(status).unwrap();
    let health = schema::health::health(&object);
    assert_eq!(health.message, "Deployment is available. Replicas: 3");
}
