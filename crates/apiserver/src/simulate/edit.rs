//! Reading and changing fields of objects; times as objects have them.

use jiff::Timestamp;
use manifest::{Node, Origin};

use crate::make::{int, map, meta, text};

/// The integer at a path, or `default`.
pub(super) fn int_at(node: &Node, path: &[&str], default: i64) -> i64 {
    node.at(path).and_then(Node::as_int).unwrap_or(default)
}

/// The bool at a path; false where there is none.
pub(super) fn flag_at(node: &Node, path: &[&str]) -> bool {
    node.at(path).and_then(Node::as_bool).unwrap_or(false)
}

/// The items at a path; none where there is no list.
pub(super) fn items<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    node.at(path).and_then(Node::as_list).unwrap_or_default()
}

/// Sets the value at a path, and makes the maps on the way.
pub(super) fn set(node: &mut Node, path: &[&str], value: Node) {
    match path {
        [] => *node = value,
        [key, rest @ ..] => {
            if node.as_map().is_none() {
                *node = Node::map(Origin::NONE);
            }
            if let Some(entries) = node.as_map_mut() {
                set(entries.entry(key, Node::default), rest, value);
            }
        }
    }
}

/// Takes the value at a path away.
pub(super) fn remove(node: &mut Node, path: &[&str]) {
    let Some((key, above)) = path.split_last() else { return };
    if node.at(path).is_none() {
        return;
    }
    let parent = above.iter().try_fold(node, |node, key| node.as_map_mut()?.get_mut(key));
    if let Some(entries) = parent.and_then(Node::as_map_mut) {
        entries.remove(key);
    }
}

/// Whether somebody wants the object gone.
pub(super) fn is_deleting(node: &Node) -> bool {
    !meta(node, "deletionTimestamp").is_empty()
}

/// Whether the object has a finalizer.
pub(super) fn has_finalizer(node: &Node, finalizer: &str) -> bool {
    let finalizers = items(node, &["metadata", "finalizers"]);
    finalizers.iter().any(|one| one.as_str() == Some(finalizer))
}

/// The object without a finalizer.
pub(super) fn without_finalizer(node: &Node, finalizer: &str) -> Node {
    let mut object = node.clone();
    let finalizers = items(node, &["metadata", "finalizers"]).iter();
    let rest = finalizers.filter(|one| one.as_str() != Some(finalizer)).cloned();
    set(&mut object, &["metadata", "finalizers"], crate::make::list(rest));
    object
}

/// A time as objects have it: whole seconds.
pub(super) fn time(at: Timestamp) -> Node {
    text(ecow::eco_format!("{}", at.strftime("%Y-%m-%dT%H:%M:%SZ")))
}

/// The time at a path, moved by some seconds.
pub(super) fn time_at(node: &Node, path: &[&str], seconds: i64) -> Option<Timestamp> {
    let at: Timestamp = node.str_at(path)?.parse().ok()?;
    at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

/// The condition of a type.
pub(super) fn condition<'n>(node: &'n Node, kind: &str) -> Option<&'n Node> {
    let conditions = items(node, &["status", "conditions"]).iter();
    conditions.into_iter().find(|condition| condition.str_at(&["type"]) == Some(kind))
}

/// Whether the condition of a type is `True`.
pub(super) fn is_true(node: &Node, kind: &str) -> bool {
    condition(node, kind).and_then(|condition| condition.str_at(&["status"])) == Some("True")
}

/// A condition for an object, whose time of transition stays while its status does.
pub(super) fn new_condition(
    object: &Node,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
    now: Timestamp,
) -> Node {
    let before = condition(object, kind);
    let kept = before.filter(|before| before.str_at(&["status"]) == Some(status));
    let since = kept.and_then(|kept| kept.get("lastTransitionTime")).cloned();
    let mut condition = map([
        ("type", text(kind)),
        ("status", text(status)),
        ("lastTransitionTime", since.unwrap_or_else(|| time(now))),
    ]);
    for (key, value) in [("reason", reason), ("message", message)] {
        if !value.is_empty() {
            set(&mut condition, &[key], text(value));
        }
    }
    condition
}

/// Counts as a status has them: what is zero is left out.
pub(super) fn counts<'k>(
    entries: impl IntoIterator<Item = (&'k str, i64)>,
) -> impl Iterator<Item = (&'k str, Node)> {
    let entries = entries.into_iter().filter(|(_, count)| *count != 0);
    entries.map(|(key, count)| (key, int(count)))
}

/// The object with another status; `None` where it has that one.
pub(super) fn with_status(object: &Node, status: Node) -> Option<Node> {
    if object.get("status") == Some(&status) {
        return None;
    }
    let mut object = object.clone();
    set(&mut object, &["status"], status);
    Some(object)
}
