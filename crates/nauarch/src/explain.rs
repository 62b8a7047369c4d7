//! `--explain`: for each field of an object the file, line and transformer that set it.

use manifest::diagnostic::did_you_mean;
use manifest::number::Number;
use manifest::{Diagnostic, MASK, Node, Origin, Value};

/// The width up to which fields are aligned.
const ALIGNED: usize = 72;

/// How much of a long value is shown.
const SHOWN: usize = 60;

/// Explains the objects called `wanted`: `KIND/NAME`, or `KIND/NAMESPACE/NAME`.
///
/// # Errors
/// There is none.
pub(crate) fn explain<'n>(
    nodes: impl Iterator<Item = &'n Node> + Clone,
    wanted: &str,
) -> Result<String, Diagnostic> {
    let mut text = String::new();
    for node in nodes.clone().filter(|node| is_called(node, wanted)) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", name(node, true)));
        let mut fields = Vec::new();
        flatten(node, "", &mut fields);
        let width = fields.iter().map(|(field, _)| field.chars().count()).max().unwrap_or(0);
        let width = width.min(ALIGNED);
        for (field, origin) in fields {
            text.push_str(format!("  {field:width$}  {}", place(origin)).trim_end());
            text.push('\n');
        }
    }
    if !text.is_empty() {
        return Ok(text);
    }
    let names: Vec<String> = nodes.map(|node| name(node, false)).collect();
    Err(Diagnostic::error(Origin::NONE, format!("there is no object `{wanted}`"))
        .help_if(did_you_mean(wanted, names.iter().map(String::as_str))))
}

/// `overlays/NAME/patches/replicas.yaml:6 (patch)`.
fn place(origin: Origin) -> String {
    match (origin.is_some(), origin.by().as_str()) {
        (true, "") => origin.to_string(),
        (true, by) => format!("{origin} ({by})"),
        (false, "") => String::new(),
        (false, by) => format!("({by})"),
    }
}

fn name(node: &Node, with_namespace: bool) -> String {
    let text = |path: &[&str]| node.str_at(path).unwrap_or_default();
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    match text(&["metadata", "namespace"]) {
        namespace if with_namespace && !namespace.is_empty() => {
            format!("{kind}/{namespace}/{name}")
        }
        _ => format!("{kind}/{name}"),
    }
}

fn is_called(node: &Node, wanted: &str) -> bool {
    [true, false].iter().any(|&namespace| name(node, namespace).eq_ignore_ascii_case(wanted))
}

/// The fields that hold a value, as `path: value`.
fn flatten(node: &Node, path: &str, fields: &mut Vec<(String, Origin)>) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            for (key, value) in entries {
                let step = if key.contains('.') { format!("[{key}]") } else { key.to_string() };
                let below = if path.is_empty() { step } else { format!("{path}.{step}") };
                flatten(value, &below, fields);
            }
        }
        Value::List(list) if !list.is_empty() => {
            for (at, item) in list.iter().enumerate() {
                let named = item.str_at(&["name"]).map(|name| format!("[name={name}]"));
                let step = named.unwrap_or_else(|| format!("[{at}]"));
                flatten(item, &format!("{path}{step}"), fields);
            }
        }
        value => fields.push((format!("{path}: {}", shown(value)), node.origin)),
    }
}

/// A value in one line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Sensitive(_) => return MASK.to_owned(),
        Value::Unknown(reason) => return format!("<unknown: {reason}>"),
        Value::Map(_) => return "{}".to_owned(),
        Value::List(_) => return "[]".to_owned(),
        Value::String(text) if needs_quotes(text) => format!("{:?}", text.as_str()),
        Value::String(text) => text.to_string(),
        other => format!("{other:?}"),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether a text would look like something else.
fn needs_quotes(text: &str) -> bool {
    let is_word = ["true", "false", "null"].contains(&text);
    is_word
        || Number::parse(text).is_some()
        || text.is_empty()
        || text.contains(['\n', '\t', '"'])
        || text.trim() != text
}

#[cfg(test)]
mod tests;
