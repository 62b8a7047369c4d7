//! HorizontalPodAutoscalers, in the versions that there are: what they measure, and how far it is.

use manifest::{Node, Text};

use super::column::{AGE, NAME, Printer, kind, string};
use super::row::{NONE, Row, UNKNOWN, UNSET, at, first_few, scalar};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("autoscaling", "HorizontalPodAutoscaler", &[
        NAME,
        string("Reference", |row| text(format!("{}/{}", row.str("spec.scaleTargetRef.kind"), row.str("spec.scaleTargetRef.name")))),
        string("Targets", targets),
        string("MinPods", |row| row.scalar_or("spec.minReplicas", UNSET)),
        string("MaxPods", |row| row.number("spec.maxReplicas")),
        string("Replicas", |row| row.number("status.currentReplicas")),
        AGE,
    ]),
];

/// Of the first two metrics: what they are now, and what they should be.
fn targets(row: &Row<'_>) -> Node {
    if let Some(target) = row.at("spec.targetCPUUtilizationPercentage") {
        // autoscaling/v1 has one metric, and calls it by another name.
        let current = scalar(row.at("status.currentCPUUtilizationPercentage"));
        let current = current.map_or_else(|| UNKNOWN.into(), |current| format!("{current}%"));
        return text(format!("cpu: {current}/{}%", scalar(Some(target)).unwrap_or_default()));
    }
    let current = row.list("status.currentMetrics");
    let metrics = row.list("spec.metrics").iter().enumerate();
    let metrics: Vec<String> =
        metrics.map(|(at, metric)| target(metric, current.get(at))).collect();
    text(if metrics.is_empty() { NONE.to_owned() } else { first_few(&metrics, 2, ", ") })
}

fn target(metric: &Node, current: Option<&Node>) -> String {
    let (key, is_resource) = match metric.str_at(&["type"]) {
        Some("External") => ("external", false),
        Some("Object") => ("object", false),
        Some("Pods") => ("pods", false),
        Some("Resource") => ("resource", true),
        Some("ContainerResource") => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let wanted = |name: &str| scalar(at(metric, &format!("{key}.target.{name}")));
    let is = |name: &str| -> Text {
        let current = current.and_then(|current| at(current, &format!("{key}.current.{name}")));
        scalar(current).unwrap_or_else(|| UNKNOWN.into())
    };
    let name = at(metric, &format!("{key}.name")).and_then(Node::as_str).unwrap_or_default();
    match (wanted("averageValue"), is_resource) {
        (Some(wanted), true) => format!("{name}: {}/{wanted}", is("averageValue")),
        (None, true) => {
            let percent = |number: Text| match number.parse::<i64>() {
                Ok(number) => format!("{number}%"),
                Err(_) => number.to_string(),
            };
            let wanted = wanted("averageUtilization").unwrap_or_else(|| "<auto>".into());
            format!("{name}: {}/{}", percent(is("averageUtilization")), percent(wanted))
        }
        (Some(wanted), false) if key == "pods" => format!("{}/{wanted}", is("averageValue")),
        (Some(wanted), false) => format!("{}/{wanted} (avg)", is("averageValue")),
        (None, false) => format!("{}/{}", is("value"), wanted("value").unwrap_or_default()),
    }
}
