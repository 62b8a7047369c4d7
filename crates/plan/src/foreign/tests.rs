//! The patch that takes over what others left.

use manifest::json;
use testkit::check_eq;

use super::*;

#[track_caller]
fn check(metadata: &str, expected: Option<&str>) {
    let text = format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a","resourceVersion":"7",{metadata}}}}}"#
    );
    let live = Object::new(json::read(text.as_bytes(), manifest::Origin::NONE).unwrap()).unwrap();
    let shown = cleanup(&live).map(|patch| {
        let mut out = String::new();
        json::write(&patch, json::Options::default(), &mut out);
        out
    });
    check_eq(shown.as_deref().unwrap_or("none"), expected.unwrap_or("none"));
}

#[test]
fn nothing_where_nobody_was() {
    check(r#""labels":{}"#, None);
    check(
        r#""managedFields":[{"manager":"helm","operation":"Update","apiVersion":"v1",
            "fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}},
          {"manager":"kubectl","operation":"Update","apiVersion":"v1","subresource":"scale",
            "fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]"#,
        None,
    );
}

#[test]
fn annotations_and_entries() {
    check(
        r#""annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","b":"c"},
          "managedFields":[
          {"manager":"kustomize-controller","operation":"Apply","apiVersion":"v1","time":"t",
            "fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}},
          {"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1",
            "fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:b":{}}}}]"#,
        Some(
            r#"[{"op":"remove","path":"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"},{"op":"replace","path":"/metadata/managedFields","value":[{"manager":"kustomize-controller","operation":"Apply","apiVersion":"v1","time":"t","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{},"f:b":{}}}}]},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]"#,
        ),
    );
}

#[test]
fn the_first_entry_becomes_ours_where_we_have_none() {
    check(
        r#""managedFields":[
          {"manager":"before-first-apply","operation":"Update","apiVersion":"v1",
            "fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:b":{}}}}]"#,
        Some(
            r#"[{"op":"replace","path":"/metadata/managedFields","value":[{"manager":"kustomize-controller","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:b":{}}}}]},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]"#,
        ),
    );
}
