//! The scale subresource of the kinds that have one.

use manifest::{Node, Origin};
use schema::apply::{self, ReplicasPaths, from_scale, to_scale};
use schema::fields::{Element, Set};

use super::server::{Options, Server, Target};
use super::status::{self, Answer, map, text};

/// Where a kind has what its Scale shows.
pub(super) struct Shape {
    replicas: Vec<String>,
    status: Vec<String>,
    selector: Option<Vec<String>>,
    paths: ReplicasPaths,
}

impl Shape {
    pub(super) fn of(server: &Server, target: &Target) -> Option<Shape> {
        let steps = |path: &str| -> Vec<String> {
            path.trim_start_matches('.').split('.').map(str::to_owned).collect()
        };
        let (replicas, status, selector) = match server.definition(target) {
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
        let paths = vec![(target.api_version.as_str().into(), Some(path))];
        Some(Shape { replicas, status, selector, paths })
    }

    pub(super) fn scale(&self, parent: &Node) -> Node {
        let names = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
        let metadata = names
            .into_iter()
            .filter_map(|name| parent.at(&["metadata", name]).map(|node| (name, node.clone())));
        let at = |path: &[String]| -> Option<&Node> {
            path.iter().try_fold(parent, |node, step| node.get(step))
        };
        let number = |node: Option<&Node>| {
            Node::new(node.and_then(Node::as_int).unwrap_or(0), Origin::default())
        };
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
            status.push(("selector", text(&selector)));
        }
        map(vec![
            ("kind", text("Scale")),
            ("apiVersion", text("autoscaling/v1")),
            ("metadata", map(metadata.collect())),
            ("spec", map(spec)),
            ("status", map(status)),
        ])
    }

    fn set_replicas(&self, parent: &mut Node, replicas: i64) {
        let mut node = parent;
        let Some((last, path)) = self.replicas.split_last() else { return };
        for step in path {
            let Some(map) = node.as_map_mut() else { return };
            node = map.entry(step, || Node::map(Origin::default()));
        }
        if let Some(map) = node.as_map_mut() {
            map.set(last.as_str(), Node::new(replicas, Origin::default()));
        }
    }
}

fn labels(parent: &Node) -> Option<String> {
    let labels = parent.at(&["spec", "selector", "matchLabels"])?.as_map()?;
    let pairs =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    Some(pairs.collect::<Vec<_>>().join(","))
}

pub(super) fn put(
    server: &mut Server,
    target: &Target,
    parent: &Node,
    body: &Node,
    options: &Options,
) -> Result<Answer, Answer> {
    write(server, target, parent, options, |_, _| Ok(body.clone()))
}

pub(super) fn patch(
    server: &mut Server,
    target: &Target,
    parent: &Node,
    patch: &Node,
    options: &Options,
) -> Result<Answer, Answer> {
    write(server, target, parent, options, |server, live| {
        let kind = "application/merge-patch+json";
        super::server::patched(&server.types, target, live, patch, kind)
    })
}

/// Writes the replicas of what `change` makes of the Scale, and who owns them.
fn write(
    server: &mut Server,
    target: &Target,
    parent: &Node,
    options: &Options,
    change: impl Fn(&Server, &Node) -> Result<Node, Answer>,
) -> Result<Answer, Answer> {
    let shape = Shape::of(server, target).ok_or_else(|| target.not_found())?;
    let live = with_entries(&shape, parent);
    let new = schema::normalize(&change(server, &live)?);
    let scale = scale_target(target);
    let (manager, now, none) = (manager(options), server.now(), Set::new());
    let writer = super::server::writer(&scale, &manager, &now, &none);
    let written = apply::update(&server.types, Some(&live), &new, writer);
    finish(server, target, parent, &shape, &written, options)
}

pub(super) fn apply(
    server: &mut Server,
    target: &Target,
    parent: &Node,
    body: &Node,
    options: &Options,
    force: bool,
) -> Result<Answer, Answer> {
    let shape = Shape::of(server, target).ok_or_else(|| target.not_found())?;
    let live = with_entries(&shape, parent);
    let scale = scale_target(target);
    let (manager, now, none) = (manager(options), server.now(), Set::new());
    let writer = super::server::writer(&scale, &manager, &now, &none);
    let applied = apply::apply(&server.types, Some(&live), body, writer, force)
        .map_err(|refused| status::refused(&refused))?;
    if server.definition(target).is_some() && applied.changed {
        // What the real server does to a custom resource here; see the case.
        let name = body.str_at(&["metadata", "name"]).unwrap_or_default();
        let message = format!(
            "failed to convert new object (/{name}; autoscaling/v1, Kind=Scale) to proper version: \
             request to convert CR to an invalid group/version: autoscaling/v1"
        );
        return Err(status::failure(500, "", &message, None));
    }
    finish(server, target, parent, &shape, &applied.object, options)
}

fn manager(options: &Options) -> String {
    options.get("fieldManager").unwrap_or("unknown").to_owned()
}

fn scale_target(target: &Target) -> Target {
    let mut scale = target.clone();
    scale.api_version = "autoscaling/v1".to_owned();
    scale.info.kind = "Scale".into();
    scale
}

fn with_entries(shape: &Shape, parent: &Node) -> Node {
    let entries = apply::decode(parent).unwrap_or_default();
    let mut scale = shape.scale(parent);
    apply::encode(&mut scale, to_scale(&entries, &shape.paths));
    scale
}

fn finish(
    server: &mut Server,
    target: &Target,
    parent: &Node,
    shape: &Shape,
    written: &Node,
    options: &Options,
) -> Result<Answer, Answer> {
    let replicas = written.at(&["spec", "replicas"]).and_then(Node::as_int).unwrap_or(0);
    let before = apply::decode(parent).unwrap_or_default();
    let scale = apply::decode(written).unwrap_or_default();
    let entries = from_scale(&before, &scale, &target.api_version, &shape.paths);
    let mut new = parent.clone();
    shape.set_replicas(&mut new, replicas);
    apply::encode(&mut new, entries);
    let main = Target { subresource: String::new(), ..target.clone() };
    let (status, stored) = server.update(&main, parent, new, options)?;
    Ok((status, shape.scale(&stored)))
}
