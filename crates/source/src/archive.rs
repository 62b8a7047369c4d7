//! Archives (tar, gzip) at an address that somebody else made: what an ExternalArtifact says in its status.
//!
//! What is read has the digest that was said. It stays on the disk under it, and is not asked for again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::elsewhere::Elsewhere;
use crate::http::{Client, Question, shown};
use crate::notes::Notes;
use crate::oci::Digest;
use crate::oci::blobs::Blobs;
use crate::tarball::{self, Packed};
use crate::{Access, Artifact, Error, Revision, failure, store};

/// How many bytes an archive may have, and its files.
const MAX_ARCHIVE: u64 = 1 << 30;

/// What is wanted, and when.
#[derive(Clone, Debug)]
pub struct Want {
    /// Where it is.
    pub url: String,
    /// Its digest: `sha256:…`.
    pub digest: String,
    /// What it is called.
    pub revision: String,
    /// How often it is asked for while it cannot be had.
    pub interval: Duration,
    /// How long that may take.
    pub timeout: Duration,
}

/// An archive, as somebody wants it.
#[derive(Clone)]
pub(crate) struct Archive {
    want: Arc<Want>,
    blobs: Arc<Blobs>,
    notes: Arc<Notes>,
}

impl Archive {
    /// One that is kept in `folder`.
    pub(crate) fn new(folder: &Path, want: Want) -> Archive {
        Archive {
            want: Arc::new(want),
            blobs: Arc::new(Blobs::new(folder.join("sha256"))),
            notes: Arc::new(Notes::new(store::notes(folder))),
        }
    }

    fn digest(&self) -> Result<Digest, Error> {
        let none = || {
            let what =
                format!("`{}` is no digest that is known: it begins `sha256:`", self.want.digest);
            Error::Artifact { what }
        };
        Digest::parse(&self.want.digest).ok_or_else(none)
    }

    /// Removes what is in no note.
    fn collect(&self) -> Result<(), Error> {
        let kept = self.notes.all()?;
        self.blobs.retain(|digest| kept.iter().any(|kept| kept == digest.as_str()))
    }
}

impl Elsewhere for Archive {
    type Fetched = Digest;
    const FAILED: &'static str = failure::ARCHIVE;

    fn fetch(&self) -> Result<Digest, Error> {
        let digest = self.digest()?;
        let _lock = self.notes.lock()?;
        if !self.blobs.has(&digest) {
            let url = &self.want.url;
            let client = Client::new(&Access::default(), self.want.timeout)?;
            let answer = client.ask(&Question::new(Method::GET, url), MAX_ARCHIVE)?;
            if !answer.status.is_success() {
                return Err(Error::Status { status: answer.status });
            }
            let (there, _) = self.blobs.add(answer.body)?;
            if there != digest {
                self.collect()?;
                let what =
                    format!("what is at `{}` has the digest {there}, not {digest}", shown(url));
                return Err(Error::Artifact { what });
            }
        }
        self.notes.put("", digest.as_str())?;
        self.collect()?;
        Ok(digest)
    }

    fn last(&self) -> Option<Digest> {
        self.digest().ok().filter(|digest| self.blobs.has(digest))
    }

    fn read(&self, fetched: &Digest) -> Result<Artifact, Error> {
        let gone = || Error::Gone { revision: self.want.revision.clone() };
        let unpack = |reader: &mut dyn std::io::Read| tarball::unpack(reader, MAX_ARCHIVE);
        let tree = self.blobs.read(fetched, unpack)?.ok_or_else(gone)?;
        let mut artifact = Artifact::new(Revision::read(&self.want.revision), tree);
        let size = self.blobs.size(fetched).unwrap_or_default();
        artifact.packed = Some(Packed { digest: fetched.to_string(), size });
        Ok(artifact)
    }
}

#[cfg(test)]
mod tests;
