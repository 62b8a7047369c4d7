//! A made-up repository as the pieces that it is made of, so that it can be made smaller.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use manifest::{Content, FileTree};

/// The directory that is built.
pub(super) const TOP: &str = "top";

/// A part of a file.
#[derive(Clone)]
struct Piece {
    path: String,
    text: String,
}

/// Files, each made of pieces.
#[derive(Clone, Default)]
pub(super) struct Repository(Vec<Piece>);

impl Repository {
    /// Adds a piece at the end of a file.
    pub(super) fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.push(Piece { path: path.into(), text: text.into() });
    }

    pub(super) fn files(&self) -> BTreeMap<&str, String> {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        for piece in &self.0 {
            let file = files.entry(&piece.path).or_default();
            if !file.is_empty() && !piece.path.ends_with("kustomization.yaml") {
                file.push_str("---\n");
            }
            file.push_str(&piece.text);
        }
        files
    }

    pub(super) fn tree(&self) -> FileTree {
        let files = self.files();
        FileTree::of_files(files.iter().map(|(path, text)| (*path, Content::from(text.as_str()))))
    }

    /// Writes the files below a directory, which is emptied before.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        // It may not be there.
        let _ = fs::remove_dir_all(directory);
        for (path, text) in self.files() {
            let file = directory.join(path);
            let parent = file.parent().unwrap_or(directory);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    /// As few pieces as still have `wanted`.
    pub(super) fn shrunk(&self, wanted: &mut dyn FnMut(&Repository) -> bool) -> Repository {
        let mut smallest = self.clone();
        let mut is_smaller = true;
        while is_smaller {
            is_smaller = false;
            for at in (0..smallest.0.len()).rev() {
                let mut smaller = smallest.clone();
                smaller.0.remove(at);
                if wanted(&smaller) {
                    smallest = smaller;
                    is_smaller = true;
                }
            }
        }
        smallest
    }

    /// The files in one text, as the tests of kustomize have them.
    pub(super) fn fixture(&self) -> String {
        self.files().iter().map(|(path, text)| format!("//- {path}\n{text}")).collect()
    }
}
