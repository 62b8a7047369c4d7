//! Objects as the server has them between a request and its store.

use manifest::{Map, Node, Origin};

use crate::types::Types;
use crate::{custom, defaults, normal};

/// `object` in the form in which the server keeps it, with its defaults.
pub fn complete(types: &Types, object: &Node) -> Node {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if Types::is_builtin(api_version, kind) {
        let mut object = normal::normalize(object);
        defaults::set(&mut object);
        return object;
    }
    let mut object = object.clone();
    if let Some(metadata) = object.as_map_mut().and_then(|map| map.get_mut("metadata")) {
        *metadata = normal::metadata(metadata);
    }
    if let Some(schema) = types.schema(api_version, kind) {
        custom::set_defaults(&mut object, schema);
    }
    object
}

/// The object that a kind begins with: its names, and what is there even when it is empty.
pub(crate) fn empty(types: &Types, api_version: &str, kind: &str) -> Node {
    let text = |value: &str| Node::string(value, Origin::default());
    let mut map = Map::new();
    map.push_new("apiVersion".into(), text(api_version));
    map.push_new("kind".into(), text(kind));
    let object = Node::new(map, Origin::default());
    match types.get(api_version, kind) {
        Some(_) => normal::normalize(&object),
        None => object,
    }
}
