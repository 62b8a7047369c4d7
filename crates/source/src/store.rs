//! A repository that is elsewhere, and what was fetched of it: one store for all who want something of it.
//!
//! What is fetched is one commit deep and stays on the disk, so the next commit brings only what is new in
//! it. A commit that is there is not asked for again, and is there without a network as well.

mod reference;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gix::ObjectId;
use gix::refs::transaction::PreviousValue;
use gix::remote::Direction;
use gix::remote::fetch::refmap::Source;
use gix_transport::client::blocking_io::http::Transport;
use manifest::Content;

pub use self::reference::Reference;

use crate::http::{Client, git::Http, shown};
use crate::{Access, Artifact, Error, Revision, git};

/// How many bytes one answer of a server may have.
const MAX_PACK: u64 = 8 << 30;

/// How many bytes of files one commit may have.
const MAX_FILES: u64 = 1 << 30;

/// Where the commits that are kept have their names.
const KEPT: &str = "refs/nauarch/";

/// A repository that is elsewhere; clones are the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    access: Access,
    repository: gix::ThreadSafeRepository,
    /// How many fetches have begun.
    begun: AtomicU64,
    /// The number and the outcome of the last fetch of each reference. Whoever holds it is fetching.
    last: Mutex<HashMap<Reference, (u64, Fetched)>>,
    /// Files by the id of their content, those of the last tree.
    known: Mutex<HashMap<ObjectId, Content>>,
}

/// A commit that is in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// What it is called.
    pub revision: Revision,
    /// Its name in full.
    pub commit: String,
}

impl Store {
    /// The store in `folder` of the repository at `url`, made where there is none.
    ///
    /// # Errors
    /// The folder cannot be written, or holds something else.
    pub fn open(folder: &Path, url: &str, access: &Access) -> Result<Store, Error> {
        let (access, url) = access.with_url(url)?;
        let cannot = || Error::git(format!("`{}` cannot be made a store", folder.display()));
        let options = gix::open::Options::isolated;
        let repository = match gix::open_opts(folder, options()) {
            Ok(repository) => repository,
            Err(_) => {
                fs::create_dir_all(folder).map_err(Error::disk(folder, "written"))?;
                gix::ThreadSafeRepository::init_opts(
                    folder,
                    gix::create::Kind::Bare,
                    gix::create::Options::default(),
                    options(),
                )
                .map_err(cannot())?
                .to_thread_local()
            }
        };
        Ok(Store {
            inner: Arc::new(Inner {
                url,
                access,
                repository: repository.into_sync(),
                begun: AtomicU64::new(0),
                last: Mutex::default(),
                known: Mutex::default(),
            }),
        })
    }

    /// Asks the server for a reference, and fetches the commit that it is unless it is there. Of several who
    /// ask at once, one does it for all.
    ///
    /// # Errors
    /// The server has no such reference, cannot be reached, or takes longer than `limit`.
    pub fn fetch(&self, reference: &Reference, limit: Duration) -> Result<Fetched, Error> {
        let inner = &self.inner;
        let asked = inner.begun.load(Ordering::SeqCst);
        let mut last = inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, fetched)) = last.get(reference)
            && *number > asked
        {
            return Ok(fetched.clone());
        }
        let number = inner.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let fetched = inner.fetch(reference, limit)?;
        last.insert(reference.clone(), (number, fetched.clone()));
        Ok(fetched)
    }

    /// The files of a commit that was fetched, today or before.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        let gone = || Error::Gone { revision: fetched.revision.to_string() };
        let commit = ObjectId::from_hex(fetched.commit.as_bytes()).map_err(|_| gone())?;
        let repository = self.inner.repository.to_thread_local();
        if !repository.has_object(commit) {
            return Err(gone());
        }
        let mut known = self.inner.known.lock().unwrap_or_else(PoisonError::into_inner);
        let tree = git::files_sharing(&repository, commit, MAX_FILES, &mut known)
            .map_err(Error::git(format!("the files of {} cannot be read", fetched.revision)))?;
        Ok(Artifact { revision: fetched.revision.clone(), tree: Arc::new(tree) })
    }
}

impl Inner {
    fn fetch(&self, reference: &Reference, limit: Duration) -> Result<Fetched, Error> {
        let repository = self.repository.to_thread_local();
        if let Reference::Commit { id, .. } = reference
            && let Ok(commit) = ObjectId::from_hex(id.as_bytes())
            && repository.has_object(commit)
        {
            return Ok(fetched(reference, commit));
        }
        let commit = self.receive(&repository, reference, limit)?;
        repository
            .reference(format!("{KEPT}{commit}"), commit, PreviousValue::Any, "fetched")
            .map_err(Error::git(format!("the commit {commit} cannot be kept")))?;
        Ok(fetched(reference, commit))
    }

    /// Finds out which commit a reference is, and receives it unless it is there.
    fn receive(
        &self,
        repository: &gix::Repository,
        reference: &Reference,
        limit: Duration,
    ) -> Result<ObjectId, Error> {
        let at = shown(&self.url);
        let cannot = |what: &str| Error::git(format!("{at}: {what}"));
        let wanted = reference.wanted();
        let remote = repository
            .remote_at(self.url.as_str())
            .and_then(|remote| remote.with_refspecs([wanted.as_str()], Direction::Fetch))
            .map_err(cannot("it is no address of a repository"))?
            .with_fetch_tags(gix::remote::fetch::Tags::None);
        let (address, version) = remote
            .sanitized_url_and_version(Direction::Fetch)
            .map_err(cannot("its URL is refused"))?;
        let client = Client::new(&self.access, limit)?;
        let transport = Transport::new_http(Http::new(client, MAX_PACK), address, version, false);
        let mut connection = remote.to_connection_with_transport(transport);
        // What there is to show is shown at once.
        connection.set_credentials(|_| Ok(None));
        let prepared = connection
            .prepare_fetch(gix::progress::Discard, gix::remote::ref_map::Options::default())
            .map_err(cannot("it does not answer as a repository does"))?;
        let sources = prepared.ref_map().mappings.iter().map(|mapping| &mapping.remote);
        let commit = sources.filter_map(Source::peeled_id).next().map(ToOwned::to_owned);
        let commit = commit.ok_or_else(|| Error::NoReference { reference: wanted.clone() })?;
        if repository.has_object(commit) {
            return Ok(commit);
        }
        prepared
            .with_shallow(gix::remote::fetch::Shallow::DepthAtRemote(std::num::NonZeroU32::MIN))
            .receive(gix::progress::Discard, &AtomicBool::new(false))
            .map_err(cannot("its files do not arrive"))?;
        Ok(commit)
    }
}

fn fetched(reference: &Reference, commit: ObjectId) -> Fetched {
    Fetched { revision: reference.revision(commit), commit: commit.to_string() }
}

#[cfg(test)]
mod tests;
