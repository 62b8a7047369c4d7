//! A bucket as its files, kept up to date.

use std::sync::Arc;
use std::time::Duration;

use super::{Fetched, Store};
use crate::elsewhere::Elsewhere;
use crate::{Artifact, Error, failure};

/// What says of a key whether it is left out.
pub type LeavesOut = Box<dyn Fn(&str) -> bool>;

/// What is wanted of a bucket, and when.
#[derive(Clone, Debug)]
pub struct Want {
    /// The patterns of `spec.ignore`, which go before those of the bucket's `.sourceignore`.
    pub ignore: String,
    /// Reads the patterns of `.sourceignore`, then these.
    pub rules: fn(&str, &str) -> LeavesOut,
    /// How often it is asked for.
    pub interval: Duration,
    /// How long all of the answers may take.
    pub timeout: Duration,
}

/// A bucket, as somebody wants it.
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
    const FAILED: &'static str = failure::BUCKET;

    fn fetch(&self) -> Result<Fetched, Error> {
        let Want { ignore, rules, timeout, .. } = &*self.want;
        self.store.fetch(|text| rules(text, ignore), *timeout)
    }

    fn last(&self) -> Option<Fetched> {
        self.store.last()
    }

    fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        self.store.read(fetched)
    }
}
