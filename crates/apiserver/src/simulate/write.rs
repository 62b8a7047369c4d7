//! What a controller decides: writes, and when it wants to look again.

use std::time::Duration;

use jiff::Timestamp;
use manifest::{Node, Text};

use super::edit::set;
use super::view::Id;
use crate::make::{map, meta, text};

/// One change that a controller wants.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Write {
    /// A new object. What is told about its maker ends with the name that it got.
    Create { id: Id, object: Node, tell: Option<Event> },
    /// The object as it should be.
    Update { id: Id, object: Node },
    /// The object with the status that it should have.
    Status { id: Id, object: Node },
    /// A namespace without the finalizer of its spec.
    Finalize { id: Id, object: Node },
    /// The object should go, if it is still this one.
    Delete { id: Id, api_version: Text, uid: Text, how: Deletion },
    /// Something to read for whoever describes the object.
    Tell(Event),
}

/// How an object goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deletion {
    /// Its dependents go after it.
    Background,
    /// Its dependents go before it.
    Foreground,
    /// Its dependents stay.
    Orphan,
    /// Without the time that Pods get to end.
    AtOnce,
}

impl Write {
    /// A new object of a collection; its name may be left to the server (`generateName`).
    pub(super) fn create(collection: &str, object: Node) -> Write {
        Write::create_and_tell(collection, object, None)
    }

    pub(super) fn create_and_tell(collection: &str, object: Node, tell: Option<Event>) -> Write {
        let id = Id::new(collection, meta(&object, "namespace"), meta(&object, "name"));
        Write::Create { id, object, tell }
    }

    pub(super) fn update(id: &Id, object: Node) -> Write {
        Write::Update { id: id.clone(), object }
    }

    pub(super) fn status(id: &Id, object: Node) -> Write {
        Write::Status { id: id.clone(), object }
    }

    pub(super) fn delete(id: &Id, node: &Node, how: Deletion) -> Write {
        let api_version = node.str_at(&["apiVersion"]).unwrap_or_default().into();
        Write::Delete { id: id.clone(), api_version, uid: meta(node, "uid").into(), how }
    }
}

/// A Kubernetes Event to be.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Event {
    /// The object that it is about.
    pub(super) about: Node,
    /// Whether something is wrong.
    pub(super) is_warning: bool,
    /// One word.
    pub(super) reason: &'static str,
    /// A sentence.
    pub(super) message: String,
    /// The component of a real cluster that says this.
    pub(super) source: &'static str,
}

impl Event {
    /// An Event of the type `Normal`.
    pub(super) fn normal(
        object: &Node,
        source: &'static str,
        reason: &'static str,
        message: String,
    ) -> Event {
        Event { about: reference(object), is_warning: false, reason, message, source }
    }

    /// An Event of the type `Warning`.
    pub(super) fn warning(
        object: &Node,
        source: &'static str,
        reason: &'static str,
        message: String,
    ) -> Event {
        Event { is_warning: true, ..Event::normal(object, source, reason, message) }
    }

    /// The same, about one container of a Pod.
    pub(super) fn in_container(mut self, container: &str) -> Event {
        let path = ecow::eco_format!("spec.containers{{{container}}}");
        set(&mut self.about, &["fieldPath"], text(path));
        self
    }
}

/// What stands for an object in an Event.
fn reference(object: &Node) -> Node {
    let of = |path: &[&str]| text(object.str_at(path).unwrap_or_default());
    let mut reference = map([
        ("apiVersion", of(&["apiVersion"])),
        ("kind", of(&["kind"])),
        ("name", of(&["metadata", "name"])),
        ("uid", of(&["metadata", "uid"])),
        ("resourceVersion", of(&["metadata", "resourceVersion"])),
    ]);
    if !meta(object, "namespace").is_empty() {
        set(&mut reference, &["namespace"], of(&["metadata", "namespace"]));
    }
    reference
}

/// When a controller is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// The time.
    pub(super) now: Timestamp,
    /// Whether the step is over that the controller asked for. What takes time in a real cluster
    /// takes one step here.
    pub(super) due: bool,
}

/// What a controller decides about one object.
#[derive(Default, Debug)]
pub(super) struct Outcome {
    /// What to write, in order.
    pub(super) writes: Vec<Write>,
    /// Ask again when a step is over.
    pub(super) step: bool,
    /// Ask again at this time.
    pub(super) at: Option<Timestamp>,
}

impl Outcome {
    /// Nothing to do until something changes.
    pub(super) fn rest() -> Outcome {
        Outcome::default()
    }

    /// Ask again when a step is over.
    pub(super) fn wait() -> Outcome {
        Outcome { step: true, ..Outcome::default() }
    }

    pub(super) fn or_at(mut self, at: Option<Timestamp>) -> Outcome {
        self.at = match (self.at, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self
    }

    /// How long until the time of [`Outcome::at`].
    pub(super) fn until(at: Timestamp, now: Timestamp) -> Duration {
        at.duration_since(now).try_into().unwrap_or_default()
    }
}

impl From<Vec<Write>> for Outcome {
    fn from(writes: Vec<Write>) -> Outcome {
        Outcome { writes, ..Outcome::default() }
    }
}

impl From<Option<Write>> for Outcome {
    fn from(write: Option<Write>) -> Outcome {
        Outcome { writes: write.into_iter().collect(), ..Outcome::default() }
    }
}
