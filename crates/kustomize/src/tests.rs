//! Whole builds: files in, objects and findings out, as text.
//!
//! What these tests expect of good input is what kustomize 5.8.1 prints.

use manifest::{Content, Entry, FileTree};
use testkit::{check_eq, fixture};

use super::*;

mod configuration;
mod errors;
mod generators;
mod labels;
mod mistakes;
mod names;
mod patches;
mod plugins;
mod properties;
mod recorded;
mod remote;
mod resources;

/// The files of a fixture, and only those. A header `path -> target` is a link, `path ! why` something
/// that cannot be read.
fn tree(text: &str) -> FileTree {
    let mut tree = FileTree::default();
    for (path, content) in fixture(text) {
        if let Some((path, target)) = path.split_once(" -> ") {
            tree.insert(path, Entry::Link(target.to_owned()));
        } else if let Some((path, why)) = path.split_once(" ! ") {
            tree.insert(path, Entry::Unreadable(why.to_owned()));
        } else {
            tree.insert(&path, Entry::File(Content::from(content.as_str())));
        }
    }
    tree
}

/// A tree of which nothing else exists.
fn complete(text: &str) -> FileTree {
    let mut tree = tree(text);
    tree.set_complete();
    tree
}

/// What a build prints: the objects, or nothing, then the findings.
fn printed(build: &Build) -> String {
    let mut text = String::new();
    manifest::yaml::write::write_documents(build.nodes.as_deref().unwrap_or_default(), &mut text);
    for diagnostic in &build.diagnostics {
        text.push_str(&format!("{diagnostic}\n"));
    }
    text
}

/// `text` without the indentation of its first line.
fn dedented(text: &str) -> String {
    let text = text.trim_start_matches('\n').trim_end_matches(' ');
    let indentation = text.len() - text.trim_start_matches(' ').len();
    let lines = text.lines().map(|line| line.get(indentation..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Builds `directory` of the fixture and compares what comes of it.
#[track_caller]
fn check(fixture: &str, directory: &str, expected: &str) {
    check_with(&Options::default(), fixture, directory, expected);
}

#[track_caller]
fn check_with(options: &Options, fixture: &str, directory: &str, expected: &str) {
    let directory = if directory == "." { "" } else { directory };
    let build = build(&complete(fixture), directory, options, &Memory::new());
    assert_eq!(build.needs.len(), 0, "a complete tree needs nothing: {:?}", build.needs);
    check_eq(&printed(&build), &dedented(expected));
}

/// What a build of a tree asks for that has the files of the fixture and has not been looked at
/// otherwise. Findings follow.
#[track_caller]
fn check_needs(fixture: &str, directory: &str, expected: &str) {
    let build = build(&tree(fixture), directory, &Options::default(), &Memory::new());
    let mut text = String::new();
    for need in &build.needs {
        match need {
            Need::Path(path) => text.push_str(&format!("{path}\n")),
            Need::Remote { url, entry } => text.push_str(&format!("{entry}: {url}\n")),
        }
    }
    check_eq(&(text + &printed(&build)), &dedented(expected));
}
