//! Definitions that are refused, and why.

use manifest::{Node, Origin, json};

use super::{unknown_formats, validate};

/// A definition whose `spec` has this schema.
fn definition(schema: &str) -> Node {
    let text = format!(
        r#"{{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
        "metadata":{{"name":"widgets.example.com"}},
        "spec":{{"group":"example.com","scope":"Namespaced","conversion":{{"strategy":"None"}},
        "names":{{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"}},
        "versions":[{{"name":"v1","served":true,"storage":true,"schema":{{"openAPIV3Schema":
        {{"type":"object","properties":{{"spec":{schema}}}}}}}}}]}},
        "status":{{"storedVersions":["v1"]}}}}"#
    );
    json::read(text.as_bytes(), Origin::NONE).unwrap()
}

/// What is wrong with such a definition.
fn wrong(schema: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    validate(&definition(schema), None, &mut wrong);
    const AT: &str = "spec.versions[0].schema.openAPIV3Schema.properties[spec]";
    const AT_ALL: &str = "spec.validation.openAPIV3Schema.properties[spec]";
    wrong.iter().map(|wrong| wrong.to_string().replace(AT, "~").replace(AT_ALL, "~")).collect()
}

#[test]
fn a_sound_schema_is_not_refused() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"default":2},
        "l":{"type":"array","maxItems":10,"x-kubernetes-list-type":"set","items":{"type":"string","maxLength":5}}},
        "x-kubernetes-validations":[{"rule":"self.l.all(x, x.size() < self.n)","message":"too long"}]}"#;
    assert_eq!(wrong(schema), Vec::<String>::new());
}

#[test]
fn what_is_refused_says_where_and_why() {
    for (schema, expected) in [
        (
            r#"{"properties":{}}"#,
            "type: Required value: must not be empty for specified object fields",
        ),
        (
            r#"{"type":"integer","default":"x"}"#,
            "default: Invalid value: \"string\":  in body must be of type integer: \"string\"",
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"string"}},
            "x-kubernetes-validations":[{"rule":"self.b == 'x'"}]}"#,
            "undefined field 'b'",
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"string"}},
            "x-kubernetes-validations":[{"rule":"self.a"}]}"#,
            "must evaluate to a bool",
        ),
        (
            r#"{"type":"array","items":{"type":"array","items":{"type":"string"}},
            "x-kubernetes-validations":[{"rule":"self.all(a, a.all(b, a.all(c, b.contains(c))))"}]}"#,
            "exceeds budget",
        ),
    ] {
        let found = wrong(schema);
        assert!(found.iter().any(|wrong| wrong.contains(expected)), "{schema}: {found:#?}");
    }
}

#[test]
fn formats_that_nobody_knows_are_told() {
    for (schema, expected) in [
        (r#"{"type":"string","format":"date-time"}"#, None),
        (r#"{"type":"string","format":"k8s-short-name"}"#, None),
        (r#"{"type":"integer","format":"int64"}"#, None),
        (r#"{"type":"integer","format":"date"}"#, Some("date")),
        (r#"{"type":"array","items":{"type":"string","format":"odd"}}"#, Some("odd")),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(unknown_formats(&definition(schema)), expected, "{schema}");
    }
}
