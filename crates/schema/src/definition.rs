//! What the server refuses of a CustomResourceDefinition (apiextensions-apiserver's
//! `apis/apiextensions/validation`): its names, versions and columns, and schemas that are not
//! structural, have defaults that they would refuse themselves, or rules that do not compile or cost
//! too much.
//!
//! The server looks at its internal form of the object, in which what is the same for all versions
//! stands at the top. The paths in messages are those of that form.

mod columns;
mod keywords;
mod rules;
mod spec;
mod structural;

use manifest::Node;

use crate::custom::Structural;
use crate::validation::Wrong;

/// What is wrong with a definition that is about to replace `live`, or to be created.
pub(crate) fn validate(object: &Node, live: Option<&Node>, wrong: &mut Vec<Wrong>) {
    let Some(spec) = object.get("spec") else { return };
    let old = live.and_then(|live| live.get("spec"));
    if old == Some(spec) {
        return;
    }
    let is_established = live.is_some_and(|live| is_true(live, "Established"));
    if live.is_none() {
        spec::name(object, wrong);
    }
    spec::validate(spec, old, is_established, wrong);
    spec::stored_versions(object, wrong);
    spec::approval(object, wrong);
}

fn is_true(object: &Node, condition: &str) -> bool {
    let conditions = object.at(&["status", "conditions"]).and_then(Node::as_list);
    conditions.unwrap_or_default().iter().any(|own| {
        own.str_at(&["type"]) == Some(condition) && own.str_at(&["status"]) == Some("True")
    })
}

/// The formats in a definition's schemas that are not known; the server warns of them.
pub fn unknown_formats(object: &Node) -> Vec<String> {
    let versions = object.at(&["spec", "versions"]).and_then(Node::as_list).unwrap_or_default();
    let mut found = Vec::new();
    for version in versions {
        if let Some(schema) = version.at(&["schema", "openAPIV3Schema"]) {
            keywords::unknown_formats(&Structural::read(schema), &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A value as Go's `json.Marshal` has it.
fn shown(node: &Node) -> String {
    let mut out = String::new();
    manifest::json::write(node, manifest::json::Options::GO, &mut out);
    out
}

fn unsupported(field: String, value: &str, options: &[&str]) -> Wrong {
    let options: Vec<String> = options.iter().map(|option| format!("{option:?}")).collect();
    let message = format!("Unsupported value: {value:?}: supported values: {}", options.join(", "));
    Wrong { field, reason: "FieldValueNotSupported", message }
}

fn required(field: String, why: &str) -> Wrong {
    let message = match why {
        "" => "Required value".to_owned(),
        why => format!("Required value: {why}"),
    };
    Wrong { field, reason: "FieldValueRequired", message }
}

/// A text that has to be there and is not.
fn texts<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.str_at(path).unwrap_or_default()
}

#[cfg(test)]
mod tests;
