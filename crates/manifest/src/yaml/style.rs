//! What of a scalar's style outlives a trip through JSON.

use super::Flavor;
use super::scalar::resolve;
use crate::number::Number;
use crate::{Node, Value};

/// Gives every scalar below `node` the style that it has after a trip through JSON, as kustomize's JSON
/// patches make it: text is quoted only where it would be read as something else, every null is
/// written, numbers are those that a float holds (`1.0` is `1`). What has that style already stays
/// shared.
pub fn restyle(node: &mut Node) {
    if is_restyled(node) {
        return;
    }
    match &mut node.value {
        Value::List(list) => list.make_mut().iter_mut().for_each(restyle),
        Value::Map(map) => map.iter_mut().for_each(|(_, node)| restyle(node)),
        value => {
            if let Some(number) = as_float(value) {
                *value = number;
            }
            node.origin = node.origin.quoted(wants_quotes(&node.value)).blank(false);
        }
    }
}

fn is_restyled(node: &Node) -> bool {
    match &node.value {
        Value::List(list) => list.iter().all(is_restyled),
        Value::Map(map) => map.iter().all(|(_, node)| is_restyled(node)),
        value => {
            node.origin.is_quoted() == wants_quotes(value)
                && !node.origin.is_blank()
                && as_float(value).is_none()
        }
    }
}

/// What a number becomes that a float does not hold as it is written.
fn as_float(value: &Value) -> Option<Value> {
    const EXACT: u64 = 1 << 53;
    let float = match value {
        Value::Int(int) if int.unsigned_abs() <= EXACT => return None,
        Value::Int(int) => *int as f64,
        Value::Number(text) => match Number::parse(text)? {
            Number::Int(int) if int.unsigned_abs() <= EXACT => return Some(Value::Int(int)),
            Number::Int(int) => int as f64,
            Number::Uint(int) => int as f64,
            Number::Float(float) => float,
        },
        _ => return None,
    };
    let text = Number::Float(float).go_json();
    // `-0` is no integer.
    let number = match text.parse::<i64>() {
        Ok(int) if *text != *"-0" => Value::Int(int),
        _ => Value::Number(text),
    };
    (number != *value).then_some(number)
}

fn wants_quotes(value: &Value) -> bool {
    let Value::String(text) = value else { return false };
    // By the reader of configuration, which knows the words of YAML 1.1: the writer quotes those too.
    let means_text = matches!(resolve(text, Flavor::Config), Ok(Value::String(_)));
    !means_text || is_base_60(text) || !is_plain(text)
}

/// Whether text may stand without quotes in a block.
fn is_plain(text: &str) -> bool {
    let first = match text.as_bytes() {
        [b'-' | b'?' | b':', rest @ ..] => rest.first().is_some_and(|&next| next != b' '),
        [first, ..] => !b",[]{}#&*!|>'\"%@`".contains(first),
        [] => false,
    };
    first
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.contains(char::is_control)
}

/// Whether YAML 1.1 has the text for a number in base 60, e.g. `12:30:45`.
fn is_base_60(text: &str) -> bool {
    let mut parts = text.trim_start_matches(['+', '-']).split(':');
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(number) && parts.clone().next().is_some() && parts.all(number)
}

#[cfg(test)]
mod tests;
