//! What is elsewhere, asked for again and again: the same for all kinds of sources.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::{Artifact, Error, Latest};

/// Something elsewhere, as somebody wants it.
pub(crate) trait Elsewhere: Clone + Send + 'static {
    /// A name for what was fetched: two that are equal have the same files.
    type Fetched: Clone + PartialEq + Send + 'static;

    /// The reason that Flux gives where it cannot be fetched.
    const FAILED: &'static str;

    /// Fetches it as it is now.
    fn fetch(&self) -> Result<Self::Fetched, Error>;

    /// What an earlier process had fetched.
    fn last(&self) -> Option<Self::Fetched>;

    /// The files of what was fetched.
    fn read(&self, fetched: &Self::Fetched) -> Result<Artifact, Error>;
}

/// When something is asked for: after each interval, and when somebody says that there is something new.
pub(crate) struct When {
    pub(crate) interval: Duration,
    pub(crate) poked: Arc<Notify>,
}

/// Fetches it now, and again whenever it is time, until no reader is left.
pub(crate) async fn keep<E: Elsewhere>(elsewhere: E, when: When, sender: watch::Sender<Latest>) {
    let mut last: Option<(E::Fetched, Artifact)> = None;
    let mut is_first = true;
    loop {
        // What is said from here on is news.
        let mut poked = pin!(when.poked.notified());
        poked.as_mut().enable();
        let (it, before) = (elsewhere.clone(), last.clone());
        let read = spawn_blocking(move || {
            let fetched = it.fetch()?;
            match before {
                // Nothing is read where it is what it was.
                Some(before) if before.0 == fetched => Ok(before),
                _ => it.read(&fetched).map(|artifact| (fetched, artifact)),
            }
        });
        let Ok(read) = read.await else { return };
        if let Ok(read) = &read {
            last = Some(read.clone());
        }
        // Until there is something new, what an earlier process had stays in service.
        if std::mem::take(&mut is_first) && read.is_err() {
            let it = elsewhere.clone();
            let before = spawn_blocking(move || {
                let fetched = it.last()?;
                it.read(&fetched).ok().map(|artifact| (fetched, artifact))
            });
            let Ok(before) = before.await else { return };
            if let Some((_, artifact)) = &before {
                let artifact = artifact.clone();
                sender.send_modify(|latest| latest.artifact = Some(artifact));
            }
            last = before;
        }
        let read = read.map(|(_, artifact)| artifact);
        sender.send_if_modified(|latest| latest.take(read, E::FAILED));
        // The interval is how long the end of the last reader is waited for.
        tokio::select! {
            ended = timeout(when.interval, sender.closed()) => if ended.is_ok() { return },
            () = poked => {}
        }
    }
}
