//! Buckets, as Flux's Bucket has them: S3 of whoever runs it, and Google's and Azure's own ways.
//!
//! ```text
//!  .sourceignore ─▶ rules ─┐
//!  list: keys and etags ───┴▶ Index ─▶ revision ─▶ objects whose etags are new ─▶ files
//! ```
//!
//! What was fetched stays on the disk under its digest, and a list of it under the bucket's address: an object is
//! asked for once for each of its etags, and the last artifact is there without a network as well.
//!
//! `object_store` knows how to log in and to sign. What is asked is our own: its paths cannot be `a//b`, and its etags
//! of Google's are others than Flux computes revisions from.

mod address;
mod credentials;
mod door;
mod fill;
mod index;
mod kept;
mod listing;
mod login;
mod service;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use manifest::{Content, Entry, FileTree};
use sha2::{Digest as _, Sha256};

pub use self::address::{Address, Provider};
pub use self::credentials::Credentials;
use self::fill::fill;
use self::index::{Index, RULES, Stored};
pub(crate) use self::kept::Kept;
pub use self::kept::{LeavesOut, Want};
use self::service::{Got, Service};
use crate::folder::{MAX_FILE, too_large};
use crate::notes::write_whole;
use crate::oci::Digest;
use crate::oci::blobs::Blobs;
use crate::{Artifact, Error, Revision};

/// How many bytes the rules may have.
const MAX_RULES: u64 = 1 << 20;

/// How many objects may count.
const MAX_OBJECTS: usize = 100_000;

/// The names of the notes of what is there: the last state, and what was fetched of one that never was whole.
const LAST: &str = "";
const UNFINISHED: &str = "-unfinished";

/// A bucket; clones are the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    address: Address,
    credentials: Credentials,
    blobs: Blobs,
    /// Whoever holds it is fetching.
    turn: Mutex<()>,
    /// Files by what they hold, those of the last tree.
    known: Mutex<HashMap<Digest, Content>>,
}

/// A state of a bucket that is in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// What it is called: `sha256:…`, the digest of the keys and the etags.
    pub revision: Revision,
    index: Arc<Index>,
}

impl Fetched {
    fn new(index: Index) -> Fetched {
        Fetched { revision: index.revision(), index: Arc::new(index) }
    }
}

impl Store {
    /// The store in `folder` of a bucket.
    pub fn new(folder: PathBuf, address: Address, credentials: &Credentials) -> Store {
        let blobs = Blobs::new(folder.join("sha256"));
        let credentials = credentials.clone();
        let (turn, known) = (Mutex::default(), Mutex::default());
        Store { inner: Arc::new(Inner { folder, address, credentials, blobs, turn, known }) }
    }

    /// Asks for the list of objects, and for those that are not there yet. `rules` gets the text of the bucket's
    /// `.sourceignore`, empty where it has none, and gives what says of a key whether it is left out; nothing else is
    /// left out by default (`fetchEtagIndex` of source-controller).
    ///
    /// # Errors
    /// There is no such bucket, its objects cannot be files, it has too much of them, the server cannot be reached, or
    /// takes longer than `limit`.
    pub fn fetch<L: Fn(&str) -> bool>(
        &self,
        rules: impl FnOnce(&str) -> L,
        limit: Duration,
    ) -> Result<Fetched, Error> {
        let inner = &self.inner;
        let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
        inner.fetch(rules, limit).map_err(|error| match error {
            Error::Access { .. } | Error::Disk { .. } => error,
            error => Error::Bucket { bucket: inner.address.to_string(), source: Box::new(error) },
        })
    }

    /// What the bucket was when it was last fetched, in this process or one before it; `None` where it never was, or
    /// where that cannot be read any more.
    pub fn last(&self) -> Option<Fetched> {
        self.inner.last()
    }

    /// The files of a state that was fetched, today or before: the last one, or the one before it. A key is a path
    /// with all of its prefix.
    ///
    /// # Errors
    /// It is not there, or damaged, or cannot be read.
    pub fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        let mut known = self.inner.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tree = FileTree::unread("", "");
        let mut contents = HashMap::new();
        for (path, key) in fetched.index.paths()? {
            let Some(stored) = fetched.index.objects.get(key) else { continue };
            let Some(digest) = &stored.digest else {
                tree.insert(&path, Entry::Unreadable(too_large(stored.size)));
                continue;
            };
            let content = match known.get(digest) {
                Some(content) => content.clone(),
                None => {
                    let gone = || Error::Gone { revision: fetched.revision.to_string() };
                    Content::from(self.inner.blobs.bytes(digest, MAX_FILE)?.ok_or_else(gone)?)
                }
            };
            contents.insert(digest.clone(), content.clone());
            tree.insert(&path, Entry::File(content));
        }
        tree.set_complete();
        *known = contents;
        Ok(Artifact::new(fetched.revision.clone(), tree))
    }
}

impl Inner {
    fn fetch<L: Fn(&str) -> bool>(
        &self,
        rules: impl FnOnce(&str) -> L,
        limit: Duration,
    ) -> Result<Fetched, Error> {
        let service = Service::new(&self.address, &self.credentials, limit)?;
        let (file, text) = self.fetch_rules(&service)?;
        let leaves_out = rules(&text);
        let mut objects = Vec::new();
        service.list(|object| {
            if object.key.ends_with('/') || object.key == RULES || leaves_out(&object.key) {
                return Ok(());
            }
            objects.push(object);
            if objects.len() > MAX_OBJECTS { Err(too_many()) } else { Ok(()) }
        })?;
        let mut listed = Index::of(&objects);
        listed.objects.extend(file.clone());
        listed.paths()?;
        // A revision is one state, rules included, though these are no part of it.
        if let Some(last) = self.last().filter(|last| last.revision == listed.revision()) {
            return Ok(last);
        }
        let mut known = self.read_note(UNFINISHED).unwrap_or_default();
        known.objects.extend(self.read_note(LAST).unwrap_or_default().objects);
        let (mut index, error) = fill(&service, &self.blobs, objects, &known);
        if let Some(error) = error {
            self.write_note(UNFINISHED, &index)?;
            return Err(error);
        }
        index.objects.extend(file);
        self.keep(index)
    }

    /// The object with the rules, where there is one, and its text.
    fn fetch_rules(&self, service: &Service) -> Result<(Option<(String, Stored)>, String), Error> {
        let Some(got) = service.fetch(&self.blobs, RULES, None, MAX_RULES)? else {
            return Ok((None, String::new()));
        };
        let Got { etag, digest, size } = got;
        let text = self.blobs.bytes(&digest, MAX_FILE)?.unwrap_or_default();
        let stored = Stored { etag: etag.unwrap_or_default(), size, digest: Some(digest) };
        Ok((Some((RULES.to_owned(), stored)), String::from_utf8_lossy(&text).into_owned()))
    }

    /// Makes a state the last one. What only those before the one before it had goes away.
    fn keep(&self, index: Index) -> Result<Fetched, Error> {
        let before = self.read_note(LAST).unwrap_or_default();
        self.write_note(LAST, &index)?;
        self.write_note(UNFINISHED, &Index::default())?;
        let kept = [before.digests(), index.digests()];
        self.blobs.retain(|digest| kept.iter().any(|digests| digests.contains(digest)))?;
        Ok(Fetched::new(index))
    }

    fn last(&self) -> Option<Fetched> {
        let index = self.read_note(LAST)?;
        let is_there = index.digests().iter().all(|digest| self.blobs.has(digest));
        is_there.then(|| Fetched::new(index))
    }

    /// The file that says what the bucket at this address was.
    fn note(&self, name: &str) -> PathBuf {
        let digest = Sha256::digest(format!("{:?}", self.address));
        let address: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join("fetched").join(format!("{address}{name}"))
    }

    fn read_note(&self, name: &str) -> Option<Index> {
        Index::parse(&fs::read_to_string(self.note(name)).ok()?)
    }

    /// It is there whole, or not at all.
    fn write_note(&self, name: &str, index: &Index) -> Result<(), Error> {
        write_whole(&self.note(name), &index.text())
    }
}

fn too_many() -> Error {
    let what =
        format!("it has over {MAX_OBJECTS} objects: name fewer by `spec.prefix` or `spec.ignore`");
    Error::TooMuch { what }
}

#[cfg(test)]
mod tests;
