//! Lists that are sets, or maps by key: no item is there twice (apiextensions-apiserver's
//! `schema/listtype`), and which item of the old list is the one of the new list.

use manifest::{Map, Node, Origin, Text, Value};

use super::instance::shown;
use super::structural::Structural;
use crate::validation::Wrong;

/// The items that are in a set or map twice.
pub(crate) fn validate(node: &Node, schema: &Structural, at: &str, wrong: &mut Vec<Wrong>) {
    match &node.value {
        Value::List(list) => {
            match schema.list_type.as_deref() {
                Some("set") => {
                    for index in repeated(list.iter().map(shown)) {
                        let item = list.get(index).map(shown).unwrap_or_default();
                        wrong.push(duplicate(&format!("{at}[{index}]"), &item));
                    }
                }
                Some("map") => by_key(list, &schema.list_keys, at, wrong),
                _ => {}
            }
            if let Some(items) = &schema.items {
                for (index, item) in list.iter().enumerate() {
                    validate(item, items, &format!("{at}[{index}]"), wrong);
                }
            }
        }
        Value::Map(map) => {
            for (key, node) in map.iter() {
                let (of, below) = match schema.property(key) {
                    Some(of) if at.is_empty() => (of, key.as_str().to_owned()),
                    Some(of) => (of, format!("{at}.{key}")),
                    None => match schema.values() {
                        Some(of) => (of, format!("{at}[{key}]")),
                        None => continue,
                    },
                };
                validate(node, of, &below, wrong);
            }
        }
        _ => {}
    }
}

fn duplicate(at: &str, value: &str) -> Wrong {
    let message = format!("Duplicate value: {value}");
    Wrong { field: at.to_owned(), reason: "FieldValueDuplicate", message }
}

/// The positions of what was there once before.
fn repeated(keys: impl Iterator<Item = String>) -> Vec<usize> {
    let mut seen: rustc_hash::FxHashMap<String, usize> = rustc_hash::FxHashMap::default();
    let mut found = Vec::new();
    for (index, key) in keys.enumerate() {
        let times = seen.entry(key).or_default();
        *times += 1;
        if *times == 2 {
            found.push(index);
        }
    }
    found
}

fn by_key(list: &[Node], keys: &[Text], at: &str, wrong: &mut Vec<Wrong>) {
    for (index, item) in list.iter().enumerate() {
        if item.as_map().is_none() && !item.is_null() {
            let why = "must be an object for an array of list-type map";
            wrong.push(Wrong::invalid(format!("{at}[{index}]"), &shown(item), why));
            return;
        }
    }
    let key_of = |item: &Node| {
        let mut key = Map::new();
        for name in keys {
            if let Some(value) = item.get(name) {
                key.set(manifest::Key::new(name.clone()), value.clone());
            }
        }
        shown(&Node::new(key, Origin::NONE))
    };
    let shown_keys: Vec<String> = list.iter().map(key_of).collect();
    for index in repeated(shown_keys.iter().cloned()) {
        let key = shown_keys.get(index).map(String::as_str).unwrap_or_default();
        wrong.push(duplicate(&format!("{at}[{index}]"), key));
    }
}

/// The item of the old list that has the keys of this one.
pub(crate) fn counterpart<'l>(schema: &Structural, item: &Node, old: &'l Node) -> Option<&'l Node> {
    if schema.list_type.as_deref() != Some("map") || schema.list_keys.is_empty() {
        return None;
    }
    let default =
        |key: &str| schema.items.as_ref().and_then(|items| items.property(key)?.default.as_ref());
    let is_same = |old: &&Node| {
        schema.list_keys.iter().all(|key| {
            let one = item.get(key).or_else(|| default(key));
            one == old.get(key).or_else(|| default(key))
        })
    };
    old.as_list()?.iter().find(is_same)
}
