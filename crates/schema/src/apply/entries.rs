//! `metadata.managedFields` in and out.

use std::cmp::Ordering;
use std::fmt::Write;

use manifest::{List, Map, Node, Origin, Text, Value};

use super::Writer;
use crate::fields::{Malformed, Set, write_text};

/// What one manager owns.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The field manager.
    pub manager: Text,
    /// How it wrote.
    pub operation: Operation,
    /// The version that `fields` are fields of.
    pub api_version: Text,
    /// The subresource that it wrote to; empty for the object itself.
    pub subresource: Text,
    /// When it last changed something, in RFC 3339.
    pub time: Option<Text>,
    /// What it owns.
    pub fields: Set,
}

/// How a manager wrote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

impl Operation {
    fn word(self) -> &'static str {
        match self {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        }
    }
}

/// What tells entries apart: of applies the version does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Id {
    pub(super) manager: Text,
    pub(super) operation: Operation,
    pub(super) api_version: Text,
    pub(super) subresource: Text,
}

impl Id {
    pub(super) fn new(
        manager: &str,
        operation: Operation,
        api_version: &str,
        subresource: &str,
    ) -> Id {
        let api_version = if operation == Operation::Apply { "" } else { api_version };
        Id {
            manager: manager.into(),
            operation,
            api_version: api_version.into(),
            subresource: subresource.into(),
        }
    }

    pub(super) fn of(writer: Writer<'_>, operation: Operation) -> Id {
        let manager = if writer.manager.is_empty() { "unknown" } else { writer.manager };
        Id::new(manager, operation, writer.api_version, writer.subresource)
    }

    /// What upstream has as the key of an entry; the order of messages depends on it.
    pub(super) fn text(&self) -> String {
        let mut out = String::from("{");
        let fields = [
            ("manager", self.manager.as_str()),
            ("operation", self.operation.word()),
            ("apiVersion", &self.api_version),
            ("subresource", &self.subresource),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            if out.len() > 1 {
                out.push(',');
            }
            // Writing to a string cannot fail.
            let _ = write!(out, "\"{name}\":");
            write_text(&Value::String(value.into()), &mut out);
        }
        out.push('}');
        out
    }
}

impl Entry {
    pub(super) fn id(&self) -> Id {
        Id::new(&self.manager, self.operation, &self.api_version, &self.subresource)
    }

    pub(super) fn is(&self, id: &Id) -> bool {
        self.manager == id.manager
            && self.operation == id.operation
            && self.subresource == id.subresource
            && (self.operation == Operation::Apply || self.api_version == id.api_version)
    }

    /// The order of entries in an object.
    fn order(&self, other: &Entry) -> Ordering {
        let key = |entry: &Entry| (entry.operation, entry.time.clone().unwrap_or_default());
        let names = |entry: &Entry| {
            (entry.manager.clone(), entry.api_version.clone(), entry.subresource.clone())
        };
        key(self).cmp(&key(other)).then_with(|| names(self).cmp(&names(other)))
    }
}

/// Why `metadata.managedFields` say nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotEntries {
    /// Neither of the two operations.
    #[error("operation must be `Apply` or `Update`")]
    Operation,
    /// No version.
    #[error("apiVersion must not be empty")]
    ApiVersion,
    /// No type of fields.
    #[error("missing fieldsType in managed fields entry {index}")]
    NoFieldsType {
        /// Which entry.
        index: usize,
    },
    /// A type of fields that nobody knows.
    #[error("invalid fieldsType {fields_type:?} in managed fields entry {index}")]
    FieldsType {
        /// Which entry.
        index: usize,
        /// The type.
        fields_type: Text,
    },
    /// Fields that cannot be read.
    #[error("error decoding set: {0}")]
    Fields(Malformed),
}

/// The entries of an object's managedFields; of two with one id the later counts.
///
/// # Errors
/// See [`NotEntries`].
pub fn decode(object: &Node) -> Result<Vec<Entry>, NotEntries> {
    let list = object.at(&["metadata", "managedFields"]).and_then(Node::as_list);
    let mut entries: Vec<Entry> = Vec::with_capacity(list.map_or(0, <[Node]>::len) + 1);
    for (index, node) in list.unwrap_or_default().iter().enumerate() {
        let text = |key: &str| node.str_at(&[key]).unwrap_or_default();
        let operation = match text("operation") {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return Err(NotEntries::Operation),
        };
        if text("apiVersion").is_empty() {
            return Err(NotEntries::ApiVersion);
        }
        match text("fieldsType") {
            "FieldsV1" => {}
            "" => return Err(NotEntries::NoFieldsType { index }),
            other => {
                return Err(NotEntries::FieldsType { index, fields_type: other.into() });
            }
        }
        let fields = match node.get("fieldsV1") {
            Some(fields) => Set::from_fields_v1(fields).map_err(NotEntries::Fields)?,
            None => Set::new(),
        };
        let entry = Entry {
            manager: text("manager").into(),
            operation,
            api_version: text("apiVersion").into(),
            subresource: text("subresource").into(),
            time: node.str_at(&["time"]).map(Text::from),
            fields,
        };
        let id = entry.id();
        match entries.iter_mut().find(|other| other.is(&id)) {
            Some(other) => *other = entry,
            None => entries.push(entry),
        }
    }
    Ok(entries)
}

/// Sets an object's managedFields; without entries it has none.
pub fn encode(object: &mut Node, entries: Vec<Entry>) {
    encode_after(object, entries, &[]);
}

/// What entries of a live object say, and how it is written there.
pub(super) type Written = Vec<(Set, Node)>;

/// How the entries of `live`, which are `entries`, are written.
pub(super) fn written(live: &Node, entries: &[Entry]) -> Written {
    let list = live.at(&["metadata", "managedFields"]).and_then(Node::as_list).unwrap_or_default();
    if list.len() != entries.len() {
        // Some are there twice.
        return Written::new();
    }
    let fields = list.iter().map(|node| node.get("fieldsV1").cloned().unwrap_or_default());
    entries.iter().map(|entry| entry.fields.clone()).zip(fields).collect()
}

/// [`encode`] of entries most of which are as they were: sets that the live object has are taken over as
/// they are written there.
pub(super) fn encode_after(object: &mut Node, mut entries: Vec<Entry>, written: &[(Set, Node)]) {
    entries.sort_by(Entry::order);
    let list: List = entries.iter().map(|entry| entry_node(entry, written)).collect();
    let Some(metadata) = object.map_entry("metadata", Origin::default()) else { return };
    if list.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.set("managedFields", Node::new(list, Origin::default()));
    }
}

fn entry_node(entry: &Entry, written: &[(Set, Node)]) -> Node {
    let mut map = Map::new();
    let mut text = |key: &str, value: &Text| {
        if !value.is_empty() {
            map.push_new(key.into(), Node::string(value.clone(), Origin::default()));
        }
    };
    text("manager", &entry.manager);
    text("operation", &entry.operation.word().into());
    text("apiVersion", &entry.api_version);
    text("time", entry.time.as_ref().unwrap_or(&Text::new()));
    text("fieldsType", &"FieldsV1".into());
    let same = written.iter().find(|(fields, _)| *fields == entry.fields);
    let fields = same.map_or_else(|| entry.fields.to_fields_v1(), |(_, node)| node.clone());
    map.push_new("fieldsV1".into(), fields);
    if !entry.subresource.is_empty() {
        let subresource = Node::string(entry.subresource.clone(), Origin::default());
        map.push_new("subresource".into(), subresource);
    }
    Node::new(map, Origin::default())
}
