//! Addresses.

use schema::Kinds;
use testkit::check_eq;

use super::*;

#[track_caller]
fn check(kind: (&str, &str), namespace: &str, name: &str, subresource: &str, expected: &str) {
    let kinds = Kinds::builtin();
    let kind = kinds.info(kind.0, kind.1).unwrap();
    check_eq(&path(kind, namespace, name, subresource), expected);
}

#[test]
fn of_objects_and_collections() {
    let config = ("v1", "ConfigMap");
    check(config, "x", "a", "", "/api/v1/namespaces/x/configmaps/a");
    check(config, "", "", "", "/api/v1/configmaps");
    check(("v1", "Namespace"), "ignored", "a", "", "/api/v1/namespaces/a");
    let expected = "/apis/apps/v1/namespaces/x/deployments/a/scale";
    check(("apps/v1", "Deployment"), "x", "a", "scale", expected);
}

#[test]
fn with_names_that_mean_something_in_addresses() {
    let role = ("rbac.authorization.k8s.io/v1", "ClusterRole");
    let expected = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a%2Fb%3Fc%20d";
    check(role, "", "system:a/b?c d", "", expected);
}

#[test]
fn with_parameters() {
    let mut path = "/api/v1/pods".to_owned();
    add_query(&mut path, "labelSelector", "app in (a,b)");
    add_query(&mut path, "limit", "5");
    check_eq(&path, "/api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29&limit=5");
}
