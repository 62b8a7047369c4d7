//! Who may what: requests in, decisions out.

use std::sync::Arc;

use http::Method;
use manifest::{Node, Origin, json};

use super::{Attributes, Policy, User, Wanted, bootstrap, impersonate};
use crate::route;

fn node(text: &str) -> Node {
    json::read(text.as_bytes(), Origin::NONE).unwrap()
}

/// The policy of a new cluster and some objects: `COLLECTION JSON`, a line each.
fn policy(objects: &str) -> Arc<Policy> {
    let mut policy = bootstrap::policy(true);
    for line in objects.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (plural, text) = line.split_once(' ').unwrap();
        let collection = format!("{plural}.rbac.authorization.k8s.io");
        Arc::make_mut(&mut policy).follow(&collection, &node(text), false);
    }
    policy
}

fn attributes(request: &str) -> Attributes {
    let (method, url) = request.split_once(' ').unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    Attributes::of_request(&method, path, &route::parameters(query))
}

/// `USER[,GROUP…]`.
fn user(text: &str) -> User {
    let mut words = text.split(',');
    User::new(words.next().unwrap(), words.map(Into::into))
}

/// Who asks for what, and the answer: the reason, or the message that says no.
fn check(objects: &str, who: &str, request: &str, expected: &str) {
    let (policy, user, attributes) = (policy(objects), user(who), attributes(request));
    let answer = match policy.decide(&user, &attributes) {
        Ok(grant) => format!("yes {}", grant.reason()),
        Err(reason) => super::forbidden(&user, &attributes, &reason).message().to_owned(),
    };
    assert_eq!(answer.trim_end(), expected);
}

const READER: &str = r#"
    clusterroles {"metadata":{"name":"r"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods","*/log"],"resourceNames":["a"]}]}
    rolebindings {"metadata":{"name":"b","namespace":"n"},"roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"sa"},{"kind":"User","name":"u"}]}
"#;

#[test]
fn roles_in_a_namespace() {
    let yes = "yes RBAC: allowed by RoleBinding \"b/n\" of ClusterRole \"r\" to User \"u\"";
    check(READER, "u", "GET /api/v1/namespaces/n/pods/a", yes);
    check(READER, "u", "GET /api/v1/namespaces/n/pods/a/log", yes);
    check(
        READER,
        "system:serviceaccount:n:sa",
        "GET /api/v1/namespaces/n/pods/a",
        "yes RBAC: allowed by RoleBinding \"b/n\" of ClusterRole \"r\" to ServiceAccount \"sa/n\"",
    );
    check(
        READER,
        "u",
        "GET /api/v1/namespaces/n/pods/b",
        "pods \"b\" is forbidden: User \"u\" cannot get resource \"pods\" in API group \"\" in the \
         namespace \"n\"",
    );
    check(
        READER,
        "u",
        "GET /api/v1/pods?watch=1&fieldSelector=metadata.name=a",
        "pods \"a\" is forbidden: User \"u\" cannot watch resource \"pods\" in API group \"\" at the \
         cluster scope",
    );
}

#[test]
fn what_everybody_may() {
    let public = "yes RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \
                  \"system:discovery\" to Group \"system:authenticated\"";
    check("", "u", "GET /apis/apps/v1", public);
    check("", "u", "GET /metrics", "forbidden: User \"u\" cannot get path \"/metrics\"");
    check("", "u,system:masters", "DELETE /api/v1/nodes", "yes");
    check(
        "",
        "<u>",
        "POST /api/v1/namespaces/n/pods/a/exec",
        "pods \"a\" is forbidden: User \"&lt;u&gt;\" cannot create resource \"pods/exec\" in API group \
         \"\" in the namespace \"n\"",
    );
}

#[test]
fn built_in_roles_are_aggregated() {
    let bound = r#"clusterrolebindings {"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"ROLE"},"subjects":[{"kind":"Group","name":"g"}]}"#;
    for (role, request, is_allowed) in [
        ("view", "GET /api/v1/namespaces/n/pods", true),
        ("view", "GET /api/v1/namespaces/n/secrets", false),
        ("edit", "GET /api/v1/namespaces/n/secrets", true),
        ("edit", "POST /apis/rbac.authorization.k8s.io/v1/namespaces/n/roles", false),
        ("admin", "POST /apis/rbac.authorization.k8s.io/v1/namespaces/n/roles", true),
        ("admin", "GET /api/v1/nodes", false),
    ] {
        let policy = policy(&bound.replace("ROLE", role));
        assert_eq!(
            policy.allows(&user("u,g"), &attributes(request)),
            is_allowed,
            "{role} {request}"
        );
    }
}

#[test]
fn a_role_that_is_missing_is_told() {
    check(
        r#"rolebindings {"metadata":{"name":"b","namespace":"n"},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"}]}"#,
        "u",
        "GET /api/v1/namespaces/n/pods",
        "pods is forbidden: User \"u\" cannot list resource \"pods\" in API group \"\" in the namespace \
         \"n\": RBAC: role.rbac.authorization.k8s.io \"r\" not found",
    );
}

/// Who a request is from that wants to be somebody else.
fn check_impersonation(objects: &str, who: &str, wanted: &str, expected: &str) {
    let mut words = wanted.split(',');
    let wanted = Wanted {
        name: words.next().unwrap().into(),
        groups: words.map(Into::into).collect(),
        is_asked: true,
        ..Wanted::default()
    };
    let attributes = attributes("GET /api/v1/namespaces/n/pods");
    let answer = match impersonate(&policy(objects), &user(who), &wanted, &attributes, None) {
        Ok((user, _)) => format!("{} {:?}", user.name(), user.groups()),
        Err(refused) => refused.message().to_owned(),
    };
    assert_eq!(answer, expected);
}

#[test]
fn impersonation() {
    let root = "root,system:masters";
    check_impersonation("", root, "u,g", r#"u ["g", "system:authenticated"]"#);
    check_impersonation(
        "",
        root,
        "system:serviceaccount:n:sa",
        r#"system:serviceaccount:n:sa ["system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated"]"#,
    );
    check_impersonation(
        "",
        root,
        "system:anonymous",
        r#"system:anonymous ["system:unauthenticated"]"#,
    );
    check_impersonation(
        "",
        root,
        "system:node:a",
        r#"system:node:a ["system:nodes", "system:authenticated"]"#,
    );
    check_impersonation(
        "",
        "u",
        "v",
        "pods is forbidden: User \"u\" cannot impersonate-on:user-info:list resource \"pods\" in API group \
         \"\" in the namespace \"n\"",
    );
    let legacy = r#"
        clusterroles {"metadata":{"name":"i"},"rules":[{"verbs":["impersonate"],"apiGroups":[""],"resources":["users"]}]}
        clusterrolebindings {"metadata":{"name":"i"},"roleRef":{"kind":"ClusterRole","name":"i"},"subjects":[{"kind":"User","name":"u"}]}
    "#;
    check_impersonation(legacy, "u", "v", r#"v ["system:authenticated"]"#);
    let constrained = r#"
        clusterroles {"metadata":{"name":"i"},"rules":[{"verbs":["impersonate:user-info"],"apiGroups":["authentication.k8s.io"],"resources":["users"]},{"verbs":["impersonate-on:user-info:list"],"apiGroups":[""],"resources":["pods"]}]}
        clusterrolebindings {"metadata":{"name":"i"},"roleRef":{"kind":"ClusterRole","name":"i"},"subjects":[{"kind":"User","name":"u"}]}
    "#;
    check_impersonation(constrained, "u", "v", r#"v ["system:authenticated"]"#);
    check_impersonation(
        constrained,
        "u",
        "v,g",
        "groups.authentication.k8s.io \"g\" is forbidden: User \"u\" cannot impersonate:user-info resource \
         \"groups\" in API group \"authentication.k8s.io\" at the cluster scope",
    );
}

#[test]
fn the_index_forgets() {
    let object = node(
        r#"{"metadata":{"name":"b","namespace":"n"},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","name":"u"},{"kind":"Group","name":"system:authenticated"}]}"#,
    );
    let mut policy = Policy::clone(&bootstrap::policy(true));
    let collection = "rolebindings.rbac.authorization.k8s.io";
    let may =
        |policy: &Policy| policy.allows(&user("u"), &attributes("GET /api/v1/namespaces/n/pods"));
    policy.follow(collection, &object, false);
    policy.follow(collection, &object, false);
    assert!(may(&policy));
    policy.follow(collection, &object, true);
    assert!(!may(&policy));
}
