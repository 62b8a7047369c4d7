//! HorizontalPodAutoscalers between their versions: what the first does not know is in annotations
//! (Kubernetes' `pkg/apis/autoscaling/v1/conversion.go`).

use manifest::{List, Map, Node, Origin, Text, Value};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// A field of the first version, where the second has it, and whether the first has it always.
type Part = (&'static str, &'static str, bool);

/// What is measured: a field that is called the same in both versions, and its parts.
static SOURCES: &[(&str, &[Part])] = &[
    (
        "object",
        &[
            ("target", "describedObject", false),
            ("metricName", "metric.name", false),
            ("targetValue", "target.value", true),
            ("selector", "metric.selector", false),
            ("averageValue", "target.averageValue", false),
        ],
    ),
    (
        "pods",
        &[
            ("metricName", "metric.name", false),
            ("targetAverageValue", "target.averageValue", true),
            ("selector", "metric.selector", false),
        ],
    ),
    (
        "resource",
        &[
            ("name", "name", false),
            ("targetAverageUtilization", "target.averageUtilization", false),
            ("targetAverageValue", "target.averageValue", false),
        ],
    ),
    (
        "containerResource",
        &[
            ("name", "name", false),
            ("targetAverageUtilization", "target.averageUtilization", false),
            ("targetAverageValue", "target.averageValue", false),
            ("container", "container", false),
        ],
    ),
    (
        "external",
        &[
            ("metricName", "metric.name", false),
            ("metricSelector", "metric.selector", false),
            ("targetValue", "target.value", false),
            ("targetAverageValue", "target.averageValue", false),
        ],
    ),
];

/// The same of what was measured.
static CURRENT: &[(&str, &[Part])] = &[
    (
        "object",
        &[
            ("target", "describedObject", false),
            ("metricName", "metric.name", false),
            ("currentValue", "current.value", true),
            ("selector", "metric.selector", false),
            ("averageValue", "current.averageValue", false),
        ],
    ),
    (
        "pods",
        &[
            ("metricName", "metric.name", false),
            ("currentAverageValue", "current.averageValue", true),
            ("selector", "metric.selector", false),
        ],
    ),
    (
        "resource",
        &[
            ("name", "name", false),
            ("currentAverageUtilization", "current.averageUtilization", false),
            ("currentAverageValue", "current.averageValue", true),
        ],
    ),
    (
        "containerResource",
        &[
            ("name", "name", false),
            ("currentAverageUtilization", "current.averageUtilization", false),
            ("currentAverageValue", "current.averageValue", true),
            ("container", "container", false),
        ],
    ),
    (
        "external",
        &[
            ("metricName", "metric.name", false),
            ("metricSelector", "metric.selector", false),
            ("currentValue", "current.value", true),
            ("currentAverageValue", "current.averageValue", false),
        ],
    ),
];

fn node(value: impl Into<Value>) -> Node {
    Node::new(value.into(), Origin::default())
}

/// Makes a first version's autoscaler one of the second.
pub(super) fn to_v2(object: &mut Node) {
    let metrics = take_annotation(object, METRICS).unwrap_or_default();
    let mut metrics: Vec<Node> =
        metrics.as_list().unwrap_or_default().iter().map(|metric| later(metric, SOURCES)).collect();
    if let Some(behavior) = take_annotation(object, BEHAVIOR)
        && let Some(spec) = object.map_entry("spec", Origin::default())
    {
        spec.set("behavior", lowered(&behavior));
    }
    if let Some(spec) = object.map_entry("spec", Origin::default()) {
        let percentage = spec.remove("targetCPUUtilizationPercentage");
        metrics.extend(percentage.filter(|node| !node.is_null()).map(cpu_metric));
        if !metrics.is_empty() {
            spec.set("metrics", node(metrics.into_iter().collect::<List>()));
        }
    }
    let current = take_annotation(object, CURRENT_METRICS);
    let conditions = take_annotation(object, CONDITIONS);
    let is_empty = object.get("status").is_none_or(Node::is_null);
    if is_empty && current.is_none() && conditions.is_none() {
        return;
    }
    let Some(status) = object.map_entry("status", Origin::default()) else { return };
    let percentage = status.remove("currentCPUUtilizationPercentage");
    if let Some(current) = current {
        let current = current.as_list().unwrap_or_default().iter();
        let current: List = current.map(|metric| later(metric, CURRENT)).collect();
        status.set("currentMetrics", node(current));
    } else if let Some(percentage) = percentage.filter(|node| !node.is_null()) {
        let metric = cpu(map([("averageUtilization", percentage)]), "current");
        status.set("currentMetrics", node([metric].into_iter().collect::<List>()));
    }
    if let Some(conditions) = conditions {
        status.set("conditions", conditions);
    }
}

/// Makes a second version's autoscaler one of the first.
pub(super) fn to_v1(object: &mut Node) {
    for name in [METRICS, CURRENT_METRICS, BEHAVIOR, CONDITIONS] {
        take_annotation(object, name);
    }
    let (mut others, mut behavior) = (List::new(), None);
    if let Some(spec) = object.map_entry("spec", Origin::default()) {
        let metrics = spec.remove("metrics").unwrap_or_default();
        behavior = spec.remove("behavior").filter(|node| !node.is_null());
        for metric in metrics.as_list().unwrap_or_default() {
            match utilization(metric, "target") {
                Some(target) => {
                    spec.entry("targetCPUUtilizationPercentage", || target.clone());
                }
                None => others.push(earlier(metric, SOURCES)),
            }
        }
        if metrics.as_list().is_none_or(<[Node]>::is_empty) {
            // What the server gives to one that measures nothing.
            spec.entry("targetCPUUtilizationPercentage", || node(80));
        }
    }
    let (mut current, mut conditions) = (List::new(), Node::default());
    if object.get("status").is_some_and(|status| !status.is_null())
        && let Some(status) = object.map_entry("status", Origin::default())
    {
        let metrics = status.remove("currentMetrics").unwrap_or_default();
        conditions = status.remove("conditions").unwrap_or_default();
        for metric in metrics.as_list().unwrap_or_default() {
            if let Some(percentage) = utilization(metric, "current") {
                status.set("currentCPUUtilizationPercentage", percentage.clone());
            }
            current.push(earlier(metric, CURRENT));
        }
    }
    if !others.is_empty() {
        annotate(object, METRICS, &node(others));
    }
    if !current.is_empty() {
        annotate(object, CURRENT_METRICS, &node(current));
    }
    if let Some(behavior) = behavior {
        let behavior =
            crate::go::internal("autoscaling.HorizontalPodAutoscalerBehavior", &behavior);
        annotate(object, BEHAVIOR, &behavior);
    }
    if conditions.as_list().is_some_and(|list| !list.is_empty()) {
        annotate(object, CONDITIONS, &conditions);
    }
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    node(entries.into_iter().map(|(key, node)| (key.into(), node)).collect::<Map>())
}

fn cpu(target: Node, field: &str) -> Node {
    let resource = map([("name", node("cpu")), (field, target)]);
    map([("type", node("Resource")), ("resource", resource)])
}

/// What the first version has a field for.
pub(crate) fn cpu_metric(percentage: Node) -> Node {
    cpu(map([("type", node("Utilization")), ("averageUtilization", percentage)]), "target")
}

fn utilization<'n>(metric: &'n Node, field: &str) -> Option<&'n Node> {
    let is_cpu = metric.str_at(&["type"]) == Some("Resource")
        && metric.str_at(&["resource", "name"]) == Some("cpu");
    metric.at(&["resource", field, "averageUtilization"]).filter(|node| is_cpu && !node.is_null())
}

/// A metric as the first version has it.
fn earlier(metric: &Node, kinds: &[(&str, &[Part])]) -> Node {
    let mut out = Map::new();
    if let Some(kind) = metric.get("type") {
        out.set("type", kind.clone());
    }
    for (kind, parts) in kinds {
        let Some(source) = metric.get(kind).filter(|node| !node.is_null()) else { continue };
        let mut fields = Map::new();
        for (field, path, is_always) in *parts {
            let path: Vec<&str> = path.split('.').collect();
            match source.at(&path).filter(|node| !node.is_null()) {
                Some(value) => fields.set(*field, value.clone()),
                None if *is_always => fields.set(*field, node("0")),
                None => {}
            }
        }
        out.set(*kind, node(fields));
    }
    node(out)
}

/// A metric of the first version as the second has it.
fn later(metric: &Node, kinds: &[(&str, &[Part])]) -> Node {
    let mut out = Map::new();
    if let Some(kind) = metric.get("type") {
        out.set("type", kind.clone());
    }
    for (kind, parts) in kinds {
        let Some(source) = metric.get(kind).filter(|node| !node.is_null()) else { continue };
        let mut fields = node(Map::new());
        if std::ptr::eq(kinds, SOURCES)
            && let Some(target) = fields.map_entry("target", Origin::default())
        {
            target.set("type", node(target_type(kind, source)));
        }
        for (field, path, _) in *parts {
            let Some(value) = source.get(field).filter(|node| !node.is_null()) else { continue };
            let (outer, inner) = path.split_once('.').unwrap_or(("", path));
            let place = match outer {
                "" => fields.as_map_mut(),
                _ => fields.map_entry(outer, Origin::default()),
            };
            if let Some(place) = place {
                place.set(inner, value.clone());
            }
        }
        out.set(*kind, fields);
    }
    node(out)
}

fn target_type(kind: &str, source: &Node) -> &'static str {
    let has = |field: &str| source.get(field).is_some_and(|node| !node.is_null());
    match kind {
        "resource" | "containerResource" if has("targetAverageUtilization") => "Utilization",
        "object" if !has("averageValue") => "Value",
        "external" if has("targetValue") => "Value",
        _ => "AverageValue",
    }
}

/// An internal type's JSON with the names of the versions.
fn lowered(given: &Node) -> Node {
    match &given.value {
        Value::Map(map) => {
            let entries = map.iter().filter(|(_, node)| !node.is_null()).map(|(key, node)| {
                let mut chars = key.chars();
                let first = chars.next().map(|char| char.to_ascii_lowercase());
                (first.into_iter().chain(chars).collect::<Text>().as_str().into(), lowered(node))
            });
            node(entries.collect::<Map>())
        }
        Value::List(list) => node(list.iter().map(lowered).collect::<List>()),
        _ => given.clone(),
    }
}

fn take_annotation(object: &mut Node, name: &str) -> Option<Node> {
    object.at(&["metadata", "annotations", name])?;
    let metadata = object.map_entry("metadata", Origin::default())?;
    let text = metadata.get_mut("annotations")?.as_map_mut()?.remove(name)?;
    Some(node(crate::json::parse(text.as_str()?)?))
}

fn annotate(object: &mut Node, name: &str, value: &Node) {
    let mut text = String::new();
    let options = manifest::json::Options { sort_keys: false, ..manifest::json::Options::GO };
    manifest::json::write(&with_sorted_labels(value), options, &mut text);
    let Some(metadata) = object.map_entry("metadata", Origin::default()) else { return };
    let annotations = metadata.entry("annotations", || Node::map(Origin::default()));
    if let Some(annotations) = annotations.as_map_mut() {
        annotations.set(name, Node::string(Text::from(text), Origin::default()));
    }
}

/// Structs are printed in the order of their fields, maps sorted.
fn with_sorted_labels(given: &Node) -> Node {
    match &given.value {
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let mut value = with_sorted_labels(value);
                if key.as_str() == "matchLabels"
                    && let Some(labels) = value.as_map()
                {
                    let mut entries: Vec<_> = labels.iter().collect();
                    entries.sort_by_key(|(key, _)| *key);
                    let sorted = entries.into_iter().map(|(key, node)| (key.clone(), node.clone()));
                    value = node(sorted.collect::<Map>());
                }
                (key.clone(), value)
            });
            node(entries.collect::<Map>())
        }
        Value::List(list) => node(list.iter().map(with_sorted_labels).collect::<List>()),
        _ => given.clone(),
    }
}
