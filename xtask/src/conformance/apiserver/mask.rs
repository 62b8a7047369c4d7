//! What differs from run to run, masked on both sides.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// A pattern and what stands for what it finds.
struct Blur {
    pattern: Regex,
    with: &'static str,
}

#[expect(clippy::expect_used, reason = "the patterns are constants; each run compiles them")]
fn blur(pattern: &str, with: &'static str) -> Blur {
    Blur { pattern: Regex::new(pattern).expect("a valid pattern"), with }
}

static UUID: LazyLock<Blur> =
    LazyLock::new(|| blur("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"));
static CELL: LazyLock<Blur> =
    LazyLock::new(|| blur(r"^(<age>|<time>|\d+[smhd](\d+[sm])?|<unknown>|<invalid>)$", "<age>"));
/// What is volatile inside of texts, in the order in which it is replaced.
static TEXTS: LazyLock<Vec<Blur>> = LazyLock::new(|| {
    vec![
        blur(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
        blur(r"<ip>|<address>|\b10\.0\.0\.\d+\b", "<ip>"),
        blur(r"(current: |record \(|too old resource version: \d+ \()(\d+|<rv>)", "${1}<rv>"),
        blur(r#"("resourceVersion\\*":\\*")\d+"#, "${1}<rv>"),
        blur(r"G_([a-z0-9]{5}|<generated>)\b", "G_<generated>"),
    ]
});

/// The mask of a field whose value is volatile.
fn volatile(key: &str) -> Option<&'static str> {
    Some(match key {
        "creationTimestamp"
        | "deletionTimestamp"
        | "time"
        | "lastTransitionTime"
        | "lastUpdateTime"
        | "lastProbeTime"
        | "expirationTimestamp" => "<time>",
        "uid" => "<uid>",
        "resourceVersion" => "<rv>",
        "clusterIP" => "<ip>",
        "token" => "<token>",
        _ => return None,
    })
}

/// An answer with its volatile fields masked; `path` is where it stands.
pub(in crate::conformance) fn mask(value: &Value, path: &mut Vec<String>) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            let below = path.last().cloned().unwrap_or_default();
            let is_plain = !matches!(below.as_str(), "fieldsV1" | "data" | "f:metadata");
            for (key, value) in map {
                let masked = match (volatile(key), value) {
                    (Some(mask), Value::String(text))
                        if is_plain && !matches!(text.as_str(), "" | "0" | "None") =>
                    {
                        Value::from(mask)
                    }
                    (_, Value::Array(_)) if key == "clusterIPs" => ips(value),
                    (_, Value::String(text)) if key == "continue" && !text.is_empty() => {
                        "<continue>".into()
                    }
                    (_, Value::Number(_)) if key == "nodePort" || key == "healthCheckNodePort" => {
                        "<nodePort>".into()
                    }
                    _ => {
                        path.push(key.clone());
                        let masked = mask(value, path);
                        path.pop();
                        masked
                    }
                };
                out.insert(key.clone(), masked);
            }
            hide_generated(&mut out);
            Value::Object(out)
        }
        Value::Array(list) => list.iter().map(|item| mask(item, path)).collect(),
        Value::String(text) => Value::String(uuids(text)),
        other => other.clone(),
    }
}

fn hide_generated(map: &mut Map<String, Value>) {
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    if let (Some(base), Some(name)) = (text("generateName"), text("name"))
        && name.starts_with(&base)
    {
        map.insert("name".to_owned(), format!("{base}<generated>").into());
    }
}

fn ips(value: &Value) -> Value {
    let ip = |ip: &Value| if ip == "None" { ip.clone() } else { "<ip>".into() };
    match value.as_array() {
        Some(list) => list.iter().map(ip).collect(),
        None => value.clone(),
    }
}

fn uuids(text: &str) -> String {
    // Those that a case itself writes, of one digit, are part of what is compared.
    let masked = |found: &regex::Captures<'_>| {
        let found = found.get(0).map_or("", |found| found.as_str());
        let first = found.chars().next();
        let is_own = found.chars().all(|char| char == '-' || Some(char) == first);
        if is_own { found.to_owned() } else { UUID.with.to_owned() }
    };
    UUID.pattern.replace_all(text, masked).into_owned()
}

/// One form for what a server orders at random, and for dates, ages and addresses in texts.
pub(super) fn soften(value: &Value) -> Value {
    soft(value, "")
}

fn soft(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(map) => {
            let soft = |(key, value): (&String, &Value)| {
                let value = if key == "serverAddress" { "<ip>".into() } else { soft(value, key) };
                (key.clone(), value)
            };
            let mut out: Map<String, Value> = map.iter().map(soft).collect();
            for key in ["causes", "managedFields"] {
                if let Some(Value::Array(list)) = out.get_mut(key) {
                    list.sort_by_cached_key(sorted_text);
                }
            }
            Value::Object(out)
        }
        Value::Array(list) => {
            let item = |item: &Value| match soft(item, key) {
                Value::String(text) if key == "cells" => {
                    CELL.pattern.replace(&text, CELL.with).into_owned().into()
                }
                other => other,
            };
            list.iter().map(item).collect()
        }
        Value::String(text) => {
            let blurred = TEXTS.iter().fold(text.clone(), |text, blur| {
                blur.pattern.replace_all(&text, blur.with).into_owned()
            });
            Value::String(blurred)
        }
        other => other.clone(),
    }
}

/// A text for a value whatever the order of its keys.
fn sorted_text(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{key}:{}", sorted_text(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(list) => list.iter().map(sorted_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
