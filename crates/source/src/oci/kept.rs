//! An artifact of a registry as its files, kept up to date.

use std::sync::Arc;
use std::time::Duration;

use super::{Fetched, Operation, Store, Wanted};
use crate::elsewhere::Elsewhere;
use crate::tarball::{self, Packed};
use crate::{Artifact, Error, failure};

/// How many bytes the files of an artifact may have together.
const MAX_FILES: u64 = 1 << 30;

/// What is wanted of a repository, and when.
#[derive(Clone, Debug)]
pub struct Want {
    /// Which artifact, and which layer of it.
    pub wanted: Wanted,
    /// How often it is asked for.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// An artifact, as somebody wants it.
#[derive(Clone)]
pub(crate) struct Kept {
    store: Store,
    want: Arc<Want>,
}

impl Kept {
    pub(crate) fn new(store: Store, want: Want) -> Kept {
        Kept { store, want: Arc::new(want) }
    }
}

impl Elsewhere for Kept {
    type Fetched = Fetched;
    const FAILED: &'static str = failure::OCI;

    fn fetch(&self) -> Result<Fetched, Error> {
        self.store.fetch(&self.want.wanted, self.want.timeout)
    }

    fn last(&self) -> Option<Fetched> {
        self.store.last(&self.want.wanted)
    }

    fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        let mut artifact = self.store.read(fetched, self.want.wanted.layer.operation)?;
        // It was not fetched before that was seen.
        let message = || format!("verified signature of revision {}", fetched.revision);
        artifact.verified = self.want.wanted.keys.as_ref().map(|_| message());
        Ok(artifact)
    }
}

impl Store {
    /// The files of an artifact that was fetched. A layer that is copied is its archive as it is.
    ///
    /// # Errors
    /// It is not there, damaged, or no archive (tar, gzip) within the limits.
    pub fn read(&self, fetched: &Fetched, operation: Operation) -> Result<Artifact, Error> {
        let tree = self.layer(fetched, |reader| tarball::unpack(reader, MAX_FILES))?;
        let mut artifact = Artifact::new(fetched.revision.clone(), tree);
        artifact.metadata.clone_from(&fetched.annotations);
        artifact.packed = (operation == Operation::Copy)
            .then(|| Packed { digest: fetched.layer.digest.to_string(), size: fetched.layer.size });
        Ok(artifact)
    }
}
