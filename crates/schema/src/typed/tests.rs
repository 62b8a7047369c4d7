//! Merging, comparing and removing by type, on services and config maps.

use manifest::{FileName, Node, json};

use super::{compare, field_set, merge, remove, validate};
use crate::Types;
use crate::fields::Set;
use crate::types::Type;

fn node(text: &str) -> Node {
    let file = FileName::new("object.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let documents = manifest::yaml::Reader::new().read(text.as_bytes(), file, flavor);
    documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_else(|| unreachable!("{text}"))
}

fn text(node: &Node) -> String {
    let mut text = String::new();
    json::write(node, json::Options::default(), &mut text);
    text
}

fn pod(types: &Types) -> Type<'_> {
    types.root("v1", "Pod")
}

#[track_caller]
fn check_merge(live: &str, applied: &str, expected: &str) {
    let types = Types::builtin();
    let merged = match merge(&node(live), &node(applied), pod(&types)) {
        Ok(merged) => text(&merged),
        Err(error) => error.to_string(),
    };
    assert_eq!(merged, expected);
}

#[test]
fn merge_by_type() {
    check_merge("{spec: {a: 1}}", "{spec: {}}", r#"{"spec":{"a":1}}"#);
    check_merge(
        "{spec: {nodeSelector: {a: '1'}}}",
        "{spec: {nodeSelector: {b: '1'}}}",
        r#"{"spec":{"nodeSelector":{"b":"1"}}}"#,
    );
    check_merge(
        "{metadata: {labels: {a: '1'}, finalizers: [x, y]}}",
        "{metadata: {labels: {b: '1'}, finalizers: [z, x]}}",
        r#"{"metadata":{"labels":{"a":"1","b":"1"},"finalizers":["z","x","y"]}}"#,
    );
    check_merge(
        "{metadata: {labels: {a: '1'}}}",
        "{metadata: {labels: null}}",
        r#"{"metadata":{"labels":{"a":"1"}}}"#,
    );
    check_merge(
        "{metadata: {labels: {a: '1'}}}",
        "{metadata: {labels: {a: null}}}",
        r#"{"metadata":{"labels":{"a":null}}}"#,
    );
}

#[test]
fn merge_keeps_the_order_of_both() {
    let list = |names: &str| {
        let items = names.chars().map(|name| format!("{{name: {name}}}")).collect::<Vec<_>>();
        format!("{{spec: {{containers: [{}]}}}}", items.join(", "))
    };
    for (live, applied, expected) in
        [("abc", "c", "abc"), ("abc", "ca", "bca"), ("ab", "xb", "axb"), ("abcd", "dxa", "bcdxa")]
    {
        check_merge(&list(live), &list(applied), &text(&node(&list(expected))));
    }
    check_merge(
        &list("a"),
        &list("bb"),
        ".spec.containers: duplicate entries for key [name=\"b\"]",
    );
}

#[test]
fn fields_of_a_pod() {
    let types = Types::builtin();
    let given = node(
        "{metadata: {name: a, labels: {l: '1'}, finalizers: [f]}, spec: {nodeSelector: {a: '1'}, \
         containers: [{name: c, ports: [{containerPort: 80}], command: [x]}, {name: d}, {name: d}]}}",
    );
    assert_eq!(
        field_set(&given, pod(&types)).to_json(),
        r#"{"f:metadata":{"f:finalizers":{"v:\"f\"":{}},"f:labels":{"f:l":{}},"f:name":{}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:command":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}},"k:{\"name\":\"d\"}":{}},"f:nodeSelector":{}}}"#
    );
}

#[test]
fn what_changed() {
    let types = Types::builtin();
    let old =
        node("{metadata: {labels: {a: '1', b: '1'}}, spec: {containers: [{name: c, image: i}]}}");
    let new = node(
        "{metadata: {labels: {a: '2', c: '1'}}, spec: {containers: [{name: c, image: i}, {name: d}]}}",
    );
    let changes = compare(&old, &new, pod(&types)).unwrap_or_default();
    assert_eq!(changes.modified.to_json(), r#"{"f:metadata":{"f:labels":{"f:a":{}}}}"#);
    assert_eq!(changes.removed.to_json(), r#"{"f:metadata":{"f:labels":{"f:b":{}}}}"#);
    assert_eq!(
        changes.added.to_json(),
        r#"{"f:metadata":{"f:labels":{"f:c":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"d\"}":{".":{},"f:name":{}}}}}"#
    );
}

#[test]
fn what_is_left() {
    let types = Types::builtin();
    let given = node(
        "{metadata: {labels: {a: '1', b: '1'}}, spec: {containers: [{name: c, image: i}, {name: d}]}}",
    );
    let unwanted = node(
        r#"{"f:metadata":{"f:labels":{"f:a":{},"f:b":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"d\"}":{},"k:{\"name\":\"c\"}":{"f:image":{}}}}}"#,
    );
    let unwanted = Set::from_fields_v1(&unwanted).unwrap_or_default();
    let left = remove(&given, &unwanted, pod(&types));
    assert_eq!(text(&left), r#"{"metadata":{"labels":null},"spec":{"containers":[{"name":"c"}]}}"#);
}

#[test]
fn what_is_of_no_type() {
    let types = Types::builtin();
    for (given, expected) in [
        ("{x: 1}", ".x: field not declared in schema"),
        (
            "{metadata: {labels: {a: 1}}}",
            ".metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}",
        ),
        ("{spec: {containers: {}}}", ".spec.containers: expected list, got &{map[]}"),
        ("{spec: {hostNetwork: x}}", ".spec.hostNetwork: expected boolean, got &{x}"),
        (
            "{spec: {containers: [1]}}",
            ".spec.containers: element 0: associative list with keys may not have non-map elements",
        ),
        (
            "{metadata: {finalizers: [a, a]}}",
            ".metadata.finalizers: duplicate entries for key [=\"a\"]",
        ),
        (
            "{spec: {priority: a, hostPID: 1}}",
            "errors:\n  .spec.priority: expected numeric (int or float), got string\n  .spec.hostPID: expected boolean, got &{1}",
        ),
    ] {
        let error = validate(&node(given), pod(&types), false).err().unwrap_or_default();
        assert_eq!(error.to_string(), expected, "{given}");
    }
}
