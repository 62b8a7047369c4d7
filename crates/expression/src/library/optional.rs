//! Optionals (cel-go's `cel/library.go`).

use super::{failed, lists, no_overload};
use crate::pattern::Patterns;
use crate::value::{List, Outcome, Value};

pub(crate) fn of(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value] => Ok(Value::some(value.clone())),
        _ => no_overload("optional.of", args),
    }
}

pub(crate) fn of_non_zero(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value] if lists::is_zero(value) => Ok(Value::Optional(None)),
        [value] => Ok(Value::some(value.clone())),
        _ => no_overload("optional.ofNonZeroValue", args),
    }
}

pub(crate) fn none(_: &Patterns, _: &[Value]) -> Outcome {
    Ok(Value::Optional(None))
}

pub(crate) fn value(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(Some(value))] => Ok(Value::clone(value)),
        [Value::Optional(None)] => failed("optional.none() dereference"),
        _ => no_overload("value", args),
    }
}

pub(crate) fn has_value(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
        _ => no_overload("hasValue", args),
    }
}

fn item(list: &List, at: Option<usize>) -> Outcome {
    match at.and_then(|at| list.get(at)) {
        Some(value) => Ok(Value::some(value?)),
        None => Ok(Value::Optional(None)),
    }
}

pub(crate) fn first(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => item(list, Some(0)),
        _ => no_overload("first", args),
    }
}

pub(crate) fn last(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => item(list, list.len().checked_sub(1)),
        _ => no_overload("last", args),
    }
}

pub(crate) fn unwrap(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::List(list)] = args else { return no_overload("optional.unwrap", args) };
    let mut out = Vec::new();
    for item in list.iter() {
        match item? {
            Value::Optional(Some(value)) => out.push(Value::clone(&value)),
            Value::Optional(None) => {}
            other => {
                return failed(ecow::eco_format!("value {} is not optional", other.to_text()));
            }
        }
    }
    Ok(Value::list(out))
}
