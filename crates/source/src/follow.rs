//! The latest state of a source, kept up to date for any number of readers.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::{Artifact, Error, Failure, Repository, Watch, failure};

/// After so long, whoever changes all files has died over it.
const BUSY: Duration = Duration::from_secs(2);

/// What is known of a source.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    /// The newest state that could be read.
    pub artifact: Option<Artifact>,
    /// Why there is no newer one.
    pub failure: Option<Failure>,
}

/// Reads `repository` now, and again after each change, until no reader is left.
///
/// # Errors
/// It cannot be read now, or not be watched. What goes wrong later is a [`Latest::failure`].
pub fn follow(repository: Repository) -> Result<watch::Receiver<Latest>, Error> {
    let watch = repository.watch()?;
    let first = Latest { artifact: Some(repository.latest()?), failure: None };
    let (sender, receiver) = watch::channel(first);
    tokio::spawn(keep(repository, watch, sender));
    Ok(receiver)
}

impl Latest {
    /// Whether what was read is news. `reason` is that of the kind where it could not be.
    pub(crate) fn take(&mut self, read: Result<Artifact, Error>, reason: &'static str) -> bool {
        match read {
            Ok(artifact) => {
                let is_same = self.artifact.as_ref().is_some_and(|it| {
                    it.revision == artifact.revision && it.verified == artifact.verified
                });
                let failed = self.failure.take().is_some();
                self.artifact = Some(artifact);
                failed || !is_same
            }
            Err(error) => {
                let failure = Some(Failure::of(&error, reason));
                let is_news = self.failure != failure;
                self.failure = failure;
                is_news
            }
        }
    }
}

async fn keep(repository: Repository, mut watch: Watch, sender: watch::Sender<Latest>) {
    loop {
        let goes_on = tokio::select! {
            goes_on = watch.next() => goes_on,
            () = sender.closed() => false,
        };
        if !goes_on {
            return;
        }
        if repository.is_busy() {
            // It ends with an event.
            let _ = timeout(BUSY, watch.next()).await;
        }
        let reader = repository.clone();
        let read = spawn_blocking(move || reader.latest()).await;
        let Ok(read) = read else { return };
        sender.send_if_modified(|latest| latest.take(read, failure::GIT));
    }
}
