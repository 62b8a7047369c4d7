use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;
use crate::schema::Schema;

/// The suffix of an object's name; those expected are kustomize's.
fn check(text: &str, expected: &str) {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    let resource = Resource::new(nodes.into_iter().next().unwrap(), &Schema::builtin());
    assert_eq!(suffix(&resource), expected, "{text}");
}

#[test]
fn config_maps() {
    check("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "6ct58987ht");
    check("{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}", "6ct58987ht");
    check("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: '<&>'}}", "m9gb99d79d");
}

#[test]
fn secrets() {
    check(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque, data: {a: YQ==}}",
        "hbc28hm2g8",
    );
    check(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: x, data: {a: YQ==}}",
        "kb76225955",
    );
}

#[test]
fn what_is_not_known_has_no_hash() {
    let mut node = Node::map(Origin::NONE);
    let unknown = Node::new(Value::Unknown("in the cluster".into()), Origin::NONE);
    node.as_map_mut().unwrap().set("kind", Node::string("ConfigMap", Origin::NONE));
    node.as_map_mut().unwrap().set("data", unknown);
    assert_eq!(suffix(&Resource::new(node, &Schema::builtin())), "unknown000");
}
