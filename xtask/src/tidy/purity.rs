//! Pure crates touch nothing outside: no disk, environment, clock, chance or process.
//!
//! Clippy does the work, for it knows what a name means. Its list is one template, copied into each
//! pure crate because clippy reads only the nearest file. The words are the second line: they also
//! hold where a lint is switched off.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::finding::Finding;
use super::layers::Member;
use super::tree::Tree;

const TEMPLATE: &str = include_str!("purity/clippy.toml");
const TEMPLATE_PATH: &str = "xtask/src/tidy/purity/clippy.toml";

const OUTSIDE: &[&str] =
    &["std::fs", "std::env", "SystemTime::now", "Instant::now", "Command::new"];

fn lint_file(member: &Member) -> String {
    format!("{}/clippy.toml", member.folder)
}

/// Each pure crate has clippy's list of what it may not call.
pub(super) fn lint_template(tree: &Tree) -> Vec<Finding> {
    let wrong = |member: &Member| {
        let path = lint_file(member);
        let same = tree.file(&path).is_some_and(|file| file.text == TEMPLATE);
        let message = format!("differs from {TEMPLATE_PATH}: run `cargo xtask tidy --fix`");
        (!same).then(|| Finding::new("pure-clippy", &path, 0, message))
    };
    tree.graph.pure_members().filter_map(wrong).collect()
}

/// Writes what [`lint_template`] asks for; gives the paths that changed.
pub(super) fn write_lint_templates(root: &Path, tree: &Tree) -> Result<Vec<String>> {
    let wrong: Vec<String> = lint_template(tree).into_iter().map(|finding| finding.path).collect();
    for path in &wrong {
        fs::write(root.join(path), TEMPLATE).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(wrong)
}

/// A crate's clippy.toml hides the root's, so the template has to repeat it.
pub(super) fn root_lints_repeated(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.file("clippy.toml") else { return Vec::new() };
    let missing = |line: &&str| !line.is_empty() && !TEMPLATE.lines().any(|ours| ours == *line);
    let report = |line: &str| {
        let message = format!("`{line}` of the root's clippy.toml is missing: add it");
        Finding::new("pure-clippy", TEMPLATE_PATH, 0, message)
    };
    root.text.lines().filter(missing).map(report).collect()
}

/// The names that lead outside, in the sources of pure crates but for their tests.
pub(super) fn impure_words(tree: &Tree) -> Vec<Finding> {
    let folders: Vec<String> =
        tree.graph.pure_members().map(|member| format!("{}/src/", member.folder)).collect();
    let mut findings = Vec::new();
    for source in tree.product() {
        if !folders.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for word in OUTSIDE {
            for line in source.lines_with(word).filter(|line| !source.is_test_line(*line)) {
                let message = format!("`{word}` in a pure crate: take the value as an argument");
                findings.push(Finding::new("pure-words", &source.path, line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
