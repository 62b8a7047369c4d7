//! What Go prints.

use manifest::{Node, Origin};

use super::{diff, internal, json, json_error, quoted};

fn node(text: &str) -> Node {
    Node::new(crate::json::parse(text).unwrap(), Origin::default())
}

#[test]
fn texts() {
    for (text, expected) in [
        ("a\"b\\", r#""a\"b\\""#),
        ("\u{1}\n\u{7f}é", "\"\\x01\\n\\x7fé\""),
        ("\u{85}", "\"\\u0085\""),
    ] {
        assert_eq!(quoted(text), expected);
    }
}

#[test]
fn internal_types() {
    let strategy = node(r#"{"type":"Big"}"#);
    assert_eq!(
        json(&internal("apps.DeploymentStrategy", &strategy)),
        r#"{"Type":"Big","RollingUpdate":null}"#
    );
    let template = node(
        r#"{"metadata":{"labels":{"b":"1","a":"2"}},"spec":{"hostNetwork":true,"securityContext":{}}}"#,
    );
    let text = json(&internal("core.PodTemplateSpec", &template));
    assert!(text.starts_with(r#"{"labels":{"a":"2","b":"1"},"Spec":{"Volumes":null,"#), "{text}");
    assert!(text.contains(r#""SecurityContext":{"HostNetwork":true,"HostPID":false"#), "{text}");
}

#[test]
fn differences() {
    let (before, after) = (node(r#"{"a":[1,2,3,4],"b":5}"#), node(r#"{"a":[1,2,9,4],"b":5}"#));
    let expected =
        "@@ -2,7 +2,7 @@\n  \"a\": [\n   1,\n   2,\n-  3,\n+  9,\n   4\n  ],\n  \"b\": 5\n";
    assert_eq!(diff(&before, &after), expected);
}

#[test]
fn errors_of_json() {
    for (text, expected) in [
        ("{\"a\":[1,-0.5e+3,null,\"\\u00e9\"]} ", None),
        ("", Some("unexpected end of JSON input")),
        ("[1,]", Some("invalid character ']' looking for beginning of value")),
        ("{bad", Some("invalid character 'b' looking for beginning of object key string")),
        ("{\"a\" 1}", Some("invalid character '1' after object key")),
        ("{\"a\":1 2}", Some("invalid character '2' after object key:value pair")),
        ("[1 2]", Some("invalid character '2' after array element")),
        ("nope", Some("invalid character 'o' in literal null (expecting 'u')")),
        ("1 x", Some("invalid character 'x' after top-level value")),
        ("-x", Some("invalid character 'x' in numeric literal")),
        ("1.", Some("unexpected end of JSON input")),
        ("\"\\x\"", Some("invalid character 'x' in string escape code")),
        ("\"\n\"", Some("invalid character '\\n' in string literal")),
        ("'", Some("invalid character '\\'' looking for beginning of value")),
    ] {
        assert_eq!(json_error(text.as_bytes()).as_deref(), expected, "{text}");
    }
}
