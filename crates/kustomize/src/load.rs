//! Finding files in the tree: links followed, restrictions kept, what is unread asked for.

use std::collections::BTreeSet;

use manifest::tree::{is_remote, is_within, join, parent, remote_path, remote_root_of};
use manifest::{Content, Entry, FileTree, Lookup};

use crate::Need;
use crate::kustomization::FILE_NAMES;

/// How many links one path may lead through.
const MAX_LINKS: usize = 40;

/// What a path leads to, by its real path.
#[derive(Debug)]
pub(crate) enum Found {
    File(String, Content),
    Directory(String),
    Absent,
    /// There, but not readable: why.
    Unreadable(String),
    /// Outside of the tree; by which link, where it is one.
    LeadsOut(String),
}

/// What stood at a path when a base was built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    Nothing,
    Directory,
    File(Content),
    Link(String),
}

/// The files of a build, and what was asked of them.
pub(crate) struct Files<'a> {
    pub(crate) tree: &'a FileTree,
    pub(crate) needs: BTreeSet<Need>,
    pub(crate) reads: BTreeSet<String>,
    /// What was found where, in the order in which it was asked for.
    found: Vec<(String, Seen)>,
}

/// Something is not read yet; the need is noted.
pub(crate) struct Unread;

impl<'a> Files<'a> {
    pub(crate) fn new(tree: &'a FileTree) -> Files<'a> {
        Files { tree, needs: BTreeSet::new(), reads: BTreeSet::new(), found: Vec::new() }
    }

    /// What stands at `relative`, seen from `directory`.
    ///
    /// # Errors
    /// Nobody has looked there yet: the path is added to the needs.
    pub(crate) fn find(&mut self, directory: &str, relative: &str) -> Result<Found, Unread> {
        let Some(path) = join(directory, relative) else {
            return Ok(Found::LeadsOut(String::new()));
        };
        match remote_root_of(directory) {
            Some(root) if !is_within(&path, root) => Ok(Found::LeadsOut(String::new())),
            _ => self.resolve(path),
        }
    }

    /// What a URL leads to.
    ///
    /// # Errors
    /// It has not been fetched yet.
    pub(crate) fn find_remote(&mut self, url: &str) -> Result<Found, Unread> {
        self.resolve(remote_path(url))
    }

    fn resolve(&mut self, mut path: String) -> Result<Found, Unread> {
        let mut root: Option<String> = None;
        for _ in 0..MAX_LINKS {
            // What was fetched does not lead to what was not.
            match &root {
                Some(root) if !is_within(&path, root) => return Ok(Found::LeadsOut(String::new())),
                Some(_) => {}
                None => root = remote_root_of(&path).map(str::to_owned),
            }
            self.reads.insert(path.clone());
            match self.tree.lookup(&path) {
                Lookup::Found(Entry::File(content)) => {
                    self.record(&path, Seen::File(content.clone()));
                    return Ok(Found::File(path, content.clone()));
                }
                Lookup::Found(Entry::Directory) => {
                    self.record(&path, Seen::Directory);
                    return Ok(Found::Directory(path));
                }
                Lookup::Found(Entry::Unreadable(why)) => return Ok(Found::Unreadable(why.clone())),
                Lookup::Found(Entry::Link(target)) => {
                    self.record(&path, Seen::Link(target.clone()));
                    match join(parent(&path), target) {
                        Some(next) => path = next,
                        None => return Ok(leads_out(target)),
                    }
                }
                missing => match self.linked_directory(&path) {
                    Some((directory, target)) => {
                        self.record(directory, Seen::Link(target.to_owned()));
                        let rest = path[directory.len()..].trim_start_matches('/');
                        let there = join(parent(directory), target);
                        match there.and_then(|there| join(&there, rest)) {
                            Some(next) => path = next,
                            None => return Ok(leads_out(target)),
                        }
                    }
                    None if missing == Lookup::Absent => {
                        self.record(&path, Seen::Nothing);
                        return Ok(Found::Absent);
                    }
                    None => {
                        // What a URL leads to is asked for by who has the URL.
                        if !is_remote(&path) {
                            self.needs.insert(Need::Path(path));
                        }
                        return Err(Unread);
                    }
                },
            }
        }
        Ok(Found::Unreadable("a symbolic link leads in circles".to_owned()))
    }

    /// The first directory on the way to `path` that is a link, and where it leads.
    fn linked_directory<'p>(&self, path: &'p str) -> Option<(&'p str, &'a str)> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        ends.map(|end| &path[..end]).find_map(|directory| match self.tree.lookup(directory) {
            Lookup::Found(Entry::Link(target)) => Some((directory, target.as_str())),
            _ => None,
        })
    }

    /// What a path names, where it is a link itself.
    pub(crate) fn link(&self, directory: &str, relative: &str) -> Option<&'a str> {
        match self.tree.lookup(&join(directory, relative)?) {
            Lookup::Found(Entry::Link(target)) => Some(target),
            _ => None,
        }
    }

    fn record(&mut self, path: &str, seen: Seen) {
        self.found.push((path.to_owned(), seen));
    }

    /// How much was asked for so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// What was found since [`Files::count`] was `count`.
    pub(crate) fn found_since(&self, count: usize) -> Vec<(String, Seen)> {
        self.found.get(count..).unwrap_or_default().to_vec()
    }

    /// Notes what a kept base found.
    pub(crate) fn found_before(&mut self, found: &[(String, Seen)]) {
        self.reads.extend(found.iter().map(|(path, _)| path.clone()));
        self.found.extend(found.iter().cloned());
    }

    /// Whether a path is what it was.
    pub(crate) fn is_unchanged(&self, path: &str, seen: &Seen) -> bool {
        is_unchanged(self.tree, path, seen)
    }

    /// All that was found.
    pub(crate) fn into_found(self) -> (BTreeSet<Need>, BTreeSet<String>, Vec<(String, Seen)>) {
        (self.needs, self.reads, self.found)
    }

    /// Paths that somebody may have meant by `relative`: files with its name, its neighbours, and
    /// directories beside it that have a kustomization.
    pub(crate) fn candidates(&self, directory: &str, relative: &str) -> Vec<String> {
        let name = relative.rsplit('/').next().unwrap_or_default();
        let Some(path) = join(directory, relative) else { return Vec::new() };
        let near = parent(&path);
        let mut found = Vec::new();
        for path in self.tree.file_names() {
            let own_name = path.rsplit('/').next().unwrap_or_default();
            if (is_within(path, directory) && own_name == name) || parent(path) == near {
                found.push(path);
            }
            let holder = parent(path);
            if FILE_NAMES.contains(&own_name) && parent(holder) == near && holder != directory {
                found.push(holder);
            }
        }
        found.into_iter().map(|path| manifest::tree::relative(path, directory)).collect()
    }
}

/// Whether a path of a tree is what it was.
pub(crate) fn is_unchanged(tree: &FileTree, path: &str, seen: &Seen) -> bool {
    match (tree.lookup(path), seen) {
        (Lookup::Found(Entry::File(now)), Seen::File(then)) => {
            now.bytes().as_ptr() == then.bytes().as_ptr() || now == then
        }
        (Lookup::Found(Entry::Link(now)), Seen::Link(then)) => now == then,
        (Lookup::Found(Entry::Directory), Seen::Directory) => true,
        (Lookup::Absent, Seen::Nothing) => true,
        _ => false,
    }
}

fn leads_out(target: &str) -> Found {
    Found::LeadsOut(format!(", by a link to `{target}`"))
}
