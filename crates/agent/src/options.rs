//! What an agent is started with.

use std::sync::Arc;

use api::Source;
use client::Client;
use jiff::Timestamp;
use manifest::{Object, Text};
use tokio::sync::{mpsc, watch};

use crate::Progress;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Finds the files of a source: its object tells which. `None` where nobody here can fetch them. It is
/// asked again when the object's `spec` changes.
pub type Serve =
    Arc<dyn Fn(&Source, &Object) -> Option<watch::Receiver<source::Latest>> + Send + Sync>;

/// Makes the cluster serve a kind that has no definition, from its `apiVersion`, its kind, and whether
/// its objects seem to live in namespaces. Says whether it does now.
pub type UnknownKind = Arc<dyn Fn(&str, &str, bool) -> bool + Send + Sync>;

/// What an agent is started with.
#[derive(Clone)]
pub struct Options {
    /// The cluster's name, for [`Progress`].
    pub cluster: Text,
    /// The way to its API server.
    pub client: Client,
    /// The time.
    pub clock: Clock,
    /// What happens to variables that are not set.
    pub mode: render::Mode,
    /// Where files come from.
    pub serve: Serve,
    /// What may be done about kinds that the cluster does not know; nothing where it is `None`.
    pub unknown_kind: Option<UnknownKind>,
    /// Where to tell what happens.
    pub progress: mpsc::UnboundedSender<Progress>,
    /// What renderings keep for each other: share one between all agents of a process.
    pub memory: Arc<render::Memory>,
}

/// A [`Serve`] that knows some sources by name, whatever their objects say.
pub fn serving(served: Vec<(Source, watch::Receiver<source::Latest>)>) -> Serve {
    Arc::new(move |source, _| {
        let found = served.iter().find(|(name, _)| name == source);
        found.map(|(_, receiver)| receiver.clone())
    })
}
