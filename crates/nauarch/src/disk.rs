//! The disk as a [`FileTree`] that is read as far as somebody asks.

use std::fs;
use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use manifest::{Content, Entry, FileName, FileTree, Lookup};

/// How many files are worth a thread.
const WORTH_A_THREAD: usize = 64;

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

    /// Reads what stands at `paths` of the tree, and whatever leads there, on all processors; `look` sees
    /// every file as soon as it is read.
    pub(crate) fn read(&mut self, paths: &[&str], look: impl Fn(FileName, &str, &Content) + Sync) {
        let unread: Vec<&str> = paths.iter().copied().filter(|path| self.lead_to(path)).collect();
        let (tree, root) = (&self.tree, &self.root);
        let read = |path: &&str| {
            let entry = source::entry(&root.join(path));
            if let Ok(Some(Entry::File(content))) = &entry {
                look(tree.name(path), path, content);
            }
            entry
        };
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let share = unread.len().div_ceil(workers).max(WORTH_A_THREAD);
        let entries: Vec<_> = thread::scope(|scope| {
            let mut shares = unread.chunks(share);
            let own = shares.next().unwrap_or_default();
            let others: Vec<_> = shares
                .map(|share| scope.spawn(move || share.iter().map(read).collect::<Vec<_>>()))
                .collect();
            let mut entries: Vec<_> = own.iter().map(read).collect();
            for other in others {
                // A panic there goes on here.
                entries.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            entries
        });
        for (path, entry) in unread.into_iter().zip(entries) {
            if let Ok(None) = entry {
                self.missing.push(path.to_owned());
            }
            self.insert(path, entry);
        }
    }

    /// Reads the directories on the way to `path`. Says whether it is left to look at `path` itself.
    fn lead_to(&mut self, path: &str) -> bool {
        for (end, _) in path.match_indices('/') {
            let part = &path[..end];
            if self.tree.lookup(part) == Lookup::Unread {
                let entry = source::entry(&self.root.join(part));
                self.insert(part, entry);
            }
            match self.tree.lookup(part) {
                Lookup::Found(Entry::Directory) => {}
                // A link is followed by whoever asks; below the others there is nothing.
                _ => {
                    self.tree.insert_absent(path);
                    return false;
                }
            }
        }
        self.tree.lookup(path) == Lookup::Unread
    }

    fn insert(&mut self, path: &str, entry: io::Result<Option<Entry>>) {
        match entry {
            Ok(Some(entry)) => self.tree.insert(path, entry),
            Ok(None) => self.tree.insert_absent(path),
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
