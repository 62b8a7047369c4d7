use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn check(before: &str, after: &str, expected: &str) {
    let read = |text: &str| {
        let file = FileName::new("a.yaml");
        Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0)
    };
    check_eq(&difference(&read(before), &read(after)), expected);
}

#[test]
fn a_value_in_a_named_item() {
    check(
        "spec: {ports: [{name: http, port: 9899}, {name: grpc, port: 1}]}",
        "spec: {ports: [{name: http, port: 9898}, {name: grpc, port: 1}]}",
        "

spec.ports.http.port
± value change
- 9899
+ 9898
",
    );
}

#[test]
fn entries_that_come_and_go() {
    check(
        "metadata: {name: a, annotations: {b: c}}",
        "metadata: {name: a, labels: {x: q, z: w}}",
        "

metadata
- one map entry removed:
  annotations:
    b: c
+ one map entry added:
  labels:
    x: q
    z: w
",
    );
    check("a: [x, y]", "a: [x, y, z]", "\n\na\n+ one list entry added:\n  - z\n");
    check("a: [x, y]", "a: [x, z]", "\n\na.1\n± value change\n- y\n+ z\n");
}

#[test]
fn types_and_long_texts() {
    check("a: 1", "a: \"1\"", "\n\na\n± type change from int to string\n- 1\n+ 1\n");
    check(
        "a: \"1\\n2\\n3\\n\"",
        "a: \"1\\nb\\n3\\n\"",
        "

a
± value change in multiline text (one insert, one deletion)
  1
- 2
+ b
  3
",
    );
    check("a: 1", "a: 1", "");
}
