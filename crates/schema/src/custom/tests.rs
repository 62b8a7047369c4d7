//! What is wrong with objects of custom kinds.

use manifest::{Node, Object, Origin, json};

use crate::Types;
use crate::validation::validate;

fn read(text: &str) -> Node {
    json::read(text.as_bytes(), Origin::NONE).unwrap()
}

/// What is wrong with a `spec` under its schema, and with the update of another to it.
fn wrong(schema: &str, spec: &str, before: Option<&str>) -> Vec<String> {
    let definition = format!(
        r#"{{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
        "metadata":{{"name":"widgets.example.com"}},"spec":{{"group":"example.com","scope":"Namespaced",
        "names":{{"plural":"widgets","kind":"Widget"}},"versions":[{{"name":"v1","served":true,
        "storage":true,"schema":{{"openAPIV3Schema":{{"type":"object","properties":{{"spec":{schema}}}}}}}}}]}}}}"#
    );
    let types = Types::builtin().clone().with_crd(&Object::new(read(&definition)).unwrap());
    let of = |spec: &str| {
        let text = format!(
            r#"{{"apiVersion":"example.com/v1","kind":"Widget",
            "metadata":{{"name":"w","namespace":"default","resourceVersion":"1"}},"spec":{spec}}}"#
        );
        read(&text)
    };
    let live = before.map(of);
    validate(&types, &of(spec), live.as_ref(), "").iter().map(ToString::to_string).collect()
}

#[test]
fn keywords_are_checked_in_the_words_of_the_server() {
    for (schema, spec, expected) in [
        (
            r#"{"type":"integer","minimum":3}"#,
            "2",
            "spec: Invalid value: 2: spec in body should be greater than or equal to 3",
        ),
        (
            r#"{"type":"string","pattern":"^a+$"}"#,
            r#""b""#,
            "spec: Invalid value: \"b\": spec in body should match '^a+$'",
        ),
        (
            r#"{"type":"string","enum":["a","b"]}"#,
            r#""c""#,
            "spec: Unsupported value: \"c\": supported values: \"a\", \"b\"",
        ),
        (
            r#"{"type":"string"}"#,
            "1",
            "spec: Invalid value: \"integer\": spec in body must be of type string: \"integer\"",
        ),
        (
            r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#,
            "{}",
            "spec.a: Required value",
        ),
        (
            r#"{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}"#,
            r#"["a","a"]"#,
            "spec[1]: Duplicate value: \"a\"",
        ),
    ] {
        assert_eq!(wrong(schema, spec, None), [expected], "{schema}");
    }
}

const BOUNDED: &str = r#"{"type":"object","properties":{"n":{"type":"integer"},"most":{"type":"integer"}},
    "x-kubernetes-validations":[{"rule":"self.n <= self.most",
    "messageExpression":"'at most ' + string(self.most)","fieldPath":".n","reason":"FieldValueForbidden"},
    {"rule":"self.n >= oldSelf.n","message":"never less"}]}"#;

#[test]
fn rules_are_asked() {
    assert_eq!(wrong(BOUNDED, r#"{"n":1,"most":2}"#, None), Vec::<String>::new());
    assert_eq!(wrong(BOUNDED, r#"{"n":3,"most":2}"#, None), ["spec.n: Forbidden: at most 2"]);
    let less = wrong(BOUNDED, r#"{"n":1,"most":2}"#, Some(r#"{"n":2,"most":2}"#));
    assert_eq!(less.len(), 1);
    assert!(less[0].ends_with("never less"), "{less:?}");
}

#[test]
fn what_was_wrong_and_did_not_change_is_let_be() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string","maxLength":1},
        "b":{"type":"string"}}}"#;
    let before = r#"{"a":"long","b":"x"}"#;
    assert_eq!(wrong(schema, r#"{"a":"long","b":"y"}"#, Some(before)), Vec::<String>::new());
    assert_eq!(wrong(schema, r#"{"a":"longer","b":"x"}"#, Some(before)).len(), 1);
}
