//! What the rules look at: the checkout's files, its Rust sources read, and the graph of crates.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};

use super::layers::Graph;
use super::source::Source;

/// A value: built from the disk once, or from a string in a test.
pub(super) struct Tree {
    pub files: Vec<File>,
    pub sources: Vec<Source>,
    pub graph: Graph,
}

/// A text file and its path from the root, with `/`.
pub(super) struct File {
    pub path: String,
    pub text: String,
}

impl Tree {
    pub(super) fn new(files: Vec<File>, graph: Graph) -> Self {
        let rust: Vec<&File> = files.iter().filter(|file| is_ours(&file.path)).collect();
        Self { sources: read_sources(&rust), files, graph }
    }

    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for path in paths(root)? {
            // Listed and not there: deleted, not committed yet. A link's target has its own path.
            let Ok(kind) = fs::symlink_metadata(root.join(&path)) else { continue };
            if !kind.is_file() {
                continue;
            }
            let bytes =
                fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            // What is not text has no lines to speak about.
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path, text });
            }
        }
        Ok(Self::new(files, Graph::read(root)?))
    }

    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Sources of the product: without tests, benches and the like.
    pub(super) fn product(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| !is_test(&source.path))
    }
}

fn is_ours(path: &str) -> bool {
    path.ends_with(".rs") && !path.split('/').any(|part| part == "testdata")
}

/// Whether the whole file is test code, as its name says.
pub(super) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
}

/// Parsing is nearly all of tidy's time, so every core takes its share.
fn read_sources(files: &[&File]) -> Vec<Source> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|first| {
                let share = files.iter().skip(first).step_by(cores);
                scope.spawn(move || share.map(|file| Source::read(file)).collect::<Vec<_>>())
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

/// The files that are tracked, or would be with `git add`.
///
/// Without git, or outside a checkout, all files below the root but `target` and git's own: CI may
/// get a plain copy.
fn paths(root: &Path) -> Result<Vec<String>> {
    // A checkout that belongs to somebody else is common in CI, and listing it harms nobody.
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output();
    if let Ok(output) = listed
        && output.status.success()
    {
        let listed = String::from_utf8(output.stdout).context("a path that is not UTF-8")?;
        return Ok(listed.split_terminator('\0').map(str::to_owned).collect());
    }
    println!("tidy: git does not list files here; reading everything but target/");
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {prefix:?}"))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a path that is not UTF-8")?;
        let path = format!("{prefix}{name}");
        if matches!(path.as_str(), "target" | ".git") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
