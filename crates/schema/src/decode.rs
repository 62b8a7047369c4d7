//! What a real server says when it decodes an object: JSON of the wrong type, and fields that its
//! type does not have.

use manifest::number::Number;
use manifest::{Map, Node, Value};

use crate::quantity;
use crate::time::{Layout, canonical};
use crate::types::{Format, Type, Types};
use crate::validation::undecodable;

/// Why an object cannot be decoded into the type of its kind, in words of Go; `None` where it can.
/// Objects of custom kinds always can: their schema judges them.
pub fn mismatch(api_version: &str, kind: &str, object: &Node) -> Option<String> {
    let root = Types::is_builtin(api_version, kind).then(Types::default)?;
    let root = root.get(api_version, kind)?;
    let place = Place { outer: kind.to_owned(), path: String::new() };
    let wrong = value(object, root, &place);
    wrong.or_else(|| {
        undecodable(object).map(|cause| cause.replace("error decoding from json: ", ""))
    })
}

/// The same where the object is a strategic merge patch's, that Go turns into structs without JSON.
pub fn unconvertible(api_version: &str, kind: &str, object: &Node) -> Option<String> {
    let root = Types::is_builtin(api_version, kind).then(Types::default)?;
    restored(object, root.get(api_version, kind)?).or_else(|| undecodable(object))
}

fn restored(node: &Node, of: Type<'_>) -> Option<String> {
    if let Some(format) = of.scalar() {
        return restored_scalar(node, format);
    }
    let found = match &node.value {
        Value::Null | Value::Unknown(_) => return None,
        Value::Map(_) => "map",
        Value::List(_) => "slice",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Number(_) => "float64",
        _ => "string",
    };
    if let Some(list) = of.list() {
        let Value::List(items) = &node.value else {
            return Some(format!("cannot restore slice from {found}"));
        };
        return items.iter().find_map(|item| restored(item, list.elements()));
    }
    let fields = of.map()?;
    let is_struct = fields.fields().len() > 0;
    let Value::Map(map) = &node.value else {
        let what = if is_struct { "struct from:" } else { "map from" };
        return Some(format!("cannot restore {what} {found}"));
    };
    if is_struct {
        return fields.fields().find_map(|(field, of)| restored(map.get(&field.name)?, of));
    }
    let values = fields.map_values()?;
    map.iter().find_map(|(_, value)| restored(value, values))
}

fn restored_scalar(node: &Node, format: Format) -> Option<String> {
    let wanted = match format {
        Format::Text => "string",
        Format::Bool => "bool",
        Format::Double => "float64",
        Format::Int32 => "int32",
        Format::Int64 => "int64",
        Format::Bytes | Format::Any => return None,
        _ => return own(node, format).flatten(),
    };
    let found = match (&node.value, wanted) {
        (Value::Null | Value::Unknown(_), _)
        | (Value::String(_) | Value::Sensitive(_), "string")
        | (Value::Bool(_), "bool")
        | (Value::Int(_), "int32" | "int64" | "float64")
        | (Value::Number(_), "float64") => return None,
        (Value::Number(text), "int32" | "int64")
            if Number::parse(text)
                .is_some_and(|number| number.go_yaml().parse::<i64>().is_ok()) =>
        {
            return None;
        }
        (Value::Map(_), _) => "map[string]interface {}",
        (Value::List(_), _) => "[]interface {}",
        (Value::Bool(_), _) => "bool",
        (Value::Int(_), _) => "int64",
        (Value::Number(_), _) => "float64",
        _ => "string",
    };
    // A type that Go cannot convert at all is told of by its kind.
    match (found, wanted) {
        ("map[string]interface {}" | "[]interface {}" | "bool", _)
        | ("string", "bool" | "int32" | "int64" | "float64")
        | ("float64", "string")
        | (_, "bool") => Some(format!("unrecognized type: {wanted}")),
        _ => Some(format!("cannot convert {found} to {wanted}")),
    }
}

/// What the types say that read their JSON themselves; `None` for the others.
fn own(node: &Node, format: Format) -> Option<Option<String>> {
    let found = match &node.value {
        Value::Null | Value::Unknown(_) => return Some(None),
        Value::Bool(_) => "bool".to_owned(),
        Value::Int(number) if format == Format::IntOrString => format!("number {number}"),
        Value::Number(text) if format == Format::IntOrString => format!("number {text}"),
        Value::Int(_) | Value::Number(_) => "number".to_owned(),
        Value::List(_) => "array".to_owned(),
        Value::Map(_) => "object".to_owned(),
        _ => "string".to_owned(),
    };
    let unfit = |word: &str| {
        Some(Some(format!("json: cannot unmarshal {found} into Go value of type {word}")))
    };
    match (format, &node.value) {
        (Format::Quantity, Value::String(text)) => Some(quantity::wrong(text).map(str::to_owned)),
        (Format::Quantity, Value::Number(text)) => Some(quantity::wrong(text).map(str::to_owned)),
        (Format::Quantity, Value::Int(_)) => Some(None),
        (Format::Quantity, _) => Some(quantity::wrong("").map(str::to_owned)),
        (Format::IntOrString, Value::String(_)) => Some(None),
        (Format::IntOrString, Value::Int(number)) if i32::try_from(*number).is_ok() => Some(None),
        (Format::IntOrString, _) => unfit("int32"),
        (Format::Time, Value::String(text)) => Some(time(text, Layout::Seconds)),
        (Format::MicroTime, Value::String(text)) => Some(time(text, Layout::Micros)),
        (Format::Time | Format::MicroTime, _) => unfit("string"),
        _ => None,
    }
}

/// Where a value stands, as Go tells it: the struct around it, and the fields to it.
struct Place {
    outer: String,
    path: String,
}

impl Place {
    fn below(&self, of: Type<'_>, name: &str) -> Place {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        let own = of.name().map(|name| name.rsplit('.').next().unwrap_or(name).to_owned());
        Place { outer: own.unwrap_or_else(|| self.outer.clone()), path }
    }
}

fn value(node: &Node, of: Type<'_>, place: &Place) -> Option<String> {
    if node.is_null() {
        return None;
    }
    if let Some(format) = of.scalar() {
        return scalar(node, format, place);
    }
    match (&node.value, of.map(), of.list()) {
        (Value::Map(map), Some(fields), _) => {
            map.iter().find_map(|(key, node)| match fields.field(key) {
                Some((_, below)) => value(node, below, &place.below(of, key)),
                None if fields.fields().len() > 0 => None,
                None => fields.map_values().and_then(|below| value(node, below, place)),
            })
        }
        (Value::List(list), _, Some(of)) => {
            list.iter().find_map(|item| value(item, of.elements(), place))
        }
        (Value::Unknown(_), ..) => None,
        (_, None, None) => None,
        _ => Some(unfit(node, &go_type(of), place)),
    }
}

fn scalar(node: &Node, format: Format, place: &Place) -> Option<String> {
    if let Some(wrong) = own(node, format) {
        return wrong;
    }
    let fits = match (format, &node.value) {
        (_, Value::Unknown(_)) | (Format::Any, _) => true,
        (Format::Text | Format::Bytes, Value::String(_) | Value::Sensitive(_)) => true,
        (Format::Bool, Value::Bool(_)) | (Format::Double, Value::Int(_) | Value::Number(_)) => true,
        (Format::Int32, Value::Int(number)) => i32::try_from(*number).is_ok(),
        (Format::Int64, Value::Int(_)) => true,
        (Format::Int32 | Format::Int64, Value::Number(text)) => {
            Number::parse(text).is_some_and(|number| number.go_yaml().parse::<i64>().is_ok())
        }
        _ => false,
    };
    let word = match format {
        Format::Bytes => "[]uint8",
        Format::Bool => "bool",
        Format::Double => "float64",
        Format::Int32 => "int32",
        Format::Int64 => "int64",
        _ => "string",
    };
    (!fits).then(|| unfit(node, word, place))
}

fn unfit(node: &Node, word: &str, place: &Place) -> String {
    let is_whole = matches!(word, "int32" | "int64");
    let what = match &node.value {
        Value::Bool(_) => "bool".to_owned(),
        Value::Int(number) if is_whole => format!("number {number}"),
        Value::Number(text) if is_whole => format!("number {text}"),
        Value::Int(_) | Value::Number(_) => "number".to_owned(),
        Value::List(_) => "array".to_owned(),
        Value::Map(_) => "object".to_owned(),
        _ => "string".to_owned(),
    };
    let Place { outer, path } = place;
    format!("json: cannot unmarshal {what} into Go struct field {outer}.{path} of type {word}")
}

/// What the type is called in Go.
fn go_type(of: Type<'_>) -> String {
    if let Some(format) = of.scalar() {
        return match format {
            Format::Bytes => "[]uint8",
            Format::Bool => "bool",
            Format::Int32 => "int32",
            Format::Int64 => "int64",
            Format::Double => "float64",
            _ => "string",
        }
        .to_owned();
    }
    if let Some(list) = of.list() {
        return format!("[]{}", go_type(list.elements()));
    }
    let Some(map) = of.map() else { return "interface {}".to_owned() };
    match (of.name(), map.map_values()) {
        (Some(name), _) => {
            let mut parts = name.rsplit('.');
            let (last, version) = (parts.next(), parts.next());
            format!("{}.{}", version.unwrap_or_default(), last.unwrap_or_default())
        }
        (None, Some(values)) => format!("map[string]{}", go_type(values)),
        (None, None) => "map[string]interface {}".to_owned(),
    }
}

fn time(text: &str, layout: Layout) -> Option<String> {
    if text.is_empty() { None } else { canonical(text, layout).err() }
}

/// Why a time in what is applied is none, in words of Go.
pub(crate) fn untimely(node: &Node, of: Type<'_>) -> Option<String> {
    match (&node.value, of.scalar()) {
        (Value::String(text), Some(Format::Time)) => time(text, Layout::Seconds),
        (Value::String(text), Some(Format::MicroTime)) => time(text, Layout::Micros),
        (Value::Map(map), _) => {
            let of = of.map()?;
            map.iter().find_map(|(key, node)| untimely(node, of.entry(key)?))
        }
        (Value::List(list), _) => {
            let of = of.list()?.elements();
            list.iter().find_map(|node| untimely(node, of))
        }
        _ => None,
    }
}

/// The fields of an object that its type does not have, in the words of a strict decoder and in
/// their order.
pub fn unknown_fields(types: &Types, api_version: &str, kind: &str, object: &Node) -> Vec<String> {
    let mut unknown = Vec::new();
    if let Some(schema) = types.schema(api_version, kind) {
        custom(object, schema, "", true, &mut unknown);
    } else if Types::is_builtin(api_version, kind)
        && let Some(root) = types.get(api_version, kind)
    {
        builtin(object, root, "", &mut unknown);
    }
    unknown.into_iter().map(|path| format!("unknown field {path:?}")).collect()
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn builtin(node: &Node, of: Type<'_>, path: &str, unknown: &mut Vec<String>) {
    match (&node.value, of.map(), of.list()) {
        (Value::Map(map), Some(of), _) => {
            let is_struct = of.fields().len() > 0;
            for (key, node) in map.iter() {
                match of.field(key) {
                    Some((_, below)) => builtin(node, below, &joined(path, key), unknown),
                    None if is_struct => unknown.push(joined(path, key)),
                    None => {
                        if let Some(below) = of.map_values() {
                            builtin(node, below, &joined(path, key), unknown);
                        }
                    }
                }
            }
        }
        (Value::List(list), _, Some(of)) => {
            for (index, item) in list.iter().enumerate() {
                builtin(item, of.elements(), &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn custom(node: &Node, schema: &Node, path: &str, resource: bool, unknown: &mut Vec<String>) {
    let flag = |name: &str| schema.get(name).and_then(Node::as_bool) == Some(true);
    let preserve = flag("x-kubernetes-preserve-unknown-fields");
    let resource = resource || flag("x-kubernetes-embedded-resource");
    match &node.value {
        Value::Map(map) => {
            let properties = schema.get("properties").and_then(Node::as_map);
            let additional = schema.get("additionalProperties");
            let is_closed =
                !preserve && additional.is_none_or(|node| node.as_bool() == Some(false));
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            for (key, node) in keys {
                if resource && matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
                    continue;
                }
                let values = || additional.filter(|node| node.as_map().is_some());
                match properties.and_then(|map: &Map| map.get(key)).or_else(values) {
                    Some(below) => custom(node, below, &joined(path, key), false, unknown),
                    None if is_closed => unknown.push(joined(path, key)),
                    None => {}
                }
            }
        }
        Value::List(list) => {
            if let Some(items) = schema.get("items") {
                for (index, item) in list.iter().enumerate() {
                    custom(item, items, &format!("{path}[{index}]"), false, unknown);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
