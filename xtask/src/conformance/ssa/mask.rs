//! What differs from run to run, masked on both sides.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

static UUID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").ok()
});
static DATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").ok());

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
pub(super) fn mask(value: &Value, path: &mut Vec<String>) -> Value {
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
                    _ if key == "clusterIPs" => ips(value),
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
            Value::Object(out)
        }
        Value::Array(list) => list.iter().map(|item| mask(item, path)).collect(),
        Value::String(text) => Value::String(uuids(text)),
        other => other.clone(),
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
    let Some(regex) = UUID.as_ref() else { return text.to_owned() };
    // Those that a case itself writes, of one digit, are part of what is compared.
    let masked = |found: &regex::Captures<'_>| {
        let found = found.get(0).map_or("", |found| found.as_str());
        let first = found.chars().next();
        let is_own = found.chars().all(|char| char == '-' || Some(char) == first);
        if is_own { found.to_owned() } else { "<uid>".to_owned() }
    };
    regex.replace_all(text, masked).into_owned()
}

/// One form for what a server orders at random, and for dates.
pub(super) fn soften(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut out: Map<String, Value> =
                map.iter().map(|(key, value)| (key.clone(), soften(value))).collect();
            for key in ["causes", "managedFields"] {
                if let Some(Value::Array(list)) = out.get_mut(key) {
                    list.sort_by_cached_key(sorted_text);
                }
            }
            Value::Object(out)
        }
        Value::Array(list) => list.iter().map(soften).collect(),
        Value::String(text) => match DATE.as_ref() {
            Some(regex) => regex.replace_all(text, "<time>").into_owned().into(),
            None => text.clone().into(),
        },
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
