//! Sets of fields: their text, and what they make of each other.

use manifest::{FileName, Node};
use proptest::prelude::*;

use super::{Element, Set, path_text};

fn node(text: &str) -> Node {
    let file = FileName::new("fields.json");
    let flavor = manifest::yaml::Flavor::Config;
    let documents = manifest::yaml::Reader::new().read(text.as_bytes(), file, flavor);
    documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_else(|| unreachable!("{text}"))
}

fn set(text: &str) -> Set {
    Set::from_fields_v1(&node(text)).unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

fn paths(set: &Set) -> Vec<String> {
    let mut paths = Vec::new();
    set.visit(&mut |path| paths.push(path_text(path)));
    paths
}

#[track_caller]
fn check_text(text: &str, expected: &str, paths_expected: &[&str]) {
    let set = set(text);
    assert_eq!(set.to_json(), expected);
    assert_eq!(paths(&set), paths_expected);
}

#[test]
fn text_in_and_out() {
    check_text("{}", "{}", &[]);
    check_text(r#"{"f:b":{},"f:a":{}}"#, r#"{"f:a":{},"f:b":{}}"#, &[".a", ".b"]);
    check_text(
        r#"{"f:spec":{".":{},"f:list":{"k:{\"port\":80, \"name\":\"x\\u0041\"}":{".":{},"f:a":{}}}}}"#,
        r#"{"f:spec":{".":{},"f:list":{"k:{\"name\":\"xA\",\"port\":80}":{".":{},"f:a":{}}}}}"#,
        &[".spec", ".spec.list[name=\"xA\",port=80]", ".spec.list[name=\"xA\",port=80].a"],
    );
    check_text(
        r#"{"i:2":{},"i:10":{},"v:true":{},"v:\"b\"":{},"v: 3":{},"v:1.5":{},"f:z":{}}"#,
        r#"{"f:z":{},"v:1.5":{},"v:3":{},"v:\"b\"":{},"v:true":{},"i:2":{},"i:10":{}}"#,
        &[".z", "[=1.5]", "[=3]", "[=\"b\"]", "[=true]", "[2]", "[10]"],
    );
    check_text(r#"{"x:unknown":{},"f:a":{}}"#, r#"{"f:a":{}}"#, &[".a"]);
    check_text(
        r#"{"k:{\"name\":\"<&>\"}":{}}"#,
        r#"{"k:{\"name\":\"\\u003c\\u0026\\u003e\"}":{}}"#,
        &["[name=\"<&>\"]"],
    );
}

#[test]
fn malformed_keys() {
    for text in [r#"{"f":{}}"#, r#"{"fa":{}}"#, r#"{"k:[]":{}}"#, r#"{"v:{":{}}"#, r#"{"i:x":{}}"#]
    {
        assert!(Set::from_fields_v1(&node(text)).is_err(), "{text}");
    }
}

#[test]
fn algebra() {
    let a = set(r#"{"f:a":{".":{},"f:b":{}},"f:c":{"f:d":{}},"f:e":{}}"#);
    let b = set(r#"{"f:a":{},"f:c":{".":{},"f:d":{}},"f:g":{}}"#);
    assert_eq!(paths(&a.union(&b)), [".a", ".c", ".e", ".g", ".a.b", ".c.d"]);
    assert_eq!(paths(&a.intersection(&b)), [".a", ".c.d"]);
    assert_eq!(paths(&a.difference(&b)), [".e", ".a.b"]);
    assert_eq!(paths(&a.recursive_difference(&b)), [".e"]);
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        "[abc]".prop_map(|name| Element::field(&name)),
        "[ab]".prop_map(|name| {
            Element::Key([("name".into(), name.as_str().into())].into_iter().collect())
        }),
        (0i64..3).prop_map(|value| Element::Value(value.into())),
    ]
}

fn any_set() -> impl Strategy<Value = Set> {
    let path = prop::collection::vec(element(), 1..4);
    prop::collection::vec(path, 0..12).prop_map(|paths| {
        let mut set = Set::new();
        for path in &paths {
            set.insert(path);
        }
        set
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(set in any_set()) {
        prop_assert_eq!(Set::from_fields_v1(&set.to_fields_v1()), Ok(set));
    }

    #[test]
    fn sets_are_sets(a in any_set(), b in any_set()) {
        let (union, both) = (a.union(&b), a.intersection(&b));
        prop_assert_eq!(&union, &b.union(&a));
        prop_assert_eq!(&both, &b.intersection(&a));
        prop_assert_eq!(union.len() + both.len(), a.len() + b.len());
        prop_assert_eq!(a.difference(&b).union(&both), a.clone());
        prop_assert!(a.difference(&b).intersection(&b).is_empty());
        prop_assert!(a.recursive_difference(&b).difference(&a.difference(&b)).is_empty());
        prop_assert!(a.recursive_difference(&a).is_empty());
    }
}
