//! Objects in, writes out; and a cluster whose time is not real.

use std::fmt::Write as _;

use manifest::{FileName, Map, Node, Value};

use super::view::{Id, View};
use super::wake::Task;
use super::write::{Outcome, Turn, Write};
use crate::make::meta;

pub(super) mod driven;
mod settles;
mod workloads;

pub(super) const NOW: &str = "2026-01-01T00:10:00Z";

pub(super) fn nodes(yaml: &str) -> Vec<Node> {
    let file = FileName::new("objects.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    manifest::yaml::Reader::new().read(yaml.as_bytes(), file, flavor).unwrap()
}

/// The objects of a YAML; a namespaced one is in `default`. Uids are names where none is given.
pub(super) fn view(yaml: &str) -> View {
    let mut view = View::default();
    for mut node in nodes(yaml) {
        let kinds = schema::Kinds::builtin();
        let api_version = node.str_at(&["apiVersion"]).unwrap().to_owned();
        let info = kinds.info(&api_version, node.str_at(&["kind"]).unwrap()).unwrap();
        let dot = if info.group.is_empty() { "" } else { "." };
        let collection = format!("{}{dot}{}", info.plural, info.group);
        let is_namespaced = info.scope == schema::Scope::Namespaced;
        let name = meta(&node, "name").to_owned();
        if is_namespaced && meta(&node, "namespace").is_empty() {
            super::edit::set(&mut node, &["metadata", "namespace"], crate::make::text("default"));
        }
        if meta(&node, "uid").is_empty() {
            super::edit::set(&mut node, &["metadata", "uid"], crate::make::text(name.clone()));
        }
        let id = Id::new(collection, meta(&node, "namespace"), name);
        view.put(&id, node);
    }
    view
}

/// `COLLECTION/NAME`, namespaced in `default` unless it is of the cluster.
pub(super) fn id(view: &View, text: &str) -> Id {
    let (collection, name) = text.split_once('/').unwrap();
    let id = Id::new(collection, "default", name);
    if view.get(&id).is_some() { id } else { Id::new(collection, "", name) }
}

/// What the controller of an object wants, a line a write. `!` after the name means that a step is
/// over, `~` asks garbage collection instead.
#[track_caller]
pub(super) fn check(yaml: &str, object: &str, expected: &str) {
    let view = view(yaml);
    let due = object.ends_with('!');
    let garbage = object.ends_with('~');
    let id = id(&view, object.trim_end_matches(['!', '~']));
    let task = if garbage { Task::Garbage(id) } else { Task::Object(id) };
    let turn = Turn { now: NOW.parse().unwrap(), due };
    let outcome = super::reconcile(&view, &task, turn);
    testkit::check_eq(&text(&view, &outcome), expected);
}

/// An outcome as text.
fn text(view: &View, outcome: &Outcome) -> String {
    let mut out = String::new();
    for write in &outcome.writes {
        match write {
            Write::Create { id, object, .. } => {
                let name = if id.name.is_empty() {
                    format!("{}*", meta(object, "generateName"))
                } else {
                    id.name.to_string()
                };
                let mut more = String::new();
                for path in [&["spec", "replicas"][..], &["revision"], &["endpoints"], &["subsets"]]
                {
                    if let Some(value) = object.at(path) {
                        write!(more, " {}={}", path.last().unwrap(), json(value)).unwrap();
                    }
                }
                let kind = object.str_at(&["kind"]).unwrap();
                writeln!(out, "create {kind} {name}{more}").unwrap();
            }
            Write::Update { id, object } => changes(view, "update", id, object, &mut out),
            Write::Status { id, object } => changes(view, "status", id, object, &mut out),
            Write::Finalize { id, object } => changes(view, "finalize", id, object, &mut out),
            Write::Delete { id, how, .. } => {
                writeln!(out, "delete {}/{} {how:?}", id.collection, id.name).unwrap();
            }
            Write::Tell(event) => {
                writeln!(out, "tell {}: {}", event.reason, event.message).unwrap();
            }
        }
    }
    if outcome.step {
        out.push_str("in a step\n");
    }
    if let Some(at) = outcome.at {
        writeln!(out, "at {at}").unwrap();
    }
    out
}

fn json(node: &Node) -> String {
    let mut text = String::new();
    manifest::json::write(node, manifest::json::Options::default(), &mut text);
    text
}

/// Which fields of an object change, and to what.
fn changes(view: &View, verb: &str, id: &Id, object: &Node, out: &mut String) {
    writeln!(out, "{verb} {}/{}", id.collection, id.name).unwrap();
    let nothing = Node::default();
    difference(view.get(id).unwrap_or(&nothing), object, &mut String::new(), out);
}

fn difference(before: &Node, after: &Node, path: &mut String, out: &mut String) {
    let keep = path.len();
    match (&before.value, &after.value) {
        (before, after) if before == after => {}
        (Value::Map(_) | Value::Null, Value::Map(after)) => {
            let nothing = Map::new();
            let before = before.as_map().unwrap_or(&nothing);
            for (key, value) in after.iter() {
                write!(path, ".{key}").unwrap();
                difference(before.get(key).unwrap_or(&Node::default()), value, path, out);
                path.truncate(keep);
            }
            for (key, _) in before.iter().filter(|(key, _)| !after.contains(key)) {
                writeln!(out, "  {}.{key} gone", path.trim_start_matches('.')).unwrap();
            }
        }
        (_, Value::List(after)) if path.ends_with("conditions") => {
            let before = before.as_list().unwrap_or_default();
            for condition in after {
                let kind = condition.get("type");
                let old = before.iter().find(|old| old.get("type") == kind);
                if old == Some(condition) {
                    continue;
                }
                let part = |key: &str| condition.str_at(&[key]).unwrap_or_default();
                let says = [part("type"), part("status"), part("reason"), part("message")];
                writeln!(out, "  {}", says.join(" ").trim_end()).unwrap();
            }
        }
        _ => writeln!(out, "  {}: {}", path.trim_start_matches('.'), json(after)).unwrap(),
    }
}
