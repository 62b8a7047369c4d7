//! The ValueAddTransformer: one value into fields, or into a place of a file path in them
//! (`api/filters/valueadd`).

use manifest::yaml::Flavor;
use manifest::{Diagnostic, Gvk, Node, Text, Value, Via};

use super::decoded;
use crate::builder::{Builder, Failed};
use crate::decode::{Fields, Located};
use crate::fieldspec::{Create, Fault, FieldSpec, FieldSpecs};
use crate::kustomization::Selector;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::selector::Matcher;
use crate::transform::{field_error, names};

struct Target {
    selector: Option<Selector>,
    field_path: Located<Text>,
    position: usize,
}

/// Runs the transformer.
pub(super) fn run(
    builder: &mut Builder<'_>,
    directory: &str,
    node: &Node,
    resources: &mut Resources,
) -> Result<(), Failed> {
    let (value, mut targets, file) = decoded(builder, |d| {
        let fields = Fields::lenient(node, &["value", "targets", "targetFilePath"], d);
        let value = fields.located("value", d).map(|v| v.value.trim().into()).unwrap_or_default();
        (value, decode_targets(&fields, d), fields.located("targetFilePath", d))
    })?;
    let value: Text = value;
    if let Some(path) = file {
        let entry = path.origin;
        let (path, content) = builder.load_file(directory, &path)?;
        let documents = builder.documents(&path, &content, Flavor::Config, entry)?;
        if let Some(document) = documents.first() {
            targets.extend(decoded(builder, |d| {
                decode_targets(&Fields::lenient(document, &["targets"], d), d)
            })?);
        }
    }
    let value =
        if value.is_empty() { directory.rsplit('/').next().unwrap_or_default() } else { &value };
    if targets.is_empty() {
        return Err(builder.fail(Diagnostic::error(node.origin, "there are no targets")));
    }
    for target in &targets {
        let done = set(builder, value, target, resources);
        builder.check(done)?;
    }
    Ok(())
}

fn decode_targets(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Target> {
    let known = &["selector", "fieldPath", "filePathPosition"];
    let mut targets = Vec::new();
    for item in fields.list("targets", diagnostics) {
        let fields = Fields::lenient(item, known, diagnostics);
        let position = fields.int("filePathPosition", diagnostics).unwrap_or_default();
        let field_path = fields.located("fieldPath", diagnostics);
        if field_path.is_none() || position < 0 {
            let cause = "a target needs a fieldPath, and no negative filePathPosition";
            diagnostics.push(Diagnostic::error(item.origin, cause));
        }
        targets.push(Target {
            selector: fields.get("selector").map(|node| Selector::decode(node, diagnostics)),
            field_path: field_path.unwrap_or_default(),
            position: usize::try_from(position).unwrap_or_default(),
        });
    }
    targets
}

fn set(
    builder: &Builder<'_>,
    value: &str,
    target: &Target,
    resources: &mut Resources,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let matcher = target.selector.as_ref().map(Matcher::new).transpose()?;
    let at = target.field_path.origin;
    let selected = |resource: &Resource| matcher.as_ref().is_none_or(|m| m.matches(resource));
    let path = target.field_path.value.as_str();
    let spec = FieldSpec::new(Gvk::default(), path, true);
    let namespace = Located::new(Text::from(value), at);
    let mut findings = Vec::new();
    for resource in resources.renaming().filter(|resource| selected(resource)) {
        if path == "metadata/namespace" {
            let args = names::Namespace::new(&namespace);
            let mut one = Resources::new();
            one.append(resource.clone())?;
            names::set_namespace(&args, &FieldSpecs::default(), &mut one, builder.schema())?;
            if let Some(done) = one.into_vec().into_iter().next() {
                *resource = done;
            }
            continue;
        }
        let mut put = |node: &mut Node| {
            let text = match &node.value {
                Value::Unknown(_) => return Ok(()),
                _ => node.scalar_text(),
            };
            let Some(text) = text else {
                return Err(Fault::new("a value belongs into text", node.origin));
            };
            *node = Node::string(insert(&text, target.position, value), at.via(Via::Transformer));
            Ok(())
        };
        spec.visit(resource.node_mut(), Create::Scalar, at, &mut put)
            .map_err(|fault| field_error(resource, &fault, at))?;
        findings.extend(resource.settle_aliases());
        resource.refresh(builder.schema());
    }
    Ok(findings)
}

/// `value` as the `position`-th part (1-based) of a file path; 0 replaces the whole text.
fn insert(path: &str, position: usize, value: &str) -> String {
    if position == 0 {
        return value.to_owned();
    }
    let slash = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert((position - 1).min(parts.len()), value);
    format!("{slash}{}", parts.join("/"))
}
