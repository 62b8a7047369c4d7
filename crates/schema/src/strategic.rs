//! Strategic merge patches as the API server applies them (apimachinery's `strategicpatch`): lists
//! merge by the key that the type says.

use std::fmt::Write;

use manifest::{List, Map, Node, Value};

use crate::types::{ListType, MapType, Patch, Type};

/// Why a patch does not apply, in the server's words: a `Status` of 500.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// `node` after `patch`. `null` deletes; `$patch` (`delete`, `replace`), `$retainKeys`,
/// `$setElementOrder` and `$deleteFromPrimitiveList` do what they say.
///
/// # Errors
/// A directive that there is not, an item without the key that it is known by, or an order that is
/// not that of the items.
pub fn patched(node: &Node, patch: &Node, of: Type<'_>) -> Result<Node, Malformed> {
    match (&node.value, &patch.value, of.map()) {
        (Value::Map(map), Value::Map(changes), Some(of)) => {
            Ok(Node::new(merge_maps(map, changes, of)?, node.origin))
        }
        _ => Ok(clean(patch)),
    }
}

const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

fn is_directive(key: &str) -> bool {
    key == "$patch" || key == "$retainKeys" || key.starts_with(ORDER) || key.starts_with(DELETE)
}

fn merge_maps(map: &Map, changes: &Map, of: MapType<'_>) -> Result<Map, Malformed> {
    match changes.get("$patch").and_then(Node::as_str) {
        Some("replace") => return Ok(clean_map(changes)),
        Some("delete") => return Ok(Map::new()),
        None | Some("merge") => {}
        Some(other) => return Err(unknown_directive(other, changes)),
    }
    let mut out = map.clone();
    if let Some(kept) = changes.get("$retainKeys").and_then(Node::as_list) {
        out.retain(|key, _| kept.iter().any(|kept| kept.as_str() == Some(key)));
    }
    for (key, change) in changes.iter() {
        if let Some(field) = key.strip_prefix(DELETE) {
            delete_items(&mut out, field, change);
        } else if let Some(field) = key.strip_prefix(ORDER) {
            if !changes.contains(field) && out.contains(field) {
                merge_field(
                    &mut out,
                    field,
                    &Node::new(List::new(), change.origin),
                    Some(change),
                    of,
                )?;
            }
        } else if is_directive(key) {
        } else if change.is_null() {
            out.remove(key);
        } else {
            let order = changes.get(&format!("{ORDER}{key}"));
            merge_field(&mut out, key, change, order, of)?;
        }
    }
    Ok(out)
}

fn delete_items(map: &mut Map, field: &str, unwanted: &Node) {
    let unwanted = unwanted.as_list().unwrap_or_default();
    if let Some(items) = map.get_mut(field).and_then(Node::as_list_mut) {
        items.retain(|item| !unwanted.contains(item));
    }
}

fn merge_field(
    out: &mut Map,
    key: &str,
    change: &Node,
    order: Option<&Node>,
    of: MapType<'_>,
) -> Result<(), Malformed> {
    let field = of.field(key);
    let merges = field.is_some_and(|(field, _)| field.patch.merge);
    let below = of.entry(key);
    let list = below.and_then(Type::list).filter(|_| merges);
    let value = match (out.get(key), &change.value, list) {
        (before, Value::List(changes), Some(list)) => {
            let patch = field.map(|(field, _)| &field.patch);
            let nothing = List::new();
            let items = match before.map(|node| &node.value) {
                Some(Value::List(items)) => items,
                _ => &nothing,
            };
            let merged = merge_lists(items, changes, order, list, patch)?;
            Node::new(merged, before.map_or(change.origin, |node| node.origin))
        }
        (Some(before), _, _) => match below {
            Some(below) => patched(before, change, below)?,
            None => clean(change),
        },
        (None, ..) => match (&change.value, below.and_then(Type::map)) {
            // Directives in there are checked as well.
            (Value::Map(changes), Some(below)) => {
                Node::new(merge_maps(&Map::new(), changes, below)?, change.origin)
            }
            _ => clean(change),
        },
    };
    out.set(key, value);
    Ok(())
}

fn merge_lists(
    items: &List,
    changes: &List,
    order: Option<&Node>,
    list: ListType<'_>,
    patch: Option<&Patch>,
) -> Result<List, Malformed> {
    let order = order.and_then(Node::as_list);
    // Without a say in it, the order is that of the patch.
    let wanted = order.unwrap_or(changes);
    let key = patch.and_then(|patch| patch.merge_key.as_deref());
    let mut merged: Vec<Node> = items.to_vec();
    let Some(key) = key else {
        for change in changes {
            if !merged.contains(change) {
                merged.push(change.clone());
            }
        }
        return Ok(ordered(merged, items, wanted, &|node| Some(node)).into_iter().collect());
    };
    let is_replaced = changes.iter().any(|change| change.str_at(&["$patch"]) == Some("replace"));
    if is_replaced {
        let kept = changes.iter().filter(|change| change.get("$patch").is_none());
        return Ok(kept.map(clean).collect());
    }
    if let Some(order) = order {
        check_order(changes, order, key)?;
    }
    for change in changes {
        let directive = change.str_at(&["$patch"]);
        match (directive, change.as_map()) {
            (None | Some("delete"), _) => {}
            (Some("merge"), _) => {
                let why = "merging lists cannot yet be specified in the patch";
                return Err(Malformed(why.to_owned()));
            }
            (Some(other), Some(map)) => return Err(unknown_directive(other, map)),
            (Some(_), None) => {}
        }
        let Some(id) = change.get(key) else {
            return Err(Malformed(format!(
                "map: {} does not contain declared merge key: {key}",
                printed(change)
            )));
        };
        let same = |item: &Node| item.get(key) == Some(id);
        if directive.is_some() {
            merged.retain(|item| !same(item));
        } else if let Some(item) = merged.iter_mut().find(|item| same(item)) {
            *item = patched(item, change, list.elements())?;
        } else {
            merged.push(match list.elements().map() {
                Some(_) => patched(&Node::map(change.origin), change, list.elements())?,
                None => clean(change),
            });
        }
    }
    Ok(ordered(merged, items, wanted, &|node| node.get(key)).into_iter().collect())
}

/// `merged` in the order that the patch wants: items that it names as it names them, and among them
/// those that only the server has, where they stood.
fn ordered(
    merged: Vec<Node>,
    before: &List,
    order: &[Node],
    id: &dyn for<'a> Fn(&'a Node) -> Option<&'a Node>,
) -> Vec<Node> {
    let place = |list: &[Node], node: &Node| {
        let own = id(node);
        list.iter().position(|other| own.is_some() && id(other) == own)
    };
    let (mut named, mut others): (Vec<Node>, Vec<Node>) =
        merged.into_iter().partition(|node| place(order, node).is_some());
    named.sort_by_key(|node| place(order, node));
    others.sort_by_key(|node| place(before, node).unwrap_or(usize::MAX));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for node in named {
        while let Some(other) = others.peek() {
            let stood = (place(before, other), place(before, &node));
            if !matches!(stood, (Some(other), Some(own)) if other < own) {
                break;
            }
            out.extend(others.next());
        }
        out.push(node);
    }
    out.extend(others);
    out
}

/// The items of a patch stand in the order that it wants.
fn check_order(changes: &List, order: &[Node], key: &str) -> Result<(), Malformed> {
    let mut wanted = order.iter();
    let kept = changes.iter().filter(|change| change.get("$patch").is_none());
    for change in kept {
        if !wanted.any(|other| other.get(key) == change.get(key)) {
            let list = |items: &[Node]| {
                let items: Vec<String> = items.iter().map(printed).collect();
                format!("[{}]", items.join(" "))
            };
            return Err(Malformed(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                list(changes),
                list(order)
            )));
        }
    }
    Ok(())
}

fn unknown_directive(name: &str, map: &Map) -> Malformed {
    let map = printed(&Node::new(map.clone(), manifest::Origin::default()));
    Malformed(format!("unknown patch type: {name} in map: {map}"))
}

/// A value as Go prints it.
pub fn printed(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let mut out = String::from("map[");
            for (index, (key, node)) in entries.into_iter().enumerate() {
                let blank = if index > 0 { " " } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(out, "{blank}{key}:{}", printed(node));
            }
            out + "]"
        }
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(printed).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        _ => node.scalar_text().unwrap_or_default().to_string(),
    }
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
