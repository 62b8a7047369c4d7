//! One case: its files as a tree, its flags as options, and what comes of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kustomize::{LoadRestrictor, Memory, Options, Reorder};
use manifest::FileTree;
use serde_json::Value;

use crate::conformance::compare::{Comparison, compare};
use crate::disk;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by: ";

#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: String,
    folder: PathBuf,
    /// Whether kustomize refuses it.
    pub(super) is_refused: bool,
}

/// What came of a case.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Verdict {
    /// The expected bytes.
    Identical,
    /// The expected values in other bytes, and where they first differ.
    Equal(String),
    /// Refused, as expected.
    Refused,
    /// Anything else.
    Wrong(String),
}

impl Verdict {
    pub(super) fn passes(&self) -> bool {
        matches!(self, Verdict::Identical | Verdict::Refused)
    }
}

impl Case {
    /// The case in `folder`, which has an `expected.yaml` unless it is to be refused.
    pub(super) fn new(name: String, folder: PathBuf) -> Case {
        let is_refused = !folder.join("expected.yaml").exists();
        Case { name, folder, is_refused }
    }

    /// Builds the case and compares.
    ///
    /// # Errors
    /// A file of the case itself is missing, or is not what it should be.
    pub(super) fn run(&self) -> Result<Verdict> {
        let command = read(&self.folder.join("cmd.json"))?;
        let command: Value = serde_json::from_str(&command).context("cmd.json")?;
        let options = options(&texts(&command["flags"])?)?;
        let directory = command["dir"].as_str().context("cmd.json has no dir")?;
        let directory = manifest::tree::join("", directory).context("the dir leads out")?;
        let tree = disk::tree(&self.folder.join("input"))?;
        let output = build(&tree, &directory, &options);
        Ok(match (output, self.is_refused) {
            (Err(_), true) => Verdict::Refused,
            (Ok(_), true) => {
                let error = read(&self.folder.join("expected_error.txt"))?;
                Verdict::Wrong(format!("is built; kustomize says: {}", one_line(&error)))
            }
            (Err(errors), false) => Verdict::Wrong(one_line(&errors)),
            (Ok(output), false) => {
                let expected = read(&self.folder.join("expected.yaml"))?;
                match compare(&without_version(&expected), &without_version(&output)) {
                    Comparison::Identical => Verdict::Identical,
                    Comparison::Equal(line) => Verdict::Equal(line),
                    Comparison::Different(difference) => Verdict::Wrong(difference),
                }
            }
        })
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn texts(list: &Value) -> Result<Vec<&str>> {
    let items = list.as_array().context("cmd.json has no list of flags")?;
    items.iter().map(|item| item.as_str().context("a flag is no text")).collect()
}

/// `kustomize build`'s flags.
fn options(flags: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--enable-managedby-label" => options.managed_by_label = true,
            "--reorder" => {
                options.reorder = match flags.next() {
                    Some(&"none") => Reorder::None,
                    Some(&"legacy") => Reorder::Legacy,
                    other => bail!("--reorder {other:?} is unknown"),
                }
            }
            "--load-restrictor" => {
                options.load_restrictor = match flags.next() {
                    Some(&"LoadRestrictionsNone") => LoadRestrictor::None,
                    Some(&"LoadRestrictionsRootOnly") => LoadRestrictor::RootOnly,
                    other => bail!("--load-restrictor {other:?} is unknown"),
                }
            }
            other => bail!("the flag {other} is unknown"),
        }
    }
    Ok(options)
}

/// What `nauarch build` prints, or its errors.
fn build(tree: &FileTree, directory: &str, options: &Options) -> Result<String, String> {
    let build = kustomize::build(tree, directory, options, &Memory::new());
    if let Some(nodes) = build.nodes {
        let mut output = String::new();
        manifest::yaml::write::write_documents(&*nodes, &mut output);
        return Ok(output);
    }
    let errors = build.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let needs = build.needs.iter().map(|need| format!("{need:?}"));
    let said: Vec<String> = errors.map(ToString::to_string).chain(needs).collect();
    Err(said.join("; "))
}

/// The label with the tool's version in it, without the version.
fn without_version(text: &str) -> String {
    let line = |line: &str| match line.find(MANAGED_BY) {
        Some(at) if line.contains("kustomize-") => {
            line.split_at(at + MANAGED_BY.len()).0.to_owned() + "\n"
        }
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The start of a text, in one line.
fn one_line(text: &str) -> String {
    const SHOWN: usize = 240;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.split_at(end).0),
        None => line,
    }
}

#[cfg(test)]
mod tests;
