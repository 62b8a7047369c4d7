//! Patterns and paths. What `sourceignore` makes of the same ones was compared.

use manifest::{Content, Origin, Value};

use super::*;

#[track_caller]
fn check(pattern: &str, left_out: &[&str], kept: &[&str]) {
    let pattern = Pattern::parse(pattern, "");
    for path in left_out {
        assert!(pattern.matches(path, false), "{} should match {path}", pattern.written);
    }
    for path in kept {
        assert!(!pattern.matches(path, false), "{} should not match {path}", pattern.written);
    }
}

#[test]
fn patterns() {
    check("*.png", &["a.png", "x/a.png", "x.png/file"], &["a.pngs", "png"]);
    check("build/", &["build/a", "x/build/a/b"], &["build", "x/build", "builds/a"]);
    check("/build", &["build", "build/a"], &["x/build"]);
    check("/*", &["a", "a/b"], &[]);
    check("a/b", &["a/b", "a/b/c"], &["x/a/b", "a/bb"]);
    check("a/*/c", &["a/x/c"], &["a/c", "a/x/y/c"]);
    check("**/x.yml", &["x.yml", "a/x.yml", "a/b/x.yml"], &["x.yaml"]);
    check("a/**", &["a/b", "a/b/c"], &["b/a"]);
    check("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["a/b"]);
    check("a**b/c", &[], &["axb/c"]);
    check("[ab].yaml", &["a.yaml", "x/b.yaml"], &["c.yaml"]);
    check("a.yaml  ", &["a.yaml"], &[]);
}

#[track_caller]
fn check_tree(files: &[(&str, &str)], ignore: Option<&str>, expected: &[&str]) {
    let spec = ignore.map(|ignore| {
        let map = [("ignore".into(), Node::string(ignore, Origin::NONE))].into_iter().collect();
        Node { value: Value::Map(map), origin: Origin::NONE }
    });
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, Content::from(*text))).collect();
    let tree = FileTree::of_files(files);
    let artifact = Artifact::new(&tree, spec.as_ref());
    let left: Vec<&str> = tree
        .iter()
        .map(|(path, _)| path)
        .filter(|path| artifact.left_out(path).is_some())
        .collect();
    assert_eq!(left, expected);
}

#[test]
fn defaults_apply_where_nothing_else_is_said() {
    let files = [
        (".git/config", ""),
        (".github/workflows/ci.yaml", ""),
        ("a/.sops.yaml", ""),
        ("a/b.yaml", ""),
        ("logo.png", ""),
    ];
    let always = [".git/config"];
    let defaults = [".git/config", ".github/workflows/ci.yaml", "a/.sops.yaml", "logo.png"];
    check_tree(&files, None, &defaults);
    check_tree(&files, Some("# a comment\n"), &defaults);
    check_tree(&files, Some("nothing"), &always);
}

#[test]
fn the_last_pattern_that_matches_decides() {
    let files = [
        (".sourceignore", "*.txt\n"),
        ("a.txt", ""),
        ("apps/a.txt", ""),
        ("apps/.sourceignore", "!a.txt\nb.txt"),
        ("apps/b.txt", ""),
        ("b.yaml", ""),
    ];
    check_tree(&files, None, &["a.txt", "apps/b.txt"]);
    check_tree(&files, Some("/*\n!/apps"), &[".sourceignore", "a.txt", "b.yaml"]);
}

#[test]
fn links_are_left_out() {
    let mut tree = FileTree::of_files([("a.yaml", Content::from(""))]);
    tree.insert("b.yaml", Entry::Link("a.yaml".to_owned()));
    let artifact = Artifact::new(&tree, None);
    assert!(matches!(artifact.left_out("b.yaml"), Some(LeftOut::Link)));
    assert!(artifact.left_out("a.yaml").is_none());
}
