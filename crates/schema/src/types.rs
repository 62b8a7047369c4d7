//! What is known of the shape of objects: fields, how lists and maps merge, defaults of keys.
//!
//! [`Types`] is looked up by kind and gives a [`Type`], a cursor that goes down with the object. Its
//! rules are those of the API server's conversion from OpenAPI (kube-openapi's `schemaconv`).

mod builtin;
mod crd;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::{Node, Object, Text};

use crate::custom::Structural;

pub use table::{Field, Format, Patch};
use table::{ListDef, MapDef, Ref, Relation, Table};

/// The types that one cluster knows: the built-in ones, and those of its
/// CustomResourceDefinitions.
#[derive(Clone, Default, Debug)]
pub struct Types {
    /// By `apiVersion` and kind.
    custom: BTreeMap<(Text, Text), Arc<Table>>,
}

/// The type of one value; a cursor that is cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Type<'t> {
    table: &'t Table,
    index: usize,
}

/// The type of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListType<'t> {
    table: &'t Table,
    def: &'t ListDef,
}

/// The type of a map: of named fields, of any keys, or both.
#[derive(Clone, Copy, Debug)]
pub struct MapType<'t> {
    table: &'t Table,
    def: &'t MapDef,
}

/// How the items of a list belong together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListKind<'t> {
    /// One value: who writes it, writes all of it.
    Atomic,
    /// Items are what they are, each once.
    Set,
    /// Items are known by the values of these fields.
    Map(&'t [Text]),
}

impl Types {
    /// The built-in types only.
    pub fn builtin() -> Types {
        Types::default()
    }

    /// These types, and those of all versions that a CustomResourceDefinition has. Another object
    /// adds nothing.
    #[must_use]
    pub fn with_crd(mut self, definition: &Object) -> Types {
        for (api_version, kind, table) in crd::tables(definition) {
            self.custom.insert((api_version, kind), Arc::new(table));
        }
        self
    }

    /// These types without those of a CustomResourceDefinition. What others have is kept as it is,
    /// with all that was compiled of it.
    #[must_use]
    pub fn without_crd(mut self, definition: &Object) -> Types {
        for (api_version, kind) in crd::versions(definition) {
            self.custom.remove(&(api_version, kind));
        }
        self
    }

    /// The type of a kind's objects, where it is known.
    pub fn get(&self, api_version: &str, kind: &str) -> Option<Type<'_>> {
        if let Some(index) = builtin::table().root(api_version, kind) {
            return Some(Type { table: builtin::table(), index });
        }
        if self.custom.is_empty() {
            return None;
        }
        let table = self.custom.get(&(api_version.into(), kind.into()))?;
        Some(Type { table, index: table.root(api_version, kind)? })
    }

    /// The type of a kind's objects. What is not known is deduced from the values: maps merge,
    /// lists don't (structured-merge-diff's `DeducedParseableType`).
    pub fn root(&self, api_version: &str, kind: &str) -> Type<'_> {
        self.get(api_version, kind).unwrap_or_else(Type::deduced)
    }

    /// The structural schema of a custom kind.
    pub fn schema(&self, api_version: &str, kind: &str) -> Option<&Node> {
        let key = (api_version.into(), kind.into());
        self.custom.get(&key)?.schema.as_ref()
    }

    /// The same, read.
    pub fn structural(&self, api_version: &str, kind: &str) -> Option<&Structural> {
        let key = (api_version.into(), kind.into());
        self.custom.get(&key)?.structural.as_deref()
    }

    /// The type of a built-in kind's objects.
    pub fn builtin_type(api_version: &str, kind: &str) -> Option<Type<'static>> {
        let index = builtin::table().root(api_version, kind)?;
        Some(Type { table: builtin::table(), index })
    }

    /// The built-in types that have a name, by their names.
    pub fn named() -> Vec<Type<'static>> {
        let table = builtin::table();
        let mut indexes: Vec<(&Text, usize)> =
            table.names.iter().map(|(index, name)| (name, *index)).collect();
        indexes.sort();
        indexes.into_iter().map(|(_, index)| Type { table, index }).collect()
    }

    /// Whether objects of this kind are kept in a form of fixed fields, as all built-in ones are.
    pub fn is_builtin(api_version: &str, kind: &str) -> bool {
        builtin::table().root(api_version, kind).is_some()
    }
}

impl<'t> Type<'t> {
    /// The type of what nobody knows: maps merge, lists don't.
    pub fn deduced() -> Type<'t> {
        Type { table: builtin::table(), index: table::DEDUCED }
    }

    /// The scalar it may be, if any.
    pub fn scalar(self) -> Option<Format> {
        self.table.def(self.index).scalar
    }

    /// The list it may be, if any.
    pub fn list(self) -> Option<ListType<'t>> {
        let def = self.table.def(self.index).list.as_ref()?;
        Some(ListType { table: self.table, def })
    }

    /// The map it may be, if any.
    pub fn map(self) -> Option<MapType<'t>> {
        let def = self.table.def(self.index).map.as_ref()?;
        Some(MapType { table: self.table, def })
    }

    /// The name of a built-in type: group, version and a Go type's name, e.g. `core.v1.PodSpec`.
    pub fn name(self) -> Option<&'t str> {
        self.table.names.get(&self.index).map(Text::as_str)
    }

    /// The kinds whose objects are of this type, with their `apiVersion`.
    pub fn kinds(self) -> Vec<(Text, Text)> {
        self.table.kinds_of(self.index)
    }

    /// Whether it is the type of what nobody knows.
    pub(crate) fn is_deduced(self) -> bool {
        self.index == table::DEDUCED && std::ptr::eq(self.table, builtin::table())
    }

    fn follow(table: &'t Table, reference: Ref) -> Type<'t> {
        match reference {
            Ref::Own(index) => Type { table, index },
            Ref::Builtin(index) => Type { table: builtin::table(), index },
        }
    }
}

impl<'t> ListType<'t> {
    /// The type of its items.
    pub fn elements(self) -> Type<'t> {
        Type::follow(self.table, self.def.items)
    }

    /// How its items belong together.
    pub fn kind(self) -> ListKind<'t> {
        match &self.def.relation {
            Relation::Atomic => ListKind::Atomic,
            Relation::Set => ListKind::Set,
            Relation::Keys(keys) => ListKind::Map(keys),
        }
    }
}

impl<'t> MapType<'t> {
    /// A field by its name.
    pub fn field(self, name: &str) -> Option<(&'t Field, Type<'t>)> {
        let field = self.def.field(name)?;
        Some((field, Type::follow(self.table, field.of)))
    }

    /// The position of a named field in the order of their declaration.
    pub(crate) fn position(self, name: &str) -> Option<usize> {
        self.def.position(name)
    }

    /// The named field at a position.
    pub(crate) fn field_at(self, position: usize) -> Option<(&'t Field, Type<'t>)> {
        let field = self.def.fields.get(position)?;
        Some((field, Type::follow(self.table, field.of)))
    }

    /// The positions of the fields that the server always writes, in order.
    pub(crate) fn always(self) -> impl Iterator<Item = usize> {
        self.def.always.iter().map(|position| usize::from(*position))
    }

    /// All named fields, in the order of their declaration.
    pub fn fields(self) -> impl ExactSizeIterator<Item = (&'t Field, Type<'t>)> {
        self.def.fields.iter().map(move |field| (field, Type::follow(self.table, field.of)))
    }

    /// The type of what stands under keys that are no named field; `None` where there may be no
    /// such keys.
    pub fn map_values(self) -> Option<Type<'t>> {
        Some(Type::follow(self.table, self.def.values?))
    }

    /// The type of what stands under a key.
    pub fn entry(self, key: &str) -> Option<Type<'t>> {
        match self.field(key) {
            Some((_, of)) => Some(of),
            None => self.map_values(),
        }
    }

    /// Whether it is one value: who writes it, writes all of it.
    pub fn is_atomic(self) -> bool {
        self.def.atomic
    }

    /// The value that a key field has where an item leaves it out.
    pub fn key_default(self, name: &str) -> Option<&'t Node> {
        self.def.field(name)?.default.as_ref()
    }
}

#[cfg(test)]
mod tests;
