//! `'%s has %d'.format([name, count])` (cel-go's `ext/formatting.go`).

use super::{conversions, no_overload, strings};
use crate::pattern::Patterns;
use crate::value::{Error, List, Map, Outcome, Value};

/// As many digits may be asked for.
const MOST_DIGITS: usize = 1000;
/// As deep are lists in lists written.
const DEEPEST: usize = 64;

pub(crate) fn format(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::String(text), Value::List(list)] = args else { return no_overload("format", args) };
    formatted(text, list).map(Value::string)
}

fn formatted(text: &str, list: &List) -> Result<String, Error> {
    let mut out = String::new();
    let mut rest = text;
    let mut index = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let Some(arg) = list.get(index) else {
            return Err(Error::new(ecow::eco_format!("index {index} out of range")));
        };
        index += 1;
        if rest.is_empty() {
            return Err(Error::new("unexpected end of string"));
        }
        let clause =
            |why: String| Error::new(ecow::eco_format!("could not parse formatting clause: {why}"));
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            let Some(end) = after.find(|char: char| !char.is_ascii_digit()) else {
                let why = "could not find end of precision specifier";
                return Err(clause(format!("error while parsing precision: {why}")));
            };
            let digits = after[..end].parse().ok().filter(|digits| *digits <= MOST_DIGITS);
            precision = Some(digits.ok_or_else(|| {
                clause(
                    "error while parsing precision: error while converting precision to integer"
                        .to_owned(),
                )
            })?);
            rest = &after[end..];
        }
        let Some(verb) = rest.chars().next() else {
            return Err(Error::new("unexpected end of string"));
        };
        rest = &rest[verb.len_utf8()..];
        if !matches!(verb, 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o') {
            return Err(clause(format!("unrecognized formatting clause \"{verb}\"")));
        }
        let shown = shown(verb, precision, &arg?)
            .map_err(|why| Error::new(ecow::eco_format!("error during formatting: {why}")))?;
        out.push_str(&shown);
    }
    out.push_str(rest);
    Ok(out)
}

fn shown(verb: char, precision: Option<usize>, value: &Value) -> Result<String, String> {
    let digits = precision.unwrap_or(6);
    let name = value.type_of().runtime_name();
    Ok(match (verb, value) {
        ('s', _) => text(value, 0)?,
        ('d', Value::Int(value)) => value.to_string(),
        ('d', Value::Uint(value)) => value.to_string(),
        ('d', _) => {
            return Err(format!("decimal clause can only be used on integers, was given {name}"));
        }
        ('f', Value::Double(value)) => grouped(&format!("{value:.digits$}")),
        ('f', _) => {
            return Err(format!(
                "fixed-point clause can only be used on doubles, was given {name}"
            ));
        }
        ('e', Value::Double(value)) => scientific(*value, digits),
        ('e', _) => {
            return Err(format!("scientific clause can only be used on doubles, was given {name}"));
        }
        ('b', Value::Int(value)) if *value < 0 => format!("-{:b}", value.unsigned_abs()),
        ('b', Value::Int(value)) => format!("{value:b}"),
        ('b', Value::Uint(value)) => format!("{value:b}"),
        ('b', Value::Bool(value)) => u8::from(*value).to_string(),
        ('b', _) => {
            return Err(format!(
                "only integers and bools can be formatted as binary, was given {name}"
            ));
        }
        ('o', Value::Int(value)) if *value < 0 => format!("-{:o}", value.unsigned_abs()),
        ('o', Value::Int(value)) => format!("{value:o}"),
        ('o', Value::Uint(value)) => format!("{value:o}"),
        ('o', _) => {
            return Err(format!("octal clause can only be used on integers, was given {name}"));
        }
        _ => {
            let hex = hexadecimal(value).ok_or_else(|| {
                format!(
                    "only integers, byte buffers, and strings can be formatted as hex, was given \
                     {name}"
                )
            })?;
            if verb == 'X' { hex.to_uppercase() } else { hex }
        }
    })
}

fn hexadecimal(value: &Value) -> Option<String> {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(match value {
        Value::Int(value) if *value < 0 => format!("-{:x}", value.unsigned_abs()),
        Value::Int(value) => format!("{value:x}"),
        Value::Uint(value) => format!("{value:x}"),
        Value::String(text) => bytes(text.as_bytes()),
        Value::Bytes(of) => bytes(of),
        _ => return None,
    })
}

/// Digits in groups of three, as English has them.
fn grouped(number: &str) -> String {
    let (sign, rest) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// As English writes it: digits, a cross, ten to a power.
fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ("\u{207b}", rest),
        None => ("", exponent),
    };
    let raised: String = format!("{exponent:0>2}")
        .bytes()
        .map(|digit| match digit {
            b'1' => '\u{b9}',
            b'2' => '\u{b2}',
            b'3' => '\u{b3}',
            digit => char::from_u32(0x2070 + u32::from(digit - b'0')).unwrap_or('0'),
        })
        .collect();
    format!("{mantissa}\u{202f}\u{d7}\u{202f}10{sign}{raised}")
}

fn text(value: &Value, depth: usize) -> Result<String, String> {
    if depth > DEEPEST {
        return Err("too deep".to_owned());
    }
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::List(list) => {
            let mut parts = Vec::new();
            for item in list.iter() {
                parts.push(nested(&item.map_err(|error| error.to_string())?, depth)?);
            }
            Ok(format!("[{}]", parts.join(", ")))
        }
        Value::Map(map) => map_text(map, depth),
        _ => match conversions::text(value) {
            Some(text) => Ok(text.into()),
            None => Err(format!(
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, \
                 lists, types, durations, and timestamps, was given {}",
                value.type_of().runtime_name()
            )),
        },
    }
}

fn map_text(map: &Map, depth: usize) -> Result<String, String> {
    let mut parts = Vec::new();
    for key in map.keys() {
        if let Some(value) = map.get(&key) {
            let value = value.map_err(|error| error.to_string())?;
            parts.push((nested(&key, depth)?, nested(&value, depth)?));
        }
    }
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let parts: Vec<String> = parts.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    Ok(format!("{{{}}}", parts.join(", ")))
}

/// A value in a list or map: strings are quoted, what is made by a function says so.
fn nested(value: &Value, depth: usize) -> Result<String, String> {
    let plain = text(value, depth + 1)?;
    Ok(match value {
        Value::String(_) => strings::quoted(&plain),
        Value::Bytes(_) => format!("b{}", strings::quoted(&plain)),
        Value::Double(number) if number.is_finite() => format!("{number:.6}"),
        Value::Double(_) => strings::quoted(&plain),
        Value::Timestamp(_) => format!("timestamp(\"{plain}\")"),
        Value::Duration(_) => format!("duration(\"{plain}\")"),
        Value::Type(_) => format!("type({plain})"),
        _ => plain,
    })
}
