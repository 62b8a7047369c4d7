//! One case: its steps, replayed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use manifest::{Key, List, Map, Node, Origin, json};
use serde_json::Value;

use super::mask::{mask, soften};
use super::server::{Request, Server};

/// The namespace that cases run in.
const NAMESPACE: &str = "ns-of-the-case";

pub(super) struct Case {
    pub(super) name: String,
    steps: Vec<Value>,
}

/// Where an answer is another one.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) got: String,
    pub(super) expected: String,
}

/// All cases of a folder, by name.
pub(super) fn read(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let case: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let steps = case["steps"].as_array().cloned().unwrap_or_default();
        cases.push(Case { name, steps });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Case {
    pub(super) fn replay(&self) -> Result<(), Difference> {
        let mut server = Server::new(NAMESPACE);
        let mut kept = BTreeMap::from([("ns".to_owned(), NAMESPACE.to_owned())]);
        for (number, step) in (1..).zip(&self.steps) {
            if step.get("settle").is_some() || step.get("sleep").is_some() {
                server.wait();
                continue;
            }
            let (status, body) = answer(&mut server, step, &kept);
            if let Some(keep) = step.get("keep").and_then(Value::as_object) {
                for (name, pointer) in keep {
                    let found = body.pointer(pointer.as_str().unwrap_or_default());
                    let text = match found {
                        Some(Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                        None => String::new(),
                    };
                    kept.insert(name.clone(), text);
                }
            }
            let expect = &step["expect"];
            let key = if step.get("watch").is_some() { "events" } else { "body" };
            let expected = soften(&expect[key]);
            let got = soften(&mask(&hide_namespace(&body), &mut Vec::new()));
            let wanted = expect["status"].as_u64().unwrap_or_default();
            if wanted != u64::from(status) || got != expected {
                let what = if wanted == u64::from(status) {
                    format!("step {number}: status {status}, the body differs")
                } else {
                    format!("step {number}: status {status}, expected {wanted}")
                };
                let (got, expected) = (got.to_string(), expected.to_string());
                return Err(Difference { what, got, expected });
            }
        }
        Ok(())
    }
}

fn answer(server: &mut Server, step: &Value, kept: &BTreeMap<String, String>) -> (u16, Value) {
    let text = |key: &str| step.get(key).and_then(Value::as_str).map(|text| filled(text, kept));
    if let Some(path) = text("watch") {
        let count = step["events"].as_u64().unwrap_or_default();
        let events = server.watch(&path, usize::try_from(count).unwrap_or(0));
        return (200, Value::Array(events.iter().map(to_json).collect()));
    }
    let body = step.get("body").map(|body| match body {
        Value::String(text) => filled(text, kept),
        other => filled(&other.to_string(), kept),
    });
    let request = Request {
        verb: text("verb").unwrap_or_default(),
        path: text("path").unwrap_or_default(),
        content_type: text("type").unwrap_or_else(|| "application/json".to_owned()),
        accept: text("accept").unwrap_or_default(),
        user_agent: text("userAgent").unwrap_or_else(|| "Python-urllib/3.11".to_owned()),
        body: body.unwrap_or_default(),
    };
    let (status, body) = server.answer(&request);
    (status, to_json(&body))
}

/// A text with the names in braces that are known replaced.
fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

fn hide_namespace(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let hidden = |text: &str| text.replace(NAMESPACE, "{ns}");
            map.iter().map(|(key, value)| (hidden(key), hide_namespace(value))).collect()
        }
        Value::Array(list) => list.iter().map(hide_namespace).collect(),
        Value::String(text) => Value::String(text.replace(NAMESPACE, "{ns}")),
        other => other.clone(),
    }
}

fn to_json(node: &Node) -> Value {
    let mut text = String::new();
    let options = json::Options { expose: true, ..json::Options::default() };
    json::write(node, options, &mut text);
    serde_json::from_str(&text).unwrap_or_default()
}

/// A JSON value as a node.
pub(super) fn to_node(value: &Value) -> Node {
    let origin = Origin::default();
    match value {
        Value::Null => Node::new(manifest::Value::Null, origin),
        Value::Bool(value) => Node::new(*value, origin),
        Value::Number(number) => match number.as_i64() {
            Some(value) => Node::new(value, origin),
            None => Node::new(manifest::Value::Number(number.to_string().into()), origin),
        },
        Value::String(text) => Node::string(text.as_str(), origin),
        Value::Array(list) => Node::new(list.iter().map(to_node).collect::<List>(), origin),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (Key::new(key.as_str()), to_node(value)));
            Node::new(entries.collect::<Map>(), origin)
        }
    }
}
