//! Kubernetes' internal types: what the server validates, and prints in messages. They are structs
//! without tags, so their JSON has every field, by its name in Go.

use std::sync::LazyLock;

use manifest::{List, Map, Node, Origin, Value};
use rustc_hash::FxHashMap;

use super::sorted;

const TEXT: &str = include_str!("internal.txt");

/// One field of a struct.
struct Row {
    /// Its name as it is printed.
    name: &'static str,
    /// Whether it is left out where it has nothing.
    omits: bool,
    /// The field of the versioned object; `^` before it: of the object around it.
    from: &'static str,
    /// Its type.
    of: &'static str,
}

static TYPES: LazyLock<FxHashMap<&str, Vec<Row>>> = LazyLock::new(|| {
    let mut types: FxHashMap<&str, Vec<Row>> = FxHashMap::default();
    let mut name = "";
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        if let Some(next) = line.strip_prefix("type ") {
            name = next;
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        if let (Some(field), Some(from), Some(of)) = (words.next(), words.next(), words.next()) {
            let (field, omits) = match field.strip_suffix('?') {
                Some(field) => (field, true),
                None => (field, false),
            };
            types.entry(name).or_default().push(Row { name: field, omits, from, of });
        }
    }
    types
});

/// A versioned value as the internal type of that name, e.g. `core.PodSpec`, has it.
pub(crate) fn internal(name: &str, node: &Node) -> Node {
    value(name, Some(node), None)
}

fn value(of: &str, given: Option<&Node>, outer: Option<&Node>) -> Node {
    let given = given.filter(|node| !node.is_null());
    if let Some(of) = of.strip_prefix('*') {
        return match given {
            Some(_) => value(of, given, outer),
            None => Node::default(),
        };
    }
    if let Some(of) = of.strip_prefix("[]") {
        let items = given.and_then(Node::as_list);
        let items = items.map(|items| items.iter().map(|item| value(of, Some(item), None)));
        return items.map_or_else(Node::default, |items| made(items.collect::<List>()));
    }
    if let Some(rows) = TYPES.get(of) {
        return made(fields(rows, given, outer));
    }
    match (given, of) {
        (Some(node), "map" | "any") => sorted(node),
        (Some(node), _) => node.clone(),
        (None, "string") => made(""),
        (None, "quantity") => made("0"),
        (None, "int") => made(0),
        (None, "bool") => made(false),
        (None, _) => Node::default(),
    }
}

fn fields(rows: &[Row], given: Option<&Node>, outer: Option<&Node>) -> Map {
    let mut map = Map::new();
    for row in rows {
        if row.of == "meta" {
            let metadata = given.and_then(|node| node.get(row.from)).and_then(Node::as_map);
            for (key, node) in metadata.into_iter().flat_map(Map::iter) {
                map.set(key.clone(), sorted(node));
            }
            continue;
        }
        let source = match row.from.strip_prefix('^') {
            Some(from) => outer.and_then(|node| node.get(from)),
            None => given.and_then(|node| node.get(row.from)),
        };
        let node = value(row.of, source, given);
        if !(row.omits && is_nothing(&node)) {
            map.set(row.name, node);
        }
    }
    map
}

fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Int(number) => *number == 0,
        Value::Bool(flag) => !flag,
        _ => false,
    }
}

fn made(value: impl Into<Value>) -> Node {
    Node::new(value, Origin::default())
}
