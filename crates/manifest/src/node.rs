//! The value model: a tree whose subtrees are shared until written to, and whose every node knows
//! where it came from.

use std::fmt;

use ecow::{EcoString, EcoVec};

use crate::{Key, Map, Origin, Sensitive};

/// Text of any length; up to 15 bytes are held inline, longer text is shared.
pub type Text = EcoString;

/// A list; cloning shares it, writing to a shared one copies its spine only.
pub type List = EcoVec<Node>;

/// One value and its origin, 32 bytes.
///
/// Equality compares values and ignores origins.
#[derive(Clone, Default)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// What a node can be.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer in its shortest form.
    Int(i64),
    /// Any other number, as written (`1.50`, `0x1F`, `1e3`, beyond 64 bits); see
    /// [`crate::number::Number`] for what it means.
    Number(Text),
    /// Text.
    String(Text),
    /// A list.
    List(List),
    /// A map, in the order of its file.
    Map(Map),
    /// A value that exists but cannot be known here, with the reason, e.g. `the Secret
    /// flux-system/token is in the cluster`. Whatever is computed from it is unknown too.
    Unknown(Text),
    /// Text that must not be seen.
    Sensitive(Sensitive),
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// `value`, come from `origin`.
    pub fn new(value: impl Into<Value>, origin: Origin) -> Node {
        Node { value: value.into(), origin }
    }

    /// A string node.
    pub fn string(text: impl Into<Text>, origin: Origin) -> Node {
        Node { value: Value::String(text.into()), origin }
    }

    /// An empty map.
    pub fn map(origin: Origin) -> Node {
        Node { value: Value::Map(Map::new()), origin }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The text of a string node.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar as its file had it: a string, number, bool or null; plaintext included.
    /// `None` for maps, lists and unknowns.
    pub fn scalar_text(&self) -> Option<Text> {
        Some(match &self.value {
            Value::Null => "null".into(),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            Value::Int(number) => ecow::eco_format!("{number}"),
            Value::Number(text) | Value::String(text) => text.clone(),
            Value::Sensitive(text) => text.expose().into(),
            Value::List(_) | Value::Map(_) | Value::Unknown(_) => return None,
        })
    }

    /// The text of a string node as its file had it: a date without a time stays without. Of a null whose
    /// spelling was kept, that.
    pub fn written_text(&self) -> Option<Text> {
        match &self.value {
            Value::String(text) if self.origin.is_blank() => {
                Some(text.split('T').next().unwrap_or(text).into())
            }
            Value::String(text) => Some(text.clone()),
            Value::Null if self.origin.is_quoted() => Some("~".into()),
            _ => None,
        }
    }

    /// The bool of a bool node.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The integer of an integer node.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The entries of a map node.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries of a map node, to write to.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items of a list node.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The items of a list node, to write to.
    pub fn as_list_mut(&mut self) -> Option<&mut List> {
        match &mut self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The value of `key` in a map node.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The value at a path of map keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string at a path of map keys.
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The value of `key`, made a map with `origin` where it is missing or null.
    /// `None` where `self` is no map, or the value neither map nor null.
    pub fn map_entry(&mut self, key: &str, origin: Origin) -> Option<&mut Map> {
        let node = self.as_map_mut()?.entry(key, || Node::map(origin));
        if node.is_null() {
            *node = Node::map(origin);
        }
        node.as_map_mut()
    }

    /// The word for its type that messages use.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Number(_) => "number",
            Value::String(_) | Value::Sensitive(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Unknown(_) => "unknown value",
        }
    }

    /// Sets the origin of this node and of everything below it.
    pub fn set_origin_deep(&mut self, origin: Origin) {
        self.origin = origin;
        match &mut self.value {
            Value::List(list) => {
                for node in list.make_mut() {
                    node.set_origin_deep(origin);
                }
            }
            Value::Map(map) => {
                for (_, node) in map.iter_mut() {
                    node.set_origin_deep(origin);
                }
            }
            _ => {}
        }
    }

    /// Moves the lines of all origins in this tree down by `lines`: for text that stands inside of
    /// another file.
    pub fn shift_lines(&mut self, lines: usize) {
        self.origin = self.origin.shifted(lines);
        match &mut self.value {
            Value::List(list) => {
                for node in list.make_mut() {
                    node.shift_lines(lines);
                }
            }
            Value::Map(map) => {
                for (_, node) in map.iter_mut() {
                    node.shift_lines(lines);
                }
            }
            _ => {}
        }
    }

    /// The number of nodes in this tree, itself included; shared subtrees count each time.
    pub fn size(&self) -> usize {
        match &self.value {
            Value::List(list) => 1 + list.iter().map(Node::size).sum::<usize>(),
            Value::Map(map) => 1 + map.iter().map(|(_, node)| node.size()).sum::<usize>(),
            _ => 1,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(value.into())
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Value {
        Value::String(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Value {
        Value::Map(value)
    }
}

impl From<List> for Value {
    fn from(value: List) -> Value {
        Value::List(value)
    }
}

impl FromIterator<(Key, Node)> for Value {
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(entries: I) -> Value {
        Value::Map(entries.into_iter().collect())
    }
}

/// The value as compact JSON-like text, sensitive text masked; origins are left out.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Number(text) => f.write_str(text),
            Value::String(text) => text.as_str().fmt(f),
            Value::List(list) => f.debug_list().entries(list.iter()).finish(),
            Value::Map(map) => f.debug_map().entries(map.iter()).finish(),
            Value::Unknown(reason) => write!(f, "<unknown: {reason}>"),
            Value::Sensitive(text) => text.fmt(f),
        }
    }
}
