//! Types: what the file and CustomResourceDefinitions say.

use manifest::{FileName, Node, Object};

use super::{ListKind, Type, Types};
use crate::types::Format;

/// The type at a path of fields; `[]` goes to the items of a list, `{}` to the values of a map.
fn at<'t>(types: &'t Types, api_version: &str, kind: &str, path: &str) -> Option<Type<'t>> {
    path.split('.').filter(|step| !step.is_empty()).try_fold(
        types.root(api_version, kind),
        |of, step| match step {
            "[]" => Some(of.list()?.elements()),
            "{}" => of.map()?.map_values(),
            name => Some(of.map()?.field(name)?.1),
        },
    )
}

fn shown(of: Option<Type<'_>>) -> String {
    let Some(of) = of else { return "none".to_owned() };
    let mut parts = Vec::new();
    if let Some(format) = of.scalar() {
        parts.push(format!("{format:?}"));
    }
    if let Some(list) = of.list() {
        parts.push(match list.kind() {
            ListKind::Atomic => "atomic list".to_owned(),
            ListKind::Set => "set".to_owned(),
            ListKind::Map(keys) => format!("list by {}", keys.join("+")),
        });
    }
    if let Some(map) = of.map() {
        let atomic = if map.is_atomic() { "atomic " } else { "" };
        let open = if map.map_values().is_some() { ", open" } else { "" };
        parts.push(format!("{atomic}map of {} fields{open}", map.fields().len()));
    }
    parts.join(" or ")
}

#[track_caller]
fn check(api_version: &str, kind: &str, path: &str, expected: &str) {
    let types = Types::builtin();
    assert_eq!(shown(at(&types, api_version, kind, path)), expected, "{kind} {path}");
}

#[test]
fn builtin_types() {
    check("apps/v1", "Deployment", "", "map of 5 fields");
    check("apps/v1", "Deployment", "spec.replicas", "Int32");
    check("apps/v1", "Deployment", "spec.template.spec.containers", "list by name");
    check("v1", "Pod", "spec.containers.[].ports", "list by containerPort+protocol");
    check("v1", "Pod", "spec.containers.[].command", "atomic list");
    check("v1", "Pod", "spec.containers.[].resources.limits.{}", "Quantity");
    check("v1", "Pod", "metadata.finalizers", "set");
    check("v1", "Pod", "metadata.labels", "map of 0 fields, open");
    check("v1", "Pod", "spec.nodeSelector", "atomic map of 0 fields, open");
    check(
        "v1",
        "Service",
        "spec.ports.[].targetPort",
        "IntOrString or atomic list or map of 0 fields, open",
    );
    check("v1", "PersistentVolume", "spec.claimRef", "map of 7 fields");
    check("v1", "Event", "involvedObject", "atomic map of 7 fields");
    check("v1", "Nothing", "", "Any or atomic list or map of 0 fields, open");
}

#[test]
fn builtin_fields() {
    let types = Types::builtin();
    let port = at(&types, "v1", "Service", "spec.ports.[]").and_then(Type::map);
    let protocol = port.and_then(|port| port.field("protocol")).map(|(field, _)| field.clone());
    let protocol = protocol.unwrap_or_else(|| unreachable!("a port has a protocol"));
    assert_eq!(format!("{:?}", protocol.default), "Some(\"TCP\")");
    assert_eq!(protocol.options, ["SCTP", "TCP", "UDP"]);
    let spec = at(&types, "v1", "Pod", "spec").and_then(Type::map);
    let volumes = spec.and_then(|spec| spec.field("volumes")).map(|(field, _)| field.patch.clone());
    let volumes = volumes.unwrap_or_default();
    assert!(volumes.merge && volumes.retain_keys);
    assert_eq!(volumes.merge_key.as_deref(), Some("name"));
}

#[test]
fn every_reference_leads_somewhere() {
    let types = Types::builtin();
    for (api_version, kind) in
        [("v1", "Pod"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition")]
    {
        let mut count = 0;
        walk(types.root(api_version, kind), 8, &mut count);
        assert!(count > 100, "{kind} has {count} types");
    }
}

fn walk(of: Type<'_>, depth: usize, count: &mut usize) {
    *count += 1;
    assert!(of.scalar().is_some() || of.list().is_some() || of.map().is_some());
    if depth == 0 {
        return;
    }
    if let Some(list) = of.list() {
        walk(list.elements(), depth - 1, count);
    }
    for (_, below) in of.map().into_iter().flat_map(super::MapType::fields) {
        walk(below, depth - 1, count);
    }
}

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              items:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  properties:
                    name: {type: string, default: main}
                    port: {x-kubernetes-int-or-string: true}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              one: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
              any: {type: object, x-kubernetes-preserve-unknown-fields: true}
              pod: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
              when: {type: string, format: date-time}
";

fn definition() -> Object {
    let file = FileName::new("crd.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let documents = manifest::yaml::Reader::new().read(DEFINITION.as_bytes(), file, flavor);
    let node = documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_default();
    Object::new(node).unwrap_or_else(|error| unreachable!("{error}"))
}

#[test]
fn custom_types() {
    let types = Types::builtin().with_crd(&definition());
    let check = |path: &str, expected: &str| {
        assert_eq!(shown(at(&types, "example.com/v1", "Foo", path)), expected, "{path}");
    };
    check("", "map of 4 fields");
    check("metadata.finalizers", "set");
    check("spec.items", "list by name");
    check("spec.items.[].port", "Any or atomic list or map of 0 fields, open");
    check("spec.tags", "set");
    check("spec.one", "atomic map of 0 fields, open");
    check("spec.any", "map of 0 fields, open");
    check("spec.pod.metadata.labels", "map of 0 fields, open");
    check("spec.when", "Any");
    check("spec.nothing", "none");
    let item = at(&types, "example.com/v1", "Foo", "spec.items.[]").and_then(Type::map);
    let default = item.and_then(|item| item.key_default("name")).and_then(Node::as_str);
    assert_eq!(default, Some("main"));
    assert_eq!(item.and_then(|item| item.field("name")?.1.scalar()), Some(Format::Text));
}
