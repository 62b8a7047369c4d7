//! A schema of the build's own: the OpenAPI v2 document that `openapi: path` names.
//!
//! The facts read, and how, are those of kyaml/openapi/openapi.go: definitions are found by
//! `x-kubernetes-group-version-kind`, references by `#/definitions/`; of a list count
//! `x-kubernetes-patch-strategy` and, by preference, `x-kubernetes-list-map-keys` over
//! `x-kubernetes-patch-merge-key`; scopes come from `paths`.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use manifest::{Node, Origin};
use rustc_hash::FxHashMap;

use super::{BUILTIN, Facts, Kind, Schema, Type, TypeRef};

/// The one group whose types a schema of the build's own does not replace.
const OWN_GROUP: &str = "kustomize.config.k8s.io/";

const GVK: &str = "x-kubernetes-group-version-kind";

/// Why a document is no schema, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct SchemaError {
    /// The place in the document.
    pub origin: Origin,
    /// The cause, a lowercase fragment.
    pub cause: EcoString,
}

fn fault(node: &Node, cause: impl Into<EcoString>) -> SchemaError {
    SchemaError { origin: node.origin, cause: cause.into() }
}

impl Schema {
    /// The facts of an OpenAPI document. They replace the built-in ones, but for kustomize's own
    /// types and the scopes known beforehand.
    ///
    /// # Errors
    /// Where the parts that matter have another form: definitions that are no map, a kind without
    /// text, keys that are no text.
    pub(crate) fn from_openapi(document: &Node) -> Result<Schema, SchemaError> {
        let mut reader = OpenApi { facts: Facts::default() };
        if document.as_map().is_none() {
            return Err(fault(document, "an OpenAPI document is a map"));
        }
        if let Some(definitions) = document.get("definitions") {
            reader.definitions(definitions)?;
        }
        if let Some(paths) = document.get("paths") {
            reader.scopes(paths)?;
        }
        reader.own_types();
        reader.facts.sort();
        Ok(Schema(Arc::new(reader.facts)))
    }
}

pub(super) struct OpenApi {
    pub(super) facts: Facts,
}

impl OpenApi {
    fn definitions(&mut self, node: &Node) -> Result<(), SchemaError> {
        let Some(definitions) = node.as_map() else {
            return Err(fault(node, "`definitions` is a map"));
        };
        // All have their place before any is read, so that they may refer to each other.
        for name in definitions.keys() {
            let at = self.facts.push(Type::default());
            self.facts.names.insert(name.text().clone(), at);
        }
        for (name, definition) in definitions.iter() {
            let ty = self.read(definition)?;
            let Some(&at) = self.facts.names.get(name.text()) else { continue };
            if let Some(place) = self.facts.types.get_mut(at.0 as usize) {
                *place = ty;
            }
            let Some(kinds) = definition.get(GVK).and_then(Node::as_list) else { continue };
            for kind in kinds.iter().filter(|kind| kind.as_map().is_some()) {
                let (api_version, kind) = type_meta(kind)?;
                self.kind(api_version, kind).root = Some(at);
            }
        }
        self.follow(definitions);
        Ok(())
    }

    /// Lets a definition that is nothing but a reference be what it refers to.
    fn follow(&mut self, definitions: &manifest::Map) {
        let end = |name: &EcoString| {
            let mut name = name.clone();
            // A chain longer than there are definitions is a circle.
            for _ in 0..definitions.len() {
                match definitions.get(&name).and_then(reference) {
                    Some(next) => name = next.into(),
                    None => return Some(name),
                }
            }
            None
        };
        let alias: FxHashMap<TypeRef, Option<TypeRef>> = definitions
            .iter()
            .filter(|(_, definition)| reference(definition).is_some())
            .filter_map(|(name, _)| {
                let at = *self.facts.names.get(name.text())?;
                Some((at, end(name.text()).and_then(|end| self.facts.names.get(&end).copied())))
            })
            .collect();
        if alias.is_empty() {
            return;
        }
        let settle = |ty: TypeRef| alias.get(&ty).copied().unwrap_or(Some(ty));
        for ty in &mut self.facts.types {
            ty.fields = std::mem::take(&mut ty.fields)
                .into_iter()
                .filter_map(|(name, field)| Some((name, settle(field)?)))
                .collect();
            ty.values = ty.values.and_then(settle);
            ty.elements = ty.elements.and_then(settle);
        }
    }

    /// The type that a schema node describes, or that it refers to.
    pub(super) fn type_of(&mut self, node: &Node) -> Result<Option<TypeRef>, SchemaError> {
        if let Some(name) = reference(node) {
            // The built-in table has the names of Kubernetes' types without their packages.
            let short = name.strip_prefix("io.k8s.").and_then(|name| name.rsplit('.').next());
            let names = &self.facts.names;
            return Ok(names.get(name).or_else(|| names.get(short?)).copied());
        }
        let ty = self.read(node)?;
        Ok(Some(self.facts.push(ty)))
    }

    fn read(&mut self, node: &Node) -> Result<Type, SchemaError> {
        let mut ty = Type::default();
        if let Some(properties) = node.get("properties").and_then(Node::as_map) {
            for (name, property) in properties.iter() {
                if let Some(field) = self.type_of(property)? {
                    ty.fields.push((name.text().clone(), field));
                }
            }
        }
        if let Some(values) =
            node.get("additionalProperties").filter(|node| node.as_map().is_some())
        {
            ty.values = self.type_of(values)?;
        }
        if let Some(items) = node.get("items").filter(|_| is_array(node)) {
            ty.elements = self.type_of(items)?;
        }
        ty.merge = merge_keys(node)?;
        Ok(ty)
    }

    fn kind(&mut self, api_version: EcoString, kind: EcoString) -> &mut Kind {
        let kinds = &mut self.facts.kinds;
        let known =
            kinds.iter().position(|known| known.kind == kind && known.api_version == api_version);
        let at = known.unwrap_or_else(|| {
            kinds.push(Kind { kind, api_version, ..Kind::default() });
            kinds.len() - 1
        });
        // A position just found, or the last one just pushed.
        &mut kinds[at]
    }

    /// A kind lives in a namespace if one of the paths to read it names one.
    fn scopes(&mut self, node: &Node) -> Result<(), SchemaError> {
        let Some(paths) = node.as_map() else { return Err(fault(node, "`paths` is a map")) };
        for (path, operations) in paths.iter() {
            let Some(kind) = operations.at(&["get", GVK]).filter(|kind| kind.as_map().is_some())
            else {
                continue;
            };
            let (api_version, kind) = type_meta(kind)?;
            let namespaced = &mut self.kind(api_version, kind).namespaced;
            let named = path.contains("namespaces/{namespace}");
            *namespaced = Some(named || namespaced.unwrap_or_default());
        }
        Ok(())
    }

    /// Takes kustomize's own types over from the built-in schema.
    fn own_types(&mut self) {
        let builtin = &BUILTIN.0;
        for kind in builtin.kinds.iter().filter(|kind| kind.api_version.starts_with(OWN_GROUP)) {
            let root = kind.root.and_then(|root| self.copy(builtin, root));
            self.kind(kind.api_version.clone(), kind.kind.clone()).root = root;
        }
    }

    fn copy(&mut self, from: &Facts, at: TypeRef) -> Option<TypeRef> {
        let ty = from.types.get(at.0 as usize)?;
        let fields = ty
            .fields
            .iter()
            .filter_map(|(name, field)| Some((name.clone(), self.copy(from, *field)?)))
            .collect();
        let elements = ty.elements.and_then(|elements| self.copy(from, elements));
        Some(self.facts.push(Type { fields, values: None, elements, merge: ty.merge.clone() }))
    }
}

fn reference(node: &Node) -> Option<&str> {
    node.str_at(&["$ref"])?.strip_prefix("#/definitions/")
}

fn is_array(node: &Node) -> bool {
    match node.get("type") {
        Some(ty) if ty.as_str() == Some("array") => true,
        Some(ty) => matches!(ty.as_list(), Some([only]) if only.as_str() == Some("array")),
        None => false,
    }
}

/// The keys by which a list merges, where its strategy says that it does.
fn merge_keys(node: &Node) -> Result<Option<Vec<EcoString>>, SchemaError> {
    let Some(strategy) = node.get("x-kubernetes-patch-strategy") else { return Ok(None) };
    let text = |node: &Node, what: &str| match node.as_str() {
        Some(text) => Ok(EcoString::from(text)),
        None => Err(fault(node, eco_format!("{what} is text"))),
    };
    if !text(strategy, "a patch strategy")?.split(',').any(|word| word == "merge") {
        return Ok(None);
    }
    if let Some(keys) = node.get("x-kubernetes-list-map-keys") {
        let Some(keys) = keys.as_list() else { return Err(fault(keys, "merge keys are a list")) };
        return keys.iter().map(|key| text(key, "a merge key")).collect::<Result<_, _>>().map(Some);
    }
    let key = node.get("x-kubernetes-patch-merge-key");
    key.into_iter().map(|key| text(key, "a merge key")).collect::<Result<_, _>>().map(Some)
}

/// API version and kind of an `x-kubernetes-group-version-kind`.
fn type_meta(node: &Node) -> Result<(EcoString, EcoString), SchemaError> {
    let text = |key: &str| node.str_at(&[key]).filter(|text| !text.is_empty());
    let (Some(version), Some(kind)) = (node.str_at(&["version"]), node.str_at(&["kind"])) else {
        return Err(fault(node, eco_format!("`{GVK}` has a version and a kind")));
    };
    let api_version = match text("group") {
        Some(group) => eco_format!("{group}/{version}"),
        None => version.into(),
    };
    Ok((api_version, kind.into()))
}
