//! Regular expressions.

use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

pub(crate) fn matches(patterns: &Patterns, args: &[Value]) -> Outcome {
    let [Value::String(text), Value::String(pattern)] = args else {
        return no_overload("matches", args);
    };
    match patterns.get(pattern) {
        Ok(regex) => Ok(Value::Bool(regex.is_match(text))),
        Err(error) => failed(error),
    }
}

pub(crate) fn find(patterns: &Patterns, args: &[Value]) -> Outcome {
    let [Value::String(text), Value::String(pattern)] = args else {
        return no_overload("find", args);
    };
    match patterns.get(pattern) {
        Ok(regex) => Ok(Value::string(regex.find(text).map_or("", |found| found.as_str()))),
        Err(error) => failed(ecow::eco_format!("Illegal regex: {error}")),
    }
}

pub(crate) fn find_all(patterns: &Patterns, args: &[Value]) -> Outcome {
    let (text, pattern, count) = match args {
        [Value::String(text), Value::String(pattern)] => (text, pattern, -1),
        [Value::String(text), Value::String(pattern), Value::Int(count)] => (text, pattern, *count),
        _ => return no_overload("findAll", args),
    };
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    match patterns.get(pattern) {
        Ok(regex) => {
            let found = regex.find_iter(text).take(most);
            Ok(Value::list(found.map(|found| Value::string(found.as_str())).collect()))
        }
        Err(error) => failed(ecow::eco_format!("Illegal regex: {error}")),
    }
}
