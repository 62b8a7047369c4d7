//! Scalars, and the messages that stand for one: times, quantities, JSON.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use manifest::{Node, Origin, Text, Value, json};

use super::wire::{self, Part};
use crate::types::Format;

/// A scalar of this format; `None` where the bytes are none.
pub(super) fn read(format: Format, part: Part<'_>) -> Option<Node> {
    let node: Value = match (format, part) {
        (Format::Text, Part::Bytes(bytes)) => text(bytes)?.into(),
        (Format::Bytes, Part::Bytes(bytes)) => BASE64_STANDARD.encode(bytes).into(),
        (Format::Bool, Part::Int(number)) => (number != 0).into(),
        (Format::Int32 | Format::Int64, Part::Int(number)) => number.cast_signed().into(),
        (Format::Double, Part::Int(bits)) => {
            Value::Number(ecow::eco_format!("{}", f64::from_bits(bits)))
        }
        (Format::Time, Part::Bytes(bytes)) => return time(bytes, "%Y-%m-%dT%H:%M:%SZ"),
        (Format::MicroTime, Part::Bytes(bytes)) => return time(bytes, "%Y-%m-%dT%H:%M:%S%.6fZ"),
        (Format::Quantity, Part::Bytes(bytes)) => {
            text(under(bytes, 1)?.unwrap_or_default())?.into()
        }
        (Format::IntOrString, Part::Bytes(bytes)) => return int_or_string(bytes),
        (Format::Any, Part::Bytes(bytes)) => return json(bytes),
        _ => return None,
    };
    Some(Node::new(node, Origin::NONE))
}

/// JSON that a message has in its first field.
pub(super) fn json(bytes: &[u8]) -> Option<Node> {
    match under(bytes, 1)? {
        None => Some(Node::default()),
        Some(text) => json::read(text, Origin::NONE).ok(),
    }
}

/// What Go's JSON leaves out of an object, if it may.
pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

fn text(bytes: &[u8]) -> Option<Text> {
    std::str::from_utf8(bytes).ok().map(Text::from)
}

/// The bytes under a number; `None` outside where there is no message, inside where there is none
/// under it.
fn under(bytes: &[u8], wanted: u32) -> Option<Option<&[u8]>> {
    let parts = wire::parts(bytes)?;
    let found = parts.iter().rev().find_map(|(number, part)| match part {
        Part::Bytes(bytes) if *number == wanted => Some(*bytes),
        _ => None,
    });
    Some(found)
}

/// Seconds and nanoseconds; no time at all is null.
fn time(bytes: &[u8], format: &str) -> Option<Node> {
    let (mut seconds, mut nanoseconds) = (None, 0);
    for (number, part) in wire::parts(bytes)? {
        match (number, part) {
            (1, Part::Int(number)) => seconds = Some(number.cast_signed()),
            (2, Part::Int(number)) => nanoseconds = i32::try_from(number.cast_signed()).ok()?,
            _ => {}
        }
    }
    let Some(seconds) = seconds else { return Some(Node::default()) };
    let time = Timestamp::new(seconds, nanoseconds).ok()?;
    Some(Node::string(ecow::eco_format!("{}", time.strftime(format)), Origin::NONE))
}

fn int_or_string(bytes: &[u8]) -> Option<Node> {
    let (mut is_text, mut number, mut word) = (false, 0, Text::new());
    for (field, part) in wire::parts(bytes)? {
        match (field, part) {
            (1, Part::Int(kind)) => is_text = kind == 1,
            (2, Part::Int(found)) => number = found.cast_signed(),
            (3, Part::Bytes(found)) => word = text(found)?,
            _ => {}
        }
    }
    let value: Value = if is_text { word.into() } else { number.into() };
    Some(Node::new(value, Origin::NONE))
}
