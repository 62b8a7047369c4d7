//! Any kustomization over any resource and patch: no panic, and an error says so.
//!
//! The input is three files, divided by lines of `===`.
#![no_main]

use kustomize::{Memory, Options, build};
use libfuzzer_sys::fuzz_target;
use manifest::{Content, Diagnostic, FileTree};

fuzz_target!(|text: &str| {
    let mut parts = text.split("\n===\n");
    let mut file = |name| (name, Content::from(parts.next().unwrap_or_default()));
    let files = [
        file("kustomization.yaml"),
        file("resource.yaml"),
        file("patch.yaml"),
        file("sub/kustomization.yaml"),
    ];
    let tree = FileTree::of_files(files);
    let built = build(&tree, "", &Options::default(), &Memory::new());
    assert!(
        built.nodes.is_some()
            || !built.needs.is_empty()
            || built.diagnostics.iter().any(Diagnostic::is_error)
    );
});
