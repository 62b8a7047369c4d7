//! Objects in, what is known of their kinds out.

use std::fmt::Write;

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn objects(text: &str) -> Vec<Object> {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    nodes.into_iter().map(|node| Object::new(node).unwrap()).collect()
}

const CRDS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tenants.example.org}
spec:
  group: example.org
  scope: Cluster
  names: {kind: Tenant, plural: tenants, shortNames: [tn]}
  versions:
  - {name: v1alpha1, served: true, storage: false}
  - {name: v1, served: true, storage: true}
  - {name: v0, served: false, storage: false}
---
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  version: v1
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: broken.example.org}
spec: {group: example.org}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
";

#[track_caller]
fn check_ids(text: &str, expected: &str) {
    let crds = objects(CRDS);
    let kinds = Kinds::with_crds(&crds);
    let ids = objects(text).iter().fold(String::new(), |mut ids, object| {
        writeln!(ids, "{}", kinds.object_id(object)).unwrap();
        ids
    });
    check_eq(&ids, expected);
}

#[test]
fn ids_follow_the_scope() {
    check_ids(
        "
{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: x}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: x}}
---
{apiVersion: example.org/v1, kind: Tenant, metadata: {name: a, namespace: x}}
---
{apiVersion: example.org/v1, kind: Boat, metadata: {name: a}}
---
{apiVersion: example.org/v1, kind: Unheard, metadata: {name: a}}
---
{apiVersion: example.org/v1, kind: Unheard, metadata: {name: a, namespace: x}}
",
        "
Namespace/a
Deployment/default/a
Deployment/x/a
Tenant/a
Boat/default/a
Unheard/a
Unheard/x/a
",
    );
}

#[test]
fn definitions_add_their_served_versions() {
    let crds = objects(CRDS);
    let kinds = Kinds::with_crds(&crds);
    let versions = |kind: &str| -> Vec<String> {
        let infos = kinds.versions("example.org", kind).iter();
        infos.map(|info| format!("{} {} {}", info.version, info.plural, info.singular)).collect()
    };
    assert_eq!(versions("Tenant"), ["v1 tenants tenant", "v1alpha1 tenants tenant"]);
    assert_eq!(versions("Boat"), ["v1 boats boat"]);
    assert!(kinds.info("example.org/v1", "Tenant").is_some());
    assert!(kinds.info("example.org/v0", "Tenant").is_none());
    assert!(kinds.info("autoscaling/v1", "HorizontalPodAutoscaler").is_some());
}

#[test]
fn words_for_kinds() {
    let crds = objects(CRDS);
    let kinds = Kinds::with_crds(&crds);
    let check = |word: &str, expected: &[&str]| {
        let named = kinds.named(word).map(|info| format!("{}/{}", info.group, info.kind));
        assert_eq!(named.collect::<Vec<_>>(), expected, "{word}");
    };
    check("deploy", &["apps/Deployment"]);
    check("Deployment", &["apps/Deployment"]);
    check("deployments.apps", &["apps/Deployment"]);
    check("deployments.batch", &[]);
    check("tn", &["example.org/Tenant"]);
    check("events", &["/Event", "events.k8s.io/Event"]);
    check("nothing", &[]);
}

#[test]
fn what_a_server_does_not_name_is_not_there() {
    let deployment = Kinds::builtin().info("apps/v1", "Deployment").unwrap().clone();
    let beta = KindInfo { version: "v1beta1".into(), ..deployment.clone() };
    let kinds = Kinds::of_infos([deployment, beta]);
    assert_eq!(kinds.versions("apps", "Deployment").len(), 2);
    assert!(kinds.info("apps/v1beta1", "Deployment").is_some());
    assert!(kinds.info("v1", "Pod").is_none());
    assert_eq!(kinds.named("deploy").count(), 1);
    assert_eq!(kinds.named("pods").count(), 0);
}

#[test]
fn verbs_are_those_that_there_are() {
    assert_eq!(crate::verbs(["watch", "get", "proxy", "list"]), ["get", "list", "watch"]);
    assert!(crate::verbs([]).is_empty());
}
