//! Entries as Flux writes them.

use testkit::check_eq;

use super::*;

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let shown = |id: ObjectId| format!("{}|{}|{}|{}", id.namespace, id.group, id.kind, id.name);
    assert_eq!(parse(text).map(shown).as_deref(), expected);
    if let Some(id) = parse(text) {
        check_eq(&id_text(&id), text);
    }
}

#[test]
fn ids_name_objects() {
    check("x_web_apps_Deployment", Some("x|apps|Deployment|web"));
    check("_x__Namespace", Some("||Namespace|x"));
    check(
        "_system__admin_rbac.authorization.k8s.io_ClusterRole",
        Some("|rbac.authorization.k8s.io|ClusterRole|system:admin"),
    );
}

#[test]
fn ids_that_name_nothing() {
    for text in ["", "x", "x_a", "x_a_b", "x___Namespace", "x_a_b_c_D", "x_a_apps_"] {
        check(text, None);
    }
}

#[test]
fn a_status_with_a_wrong_entry_is_no_inventory() {
    let text =
        r#"{"inventory":{"entries":[{"id":"x_a__ConfigMap","v":"v1"},{"id":"oops","v":"v1"}]}}"#;
    let status = manifest::json::read(text.as_bytes(), Origin::NONE).unwrap();
    let wrong = Inventory::from_status(&status).unwrap_err();
    check_eq(
        &wrong.to_string(),
        "the inventory has an entry \"oops\", which names no object: it should be \
         <namespace>_<name>_<group>_<kind>",
    );
    assert!(Inventory::from_status(&Node::map(Origin::NONE)).unwrap().is_empty());
}
