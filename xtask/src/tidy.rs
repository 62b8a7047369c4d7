//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! Everything is read once into a [`Tree`]; a rule is a function from it to findings, so a test of
//! a rule is a few files in a string. An exception stands in `xtask/tidy-allow.txt` with its
//! figure and can only shrink ([`allow`]).

mod allow;
mod docs;
mod finding;
mod forgotten;
mod layers;
mod purity;
mod sizes;
mod source;
mod tree;
mod words;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use self::finding::Finding;
use self::tree::Tree;
use crate::workspace;

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    layers::declared,
    layers::levels,
    layers::pure_dependencies,
    purity::lint_template,
    purity::root_lints_repeated,
    purity::impure_words,
    sizes::file_lines,
    sizes::function_lines,
    docs::file_docs,
    docs::crate_docs,
    words::unfinished,
    words::machine_paths,
    source::unreadable,
    forgotten::undeclared_files,
    forgotten::tests_in_the_library,
];

const ALLOWLIST: &str = "xtask/tidy-allow.txt";

#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Write the pure crates' clippy.toml first
    #[arg(long)]
    fix: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let root = workspace::root()?;
    let started = Instant::now();
    let mut tree = Tree::read(&root)?;
    if args.fix {
        for path in purity::write_lint_templates(&root, &tree)? {
            println!("wrote {path}");
        }
        tree = Tree::read(&root)?;
    }
    let findings = findings(&tree, &read_allowlist(&root)?);
    for finding in &findings {
        println!("{finding}");
    }
    let read = format!(
        "{} files, {} crates, {:.1} s",
        tree.files.len(),
        tree.graph.members().count(),
        started.elapsed().as_secs_f64()
    );
    if findings.is_empty() {
        println!("tidy: nothing found ({read})");
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} found ({read})", findings.len());
    Ok(ExitCode::FAILURE)
}

fn read_allowlist(root: &Path) -> Result<String> {
    fs::read_to_string(root.join(ALLOWLIST)).with_context(|| format!("cannot read {ALLOWLIST}"))
}

/// What every rule finds, less what the allowlist excuses, plus what is wrong with the allowlist.
fn findings(tree: &Tree, allowlist: &str) -> Vec<Finding> {
    let found = RULES.iter().flat_map(|rule| rule(tree)).collect();
    let mut left = allow::excuse(found, allowlist);
    left.sort();
    left
}

#[cfg(test)]
mod tests;
