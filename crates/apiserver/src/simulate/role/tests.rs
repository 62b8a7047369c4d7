//! Aggregated ClusterRoles.

use crate::access::{Attributes, User};
use crate::simulate::tests::check;
use crate::simulate::tests::driven::{change, create, pass, server};
use crate::tests::runtime;

const ROLES: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {mine: 'yes'}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: one, labels: {mine: 'yes'}}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
";

#[test]
fn rules_are_gathered() {
    let role = "clusterroles.rbac.authorization.k8s.io/all";
    let update = "update clusterroles.rbac.authorization.k8s.io/all\n  rules: [{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[\"get\"]}]\n";
    check(ROLES, role, update);
    check(ROLES, "clusterroles.rbac.authorization.k8s.io/one", "");
}

#[test]
fn built_in_roles_gather_what_is_added() {
    runtime().block_on(async {
        let server = server(true);
        create(
            &server,
            "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: crontabs, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
rules: [{apiGroups: [example.com], resources: [crontabs], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: u}]
",
        );
        let may = || {
            let list = Attributes::resource("list", "example.com", "crontabs");
            server.policy().allows(&User::new("u", []), &list)
        };
        pass(1).await;
        assert!(may());
        let other = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: crontabs}, rules: []}";
        change(&server, other);
        pass(1).await;
        assert!(!may());
    });
}
