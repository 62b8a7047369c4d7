//! Every file says what it is; every crate also what holds in it, and what is not there.

use super::finding::Finding;
use super::tree::Tree;

const PARAGRAPHS: &[&str] = &["Invariants", "Not here"];

/// A source starts with a `//!` paragraph.
pub(super) fn file_docs(tree: &Tree) -> Vec<Finding> {
    let silent = tree.product().filter(|source| source.docs.iter().all(String::is_empty));
    let report = |path| Finding::new("file-docs", path, 1, "start with `//!`: what is this file?");
    silent.map(|source| report(&source.path)).collect()
}

/// A `lib.rs` starts with three paragraphs: what the crate is, *Invariants*, *Not here*.
pub(super) fn crate_docs(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.product().filter(|source| source.path.ends_with("src/lib.rs")) {
        for name in PARAGRAPHS {
            let starts = |line: &String| line.trim_start_matches(['#', '*', ' ']).starts_with(name);
            if !source.docs.iter().any(starts) {
                let message = format!("no paragraph `{name}` in the crate's `//!` docs: write it");
                findings.push(Finding::new("crate-docs", &source.path, 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
