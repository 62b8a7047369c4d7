//! Schemas that stand in a comment beside a list (kyaml `fieldmeta`):
//! `items: # {"type": "array", "x-kubernetes-patch-strategy": "merge"}`. They go before all others.

use std::sync::Arc;

use manifest::yaml::Note;
use manifest::{Node, Origin, Via, json};

use super::openapi::OpenApi;
use super::{Schema, Type, TypeRef};

impl Schema {
    /// Learns what is noted beside lists. What is no schema means nothing.
    pub(crate) fn note(&mut self, notes: &[Note]) {
        for note in notes {
            let Ok(schema) = json::read(note.text.as_bytes(), note.list) else { continue };
            if schema.as_map().is_some_and(|map| !map.is_empty()) {
                self.note_one(note.list, &schema);
            }
        }
    }

    fn note_one(&mut self, list: Origin, schema: &Node) {
        let facts = Arc::make_mut(&mut self.0);
        let mut reader = OpenApi { facts: std::mem::take(facts) };
        // A reference to nothing is the schema of a list that a patch replaces.
        let ty = reader
            .type_of(schema)
            .map(|ty| ty.unwrap_or_else(|| reader.facts.push(Type::default())));
        *facts = reader.facts;
        if let Ok(ty) = ty {
            facts.notes.insert((list.file(), list.line()), ty);
        }
    }

    /// How many lists have a type noted beside them.
    pub(crate) fn notes(&self) -> usize {
        self.0.notes.len()
    }

    /// The type that is noted beside the list of this place, as its file has it or as a patch put it there.
    pub(crate) fn noted(&self, list: Origin) -> Option<TypeRef> {
        let is_written = matches!(list.by(), Via::File | Via::Patch);
        if self.0.notes.is_empty() || !is_written {
            return None;
        }
        self.0.notes.get(&(list.file(), list.line())).copied()
    }
}
