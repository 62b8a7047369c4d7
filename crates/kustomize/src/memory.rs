//! What builds keep for each other, by content.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecow::EcoVec;
use manifest::tree::Stamp;
use manifest::yaml::{Flavor, Note, ReadError, Reader};
use manifest::{Content, Diagnostic, FileName, FileTree, Node};
use rustc_hash::FxHashMap;

use crate::accumulated::Accumulated;
use crate::builder::Builder;
use crate::load::{Seen, is_unchanged};
use crate::{LoadRestrictor, Options, metadata};

mod trees;

use trees::Trees;

/// Parsed files, built bases and whole builds. Entries hold the content that they were made from, so a
/// changed file is simply not found.
///
/// It is bounded: past a size, what the fewest recent builds have used goes first. [`Memory::forget`]
/// drops everything.
#[derive(Default)]
pub struct Memory {
    documents: Mutex<Documents>,
    /// Readers that nobody uses right now.
    readers: Mutex<Vec<Reader>>,
    bases: Mutex<Kept<BaseKey, Base>>,
    builds: Mutex<Kept<BuildKey, Whole>>,
    trees: Mutex<Trees>,
    /// How many builds there have been.
    generation: AtomicU64,
}

type Parsed = Result<Arc<[Node]>, ReadError>;

/// What was read, with the notes beside its lists.
type Read = (Parsed, EcoVec<Note>);

/// How many bytes of files are kept as nodes.
const MAX_TEXT: usize = 128 << 20;

/// How many bases, and how many whole builds, are kept.
const MAX_KEPT: usize = 20_000;

#[derive(Default)]
struct Documents {
    parsed: FxHashMap<(FileName, Flavor, usize), Document>,
    bytes: usize,
}

struct Document {
    /// Kept with the result, so that no other content can get this address.
    content: Content,
    read: Read,
    used: u64,
}

/// Values by key, a few each, with the generation that used each last.
struct Kept<K, V> {
    by_key: FxHashMap<K, Vec<(u64, V)>>,
    count: usize,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept { by_key: FxHashMap::default(), count: 0 }
    }
}

/// What a built base depends on besides its files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BaseKey {
    directory: String,
    /// The name of the directory in messages and origins.
    name: FileName,
    load_restrictor: LoadRestrictor,
    /// Whether a kustomization above has said which schema to use.
    schema_is_set: bool,
    /// The path and address of the `openapi:` schema in force; `None` for the built-in one. The base
    /// holds the content, so no other gets this address.
    schema: Option<(String, usize)>,
}

/// A built base and what it was built from.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) reads: Arc<[(String, Seen)]>,
    /// The bases and components in it, and how deep below it they are.
    pub(crate) entered: Arc<[(String, usize)]>,
    pub(crate) accumulated: Accumulated,
    /// What was found on the way: to be told again.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The schema in force.
    #[expect(dead_code, reason = "held so that the address in the key stays its own")]
    pub(crate) schema: Option<(String, Content)>,
}

/// What a whole build depends on besides its files and its options.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct BuildKey {
    directory: String,
    name: FileName,
}

/// A whole build and what it was built from.
#[derive(Clone)]
pub(crate) struct Whole {
    options: Options,
    /// What stood for its kustomization file.
    root_file: Option<Node>,
    found: Arc<[(String, Seen)]>,
    /// The tree for which it is known to hold.
    stamp: Stamp,
    nodes: Arc<[Node]>,
    diagnostics: Arc<[Diagnostic]>,
    reads: Arc<BTreeSet<String>>,
    /// Directories on the way that are links.
    links: Vec<String>,
}

impl Whole {
    /// Whether it may have been another build if something else had stood at `path`.
    fn depends_on(&self, path: &str) -> bool {
        // What was looked for below it may be there if it becomes a link.
        let below = || {
            let start = format!("{path}/");
            let first = self.reads.range(start.clone()..).next();
            first.is_some_and(|read| read.starts_with(&start))
        };
        self.reads.contains(path) || self.links.iter().any(|link| link == path) || below()
    }
}

/// How many values of one key are kept: the revisions that are likely to be asked for again.
const KEPT_PER_KEY: usize = 4;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: std::hash::Hash + Eq, V> Kept<K, V> {
    /// The first value of a key that is wanted, as used now.
    fn find(&mut self, key: &K, now: u64, wanted: impl FnMut(&V) -> bool) -> Option<&mut V> {
        let mut wanted = wanted;
        let (used, value) = self.by_key.get_mut(key)?.iter_mut().find(|(_, v)| wanted(v))?;
        *used = now;
        Some(value)
    }

    fn keep(&mut self, key: K, now: u64, value: V) {
        let kept = self.by_key.entry(key).or_default();
        if kept.len() >= KEPT_PER_KEY {
            let oldest = kept.iter().enumerate().min_by_key(|(_, (used, _))| *used);
            if let Some(at) = oldest.map(|(at, _)| at) {
                kept.remove(at);
                self.count -= 1;
            }
        }
        kept.push((now, value));
        self.count += 1;
        if self.count > MAX_KEPT {
            let mut used: Vec<u64> =
                self.by_key.values().flatten().map(|(used, _)| *used).collect();
            used.sort_unstable();
            let limit = used.get(self.count / 2).copied().unwrap_or_default();
            self.by_key.values_mut().for_each(|kept| kept.retain(|(used, _)| *used >= limit));
            self.by_key.retain(|_, kept| !kept.is_empty());
            self.count = self.by_key.values().map(Vec::len).sum();
        }
    }
}

impl Documents {
    /// Drops what has not been used for longest, down to half of what may be kept.
    fn evict(&mut self, limit: usize) {
        let mut used: Vec<(u64, usize)> =
            self.parsed.values().map(|it| (it.used, it.content.bytes().len())).collect();
        used.sort_unstable();
        let mut excess = self.bytes.saturating_sub(limit / 2);
        let mut last = 0;
        for (generation, bytes) in used {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(bytes);
            last = generation + 1;
        }
        self.parsed.retain(|_, it| it.used >= last);
        self.bytes = self.parsed.values().map(|it| it.content.bytes().len()).sum();
    }
}

impl Memory {
    /// One that knows nothing.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Drops all that it knows.
    pub fn forget(&self) {
        *lock(&self.documents) = Documents::default();
        *lock(&self.bases) = Kept::default();
        *lock(&self.builds) = Kept::default();
        *lock(&self.trees) = Trees::default();
    }

    fn now(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The documents of a file.
    ///
    /// # Errors
    /// See [`Reader::read`].
    pub fn documents(&self, content: &Content, file: FileName, flavor: Flavor) -> Parsed {
        self.read(content, file, flavor).0
    }

    /// The documents of a file, and the notes beside its lists.
    pub(crate) fn read(&self, content: &Content, file: FileName, flavor: Flavor) -> Read {
        let key = (file, flavor, content.bytes().as_ptr() as usize);
        let now = self.now();
        if let Some(there) = lock(&self.documents).parsed.get_mut(&key) {
            there.used = now;
            return there.read.clone();
        }
        // Nobody waits while this one reads.
        let reader = lock(&self.readers).pop();
        let mut reader = reader.unwrap_or_else(metadata::reader);
        let parsed: Parsed = reader.read(content.bytes(), file, flavor).map(Arc::from);
        let read = (parsed, reader.take_notes());
        lock(&self.readers).push(reader);
        let mut documents = lock(&self.documents);
        let kept = Document { content: content.clone(), read: read.clone(), used: now };
        if documents.parsed.insert(key, kept).is_none() {
            documents.bytes += content.bytes().len();
        }
        if documents.bytes > MAX_TEXT {
            documents.evict(MAX_TEXT);
        }
        read
    }

    /// A base as it was built before, if `is_valid` still.
    pub(crate) fn base(&self, key: &BaseKey, is_valid: impl Fn(&Base) -> bool) -> Option<Base> {
        lock(&self.bases).find(key, self.now(), is_valid).map(|base| base.clone())
    }

    /// Keeps a built base.
    pub(crate) fn keep(&self, key: BaseKey, base: Base) {
        lock(&self.bases).keep(key, self.now(), base);
    }

    /// A build that came to something before, if it read nothing that is different now.
    pub(crate) fn build(
        &self,
        tree: &FileTree,
        directory: &str,
        options: &Options,
        root_file: Option<&Node>,
    ) -> Option<crate::Build> {
        let now = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        if !tree.is_complete() {
            return None;
        }
        let key = BuildKey { directory: directory.to_owned(), name: tree.name(directory) };
        let mut builds = lock(&self.builds);
        let whole = builds.find(&key, now, |whole| {
            whole.options == *options
                && whole.root_file.as_ref() == root_file
                && (whole.stamp == tree.stamp() || self.holds(whole, tree))
        })?;
        whole.stamp = tree.stamp();
        let whole = whole.clone();
        drop(builds);
        Some(crate::Build {
            nodes: Some(whole.nodes),
            diagnostics: whole.diagnostics.to_vec(),
            needs: BTreeSet::new(),
            reads: whole.reads,
        })
    }

    /// The paths at which a tree differs from another one that something was built from; `None` where that is not known
    /// any more.
    pub fn changed(&self, from: &Stamp, tree: &FileTree) -> Option<Arc<[Arc<str>]>> {
        lock(&self.trees).changed(from, tree)
    }

    /// Whether a build would find in another tree what it found.
    fn holds(&self, whole: &Whole, tree: &FileTree) -> bool {
        match self.changed(&whole.stamp, tree) {
            Some(changed) => !changed.iter().any(|path| whole.depends_on(path)),
            None => whole.found.iter().all(|(path, seen)| is_unchanged(tree, path, seen)),
        }
    }

    /// Keeps a build that came to something.
    pub(crate) fn keep_build(
        &self,
        tree: &FileTree,
        directory: &str,
        (options, root_file): (&Options, Option<&Node>),
        (build, found): (&crate::Build, Vec<(String, Seen)>),
    ) {
        let (Some(nodes), true) = (&build.nodes, tree.is_complete()) else { return };
        lock(&self.trees).remember(tree);
        let is_link = |(path, _): &&(String, Seen)| !build.reads.contains(path);
        let links = found.iter().filter(is_link).map(|(path, _)| path.clone()).collect();
        let whole = Whole {
            links,
            options: options.clone(),
            root_file: root_file.cloned(),
            found: found.into(),
            stamp: tree.stamp(),
            nodes: Arc::clone(nodes),
            diagnostics: build.diagnostics.as_slice().into(),
            reads: Arc::clone(&build.reads),
        };
        let key = BuildKey { directory: directory.to_owned(), name: tree.name(directory) };
        lock(&self.builds).keep(key, self.now(), whole);
    }
}

impl BaseKey {
    pub(crate) fn new(directory: &str, builder: &Builder<'_>) -> BaseKey {
        let address =
            |(path, content): &(String, Content)| (path.clone(), content.bytes().as_ptr() as usize);
        BaseKey {
            directory: directory.to_owned(),
            name: builder.name(directory),
            load_restrictor: builder.options.load_restrictor,
            schema_is_set: builder.schema_is_set,
            schema: builder.schema_file.as_ref().map(address),
        }
    }
}

#[cfg(test)]
mod tests;
