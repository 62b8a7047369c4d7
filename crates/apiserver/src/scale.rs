//! The scale subresource of the kinds that have one.

use manifest::{Node, Origin, Value};
use schema::apply::{self, ReplicasPaths, Writer, from_scale, to_scale};
use schema::fields::{Element, Set};
use schema::validation::Wrong;

use crate::call::Answer;
use crate::make::{self, int, map, text};
use crate::status;
use crate::target::Target;
use crate::verbs::{Act, Asked};

/// What is wrong with the fields of a custom object that its Scale shows.
pub(crate) fn wrong(target: &Target, object: &Node) -> Vec<Wrong> {
    let scale = target.definition().and_then(|version| version.at(&["subresources", "scale"]));
    let Some(scale) = scale else { return Vec::new() };
    let mut wrong = Vec::new();
    for key in ["specReplicasPath", "statusReplicasPath", "labelSelectorPath"] {
        let Some(path) = scale.str_at(&[key]) else { continue };
        if key == "specReplicasPath" && target.subresource == "status" {
            continue;
        }
        let is_text = key == "labelSelectorPath";
        let nothing = if is_text { "\"\"" } else { "0" };
        match shown_at(object, path, is_text) {
            Err(why) => wrong.push(Wrong::invalid(path, nothing, &why)),
            Ok(Some(number)) if number < 0 => {
                let why = "should be a non-negative integer";
                wrong.push(Wrong::invalid(path, &number.to_string(), why));
            }
            Ok(Some(number)) if number > i64::from(i32::MAX) => {
                let why = format!("should be less than or equal to {}", i32::MAX);
                wrong.push(Wrong::invalid(path, &number.to_string(), &why));
            }
            Ok(_) => {}
        }
    }
    wrong
}

/// The number at a path, where it has to be one (apimachinery's `unstructured.NestedInt64`).
fn shown_at(object: &Node, path: &str, is_text: bool) -> Result<Option<i64>, String> {
    let mut node = object;
    let steps: Vec<&str> = path.trim_start_matches('.').split('.').collect();
    let at = |end: usize| steps.get(..end).unwrap_or_default().join(".");
    for (index, step) in steps.iter().enumerate() {
        if node.is_null() {
            return Ok(None);
        }
        if node.as_map().is_none() {
            let (found, value) = go_value(node);
            return Err(format!(
                ".{} accessor error: {value} is of the type {found}, expected \
                 map[string]interface{{}}",
                at(index + 1)
            ));
        }
        let Some(next) = node.get(step) else { return Ok(None) };
        node = next;
    }
    let is_right = if is_text { node.as_str().is_some() } else { node.as_int().is_some() };
    if is_right {
        return Ok(node.as_int());
    }
    let (found, value) = go_value(node);
    let wanted = if is_text { "string" } else { "int64" };
    let path = at(steps.len());
    Err(format!(".{path} accessor error: {value} is of the type {found}, expected {wanted}"))
}

/// The type of a value in Go, and how Go prints it.
fn go_value(node: &Node) -> (&'static str, String) {
    let json = || {
        let mut out = String::new();
        manifest::json::write(node, manifest::json::Options::default(), &mut out);
        out
    };
    match &node.value {
        Value::Null => ("<nil>", "<nil>".to_owned()),
        Value::Bool(_) => ("bool", json()),
        Value::Int(_) => ("int64", json()),
        Value::Number(_) => ("float64", json()),
        Value::Map(_) => ("map[string]interface {}", json()),
        Value::List(_) => ("[]interface {}", json()),
        _ => ("string", node.as_str().unwrap_or_default().to_owned()),
    }
}

/// Where a kind has what its Scale shows.
pub(crate) struct Shape {
    replicas: Vec<String>,
    status: Vec<String>,
    selector: Option<Vec<String>>,
    paths: ReplicasPaths,
}

impl Shape {
    pub(crate) fn of(target: &Target) -> Option<Shape> {
        let steps = |path: &str| -> Vec<String> {
            path.trim_start_matches('.').split('.').map(str::to_owned).collect()
        };
        let (replicas, status, selector) = match target.definition() {
            Some(version) => {
                let scale = version.at(&["subresources", "scale"])?;
                let path = |key: &str| scale.str_at(&[key]).map(steps);
                (
                    path("specReplicasPath")?,
                    path("statusReplicasPath").unwrap_or_default(),
                    path("labelSelectorPath"),
                )
            }
            None => (steps("spec.replicas"), steps("status.replicas"), None),
        };
        let path = replicas.iter().map(|step| Element::field(step)).collect();
        let paths = vec![(target.api_version().into(), Some(path))];
        Some(Shape { replicas, status, selector, paths })
    }

    pub(crate) fn scale(&self, parent: &Node) -> Node {
        let names = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
        let metadata = names
            .into_iter()
            .filter_map(|name| parent.at(&["metadata", name]).map(|node| (name, node.clone())));
        let at = |path: &[String]| -> Option<&Node> {
            path.iter().try_fold(parent, |node, step| node.get(step))
        };
        let number = |node: Option<&Node>| int(node.and_then(Node::as_int).unwrap_or(0));
        let mut spec = Vec::new();
        if let Some(replicas) = at(&self.replicas).filter(|node| node.as_int() != Some(0)) {
            spec.push(("replicas", replicas.clone()));
        }
        let mut status = vec![("replicas", number(at(&self.status)))];
        let selector = match &self.selector {
            Some(path) => at(path).and_then(Node::as_str).map(str::to_owned),
            None => labels(parent),
        };
        if let Some(selector) = selector.filter(|text| !text.is_empty()) {
            status.push(("selector", text(selector)));
        }
        map([
            ("kind", text("Scale")),
            ("apiVersion", text("autoscaling/v1")),
            ("metadata", map(metadata)),
            ("spec", map(spec)),
            ("status", map(status)),
        ])
    }

    /// Why there is nothing to show of a parent.
    pub(crate) fn missing(&self, parent: &Node) -> Option<Answer> {
        let found = self.replicas.iter().try_fold(parent, |node, step| node.get(step));
        let is_custom = !schema::Types::is_builtin(
            parent.str_at(&["apiVersion"]).unwrap_or_default(),
            parent.str_at(&["kind"]).unwrap_or_default(),
        );
        if !is_custom || found.is_some() {
            return None;
        }
        let why =
            format!("the spec replicas field \".{}\" does not exist", self.replicas.join("."));
        let cause = map([("message", text(why.clone()))]);
        let details = map([("causes", crate::make::list([cause]))]);
        let message = format!("Internal error occurred: {why}");
        Some(status::failure(500, "InternalError", &message, Some(details)))
    }

    fn set_replicas(&self, parent: &mut Node, replicas: i64) {
        let mut node = parent;
        let Some((last, path)) = self.replicas.split_last() else { return };
        for step in path {
            let Some(map) = node.as_map_mut() else { return };
            node = map.entry(step, || Node::map(Origin::NONE));
        }
        if let Some(map) = node.as_map_mut() {
            map.set(last.as_str(), int(replicas));
        }
    }
}

fn labels(parent: &Node) -> Option<String> {
    let labels = parent.at(&["spec", "selector", "matchLabels"])?.as_map()?;
    let pairs =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    Some(pairs.collect::<Vec<_>>().join(","))
}

/// Writes the replicas of what `change` makes of the Scale, and who owns them.
pub(crate) fn write(
    asked: &mut Asked<'_>,
    (parent, revision): (&Node, u64),
    change: impl FnOnce(&Asked<'_>, &Node) -> Result<Node, Answer>,
) -> Result<Option<Answer>, Answer> {
    let shape = Shape::of(&asked.target).ok_or_else(status::no_resource)?;
    let live = with_entries(&shape, parent);
    let new = schema::normalize(&change(asked, &live)?);
    let (manager, now, none) = (asked.query.manager(), asked.now_text(), Set::new());
    let written = apply::update(
        &asked.model.types,
        Some(&live),
        &new,
        writer(&asked.target, manager, &now, &none),
    );
    finish(asked, (parent, revision), &shape, &written)
}

/// Applies a Scale.
pub(crate) fn apply(
    asked: &mut Asked<'_>,
    (parent, revision): (&Node, u64),
    body: &Node,
    force: bool,
) -> Result<Option<Answer>, Answer> {
    let shape = Shape::of(&asked.target).ok_or_else(status::no_resource)?;
    let live = with_entries(&shape, parent);
    let (manager, now, none) = (asked.query.manager(), asked.now_text(), Set::new());
    let writer = writer(&asked.target, manager, &now, &none);
    let applied = apply::apply(&asked.model.types, Some(&live), body, writer, force)
        .map_err(|refused| status::refused(&refused))?;
    if asked.target.resource.is_custom() && applied.changed {
        // What the real server does to a custom resource here; see the case.
        let name = body.str_at(&["metadata", "name"]).unwrap_or_default();
        let message = format!(
            "failed to convert new object (/{name}; autoscaling/v1, Kind=Scale) to proper version: \
             request to convert CR to an invalid group/version: autoscaling/v1"
        );
        return Err(status::failure(500, "", &message, None));
    }
    finish(asked, (parent, revision), &shape, &applied.object)
}

fn writer<'a>(target: &'a Target, manager: &'a str, now: &'a str, reset: &'a Set) -> Writer<'a> {
    Writer {
        manager,
        api_version: "autoscaling/v1",
        kind: "Scale",
        subresource: &target.subresource,
        now,
        reset,
    }
}

/// There cannot be less than nothing.
fn check(asked: &Asked<'_>, shape: &Shape, replicas: i64) -> Result<(), Answer> {
    if replicas >= 0 {
        return Ok(());
    }
    let (target, value) = (&asked.target, replicas.to_string());
    if target.resource.is_custom() {
        let field = format!(".{}", shape.replicas.join("."));
        let wrong = Wrong::invalid(field, &value, "should be a non-negative integer");
        return Err(target.invalid(&[wrong]));
    }
    let why = "must be greater than or equal to 0";
    let wrong = Wrong::invalid("spec.replicas", &value, why);
    Err(status::invalid(&target.name, "autoscaling", "Scale", &[wrong]))
}

fn with_entries(shape: &Shape, parent: &Node) -> Node {
    let entries = apply::decode(parent).unwrap_or_default();
    let mut scale = shape.scale(parent);
    apply::encode(&mut scale, to_scale(&entries, &shape.paths));
    scale
}

fn finish(
    asked: &mut Asked<'_>,
    (parent, revision): (&Node, u64),
    shape: &Shape,
    written: &Node,
) -> Result<Option<Answer>, Answer> {
    let replicas = written.at(&["spec", "replicas"]).and_then(Node::as_int).unwrap_or(0);
    check(asked, shape, replicas)?;
    let before = apply::decode(parent).unwrap_or_default();
    let scale = apply::decode(written).unwrap_or_default();
    let entries = from_scale(&before, &scale, asked.target.api_version(), &shape.paths);
    let mut new = parent.clone();
    shape.set_replicas(&mut new, replicas);
    apply::encode(&mut new, entries);
    let live = shape.scale(parent);
    asked.judged(written, Some(&live))?;
    // Who owns its fields is written down with what it is of.
    let mut shown = written.clone();
    if let Some(metadata) = make::metadata(&mut shown) {
        metadata.remove("managedFields");
    }
    asked.reviewed(Act::of(&shown, Some(&live)))?;
    // Policies and webhooks are asked about the Scale, and not about what it is of.
    let memory = asked.memory.take();
    asked.is_judged = true;
    asked.target = asked.target.whole();
    let stored = asked.store_update((parent, revision), new);
    asked.target.subresource = "scale".into();
    asked.is_judged = false;
    asked.memory = memory;
    Ok(stored?.map(|answer| Answer { body: shape.scale(&answer.body), ..answer }))
}
