//! One client for any API server, over TCP or in-process: reads, writes, discovery and watches, on
//! kube-rs (its configuration, authentication, TLS and transport) with our own values.
//!
//! **Invariants.** No type of kube, k8s-openapi or serde_json leaves this crate: objects are
//! [`manifest::Object`]s, read off the wire without a detour. An answer that is a `Status` becomes an
//! [`Error::Status`] with its causes; no error shows a value of a Secret. Nothing polls: what changes
//! is watched. A request is tried again only where that cannot do harm, and not for ever.
//!
//! **Not here.** What to write and when (`plan`, `apply`, `agent`); what kinds mean (`schema`).

mod connect;
mod discovery;
mod error;
mod objects;
mod path;
mod request;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use manifest::Text;

pub use connect::RequestBody;
pub use error::{Cause, Error};
pub use objects::{Apply, Delete, Deleted, Patch, PatchHow, Propagation, Query};
pub use watch::WatchEvent;

/// A client of one API server. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    kube: kube::Client,
    /// What messages call the server: its address, or that it is in this process.
    server: Text,
    /// The namespace that a context of a kubeconfig names.
    default_namespace: Text,
    /// How long an answer may take; watches aside.
    patience: Duration,
    kinds: discovery::Known,
    /// What the jitter of waits comes from.
    seed: u64,
}

impl Client {
    /// What messages call the server: its address, or that it is in this process.
    pub fn server(&self) -> &str {
        &self.shared.server
    }

    /// The namespace that the kubeconfig's context names, else `default`.
    pub fn default_namespace(&self) -> &str {
        &self.shared.default_namespace
    }

    /// The same, with other chances: a fleet's clients get different seeds, so that they do not all
    /// come back at the same moment.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Client {
        self.changed(|shared| shared.seed = seed)
    }

    /// The same, with another limit to how long an answer may take; watches aside. Else a minute.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Client {
        self.changed(|shared| shared.patience = patience)
    }

    fn changed(self, change: impl FnOnce(&mut Shared)) -> Client {
        let mut shared = Shared {
            kube: self.shared.kube.clone(),
            server: self.shared.server.clone(),
            default_namespace: self.shared.default_namespace.clone(),
            patience: self.shared.patience,
            kinds: discovery::Known::default(),
            seed: self.shared.seed,
        };
        change(&mut shared);
        Client { shared: Arc::new(shared) }
    }
}

#[cfg(test)]
mod tests;
