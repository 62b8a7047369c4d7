//! Reads JSON, as it comes over the wire.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{Key, List, Map, Node, Origin, Text, Value};

/// How deep values may be nested: as deep as in YAML.
const MAX_DEPTH: usize = 500;

/// Why a text is no JSON: what the reader of `serde_json` says, with line and column.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotJson(serde_json::Error);

/// The one value that `bytes` are; all nodes come from `origin`. Of a key that is repeated the last
/// value counts, as in Go.
///
/// # Errors
/// It is no JSON, or nested more than 500 deep.
pub fn read(bytes: &[u8], origin: Origin) -> Result<Node, NotJson> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // [`Seed`] has a limit of its own.
    reader.disable_recursion_limit();
    let node = Seed { origin, depth: 0 }.deserialize(&mut reader).map_err(NotJson)?;
    reader.end().map_err(NotJson)?;
    Ok(node)
}

/// A node of a value that some format holds; without an origin.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        Seed { origin: Origin::NONE, depth: 0 }.deserialize(deserializer)
    }
}

#[derive(Clone, Copy)]
struct Seed {
    origin: Origin,
    /// In how many lists and maps it is.
    depth: usize,
}

impl Seed {
    fn below<E: Error>(self) -> Result<Seed, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Seed { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let value = deserializer.deserialize_any(self)?;
        Ok(Node { value, origin: self.origin })
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        let large = || Value::Number(ecow::eco_format!("{value}"));
        Ok(i64::try_from(value).map_or_else(|_| large(), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(ecow::eco_format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(Text::from(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = List::new();
        let below = self.below()?;
        while let Some(node) = items.next_element_seed(below)? {
            list.push(node);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let below = self.below()?;
        while let Some(key) = entries.next_key_seed(KeySeed)? {
            map.set(key, entries.next_value_seed(below)?);
        }
        Ok(Value::Map(map))
    }
}

/// Reads a key without a detour over a `String`.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, value: &str) -> Result<Key, E> {
        Ok(Key::from(value))
    }
}
