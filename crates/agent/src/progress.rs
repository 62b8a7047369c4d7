//! What happens in a cluster, as events: the one source of what terminals, JSON and tests show.

use std::fmt;

use api::Source;
use jiff::Timestamp;
use manifest::{Diagnostic, ObjectId, Text};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Progress {
    /// In which cluster.
    pub cluster: Text,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// The name of a Kustomization: `flux-system/apps`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

/// `flux-system/apps`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum What {
    /// The agent has seen the whole cluster for the first time. Each Kustomization that was there has
    /// been [`What::Found`] before.
    Started {
        /// How many Kustomizations there are.
        kustomizations: usize,
    },
    /// There is a Kustomization. It has an end: [`What::Ready`], [`What::Suspended`], [`What::Failed`]
    /// or [`What::Gone`], as often as that changes.
    Found {
        /// Which one.
        kustomization: Key,
    },
    /// A Kustomization was deleted.
    Gone {
        /// Which one.
        kustomization: Key,
    },
    /// A Kustomization rests because somebody said so.
    Suspended {
        /// Which one.
        kustomization: Key,
    },
    /// A source has a new revision.
    Source {
        /// Which source.
        source: Source,
        /// The revision.
        revision: Text,
    },
    /// A source cannot be read, or not at its newest. What is named by it waits.
    Unreachable {
        /// Which source.
        source: Source,
        /// Why.
        reason: Text,
    },
    /// A Kustomization cannot start yet.
    Waiting {
        /// Which one.
        kustomization: Key,
        /// For what: a lowercase fragment.
        on: Text,
    },
    /// A Kustomization was rendered to other objects than before.
    Rendered {
        /// Which one.
        kustomization: Key,
        /// At which revision.
        revision: Text,
        /// How many objects.
        objects: usize,
        /// Warnings.
        findings: Vec<Diagnostic>,
    },
    /// A new revision changes nothing here; no request was sent.
    Unchanged {
        /// Which Kustomization.
        kustomization: Key,
        /// The revision.
        revision: Text,
    },
    /// A stage of a Kustomization is being applied.
    Applying {
        /// Which one.
        kustomization: Key,
        /// What is applied in this stage: `definitions`, `classes`, …
        stage: Text,
        /// How many objects.
        objects: usize,
    },
    /// Everything of a Kustomization is applied; what is not wanted any more is deleted.
    Changed {
        /// Which one.
        kustomization: Key,
        /// At which revision.
        revision: Text,
        /// What came of it.
        counts: Counts,
    },
    /// An object in the cluster was not as its Kustomization has it, and is put right.
    Drift {
        /// Which Kustomization.
        kustomization: Key,
        /// Which object.
        object: ObjectId,
        /// What was changed; empty where the object was gone.
        changes: Vec<Change>,
    },
    /// Everything is applied, and some of it is not healthy yet.
    Checking {
        /// Which Kustomization.
        kustomization: Key,
        /// The objects that are waited for.
        on: Vec<ObjectId>,
    },
    /// An object will not become healthy, or not in time.
    Unhealthy {
        /// Which Kustomization.
        kustomization: Key,
        /// Which object.
        object: ObjectId,
        /// Its status and why, e.g. `Failed: … (Pod web-6f: ImagePullBackOff: …)`.
        reason: Text,
    },
    /// A Kustomization is as it should be.
    Ready {
        /// Which one.
        kustomization: Key,
        /// At which revision.
        revision: Text,
        /// How many objects it has.
        objects: usize,
        /// How long it took.
        seconds: f64,
    },
    /// A Kustomization is not as it should be.
    Failed {
        /// Which one.
        kustomization: Key,
        /// The reason of its condition, e.g. `BuildFailed`.
        reason: Text,
        /// Why: each with file and line where there is one.
        causes: Vec<Diagnostic>,
        /// It stays so until somebody changes something: it is not tried again, or trying was over.
        for_good: bool,
    },
    /// An object is kept as it is written, and nobody acts on it: what it stands for is not done yet.
    Passive {
        /// Which object.
        object: ObjectId,
    },
    /// The cluster had to be told of a kind that has no definition: its objects are kept as they are.
    NotRun {
        /// Its API version.
        api_version: Text,
        /// The kind.
        kind: Text,
    },
    /// Something about the cluster itself does not work, and is tried again.
    Trouble {
        /// What, and why.
        reason: Text,
    },
}

/// How many objects were changed, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Made.
    pub created: usize,
    /// Changed.
    pub configured: usize,
    /// Deleted and made again.
    pub replaced: usize,
    /// Deleted.
    pub deleted: usize,
    /// Left as they are.
    pub unchanged: usize,
}

/// A field that somebody else had changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The field: `spec.replicas`.
    pub path: Text,
    /// The field managers that did it.
    pub managers: Vec<Text>,
}
