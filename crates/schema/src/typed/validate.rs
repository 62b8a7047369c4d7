//! Is a value of its type?

use std::collections::BTreeSet;

use manifest::{Map, Node, Value};

use super::{Mistyped, Shape, item, shape};
use crate::fields::{Element, go_text};
use crate::types::{Format, ListType, MapType, Type};

/// Whether `node` is of type `of`. Duplicates in lists of sets and maps are an error unless they
/// are allowed, as in what is stored already.
///
/// # Errors
/// Every place where it is not, in words of the API server.
pub fn validate(node: &Node, of: Type<'_>, allow_duplicates: bool) -> Result<(), Mistyped> {
    let mut walk = Walk { path: Vec::new(), errors: Vec::new(), allow_duplicates };
    walk.value(node, of);
    if walk.errors.is_empty() { Ok(()) } else { Err(Mistyped(walk.errors)) }
}

struct Walk {
    path: Vec<Element>,
    errors: Vec<(String, String)>,
    allow_duplicates: bool,
}

impl Walk {
    fn fail(&mut self, message: String) {
        self.errors.extend(Mistyped::at(&self.path, message).0);
    }

    fn value(&mut self, node: &Node, of: Type<'_>) {
        match shape(of, Some(node)) {
            Some(Shape::Scalar) => {
                if let Some(message) = of.scalar().and_then(|format| wrong(format, node, "")) {
                    self.fail(message);
                }
            }
            Some(Shape::List) => match (&node.value, of.list()) {
                (Value::List(items), Some(list)) => self.list(items, list),
                (Value::Null | Value::Unknown(_), _) => {}
                _ => self.fail(format!("expected list, got {}", printed(node))),
            },
            Some(Shape::Map) => match (&node.value, of.map()) {
                (Value::Map(map), Some(of)) => self.map(map, of),
                (Value::Null | Value::Unknown(_), _) => {}
                _ => self.fail(format!("expected map, got {}", printed(node))),
            },
            None => {}
        }
    }

    fn list(&mut self, items: &[Node], list: ListType<'_>) {
        let of = list.elements();
        let mut seen = BTreeSet::new();
        for (index, node) in items.iter().enumerate() {
            let element = match item::element(list, node) {
                Ok(Some(element)) => element,
                Ok(None) => Element::Index(i64::try_from(index).unwrap_or(i64::MAX)),
                Err(message) => return self.fail(format!("element {index}: {message}")),
            };
            if matches!(element, Element::Key(_) | Element::Value(_))
                && !seen.insert(element.clone())
                && !self.allow_duplicates
            {
                self.fail(format!("duplicate entries for key {element}"));
            }
            self.path.push(element);
            self.value(node, of);
            self.path.pop();
        }
    }

    fn map(&mut self, map: &Map, of: MapType<'_>) {
        for (key, node) in map.iter() {
            self.path.push(Element::Field(key.text().clone()));
            match of.entry(key) {
                Some(of) => self.value(node, of),
                None => self.fail("field not declared in schema".to_owned()),
            }
            self.path.pop();
        }
    }
}

/// What is wrong with a scalar, if something is.
pub(super) fn wrong(format: Format, node: &Node, prefix: &str) -> Option<String> {
    let value = &node.value;
    if matches!(value, Value::Null | Value::Unknown(_)) {
        return None;
    }
    let is_text = matches!(value, Value::String(_) | Value::Sensitive(_));
    let is_number = matches!(value, Value::Int(_) | Value::Number(_));
    let is_bool = matches!(value, Value::Bool(_));
    match format {
        Format::Int32 | Format::Int64 | Format::Double if !is_number => {
            Some(format!("{prefix}expected numeric (int or float), got {}", go_type(value)))
        }
        Format::Text | Format::Bytes if !is_text => Some(format!(
            "{prefix}expected string, got &value.valueUnstructured{{Value:{}}}",
            go_syntax(value)
        )),
        Format::Bool if !is_bool => {
            Some(format!("{prefix}expected boolean, got {}", printed(node)))
        }
        _ if !is_text && !is_number && !is_bool => {
            Some(format!("{prefix}expected any scalar, got {}", printed(node)))
        }
        _ => None,
    }
}

/// Go's `%v` of a pointer to a struct of this value.
fn printed(node: &Node) -> String {
    let mut out = String::from("&{");
    go_text(&node.value, &mut out);
    out.push('}');
    out
}

/// Go's `%T` of what a JSON value is decoded to.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Number(_) => "float64",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        Value::String(_) | Value::Sensitive(_) | Value::Unknown(_) => "string",
    }
}

/// Go's `%#v` of what a JSON value is decoded to.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(|item| go_syntax(&item.value)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entry = |(key, node): (&manifest::Key, &Node)| {
                format!("{:?}:{}", key.as_str(), go_syntax(&node.value))
            };
            let entries: Vec<String> = entries.into_iter().map(entry).collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::String(text) => format!("{:?}", text.as_str()),
        Value::Null => "interface {}(nil)".to_owned(),
        other => {
            let mut out = String::new();
            go_text(other, &mut out);
            out
        }
    }
}
