//! Files that no module declares: cargo never looks at them, so their tests pass by not running.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::tree::{Tree, is_test};

/// Each file under `src/`, and beside the `main.rs` of a test binary, belongs to a module.
pub(super) fn undeclared_files(tree: &Tree) -> Vec<Finding> {
    let declared = declared(tree);
    let forgotten =
        tree.sources.iter().map(|source| source.path.as_str()).filter(|path| {
            !is_root(path) && in_a_module_tree(path) && !declared.contains_key(*path)
        });
    let report =
        |path| Finding::new("forgotten", path, 0, "no module declares it: add `mod`, or delete it");
    forgotten.map(report).collect()
}

/// A file that is called `tests` is compiled for tests only; the other rules trust its name.
pub(super) fn tests_in_the_library(tree: &Tree) -> Vec<Finding> {
    let trusted = declared(tree)
        .into_iter()
        .filter(|(path, test)| path.contains("src/") && is_test(path) && !test);
    let there = trusted.filter(|(path, _)| tree.file(path).is_some());
    let report = |(path, _): (String, bool)| {
        let message = "declared without `#[cfg(test)]`: add it";
        Finding::new("forgotten", &path, 0, message)
    };
    there.map(report).collect()
}

/// The files that modules ask for, and whether for tests only. A file below a test module is
/// itself for tests only.
fn declared(tree: &Tree) -> BTreeMap<String, bool> {
    let mut files = BTreeMap::new();
    for source in &tree.sources {
        let folder = module_folder(&source.path);
        for module in &source.modules {
            let test = module.test || is_test(&source.path);
            files.insert(format!("{folder}{}.rs", module.name), test);
            files.insert(format!("{folder}{}/mod.rs", module.name), test);
        }
    }
    files
}

/// Where the modules of this file are: beside a root or `mod.rs`, otherwise in its own folder.
fn module_folder(path: &str) -> String {
    let (folder, name) = split(path);
    if is_root(path) || name == "mod.rs" {
        folder.to_owned()
    } else {
        format!("{}/", path.trim_end_matches(".rs"))
    }
}

/// What cargo finds by itself.
fn is_root(path: &str) -> bool {
    let (folder, name) = split(path);
    let target = matches!(
        folder.trim_end_matches('/').rsplit('/').next(),
        Some("tests" | "benches" | "examples" | "fuzz_targets")
    );
    matches!(name, "lib.rs" | "main.rs" | "build.rs")
        || folder.ends_with("src/bin/")
        || target && !below_src(path)
}

fn in_a_module_tree(path: &str) -> bool {
    below_src(path) || is_test(path)
}

fn below_src(path: &str) -> bool {
    path.split('/').any(|part| part == "src")
}

/// Folder (with its `/`) and name.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

#[cfg(test)]
mod tests;
