//! Words that may not be committed.

use super::finding::Finding;
use super::tree::Tree;

/// Work that is left, tests that do not run, and waiting instead of being told.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "do it, or take it out"),
    ("unimplemented!", "do it, or take it out"),
    ("#[ignore", "a test runs, or goes"),
    ("thread::sleep", "wait for the event; time is an argument"),
];

/// Where one machine keeps its things. (In halves, or this file would break its own rule.)
const MACHINE: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/")];

/// Nothing half done in any source, tests included.
pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for (word, next) in UNFINISHED {
            for line in source.lines_with(word) {
                let message = format!("`{word}`: {next}");
                findings.push(Finding::new("unfinished", &source.path, line, message));
            }
        }
    }
    findings
}

/// No path that exists on one machine only, in any file.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        // Most files have none: asking once for the whole text is what keeps this fast.
        if !MACHINE.iter().any(|path| file.text.contains(path)) {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            for path in MACHINE.iter().filter(|path| starts_a_path(line, path)) {
                let message = format!("`{path}` is a path of one machine: make it relative");
                findings.push(Finding::new("machine-paths", &file.path, number, message));
            }
        }
    }
    findings
}

/// Whether `path` stands in `line` from its root on, and not inside of a longer path or a URL.
fn starts_a_path(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-~*}/".contains(c);
    line.match_indices(path).any(|(at, _)| !line.split_at(at).0.ends_with(inside))
}

#[cfg(test)]
mod tests;
