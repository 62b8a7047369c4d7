//! What differs between two values, in the form of dyff, which flux uses: a block for each path.
//!
//! ```text
//! spec.replicas
//! ± value change
//! - 2
//! + 3
//! ```

use manifest::{List, Map, Node, Value, yaml};
use similar::{ChangeTag, TextDiff};

/// Keys that tell the items of a list apart, in the order in which they are tried.
const NAMES: [&str; 4] = ["name", "key", "id", "manager"];

/// How many lines around a change of a long text are shown.
const CONTEXT: usize = 3;

/// The blocks of all differences; empty where there are none.
pub(crate) fn difference(before: &Node, after: &Node) -> String {
    let mut out = String::new();
    compare(before, after, "", &mut out);
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn compare(before: &Node, after: &Node, path: &str, out: &mut String) {
    if before == after {
        return;
    }
    match (&before.value, &after.value) {
        (Value::Map(old), Value::Map(new)) => compare_maps(old, new, path, out),
        (Value::List(old), Value::List(new)) => compare_lists(old, new, path, out),
        (Value::String(old), Value::String(new)) if old.contains('\n') || new.contains('\n') => {
            block(path, &lines_changed(old, new), out);
        }
        (old, new) if type_of(old) != type_of(new) => {
            let (from, to) = (type_of(old), type_of(new));
            let heading = format!("± type change from {from} to {to}\n");
            block(path, &format!("{heading}{}", minus_plus(before, after)), out);
        }
        _ => block(path, &format!("± value change\n{}", minus_plus(before, after)), out),
    }
}

fn compare_maps(old: &Map, new: &Map, path: &str, out: &mut String) {
    let only = |map: &Map, other: &Map| -> Map {
        let entries = map.iter().filter(|(key, _)| !other.contains(key));
        entries.map(|(key, node)| (key.clone(), node.clone())).collect()
    };
    let (removed, added) = (only(old, new), only(new, old));
    let mut text = String::new();
    for (sign, word, map) in [('-', "removed", removed), ('+', "added", added)] {
        if !map.is_empty() {
            text.push_str(&format!(
                "{sign} {} {word}:\n",
                count(map.len(), "map entry", "map entries")
            ));
            text.push_str(&indented(&Node::new(map, manifest::Origin::NONE)));
        }
    }
    if !text.is_empty() {
        block(if path.is_empty() { "(root level)" } else { path }, &text, out);
    }
    for (key, before) in old.iter() {
        if let Some(after) = new.get(key) {
            compare(before, after, &join(path, key), out);
        }
    }
}

fn compare_lists(old: &List, new: &List, path: &str, out: &mut String) {
    let name = NAMES.into_iter().find(|name| {
        let all_have = |list: &List| {
            let mut seen = std::collections::BTreeSet::new();
            list.iter().all(|item| item.str_at(&[*name]).is_some_and(|text| seen.insert(text)))
        };
        all_have(old) && all_have(new)
    });
    let same = |a: &Node, b: &Node| match name {
        Some(name) => a.str_at(&[name]) == b.str_at(&[name]),
        None => a == b,
    };
    let only = |list: &List, other: &List| -> List {
        let without = |item: &&Node| !other.iter().any(|there| same(item, there));
        list.iter().filter(without).cloned().collect()
    };
    let (removed, added) = (only(old, new), only(new, old));
    // One item in the place of another is a change of it.
    if name.is_none() && old.len() == new.len() && removed.len() == added.len() {
        for (at, (before, after)) in old.iter().zip(new).enumerate() {
            compare(before, after, &join(path, &at.to_string()), out);
        }
        return;
    }
    let mut text = String::new();
    for (sign, word, list) in [('-', "removed", removed), ('+', "added", added)] {
        if !list.is_empty() {
            text.push_str(&format!(
                "{sign} {} {word}:\n",
                count(list.len(), "list entry", "list entries")
            ));
            text.push_str(&indented(&Node::new(list, manifest::Origin::NONE)));
        }
    }
    if !text.is_empty() {
        block(path, &text, out);
    }
    if let Some(name) = name {
        for before in old {
            let key = before.str_at(&[name]).unwrap_or_default();
            if let Some(after) = new.iter().find(|after| after.str_at(&[name]) == Some(key)) {
                compare(before, after, &join(path, key), out);
            }
        }
    }
}

fn block(path: &str, text: &str, out: &mut String) {
    out.push_str(&format!("\n{path}\n{text}"));
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn minus_plus(before: &Node, after: &Node) -> String {
    let lines = |sign: char, node: &Node| -> String {
        shown(node).lines().map(|line| format!("{sign} {line}\n")).collect()
    };
    format!("{}{}", lines('-', before), lines('+', after))
}

/// The lines of a long text that changed, with a few around them.
fn lines_changed(old: &str, new: &str) -> String {
    let difference = TextDiff::from_lines(old, new);
    let (mut removed, mut added, mut lines) = (0, 0, String::new());
    for group in difference.grouped_ops(CONTEXT) {
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => {
                    removed += 1;
                    '-'
                }
                ChangeTag::Insert => {
                    added += 1;
                    '+'
                }
                ChangeTag::Equal => ' ',
            };
            lines.push_str(format!("{sign} {}", change.value().trim_end_matches('\n')).trim_end());
            lines.push('\n');
        }
    }
    let inserts = count(added, "insert", "inserts");
    let deletions = count(removed, "deletion", "deletions");
    format!("± value change in multiline text ({inserts}, {deletions})\n{lines}")
}

fn indented(node: &Node) -> String {
    shown(node).lines().map(|line| format!("  {line}\n")).collect()
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {}
        Value::List(list) if !list.is_empty() => {}
        Value::String(text) => {
            return if text.is_empty() { "\"\"".to_owned() } else { text.to_string() };
        }
        _ => {}
    }
    let mut text = String::new();
    yaml::write::write(node, &mut text);
    text
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Number(_) => "float",
        Value::String(_) | Value::Sensitive(_) | Value::Unknown(_) => "string",
        Value::List(_) => "list",
        Value::Map(_) => "map",
    }
}

/// `one map entry`, `two map entries`, `13 map entries`.
fn count(number: usize, one: &str, many: &str) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let word = WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned());
    format!("{word} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
