//! The files of a folder as they are: what Git ignores is left out, unless it is committed all the same.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;
use manifest::{Content, Entry, FileTree};
use sha2::{Digest, Sha256};

use crate::{Artifact, Error, Revision, git};

/// Larger files are not read: no manifest is that large, and memory is bounded.
pub(crate) const MAX_FILE: u64 = 100 << 20;

/// A folder.
#[derive(Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    prefix: Arc<str>,
    /// Contents of the last reading, so that those that did not change stay the same ones.
    known: Arc<Mutex<HashSet<Content>>>,
}

impl Folder {
    /// The folder at `root`; messages write `prefix` before its paths.
    pub(crate) fn new(root: PathBuf, prefix: String) -> Folder {
        Folder { root, prefix: prefix.into(), known: Arc::default() }
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The URLs of the remotes of the repository that it is in.
    pub(crate) fn remotes(&self) -> Vec<String> {
        git::discover(&self.root).map(|repository| git::remotes(&repository)).unwrap_or_default()
    }

    /// Whether a command of Git's is changing the files.
    pub(crate) fn is_busy(&self) -> bool {
        git::folder_of(&self.root).is_some_and(|git| git.join("index.lock").exists())
    }

    /// Reads all files.
    pub(crate) fn read(&self) -> Result<Artifact, Error> {
        let mut tree = FileTree::unread("", &self.prefix);
        for found in walk(&self.root) {
            let found = found.map_err(|error| Error::Disk {
                path: self.root.clone(),
                verb: "read",
                source: io::Error::other(error),
            })?;
            let is_file = found.file_type().is_some_and(|kind| !kind.is_dir());
            if let Some(path) = inside(&self.root, found.path()).filter(|_| is_file) {
                self.add(&mut tree, &path);
            }
        }
        self.add_committed(&mut tree);
        tree.set_complete();
        let known = contents(&tree);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(Artifact::new(Revision::of_files(&digest(&tree)), tree))
    }

    /// A file that somebody commits although it is ignored is part of the repository.
    fn add_committed(&self, tree: &mut FileTree) {
        for path in git::index_paths(&self.root) {
            if tree.lookup(&path) == manifest::Lookup::Unread {
                self.add(tree, &path);
            }
        }
    }

    fn add(&self, tree: &mut FileTree, path: &str) {
        match entry(&self.root.join(path)) {
            Ok(Some(Entry::File(content))) => {
                tree.insert(path, Entry::File(self.shared(content)));
            }
            Ok(Some(entry)) => tree.insert(path, entry),
            // Gone since it was listed; an event for that is on its way.
            Ok(None) => {}
            Err(error) => tree.insert(path, Entry::Unreadable(error.to_string().to_lowercase())),
        }
    }

    fn shared(&self, content: Content) -> Content {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&content).cloned().unwrap_or(content)
    }
}

/// Everything below `root` that Git does not ignore, in the order of names.
pub(crate) fn walk(root: &Path) -> ignore::Walk {
    WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .build()
}

/// The path as the tree has it. One that is not UTF-8 cannot be written in YAML, so nothing refers to it.
pub(crate) fn inside(root: &Path, path: &Path) -> Option<String> {
    Some(path.strip_prefix(root).ok()?.to_str()?.to_owned())
}

/// What stands at a path of the disk; `None` where nothing does. A file of over 100 MiB is not read.
///
/// # Errors
/// The path cannot be looked at, or the file not be read.
pub fn entry(path: &Path) -> io::Result<Option<Entry>> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Ok(Some(Entry::Directory));
    }
    if kind.is_symlink() {
        return Ok(Some(Entry::Link(fs::read_link(path)?.to_string_lossy().into_owned())));
    }
    if !kind.is_file() {
        return Ok(Some(Entry::Unreadable("neither a file nor a directory".to_owned())));
    }
    if metadata.len() > MAX_FILE {
        return Ok(Some(Entry::Unreadable(too_large(metadata.len()))));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Entry::File(Content::from(bytes)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why a file is not read.
pub(crate) fn too_large(bytes: u64) -> String {
    let (size, most) = (bytes >> 20, MAX_FILE >> 20);
    format!("the file has {size} MiB, and over {most} MiB is not read")
}

fn contents(tree: &FileTree) -> HashSet<Content> {
    let content = |entry: &Entry| match entry {
        Entry::File(content) => Some(content.clone()),
        _ => None,
    };
    tree.iter().filter_map(|(_, entry)| content(entry)).collect()
}

/// A digest of all paths and what stands there.
fn digest(tree: &FileTree) -> String {
    let mut hasher = Sha256::new();
    for (path, entry) in tree.iter() {
        let (kind, bytes): (&str, &[u8]) = match entry {
            Entry::File(content) => ("file", content.bytes()),
            Entry::Link(target) => ("link", target.as_bytes()),
            Entry::Unreadable(why) => ("unreadable", why.as_bytes()),
            Entry::Directory => ("directory", &[]),
        };
        hasher.update(format!("{kind} {} {} {path}\n", path.len(), bytes.len()));
        hasher.update(bytes);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
