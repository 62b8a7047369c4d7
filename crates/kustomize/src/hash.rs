//! The suffix of generated names: a hash of the content (`api/hasher`).
//!
//! The hash is over Go's JSON of a few fields. The name is always empty in it, by a slip of the
//! original's that is now everybody's contract.

use manifest::{Key, Map, Node, Origin, Value, Via, json};
use sha2::{Digest, Sha256};

use crate::resource::Resource;
use crate::resources::Resources;

/// Adds the suffix to every name that asks for it.
pub(crate) fn add_to_names(resources: &mut Resources) {
    for resource in resources.renaming().filter(|resource| resource.needs_hash) {
        let suffix = suffix(resource);
        resource.remember();
        let name = format!("{}-{suffix}", resource.id().name);
        let origin = resource.node().at(&["metadata", "name"]).map_or(Origin::NONE, |n| n.origin);
        resource.set_name(&name, origin.via(Via::Hash));
    }
}

/// Ten characters for the content; `unknown000` where the content cannot be known here.
fn suffix(resource: &Resource) -> String {
    let node = resource.node();
    let kind = resource.id().gvk.kind.as_str();
    let hashed = match kind {
        "ConfigMap" => fields(node, kind, &["data"], "binaryData"),
        "Secret" => fields(node, kind, &["data", "type"], "stringData"),
        _ => node.clone(),
    };
    if has_unknown(&hashed) {
        return "unknown000".to_owned();
    }
    let mut text = String::new();
    json::write(&hashed, json::Options { expose: true, ..json::Options::GO }, &mut text);
    encode(&Sha256::digest(text))
}

/// The hashed fields as a map; scalars as text, what is missing as empty text.
fn fields(node: &Node, kind: &str, names: &[&str], optional: &str) -> Node {
    let text = |text: &str| Node::string(text, Origin::NONE);
    let mut map = Map::new();
    map.set("kind", text(kind));
    map.set("name", text(""));
    for name in names {
        let value = match node.get(name) {
            Some(value) if value.as_map().is_none() && value.as_list().is_none() => {
                crate::resource::as_text(value)
            }
            // kustomize reads it into a map, which a list does not fit.
            Some(value) if value.as_list().is_some() => Node::default(),
            Some(value) => through_json(value),
            None => text(""),
        };
        map.set(*name, value);
    }
    if let Some(value) = node.get(optional).filter(|value| value.as_map().is_some()) {
        map.set(Key::from(optional), through_json(value));
    }
    Node::new(map, Origin::NONE)
}

/// kustomize reads the JSON of a map once more, which makes floats of numbers.
fn through_json(node: &Node) -> Node {
    let mut node = node.clone();
    manifest::yaml::restyle(&mut node);
    node
}

fn has_unknown(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(_) => true,
        Value::List(list) => list.iter().any(has_unknown),
        Value::Map(map) => map.iter().any(|(_, node)| has_unknown(node)),
        _ => false,
    }
}

/// The first ten hex digits, without those that could spell words.
fn encode(digest: &[u8]) -> String {
    let digits = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| match digit {
            0 => 'g',
            1 => 'h',
            3 => 'k',
            10 => 'm',
            14 => 't',
            digit => char::from_digit(u32::from(digit), 16).unwrap_or('x'),
        })
        .collect()
}

#[cfg(test)]
mod tests;
