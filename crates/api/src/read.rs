//! How a view reads an object that was checked against its table: what has the wrong type has been
//! reported already, and counts as not there.

use std::time::Duration;

use manifest::{Diagnostic, Map, Node, Object, Origin, Text};

use crate::parse_duration;
use crate::table::{self, Field};

/// A value and the place it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub origin: Origin,
}

/// A field that is there and cannot be known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// The field's path, e.g. `spec.path`.
    pub path: String,
    /// Where it stands.
    pub origin: Origin,
    /// Why it is not known.
    pub reason: Text,
}

/// What reading an object as a kind gave.
#[derive(Clone, Debug)]
pub struct Read<T> {
    /// The view, of all that could be read.
    pub value: T,
    /// What the kind's validation refuses, and what it leaves out.
    pub diagnostics: Vec<Diagnostic>,
    /// Fields that cannot be known; the view has none of them.
    pub unknowns: Vec<Unknown>,
}

/// The object's `spec`, checked, and an empty one where there is none.
pub(crate) struct Spec<'a> {
    node: Option<&'a Node>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) unknowns: Vec<Unknown>,
}

impl<'a> Spec<'a> {
    /// Checks `object`, of which version `v1` of `group` is served, against the fields of its `spec`.
    pub(crate) fn of(object: &'a Object, group: &str, fields: &'static [Field]) -> Spec<'a> {
        let mut findings = table::Findings::new(object);
        findings.check_version(object, group);
        findings.check_object(object, fields);
        Spec {
            node: object.root().get("spec"),
            diagnostics: findings.diagnostics,
            unknowns: findings.unknowns,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.node?.get(key).filter(|node| !node.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Option<At<Text>> {
        text(self.node?, key)
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Node::as_bool).unwrap_or_default()
    }

    pub(crate) fn duration(&self, key: &str) -> Option<Duration> {
        parse_duration(self.get(key)?.as_str()?)
    }

    pub(crate) fn list(&self, key: &str) -> &'a [Node] {
        self.get(key).and_then(Node::as_list).unwrap_or_default()
    }

    /// `name` of the reference at `key`.
    pub(crate) fn reference(&self, key: &str) -> Option<At<Text>> {
        text(self.get(key)?, "name")
    }
}

/// The text of `key` in a map, with its place.
pub(crate) fn text(node: &Node, key: &str) -> Option<At<Text>> {
    let node = node.get(key)?;
    Some(At { value: node.as_str()?.into(), origin: node.origin })
}

/// The text of `key` in a map; empty where there is none.
pub(crate) fn text_or_empty(node: &Node, key: &str) -> Text {
    node.get(key).and_then(Node::as_str).unwrap_or_default().into()
}

/// The texts of a map of texts. A value of another type has been reported.
pub(crate) fn texts(node: Option<&Node>) -> Map {
    let entries = node.and_then(Node::as_map).into_iter().flat_map(Map::iter);
    entries
        .filter(|(_, value)| table::is_text(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The namespace of a namespaced object: `default` where it names none, as from kubectl.
pub(crate) fn namespace(object: &Object) -> Text {
    match object.namespace() {
        "" => "default".into(),
        namespace => namespace.into(),
    }
}
