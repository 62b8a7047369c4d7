//! The values that expressions work with. Data of objects is not copied: a list or map of nodes is
//! the node's own, shared, and its entries become values when they are asked for.

use std::net::IpAddr;
use std::sync::Arc;

use manifest::Text;
use rustc_hash::FxHashMap;

use crate::convert;
use crate::library::{named::NamedFormat, quantity::Quantity, semver::Semver, url::Url};
use crate::shape::{Merge, ObjectShape, Shape};
use crate::types::{OPTIONAL, Type};

/// Why an evaluation came to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// What happened, in cel-go's words.
    pub message: Text,
    /// Whether it was stopped because it cost too much.
    pub is_over_budget: bool,
}

impl Error {
    pub(crate) fn new(message: impl Into<Text>) -> Error {
        Error { message: message.into(), is_over_budget: false }
    }

    pub(crate) fn no_such_key(key: impl std::fmt::Display) -> Error {
        Error::new(ecow::eco_format!("no such key: {key}"))
    }

    pub(crate) fn no_such_overload() -> Error {
        Error::new("no such overload")
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What comes of an evaluation.
pub type Outcome = Result<Value, Error>;

/// A value of CEL.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(Text),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A point in time.
    Timestamp(jiff::Timestamp),
    /// A list.
    List(List),
    /// A map, or an object with declared fields.
    Map(Map),
    /// Something, or nothing.
    Optional(Option<Arc<Value>>),
    /// A type.
    Type(Type),
    /// `quantity('1Gi')`.
    Quantity(Quantity),
    /// `ip('::1')`.
    Ip(IpAddr),
    /// `cidr('10.0.0.0/8')`.
    Cidr(IpAddr, u8),
    /// `url('https://example.com')`.
    Url(Arc<Url>),
    /// `semver('1.2.3')`.
    Semver(Arc<Semver>),
    /// `format.dns1123Label()`.
    Format(&'static NamedFormat),
}

/// The items of a list.
#[derive(Clone, Debug)]
pub enum List {
    /// Made by an expression.
    Values(Arc<Vec<Value>>),
    /// Of an object.
    Nodes {
        /// The items.
        nodes: manifest::List,
        /// Their form.
        items: Arc<Shape>,
        /// How the list is compared and added to.
        merge: Merge,
    },
}

/// The entries of a map.
#[derive(Clone, Debug)]
pub enum Map {
    /// Made by an expression.
    Values(Arc<Entries>),
    /// Of an object.
    Nodes {
        /// The entries.
        map: manifest::Map,
        /// Their form.
        of: MapOf,
    },
}

/// The form of a map's entries.
#[derive(Clone, Debug)]
pub enum MapOf {
    /// All the same.
    Values(Arc<Shape>),
    /// Declared one by one.
    Fields(Arc<ObjectShape>),
}

/// Entries in their order, found by key.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    list: Vec<(Value, Value)>,
    index: FxHashMap<KeyOf, usize>,
}

/// What makes two keys the same: numbers are by their value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum KeyOf {
    Bool(bool),
    Number(i128),
    Text(Text),
}

impl KeyOf {
    fn of(key: &Value) -> Option<KeyOf> {
        Some(match key {
            Value::Bool(value) => KeyOf::Bool(*value),
            Value::Int(value) => KeyOf::Number(i128::from(*value)),
            Value::Uint(value) => KeyOf::Number(i128::from(*value)),
            // Beyond 2^63 it is no key that there could be.
            Value::Double(value) if value.fract() == 0.0 && value.abs() < 1e30 => {
                KeyOf::Number(*value as i128)
            }
            Value::String(text) => KeyOf::Text(text.clone()),
            _ => return None,
        })
    }
}

impl Entries {
    /// Adds an entry; gives the key back if it is there already, or is none.
    pub(crate) fn insert(&mut self, key: Value, value: Value) -> Result<(), Error> {
        let Some(of) = KeyOf::of(&key).filter(|_| !matches!(key, Value::Double(_))) else {
            return Err(Error::new("unsupported key type"));
        };
        if self.index.contains_key(&of) {
            let key = key.to_text();
            return Err(Error::new(ecow::eco_format!("insert failed: key {key} already exists")));
        }
        self.index.insert(of, self.list.len());
        self.list.push((key, value));
        Ok(())
    }

    fn get(&self, key: &Value) -> Option<&Value> {
        let at = self.index.get(&KeyOf::of(key)?)?;
        self.list.get(*at).map(|(_, value)| value)
    }
}

impl List {
    pub(crate) fn len(&self) -> usize {
        match self {
            List::Values(values) => values.len(),
            List::Nodes { nodes, .. } => nodes.len(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<Outcome> {
        match self {
            List::Values(values) => values.get(at).cloned().map(Ok),
            List::Nodes { nodes, items, .. } => {
                nodes.get(at).map(|node| convert::to_value(node, items))
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Outcome> + '_ {
        (0..self.len()).map_while(|at| self.get(at))
    }

    pub(crate) fn to_vec(&self) -> Result<Vec<Value>, Error> {
        self.iter().collect()
    }
}

impl Map {
    pub(crate) fn len(&self) -> usize {
        match self {
            Map::Values(entries) => entries.list.len(),
            Map::Nodes { map, of: MapOf::Values(_) } => map.len(),
            Map::Nodes { map, of: MapOf::Fields(of) } => {
                map.keys().filter(|key| of.key(key).is_some()).count()
            }
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &Value) -> Option<Outcome> {
        match (self, key) {
            (Map::Values(entries), _) => entries.get(key).cloned().map(Ok),
            (Map::Nodes { .. }, Value::String(text)) => self.field(text),
            _ => None,
        }
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<Outcome> {
        match self {
            Map::Values(entries) => entries.get(&Value::String(name.into())).cloned().map(Ok),
            Map::Nodes { map, of: MapOf::Values(shape) } => {
                map.get(name).map(|node| convert::to_value(node, shape))
            }
            Map::Nodes { map, of: MapOf::Fields(of) } => {
                let field = of.field(name)?;
                map.get(&field.key).map(|node| convert::to_value(node, &field.shape))
            }
        }
    }

    /// Whether a field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Map::Values(entries) => entries.get(&Value::String(name.into())).is_some(),
            Map::Nodes { map, of: MapOf::Values(_) } => map.contains(name),
            Map::Nodes { map, of: MapOf::Fields(of) } => {
                of.field(name).is_some_and(|field| map.contains(&field.key))
            }
        }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> Vec<Value> {
        match self {
            Map::Values(entries) => entries.list.iter().map(|(key, _)| key.clone()).collect(),
            Map::Nodes { map, of } => map
                .keys()
                .filter_map(|key| match of {
                    MapOf::Values(_) => Some(Value::String(key.text().clone())),
                    MapOf::Fields(of) => of.key(key).map(|field| Value::String(field.name.clone())),
                })
                .collect(),
        }
    }
}

impl Value {
    /// A list of these.
    pub fn list(values: Vec<Value>) -> Value {
        Value::List(List::Values(Arc::new(values)))
    }

    pub(crate) fn map(entries: Entries) -> Value {
        Value::Map(Map::Values(Arc::new(entries)))
    }

    /// Something.
    pub fn some(value: Value) -> Value {
        Value::Optional(Some(Arc::new(value)))
    }

    pub(crate) fn string(text: impl Into<Text>) -> Value {
        Value::String(text.into())
    }

    /// Its bool, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Its text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Its type, as `type(x)` gives it.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Uint(_) => Type::Uint,
            Value::Double(_) => Type::Double,
            Value::String(_) => Type::String,
            Value::Bytes(_) => Type::Bytes,
            Value::Duration(_) => Type::Duration,
            Value::Timestamp(_) => Type::Timestamp,
            Value::List(_) => Type::list(Type::Dyn),
            Value::Map(Map::Nodes { of: MapOf::Fields(of), .. }) => Type::Object(of.clone()),
            Value::Map(_) => Type::map(Type::Dyn, Type::Dyn),
            Value::Optional(_) => Type::Opaque(OPTIONAL, Arc::new([Type::Dyn])),
            Value::Type(of) => Type::Type(Arc::new(of.clone())),
            Value::Quantity(_) => crate::declare::opaque("kubernetes.Quantity"),
            Value::Ip(_) => crate::declare::opaque("net.IP"),
            Value::Cidr(..) => crate::declare::opaque("net.CIDR"),
            Value::Url(_) => crate::declare::opaque("kubernetes.URL"),
            Value::Semver(_) => crate::declare::opaque("kubernetes.Semver"),
            Value::Format(_) => crate::declare::opaque("kubernetes.NamedFormat"),
        }
    }

    /// What messages show of a key.
    pub(crate) fn to_text(&self) -> Text {
        match self {
            Value::String(text) => text.clone(),
            Value::Int(value) => ecow::eco_format!("{value}"),
            Value::Uint(value) => ecow::eco_format!("{value}"),
            Value::Double(value) => manifest::number::Number::Float(*value).go_float(),
            Value::Bool(value) => ecow::eco_format!("{value}"),
            Value::Null => "null".into(),
            other => other.type_of().runtime_name().into(),
        }
    }

    /// What `size()` gives; 1 for what has no size (cel-go's `actualSize`).
    pub(crate) fn cost_size(&self) -> u64 {
        let size = match self {
            Value::String(text) => text.chars().count(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            Value::Cidr(..) | Value::Ip(_) => match self {
                Value::Ip(IpAddr::V6(_)) | Value::Cidr(IpAddr::V6(_), _) => 16,
                _ => 4,
            },
            Value::Optional(Some(value)) => return value.cost_size(),
            _ => 1,
        };
        size as u64
    }
}
