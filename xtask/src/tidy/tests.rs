//! A tree as text for the tests of the rules, and the test of all rules together.
//!
//! First the crates, a line each: `name level pure|impure: dependency, dependency (dev)`; a
//! dependency without a line of its own is a foreign crate. Then the files, each after `//- path`.

use super::finding::Finding;
use super::layers::{Crate, Edge, Graph, Member};
use super::tree::{File, Tree};
use super::{Rule, allow, findings};

/// What `rule` finds in `fixture`, a line each, is `expected`.
#[track_caller]
pub(super) fn check(rule: Rule, fixture: &str, expected: &str) {
    assert_text(&show(&rule(&tree(fixture))), expected);
}

/// The same after the allowlist.
#[track_caller]
pub(super) fn check_allowed(rule: Rule, fixture: &str, allowlist: &str, expected: &str) {
    let mut left = allow::excuse(rule(&tree(fixture)), allowlist);
    left.sort();
    assert_text(&show(&left), expected);
}

#[track_caller]
pub(super) fn assert_text(actual: &str, expected: &str) {
    assert!(
        actual.trim() == expected.trim(),
        "\n--- found\n{actual}\n--- expected\n{}",
        expected.trim()
    );
}

fn show(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

pub(super) fn tree(fixture: &str) -> Tree {
    let (crates, rest) = fixture.split_once("//- ").unwrap_or((fixture, ""));
    let files = rest.split("//- ").filter(|file| !file.is_empty()).map(|file| {
        let (path, text) = file.split_once('\n').expect("a file has a line with its path");
        File { path: path.to_owned(), text: text.to_owned() }
    });
    Tree::new(files.collect(), graph(crates))
}

fn graph(text: &str) -> Graph {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut crates: Vec<Crate> = lines.iter().map(|line| member(line)).collect();
    for (at, line) in lines.iter().enumerate() {
        let (_, dependencies) = line.split_once(':').unwrap_or((line, ""));
        for dependency in dependencies.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name = dependency.trim_end_matches(" (dev)");
            let to = crates.iter().position(|krate| krate.name == name).unwrap_or_else(|| {
                crates.push(Crate { name: name.to_owned(), member: None, edges: Vec::new() });
                crates.len() - 1
            });
            crates[at].edges.push(Edge { to, dev: name != dependency });
        }
    }
    Graph { crates }
}

/// `-` for a level or purity that is not declared, `foreign` for somebody else's crate.
fn member(line: &str) -> Crate {
    let (krate, _) = line.split_once(':').unwrap_or((line, ""));
    let words: Vec<&str> = krate.split_whitespace().collect();
    let (name, member) = match words.as_slice() {
        [name, "foreign"] => (name, None),
        [name, level, purity] => {
            let pure = match *purity {
                "pure" => Some(true),
                "impure" => Some(false),
                _ => None,
            };
            let folder = format!("crates/{name}");
            (name, Some(Member { folder, level: level.parse().ok(), pure }))
        }
        _ => panic!("not a crate: {line}"),
    };
    Crate { name: (*name).to_owned(), member, edges: Vec::new() }
}

#[test]
fn all_rules_together_sorted_by_place() {
    let tree = tree(
        "\
a 0 impure: b
b 0 impure
//- crates/b/src/lib.rs
fn f() { todo!() }
",
    );
    let found = findings(&tree, "file-lines crates/b/src/lib.rs 900");
    assert_text(
        &show(&found),
        "
crates/a/Cargo.toml: a (level 0) depends on b (level 0): an edge goes strictly down; move what is needed down, or hand it in as a value [layers]
crates/b/src/lib.rs:1: no paragraph `Invariants` in the crate's `//!` docs: write it [crate-docs]
crates/b/src/lib.rs:1: no paragraph `Not here` in the crate's `//!` docs: write it [crate-docs]
crates/b/src/lib.rs:1: start with `//!`: what is this file? [file-docs]
crates/b/src/lib.rs:1: `todo!`: do it, or take it out [unfinished]
xtask/tidy-allow.txt:1: no longer needed: remove this line [allowlist]
",
    );
}
