use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;

fn read(text: &str) -> Node {
    let nodes = Reader::new().read(text.as_bytes(), FileName::new("x.yaml"), Flavor::Resource);
    nodes.unwrap().into_iter().next().unwrap()
}

/// Sets `!` at every place that a path (with `+` before it: made where it is missing) leads to.
fn check(path: &str, text: &str, expected: &str) {
    let (create, path) = path.strip_prefix('+').map_or((false, path), |path| (true, path));
    let spec = FieldSpec::new(Gvk::default(), path, create);
    let mut node = read(text);
    let done = spec.visit(&mut node, Create::Scalar, Origin::NONE, &mut |node| {
        *node = Node::string("!", node.origin);
        Ok(())
    });
    let got = match done {
        Ok(()) => format!("{node:?}").replace('"', ""),
        Err(fault) => format!("{}: {}", fault.origin, fault.cause),
    };
    assert_eq!(got, expected, "{path} in {text}");
}

#[test]
fn paths_lead_through_maps_and_lists() {
    check("a/b", "{a: {b: 1, c: 2}}", "{a: {b: !, c: 2}}");
    check("/a/b", "{a: {b: 1}}", "{a: {b: !}}");
    check("a/b", "{a: [{b: 1}, {c: 2}, {b: 3}]}", "{a: [{b: !}, {c: 2}, {b: !}]}");
    check("a[]/b", "{a: [{b: 1}]}", "{a: [{b: !}]}");
    check("a\\/b/c", "{a/b: {c: 1}}", "{a/b: {c: !}}");
    check("a/b", "{a: {c: 1}}", "{a: {c: 1}}");
    check("a/b", "{a: null}", "{a: null}");
    check("a", "{b: 1}", "{b: 1}");
}

#[test]
fn what_is_missing_is_made_where_the_spec_says_so() {
    check("+a/b", "{}", "{a: {b: !}}");
    check("+a/b", "{a: null}", "{a: {b: !}}");
    check("+a/b", "{a: [{c: 1}]}", "{a: [{c: 1, b: !}]}");
    check("+a[]/b", "{c: 1}", "{c: 1}");
}

#[test]
fn paths_that_lead_into_a_scalar() {
    let scalar = "x.yaml:1: `a/b`: there is a string where a map or list should be";
    check("a/b", "{a: text}", scalar);
    check("+a/b", "{a: text}", scalar);
}

#[test]
fn slashes_split_paths() {
    assert_eq!(split_path("a/b\\/c/d", '/'), ["a", "b/c", "d"]);
    assert_eq!(split_path("/a", '/'), ["a"]);
    assert_eq!(split_path("a.b\\.c", '.'), ["a", "b.c"]);
}

#[test]
fn a_spec_for_all_kinds_covers_one_for_some() {
    let kind = |kind: &str| Gvk { kind: kind.into(), ..Gvk::default() };
    let mut specs = FieldSpecs::default();
    let mut add = |gvk, path, create| specs.merge_one(&FieldSpec::new(gvk, path, create));
    assert_eq!(add(kind("Pod"), "spec/x", false), Ok(()));
    assert_eq!(add(kind("Pod"), "spec/x", false), Ok(()));
    assert!(add(kind("Pod"), "spec/x", true).is_err());
    assert_eq!(add(kind("Job"), "spec/x", true), Ok(()));
    assert_eq!(specs.0.len(), 2);
}
