//! Strings (cel-go's standard functions and `ext/strings.go`); positions count code points.

use manifest::Text;

use super::{failed, lists, no_overload};
use crate::pattern::Patterns;
use crate::value::{List, Outcome, Value};

/// As long may a text be that a function makes; replacing could blow it up.
const LONGEST: usize = 16 << 20;

fn out_of_range(at: i64) -> Outcome {
    failed(ecow::eco_format!("index out of range: {at}"))
}

pub(crate) fn contains(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => Ok(Value::Bool(text.contains(part.as_str()))),
        _ => no_overload("contains", args),
    }
}

pub(crate) fn starts_with(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => {
            Ok(Value::Bool(text.starts_with(part.as_str())))
        }
        _ => no_overload("startsWith", args),
    }
}

pub(crate) fn ends_with(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text), Value::String(part)] => {
            Ok(Value::Bool(text.ends_with(part.as_str())))
        }
        _ => no_overload("endsWith", args),
    }
}

pub(crate) fn char_at(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::String(text), Value::Int(at)] = args else { return no_overload("charAt", args) };
    let Ok(index) = usize::try_from(*at) else { return out_of_range(*at) };
    match text.chars().nth(index) {
        Some(char) => Ok(Value::string(char.to_string())),
        None if text.chars().count() == index => Ok(Value::string("")),
        None => out_of_range(*at),
    }
}

pub(crate) fn index_of(_: &Patterns, args: &[Value]) -> Outcome {
    let (text, part, offset) = match args {
        [Value::List(list), item] => return lists::position(list, item, false),
        [Value::String(text), Value::String(part)] => (text, part, 0),
        [Value::String(text), Value::String(part), Value::Int(offset)] => (text, part, *offset),
        _ => return no_overload("indexOf", args),
    };
    if part.is_empty() {
        return Ok(Value::Int(offset));
    }
    let Ok(from) = usize::try_from(offset) else { return out_of_range(offset) };
    let Some((start, _)) = text.char_indices().nth(from) else { return Ok(Value::Int(-1)) };
    let rest = text.get(start..).unwrap_or_default();
    let found = rest.find(part.as_str()).and_then(|at| rest.get(..at));
    Ok(Value::Int(found.map_or(-1, |before| offset + before.chars().count() as i64)))
}

pub(crate) fn last_index_of(_: &Patterns, args: &[Value]) -> Outcome {
    let (text, part, offset) = match args {
        [Value::List(list), item] => return lists::position(list, item, true),
        [Value::String(text), Value::String(part)] => (text, part, None),
        [Value::String(text), Value::String(part), Value::Int(offset)] => {
            (text, part, Some(*offset))
        }
        _ => return no_overload("lastIndexOf", args),
    };
    let count = text.chars().count() as i64;
    if part.is_empty() {
        return Ok(Value::Int(offset.unwrap_or(count)));
    }
    if text.len() < part.len() && offset.is_none() {
        return Ok(Value::Int(-1));
    }
    let last = offset.unwrap_or(count - 1);
    if last < 0 {
        return out_of_range(last);
    }
    if last >= count {
        return Ok(Value::Int(-1));
    }
    // The last place at which it may start.
    let starts = text.char_indices().take(last as usize + 1).enumerate();
    let is_here = |at: usize| text.get(at..).is_some_and(|rest| rest.starts_with(part.as_str()));
    let found = starts.filter(|(_, (at, _))| is_here(*at)).last();
    Ok(Value::Int(found.map_or(-1, |(index, _)| index as i64)))
}

pub(crate) fn lower_ascii(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::string(text.to_ascii_lowercase())),
        _ => no_overload("lowerAscii", args),
    }
}

pub(crate) fn upper_ascii(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::string(text.to_ascii_uppercase())),
        _ => no_overload("upperAscii", args),
    }
}

pub(crate) fn replace(_: &Patterns, args: &[Value]) -> Outcome {
    let (text, old, new, count) = match args {
        [Value::String(text), Value::String(old), Value::String(new)] => (text, old, new, None),
        [Value::String(text), Value::String(old), Value::String(new), Value::Int(count)] => {
            (text, old, new, usize::try_from(*count).ok())
        }
        _ => return no_overload("replace", args),
    };
    let most = text.chars().count().saturating_add(1).min(count.unwrap_or(usize::MAX));
    if most.saturating_mul(new.len()) > LONGEST {
        return failed("replace: the result is too long");
    }
    Ok(Value::string(match count {
        Some(count) => text.replacen(old.as_str(), new, count),
        None => text.replace(old.as_str(), new),
    }))
}

pub(crate) fn split(_: &Patterns, args: &[Value]) -> Outcome {
    let (text, separator, count) = match args {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [Value::String(text), Value::String(separator), Value::Int(count)] => {
            (text, separator, *count)
        }
        _ => return no_overload("split", args),
    };
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let parts: Vec<Text> = match (most, separator.is_empty()) {
        (0, _) => Vec::new(),
        (_, false) => text.splitn(most, separator.as_str()).map(Text::from).collect(),
        (_, true) => {
            let mut rest = text.as_str();
            let mut parts = Vec::new();
            while let Some(char) = rest.chars().next() {
                if parts.len() + 1 == most {
                    parts.push(rest.into());
                    break;
                }
                let (first, after) = rest.split_at(char.len_utf8());
                parts.push(first.into());
                rest = after;
            }
            parts
        }
    };
    Ok(Value::list(parts.into_iter().map(Value::String).collect()))
}

pub(crate) fn substring(_: &Patterns, args: &[Value]) -> Outcome {
    let (text, start, end) = match args {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        _ => return no_overload("substring", args),
    };
    let count = text.chars().count() as i64;
    if let Some(end) = end.filter(|end| start > *end) {
        return failed(ecow::eco_format!("invalid substring range. start: {start}, end: {end}"));
    }
    if !(0..=count).contains(&start) {
        return out_of_range(start);
    }
    let end = end.unwrap_or(count);
    if !(0..=count).contains(&end) {
        return out_of_range(end);
    }
    let part: String = text.chars().skip(start as usize).take((end - start) as usize).collect();
    Ok(Value::string(part))
}

pub(crate) fn trim(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::string(text.trim())),
        _ => no_overload("trim", args),
    }
}

pub(crate) fn join(_: &Patterns, args: &[Value]) -> Outcome {
    let (list, separator) = match args {
        [Value::List(list)] => (list, ""),
        [Value::List(list), Value::String(separator)] => (list, separator.as_str()),
        _ => return no_overload("join", args),
    };
    let parts = texts(list)?;
    let length: usize = parts.iter().map(Text::len).sum();
    if length.saturating_add(parts.len().saturating_mul(separator.len())) > LONGEST {
        return failed("join: the result is too long");
    }
    Ok(Value::string(parts.join(separator)))
}

fn texts(list: &List) -> Result<Vec<Text>, crate::value::Error> {
    let text = |item: Outcome| match item? {
        Value::String(text) => Ok(text),
        other => {
            let message = ecow::eco_format!("join: invalid input: {}", other.to_text());
            Err(crate::value::Error::new(message))
        }
    };
    list.iter().map(text).collect()
}

/// A text as a literal that can be printed.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

pub(crate) fn quote(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::string(quoted(text))),
        _ => no_overload("strings.quote", args),
    }
}

/// A key as a part of a JSON pointer (`jsonpatch.escapeKey`).
pub(crate) fn escape_key(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::string(text.replace("~", "~0").replace("/", "~1"))),
        _ => no_overload("jsonpatch.escapeKey", args),
    }
}
