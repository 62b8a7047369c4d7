//! All repositories elsewhere that a process wants something of: a store for each, whoever asks, and their
//! references kept up to date for any number of readers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::submodules::Submodules;
use crate::{Access, Artifact, Error, Fetched, Latest, Reference, Store, sparse};

/// The stores of a process, in one folder.
#[derive(Clone)]
pub struct Stores {
    folder: PathBuf,
    open: Arc<Mutex<HashMap<String, Store>>>,
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
}

impl Stores {
    /// Stores below `folder`; those that are there from an earlier process are used on.
    pub fn new(folder: PathBuf) -> Stores {
        Stores { folder, open: Arc::default() }
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
        self.read(&self.at(url, access)?, want, None).map(|(_, artifact)| artifact)
    }

    /// Fetches what is wanted now, and again after each interval, until no reader is left. What cannot be
    /// had is a [`Latest::failure`]; the files that were there stay.
    pub fn follow(&self, url: &str, access: &Access, want: Want) -> watch::Receiver<Latest> {
        let (sender, receiver) = watch::channel(Latest::default());
        match self.at(url, access) {
            Ok(place) => drop(tokio::spawn(keep(self.clone(), place, want, sender))),
            Err(error) => sender.send_modify(|latest| latest.failure = Some(error.chain().into())),
        }
        receiver
    }
}

/// A name for a folder that tells neither the URL nor what is shown there.
fn name(url: &str, access: &Access) -> String {
    let mut hasher = Sha256::new();
    hasher.update(url);
    access.update(&mut hasher);
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn keep(stores: Stores, place: Place, want: Want, sender: watch::Sender<Latest>) {
    let mut last: Option<(Fetched, Artifact)> = None;
    let mut is_first = true;
    loop {
        let (all, at, wanted, before) = (stores.clone(), place.clone(), want.clone(), last.clone());
        let read = spawn_blocking(move || all.read(&at, &wanted, before)).await;
        let Ok(read) = read else { return };
        if let Ok(read) = &read {
            last = Some(read.clone());
        }
        // Until there is something new, what an earlier process had stays in service.
        if std::mem::take(&mut is_first) && read.is_err() {
            let (all, at, wanted) = (stores.clone(), place.clone(), want.clone());
            let before = spawn_blocking(move || {
                let fetched = at.store.last(&wanted.reference)?;
                all.shaped(&at, &wanted, &fetched).ok().map(|artifact| (fetched, artifact))
            });
            let Ok(before) = before.await else { return };
            if let Some((_, artifact)) = &before {
                let artifact = artifact.clone();
                sender.send_modify(|latest| latest.artifact = Some(artifact));
            }
            last = before;
        }
        let read = read.map(|(_, artifact)| artifact);
        sender.send_if_modified(|latest| latest.take(read));
        // The interval is how long the end of the last reader is waited for.
        if timeout(want.interval, sender.closed()).await.is_ok() {
            return;
        }
    }
}

impl Stores {
    fn at(&self, url: &str, access: &Access) -> Result<Place, Error> {
        let store = self.store(url, access)?;
        Ok(Place { url: url.to_owned(), access: access.clone(), store })
    }

    /// What is wanted, as it is now; nothing is read where that is what it was.
    fn read(
        &self,
        place: &Place,
        want: &Want,
        before: Option<(Fetched, Artifact)>,
    ) -> Result<(Fetched, Artifact), Error> {
        let fetched = place.store.fetch(&want.reference, want.timeout)?;
        match before {
            Some(before) if before.0 == fetched => Ok(before),
            _ => self.shaped(place, want, &fetched).map(|artifact| (fetched, artifact)),
        }
    }

    /// The files of a commit that are wanted.
    fn shaped(&self, place: &Place, want: &Want, fetched: &Fetched) -> Result<Artifact, Error> {
        let artifact = place.store.read(fetched)?;
        if !want.submodules && want.directories.is_empty() {
            return Ok(artifact);
        }
        let mut tree = Arc::unwrap_or_clone(artifact.tree);
        if want.submodules {
            let at = (place.url.as_str(), &place.access);
            Submodules::fill(self, at, &mut tree, want.timeout)?;
        }
        Ok(Artifact::new(artifact.revision, sparse(tree, &want.directories)?))
    }
}

#[cfg(test)]
mod tests;
