//! The five mistakes that people paste, and the same repository without them.

use super::*;

/// What is wrong with all clusters and with the repository, each cluster after its name.
fn findings(tree: &FileTree) -> String {
    let memory = Memory::default();
    let registry = registry(tree, &memory);
    let mut text = show_diagnostics(&registry.diagnostics);
    text.push_str(&show_diagnostics(&repository(tree, &registry, &memory)));
    for name in registry.names() {
        let rendered = render_named(tree, name, &Answers::default(), Mode::Strict);
        writeln!(text, "== {name}\n{}", show_findings(&rendered)).unwrap();
    }
    text
}

#[test]
fn broken() {
    let tree = tree_of("../../testdata/article/broken");
    testkit::golden("testdata/article-broken.txt", &findings(&tree));
}

#[test]
fn fixed() {
    let tree = tree_of("../../testdata/article/fixed");
    testkit::golden("testdata/article-fixed.txt", &findings(&tree));
    for name in ["us-east", "eu-west", "ap-southeast"] {
        let rendered = render_named(&tree, name, &Answers::default(), Mode::Strict);
        assert!(rendered.is_complete(), "{}", show(&rendered));
    }
}
