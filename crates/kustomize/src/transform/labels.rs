//! `labels`, `commonLabels` and `commonAnnotations`.

use manifest::{Diagnostic, Key, Node, Text, Value, Via};

use super::field_error;
use crate::alias::Added;
use crate::decode::Located;
use crate::fieldspec::{Create, Fault, FieldSpecs};
use crate::resources::Resources;

type Pairs = [(Key, Located<Text>)];

/// Sets labels in all fields of `specs` (`api/filters/labels`).
///
/// # Errors
/// A spec leads to something that is no map, or a key would be read back as no text.
pub(crate) fn set_labels(
    pairs: &Pairs,
    specs: &FieldSpecs,
    resources: &mut Resources,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    set(pairs, specs, resources, Via::Labels)
}

/// Sets annotations in all fields of `specs` (`api/filters/annotations`).
///
/// # Errors
/// As [`set_labels`].
pub(crate) fn set_annotations(
    pairs: &Pairs,
    specs: &FieldSpecs,
    resources: &mut Resources,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    set(pairs, specs, resources, Via::Annotations)
}

fn set(
    pairs: &Pairs,
    specs: &FieldSpecs,
    resources: &mut Resources,
    via: Via,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    for (key, value) in pairs {
        if !is_text_key(key) {
            let cause = format!("the key `{key}` is read back as a number, bool or null");
            return Err(Diagnostic::error(value.origin, cause).help("choose another key"));
        }
    }
    let Some((_, first)) = pairs.first() else { return Ok(Vec::new()) };
    let at = first.origin;
    let mut findings = Vec::new();
    for resource in resources.iter_mut() {
        let gvk = resource.id().gvk.clone();
        let mut added = Added::default();
        for spec in specs.iter().filter(|spec| spec.applies_to(&gvk)) {
            if !spec.create && !spec.any(resource.node(), &mut |_| true) {
                continue;
            }
            added.follow(spec);
            let mut set = |node: &mut Node| {
                if let Some(map) = node.as_map() {
                    added.note(map, pairs.iter().map(|(key, _)| key));
                }
                set_pairs(node, pairs, via)
            };
            spec.visit(resource.node_mut(), Create::Map, at.via(via), &mut set)
                .map_err(|fault| field_error(resource, &fault, at))?;
        }
        findings.extend(resource.settle_aliases());
        added.share(resource, pairs.iter().map(|(key, _)| key));
    }
    Ok(findings)
}

fn set_pairs(node: &mut Node, pairs: &Pairs, via: Via) -> Result<(), Fault> {
    if matches!(node.value, Value::Unknown(_)) {
        return Ok(());
    }
    let (kind, origin) = (node.type_name(), node.origin);
    let Some(map) = node.as_map_mut() else {
        return Err(Fault::new(format!("a {kind} is no map of labels or annotations"), origin));
    };
    for (key, value) in pairs {
        map.set(key.clone(), Node::string(value.value.clone(), value.origin.via(via)));
    }
    Ok(())
}

/// Whether kustomize, which writes the key plain, would read text back.
pub(crate) fn is_text_key(key: &str) -> bool {
    use manifest::yaml::{Flavor, Reader};
    let could_be_else = |c: u8| c.is_ascii_digit() || b"+-.~tTfFnN".contains(&c);
    if !key.bytes().next().is_some_and(could_be_else) || key.contains('/') {
        return !key.is_empty();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '+');
    if !key.chars().all(plain) {
        return true;
    }
    let read = Reader::new().read(key.as_bytes(), manifest::FileName::NONE, Flavor::Resource);
    read.is_ok_and(|nodes| nodes.first().is_some_and(|node| node.as_str().is_some()))
}
