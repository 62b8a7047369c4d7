//! What builds keep for each other, by content.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use manifest::yaml::{Flavor, ReadError, Reader};
use manifest::{Content, Diagnostic, FileName, Node};
use rustc_hash::FxHashMap;

use crate::LoadRestrictor;
use crate::accumulated::Accumulated;
use crate::builder::Builder;
use crate::load::Seen;
use crate::metadata;

/// Parsed files and built bases. Entries hold the content that they were made from, so a changed
/// file is simply not found; [`Memory::forget`] drops everything.
#[derive(Default)]
pub struct Memory {
    documents: Mutex<Documents>,
    bases: Mutex<FxHashMap<BaseKey, Vec<Base>>>,
}

type Parsed = Result<Arc<[Node]>, ReadError>;

struct Documents {
    reader: Reader,
    parsed: FxHashMap<(FileName, Flavor, usize), (Content, Parsed)>,
}

impl Default for Documents {
    fn default() -> Documents {
        Documents { reader: metadata::reader(), parsed: FxHashMap::default() }
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
    pub(crate) reads: Vec<(String, Seen)>,
    /// The bases and components in it, and how deep below it they are.
    pub(crate) entered: Vec<(String, usize)>,
    pub(crate) accumulated: Accumulated,
    /// What was found on the way: to be told again.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The schema in force.
    #[expect(dead_code, reason = "held so that the address in the key stays its own")]
    pub(crate) schema: Option<(String, Content)>,
}

/// How many builds of one base are kept: the revisions that are likely to be asked for again.
const KEPT_PER_BASE: usize = 4;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// One that knows nothing.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Drops all that it knows.
    pub fn forget(&self) {
        *lock(&self.documents) = Documents::default();
        lock(&self.bases).clear();
    }

    /// The documents of a file.
    ///
    /// # Errors
    /// See [`Reader::read`].
    pub fn documents(&self, content: &Content, file: FileName, flavor: Flavor) -> Parsed {
        // Contents are kept with the result, so no other content can get this address.
        let key = (file, flavor, content.bytes().as_ptr() as usize);
        if let Some((_, parsed)) = lock(&self.documents).parsed.get(&key) {
            return parsed.clone();
        }
        let mut documents = lock(&self.documents);
        let parsed: Parsed = documents.reader.read(content.bytes(), file, flavor).map(Arc::from);
        documents.parsed.insert(key, (content.clone(), parsed.clone()));
        parsed
    }

    /// A base as it was built before, if `is_valid` still.
    pub(crate) fn base(&self, key: &BaseKey, is_valid: impl Fn(&Base) -> bool) -> Option<Base> {
        let bases = lock(&self.bases);
        bases.get(key)?.iter().find(|base| is_valid(base)).cloned()
    }

    /// Keeps a built base.
    pub(crate) fn keep(&self, key: BaseKey, base: Base) {
        let mut bases = lock(&self.bases);
        let kept = bases.entry(key).or_default();
        if kept.len() >= KEPT_PER_BASE {
            kept.remove(0);
        }
        kept.push(base);
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
