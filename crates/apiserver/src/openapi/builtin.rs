//! Definitions of the built-in types.

use manifest::{Map, Node, Origin, Text};
use schema::types::{Field, Format, ListKind, MapType, Type};
use schema::{KindInfo, Types};

use super::operations::PATCH;
use super::{Definitions, Flavor, gvks};
use crate::discovery;
use crate::make::{list, map, text};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/// All of them.
pub(super) fn all(flavor: Flavor) -> Definitions {
    let mut definitions = Definitions::new();
    scalars(flavor, &mut definitions);
    for of in Types::named() {
        if let Some((name, definition)) = definition(of, flavor, &mut Vec::new()) {
            definitions.insert(name.into(), definition);
        }
    }
    definitions
}

/// The type of a kind and all that it refers to, for version 3. Gives the name of its definition.
pub(super) fn reachable(info: &KindInfo, definitions: &mut Definitions) -> Option<Text> {
    reachable_by(&info.group, &info.version, &info.kind, definitions)
}

/// [`reachable`], of any kind.
pub(super) fn reachable_by(
    group: &str,
    version: &str,
    kind: &str,
    definitions: &mut Definitions,
) -> Option<Text> {
    let types = Types::builtin();
    let of = types.get(&discovery::api_version(group, version), kind)?;
    scalars(Flavor::V3, definitions);
    follow(of, definitions);
    of.name().map(|name| full_name(name).into())
}

/// What all objects have and all operations use, for version 3.
pub(super) fn common(definitions: &mut Definitions) {
    const COMMON: [&str; 4] =
        ["meta.v1.ObjectMeta", "meta.v1.ListMeta", "meta.v1.Status", "meta.v1.DeleteOptions"];
    scalars(Flavor::V3, definitions);
    for of in Types::named() {
        if of.name().is_some_and(|name| COMMON.contains(&name)) {
            follow(of, definitions);
        }
    }
    definitions.insert(PATCH.into(), map([("type", text("object"))]));
}

fn follow(of: Type<'_>, definitions: &mut Definitions) {
    let mut left = vec![of];
    while let Some(of) = left.pop() {
        let Some(name) = of.name().map(full_name) else { continue };
        if definitions.contains_key(name.as_str()) {
            continue;
        }
        if let Some((name, definition)) = definition(of, Flavor::V3, &mut left) {
            definitions.insert(name.into(), definition);
        }
    }
}

/// `core.v1.Pod` as Kubernetes calls it: after the Go package.
pub(super) fn full_name(name: &str) -> String {
    match name.split_once('.') {
        Some(("meta", _)) => format!("io.k8s.apimachinery.pkg.apis.{name}"),
        Some(("apiextensions", _)) => format!("io.k8s.apiextensions-apiserver.pkg.apis.{name}"),
        Some(("apiregistration", _)) => format!("io.k8s.kube-aggregator.pkg.apis.{name}"),
        _ => format!("io.k8s.api.{name}"),
    }
}

/// The types that are a scalar with a name.
fn scalars(flavor: Flavor, definitions: &mut Definitions) {
    let one_of = |words: [&str; 2]| list(words.map(|word| map([("type", text(word))])));
    let time = || map([("type", text("string")), ("format", text("date-time"))]);
    let (quantity, int_or_string) = match flavor {
        Flavor::V2 => (
            map([("type", text("string"))]),
            map([("type", text("string")), ("format", text("int-or-string"))]),
        ),
        Flavor::V3 => (
            map([("oneOf", one_of(["string", "number"]))]),
            map([("format", text("int-or-string")), ("oneOf", one_of(["integer", "string"]))]),
        ),
    };
    definitions.insert(QUANTITY.into(), quantity);
    definitions.insert(INT_OR_STRING.into(), int_or_string);
    definitions.insert(format!("{META}Time").into(), time());
    definitions.insert(format!("{META}MicroTime").into(), time());
}

/// A type with its name; the named types that it refers to are put to `met`.
fn definition<'t>(of: Type<'t>, flavor: Flavor, met: &mut Vec<Type<'t>>) -> Option<(String, Node)> {
    let name = full_name(of.name()?);
    let mut definition = object(of.map()?, flavor, met);
    let kinds = of.kinds();
    if let (false, Some(entries)) = (kinds.is_empty(), definition.as_map_mut()) {
        entries.set("x-kubernetes-group-version-kind", gvks(&kinds));
    }
    Some((name, definition))
}

fn object<'t>(of: MapType<'t>, flavor: Flavor, met: &mut Vec<Type<'t>>) -> Node {
    let mut entries = Map::new();
    entries.set("type", text("object"));
    if of.fields().len() > 0 {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (field, of) in of.fields() {
            properties.set(field.name.as_str(), property(field, of, flavor, met));
            if field.required {
                required.push(text(field.name.clone()));
            }
        }
        if !required.is_empty() {
            entries.set("required", list(required));
        }
        entries.set("properties", Node::new(properties, Origin::NONE));
    } else if let Some(values) =
        of.map_values().filter(|values| values.scalar() != Some(Format::Any))
    {
        entries.set("additionalProperties", schema(values, flavor, met));
    }
    if of.is_atomic() {
        entries.set("x-kubernetes-map-type", text("atomic"));
    }
    Node::new(entries, Origin::NONE)
}

/// A field, with what is said of it beyond its type.
fn property<'t>(field: &Field, of: Type<'t>, flavor: Flavor, met: &mut Vec<Type<'t>>) -> Node {
    let mut said = Map::new();
    if !field.options.is_empty() {
        said.set("enum", list(field.options.iter().cloned().map(text)));
    }
    if let (Some(default), Flavor::V3) = (&field.default, flavor) {
        said.set("default", default.clone());
    }
    if let Some(key) = &field.patch.merge_key {
        said.set("x-kubernetes-patch-merge-key", text(key.clone()));
    }
    let strategies = [(field.patch.merge, "merge"), (field.patch.retain_keys, "retainKeys")];
    let strategies: Vec<&str> =
        strategies.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
    if !strategies.is_empty() {
        said.set("x-kubernetes-patch-strategy", text(strategies.join(",")));
    }
    let schema = schema(of, flavor, met);
    if said.is_empty() {
        return schema;
    }
    // Version 3 has nothing beside a reference.
    let mut entries = Map::new();
    if flavor == Flavor::V3 && schema.get("$ref").is_some() {
        entries.set("allOf", list([schema]));
    } else {
        entries = schema.as_map().cloned().unwrap_or_default();
    }
    for (key, value) in said.iter() {
        entries.set(key.clone(), value.clone());
    }
    Node::new(entries, Origin::NONE)
}

fn schema<'t>(of: Type<'t>, flavor: Flavor, met: &mut Vec<Type<'t>>) -> Node {
    if let Some(name) = of.name() {
        met.push(of);
        return flavor.reference(&full_name(name));
    }
    if let Some(format) = of.scalar() {
        return scalar(of, format, flavor);
    }
    if let Some(items) = of.list() {
        let mut entries = Map::new();
        entries.set("type", text("array"));
        entries.set("items", schema(items.elements(), flavor, met));
        let (word, keys) = match items.kind() {
            ListKind::Atomic => ("atomic", None),
            ListKind::Set => ("set", None),
            ListKind::Map(keys) => ("map", Some(list(keys.iter().cloned().map(text)))),
        };
        if let Some(keys) = keys {
            entries.set("x-kubernetes-list-map-keys", keys);
        }
        entries.set("x-kubernetes-list-type", text(word));
        return Node::new(entries, Origin::NONE);
    }
    of.map().map_or_else(|| map([]), |of| object(of, flavor, met))
}

fn scalar(of: Type<'_>, format: Format, flavor: Flavor) -> Node {
    let plain = |of: &str| map([("type", text(of))]);
    let formatted = |of: &str, format: &str| map([("type", text(of)), ("format", text(format))]);
    match format {
        Format::Text => plain("string"),
        Format::Bytes => formatted("string", "byte"),
        Format::Int32 => formatted("integer", "int32"),
        Format::Int64 => formatted("integer", "int64"),
        Format::Double => formatted("number", "double"),
        Format::Bool => plain("boolean"),
        Format::Time => flavor.reference(&format!("{META}Time")),
        Format::MicroTime => flavor.reference(&format!("{META}MicroTime")),
        Format::Quantity => flavor.reference(QUANTITY),
        Format::IntOrString => flavor.reference(INT_OR_STRING),
        // An object as it came is one value; anything at all says nothing of itself.
        Format::Any if of.map().is_some_and(MapType::is_atomic) => plain("object"),
        Format::Any => map([]),
    }
}
