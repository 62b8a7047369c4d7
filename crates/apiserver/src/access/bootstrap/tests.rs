//! What every cluster begins with.

use std::sync::Arc;

use crate::tests::{cluster, show};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

#[test]
fn as_the_server_writes_them() {
    let (code, body) = show(&cluster(), "GET", &format!("{ROLES}/system:basic-user"), "");
    let expected = r#"{"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"system:basic-user","labels":{"kubernetes.io/bootstrapping":"rbac-defaults"},"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"true"},"managedFields":[{"manager":"kube-apiserver","operation":"Update","apiVersion":"rbac.authorization.k8s.io/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:rbac.authorization.kubernetes.io/autoupdate":{}},"f:labels":{".":{},"f:kubernetes.io/bootstrapping":{}}},"f:rules":{}}}],"uid":"UID","resourceVersion":"1","creationTimestamp":"2026-01-01T00:00:00Z"},"rules":[{"verbs":["create"],"apiGroups":["authorization.k8s.io"],"resources":["selfsubjectaccessreviews","selfsubjectrulesreviews"]},{"verbs":["create"],"apiGroups":["authentication.k8s.io"],"resources":["selfsubjectreviews"]}]}"#;
    let uid = body.split("\"uid\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!((code, body.replace(&uid, "UID").as_str()), (200, expected));
}

#[test]
fn clusters_share_them_until_one_writes() {
    let (one, other) = (cluster(), cluster());
    let node = |server: &crate::Server| {
        server.object("rbac.authorization.k8s.io", "clusterroles", "", "cluster-admin").unwrap()
    };
    let map = |server: &crate::Server| {
        let collection = "clusterroles.rbac.authorization.k8s.io";
        server.state().store.beginning(collection).unwrap()
    };
    assert!(Arc::ptr_eq(&map(&one), &map(&other)));
    assert!(Arc::ptr_eq(&one.policy(), &other.policy()));
    let role = r#"{"metadata":{"name":"mine"},"rules":[]}"#;
    assert_eq!(show(&one, "POST", ROLES, role).0, 201);
    assert!(!Arc::ptr_eq(&map(&one), &map(&other)));
    assert_eq!(node(&one), node(&other));
}
