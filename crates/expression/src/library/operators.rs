//! The operators: arithmetic that does not overflow, comparison across number types, equality,
//! membership, indexing.

use std::cmp::Ordering;

use super::{failed, lists, no_overload};
use crate::pattern::Patterns;
use crate::value::{Entries, Error, List, Map, Outcome, Value};

const INT: &str = "integer overflow";
const UINT: &str = "unsigned integer overflow";
const DURATION: &str = "duration overflow";
const TIMESTAMP: &str = "timestamp overflow";

/// What the evaluator does by itself.
pub(crate) fn unreachable(_: &Patterns, _: &[Value]) -> Outcome {
    Err(Error::no_such_overload())
}

pub(crate) fn not(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Bool(value)] => Ok(Value::Bool(!value)),
        _ => Err(Error::no_such_overload()),
    }
}

// --- equality ---

/// Whether two values are equal; values of different kinds are not.
pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::Duration(one), Value::Duration(other)) => one == other,
        (Value::Timestamp(one), Value::Timestamp(other)) => one == other,
        (Value::Type(one), Value::Type(other)) => one.runtime_name() == other.runtime_name(),
        (Value::Optional(one), Value::Optional(other)) => match (one, other) {
            (Some(one), Some(other)) => equal(one, other),
            (one, other) => one.is_none() && other.is_none(),
        },
        (Value::List(one), Value::List(other)) => lists::equal(one, other),
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.keys().iter().all(|key| match (one.get(key), other.get(key)) {
                    (Some(Ok(one)), Some(Ok(other))) => equal(&one, &other),
                    _ => false,
                })
        }
        (Value::Quantity(one), Value::Quantity(other)) => one == other,
        (Value::Ip(one), Value::Ip(other)) => one == other,
        (Value::Cidr(one, bits), Value::Cidr(other, other_bits)) => {
            one == other && bits == other_bits
        }
        (Value::Url(one), Value::Url(other)) => one == other,
        (Value::Semver(one), Value::Semver(other)) => one == other,
        (Value::Format(one), Value::Format(other)) => one.name == other.name,
        _ => numbers(one, other) == Some(Ordering::Equal),
    }
}

pub(crate) fn equals(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [one, other] => Ok(Value::Bool(equal(one, other))),
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn not_equals(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [one, other] => Ok(Value::Bool(!equal(one, other))),
        _ => Err(Error::no_such_overload()),
    }
}

// --- order ---

/// The order of two numbers; `None` where one is no number, or not one at all.
fn numbers(one: &Value, other: &Value) -> Option<Ordering> {
    let whole = |value: &Value| match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        _ => None,
    };
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => return Some(one.cmp(&other)),
        (Some(one), None) => {
            let Value::Double(other) = other else { return None };
            return (one as f64).partial_cmp(other);
        }
        (None, Some(other)) => {
            let Value::Double(one) = one else { return None };
            return one.partial_cmp(&(other as f64));
        }
        (None, None) => {}
    }
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => one.partial_cmp(other),
        _ => None,
    }
}

/// The order of two values.
pub(crate) fn compare(one: &Value, other: &Value) -> Result<Ordering, Error> {
    let is_nan = |value: &Value| matches!(value, Value::Double(value) if value.is_nan());
    Ok(match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
        (Value::Duration(one), Value::Duration(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        _ if is_nan(one) || is_nan(other) => {
            return Err(Error::new("NaN values cannot be ordered"));
        }
        _ => numbers(one, other).ok_or_else(Error::no_such_overload)?,
    })
}

fn ordered(name: &str, args: &[Value], is: fn(Ordering) -> bool) -> Outcome {
    let [one, other] = args else { return no_overload(name, args) };
    compare(one, other).map(|order| Value::Bool(is(order)))
}

pub(crate) fn less(_: &Patterns, args: &[Value]) -> Outcome {
    ordered("_<_", args, Ordering::is_lt)
}

pub(crate) fn less_equals(_: &Patterns, args: &[Value]) -> Outcome {
    ordered("_<=_", args, Ordering::is_le)
}

pub(crate) fn greater(_: &Patterns, args: &[Value]) -> Outcome {
    ordered("_>_", args, Ordering::is_gt)
}

pub(crate) fn greater_equals(_: &Patterns, args: &[Value]) -> Outcome {
    ordered("_>=_", args, Ordering::is_ge)
}

// --- arithmetic ---

fn checked<T>(value: Option<T>, make: fn(T) -> Value, why: &str) -> Outcome {
    value.map(make).ok_or_else(|| Error::new(why))
}

fn moved(at: jiff::Timestamp, nanos: i128) -> Outcome {
    let moved = at.as_nanosecond().checked_add(nanos);
    let moved = moved.and_then(|at| jiff::Timestamp::from_nanosecond(at).ok());
    checked(moved, Value::Timestamp, TIMESTAMP)
}

pub(crate) fn add(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(one), Value::Int(other)] => checked(one.checked_add(*other), Value::Int, INT),
        [Value::Uint(one), Value::Uint(other)] => {
            checked(one.checked_add(*other), Value::Uint, UINT)
        }
        [Value::Double(one), Value::Double(other)] => Ok(Value::Double(one + other)),
        [Value::String(one), Value::String(other)] => {
            let mut text = one.clone();
            text.push_str(other);
            Ok(Value::String(text))
        }
        [Value::Bytes(one), Value::Bytes(other)] => {
            Ok(Value::Bytes([&one[..], &other[..]].concat().into()))
        }
        [Value::List(one), Value::List(other)] => lists::add(one, other),
        [Value::Duration(one), Value::Duration(other)] => {
            checked(one.checked_add(*other), Value::Duration, DURATION)
        }
        [Value::Timestamp(at), Value::Duration(nanos)]
        | [Value::Duration(nanos), Value::Timestamp(at)] => moved(*at, i128::from(*nanos)),
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn subtract(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(one), Value::Int(other)] => checked(one.checked_sub(*other), Value::Int, INT),
        [Value::Uint(one), Value::Uint(other)] => {
            checked(one.checked_sub(*other), Value::Uint, UINT)
        }
        [Value::Double(one), Value::Double(other)] => Ok(Value::Double(one - other)),
        [Value::Duration(one), Value::Duration(other)] => {
            checked(one.checked_sub(*other), Value::Duration, DURATION)
        }
        [Value::Timestamp(at), Value::Duration(nanos)] => moved(*at, -i128::from(*nanos)),
        [Value::Timestamp(one), Value::Timestamp(other)] => {
            let nanos = one.as_nanosecond() - other.as_nanosecond();
            checked(i64::try_from(nanos).ok(), Value::Duration, DURATION)
        }
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn multiply(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(one), Value::Int(other)] => checked(one.checked_mul(*other), Value::Int, INT),
        [Value::Uint(one), Value::Uint(other)] => {
            checked(one.checked_mul(*other), Value::Uint, UINT)
        }
        [Value::Double(one), Value::Double(other)] => Ok(Value::Double(one * other)),
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn divide(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            failed("division by zero")
        }
        [Value::Int(one), Value::Int(other)] => checked(one.checked_div(*other), Value::Int, INT),
        [Value::Uint(one), Value::Uint(other)] => {
            checked(one.checked_div(*other), Value::Uint, UINT)
        }
        [Value::Double(one), Value::Double(other)] => Ok(Value::Double(one / other)),
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn modulo(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            failed("modulus by zero")
        }
        [Value::Int(one), Value::Int(other)] => checked(one.checked_rem(*other), Value::Int, INT),
        [Value::Uint(one), Value::Uint(other)] => {
            checked(one.checked_rem(*other), Value::Uint, UINT)
        }
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn negate(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(value)] => checked(value.checked_neg(), Value::Int, INT),
        [Value::Double(value)] => Ok(Value::Double(-value)),
        [Value::Duration(value)] => checked(value.checked_neg(), Value::Duration, DURATION),
        _ => Err(Error::no_such_overload()),
    }
}

// --- containers ---

pub(crate) fn size(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ (Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_))] => {
            Ok(Value::Int(i64::try_from(value.cost_size()).unwrap_or(i64::MAX)))
        }
        _ => no_overload("size", args),
    }
}

/// The position in a list that a value means.
fn position(key: &Value) -> Result<Option<usize>, Error> {
    Ok(match key {
        Value::Int(at) => usize::try_from(*at).ok(),
        Value::Uint(at) => usize::try_from(*at).ok(),
        Value::Double(at) if at.fract() == 0.0 && *at >= 0.0 && *at < 1e15 => Some(*at as usize),
        other => {
            let name = other.type_of().runtime_name();
            return Err(Error::new(ecow::eco_format!("unsupported index type '{name}' in list")));
        }
    })
}

/// What stands at a key or position, if anything does.
pub(crate) fn find(of: &Value, key: &Value) -> Result<Option<Value>, Error> {
    match of {
        Value::Map(map) => map.get(key).transpose(),
        Value::List(list) => match position(key)? {
            Some(at) => list.get(at).transpose(),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

pub(crate) fn index(_: &Patterns, args: &[Value]) -> Outcome {
    let [of, key] = args else { return no_overload("_[_]", args) };
    match of {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => {
            Ok(find(inner, key)?.map_or(Value::Optional(None), Value::some))
        }
        _ => match find(of, key)? {
            Some(value) => Ok(value),
            None if matches!(of, Value::List(_)) => {
                Err(Error::new(ecow::eco_format!("index out of bounds: {}", key.to_text())))
            }
            None => Err(Error::no_such_key(key.to_text())),
        },
    }
}

pub(crate) fn optional_index(_: &Patterns, args: &[Value]) -> Outcome {
    let [of, key] = args else { return no_overload("_[?_]", args) };
    let found = match of {
        Value::Optional(None) => None,
        Value::Optional(Some(inner)) => find(inner, key)?,
        _ => find(of, key)?,
    };
    Ok(found.map_or(Value::Optional(None), Value::some))
}

pub(crate) fn is_in(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value, Value::List(list)] => {
            for item in list.iter() {
                if equal(&item?, value) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        [Value::String(name), Value::Map(map @ Map::Nodes { .. })] => {
            Ok(Value::Bool(map.has(name)))
        }
        [key, Value::Map(map)] => Ok(Value::Bool(map.get(key).is_some())),
        _ => Err(Error::no_such_overload()),
    }
}

pub(crate) fn map_insert(_: &Patterns, args: &[Value]) -> Outcome {
    let copied = |map: &Map| match map {
        Map::Values(entries) => Ok(Entries::clone(entries)),
        Map::Nodes { .. } => {
            let mut entries = Entries::default();
            for key in map.keys() {
                if let Some(value) = map.get(&key) {
                    entries.insert(key, value?)?;
                }
            }
            Ok(entries)
        }
    };
    match args {
        [Value::Map(map), key, value] => {
            let mut entries = copied(map)?;
            entries.insert(key.clone(), value.clone())?;
            Ok(Value::map(entries))
        }
        [Value::Map(map), Value::Map(more)] => {
            let mut entries = copied(map)?;
            for key in more.keys() {
                if let Some(value) = more.get(&key) {
                    entries.insert(key, value?)?;
                }
            }
            Ok(Value::map(entries))
        }
        _ => no_overload("cel.@mapInsert", args),
    }
}

/// Adds an item to a list that nobody else has, without copying it.
pub(crate) fn push(list: Value, items: &Value) -> Outcome {
    match (list, items) {
        (Value::List(List::Values(mut values)), Value::List(more)) => {
            std::sync::Arc::make_mut(&mut values).extend(more.to_vec()?);
            Ok(Value::List(List::Values(values)))
        }
        (list, items) => add(&Patterns::default(), &[list, items.clone()]),
    }
}
