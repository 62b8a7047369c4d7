//! Kinds in, documents out.

use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Object};
use testkit::check_eq;

use super::*;

const BOATS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.sea.example.org}
spec:
  group: sea.example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: It floats.
        properties:
          spec:
            type: object
            properties:
              sails: {type: integer, nullable: true, description: How many.}
              port: {x-kubernetes-int-or-string: true}
              crew: {type: array, items: {type: string}, x-kubernetes-list-type: set}
              rest: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: string}}}
";

fn known() -> (Kinds, Types) {
    let nodes = Reader::new().read(BOATS.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    let object = Object::new(nodes.into_iter().next().unwrap()).unwrap();
    (Kinds::with_crds([&object]), Types::builtin().with_crd(&object))
}

fn text_of(node: Option<&Node>) -> String {
    let mut text = String::new();
    json::write(&node.cloned().unwrap_or_default(), json::Options::default(), &mut text);
    text
}

#[track_caller]
fn check_v3(group: &str, version: &str, path: &[&str], expected: &str) {
    let (kinds, types) = known();
    let document = v3_group_version(&kinds, &types, group, version);
    check_eq(&text_of(document.as_ref().and_then(|document| document.at(path))), expected);
}

#[test]
fn built_in_types_with_what_merging_needs() {
    let schemas = ["components", "schemas", "io.k8s.api.core.v1.PodSpec", "properties"];
    let path = |field: &'static str| [&schemas[..], &[field]].concat();
    check_v3(
        "apps",
        "v1",
        &path("containers"),
        r##"{"type":"array","items":{"$ref":"#/components/schemas/io.k8s.api.core.v1.Container"},"x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}"##,
    );
    check_v3(
        "apps",
        "v1",
        &["components", "schemas", "io.k8s.api.apps.v1.DeploymentSpec", "properties", "strategy"],
        r##"{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"}],"x-kubernetes-patch-strategy":"retainKeys"}"##,
    );
    check_v3("nothing", "v1", &[], "null");
}

#[test]
fn operations_have_names_parameters_and_answers() {
    let place = "/apis/sea.example.org/v1/namespaces/{namespace}/boats";
    let item = format!("{place}/{{name}}");
    check_v3(
        "sea.example.org",
        "v1",
        &["paths", &item, "patch"],
        r##"{"tags":["seaExampleOrg_v1"],"description":"partially update the specified Boat","operationId":"patchSeaExampleOrgV1NamespacedBoat","parameters":[{"name":"dryRun","in":"query","schema":{"type":"string","uniqueItems":true}},{"name":"fieldManager","in":"query","schema":{"type":"string","uniqueItems":true}},{"name":"fieldValidation","in":"query","schema":{"type":"string","uniqueItems":true}},{"name":"force","in":"query","schema":{"type":"boolean","uniqueItems":true}}],"requestBody":{"content":{"application/apply-patch+yaml":{"schema":{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}},"application/json-patch+json":{"schema":{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}},"application/merge-patch+json":{"schema":{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}}},"required":true},"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/org.example.sea.v1.Boat"}},"application/yaml":{"schema":{"$ref":"#/components/schemas/org.example.sea.v1.Boat"}}}},"401":{"description":"Unauthorized"}},"x-kubernetes-action":"patch","x-kubernetes-group-version-kind":{"group":"sea.example.org","kind":"Boat","version":"v1"}}"##,
    );
    check_v3(
        "sea.example.org",
        "v1",
        &["paths", &item, "parameters"],
        r#"[{"name":"name","in":"path","required":true,"schema":{"type":"string","uniqueItems":true}},{"name":"namespace","in":"path","required":true,"schema":{"type":"string","uniqueItems":true}}]"#,
    );
    let everywhere = "/apis/sea.example.org/v1/boats";
    check_v3(
        "sea.example.org",
        "v1",
        &["paths", everywhere, "get"],
        r##"{"tags":["seaExampleOrg_v1"],"description":"list objects of kind Boat","operationId":"listSeaExampleOrgV1BoatForAllNamespaces","responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/org.example.sea.v1.BoatList"}},"application/yaml":{"schema":{"$ref":"#/components/schemas/org.example.sea.v1.BoatList"}}}},"401":{"description":"Unauthorized"}},"x-kubernetes-action":"list","x-kubernetes-group-version-kind":{"group":"sea.example.org","kind":"Boat","version":"v1"}}"##,
    );
    for (group, version, path, method, id) in [
        (
            "",
            "v1",
            "/api/v1/namespaces/{namespace}/pods/{name}/status",
            "get",
            "readCoreV1NamespacedPodStatus",
        ),
        ("apps", "v1", "/apis/apps/v1/deployments", "get", "listAppsV1DeploymentForAllNamespaces"),
        (
            "rbac.authorization.k8s.io",
            "v1",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "delete",
            "deleteRbacAuthorizationV1CollectionClusterRole",
        ),
        ("sea.example.org", "v1", place, "post", "createSeaExampleOrgV1NamespacedBoat"),
    ] {
        let id = format!("\"{id}\"");
        check_v3(group, version, &["paths", path, method, "operationId"], &id);
    }
    let scale = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale";
    let body = ["paths", scale, "put", "requestBody", "content", "application/yaml", "schema"];
    check_v3(
        "apps",
        "v1",
        &body,
        r##"{"$ref":"#/components/schemas/io.k8s.api.autoscaling.v1.Scale"}"##,
    );
}

#[test]
fn custom_types_in_both_versions() {
    let (kinds, types) = known();
    let name = "org.example.sea.v1.Boat";
    let v2 = v2(&kinds, &types);
    check_eq(
        &text_of(v2.at(&["definitions", name, "properties", "spec"])),
        r#"{"type":"object","properties":{"sails":{"description":"How many."},"port":{},"crew":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"rest":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}"#,
    );
    check_eq(
        &text_of(v2.at(&["definitions", name, "x-kubernetes-group-version-kind"])),
        r#"[{"group":"sea.example.org","kind":"Boat","version":"v1"}]"#,
    );
    check_eq(
        &text_of(v2.at(&["definitions", name, "properties", "metadata", "$ref"])),
        r##""#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta""##,
    );
    check_v3(
        "sea.example.org",
        "v1",
        &["components", "schemas", name, "properties", "spec", "properties", "sails"],
        r#"{"type":"integer","nullable":true,"description":"How many."}"#,
    );
}

/// Each reference leads to a definition, or `kubectl` refuses the document.
#[test]
fn no_reference_leads_nowhere() {
    fn references<'n>(node: &'n Node, found: &mut Vec<&'n str>) {
        found.extend(node.str_at(&["$ref"]));
        for (_, value) in node.as_map().into_iter().flat_map(Map::iter) {
            references(value, found);
        }
        for item in node.as_list().unwrap_or_default() {
            references(item, found);
        }
    }
    let (kinds, types) = known();
    let documents =
        kinds.all().map(|info| v3_group_version(&kinds, &types, &info.group, &info.version));
    let v3 = documents.flatten().map(|document| (document, "#/components/schemas/"));
    for (document, place) in v3.chain([(v2(&kinds, &types), "#/definitions/")]) {
        let definitions = document
            .at(&["components", "schemas"])
            .or_else(|| document.get("definitions"))
            .unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let name = reference.strip_prefix(place).unwrap();
            assert!(definitions.get(name).is_some(), "{reference} leads nowhere");
        }
    }
}

#[test]
fn addresses_change_with_schemas_only() {
    let (kinds, types) = known();
    let url = |index: &Node, path: &str| {
        index.str_at(&["paths", path, "serverRelativeURL"]).map(str::to_owned).unwrap()
    };
    let index = v3_index(&kinds, &types);
    let other = v3_index(&kinds, &Types::builtin());
    assert_eq!(url(&index, "apis/apps/v1"), url(&other, "apis/apps/v1"));
    assert_ne!(url(&index, "apis/sea.example.org/v1"), url(&other, "apis/sea.example.org/v1"));
    assert!(url(&index, "api/v1").starts_with("/openapi/v3/api/v1?hash="));
}

#[test]
fn protobuf_has_lengths_before_what_they_are_for() {
    let document = json::read(
        br#"{"swagger":"2.0","definitions":{"A":{"type":"object","required":["b"],"properties":{"b":{"type":"string"}},"x-y":[1]}}}"#,
        Origin::NONE,
    )
    .unwrap();
    let bytes = v2_protobuf(&document);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = concat!(
        "0a03322e30", // swagger
        "4200",       // no paths
        "4a3a",
        "0a38",
        "0a0141",
        "1233",                   // definitions, one of them, its name, itself
        "9a010162",               // what it requires
        "b201080a066f626a656374", // its type
        "ca01120a100a0162120bb201080a06737472696e67", // its properties
        "fa010c0a03782d791205120 35b315d", // its extension
    );
    check_eq(&text, &expected.replace(' ', ""));
}
