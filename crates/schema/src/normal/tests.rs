//! The form in which objects are kept.

use manifest::{FileName, Node, json};

use super::normalize;

#[track_caller]
fn check(given: &str, expected: &str) {
    let file = FileName::new("object.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let documents = manifest::yaml::Reader::new().read(given.as_bytes(), file, flavor);
    let node: Node = documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_default();
    let normal = normalize(&node);
    let mut text = String::new();
    json::write(&normal, json::Options::default(), &mut text);
    assert_eq!(text, expected);
    assert_eq!(normalize(&normal), normal, "what is normal stays as it is");
}

#[test]
fn what_is_empty_goes_and_what_is_a_struct_stays() {
    check(
        "{apiVersion: v1, kind: ConfigMap, data: {a: '', b: null}, binaryData: {}, immutable: false, x: 1}",
        r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{},"immutable":false,"data":{"a":"","b":""}}"#,
    );
    check(
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, labels: {}, generation: 0}}",
        r#"{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"a"}}"#,
    );
    check(
        "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}, null]}}",
        r#"{"kind":"Service","apiVersion":"v1","metadata":{},"spec":{"ports":[{"port":80,"targetPort":0},{"port":0,"targetPort":0}]},"status":{"loadBalancer":{}}}"#,
    );
}

#[test]
fn quantities_have_one_spelling() {
    check(
        "{apiVersion: v1, kind: ResourceQuota, spec: {hard: {cpu: 2, memory: 1024Mi}}}",
        r#"{"kind":"ResourceQuota","apiVersion":"v1","metadata":{},"spec":{"hard":{"cpu":"2","memory":"1Gi"}},"status":{}}"#,
    );
}

#[test]
fn custom_kinds_are_kept_as_they_are() {
    let given = "{apiVersion: example.com/v1, kind: Foo, spec: {a: '', b: null}}";
    check(given, r#"{"apiVersion":"example.com/v1","kind":"Foo","spec":{"a":"","b":null}}"#);
}
