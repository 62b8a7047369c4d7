//! Objects of built-in kinds in protobuf, as Go clients send them since they prefer it.
//!
//! An object is `k8s`, a zero byte and a message `Unknown`: the kind, and the object's own message.
//! Which field a number stands for is in the table of types. What Go's JSON leaves out when it is
//! empty is left out here. (apimachinery's `runtime/serializer/protobuf`.)

mod scalar;
mod wire;

use manifest::{Key, List, Map, Node, Origin, Text};

use crate::types::{Field, MapType, Type, Types};
use wire::Part;

/// What bytes begin with that are an object.
pub const MAGIC: &[u8] = b"k8s\0";

/// How deep messages may be in each other.
const DEPTH: usize = 100;

/// Why bytes are no object.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAnObject {
    /// They are cut off, or not protobuf at all.
    #[error("the bytes are not protobuf of a Kubernetes object")]
    Malformed,
    /// Nothing says how objects of the kind are written.
    #[error("{kind} in {api_version} is not read from protobuf")]
    UnknownKind {
        /// The version.
        api_version: Text,
        /// The kind.
        kind: Text,
    },
}

/// The object that `bytes` are.
///
/// # Errors
/// See [`NotAnObject`].
pub fn read(bytes: &[u8]) -> Result<Node, NotAnObject> {
    let envelope = bytes.strip_prefix(MAGIC).ok_or(NotAnObject::Malformed)?;
    let (mut kind, mut api_version, mut raw) = (Text::new(), Text::new(), &[][..]);
    for (number, part) in wire::parts(envelope).ok_or(NotAnObject::Malformed)? {
        match (number, part) {
            (1, Part::Bytes(meta)) => {
                for (number, part) in wire::parts(meta).ok_or(NotAnObject::Malformed)? {
                    match (number, part) {
                        (1, Part::Bytes(text)) => api_version = text_of(text),
                        (2, Part::Bytes(text)) => kind = text_of(text),
                        _ => {}
                    }
                }
            }
            (2, Part::Bytes(object)) => raw = object,
            _ => {}
        }
    }
    let of = root(&api_version, &kind);
    let Some(of) = of.filter(|of| of.fields().any(|(field, _)| !field.numbers.is_empty())) else {
        return Err(NotAnObject::UnknownKind { api_version, kind });
    };
    let mut entries = Map::new();
    entries.set("kind", Node::string(kind, Origin::NONE));
    entries.set("apiVersion", Node::string(api_version, Origin::NONE));
    message(raw, of, &[], &mut entries, DEPTH).ok_or(NotAnObject::Malformed)?;
    Ok(Node::new(entries, Origin::NONE))
}

/// The type of a kind; options of a deletion are the same in each group.
fn root(api_version: &str, kind: &str) -> Option<MapType<'static>> {
    if kind == "DeleteOptions" {
        return Types::named()
            .into_iter()
            .find(|of| of.name() == Some("meta.v1.DeleteOptions"))?
            .map();
    }
    Types::builtin_type(api_version, kind)?.map()
}

fn text_of(bytes: &[u8]) -> Text {
    String::from_utf8_lossy(bytes).as_ref().into()
}

/// Reads a message into `entries`. `above` are the numbers of the messages that Go embeds it in.
fn message(
    bytes: &[u8],
    of: MapType<'_>,
    above: &[u32],
    entries: &mut Map,
    depth: usize,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    for (number, part) in wire::parts(bytes)? {
        let mut path = above.to_vec();
        path.push(number);
        let named = of.fields().find(|(field, _)| field.numbers == path);
        if let Some((field, of)) = named {
            put(field, of, part, entries, depth)?;
        } else if let Part::Bytes(embedded) = part
            && of.fields().any(|(field, _)| field.numbers.starts_with(&path))
        {
            message(embedded, of, &path, entries, depth)?;
        }
    }
    Some(())
}

/// Adds one occurrence of a field: an item of a list, an entry of a map, or all of it.
fn put(field: &Field, of: Type<'_>, part: Part<'_>, entries: &mut Map, depth: usize) -> Option<()> {
    let empty_list = || Node::new(List::new(), Origin::NONE);
    if of.scalar().is_none()
        && let Some(list) = of.list()
    {
        let item = value(list.elements(), part, depth)?;
        entries.entry(&field.name, empty_list).as_list_mut()?.push(item);
        return Some(());
    }
    if let Some(values) = open_map(of) {
        let Part::Bytes(entry) = part else { return None };
        let (key, value) = map_entry(values, entry, depth)?;
        let map = entries.entry(&field.name, || Node::map(Origin::NONE));
        map.as_map_mut()?.set(key, value);
        return Some(());
    }
    let value = value(of, part, depth)?;
    if field.always || field.pointer || !scalar::is_empty(&value) {
        entries.set(field.name.as_str(), value);
    }
    Some(())
}

/// The type of the values of a map whose keys are data.
fn open_map(of: Type<'_>) -> Option<Type<'_>> {
    let map = of.map().filter(|map| of.scalar().is_none() && map.fields().len() == 0)?;
    // What says nothing of its values is JSON in a message.
    map.map_values().filter(|values| values.scalar() != Some(crate::types::Format::Any))
}

fn map_entry(values: Type<'_>, bytes: &[u8], depth: usize) -> Option<(Key, Node)> {
    let (mut key, mut found) = (Text::new(), None);
    for (number, part) in wire::parts(bytes)? {
        match (number, part) {
            (1, Part::Bytes(text)) => key = text_of(text),
            (2, part) => found = Some(part),
            _ => {}
        }
    }
    let found = found.unwrap_or(Part::Bytes(&[]));
    if values.scalar().is_none()
        && let Some(list) = values.list()
    {
        // A list as a value is a message of its own.
        let Part::Bytes(inner) = found else { return None };
        let items =
            wire::parts(inner)?.into_iter().map(|(_, part)| value(list.elements(), part, depth));
        let items: Option<List> = items.collect();
        return Some((Key::new(key), Node::new(items?, Origin::NONE)));
    }
    Some((Key::new(key), value(values, found, depth)?))
}

/// One value, whatever it is.
fn value(of: Type<'_>, part: Part<'_>, depth: usize) -> Option<Node> {
    if let Some(format) = of.scalar() {
        return scalar::read(format, part);
    }
    let Part::Bytes(bytes) = part else { return None };
    let map = of.map()?;
    if map.fields().len() == 0 {
        return scalar::json(bytes);
    }
    let mut entries = Map::new();
    message(bytes, map, &[], &mut entries, depth)?;
    Some(Node::new(entries, Origin::NONE))
}

#[cfg(test)]
mod tests;
