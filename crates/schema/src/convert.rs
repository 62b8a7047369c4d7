//! Objects in another version of their kind.

use manifest::{Map, Node, Origin, Text, Value};

use crate::normal::normalize;
use crate::types::Types;

/// `object` in the version `api_version` of its kind; `None` where its kind has no such version.
///
/// Of the built-in kinds only HorizontalPodAutoscaler has two versions that differ; custom kinds
/// have the conversion `None`, which changes the name of the version only.
pub fn convert(types: &Types, object: &Node, api_version: &str) -> Option<Node> {
    let from = object.str_at(&["apiVersion"]).unwrap_or_default();
    if from == api_version {
        return Some(object.clone());
    }
    let kind = object.str_at(&["kind"])?;
    let group = |version: &str| version.rsplit_once('/').map(|(group, _)| group.to_owned());
    let has_version = types.get(api_version, kind).is_some();
    if group(from) != group(api_version) || !has_version {
        return None;
    }
    let mut converted = object.clone();
    let name = Node::string(api_version, Origin::default());
    converted.as_map_mut()?.set("apiVersion", name);
    match (kind, from, api_version) {
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2") => {
            autoscaler_to_v2(&mut converted);
            Some(normalize(&converted))
        }
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1") => {
            autoscaler_to_v1(&mut converted);
            Some(normalize(&converted))
        }
        _ => Some(converted),
    }
}

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

fn autoscaler_to_v2(object: &mut Node) {
    let mut metrics = match take_annotation(object, METRICS) {
        Some(Value::List(list)) => list,
        _ => manifest::List::new(),
    };
    for (annotation, field, part) in [
        (BEHAVIOR, "behavior", "spec"),
        (CURRENT_METRICS, "currentMetrics", "status"),
        (CONDITIONS, "conditions", "status"),
    ] {
        if let Some(value) = take_annotation(object, annotation)
            && let Some(map) = object.map_entry(part, Origin::default())
        {
            map.set(field, Node::new(value, Origin::default()));
        }
    }
    let Some(spec) = object.map_entry("spec", Origin::default()) else { return };
    if let Some(percentage) = spec.remove("targetCPUUtilizationPercentage")
        && !percentage.is_null()
    {
        metrics.insert(0, cpu_metric(percentage));
    }
    if !metrics.is_empty() {
        spec.set("metrics", Node::new(metrics, Origin::default()));
    }
}

fn autoscaler_to_v1(object: &mut Node) {
    let mut others = manifest::List::new();
    let mut behavior = None;
    let origin = Origin::default();
    if let Some(spec) = object.map_entry("spec", Origin::default()) {
        let metrics = spec.remove("metrics").unwrap_or_default();
        behavior = spec.remove("behavior").filter(|node| !node.is_null());
        for metric in metrics.as_list().unwrap_or_default() {
            let target = cpu_utilization(metric);
            match target {
                Some(target) if !spec.contains("targetCPUUtilizationPercentage") => {
                    spec.set("targetCPUUtilizationPercentage", target.clone());
                }
                _ => others.push(metric.clone()),
            }
        }
        if others.is_empty() {
            // A default that the server gives in the conversion.
            spec.entry("targetCPUUtilizationPercentage", || Node::new(80, origin));
        }
    }
    if !others.is_empty() {
        annotate(object, METRICS, &Node::new(others, Origin::default()));
    }
    if let Some(behavior) = behavior {
        annotate(object, BEHAVIOR, &behavior);
    }
    for (field, annotation) in [("currentMetrics", CURRENT_METRICS), ("conditions", CONDITIONS)] {
        let status = object.map_entry("status", Origin::default());
        let value = status.and_then(|status| status.remove(field));
        if let Some(value) = value.filter(|node| !node.is_null()) {
            annotate(object, annotation, &value);
        }
    }
}

pub(crate) fn cpu_metric(percentage: Node) -> Node {
    let node = |value: Value| Node::new(value, Origin::default());
    let map = |entries: Vec<(&str, Node)>| {
        let entries = entries.into_iter().map(|(key, node)| (key.into(), node));
        node(Value::Map(entries.collect::<Map>()))
    };
    let target =
        map(vec![("type", node("Utilization".into())), ("averageUtilization", percentage)]);
    let resource = map(vec![("name", node("cpu".into())), ("target", target)]);
    map(vec![("type", node("Resource".into())), ("resource", resource)])
}

fn cpu_utilization(metric: &Node) -> Option<&Node> {
    let is_cpu = metric.str_at(&["type"]) == Some("Resource")
        && metric.str_at(&["resource", "name"]) == Some("cpu");
    metric.at(&["resource", "target", "averageUtilization"]).filter(|_| is_cpu)
}

fn take_annotation(object: &mut Node, name: &str) -> Option<Value> {
    object.at(&["metadata", "annotations", name])?;
    let metadata = object.map_entry("metadata", Origin::default())?;
    let text = metadata.get_mut("annotations")?.as_map_mut()?.remove(name)?;
    crate::json::parse(text.as_str()?)
}

fn annotate(object: &mut Node, name: &str, value: &Node) {
    let mut text = String::new();
    manifest::json::write(value, manifest::json::Options::GO, &mut text);
    let Some(metadata) = object.map_entry("metadata", Origin::default()) else { return };
    let annotations = metadata.entry("annotations", || Node::map(Origin::default()));
    if let Some(annotations) = annotations.as_map_mut() {
        annotations.set(name, Node::string(Text::from(text), Origin::default()));
    }
}
