//! Kinds in, what discovery says of them out.

use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Object, json};
use testkit::check_eq;

use super::*;

const BOATS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat, shortNames: [bt], categories: [all]}
  versions:
  - {name: v1beta2, served: true, storage: false}
  - {name: v1, served: true, storage: true, subresources: {status: {}, scale: {}}}
  - {name: v2alpha1, served: true, storage: false}
  - {name: v0, served: false, storage: false}
";

fn kinds() -> Kinds {
    let nodes = Reader::new().read(BOATS.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    let objects: Vec<Object> = nodes.into_iter().map(|node| Object::new(node).unwrap()).collect();
    Kinds::with_crds(&objects)
}

#[track_caller]
fn check(document: Option<Node>, expected: &str) {
    let mut text = String::new();
    json::write(&document.unwrap_or_default(), json::Options::default(), &mut text);
    check_eq(&text, expected);
}

#[test]
fn one_group_with_its_versions_in_the_order_of_preference() {
    check(
        api_group(&kinds(), "example.org"),
        r#"{"kind":"APIGroup","apiVersion":"v1","name":"example.org","versions":[{"groupVersion":"example.org/v1","version":"v1"},{"groupVersion":"example.org/v1beta2","version":"v1beta2"},{"groupVersion":"example.org/v2alpha1","version":"v2alpha1"}],"preferredVersion":{"groupVersion":"example.org/v1","version":"v1"}}"#,
    );
    check(api_group(&kinds(), "none.example.org"), "null");
}

#[test]
fn resources_as_a_server_recorded_them() {
    check(
        api_resources(&kinds(), "policy", "v1"),
        r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"policy/v1","resources":[{"name":"poddisruptionbudgets","singularName":"poddisruptionbudget","namespaced":true,"kind":"PodDisruptionBudget","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["pdb"],"storageVersionHash":"EVWiDmWqyJw="},{"name":"poddisruptionbudgets/status","singularName":"","namespaced":true,"kind":"PodDisruptionBudget","verbs":["get","patch","update"]}]}"#,
    );
    check(
        api_resources(&kinds(), "coordination.k8s.io", "v1"),
        r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"coordination.k8s.io/v1","resources":[{"name":"leases","singularName":"lease","namespaced":true,"kind":"Lease","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"storageVersionHash":"gqkMMb/YqFM="}]}"#,
    );
    check(api_resources(&kinds(), "policy", "v9"), "null");
}

#[test]
fn resources_of_a_definition() {
    check(
        api_resources(&kinds(), "example.org", "v1"),
        r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"example.org/v1","resources":[{"name":"boats","singularName":"boat","namespaced":true,"kind":"Boat","verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"shortNames":["bt"],"categories":["all"],"storageVersionHash":"vUJ5PXV5FC0="},{"name":"boats/status","singularName":"","namespaced":true,"kind":"Boat","verbs":["get","patch","update"]},{"name":"boats/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]}]}"#,
    );
}

/// The recorded hashes of kinds that are stored in another version than they are served in.
#[test]
fn storage_version_hashes() {
    let kinds = kinds();
    let hash = |api_version: &str, kind: &str| {
        kinds.info(api_version, kind).map(|info| storage_version_hash(&kinds, info)).unwrap()
    };
    check_eq(&hash("autoscaling/v1", "HorizontalPodAutoscaler"), "qwQve8ut294=");
    check_eq(&hash("autoscaling/v2", "HorizontalPodAutoscaler"), "qwQve8ut294=");
    check_eq(&hash("events.k8s.io/v1", "Event"), "r2yiGXH7wu8=");
    check_eq(&hash("apiextensions.k8s.io/v1", "CustomResourceDefinition"), "jfWCUB31mvA=");
}

#[test]
fn groups_in_the_order_of_a_server_and_custom_ones_last() {
    let names: Vec<String> = groups(&kinds()).iter().map(ToString::to_string).collect();
    assert_eq!(names.first().map(String::as_str), Some(""));
    assert_eq!(names.get(2).map(String::as_str), Some("apps"));
    assert_eq!(names.last().map(String::as_str), Some("example.org"));
}

#[test]
fn aggregated_documents_have_subresources_below_their_resources() {
    let document = aggregated(&kinds(), false);
    let groups = document.get("items").and_then(Node::as_list).unwrap();
    let group = |name: &str| {
        groups.iter().find(|group| group.str_at(&["metadata", "name"]) == Some(name)).cloned()
    };
    check(
        group("policy"),
        r#"{"metadata":{"name":"policy"},"versions":[{"version":"v1","resources":[{"resource":"poddisruptionbudgets","responseKind":{"group":"","version":"","kind":"PodDisruptionBudget"},"scope":"Namespaced","singularResource":"poddisruptionbudget","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["pdb"],"subresources":[{"subresource":"status","responseKind":{"group":"","version":"","kind":"PodDisruptionBudget"},"verbs":["get","patch","update"]}]}],"freshness":"Current"}]}"#,
    );
    let versions = group("example.org").unwrap();
    check(
        versions.get("versions").and_then(Node::as_list).unwrap().first().cloned(),
        r#"{"version":"v1","resources":[{"resource":"boats","responseKind":{"group":"example.org","version":"v1","kind":"Boat"},"scope":"Namespaced","singularResource":"boat","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["bt"],"categories":["all"],"subresources":[{"subresource":"status","responseKind":{"group":"example.org","version":"v1","kind":"Boat"},"verbs":["get","patch","update"]},{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},"verbs":["get","patch","update"]}]}],"freshness":"Current"}"#,
    );
}

#[test]
fn versions_by_their_stability() {
    let mut versions =
        ["v1alpha1", "foo", "v2", "v10", "v1beta1", "v11beta2", "v1", "v0x", "v3beta1"]
            .map(Text::from);
    versions.sort_by_cached_key(priority);
    check_eq(&versions.join(" "), "v10 v2 v1 v11beta2 v3beta1 v1beta1 v1alpha1 foo v0x");
}
