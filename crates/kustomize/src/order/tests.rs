use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;
use crate::schema::Schema;

/// Sorts objects written `group/version Kind namespace/name`.
fn check(order: &Order, objects: &str, expected: &str) {
    let schema = Schema::builtin();
    let resource = |line: &str| {
        let [api_version, kind, name] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        let text = format!(
            "{{apiVersion: {api_version}, kind: {kind}, \
              metadata: {{name: {name}, namespace: '{namespace}'}}}}"
        );
        let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
        Resource::new(nodes.unwrap().remove(0), &schema)
    };
    let resources = objects.trim().lines().map(|line| resource(line.trim())).collect();
    let sorted = sort(resources, order);
    let names: Vec<&str> = sorted.iter().map(|resource| resource.id().name.as_str()).collect();
    assert_eq!(names.join(" "), expected);
}

const OBJECTS: &str = "
    admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration last
    apps/v1 Deployment deployment
    example.com/v1 Gadget b/gadget-b
    example.com/v1 Gadget a/gadget-a
    example.com/v1 Gadget gadget-none
    example.com/v1beta1 Gadget gadget-old
    v1 Pod pod
    v1 Service service
    v1 Namespace namespace
    ";

#[test]
fn kinds_that_others_need_come_first() {
    check(
        &Order::legacy(),
        OBJECTS,
        "namespace service deployment gadget-a gadget-b gadget-none gadget-old pod last",
    );
}

#[test]
fn lists_of_ones_own() {
    let order = Order::Legacy { first: vec!["Pod".into()], last: vec!["Namespace".into()] };
    check(
        &order,
        OBJECTS,
        "pod last deployment gadget-a gadget-b gadget-none gadget-old service namespace",
    );
}

#[test]
fn as_they_came() {
    check(
        &Order::Fifo,
        OBJECTS,
        "last deployment gadget-b gadget-a gadget-none gadget-old pod service namespace",
    );
}
