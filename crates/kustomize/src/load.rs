//! Finding files in the tree: links followed, restrictions kept, what is unread asked for.

use std::collections::BTreeSet;

use manifest::tree::{is_within, join, parent};
use manifest::{Content, Entry, FileTree, Lookup};

use crate::Need;

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
}

/// The files of a build, and what was asked of them.
pub(crate) struct Files<'a> {
    pub(crate) tree: &'a FileTree,
    pub(crate) needs: BTreeSet<Need>,
    pub(crate) reads: BTreeSet<String>,
    /// What the bases being built have read, innermost last.
    recorded: Vec<Vec<(String, Option<Content>)>>,
}

/// Something is not read yet; the need is noted.
pub(crate) struct Unread;

impl<'a> Files<'a> {
    pub(crate) fn new(tree: &'a FileTree) -> Files<'a> {
        Files { tree, needs: BTreeSet::new(), reads: BTreeSet::new(), recorded: Vec::new() }
    }

    /// What stands at `relative`, seen from `directory`.
    ///
    /// # Errors
    /// Nobody has looked there yet: the path is added to the needs.
    pub(crate) fn find(&mut self, directory: &str, relative: &str) -> Result<Found, Unread> {
        let Some(path) = join(directory, relative) else {
            return Ok(Found::Unreadable("the path leads out of the repository".to_owned()));
        };
        self.resolve(path)
    }

    fn resolve(&mut self, mut path: String) -> Result<Found, Unread> {
        for _ in 0..MAX_LINKS {
            self.reads.insert(path.clone());
            match self.tree.lookup(&path) {
                Lookup::Found(Entry::File(content)) => {
                    self.record(&path, Some(content));
                    return Ok(Found::File(path, content.clone()));
                }
                Lookup::Found(Entry::Directory) => return Ok(Found::Directory(path)),
                Lookup::Found(Entry::Unreadable(why)) => return Ok(Found::Unreadable(why.clone())),
                Lookup::Found(Entry::Link(target)) => match join(parent(&path), target) {
                    Some(next) => path = next,
                    None => return Ok(leads_out(target)),
                },
                missing => match self.through_link(&path) {
                    Some(Ok(next)) => path = next,
                    Some(Err(target)) => return Ok(leads_out(&target)),
                    None if missing == Lookup::Absent => {
                        self.record(&path, None);
                        return Ok(Found::Absent);
                    }
                    None => {
                        self.needs.insert(Need::Path(path));
                        return Err(Unread);
                    }
                },
            }
        }
        Ok(Found::Unreadable("a symbolic link leads in circles".to_owned()))
    }

    /// The path with its first linked directory replaced by where the link leads; the link's target
    /// as an error where that is outside.
    fn through_link(&self, path: &str) -> Option<Result<String, String>> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        for end in ends {
            let (directory, rest) = path.split_at(end);
            if let Lookup::Found(Entry::Link(target)) = self.tree.lookup(directory) {
                let next = join(parent(directory), target)
                    .and_then(|there| join(&there, rest.trim_start_matches('/')));
                return Some(next.ok_or_else(|| target.clone()));
            }
        }
        None
    }

    fn record(&mut self, path: &str, content: Option<&Content>) {
        if let Some(reads) = self.recorded.last_mut() {
            reads.push((path.to_owned(), content.cloned()));
        }
    }

    /// Starts to note what is read, for a base that may be kept.
    pub(crate) fn start_recording(&mut self) {
        self.recorded.push(Vec::new());
    }

    /// Ends it, and gives what was read since; the surrounding base has read it as well.
    pub(crate) fn stop_recording(&mut self) -> Vec<(String, Option<Content>)> {
        let reads = self.recorded.pop().unwrap_or_default();
        if let Some(outer) = self.recorded.last_mut() {
            outer.extend(reads.iter().cloned());
        }
        reads
    }

    /// Notes reads that a kept base made before.
    pub(crate) fn read_before(&mut self, reads: Vec<(String, Option<Content>)>) {
        self.reads.extend(reads.iter().map(|(path, _)| path.clone()));
        if let Some(outer) = self.recorded.last_mut() {
            outer.extend(reads);
        }
    }

    /// Whether a path has this very content (or none).
    pub(crate) fn is_unchanged(&self, path: &str, content: Option<&Content>) -> bool {
        match (self.tree.lookup(path), content) {
            (Lookup::Found(Entry::File(now)), Some(then)) => {
                now.bytes().as_ptr() == then.bytes().as_ptr() || now == then
            }
            (Lookup::Absent, None) => true,
            _ => false,
        }
    }

    /// Paths that somebody may have meant by `relative`: files with its name, and its neighbours.
    pub(crate) fn candidates(&self, directory: &str, relative: &str) -> Vec<String> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let near = join(directory, relative).map(|path| parent(&path).to_owned());
        let same_name = |path: &str| path.rsplit('/').next() == Some(name);
        self.tree
            .file_names()
            .filter(|path| {
                (is_within(path, directory) && same_name(path))
                    || near.as_deref() == Some(parent(path))
            })
            .map(|path| manifest::tree::relative(path, directory))
            .collect()
    }
}

fn leads_out(target: &str) -> Found {
    Found::Unreadable(format!("its link to `{target}` leads out of the repository"))
}
