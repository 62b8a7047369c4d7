//! What the brain keeps of one Kustomization, and how far it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use api::FluxKustomization;
use jiff::Timestamp;
use manifest::{Diagnostic, Map, Node, Object, ObjectId, Text};
use plan::{Change, Inventory, Stage};
use render::ValueRef;

use crate::checking::Vitals;
use crate::damping::Damping;
use crate::event::Rendering;
use crate::status::Status;
use crate::{Counts, Key};

/// One Kustomization.
pub(crate) struct Kustomization {
    pub(crate) key: Key,
    /// As the cluster last had it.
    pub(crate) object: Object,
    pub(crate) view: FluxKustomization,
    /// What its own validation refuses.
    pub(crate) refused: Vec<Diagnostic>,
    /// What it has put into the cluster, as it is written down; `None` where that cannot be read.
    pub(crate) inventory: Option<Inventory>,
    pub(crate) phase: Phase,
    pub(crate) round: Round,
    /// Something that it starts from has changed.
    pub(crate) look: bool,
    /// Somebody wants it done, whether anything has changed or not.
    pub(crate) forced: bool,
    /// Objects that somebody else has changed.
    pub(crate) dirty: BTreeSet<ObjectId>,
    /// How often objects had to be put right lately.
    pub(crate) damping: Damping,
    /// What was rendered last, and from what.
    pub(crate) rendered: Option<(Basis, Rendering)>,
    /// What the cluster has.
    pub(crate) applied: Option<Applied>,
    pub(crate) health: Vitals,
    pub(crate) status: Status,
    pub(crate) writes: Writes,
    /// Rounds that failed since one did not.
    pub(crate) failures: u32,
    /// When it wants to be woken.
    pub(crate) timer: Option<Timestamp>,
    /// The timer has run off.
    pub(crate) timed: bool,
    /// The last reason that was said for waiting, so that it is said once.
    pub(crate) said: Text,
    /// The objects that it has to do with.
    pub(crate) claims: Vec<ObjectId>,
}

/// How far it is. While it is [`Phase::is_busy`], an answer is on its way, and nothing is begun.
#[derive(Default)]
pub(crate) enum Phase {
    /// Nobody has looked yet.
    #[default]
    New,
    /// Somebody said that it should rest.
    Suspended,
    /// Something that it starts from is not there.
    Waiting,
    /// It is being rendered.
    Rendering,
    /// Not all kinds of its objects are known and listed.
    Looking,
    /// Its status is being written, with everything that is about to be there.
    Journaling(Box<Work>),
    /// Objects are being written.
    Writing(Box<Work>),
    /// What was written has to be ready before the next stage, until then.
    Settling(Box<Work>, Timestamp),
    /// Everything is written. Until then it has to be healthy.
    Checking(Timestamp),
    /// Pods are asked why these objects are not healthy.
    Explaining(Explaining),
    /// It is as it should be.
    Ready,
    /// It is not.
    Failed(Kind),
    /// Its objects are being deleted.
    Deleting(Deletion),
}

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It could not be begun or carried out; another round is needed.
    Round,
    /// Some object is not healthy; that may pass.
    Health,
}

/// How far a deletion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deletion {
    /// Kinds are being looked at.
    Looking,
    /// Objects are being deleted.
    Pruning,
    /// They are gone when the last one is.
    Waiting,
    /// All are gone that should.
    Done,
    /// The finalizer is being removed.
    Releasing,
}

/// What is being carried out.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) stages: VecDeque<Stage>,
    /// The objects of the stage that is being written.
    pub(crate) written: Vec<ObjectId>,
    /// Whether the next stage has to wait for them.
    pub(crate) waits: bool,
    pub(crate) prune: Vec<Change>,
    /// The inventory when all is done.
    pub(crate) inventory: Inventory,
    /// Some kinds are defined by what is being written: it is planned again afterwards.
    pub(crate) is_partial: bool,
    /// It puts right what somebody else has changed.
    pub(crate) is_drift: bool,
    pub(crate) failed: Vec<Diagnostic>,
    /// Something failed that may succeed by itself.
    pub(crate) is_transient: bool,
    /// Deleting is what failed.
    pub(crate) failed_to_prune: bool,
}

/// Who is asked about the health of what.
pub(crate) struct Explaining {
    /// How many answers are missing.
    pub(crate) open: usize,
    /// The objects, their status, and what was found out.
    pub(crate) objects: BTreeMap<ObjectId, Text>,
    /// It was waited for as long as it may take.
    pub(crate) is_late: bool,
}

/// One go at it.
#[derive(Default)]
pub(crate) struct Round {
    /// Answers to other rounds are dropped.
    pub(crate) number: u64,
    pub(crate) started: Timestamp,
    pub(crate) revision: Text,
    /// What the artifact was made from, where it says that.
    pub(crate) origin: Text,
    pub(crate) counts: Counts,
    /// Something was written, or is about to be.
    pub(crate) wrote: bool,
    /// The server was asked for kinds that were not known.
    pub(crate) asked: bool,
    /// Some kinds are not known.
    pub(crate) lacks_kinds: bool,
    /// What it waits for comes in a moment.
    pub(crate) is_brief: bool,
    /// Before it, some object was not healthy.
    pub(crate) was_unhealthy: bool,
    /// What was said to be waited for.
    pub(crate) checked: Vec<ObjectId>,
}

/// What a rendering was made from.
#[derive(Clone, PartialEq)]
pub(crate) struct Basis {
    pub(crate) revision: Text,
    /// Of the artifact: what it includes is not in the revision.
    pub(crate) digest: Option<Text>,
    pub(crate) generation: i64,
    pub(crate) source_generation: i64,
    pub(crate) values: BTreeMap<ValueRef, Option<Map>>,
}

impl Basis {
    /// Whether only the files may be others.
    pub(crate) fn is_same_but_files(&self, other: &Basis) -> bool {
        self.generation == other.generation
            && self.source_generation == other.source_generation
            && self.values == other.values
    }
}

/// What the cluster has.
pub(crate) struct Applied {
    /// At which revision it was found to be the same, at last.
    pub(crate) revision: Text,
    pub(crate) generation: i64,
    pub(crate) digest: Text,
    pub(crate) objects: Arc<Vec<Object>>,
    /// Where each of them is in the list.
    pub(crate) places: BTreeMap<ObjectId, usize>,
}

impl Applied {
    /// An object as it should be.
    pub(crate) fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(*self.places.get(id)?)
    }
}

/// Writes of the object itself.
#[derive(Default)]
pub(crate) struct Writes {
    /// The status has something new.
    pub(crate) is_due: bool,
    /// A patch of the status is under way.
    pub(crate) status: bool,
    /// A patch of the finalizers is under way.
    pub(crate) finalizers: bool,
    /// The last patch did not succeed.
    pub(crate) failed: bool,
    /// The last patch of the status that the server took. What it made of it is its own affair: the
    /// same is not sent again until there is something new.
    pub(crate) taken: Option<Node>,
    /// What is to be compared with the status is only what the server made of it.
    pub(crate) is_echo: bool,
}

/// How long one waits after the first failure; each one more doubles it.
const FIRST_RETRY_SECONDS: i64 = 1;

impl Phase {
    /// Whether an answer is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(
            self,
            Phase::Rendering
                | Phase::Writing(_)
                | Phase::Explaining(_)
                | Phase::Deleting(Deletion::Pruning | Deletion::Releasing)
        )
    }

    /// Whether it may yet define kinds that others need.
    pub(crate) fn may_define(&self) -> bool {
        self.is_under_way() && !matches!(self, Phase::Looking)
    }

    /// Whether it will be over in a moment, one way or the other.
    fn is_under_way(&self) -> bool {
        matches!(
            self,
            Phase::New
                | Phase::Rendering
                | Phase::Looking
                | Phase::Journaling(_)
                | Phase::Writing(_)
                | Phase::Settling(..)
        )
    }
}

impl Kustomization {
    /// One that was not known before.
    pub(crate) fn new(key: Key, object: Object) -> Kustomization {
        let read = FluxKustomization::read(&object);
        Kustomization {
            key,
            view: read.value,
            refused: read.diagnostics,
            inventory: Inventory::of_kustomization(&object).ok(),
            status: Status::of(&object),
            object,
            phase: Phase::New,
            round: Round::default(),
            look: true,
            forced: false,
            dirty: BTreeSet::new(),
            health: Vitals::default(),
            damping: Damping::default(),
            rendered: None,
            applied: None,
            writes: Writes::default(),
            failures: 0,
            timer: None,
            timed: false,
            said: Text::new(),
            claims: Vec::new(),
        }
    }

    /// Takes what the cluster has now. Only what people decide is a reason to look at it again.
    pub(crate) fn take(&mut self, object: Object) {
        let decided = |object: &Object| {
            (generation(object), is_deleted(object), object.annotation(REQUESTED).map(Text::from))
        };
        if decided(&self.object) != decided(&object) {
            self.look = true;
            self.said = Text::new();
        }
        if generation(&self.object) != generation(&object) {
            let read = FluxKustomization::read(&object);
            (self.view, self.refused) = (read.value, read.diagnostics);
        }
        self.object = object;
    }

    /// What somebody has asked for and was not done yet.
    pub(crate) fn request(&self) -> Option<&str> {
        let requested = self.object.annotation(REQUESTED)?;
        (self.status.handled != requested).then_some(requested)
    }

    /// The generation of its spec.
    pub(crate) fn generation(&self) -> i64 {
        generation(&self.object)
    }

    /// Whether it is to be deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        is_deleted(&self.object)
    }

    /// Whether it will be ready, or say why not, in a moment.
    pub(crate) fn is_under_way(&self) -> bool {
        self.look
            || self.phase.is_under_way()
            || (matches!(self.phase, Phase::Waiting) && self.round.is_brief)
    }

    /// Whether it is ready, for those who depend on it.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Ready)
            && self.applied.as_ref().is_some_and(|it| it.generation == self.generation())
    }

    /// When to try again: soon where that may help, else when its `retryInterval` says so.
    pub(crate) fn retry_at(&self, now: Timestamp, is_transient: bool) -> Option<Timestamp> {
        let written = self.view.retry_interval.or(self.view.interval)?;
        let mut seconds = i64::try_from(written.as_secs()).unwrap_or(i64::MAX).max(1);
        if is_transient {
            let before = self.failures.saturating_sub(1);
            seconds = seconds.min(FIRST_RETRY_SECONDS << before.min(20));
        }
        now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
    }
}

/// The annotation by which people ask for a round.
pub(crate) const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// The generation of an object's spec.
pub(crate) fn generation(object: &Object) -> i64 {
    object
        .root()
        .at(&["metadata", "generation"])
        .and_then(manifest::Node::as_int)
        .unwrap_or_default()
}

fn is_deleted(object: &Object) -> bool {
    object.root().at(&["metadata", "deletionTimestamp"]).is_some_and(|node| !node.is_null())
}
