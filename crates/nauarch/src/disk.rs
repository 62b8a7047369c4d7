//! The disk as a [`FileTree`] that is read as far as somebody asks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use manifest::{Entry, FileTree, Lookup};

/// How many names below a directory are looked at for suggestions.
const MAX_SUGGESTIONS: usize = 2000;

/// The tree of the whole disk, of which messages show paths as seen from the working directory.
pub(crate) struct Disk {
    /// What was read so far.
    pub tree: FileTree,
    root: PathBuf,
    /// What was asked for and is not there.
    missing: Vec<String>,
}

impl Disk {
    /// The disk, seen from `working_directory`, which is absolute and real.
    pub(crate) fn new(working_directory: &Path) -> Disk {
        let inside = tree_path(working_directory);
        let hidden = if inside.is_empty() { String::new() } else { format!("{inside}/") };
        Disk { tree: FileTree::unread(&hidden, "/"), root: PathBuf::from("/"), missing: Vec::new() }
    }

    /// Reads what stands at `path` of the tree, and whatever leads there.
    pub(crate) fn read(&mut self, path: &str) {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let part = &path[..end];
            if self.tree.lookup(part) == Lookup::Unread {
                self.read_one(part, end == path.len());
            }
            match self.tree.lookup(part) {
                Lookup::Found(Entry::Directory) => {}
                // A link is followed by whoever asks; below the others there is nothing.
                _ => {
                    if end < path.len() {
                        self.tree.insert_absent(path);
                    }
                    return;
                }
            }
        }
    }

    fn read_one(&mut self, path: &str, is_last: bool) {
        let on_disk = self.root.join(path);
        match source::entry(&on_disk) {
            Ok(Some(entry)) => self.tree.insert(path, entry),
            Ok(None) => {
                self.tree.insert_absent(path);
                if is_last {
                    self.missing.push(path.to_owned());
                }
            }
            Err(error) => self.tree.insert(path, Entry::Unreadable(reason(&error))),
        }
    }

    /// Notes names near to what was missing, for suggestions. Says whether anything was.
    pub(crate) fn mention_missing(&mut self) -> bool {
        let missing = std::mem::take(&mut self.missing);
        for path in &missing {
            self.mention_neighbours(path);
        }
        !missing.is_empty()
    }

    /// Notes names in and below the parent of a missing path, so that a message can suggest one.
    fn mention_neighbours(&mut self, path: &str) {
        let mut queue = vec![manifest::tree::parent(path).to_owned()];
        let mut seen = 0;
        while let Some(directory) = queue.pop() {
            let Ok(entries) = fs::read_dir(self.root.join(&directory)) else { continue };
            for entry in entries.flatten() {
                seen += 1;
                if seen > MAX_SUGGESTIONS {
                    return;
                }
                let Ok(name) = entry.file_name().into_string() else { continue };
                let inside =
                    if directory.is_empty() { name } else { format!("{directory}/{name}") };
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => queue.push(inside),
                    Ok(kind) if kind.is_file() => self.tree.mention(&inside),
                    _ => {}
                }
            }
        }
    }
}

/// A path as the tree has it: without the leading slash.
pub(crate) fn tree_path(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').trim_end_matches('/').to_owned()
}

/// An error of the disk as a fragment of a message.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}
