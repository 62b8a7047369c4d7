//! Any path of a replacement, and any text that it leads into: no panic, and an error says so.
//!
//! The input is a path, a value and a text, divided by lines of `===`.
#![no_main]

use kustomize::{Memory, Options, build};
use libfuzzer_sys::fuzz_target;
use manifest::{Content, Diagnostic, FileTree, Node, Origin, json};

/// Text in quotes that YAML reads as well.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    json::write(&Node::string(text, Origin::NONE), json::Options::GO, &mut quoted);
    quoted
}

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, "\n===\n");
    let mut next = || quoted(parts.next().unwrap_or_default());
    let (path, value, text) = (next(), next(), next());
    let kustomization = format!(
        "resources: [a.yaml]\nreplacements:\n- sourceValue: {value}\n  targets:\n  - select: {{}}\n    \
         fieldPaths: [{path}]\n    options: {{create: true}}\n"
    );
    let object = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: {text}}}\nlist: [{{name: x, value: 1}}]\n"
    );
    let tree = FileTree::of_files([
        ("kustomization.yaml", Content::from(kustomization.as_str())),
        ("a.yaml", Content::from(object.as_str())),
    ]);
    let built = build(&tree, "", &Options::default(), &Memory::new());
    assert!(built.nodes.is_some() || built.diagnostics.iter().any(Diagnostic::is_error));
});
