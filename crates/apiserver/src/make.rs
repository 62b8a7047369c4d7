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

/// A uid (RFC 9562, version 4) of these bits.
pub(crate) fn uid(bits: u128) -> Text {
    // The bits that say: random, version 4.
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 4 << 76 | 2 << 62;
    let hex = format!("{bits:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    ecow::eco_format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

/// A time as objects have it: whole seconds.
pub(crate) fn time(time: jiff::Timestamp) -> Text {
    ecow::eco_format!("{}", time.strftime("%Y-%m-%dT%H:%M:%SZ"))
}
