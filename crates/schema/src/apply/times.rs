//! A write that changes nothing but times is no write.

use manifest::{Map, Node, Origin};

/// Gives `object` the managedFields of `live` where the two differ in nothing but the times of
/// these: so it can be told to be the same, and keeps its resource version (apiserver's
/// `IgnoreManagedFieldsTimestampsTransformer`).
pub fn keep_times(live: &Node, object: &mut Node) {
    let path = ["metadata", "managedFields"];
    let (Some(before), Some(after)) = (live.at(&path), object.at(&path)) else { return };
    let is_same = match (before.as_list(), after.as_list()) {
        (Some(before), Some(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(a, b)| is_timeless(a, b))
        }
        _ => false,
    };
    if !is_same || !is_same_but_managed(live, object) {
        return;
    }
    let before = before.clone();
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        metadata.set("managedFields", before);
    }
}

/// Whether two maps have the same entries, those of `ignored` left out.
fn is_same_without(a: &Node, b: &Node, ignored: &str) -> bool {
    fn others<'n>(
        node: &'n Node,
        ignored: &str,
    ) -> impl Iterator<Item = (&'n manifest::Key, &'n Node)> {
        let entries = node.as_map().into_iter().flat_map(Map::iter);
        entries.filter(move |(key, _)| key.as_str() != ignored)
    }
    others(a, ignored).count() == others(b, ignored).count()
        && others(a, ignored).all(|(key, node)| b.get(key) == Some(node))
}

fn is_timeless(a: &Node, b: &Node) -> bool {
    is_same_without(a, b, "time")
}

fn is_same_but_managed(a: &Node, b: &Node) -> bool {
    let metadata = |node: &Node| node.get("metadata").cloned().unwrap_or_default();
    is_same_without(a, b, "metadata")
        && is_same_without(&metadata(a), &metadata(b), "managedFields")
}
