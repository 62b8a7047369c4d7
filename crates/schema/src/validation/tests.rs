//! What is refused.

use manifest::{Node, Origin};

use super::{illegal_base64, validate};
use crate::types::Types;

fn node(text: &str) -> Node {
    Node::new(crate::json::parse(text).unwrap(), Origin::default())
}

/// What is wrong with a new object, or with what became of a live one, a line each.
fn check(object: &str, live: Option<&str>, subresource: &str) -> Vec<String> {
    let types = Types::default();
    let complete = |text: &str| crate::complete(&types, &node(text));
    let live = live.map(complete);
    let wrong = validate(&types, &complete(object), live.as_ref(), subresource);
    wrong.iter().map(ToString::to_string).collect()
}

#[test]
fn new_objects() {
    for (object, expected) in [
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[
                {"name":"c","image":"i"}]}}"#,
            &[][..],
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[
                {"name":"c","image":"i"},{"name":"c","image":""}],"restartPolicy":"No"}}"#,
            &[
                "spec.containers[1].image: Required value",
                "spec.containers[1].name: Duplicate value: \"c\"",
                "spec.restartPolicy: Unsupported value: \"No\": supported values: \"Always\", \
                 \"OnFailure\", \"Never\"",
            ],
        ),
        (
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{
                "replicas":-1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{
                "labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}"#,
            &["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{
                "name":"a"},"spec":{"maxReplicas":1,"scaleTargetRef":{"kind":"D","name":"d"}}}"#,
            &[
                "spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group",
            ],
        ),
        (
            r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"a"},
                "rules":[{"resources":["pods"],"apiGroups":[""]}]}"#,
            &["rules[0].verbs: Required value: verbs must contain at least one value"],
        ),
    ] {
        assert_eq!(check(object, None, ""), expected, "{object}");
    }
}

#[test]
fn updates() {
    let role = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":"TYPE"}"#;
    assert_eq!(
        check(&role.replace("TYPE", "x"), Some(&role.replace("TYPE", "y")), ""),
        ["type: Invalid value: \"x\": field is immutable"]
    );
    let replicas = r#"{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"a"},"spec":{
        "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{
        "containers":[{"name":"c","image":"i"}]}}},"status":{"replicas":1,"readyReplicas":COUNT}}"#;
    assert_eq!(
        check(&replicas.replace("COUNT", "2"), Some(&replicas.replace("COUNT", "1")), "status"),
        ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"]
    );
}

#[test]
fn base64_as_go_reads_it() {
    for (text, expected) in [
        ("", None),
        ("YQ==", None),
        ("YWI=", None),
        ("YW\nJj", None),
        ("%%", Some(0)),
        ("YQ=", Some(3)),
        ("YQ", Some(2)),
        ("YWJj=", Some(4)),
    ] {
        assert_eq!(illegal_base64(text), expected, "{text}");
    }
}
