//! The conditions of an object of Flux's.

use jiff::Timestamp;
use manifest::{List, Map, Node, Origin, Text};

/// `Ready`, first of all.
pub(crate) const READY: &str = "Ready";
/// Something goes on.
pub(crate) const RECONCILING: &str = "Reconciling";
/// Nothing will go on until somebody changes something.
pub(crate) const STALLED: &str = "Stalled";
/// The objects are healthy.
pub(crate) const HEALTHY: &str = "Healthy";

/// `status` of a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        }
    }
}

/// Conditions, each kind once.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Conditions(Vec<Condition>);

#[derive(Clone, PartialEq, Debug)]
struct Condition {
    kind: Text,
    status: Text,
    reason: Text,
    message: Text,
    generation: i64,
    since: Text,
}

impl Conditions {
    /// Those of an object's `status`.
    pub(crate) fn of(status: Option<&Node>) -> Conditions {
        let list = status.and_then(|status| status.get("conditions")?.as_list());
        let read = |node: &Node| {
            let text = |key: &str| Text::from(node.str_at(&[key]).unwrap_or_default());
            Condition {
                kind: text("type"),
                status: text("status"),
                reason: text("reason"),
                message: text("message"),
                generation: node
                    .get("observedGeneration")
                    .and_then(Node::as_int)
                    .unwrap_or_default(),
                since: text("lastTransitionTime"),
            }
        };
        Conditions(list.unwrap_or_default().iter().map(read).collect())
    }

    /// Sets one. It is as old as its status.
    pub(crate) fn set(
        &mut self,
        kind: &'static str,
        status: Truth,
        (reason, message): (&str, &str),
        (generation, now): (i64, Timestamp),
    ) {
        let mut condition = Condition {
            kind: kind.into(),
            status: status.as_str().into(),
            reason: reason.into(),
            message: message.into(),
            generation,
            since: time(now),
        };
        match self.0.iter_mut().find(|there| there.kind == kind) {
            Some(there) => {
                if there.status == condition.status {
                    condition.since = there.since.clone();
                }
                *there = condition;
            }
            None if kind == READY => self.0.insert(0, condition),
            None => self.0.push(condition),
        }
    }

    /// Takes one away.
    pub(crate) fn remove(&mut self, kind: &str) {
        self.0.retain(|condition| condition.kind != kind);
    }

    /// Whether one is there with this status.
    pub(crate) fn is(&self, kind: &str, status: Truth) -> bool {
        self.0.iter().any(|condition| condition.kind == kind && condition.status == status.as_str())
    }

    /// The reason and message of one.
    pub(crate) fn says(&self, kind: &str) -> Option<(&str, &str)> {
        let found = self.0.iter().find(|condition| condition.kind == kind)?;
        Some((&found.reason, &found.message))
    }

    /// `status.conditions`.
    pub(crate) fn to_node(&self) -> Node {
        let write = |condition: &Condition| {
            let mut map = Map::new();
            map.push_new("lastTransitionTime".into(), text(&condition.since));
            map.push_new("message".into(), text(&condition.message));
            if condition.generation > 0 {
                map.push_new(
                    "observedGeneration".into(),
                    Node::new(condition.generation, Origin::NONE),
                );
            }
            map.push_new("reason".into(), text(&condition.reason));
            map.push_new("status".into(), text(&condition.status));
            map.push_new("type".into(), text(&condition.kind));
            Node::new(map, Origin::NONE)
        };
        Node::new(self.0.iter().map(write).collect::<List>(), Origin::NONE)
    }
}

/// Text in a status.
pub(crate) fn text(text: &str) -> Node {
    Node::string(text, Origin::NONE)
}

/// A time in a status: whole seconds.
pub(crate) fn time(at: Timestamp) -> Text {
    let seconds = Timestamp::from_second(at.as_second()).unwrap_or(at);
    ecow::eco_format!("{seconds}")
}

/// A merge patch of the `status` of an object that makes its `fields` what they should be; a field
/// that should not be there is `None`. `None` where all is so already.
pub(crate) fn status_patch(
    live: Option<&Node>,
    fields: Vec<(&'static str, Option<Node>)>,
) -> Option<Node> {
    let mut status = Map::new();
    for (key, wanted) in fields {
        let there = live.and_then(|live| live.get(key));
        if there != wanted.as_ref() {
            status.push_new(key.into(), wanted.unwrap_or_default());
        }
    }
    if status.is_empty() {
        return None;
    }
    let mut patch = Map::new();
    patch.push_new("status".into(), Node::new(status, Origin::NONE));
    Some(Node::new(patch, Origin::NONE))
}
