//! The clusters of a fleet: which ones there are, each of them started and kept up with the
//! repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use agent::{Key, Progress};
use api::{FluxKustomization, GitRepository, Source};
use client::Client;
use manifest::{Diagnostic, FileTree, Object, Text};
use render::{Checkout, Memory, Registry, Start};
use source::Latest;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::by_hand::ByHand;
use super::cluster::{self, Plan, Running};
use super::event::{Event, What};
use super::files::Files;
use super::fleet::{Link, Links, Verdict};
use super::place::Place;
use super::{Options, what_next};
use crate::clock;
use crate::failure::Failure;
use crate::kubeconfig::{self, Access};

/// How long whatever still runs may take to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// The clusters.
pub(crate) struct Members {
    shared: Arc<Shared>,
    files: Files,
    /// The state of the repository that says which clusters there are.
    registry: watch::Receiver<Latest>,
    members: BTreeMap<String, Member>,
    /// Findings that have been said.
    said: BTreeSet<String>,
    has_bad_input: bool,
    next_port: Option<u16>,
    is_example: bool,
}

/// What all tasks need.
struct Shared {
    place: Place,
    repository: PathBuf,
    checkout: Checkout,
    mode: render::Mode,
    memory: Memory,
    events: mpsc::UnboundedSender<Event>,
    /// How to reach those that answer.
    access: std::sync::Mutex<BTreeMap<String, Access>>,
    running: std::sync::Mutex<BTreeMap<String, apiserver::Server>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A cluster that is there, or on its way.
struct Member {
    /// The state of the repository that counts for it.
    files: watch::Receiver<Latest>,
    /// Its own file as it is meant to be.
    wanted: watch::Sender<Vec<Object>>,
    has_left: bool,
}
