//! Short words for nodes that the server makes itself.

use manifest::{List, Map, Node, Origin, Text};

pub(crate) fn text(value: impl Into<Text>) -> Node {
    Node::string(value, Origin::NONE)
}

pub(crate) fn int(value: i64) -> Node {
    Node::new(value, Origin::NONE)
}

pub(crate) fn boolean(value: bool) -> Node {
    Node::new(value, Origin::NONE)
}

pub(crate) fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (key.into(), node));
    Node::new(entries.collect::<Map>(), Origin::NONE)
}

pub(crate) fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::new(items.into_iter().collect::<List>(), Origin::NONE)
}

/// The metadata of an object, to write to; made where there is none.
pub(crate) fn metadata(object: &mut Node) -> Option<&mut Map> {
    object.map_entry("metadata", Origin::NONE)
}

/// A text of the metadata; empty where there is none.
pub(crate) fn meta<'n>(object: &'n Node, key: &str) -> &'n str {
    object.str_at(&["metadata", key]).unwrap_or_default()
}
