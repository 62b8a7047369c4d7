//! What `crds:` files say of references, labels and names in custom resources
//! (`accumulator.LoadConfigFromCRDs`).

use manifest::{Gvk, Node};

use super::{BackReference, Config, gvk};
use crate::fieldspec::{FieldSpec, FieldSpecs};

/// How deep definitions may refer to each other.
const MAX_DEPTH: usize = 32;

/// The field specs in an OpenAPI-like map of type names to definitions.
///
/// # Errors
/// Two of them conflict.
pub(crate) fn config_of_crds(definitions: &Node) -> Result<Config, String> {
    let mut config = Config::default();
    for (name, definition) in definitions.as_map().into_iter().flat_map(manifest::Map::iter) {
        let Some(properties) = properties(definition) else { continue };
        let is_kind =
            ["kind", "apiVersion", "metadata"].iter().all(|name| properties.get(name).is_some());
        if is_kind {
            let kind = name.rsplit('.').next().unwrap_or_default();
            let mut found = Config::default();
            collect(&mut found, &gvk("", "", kind), definitions, name, &mut Vec::new())?;
            config.merge(&found)?;
        }
    }
    Ok(config)
}

fn properties(definition: &Node) -> Option<&Node> {
    definition.get("Schema").or_else(|| definition.get("schema"))?.get("properties")
}

fn collect(
    config: &mut Config,
    kind: &Gvk,
    definitions: &Node,
    name: &str,
    path: &mut Vec<String>,
) -> Result<(), String> {
    let fields = definitions.get(name).and_then(properties).and_then(Node::as_map);
    if path.len() > MAX_DEPTH {
        return Ok(());
    }
    for (field, schema) in fields.into_iter().flat_map(manifest::Map::iter) {
        path.push(field.to_string());
        let spec = |more: Option<&str>| {
            let parts: Vec<&str> = path.iter().map(String::as_str).chain(more).collect();
            FieldSpec::new(kind.clone(), &parts.join("/"), false)
        };
        let text = |key: &str| schema.get(key).and_then(Node::as_str);
        if text("x-kubernetes-annotation").is_some() {
            config.common_annotations.merge_one(&spec(None))?;
        }
        if text("x-kubernetes-label-selector").is_some() {
            config.common_labels.merge_one(&spec(None))?;
        }
        if text("x-kubernetes-identity").is_some() {
            config.name_prefix.merge_one(&spec(None))?;
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(target)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            config.merge_reference(&BackReference {
                target: gvk("", version, target),
                referrers: FieldSpecs(vec![spec(Some(key))]),
            })?;
        }
        if let Some(reference) = text("$ref") {
            collect(config, kind, definitions, reference, path)?;
        }
        path.pop();
    }
    Ok(())
}
