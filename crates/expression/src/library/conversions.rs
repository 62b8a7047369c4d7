//! Conversions between types (cel-go's `common/types`).

use std::sync::Arc;

use super::{failed, no_overload, time};
use crate::pattern::Patterns;
use crate::value::{Error, Outcome, Value};

fn cannot(from: &Value, to: &str) -> Outcome {
    let from = from.type_of().runtime_name();
    failed(ecow::eco_format!("type conversion error from '{from}' to '{to}'"))
}

pub(crate) fn type_of(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value] => Ok(Value::Type(value.type_of())),
        _ => no_overload("type", args),
    }
}

pub(crate) fn to_dyn(_: &Patterns, args: &[Value]) -> Outcome {
    args.first().cloned().ok_or_else(Error::no_such_overload)
}

pub(crate) fn to_bool(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ Value::Bool(_)] => Ok(value.clone()),
        [value @ Value::String(text)] => match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => cannot(value, "bool"),
        },
        _ => no_overload("bool", args),
    }
}

pub(crate) fn to_bytes(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ Value::Bytes(_)] => Ok(value.clone()),
        [Value::String(text)] => Ok(Value::Bytes(Arc::from(text.as_bytes()))),
        _ => no_overload("bytes", args),
    }
}

pub(crate) fn to_double(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ Value::Double(_)] => Ok(value.clone()),
        [Value::Int(value)] => Ok(Value::Double(*value as f64)),
        [Value::Uint(value)] => Ok(Value::Double(*value as f64)),
        [value @ Value::String(text)] => match text.parse() {
            Ok(number) => Ok(Value::Double(number)),
            Err(_) => cannot(value, "double"),
        },
        _ => no_overload("double", args),
    }
}

pub(crate) fn to_int(_: &Patterns, args: &[Value]) -> Outcome {
    const OVERFLOW: &str = "integer overflow";
    match args {
        [value @ Value::Int(_)] => Ok(value.clone()),
        [Value::Uint(value)] => {
            i64::try_from(*value).map(Value::Int).map_err(|_| Error::new(OVERFLOW))
        }
        [Value::Double(value)] => {
            // The float nearest to 2^63 is out of range itself.
            let is_within = *value > -(2f64.powi(63)) && *value < 2f64.powi(63);
            if is_within { Ok(Value::Int(*value as i64)) } else { failed(OVERFLOW) }
        }
        [value @ Value::String(text)] => match text.parse() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => cannot(value, "int"),
        },
        [Value::Timestamp(at)] => {
            Ok(Value::Int(at.as_nanosecond().div_euclid(1_000_000_000) as i64))
        }
        [Value::Duration(nanos)] => Ok(Value::Int(*nanos)),
        _ => no_overload("int", args),
    }
}

pub(crate) fn to_uint(_: &Patterns, args: &[Value]) -> Outcome {
    const OVERFLOW: &str = "unsigned integer overflow";
    match args {
        [value @ Value::Uint(_)] => Ok(value.clone()),
        [Value::Int(value)] => {
            u64::try_from(*value).map(Value::Uint).map_err(|_| Error::new(OVERFLOW))
        }
        [Value::Double(value)] => {
            let is_within = *value >= 0.0 && *value < 2f64.powi(64);
            if is_within { Ok(Value::Uint(*value as u64)) } else { failed(OVERFLOW) }
        }
        [value @ Value::String(text)] => match text.parse() {
            Ok(number) => Ok(Value::Uint(number)),
            Err(_) => cannot(value, "uint"),
        },
        _ => no_overload("uint", args),
    }
}

/// The text of a value, where it has one.
pub(crate) fn text(value: &Value) -> Option<manifest::Text> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => ecow::eco_format!("{value}"),
        Value::Int(value) => ecow::eco_format!("{value}"),
        Value::Uint(value) => ecow::eco_format!("{value}"),
        Value::Double(value) if value.is_nan() => "NaN".into(),
        Value::Double(value) if value.is_infinite() => {
            if *value > 0.0 {
                "+Inf".into()
            } else {
                "-Inf".into()
            }
        }
        Value::Double(value) => general(*value),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.into(),
        Value::Duration(nanos) => time::seconds_text(*nanos).into(),
        Value::Timestamp(at) => time::timestamp_text(*at).into(),
        Value::Ip(ip) => ecow::eco_format!("{ip}"),
        Value::Cidr(ip, bits) => ecow::eco_format!("{ip}/{bits}"),
        Value::Type(of) => of.runtime_name().into(),
        _ => return None,
    })
}

/// Go's `%g`: an exponent below 1e-4 and from 1e21 on.
fn general(value: f64) -> manifest::Text {
    let exponent = value.abs().log10().floor();
    if value != 0.0 && !(-4.0..21.0).contains(&exponent) {
        return manifest::number::Number::Float(value).go_float();
    }
    ecow::eco_format!("{value}")
}

pub(crate) fn to_string(_: &Patterns, args: &[Value]) -> Outcome {
    let [value] = args else { return no_overload("string", args) };
    match text(value) {
        Some(text) if !matches!(value, Value::Type(_)) => Ok(Value::String(text)),
        _ if matches!(value, Value::Bytes(_)) => {
            failed("invalid UTF-8 in bytes, cannot convert to string")
        }
        _ => no_overload("string", args),
    }
}

pub(crate) fn to_duration(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ Value::Duration(_)] => Ok(value.clone()),
        [Value::Int(nanos)] => Ok(Value::Duration(*nanos)),
        [value @ Value::String(text)] => match time::parse_duration(text) {
            Some(nanos) => Ok(Value::Duration(nanos)),
            None => cannot(value, "google.protobuf.Duration"),
        },
        _ => no_overload("duration", args),
    }
}

pub(crate) fn to_timestamp(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [value @ Value::Timestamp(_)] => Ok(value.clone()),
        [Value::Int(seconds)] => match jiff::Timestamp::from_second(*seconds) {
            Ok(at) => Ok(Value::Timestamp(at)),
            Err(_) => failed("timestamp overflow"),
        },
        [value @ Value::String(text)] => match time::parse_timestamp(text) {
            Some(at) => Ok(Value::Timestamp(at)),
            None => cannot(value, "google.protobuf.Timestamp"),
        },
        _ => no_overload("timestamp", args),
    }
}
