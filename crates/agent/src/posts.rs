//! Kubernetes Events, as Flux's controllers post them.

use jiff::Timestamp;
use manifest::{Map, Node, Object, Origin, Text};

use crate::conditions::{text, time};

/// The longest message that an Event may have is 1024 bytes.
const LONGEST: usize = 1024;

/// The controller that a Kustomization's Events come from.
pub(crate) const KUSTOMIZE: &str = "kustomize-controller";
/// The controller that a source's Events and status come from.
pub(crate) const SOURCE: &str = "source-controller";

/// What an Event says.
pub(crate) struct Post<'a> {
    pub(crate) about: &'a Object,
    pub(crate) is_warning: bool,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    /// The revision, for the annotation that Flux sets.
    pub(crate) revision: &'a str,
    pub(crate) controller: &'a str,
    pub(crate) at: Timestamp,
    /// Different for each Event of an agent.
    pub(crate) number: u64,
}

/// The Event.
pub(crate) fn post(post: &Post<'_>) -> Option<Object> {
    let about = post.about;
    let gvk = about.gvk();
    let field = |path: &[&str]| text(about.root().str_at(path).unwrap_or_default());
    let stamp = post.at.as_nanosecond().unsigned_abs().wrapping_add(u128::from(post.number));
    let mut annotations = Map::new();
    if !post.revision.is_empty() {
        let key = format!("{}/revision", gvk.group);
        annotations.set(key.as_str(), text(post.revision));
    }
    let metadata = map([
        ("name", text(&format!("{}.{stamp:x}", about.name()))),
        ("namespace", text(about.namespace())),
        ("annotations", Node::new(annotations, Origin::NONE)),
    ]);
    let involved = map([
        ("apiVersion", text(about.api_version())),
        ("kind", text(about.kind())),
        ("name", text(about.name())),
        ("namespace", text(about.namespace())),
        ("uid", field(&["metadata", "uid"])),
        ("resourceVersion", field(&["metadata", "resourceVersion"])),
    ]);
    let at = text(&time(post.at));
    let node = map([
        ("apiVersion", text("v1")),
        ("kind", text("Event")),
        ("metadata", metadata),
        ("involvedObject", involved),
        ("reason", text(post.reason)),
        ("message", text(&shortened(post.message))),
        ("source", map([("component", text(post.controller))])),
        ("reportingComponent", text(post.controller)),
        ("reportingInstance", text(post.controller)),
        ("type", text(if post.is_warning { "Warning" } else { "Normal" })),
        ("firstTimestamp", at.clone()),
        ("lastTimestamp", at),
        ("count", Node::new(1_i64, Origin::NONE)),
    ]);
    Object::new(node).ok()
}

/// A map of these entries.
pub(crate) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    let map: Map = entries.into_iter().map(|(key, node)| (key.into(), node)).collect();
    Node::new(map, Origin::NONE)
}

/// At most [`LONGEST`] bytes of a message.
fn shortened(message: &str) -> Text {
    if message.len() <= LONGEST {
        return message.into();
    }
    let mut end = LONGEST - '…'.len_utf8();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    ecow::eco_format!("{}…", &message[..end])
}

#[cfg(test)]
mod tests;
