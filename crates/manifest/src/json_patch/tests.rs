//! Patches as `evanphx/json-patch` 4.13.0 applies them, and as the RFC has them.

use std::error::Error as _;

use super::{Dialect, Error, JsonPatch};
use crate::{FileName, Key, Map, Node, Origin, Sensitive, Value, Via, json};

/// The node that a JSON text is, all of it from line 7 of `file`.
fn read(text: &str, file: &str) -> Node {
    let mut node = from_json(&serde_json::from_str(text).unwrap());
    node.set_origin_deep(Origin::new(FileName::new(file), 7));
    node
}

fn from_json(json: &serde_json::Value) -> Node {
    let value = match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => Value::Number(number.to_string().into()),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => Value::Map(
            entries.iter().map(|(key, json)| (Key::from(key.as_str()), from_json(json))).collect(),
        ),
    };
    Node::new(value, Origin::NONE)
}

fn apply(target: &mut Node, patch: &str, dialect: Dialect) -> Result<(), Error> {
    JsonPatch::from_node(&read(patch, "patch.yaml"))?.apply(target, dialect)
}

/// The target after the patch, or the cause of its failure.
fn outcome(target: &str, patch: &str, dialect: Dialect) -> String {
    let mut node = read(target, "base.yaml");
    let before = node.clone();
    match apply(&mut node, patch, dialect) {
        Ok(()) => written(&node),
        Err(error) => {
            assert_eq!(node, before, "a patch that fails changes nothing");
            error.source().map(ToString::to_string).unwrap_or_default()
        }
    }
}

fn written(node: &Node) -> String {
    let mut out = String::new();
    json::write(node, json::Options::default(), &mut out);
    out
}

/// One operation, with the same outcome in both dialects.
fn check(target: &str, operation: &str, expected: &str) {
    check_dialects(target, operation, expected, expected);
}

fn check_dialects(target: &str, operation: &str, lenient: &str, strict: &str) {
    let patch = format!("[{operation}]");
    assert_eq!(outcome(target, &patch, Dialect::Lenient), lenient, "lenient: {operation}");
    assert_eq!(outcome(target, &patch, Dialect::Strict), strict, "strict: {operation}");
}

#[test]
fn add() {
    check(r#"{"a":1}"#, r#"{"op":"add","path":"/b","value":[2]}"#, r#"{"a":1,"b":[2]}"#);
    check(r#"{"a":1,"b":2}"#, r#"{"op":"add","path":"/a","value":null}"#, r#"{"a":null,"b":2}"#);
    check(r#"{"a":[1,2]}"#, r#"{"op":"add","path":"/a/1","value":3}"#, r#"{"a":[1,3,2]}"#);
    check(r#"{"a":[1,2]}"#, r#"{"op":"add","path":"/a/2","value":3}"#, r#"{"a":[1,2,3]}"#);
    check(r#"{"a":[1,2]}"#, r#"{"op":"add","path":"/a/-","value":3}"#, r#"{"a":[1,2,3]}"#);
    check(r#"[1]"#, r#"{"op":"add","path":"/0","value":3}"#, r#"[3,1]"#);
    check(
        r#"{"a":[1,2]}"#,
        r#"{"op":"add","path":"/a/3","value":3}"#,
        "`/a` is a list of 2, and 3 is beyond it",
    );
    check(r#"{}"#, r#"{"op":"add","path":"/a/b","value":3}"#, "there is nothing at `/a`");
    check(
        r#"{"a":{"b":null}}"#,
        r#"{"op":"add","path":"/a/b/c","value":3}"#,
        "`/a/b` is a null, not a map or list",
    );
    check(
        r#"[1]"#,
        r#"{"op":"add","path":"/x","value":3}"#,
        "the document is a list, and `x` is no index of one",
    );
}

#[test]
fn escaped_keys() {
    check(
        r#"{"a/b":{"m~n":1,"~1":2},"":3}"#,
        r#"{"op":"remove","path":"/a~1b/m~0n"},{"op":"remove","path":"/a~1b/~01"},{"op":"remove","path":"/"}"#,
        r#"{"a/b":{}}"#,
    );
}

#[test]
fn remove() {
    check(r#"{"a":1,"b":2}"#, r#"{"op":"remove","path":"/a"}"#, r#"{"b":2}"#);
    check(r#"{"a":[1,2,3]}"#, r#"{"op":"remove","path":"/a/1"}"#, r#"{"a":[1,3]}"#);
    check(r#"{"a":[[1]]}"#, r#"{"op":"remove","path":"/a/0/0"}"#, r#"{"a":[[]]}"#);
    check(r#"{"a":1}"#, r#"{"op":"remove","path":"/b"}"#, "there is nothing at `/b`");
    check(r#"{"a":1}"#, r#"{"op":"remove","path":"/b/c"}"#, "there is nothing at `/b`");
    check(
        r#"{"a":[1]}"#,
        r#"{"op":"remove","path":"/a/1"}"#,
        "`/a` is a list of 1, and 1 is beyond it",
    );
    check(
        r#"{"a":[1]}"#,
        r#"{"op":"remove","path":"/a/-"}"#,
        "`/a` is a list, and `-` is no index of one",
    );
    check(r#"{"a":1}"#, r#"{"op":"remove","path":""}"#, "it cannot apply to the whole document");
}

#[test]
fn replace() {
    check(r#"{"a":1,"b":2}"#, r#"{"op":"replace","path":"/a","value":{}}"#, r#"{"a":{},"b":2}"#);
    check(r#"{"a":[1,2]}"#, r#"{"op":"replace","path":"/a/1","value":3}"#, r#"{"a":[1,3]}"#);
    check(r#"{"a":1}"#, r#"{"op":"replace","path":"","value":[1]}"#, "[1]");
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"replace","path":"/b","value":2}"#,
        r#"{"a":1,"b":2}"#,
        "there is nothing at `/b`",
    );
    check(r#"{"a":1}"#, r#"{"op":"replace","path":"/b/c","value":2}"#, "there is nothing at `/b`");
    check(
        r#"{"a":[1]}"#,
        r#"{"op":"replace","path":"/a/1","value":2}"#,
        "`/a` is a list of 1, and 1 is beyond it",
    );
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"replace","path":"","value":"b"}"#,
        "a document can be replaced by a map or list, not by a string",
        "\"b\"",
    );
}

#[test]
fn move_and_copy() {
    check(
        r#"{"a":{"b":1},"c":[2]}"#,
        r#"{"op":"move","from":"/a/b","path":"/c/0"}"#,
        r#"{"a":{},"c":[1,2]}"#,
    );
    check(
        r#"{"a":{"b":1},"c":[2]}"#,
        r#"{"op":"copy","from":"/a","path":"/a/c"}"#,
        r#"{"a":{"b":1,"c":{"b":1}},"c":[2]}"#,
    );
    check(r#"{"a":[1,2,3]}"#, r#"{"op":"move","from":"/a/0","path":"/a/2"}"#, r#"{"a":[2,3,1]}"#);
    check(r#"{"a":{}}"#, r#"{"op":"move","from":"/a","path":"/a/b"}"#, "there is nothing at `/a`");
    check(r#"{"a":1}"#, r#"{"op":"move","from":"/b","path":"/c"}"#, "there is nothing at `/b`");
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"copy","from":"/b","path":"/c"}"#,
        r#"{"a":1,"c":null}"#,
        "there is nothing at `/b`",
    );
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"copy","from":"","path":"/b"}"#,
        "it cannot apply to the whole document",
        r#"{"a":1,"b":{"a":1}}"#,
    );
}

#[test]
fn test() {
    let target = r#"{"a":{"b":[1,null,{"c":"x"}]},"n":1.50,"z":null}"#;
    for passes in [
        r#"{"op":"test","path":"/a","value":{"b":[1,null,{"c":"x"}]}}"#,
        r#"{"op":"test","path":"/a/b/0","value":1.0}"#,
        r#"{"op":"test","path":"/n","value":15e-1}"#,
        r#"{"op":"test","path":"/z","value":null}"#,
        r#"{"op":"test","path":"","value":{"n":1.5,"z":null,"a":{"b":[1,null,{"c":"x"}]}}}"#,
    ] {
        check(target, passes, r#"{"a":{"b":[1,null,{"c":"x"}]},"n":1.5,"z":null}"#);
    }
    for fails in [
        r#"{"op":"test","path":"/a/b/0","value":"1"}"#,
        r#"{"op":"test","path":"/a/b/0","value":null}"#,
        r#"{"op":"test","path":"/a/b","value":[1,null]}"#,
        r#"{"op":"test","path":"/a","value":{"b":[1,null,{"c":"x"}],"d":null}}"#,
    ] {
        check(target, fails, "the value there is another");
    }
    check(target, r#"{"op":"test","path":"/q/r","value":1}"#, "there is nothing at `/q`");
    let missing = |value| format!(r#"{{"op":"test","path":"/q","value":{value}}}"#);
    let nothing = "there is nothing at `/q`";
    check_dialects(r#"{"a":1}"#, &missing("null"), r#"{"a":1}"#, nothing);
    check_dialects(r#"{"a":1}"#, &missing("1"), "the value there is another", nothing);
}

#[test]
fn what_only_one_dialect_takes() {
    let no_index = "`/a` is a list, and `-1` is no index of one";
    for (operation, lenient) in [
        (r#"{"op":"add","path":"/a/-1","value":3}"#, r#"{"a":[1,2,3]}"#),
        (r#"{"op":"replace","path":"/a/-1","value":3}"#, r#"{"a":[1,3]}"#),
        (r#"{"op":"remove","path":"/a/-1"}"#, r#"{"a":[1]}"#),
    ] {
        check_dialects(r#"{"a":[1,2]}"#, operation, lenient, no_index);
    }
    check_dialects(
        r#"{"a":[1,2]}"#,
        r#"{"op":"remove","path":"/a/+00"}"#,
        r#"{"a":[2]}"#,
        "`/a` is a list, and `+00` is no index of one",
    );
    check_dialects(
        r#"{"a":[1,2]}"#,
        r#"{"op":"add","path":"/a/-4","value":3}"#,
        "`/a` is a list of 2, and -4 is beyond it",
        "`/a` is a list, and `-4` is no index of one",
    );
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"add","path":"/b"}"#,
        r#"{"a":1,"b":null}"#,
        "it has no `value`",
    );
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"add","path":"spec/b","value":2}"#,
        r#"{"a":1,"b":2}"#,
        "`spec/b` is no JSON pointer: start it with /",
    );
    check_dialects(
        r#"{"a":1}"#,
        r#"{"op":"add","path":"","value":2}"#,
        "it cannot apply to the whole document",
        "2",
    );
}

#[test]
fn operations_that_are_wrong_in_themselves() {
    for (operation, cause) in [
        (r#"{"path":"/a"}"#, "it has no `op`"),
        (r#"null"#, "it has no `op`"),
        (r#"{"op":1,"path":"/a"}"#, "its `op` is a number, not a string"),
        (
            r#"{"op":"merge","path":"/a"}"#,
            "there is no operation `merge`: use add, remove, replace, move, copy or test",
        ),
        (r#"{"op":"remove"}"#, "it has no `path`"),
        (r#"{"op":"remove","path":["a"]}"#, "its `path` is a list, not a string"),
        (r#"{"op":"move","path":"/a"}"#, "it has no `from`"),
        (r#"{"op":"remove","path":"a"}"#, "`a` is no JSON pointer: start it with /"),
    ] {
        check(r#"{"a":1}"#, operation, cause);
    }
}

#[test]
fn errors_name_the_operation_and_its_place() {
    let mut node = read(r#"{"a":1}"#, "base.yaml");
    let mut message = |patch| {
        let error = apply(&mut node, patch, Dialect::Lenient).unwrap_err();
        format!("{}: {}", error.origin(), error.full())
    };
    assert_eq!(
        message(r#"[{"op":"test","path":"/a","value":1},{"op":"remove","path":"/b"}]"#),
        "patch.yaml:7: operation 2 of the JSON patch (`remove /b`) does not apply: \
         there is nothing at `/b`"
    );
    assert_eq!(
        message(r#"{"op":"remove"}"#),
        "patch.yaml:7: a JSON patch is a list of operations, this is a map"
    );
    assert_eq!(
        message(r#"[{"op":"test","path":"/a","value":1},"remove"]"#),
        "patch.yaml:7: an operation of a JSON patch is a map, number 2 is a string"
    );
}

#[test]
fn a_patch_may_be_empty() {
    for patch in ["null", "[]"] {
        assert!(JsonPatch::from_node(&read(patch, "patch.yaml")).unwrap().is_empty());
    }
}

#[test]
fn values_know_the_patch_and_the_rest_is_shared() {
    let mut node = read(r#"{"a":{"b":1},"c":[1,2]}"#, "base.yaml");
    let list = node.get("c").unwrap().as_list().unwrap().as_ptr();
    let before = node.clone();
    let patch = r#"[{"op":"add","path":"/a/d","value":{"e":[1]}},{"op":"copy","from":"/a/b","path":"/a/f"}]"#;
    apply(&mut node, patch, Dialect::Lenient).unwrap();

    let origin = |path: &[&str]| format!("{:?}", node.at(path).unwrap().origin);
    assert_eq!(origin(&["a", "b"]), "base.yaml:7 ");
    assert_eq!(origin(&["a", "d"]), "patch.yaml:7 patch");
    assert_eq!(origin(&["a", "d", "e"]), "patch.yaml:7 patch");
    assert_eq!(origin(&["a", "f"]), "base.yaml:7 patch");
    assert_eq!(node.at(&["a", "d", "e"]).unwrap().as_list().unwrap()[0].origin.by(), Via::Patch);
    assert_eq!(node.get("c").unwrap().as_list().unwrap().as_ptr(), list);
    assert_eq!(written(&before), r#"{"a":{"b":1},"c":[1,2]}"#);
}

#[test]
fn below_an_unknown_all_is_unknown() {
    let unknown = Node::new(Value::Unknown("no cluster".into()), Origin::NONE);
    let mut map = Map::new();
    map.set("a", unknown);
    map.set("b", Node::new(1, Origin::NONE));
    let mut node = Node::new(map, Origin::NONE);
    let patch = r#"[
        {"op":"add","path":"/a/x/0","value":1},
        {"op":"replace","path":"/a/x","value":1},
        {"op":"remove","path":"/a/x/y"},
        {"op":"test","path":"/a/x","value":1},
        {"op":"test","path":"/a","value":1},
        {"op":"copy","from":"/a/x","path":"/c"},
        {"op":"move","from":"/b","path":"/a/b"}
    ]"#;
    apply(&mut node, patch, Dialect::Strict).unwrap();
    assert_eq!(written(&node), r#"{"a":"<unknown: no cluster>","c":"<unknown: no cluster>"}"#);
    apply(&mut node, r#"[{"op":"replace","path":"/a","value":1}]"#, Dialect::Strict).unwrap();
    assert_eq!(written(&node), r#"{"a":1,"c":"<unknown: no cluster>"}"#);
}

#[test]
fn sensitive_text_can_be_tested() {
    let mut map = Map::new();
    map.set("a", Node::new(Value::Sensitive(Sensitive::new("hunter2".into())), Origin::NONE));
    let mut node = Node::new(map, Origin::NONE);
    let mut test = |text| {
        let patch = format!(r#"[{{"op":"test","path":"/a","value":"{text}"}}]"#);
        apply(&mut node, &patch, Dialect::Strict).is_ok()
    };
    assert!(test("hunter2"));
    assert!(!test("hunter3"));
}
