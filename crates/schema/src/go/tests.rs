//! What Go prints.

use manifest::{Node, Origin};

use super::{diff, internal, json, quoted};

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
