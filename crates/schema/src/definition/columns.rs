//! Printer columns, subresources and fields to select by.

use manifest::Node;

use super::{required, texts};
use crate::custom::{self, Structural};
use crate::validation::Wrong;

const TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
const FORMATS: &[&str] =
    &["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const MOST_SELECTABLE: usize = 8;

fn list(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or_default()
}

pub(super) fn printer(columns: Option<&Node>, at: &str, wrong: &mut Vec<Wrong>) {
    for (index, column) in list(columns).iter().enumerate() {
        let at = format!("{at}[{index}]");
        if texts(column, &["name"]).is_empty() {
            wrong.push(required(format!("{at}.name"), ""));
        }
        let types = format!("must be one of {}", TYPES.join(","));
        match texts(column, &["type"]) {
            "" => wrong.push(required(format!("{at}.type"), &types)),
            of if !TYPES.contains(&of) => {
                wrong.push(Wrong::invalid(format!("{at}.type"), &format!("{of:?}"), &types));
            }
            _ => {}
        }
        let format = texts(column, &["format"]);
        if !format.is_empty() && !FORMATS.contains(&format) {
            let why = format!("must be one of {}", FORMATS.join(","));
            wrong.push(Wrong::invalid(format!("{at}.format"), &format!("{format:?}"), &why));
        }
        let path = texts(column, &["jsonPath"]);
        if path.is_empty() {
            wrong.push(required(format!("{at}.JSONPath"), ""));
        } else {
            simple_path(path, &format!("{at}.JSONPath"), wrong);
        }
    }
}

fn simple_path(path: &str, field: &str, wrong: &mut Vec<Wrong>) -> bool {
    let is_simple = path.starts_with('.');
    if !is_simple {
        let why = "must be a simple json path starting with .";
        wrong.push(Wrong::invalid(field, &format!("{path:?}"), why));
    }
    is_simple
}

pub(super) fn subresources(of: Option<&Node>, at: &str, wrong: &mut Vec<Wrong>) {
    let Some(scale) = of.and_then(|of| of.get("scale")).filter(|scale| !scale.is_null()) else {
        return;
    };
    let paths: [(&str, &[&str], &str); 3] = [
        ("specReplicasPath", &[".spec."], ".spec"),
        ("statusReplicasPath", &[".status."], ".status"),
        ("labelSelectorPath", &[".spec.", ".status."], "either .spec or .status"),
    ];
    for (key, starts, place) in paths {
        let path = texts(scale, &[key]);
        let field = format!("{at}.scale.{key}");
        if path.is_empty() {
            if key != "labelSelectorPath" {
                wrong.push(required(field, ""));
            }
        } else if simple_path(path, &field, wrong)
            && !starts.iter().any(|start| path.starts_with(start))
        {
            let why = format!("should be a json path under {place}");
            wrong.push(Wrong::invalid(field, &format!("{path:?}"), &why));
        }
    }
}

pub(super) fn selectable(
    fields: Option<&Node>,
    schema: Option<&Node>,
    at: &str,
    wrong: &mut Vec<Wrong>,
) {
    let fields = list(fields);
    let (Some(schema), false) = (schema, fields.is_empty()) else { return };
    let schema = Structural::read(schema);
    let mut seen: Vec<String> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let given = texts(field, &["jsonPath"]);
        let at = format!("{at}[{index}].jsonPath");
        if given.is_empty() {
            wrong.push(required(at, ""));
            continue;
        }
        let mut refuse =
            |why: &str| wrong.push(Wrong::invalid(at.as_str(), &format!("{given:?}"), why));
        match custom::selectable_path(given, &schema) {
            Err(why) => refuse(&format!("is an invalid path: {why}")),
            Ok((path, kind)) => {
                if path.split('.').next() == Some("metadata") {
                    refuse("must not point to fields in metadata");
                }
                if !matches!(kind.as_str(), "string" | "boolean" | "integer") {
                    refuse(
                        "must point to a field of type string, boolean or integer. Enum string \
                         fields and strings with formats are allowed.",
                    );
                }
                if seen.contains(&path) {
                    let message = format!("Duplicate value: {given:?}");
                    wrong.push(Wrong { field: at, reason: "FieldValueDuplicate", message });
                } else {
                    seen.push(path);
                }
            }
        }
    }
    if seen.len() > MOST_SELECTABLE {
        let message =
            format!("Too many: {}: must have at most {MOST_SELECTABLE} items", seen.len());
        wrong.push(Wrong { field: at.to_owned(), reason: "FieldValueTooMany", message });
    }
}
