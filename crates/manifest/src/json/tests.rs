//! JSON as Go prints it; every expected text was printed by Go's `encoding/json`.

use super::{Options, read, write};
use crate::{Key, Node, Origin, Sensitive, Value};

fn node(value: impl Into<Value>) -> Node {
    Node::new(value, Origin::NONE)
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    node(entries.into_iter().map(|(key, node)| (Key::from(key), node)).collect::<Value>())
}

fn check(node: &Node, options: Options, expected: &str) {
    let mut out = String::new();
    write(node, options, &mut out);
    assert_eq!(out, expected, "{node:?}");
}

#[test]
fn strings() {
    for (text, expected) in [
        ("", r#""""#),
        ("a/b é 😀 \u{7f}\u{85}€", "\"a/b é 😀 \u{7f}\u{85}€\""),
        ("\"\\\n\r\t\u{8}\u{c}", r#""\"\\\n\r\t\b\f""#),
        ("\0\u{1f}", r#""\u0000\u001f""#),
        ("<a>&", r#""\u003ca\u003e\u0026""#),
        ("x\u{2028}\u{2029}\u{2027}", "\"x\\u2028\\u2029\u{2027}\""),
    ] {
        check(&node(text), Options::GO, expected);
    }
    check(&node("<a>&\u{2028}"), Options::PRETTY, r#""<a>&\u2028""#);
}

#[test]
fn compact_and_sorted() {
    let tree = map([
        ("b", node(Value::Null)),
        (
            "a",
            map([("é", node(true)), ("10", node(-1)), ("9", node(Value::Number("1.50".into())))]),
        ),
        ("B", node(Value::List([map([]), node(Value::List([].into()))].into_iter().collect()))),
    ]);
    check(&tree, Options::GO, r#"{"B":[{},[]],"a":{"10":-1,"9":1.5,"é":true},"b":null}"#);
    check(
        &tree,
        Options::PRETTY,
        r#"{
  "b": null,
  "a": {
    "é": true,
    "10": -1,
    "9": 1.5
  },
  "B": [
    {},
    []
  ]
}"#,
    );
}

#[test]
fn what_json_cannot_hold() {
    let tree = map([
        ("infinite", node(Value::Number(".inf".into()))),
        ("secret", node(Value::Sensitive(Sensitive::new("hunter2".into())))),
        ("unknown", node(Value::Unknown("no cluster".into()))),
    ]);
    let plain = Options::default();
    check(&tree, plain, r#"{"infinite":".inf","secret":"***","unknown":"<unknown: no cluster>"}"#);
    check(
        &tree,
        Options { expose: true, ..plain },
        r#"{"infinite":".inf","secret":"hunter2","unknown":"<unknown: no cluster>"}"#,
    );
}

#[track_caller]
fn check_read(text: &str, expected: &str) {
    let mut out = String::new();
    match read(text.as_bytes(), crate::Origin::NONE) {
        Ok(node) => write(&node, Options::default(), &mut out),
        Err(error) => out.push_str(&error.to_string()),
    }
    assert_eq!(out, expected);
}

#[test]
fn reads_what_the_wire_has() {
    check_read(
        r#"{"a":[1,-2,true,null,"x\ny"],"b":{}}"#,
        r#"{"a":[1,-2,true,null,"x\ny"],"b":{}}"#,
    );
    check_read("18446744073709551615", "18446744073709551615");
    check_read("0.5", "0.5");
    check_read(r#"{"k\u0061":1}"#, r#"{"ka":1}"#);
    check_read(r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#);
}

#[test]
fn refuses_what_is_no_json() {
    check_read("{", "EOF while parsing an object at line 1 column 1");
    check_read("1 2", "trailing characters at line 1 column 3");
    check_read(&"[".repeat(1000), "nested deeper than 500 levels at line 1 column 501");
}
