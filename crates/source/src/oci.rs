//! Artifacts of registries, as Flux's OCIRepository has them, and what was fetched of them.
//!
//! ```text
//!  Reference ──▶ digest ──▶ manifest (index) ──▶ layer ──▶ files
//!     tags, HEAD       by digest, kept          by digest, kept
//! ```
//!
//! All that is read has the digest that it was asked by, and stays on the disk under it: what is there is not
//! asked for again, and is there without a network as well.

mod address;
pub(crate) mod blobs;
mod challenge;
mod cosign;
mod digest;
mod document;
mod kept;
mod login;
mod push;
mod reference;
mod registry;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use self::address::Address;
use self::blobs::Blobs;
pub use self::cosign::Keys;
pub use self::digest::Digest;
use self::document::Document;
pub use self::document::Layer;
pub(crate) use self::kept::Kept;
pub use self::kept::Want;
pub use self::push::push;
pub use self::reference::{Operation, Reference, Selector, Written};
use self::registry::{Registry, Right};
use crate::notes::Notes;
use crate::{Access, Error, Revision};

/// How many bytes a layer may have.
const MAX_LAYER: u64 = 1 << 30;

/// How deep indexes may be in one another.
const MAX_INDEXES: usize = 4;

/// The annotation that says from which revision of which source an artifact was made.
pub(crate) const ORIGIN: &str = "org.opencontainers.image.revision";

/// A repository of a registry; clones are the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    notes: Notes,
    address: Address,
    access: Access,
    blobs: Blobs,
    /// Whoever holds it is fetching.
    turn: Mutex<()>,
}

/// What is wanted of a repository.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Wanted {
    /// Which artifact.
    pub reference: Reference,
    /// Which layer of it.
    pub layer: Selector,
    /// By whom it has to be signed.
    pub keys: Option<Keys>,
}

/// An artifact that is in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// What it is called: `TAG@sha256:…`, or `sha256:…` where it was asked for by that.
    pub revision: Revision,
    /// What the reference is: its manifest, or an index that leads there.
    pub digest: Digest,
    /// The layer that was wanted.
    pub layer: Layer,
    /// What is said of the artifact.
    pub annotations: BTreeMap<String, String>,
}

impl Store {
    /// The store in `folder` of a repository.
    pub fn new(folder: &Path, address: Address, access: &Access) -> Store {
        let inner = Inner {
            notes: Notes::new(crate::store::notes(folder)),
            address,
            access: access.clone(),
            blobs: Blobs::new(folder.join("sha256")),
            turn: Mutex::default(),
        };
        Store { inner: Arc::new(inner) }
    }

    /// Asks the registry for an artifact, and fetches of it what is not there yet. One that is named by its
    /// digest and is there is not asked for.
    ///
    /// # Errors
    /// There is no such artifact or layer, it is not what its digest says, the registry cannot be reached, or
    /// takes longer than `limit`.
    pub fn fetch(&self, wanted: &Wanted, limit: Duration) -> Result<Fetched, Error> {
        let inner = &self.inner;
        let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = inner.notes.lock()?;
        let registry = Registry::new(&inner.address, &inner.access, Right::Pull, limit)?;
        let tag = match &wanted.reference {
            Reference::Digest(digest) => {
                // It was signed when it was fetched, and is the same.
                if let Some(last) = self.last(wanted) {
                    return Ok(last);
                }
                let revision = Revision::of_digest(digest);
                return inner.take(wanted, revision, digest, &registry);
            }
            Reference::SemVer { range, filter } => {
                wanted.layer.highest(registry.tags()?, range, filter.as_deref())?
            }
            Reference::Tag(tag) => tag.clone(),
        };
        let digest = registry.digest(&tag)?;
        inner.take(wanted, Revision::of_tag(&tag, &digest), &digest, &registry)
    }

    /// What a reference was when it was last fetched, in this process or one before it; `None` where it never
    /// was, or where that cannot be read any more.
    pub fn last(&self, wanted: &Wanted) -> Option<Fetched> {
        let (revision, digest) = self.inner.noted(wanted)?;
        self.inner.resolve(revision, &digest, &wanted.layer, None).ok()
    }

    /// The layer of an artifact that was fetched, today or before, for `read` to read as it is.
    ///
    /// # Errors
    /// It is not there, or damaged, or `read` fails.
    pub fn layer<T>(
        &self,
        fetched: &Fetched,
        read: impl FnOnce(&mut dyn std::io::Read) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let gone = || Error::Gone { revision: fetched.revision.to_string() };
        self.inner.blobs.read(&fetched.layer.digest, read)?.ok_or_else(gone)
    }
}

impl Inner {
    /// Fetches what a reference is, and notes that, once it is signed as it should be.
    fn take(
        &self,
        wanted: &Wanted,
        revision: Revision,
        digest: &Digest,
        registry: &Registry,
    ) -> Result<Fetched, Error> {
        if let Some(keys) = &wanted.keys {
            let is_known = self.noted(wanted).is_some_and(|(noted, _)| noted == revision);
            if !is_known {
                keys.verify(registry, digest)?;
            }
        }
        let fetched = self.resolve(revision, digest, &wanted.layer, Some(registry))?;
        self.notes.put(&format!("{wanted:?}"), fetched.revision.as_str())?;
        self.collect()?;
        Ok(fetched)
    }

    /// From a digest to the layer, over what is there and, where there is a registry to ask, over what is not.
    fn resolve(
        &self,
        revision: Revision,
        digest: &Digest,
        selector: &Selector,
        registry: Option<&Registry>,
    ) -> Result<Fetched, Error> {
        let gone = || Error::Gone { revision: revision.to_string() };
        let mut at = digest.clone();
        for _ in 0..=MAX_INDEXES {
            let bytes = match self.blobs.bytes(&at, registry::MAX_MANIFEST)? {
                Some(bytes) => bytes,
                None => {
                    let bytes = registry.ok_or_else(gone)?.manifest(at.as_str())?;
                    self.blobs.keep_bytes(&at, &bytes)?;
                    bytes.to_vec()
                }
            };
            let manifest = match Document::read(&bytes)? {
                Document::Index(next) => {
                    at = next;
                    continue;
                }
                Document::Manifest(manifest) => manifest,
            };
            let layer = manifest.layer(selector)?.clone();
            if !self.blobs.has(&layer.digest) {
                self.fetch_layer(&layer, registry.ok_or_else(gone)?)?;
            }
            let annotations = manifest.annotations;
            return Ok(Fetched { revision, digest: digest.clone(), layer, annotations });
        }
        Err(Error::TooMuch { what: format!("its indexes are over {MAX_INDEXES} deep") })
    }

    fn fetch_layer(&self, layer: &Layer, registry: &Registry) -> Result<(), Error> {
        if layer.size > MAX_LAYER {
            let (size, most) = (layer.size >> 20, MAX_LAYER >> 20);
            let what = format!("the layer has {size} MiB, and over {most} MiB is not fetched");
            return Err(Error::TooMuch { what });
        }
        // One more tells that there are too many.
        let body = registry.blob(&layer.digest, MAX_LAYER + 1)?;
        registry.in_time(self.blobs.keep(&layer.digest, layer.size, body))
    }

    /// What a reference was.
    fn noted(&self, wanted: &Wanted) -> Option<(Revision, Digest)> {
        let line = self.notes.of(&format!("{wanted:?}")).into_iter().next()?;
        Some((Revision::read(&line), digest(&line)?))
    }

    /// Removes the files that no artifact of a note leads to.
    fn collect(&self) -> Result<(), Error> {
        let noted = self.notes.all()?;
        let mut left: Vec<Digest> = noted.iter().filter_map(|line| digest(line)).collect();
        let mut kept = BTreeSet::new();
        while let Some(digest) = left.pop() {
            if !kept.insert(digest.clone()) {
                continue;
            }
            // A layer is no document; what is large is one.
            let bytes = self.blobs.bytes(&digest, registry::MAX_MANIFEST)?;
            match bytes.and_then(|bytes| Document::read(&bytes).ok()) {
                Some(Document::Index(next)) => left.push(next),
                Some(Document::Manifest(manifest)) => {
                    kept.extend(manifest.layers.into_iter().map(|layer| layer.digest));
                }
                None => {}
            }
        }
        self.blobs.retain(|digest| kept.contains(digest))
    }
}

/// The digest at the end of a revision.
fn digest(revision: &str) -> Option<Digest> {
    Digest::parse(revision.rsplit_once('@').map_or(revision, |(_, digest)| digest))
}

#[cfg(test)]
mod tests;
