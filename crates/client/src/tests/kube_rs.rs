//! The kube crate as its users have it: typed and dynamic objects, discovery, status, scale, watches. It
//! needs to know of nothing here.

use std::fmt::{Display, Write};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, ServiceAccount};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{
    DeleteParams, DynamicObject, EvictParams, ListParams, Patch, PatchParams, PostParams,
    WatchEvent, WatchParams,
};
use kube::core::GroupVersionKind;
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client, Discovery, ResourceExt, discovery};
use serde_json::{Value, from_value, json};
use testkit::check_eq;

use super::Listening;

const SPACE: &str = "kube-rs";
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of it, line by line.
#[derive(Default)]
struct Log(String);

impl Log {
    fn line(&mut self, what: &str, came: impl Display) {
        writeln!(self.0, "{what}: {came}").unwrap();
    }

    fn say<T>(&mut self, what: &str, result: kube::Result<T>, show: impl Fn(&T) -> String) {
        match result {
            Ok(value) => self.line(what, show(&value)),
            Err(kube::Error::Api(status)) => {
                self.line(what, format!("{} {} {}", status.code, status.reason, status.message));
            }
            Err(error) => self.line(what, error),
        }
    }
}

fn map(name: &str, data: &Value) -> ConfigMap {
    from_value(json!({"metadata": {"name": name, "labels": {"of": "kube-rs"}}, "data": data}))
        .unwrap()
}

fn data(map: &ConfigMap) -> String {
    format!("{:?}", map.data.clone().unwrap_or_default())
}

async fn of_discovery(log: &mut Log, client: &Client) {
    let version = client.apiserver_version().await.unwrap();
    log.line("version", format!("{}.{}", version.major, version.minor));
    let plain = Discovery::new(client.clone()).run().await.unwrap();
    let aggregated = Discovery::new(client.clone()).run_aggregated().await.unwrap();
    for (how, discovery) in [("plain", &plain), ("aggregated", &aggregated)] {
        let apps = discovery.get("apps").unwrap();
        log.line(how, format!("apps/{}", apps.preferred_version_or_latest()));
        let gvk = GroupVersionKind::gvk("apps", "v1", "Deployment");
        let (resource, can) = discovery.resolve_gvk(&gvk).unwrap();
        let mut under: Vec<&str> =
            can.subresources.iter().map(|(resource, _)| resource.plural.as_str()).collect();
        under.sort_unstable();
        let mut verbs = can.operations.clone();
        verbs.sort();
        log.line(&resource.plural, format!("{:?} {} {under:?}", can.scope, verbs.join(",")));
    }
    let groups = |discovery: &Discovery| -> Vec<String> {
        discovery.groups_alphabetical().iter().map(|group| group.name().to_owned()).collect()
    };
    log.line("both say the same", groups(&plain) == groups(&aggregated));
}

async fn of_maps(log: &mut Log, client: &Client) {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), SPACE);
    let post = PostParams::default();
    let first = maps.create(&post, &map("a", &json!({"x": "1"}))).await.unwrap();
    log.say("create again", maps.create(&post, &map("a", &json!({}))).await, data);
    log.say("get", maps.get("a").await, data);
    log.say("get none", maps.get("none").await, data);
    log.say("get perhaps", maps.get_opt("none").await, |found| found.is_none().to_string());
    let apply = |manager: &str| PatchParams::apply(manager);
    let wanted = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"x": "2"}});
    let patched = maps.patch("a", &apply("one"), &Patch::Apply(&wanted)).await;
    log.say("apply", patched, data);
    let patched = maps.patch("a", &apply("one").force(), &Patch::Apply(&wanted)).await;
    log.say("apply by force", patched, data);
    let patch = Patch::Merge(json!({"data": {"x": null, "y": "3"}}));
    log.say("merge", maps.patch("a", &apply("two"), &patch).await, data);
    let patch = Patch::Strategic(json!({"data": {"z": "4"}}));
    log.say("strategic", maps.patch("a", &apply("two"), &patch).await, data);
    log.say("replace by an old one", maps.replace("a", &post, &first).await, data);
    let mut entry = maps.entry("a").await.unwrap().or_insert(|| map("a", &json!({})));
    entry.get_mut().data.get_or_insert_default().insert("w".to_owned(), "5".to_owned());
    entry.commit(&post).await.unwrap();
    log.say("entry", maps.get("a").await, data);
    let dry = PostParams { dry_run: true, ..post.clone() };
    maps.create(&dry, &map("dry", &json!({}))).await.unwrap();
    log.line("a dry run leaves nothing", maps.get_opt("dry").await.unwrap().is_none());
    for name in ["b", "c", "d"] {
        maps.create(&post, &map(name, &json!({}))).await.unwrap();
    }
    let mut params = ListParams::default().labels("of=kube-rs").limit(3);
    loop {
        let page = maps.list(&params).await.unwrap();
        let names: Vec<String> = page.items.iter().map(ResourceExt::name_any).collect();
        log.line(
            "page",
            format!("{} and {:?}", names.join(" "), page.metadata.remaining_item_count),
        );
        let Some(token) = page.metadata.continue_.filter(|token| !token.is_empty()) else { break };
        params = params.continue_token(&token);
    }
    let partial =
        maps.list_metadata(&ListParams::default().fields("metadata.name=b")).await.unwrap();
    let kinds: Vec<&str> =
        partial.items.iter().map(|item| item.types.as_ref().unwrap().kind.as_str()).collect();
    log.line("metadata", format!("{kinds:?} {}", partial.items[0].name_any()));
}

async fn of_watches(log: &mut Log, client: &Client) {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), SPACE);
    let version = maps.list(&ListParams::default()).await.unwrap().metadata.resource_version;
    let params = WatchParams::default().labels("of=kube-rs").timeout(60);
    let mut events = maps.watch(&params, &version.unwrap()).await.unwrap().boxed();
    maps.create(&PostParams::default(), &map("e", &json!({}))).await.unwrap();
    let patch = Patch::Merge(json!({"data": {"x": "1"}}));
    maps.patch("e", &PatchParams::default(), &patch).await.unwrap();
    let deleted = maps.delete("e", &DeleteParams::default()).await.unwrap();
    log.line("deleted", deleted.right().unwrap().is_success());
    let gone = maps
        .delete_collection(&DeleteParams::default(), &ListParams::default().labels("of=kube-rs"))
        .await
        .unwrap();
    let names: Vec<String> = gone.left().unwrap().items.iter().map(ResourceExt::name_any).collect();
    log.line("a collection deleted", names.join(" "));
    for _ in 0..7 {
        let event = tokio::time::timeout(PATIENCE, events.try_next()).await.unwrap();
        let said = match event.unwrap().unwrap() {
            WatchEvent::Added(map) => format!("added {}", map.name_any()),
            WatchEvent::Modified(map) => format!("modified {}", map.name_any()),
            WatchEvent::Deleted(map) => format!("deleted {}", map.name_any()),
            WatchEvent::Bookmark(_) => continue,
            WatchEvent::Error(status) => status.message.clone(),
        };
        log.line("watched", said);
    }
    let old = maps.watch(&params, "18446744073709551615").await.map(drop);
    log.line("from nowhere", old.is_ok());
}

fn deployment() -> Deployment {
    from_value(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]},
            },
        },
    }))
    .unwrap()
}

async fn of_deployments(log: &mut Log, client: &Client) {
    let api: Api<Deployment> = Api::namespaced(client.clone(), SPACE);
    let shown = |deployment: &Deployment| {
        let spec = &deployment.spec;
        let containers = &spec.template.spec.as_ref().unwrap().containers;
        let images: Vec<&str> =
            containers.iter().map(|container| container.image.as_deref().unwrap()).collect();
        let ready = deployment.status.as_ref().and_then(|status| status.ready_replicas);
        let generation = deployment.metadata.generation;
        format!("{:?} {} {ready:?} at {generation:?}", spec.replicas, images.join(","))
    };
    log.say("create", api.create(&PostParams::default(), &deployment()).await, shown);
    let mut wrong = deployment();
    wrong.spec.selector.match_labels = None;
    wrong.metadata.name = Some("wrong".to_owned());
    log.say("create wrongly", api.create(&PostParams::default(), &wrong).await, shown);
    let params = PatchParams::apply("kube-rs");
    let wanted = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}},
    });
    log.say("apply", api.patch("web", &params, &Patch::Apply(&wanted)).await, shown);
    let strict = params.clone().validation_strict();
    let unknown = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replica": 1}});
    log.say("apply strictly", api.patch("web", &strict, &Patch::Apply(&unknown)).await, shown);
    let scale = api.get_scale("web").await;
    log.say("scale", scale, |scale| format!("{:?}", scale.spec.as_ref().unwrap().replicas));
    let patch = Patch::Merge(json!({"spec": {"replicas": 5}}));
    let scale = api.patch_scale("web", &PatchParams::default(), &patch).await;
    log.say("scaled", scale, |scale| format!("{:?}", scale.spec.as_ref().unwrap().replicas));
    let patch = Patch::Merge(
        json!({"status": {"readyReplicas": 3, "replicas": 3}, "spec": {"replicas": 9}}),
    );
    log.say("status", api.patch_status("web", &PatchParams::default(), &patch).await, shown);
    let mut web = api.get_status("web").await.unwrap();
    web.status.as_mut().unwrap().ready_replicas = Some(1);
    log.say(
        "status replaced",
        api.replace_status("web", &PostParams::default(), &web).await,
        shown,
    );
    log.say("restart", api.restart("web").await, shown);
    let foreground = DeleteParams::foreground();
    let deleted = api.delete("web", &foreground).await.unwrap().left().unwrap();
    log.line("deleted behind its own", format!("{:?}", deleted.finalizers()));
    let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    api.patch("web", &PatchParams::default(), &patch).await.unwrap();
    log.line("gone", api.get_opt("web").await.unwrap().is_none());
}

async fn of_pods_and_rights(log: &mut Log, client: &Client) {
    let pods: Api<Pod> = Api::namespaced(client.clone(), SPACE);
    let pod: Pod = from_value(json!({
        "metadata": {"name": "one"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }))
    .unwrap();
    pods.create(&PostParams::default(), &pod).await.unwrap();
    let evicted = pods.evict("one", &EvictParams::default()).await;
    log.say("evict", evicted, |status| format!("{} {:?}", status.code, status.status));
    log.line("evicted", pods.get_opt("one").await.unwrap().is_none());
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), SPACE);
    let account = from_value(json!({"metadata": {"name": "robot"}})).unwrap();
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let asked: TokenRequest = from_value(json!({"spec": {"audiences": []}})).unwrap();
    let token = accounts.create_token_request("robot", &PostParams::default(), &asked).await;
    log.say("token", token, |token| {
        token.status.as_ref().unwrap().token.as_ref().unwrap().split('.').count().to_string()
    });
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let review =
        from_value(json!({"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}));
    let review = reviews.create(&PostParams::default(), &review.unwrap()).await;
    log.say("may I", review, |review| review.status.as_ref().unwrap().allowed.to_string());
}

async fn of_own_kinds(log: &mut Log, client: &Client) {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = "boats.kube-rs.example.org";
    let definition = from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "group": "kube-rs.example.org", "scope": "Namespaced",
            "names": {"plural": "boats", "singular": "boat", "kind": "Boat", "listKind": "BoatList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {
                        "sails": {"type": "integer", "minimum": 1}, "rig": {"type": "string", "default": "sloop"}}},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                }}},
            }],
        },
    }));
    definitions.create(&PostParams::default(), &definition.unwrap()).await.unwrap();
    let established = await_condition(definitions.clone(), name, conditions::is_crd_established());
    let established = tokio::time::timeout(PATIENCE, established).await.unwrap();
    log.line("established", established.unwrap().is_some());
    let gvk = GroupVersionKind::gvk("kube-rs.example.org", "v1", "Boat");
    let (resource, can) = loop {
        // Discovery comes a moment after the condition.
        match discovery::pinned_kind(client, &gvk).await {
            Ok(found) => break found,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    log.line(&resource.plural, format!("{:?} {}", can.scope, can.subresources.len()));
    let boats: Api<DynamicObject> = Api::namespaced_with(client.clone(), SPACE, &resource);
    let shown = |boat: &DynamicObject| {
        let spec = &boat.data["spec"];
        format!("{} {} {}", spec["sails"], spec["rig"], boat.data["status"])
    };
    let boat = |sails: i64| json!({"apiVersion": "kube-rs.example.org/v1", "kind": "Boat", "metadata": {"name": "a"}, "spec": {"sails": sails}});
    let params = PatchParams::apply("kube-rs");
    log.say("apply", boats.patch("a", &params, &Patch::Apply(boat(2))).await, shown);
    log.say("apply wrongly", boats.patch("a", &params, &Patch::Apply(boat(0))).await, shown);
    let patch = Patch::Strategic(json!({}));
    log.say("strategic", boats.patch("a", &params, &patch).await, shown);
    let patch = Patch::Merge(json!({"status": {"at": "sea"}}));
    log.say("status", boats.patch_status("a", &PatchParams::default(), &patch).await, shown);
    log.say("delete", boats.delete("a", &DeleteParams::default()).await, |deleted| {
        let status = deleted.as_ref().right().unwrap();
        format!("{:?} {}", status.status, status.details.as_ref().unwrap().name)
    });
    definitions.delete(name, &DeleteParams::default()).await.unwrap();
    let deleted = await_condition(definitions, name, conditions::is_deleted("no such uid")).await;
    log.line("no more", deleted.is_ok());
}

async fn tour(client: &Client) -> String {
    let spaces: Api<Namespace> = Api::all(client.clone());
    let space = from_value(json!({"metadata": {"name": SPACE}})).unwrap();
    spaces.create(&PostParams::default(), &space).await.unwrap();
    let mut log = Log::default();
    of_discovery(&mut log, client).await;
    of_maps(&mut log, client).await;
    of_watches(&mut log, client).await;
    of_deployments(&mut log, client).await;
    of_pods_and_rights(&mut log, client).await;
    of_own_kinds(&mut log, client).await;
    log.0
}

const TOUR: &str = r#"version: 1.36
plain: apps/v1
deployments: Namespaced create,delete,deletecollection,get,list,patch,update,watch ["scale", "status"]
aggregated: apps/v1
deployments: Namespaced create,delete,deletecollection,get,list,patch,update,watch ["scale", "status"]
both say the same: true
create again: 409 AlreadyExists configmaps "a" already exists
get: {"x": "1"}
get none: 404 NotFound configmaps "none" not found
get perhaps: true
apply: 409 Conflict Apply failed with 1 conflict: conflict with "unknown" using v1: .data.x
apply by force: {"x": "2"}
merge: {"y": "3"}
strategic: {"y": "3", "z": "4"}
replace by an old one: 409 Conflict Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again
entry: {"w": "5", "y": "3", "z": "4"}
a dry run leaves nothing: true
page: a b c and None
page: d and None
metadata: ["PartialObjectMetadata"] b
deleted: true
a collection deleted: a b c d
watched: added e
watched: modified e
watched: deleted e
watched: deleted a
watched: deleted b
watched: deleted c
watched: deleted d
from nowhere: true
create: Some(2) web:1 None at Some(1)
create wrongly: 422 Invalid Deployment.apps "wrong" is invalid: spec.selector: Invalid value: {}: empty selector is invalid for deployment
apply: Some(2) web:1,side:1 None at Some(2)
apply strictly: 500  failed to create typed patch object (/; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema
scale: Some(2)
scaled: Some(5)
status: Some(5) web:1,side:1 Some(3) at Some(3)
status replaced: Some(5) web:1,side:1 Some(1) at Some(3)
restart: Some(5) web:1,side:1 Some(1) at Some(4)
deleted behind its own: ["foregroundDeletion"]
gone: true
evict: 201 Some(Success)
evicted: true
token: 3
may I: true
established: true
boats: Namespaced 1
apply: 2 "sloop" null
apply wrongly: 422 Invalid Boat.kube-rs.example.org "a" is invalid: spec.sails: Invalid value: 0: spec.sails in body should be greater than or equal to 1
strategic: 415 UnsupportedMediaType the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
status: 2 "sloop" {"at":"sea"}
delete: Some(Success) a
no more: true
"#;

/// Embedded and over TLS, or through the kubeconfig that `cargo xtask real test` hands over.
#[tokio::test]
async fn a_tour_on_a_server() {
    use kube::config::Kubeconfig;
    let listening = Listening::start().await;
    let kubeconfig = match std::env::var_os("NAUARCH_TEST_KUBECONFIG") {
        Some(path) => Kubeconfig::read_from(path).unwrap(),
        None => Kubeconfig::from_yaml(&listening.kubeconfig(listening.address.port())).unwrap(),
    };
    check_eq(&tour(&super::kube_of(kubeconfig).await).await, TOUR);
}
