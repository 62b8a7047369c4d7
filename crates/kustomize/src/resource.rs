//! One resource on its way through a build: its node, its id, and the ids it had before.

use ecow::EcoVec;
use manifest::{Gvk, Key, Node, Origin, Text, Value};

use crate::alias::Aliases;
use crate::id::Id;
use crate::schema::Schema;

/// A name that a resource had before a transformer renamed it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) kind: Text,
    pub(crate) name: Text,
    /// The effective namespace.
    pub(crate) namespace: Text,
}

/// What a generated resource does to one of the same name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Behavior {
    #[default]
    Create,
    Replace,
    Merge,
}

/// A resource. Cloning shares its node.
#[derive(Clone)]
pub(crate) struct Resource {
    node: Node,
    id: Id,
    /// Oldest first.
    pub(crate) previous: EcoVec<Previous>,
    pub(crate) prefixes: EcoVec<Text>,
    pub(crate) suffixes: EcoVec<Text>,
    pub(crate) behavior: Behavior,
    /// Whether a hash of the content is added to the name.
    pub(crate) needs_hash: bool,
    /// The vars that take their value from this resource.
    pub(crate) vars: EcoVec<Text>,
    /// The labels and annotations in it that are one.
    pub(crate) aliases: Aliases,
}

impl Resource {
    pub(crate) fn new(node: Node, schema: &Schema) -> Resource {
        let id = id_of(&node, schema);
        Resource {
            previous: written_previous(&node),
            node,
            id,
            prefixes: EcoVec::new(),
            suffixes: EcoVec::new(),
            behavior: Behavior::Create,
            needs_hash: false,
            vars: EcoVec::new(),
            aliases: Aliases::new(),
        }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// The node, to write to. Whoever changes a part of the id calls [`Resource::refresh`].
    pub(crate) fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    pub(crate) fn into_node(self) -> Node {
        self.node
    }

    pub(crate) fn id(&self) -> &Id {
        &self.id
    }

    pub(crate) fn origin(&self) -> Origin {
        self.node.origin
    }

    /// Reads the id from the node again. Returns whether it is another one.
    pub(crate) fn refresh(&mut self, schema: &Schema) -> bool {
        let id = id_of(&self.node, schema);
        let changed = id != self.id;
        self.id = id;
        changed
    }

    /// The namespace as the object has it; empty where it has none.
    pub(crate) fn written_namespace(&self) -> Text {
        text_at(&self.node, "namespace")
    }

    /// Remembers the current id as a previous one.
    pub(crate) fn remember(&mut self) {
        self.previous.push(Previous {
            kind: self.id.gvk.kind.clone(),
            name: self.id.name.clone(),
            namespace: self.id.namespace.clone(),
        });
    }

    /// A previous id; the group and version are the current ones.
    pub(crate) fn previous_id(&self, previous: &Previous) -> Id {
        let gvk = Gvk { kind: previous.kind.clone(), ..self.id.gvk.clone() };
        Id { gvk, name: previous.name.clone(), namespace: previous.namespace.clone() }
    }

    /// The first id that it had.
    pub(crate) fn original_id(&self) -> Id {
        self.previous.first().map_or_else(|| self.id.clone(), |first| self.previous_id(first))
    }

    /// The current id and all previous ones.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> {
        let previous = self.previous.iter().map(|previous| self.previous_id(previous));
        std::iter::once(self.id.clone()).chain(previous)
    }

    /// Sets `metadata.name`.
    pub(crate) fn set_name(&mut self, name: &str, origin: Origin) {
        self.set_metadata("name", Value::from(name), origin);
        self.id.name = name.into();
    }

    /// Sets `metadata.namespace`; an empty one removes it.
    pub(crate) fn set_namespace(&mut self, namespace: &str, origin: Origin, schema: &Schema) {
        if namespace.is_empty() {
            if let Some(metadata) = self.node.map_entry("metadata", origin) {
                metadata.remove("namespace");
            }
        } else {
            self.set_metadata("namespace", Value::from(namespace), origin);
        }
        self.refresh(schema);
    }

    fn set_metadata(&mut self, key: &str, value: Value, origin: Origin) {
        if let Some(metadata) = self.node.map_entry("metadata", origin) {
            match metadata.get_mut(key) {
                Some(node) if node.value == value => {}
                Some(node) => *node = Node { value, origin },
                None => metadata.set(key, Node { value, origin }),
            }
        }
    }

    /// Whether nothing is left of it.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.node.value {
            Value::Map(map) => map.is_empty(),
            Value::Null => true,
            _ => false,
        }
    }

    /// Marks it as deleted.
    pub(crate) fn clear(&mut self) {
        self.node.value = Value::Null;
    }

    /// The texts of a map in `metadata`, as kyaml's `getMapFromMeta` gives them.
    pub(crate) fn metadata_texts(&self, field: &str) -> Vec<(Key, Node)> {
        let entries = self.node.at(&["metadata", field]).and_then(Node::as_map);
        entries
            .into_iter()
            .flat_map(manifest::Map::iter)
            .map(|(key, node)| match (node.is_null(), node.origin) {
                (true, origin) if origin.is_blank() => (key.clone(), Node::string("", origin)),
                (true, origin) if origin.is_quoted() => (key.clone(), Node::string("~", origin)),
                _ => (key.clone(), as_text(node)),
            })
            .collect()
    }

    /// Replaces a map in `metadata`; an empty one removes the field.
    pub(crate) fn set_metadata_texts(&mut self, field: &str, texts: Vec<(Key, Node)>) {
        let Some(metadata) = self.node.map_entry("metadata", Origin::NONE) else { return };
        let origin = metadata.get(field).map(|node| node.origin).unwrap_or_default();
        if texts.is_empty() {
            metadata.remove(field);
        } else {
            metadata.set(field, Node { value: texts.into_iter().collect(), origin });
        }
    }
}

/// A scalar turned into text, as kustomize does with labels and annotations.
pub(crate) fn as_text(node: &Node) -> Node {
    match &node.value {
        Value::String(_) | Value::Unknown(_) | Value::Sensitive(_) => node.clone(),
        _ => Node::string(node.scalar_text().unwrap_or_default(), node.origin),
    }
}

/// The former names that another kustomize has left in the annotations (`utils.PrevIds`).
fn written_previous(node: &Node) -> EcoVec<Previous> {
    let list = |what: &str| -> Option<Vec<Text>> {
        let key = format!("internal.config.kubernetes.io/previous{what}");
        let node = node.at(&["metadata", "annotations", &key])?;
        Some(node.scalar_text()?.split(',').map(Text::from).collect())
    };
    let lists = (list("Names"), list("Namespaces"), list("Kinds"));
    let (Some(names), Some(namespaces), Some(kinds)) = lists else { return EcoVec::new() };
    if names.len() != namespaces.len() || names.len() != kinds.len() {
        return EcoVec::new();
    }
    let ids = names.into_iter().zip(namespaces).zip(kinds);
    ids.map(|((name, namespace), kind)| Previous { kind, name, namespace }).collect()
}

fn text_at(node: &Node, field: &str) -> Text {
    node.at(&["metadata", field]).and_then(Node::scalar_text).unwrap_or_default()
}

fn id_of(node: &Node, schema: &Schema) -> Id {
    let top = |field: &str| node.get(field).and_then(Node::scalar_text).unwrap_or_default();
    let gvk = Gvk::new(&top("apiVersion"), &top("kind"));
    Id::new(gvk, text_at(node, "name"), text_at(node, "namespace"), schema)
}

/// Whether two lists are equal where both have entries, from the end.
fn same_ending(a: &[Text], b: &[Text]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}

impl Resource {
    /// Whether both were renamed in the same layers. `lax`: none at all fits anything.
    pub(crate) fn same_layers(&self, other: &Resource, lax: bool) -> bool {
        let fits =
            |a: &[Text], b: &[Text]| (lax && (a.is_empty() || b.is_empty())) || same_ending(a, b);
        fits(&self.prefixes, &other.prefixes) && fits(&self.suffixes, &other.suffixes)
    }
}
