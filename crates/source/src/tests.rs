//! Folders on disk in, trees as text out.

mod changes;
mod mistakes;
mod reading;
pub(crate) mod server;
pub(crate) mod sshd;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use manifest::Entry;
use testkit::{check_eq, fixture};

use super::*;

const AUTHOR: Author<'static> = Author { name: "Ada", email: "ada@example.org" };

/// A folder that is gone when the test is over.
pub(crate) struct Scratch {
    pub(crate) path: PathBuf,
}

impl Scratch {
    /// With these files.
    pub(crate) fn new(files: &str) -> Scratch {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("nauarch-source-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        let scratch = Scratch { path: path.canonicalize().unwrap() };
        for (path, text) in fixture(files) {
            scratch.write(&path, &text);
        }
        scratch
    }

    /// With these files, committed.
    pub(crate) fn repository(files: &str) -> Scratch {
        let scratch = Scratch::new(files);
        init(&scratch.path, "first", AUTHOR, jiff::Timestamp::UNIX_EPOCH).unwrap();
        scratch
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn commit(&self) -> Revision {
        commit(&self.path, "next", AUTHOR, jiff::Timestamp::UNIX_EPOCH).unwrap()
    }

    fn branch(&self, name: &str) -> Repository {
        Repository::open(&self.path, Mode::Branch(name.to_owned())).unwrap()
    }

    fn worktree(&self) -> Repository {
        Repository::open(&self.path, Mode::Worktree).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind is no reason to fail.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Compares the newest tree.
#[track_caller]
fn check(repository: &Repository, expected: &str) {
    check_eq(&show(&repository.latest().unwrap()), expected);
}

/// A line for every file.
fn show(artifact: &Artifact) -> String {
    let line = |(path, entry): (&str, &Entry)| match entry {
        Entry::Directory => None,
        Entry::File(content) => {
            Some(format!("{path}: {}\n", String::from_utf8_lossy(content.bytes()).trim_end()))
        }
        Entry::Link(target) => Some(format!("{path} -> {target}\n")),
        Entry::Unreadable(why) => Some(format!("{path}: ({why})\n")),
    };
    artifact.tree.iter().filter_map(line).collect()
}

/// A branch and its commit as a loose ref.
fn move_branch(git: &Path, name: &str, commit: &str) {
    let path = git.join("refs/heads").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("{commit}\n")).unwrap();
}
