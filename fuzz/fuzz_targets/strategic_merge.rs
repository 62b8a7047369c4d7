//! Any strategic merge patch on any object: no panic, and an error says so.
//!
//! The input is an object and a patch, divided by a line of `===`; both get a kind and a name, so that
//! the patch finds the object.
#![no_main]

use kustomize::{Memory, Options, build};
use libfuzzer_sys::fuzz_target;
use manifest::{Content, Diagnostic, FileTree};

const HEAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";

fuzz_target!(|text: &str| {
    let Some((object, patch)) = text.split_once("\n===\n") else { return };
    let tree = FileTree::of_files([
        ("kustomization.yaml", Content::from("resources: [a.yaml]\npatches: [{path: p.yaml}]\n")),
        ("a.yaml", Content::from(format!("{HEAD}{object}").as_str())),
        ("p.yaml", Content::from(format!("{HEAD}{patch}").as_str())),
    ]);
    let built = build(&tree, "", &Options::default(), &Memory::new());
    assert!(built.nodes.is_some() || built.diagnostics.iter().any(Diagnostic::is_error));
});
