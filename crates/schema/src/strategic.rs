//! Strategic merge patches as the API server applies them: lists merge by the key that the type
//! says.

use manifest::{List, Map, Node, Value};

use crate::types::{ListType, MapType, Patch, Type};

/// `node` after `patch`. `null` deletes; `$patch: delete` and `$patch: replace` are understood, and
/// so is `$retainKeys`; other directives are passed over.
pub fn patched(node: &Node, patch: &Node, of: Type<'_>) -> Node {
    match (&node.value, &patch.value, of.map()) {
        (Value::Map(map), Value::Map(changes), Some(of)) => {
            Node::new(merge_maps(map, changes, of), node.origin)
        }
        _ => clean(patch),
    }
}

fn is_directive(key: &str) -> bool {
    key == "$patch"
        || key == "$retainKeys"
        || key.starts_with("$setElementOrder/")
        || key.starts_with("$deleteFromPrimitiveList/")
}

fn merge_maps(map: &Map, changes: &Map, of: MapType<'_>) -> Map {
    if changes.get("$patch").and_then(Node::as_str) == Some("replace") {
        return clean_map(changes);
    }
    let mut out = map.clone();
    if let Some(kept) = changes.get("$retainKeys").and_then(Node::as_list) {
        out.retain(|key, _| kept.iter().any(|kept| kept.as_str() == Some(key)));
    }
    for (key, change) in changes.iter().filter(|(key, _)| !is_directive(key)) {
        if change.is_null() {
            out.remove(key);
            continue;
        }
        let field = of.field(key);
        let below = of.entry(key);
        let value = match (out.get(key), below) {
            (Some(before), Some(below)) => match (&before.value, &change.value, below.list()) {
                (Value::List(items), Value::List(changes), Some(list))
                    if field.is_some_and(|(field, _)| field.patch.merge) =>
                {
                    let patch = field.map(|(field, _)| &field.patch);
                    Node::new(merge_lists(items, changes, list, patch), before.origin)
                }
                _ => patched(before, change, below),
            },
            _ => clean(change),
        };
        out.set(key.clone(), value);
    }
    out
}

fn merge_lists(items: &List, changes: &List, list: ListType<'_>, patch: Option<&Patch>) -> List {
    let Some(key) = patch.and_then(|patch| patch.merge_key.as_deref()) else {
        let mut out = items.clone();
        for change in changes {
            if !out.iter().any(|item| item == change) {
                out.push(change.clone());
            }
        }
        return out;
    };
    let same = |item: &Node, change: &Node| {
        item.get(key).is_some_and(|value| change.get(key) == Some(value))
    };
    let mut out: Vec<Node> = items.to_vec();
    for change in changes {
        match change.str_at(&["$patch"]) {
            Some("delete") => out.retain(|item| !same(item, change)),
            Some("replace") if change.get(key).is_none() => out.clear(),
            _ => match out.iter_mut().find(|item| same(item, change)) {
                Some(item) => *item = patched(item, change, list.elements()),
                None => out.push(clean(change)),
            },
        }
    }
    out.into_iter().collect()
}

/// What a patch adds: without its nulls and directives.
fn clean(patch: &Node) -> Node {
    match &patch.value {
        Value::Map(map) => Node::new(clean_map(map), patch.origin),
        Value::List(list) => Node::new(list.iter().map(clean).collect::<List>(), patch.origin),
        _ => patch.clone(),
    }
}

fn clean_map(map: &Map) -> Map {
    map.iter()
        .filter(|(key, node)| !node.is_null() && !is_directive(key))
        .map(|(key, node)| (key.clone(), clean(node)))
        .collect()
}
