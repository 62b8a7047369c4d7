//! All repositories elsewhere that a process wants something of: a store for each, whoever asks, and their
//! references kept up to date for any number of readers.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use crate::elsewhere::{Elsewhere, When, keep};
use crate::notes::Notes;
use crate::signature::Verify;
use crate::submodules::Submodules;
use crate::{
    Access, Artifact, Error, Failure, Fetched, Latest, Reference, Store, archive, bucket, failure,
    oci, sparse, store,
};

/// The stores of a process, in one folder.
#[derive(Clone)]
pub struct Stores {
    folder: PathBuf,
    open: Arc<Mutex<HashMap<String, Store>>>,
    buckets: Arc<Mutex<HashMap<String, bucket::Store>>>,
    /// Who waits for news of an address.
    pokes: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
}

/// A repository, and how it is asked.
#[derive(Clone)]
struct Place {
    url: String,
    access: Access,
    store: Store,
}

/// What is wanted of a repository, and when.
#[derive(Clone, Debug)]
pub struct Want {
    /// Which commit.
    pub reference: Reference,
    /// How often it is asked for.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// The directories that are wanted; all where there are none.
    pub directories: Vec<String>,
    /// Whether the files of submodules are wanted as well.
    pub submodules: bool,
    /// What has to be signed, and by whom; nothing where that is `None`.
    pub verify: Option<Verify>,
}

impl Stores {
    /// Stores below `folder`; those that are there from an earlier process are used on. What nobody asked for in a
    /// month goes away.
    pub fn new(folder: PathBuf) -> Stores {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let notes = store::notes(&path);
            if notes.is_dir() && !Notes::new(notes).is_used() {
                // It is tried again next time.
                let _ = fs::remove_dir_all(&path);
            }
        }
        Stores { folder, open: Arc::default(), buckets: Arc::default(), pokes: Arc::default() }
    }

    /// The store of the repository at `url` for those who have this access: one for all of them.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn store(&self, url: &str, access: &Access) -> Result<Store, Error> {
        let name = name(url, access);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = open.get(&name) {
            return Ok(store.clone());
        }
        let store = Store::open(&self.folder.join(&name), url, access)?;
        open.insert(name, store.clone());
        Ok(store)
    }

    /// What is wanted, as it is now.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn fetch(&self, url: &str, access: &Access, want: &Want) -> Result<Artifact, Error> {
        let place = self.at(url, access)?;
        self.shaped(&place, want, &place.store.fetch(&want.reference, want.timeout)?)
    }

    /// Fetches what is wanted now, and again after each interval, until no reader is left. What cannot be
    /// had is a [`Latest::failure`]; the files that were there stay.
    pub fn follow(&self, url: &str, access: &Access, want: Want) -> watch::Receiver<Latest> {
        let (sender, receiver) = watch::channel(Latest::default());
        match self.at(url, access) {
            Ok(place) => {
                let when = self.when(url, want.interval);
                let git = Git { stores: self.clone(), place, want };
                tokio::spawn(keep(git, when, sender));
            }
            Err(error) => sender.send_modify(|latest| {
                latest.failure = Some(Failure::of(&error, failure::GIT));
            }),
        }
        receiver
    }

    /// The same of an artifact of a registry.
    pub fn follow_artifact(
        &self,
        address: &oci::Address,
        access: &Access,
        want: oci::Want,
    ) -> watch::Receiver<Latest> {
        let (sender, receiver) = watch::channel(Latest::default());
        let folder = self.folder.join(name(&format!("oci://{address}"), access));
        let store = oci::Store::new(&folder, address.clone(), access);
        let when = self.when(&format!("oci://{address}"), want.interval);
        tokio::spawn(keep(oci::Kept::new(store, want), when, sender));
        receiver
    }

    /// The same of a bucket.
    pub fn follow_bucket(
        &self,
        address: &bucket::Address,
        credentials: &bucket::Credentials,
        want: bucket::Want,
    ) -> watch::Receiver<Latest> {
        let (sender, receiver) = watch::channel(Latest::default());
        let mut hasher = Sha256::new();
        hasher.update(format!("{address:?} {:?}", want.ignore));
        credentials.update(&mut hasher);
        let name = folder_name(hasher);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder.join(&name);
        let new = || bucket::Store::new(folder, address.clone(), credentials);
        let store = buckets.entry(name).or_insert_with(new).clone();
        let when = self.when(&address.bucket, want.interval);
        tokio::spawn(keep(bucket::Kept::new(store, want), when, sender));
        receiver
    }

    /// The same of an archive at an address.
    pub fn follow_archive(&self, want: archive::Want) -> watch::Receiver<Latest> {
        let (sender, receiver) = watch::channel(Latest::default());
        let when = self.when(&want.url, want.interval);
        let folder = self.folder.join(name(&want.url, &Access::default()));
        tokio::spawn(keep(archive::Archive::new(&folder, want), when, sender));
        receiver
    }

    /// Has all who follow something at an address (the URL of a repository or an archive, `oci://HOST/REPOSITORY`, the
    /// name of a bucket) look at once: for whoever hears that there is something new. However often that is said while
    /// they look, they look once more.
    pub fn poke(&self, address: &str) {
        let pokes = self.pokes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(poked) = pokes.get(address) {
            poked.notify_waiters();
        }
    }

    fn when(&self, address: &str, interval: Duration) -> When {
        let mut pokes = self.pokes.lock().unwrap_or_else(PoisonError::into_inner);
        When { interval, poked: Arc::clone(pokes.entry(address.to_owned()).or_default()) }
    }
}

/// A Git repository elsewhere, as somebody wants it.
#[derive(Clone)]
struct Git {
    stores: Stores,
    place: Place,
    want: Want,
}

impl Elsewhere for Git {
    type Fetched = Fetched;
    const FAILED: &'static str = failure::GIT;

    fn fetch(&self) -> Result<Fetched, Error> {
        self.place.store.fetch(&self.want.reference, self.want.timeout)
    }

    fn last(&self) -> Option<Fetched> {
        let Want { reference, verify, .. } = &self.want;
        let store = &self.place.store;
        store.last_that(reference, |fetched| {
            verify.as_ref().is_none_or(|verify| store.verify(reference, fetched, verify).is_ok())
        })
    }

    fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        self.stores.shaped(&self.place, &self.want, fetched)
    }
}

/// A name for a folder that tells neither the URL nor what is shown there.
fn name(url: &str, access: &Access) -> String {
    let mut hasher = Sha256::new();
    hasher.update(url);
    access.update(&mut hasher);
    folder_name(hasher)
}

fn folder_name(hasher: Sha256) -> String {
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Stores {
    fn at(&self, url: &str, access: &Access) -> Result<Place, Error> {
        let store = self.store(url, access)?;
        Ok(Place { url: url.to_owned(), access: access.clone(), store })
    }

    /// The files of a commit that are wanted, once it is signed as it should be.
    fn shaped(&self, place: &Place, want: &Want, fetched: &Fetched) -> Result<Artifact, Error> {
        let verify = want.verify.as_ref();
        let verified = verify.map(|verify| place.store.verify(&want.reference, fetched, verify));
        let verified = verified.transpose()?;
        let artifact = place.store.read(fetched)?;
        if !want.submodules && want.directories.is_empty() {
            return Ok(Artifact { verified, ..artifact });
        }
        let mut tree = Arc::unwrap_or_clone(artifact.tree);
        if want.submodules {
            let at = (place.url.as_str(), &place.access);
            Submodules::fill(self, at, &mut tree, want.timeout)?;
        }
        let tree = sparse(tree, &want.directories)?;
        Ok(Artifact { verified, ..Artifact::new(artifact.revision, tree) })
    }
}

#[cfg(test)]
mod tests;
