//! The table keeps its order, and its rows are found.

use super::*;

#[test]
fn rows_stand_by_group_and_kind() {
    let key = |info: &KindInfo| (info.group.clone(), info.kind.clone());
    assert!(all().is_sorted_by_key(key));
}

#[test]
fn scopes() {
    let check = |api_version, kind, expected| {
        assert_eq!(scope(api_version, kind), expected, "{api_version} {kind}");
    };
    check("v1", "Namespace", Some(Cluster));
    check("v1", "ConfigMap", Some(Namespaced));
    check("apps/v1", "Deployment", Some(Namespaced));
    check("apps/v1beta1", "Deployment", Some(Namespaced));
    check("rbac.authorization.k8s.io/v1", "ClusterRole", Some(Cluster));
    check("rbac.authorization.k8s.io/v1", "Role", Some(Namespaced));
    check("v1", "Deployment", None);
    check("kustomize.toolkit.fluxcd.io/v1", "Kustomization", None);
    check("", "", None);
}

#[test]
fn the_preferred_version_is_first() {
    let versions: Vec<&str> = versions("autoscaling", "HorizontalPodAutoscaler")
        .iter()
        .map(|info| info.version.as_str())
        .collect();
    assert_eq!(versions, ["v2", "v1"]);
}
