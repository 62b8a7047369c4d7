//! Files as a value.
//!
//! A tree is what is known of some folder: all of it (a revision of a repository), or as much as
//! somebody has looked at yet (a folder on disk). What reads a tree can tell "not there" from "not
//! read yet", and asks for the latter; so it needs no disk and still touches only what it needs.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::FileName;

/// The bytes of a file, shared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(Arc<[u8]>);

impl Content {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content(bytes.into())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Content {
        Content(text.as_bytes().into())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File(Content),
    /// A directory.
    Directory,
    /// A symbolic link and its target, as written.
    Link(String),
    /// There is something, but it cannot be read: why, a lowercase fragment.
    Unreadable(String),
}

impl Entry {
    /// Whether both are the same; of files mostly seen without looking at the bytes.
    fn is_same(&self, other: &Entry) -> bool {
        match (self, other) {
            (Entry::File(a), Entry::File(b)) => Arc::ptr_eq(&a.0, &b.0) || a == b,
            _ => self == other,
        }
    }
}

/// The answer to a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// It is there.
    Found(&'a Entry),
    /// It is not there.
    Absent,
    /// Nobody has looked yet.
    Unread,
}

/// Which tree it is: those of equal stamps have equal files. A tree gets another stamp when something is
/// said of it.
#[derive(Clone, Debug, Default)]
pub struct Stamp(Arc<()>);

impl PartialEq for Stamp {
    fn eq(&self, other: &Stamp) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Stamp {
    /// A tree is about to change: whoever has its stamp has that of another tree from now on.
    fn change(&mut self) {
        if Arc::get_mut(&mut self.0).is_none() {
            *self = Stamp::default();
        }
    }
}

/// What the first name of a path begins with that is not in the folder itself; no file's name has it.
const REMOTE: char = '\0';

/// The path at which a tree has what a URL leads to: a link to a path in a [`remote_root`], or something
/// unreadable that says why there is nothing. Nobody has looked there until it is inserted.
pub fn remote_path(url: &str) -> String {
    format!("{REMOTE}?{}", url.replace('/', "\0"))
}

/// The directory for the files that were fetched from a place, out of which nothing in it leads. `shown`,
/// a name for the place, is what messages have for it. All below it is known once something is inserted.
pub fn remote_root(shown: &str) -> String {
    format!("{REMOTE}{}", shown.trim_start_matches('?').replace('/', "\0"))
}

/// Whether a path is one of those of what is not in the folder itself.
pub fn is_remote(path: &str) -> bool {
    path.starts_with(REMOTE)
}

/// The [`remote_root`] that a path is in, if it is in one.
pub fn remote_root_of(path: &str) -> Option<&str> {
    let is_in_root = path.starts_with(REMOTE) && !path.starts_with("\0?");
    is_in_root.then(|| path.split('/').next().unwrap_or_default())
}

/// Files by path. Paths are relative to the root of the tree, `/`-separated, without `.`, `..` or a
/// leading slash; the root is the empty path. What was fetched from elsewhere has paths of its own, see
/// [`remote_path`].
#[derive(Clone, Default)]
pub struct FileTree {
    entries: BTreeMap<Arc<str>, Entry>,
    /// Everything that is not in `entries` does not exist.
    complete: bool,
    /// Paths known not to exist, where the tree is not complete.
    absent: std::collections::BTreeSet<Arc<str>>,
    /// Files that may be run.
    executable: std::collections::BTreeSet<Arc<str>>,
    /// Directories that are other repositories, and their commits.
    submodules: BTreeMap<Arc<str>, Arc<str>>,
    /// Files that exist and were not read: names to suggest.
    mentioned: std::collections::BTreeSet<Arc<str>>,
    /// What messages leave out at the start of a path (`work/repo/`).
    hidden: Arc<str>,
    /// What messages put before a path that does not start with `hidden` (`/`).
    prefix: Arc<str>,
    stamp: Stamp,
}

impl FileTree {
    /// A tree of which nothing is known yet.
    ///
    /// Messages leave out `hidden` at the start of a path and write `prefix` before paths that do
    /// not start with it.
    pub fn unread(hidden: &str, prefix: &str) -> FileTree {
        FileTree { hidden: hidden.into(), prefix: prefix.into(), ..FileTree::default() }
    }

    /// A tree with exactly these files.
    pub fn of_files<P: AsRef<str>>(files: impl IntoIterator<Item = (P, Content)>) -> FileTree {
        let mut tree = FileTree { complete: true, ..FileTree::default() };
        for (path, content) in files {
            tree.insert(path.as_ref(), Entry::File(content));
        }
        tree
    }

    /// Says what stands at `path`, and that the directories above it exist.
    pub fn insert(&mut self, path: &str, entry: Entry) {
        self.stamp.change();
        let mut directory = path;
        while let Some((parent, _)) = directory.rsplit_once('/') {
            if self.entries.contains_key(parent) {
                break;
            }
            self.entries.insert(parent.into(), Entry::Directory);
            directory = parent;
        }
        self.absent.remove(path);
        self.executable.remove(path);
        self.submodules.remove(path);
        self.entries.insert(path.into(), entry);
    }

    /// Says that the file at `path` may be run.
    pub fn set_executable(&mut self, path: &str) {
        self.stamp.change();
        self.executable.insert(path.into());
    }

    /// Whether the file at `path` may be run.
    pub fn is_executable(&self, path: &str) -> bool {
        self.executable.contains(path)
    }

    /// Says that a commit of another repository belongs at `path`.
    pub fn set_submodule(&mut self, path: &str, commit: &str) {
        self.stamp.change();
        self.submodules.insert(path.into(), commit.into());
    }

    /// The paths where other repositories belong that are not there, with their commits.
    pub fn submodules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.submodules.iter().map(|(path, commit)| (&**path, &**commit))
    }

    /// Whether another repository belongs at `path` that is not there.
    pub fn is_submodule(&self, path: &str) -> bool {
        self.submodules.contains_key(path)
    }

    /// Puts at `place` what stands at `path` in another tree, with all that is said of it.
    pub fn insert_from(&mut self, place: &str, other: &FileTree, path: &str) {
        let Some(entry) = other.entries.get(path) else { return };
        self.insert(place, entry.clone());
        if other.is_executable(path) {
            self.set_executable(place);
        }
        if let Some(commit) = other.submodules.get(path) {
            self.submodules.insert(place.into(), commit.clone());
        }
    }

    /// Says that nothing stands at `path`.
    pub fn insert_absent(&mut self, path: &str) {
        self.stamp.change();
        self.absent.insert(path.into());
    }

    /// Says that a file exists at `path`, without its content: a name to suggest.
    pub fn mention(&mut self, path: &str) {
        self.stamp.change();
        self.mentioned.insert(path.into());
    }

    /// The paths of all files that are known to exist.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        let files = self.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        let unread = self.mentioned.iter().filter(|path| !self.entries.contains_key(&***path));
        files.map(|(path, _)| path).chain(unread.map(|path| &**path))
    }

    /// Says that whatever was not inserted does not exist.
    pub fn set_complete(&mut self) {
        self.stamp.change();
        self.complete = true;
    }

    /// Whether whatever was not inserted does not exist.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Which tree it is.
    pub fn stamp(&self) -> Stamp {
        self.stamp.clone()
    }

    /// The paths at which something else stands in `other`, where both are complete.
    pub fn differences(&self, other: &FileTree) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        let (mut ours, mut theirs) = (self.entries.iter(), other.entries.iter());
        let (mut a, mut b) = (ours.next(), theirs.next());
        loop {
            let order = match (&a, &b) {
                (None, None) => return found,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let is_run = |path: &Arc<str>| (self.is_executable(path), other.is_executable(path));
            let is_other_mode = |path: &Arc<str>| is_run(path).0 != is_run(path).1;
            let different = match (a, b, order) {
                (Some((path, a)), Some((_, b)), Ordering::Equal) => {
                    (!a.is_same(b) || is_other_mode(path)).then_some(path)
                }
                (Some((path, _)), _, Ordering::Less) => Some(path),
                (_, Some((path, _)), Ordering::Greater) => Some(path),
                _ => None,
            };
            found.extend(different.map(Arc::clone));
            if order != Ordering::Greater {
                a = ours.next();
            }
            if order != Ordering::Less {
                b = theirs.next();
            }
        }
    }

    /// What stands at `path`. Links are not followed.
    pub fn lookup(&self, path: &str) -> Lookup<'_> {
        if path.is_empty() {
            return Lookup::Found(&Entry::Directory);
        }
        match self.entries.get(path) {
            Some(entry) => Lookup::Found(entry),
            None if path.starts_with(REMOTE) => {
                let is_fetched =
                    remote_root_of(path).is_some_and(|root| self.entries.contains_key(root));
                if is_fetched { Lookup::Absent } else { Lookup::Unread }
            }
            None if self.complete || self.absent.contains(path) => Lookup::Absent,
            None => Lookup::Unread,
        }
    }

    /// The entries at and below `directory`, in byte order of their paths.
    pub fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        self.entries
            .range::<str, _>((std::ops::Bound::Included(directory), std::ops::Bound::Unbounded))
            .map(|(path, entry)| (&**path, entry))
            .take_while(move |(path, _)| path.starts_with(directory))
            .filter(move |(path, _)| is_within(path, directory))
            .filter(move |(path, _)| !directory.is_empty() || !path.starts_with(REMOTE))
    }

    /// All entries of the folder itself, in byte order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let own = self.entries.iter().filter(|(path, _)| !path.starts_with(REMOTE));
        own.map(|(path, entry)| (&**path, entry))
    }

    /// The name that messages and origins use for `path`.
    pub fn name(&self, path: &str) -> FileName {
        FileName::new(&self.display(path))
    }

    /// The text that messages use for `path`.
    pub fn display(&self, path: &str) -> String {
        if let Some(remote) = path.strip_prefix(REMOTE) {
            return remote.trim_start_matches('?').replace(REMOTE, "/");
        }
        match path.strip_prefix(&*self.hidden).filter(|_| !self.hidden.is_empty()) {
            Some("") => ".".to_owned(),
            Some(rest) => rest.to_owned(),
            None if self.hidden.strip_suffix('/') == Some(path) => ".".to_owned(),
            None if path.is_empty() && self.prefix.is_empty() => ".".to_owned(),
            None => format!("{}{path}", self.prefix),
        }
    }
}

impl fmt::Debug for FileTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Whether `path` is `directory` or below it. The empty directory holds everything.
pub fn is_within(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The parent of `path`; the empty path for a top-level entry and for the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// `relative` as seen from `directory`, without `.` and `..`; `None` where it climbs out of the root.
///
/// An absolute path is taken from the root of the tree.
pub fn join(directory: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let from = if relative.starts_with('/') { "" } else { directory };
    for part in from.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `path` as written from `directory`: `../base/x.yaml`.
pub fn relative(path: &str, directory: &str) -> String {
    let here: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let shared = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", here.len() - shared);
    let parts: Vec<&str> = up.chain(there.iter().skip(shared).copied()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests;
