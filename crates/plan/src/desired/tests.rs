//! Objects as they are sent.

use testkit::check_eq;

use super::*;
use crate::tests::objects;

#[track_caller]
fn check(text: &str, expected: &str) {
    let object = normalize(&Kinds::builtin(), &objects(text)[0]);
    check_eq(&format!("{:?}", object.root()), expected);
}

#[test]
fn what_is_the_servers_is_left_out() {
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: u, resourceVersion: '1', \
         creationTimestamp: null, generation: 2, managedFields: []}, status: {}}",
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}"#,
    );
}

#[test]
fn ports_have_a_protocol() {
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, \
         spec: {ports: [{port: 1}, {port: 2, protocol: UDP}]}}",
        r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "x"}, "spec": {"ports": [{"port": 1, "protocol": "TCP"}, {"port": 2, "protocol": "UDP"}]}}"#,
    );
}

#[test]
fn text_of_secrets_becomes_data() {
    check(
        "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: x}, data: {a: eA==, b: eA==}, \
         stringData: {b: yes-no}}",
        r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "x"}, "data": {"a": "eA==", "b": "eWVzLW5v"}}"#,
    );
}
