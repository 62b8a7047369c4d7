//! The types that a CustomResourceDefinition defines, from its structural schemas.
//!
//! The rules are those of apiextensions-apiserver's OpenAPI builder followed by kube-openapi's
//! conversion: the root and embedded resources get `apiVersion`, `kind` and `metadata`; unknown
//! fields are there from where `x-kubernetes-preserve-unknown-fields` stands, all the way down.

use std::sync::Arc;

use manifest::{Node, Object, Text};

use crate::custom::Structural;

use super::builtin;
use super::table::{DEDUCED, Def, Field, Format, MapDef, Ref, Relation, Table, UNTYPED};

/// One table for each version that is served: its `apiVersion`, the kind, and the types.
pub(super) fn tables(definition: &Object) -> Vec<(Text, Text, Table)> {
    let spec = |path: &[&str]| definition.root().get("spec")?.at(path);
    let is_definition = definition.kind() == "CustomResourceDefinition"
        && definition.api_version() == "apiextensions.k8s.io/v1";
    let text = |node: Option<&Node>| node.and_then(Node::as_str).map(Text::from);
    let (Some(group), Some(kind), true) =
        (text(spec(&["group"])), text(spec(&["names", "kind"])), is_definition)
    else {
        return Vec::new();
    };
    let versions = spec(&["versions"]).and_then(Node::as_list).unwrap_or_default();
    let preserve = spec(&["preserveUnknownFields"]).and_then(Node::as_bool) == Some(true);
    let table = |version: &Node| {
        let api_version = ecow::eco_format!("{group}/{}", version.str_at(&["name"])?);
        let mut table = Table::default();
        let def = match version.at(&["schema", "openAPIV3Schema"]) {
            Some(schema) => Builder { table: &mut table }.def(schema, preserve, true),
            None => Def::anything(Ref::Builtin(DEDUCED), false),
        };
        table.schema = version.at(&["schema", "openAPIV3Schema"]).cloned();
        table.structural = table.schema.as_ref().map(|schema| Arc::new(Structural::read(schema)));
        let root = table.push(def);
        table.add_root(&api_version, &kind, root);
        Some((api_version, kind.clone(), table))
    };
    versions.iter().filter_map(table).collect()
}

/// The `apiVersion`s and the kind that a definition defines.
pub(super) fn versions(definition: &Object) -> Vec<(Text, Text)> {
    let spec = |path: &[&str]| definition.root().get("spec")?.at(path);
    let text = |path: &[&str]| spec(path).and_then(Node::as_str).unwrap_or_default();
    let (group, kind) = (text(&["group"]), text(&["names", "kind"]));
    let versions = spec(&["versions"]).and_then(Node::as_list).unwrap_or_default();
    let names = versions.iter().filter_map(|version| version.str_at(&["name"]));
    names.map(|name| (ecow::eco_format!("{group}/{name}"), kind.into())).collect()
}

struct Builder<'t> {
    table: &'t mut Table,
}

impl Builder<'_> {
    fn reference(&mut self, schema: &Node, preserve: bool) -> Ref {
        let embedded = flag(schema, "x-kubernetes-embedded-resource");
        let def = self.def(schema, preserve, embedded);
        Ref::Own(self.table.push(def))
    }

    /// The type of a schema; of a resource, one that has `metadata`, if so it is.
    fn def(&mut self, schema: &Node, preserve: bool, resource: bool) -> Def {
        let preserve = preserve || flag(schema, "x-kubernetes-preserve-unknown-fields");
        match schema.str_at(&["type"]) {
            Some("object") => Def::map(self.map(schema, preserve, resource)),
            Some("array") => self.list(schema, preserve),
            Some(scalar) => Def::scalar(format(scalar, schema.str_at(&["format"]))),
            None => {
                let mut def = self.list(schema, preserve);
                def.scalar = Some(Format::Any);
                def.map = Some(self.map(schema, preserve, resource));
                def
            }
        }
    }

    fn map(&mut self, schema: &Node, preserve: bool, resource: bool) -> MapDef {
        let mut fields = Vec::new();
        let properties = schema.get("properties").and_then(Node::as_map);
        let has_properties = resource || properties.is_some_and(|map| !map.is_empty());
        if resource {
            let text = self.table.push(Def::scalar(Format::Text));
            fields.push(Field::new("apiVersion", Ref::Own(text)));
            fields.push(Field::new("kind", Ref::Own(text)));
            fields.push(Field::new("metadata", Ref::Builtin(builtin::object_meta())));
        }
        for (name, property) in properties.into_iter().flat_map(manifest::Map::iter) {
            if fields.iter().any(|field| field.name == name.as_str()) {
                continue;
            }
            let of = self.reference(property, preserve);
            let default = property.get("default").cloned();
            fields.push(Field { default, ..Field::new(name.text().clone(), of) });
        }
        let additional = schema.get("additionalProperties");
        let values = match additional.map(|node| (node, node.as_bool())) {
            Some((_, Some(true))) => Some(Ref::Builtin(DEDUCED)),
            Some((_, Some(false))) => None,
            Some((values, None)) => Some(self.reference(values, preserve)),
            None => (preserve || !has_properties).then_some(Ref::Builtin(DEDUCED)),
        };
        let atomic = schema.str_at(&["x-kubernetes-map-type"]) == Some("atomic");
        MapDef::new(fields, values, atomic)
    }

    fn list(&mut self, schema: &Node, preserve: bool) -> Def {
        let items = match schema.get("items") {
            Some(items) => self.reference(items, preserve),
            None => Ref::Builtin(UNTYPED),
        };
        let keys = schema.get("x-kubernetes-list-map-keys").and_then(Node::as_list);
        let relation = match schema.str_at(&["x-kubernetes-list-type"]) {
            Some("set") => Relation::Set,
            Some("map") => {
                let keys = keys.unwrap_or_default().iter().filter_map(Node::as_str);
                Relation::Keys(keys.map(Text::from).collect())
            }
            _ => Relation::Atomic,
        };
        Def::list(items, relation)
    }
}

fn flag(schema: &Node, name: &str) -> bool {
    schema.get(name).and_then(Node::as_bool) == Some(true)
}

fn format(scalar: &str, format: Option<&str>) -> Format {
    match (scalar, format) {
        ("integer", Some("int32")) => Format::Int32,
        ("integer", _) => Format::Int64,
        ("number", _) => Format::Double,
        ("boolean", _) => Format::Bool,
        ("string", None | Some("")) => Format::Text,
        ("string", Some("byte")) => Format::Bytes,
        _ => Format::Any,
    }
}
