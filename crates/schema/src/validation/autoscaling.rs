//! Autoscalers, in the version that they are kept in (`pkg/apis/autoscaling/validation`).

use manifest::Node;

use super::spot::Spot;
use super::{metadata, names, resource};
use crate::go::quoted;

pub(super) fn autoscaler(autoscaler: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(autoscaler, names::subdomain),
        Some(live) => metadata::updated(autoscaler, live),
    }
    let spec = autoscaler.field("spec");
    let (least, most) = (spec.field("minReplicas"), spec.field("maxReplicas"));
    // Zero is for a feature that is off; what has it keeps it.
    let had_zero = live.and_then(|live| live.at(&["spec", "minReplicas"])?.as_int()) == Some(0);
    let bound = i64::from(!had_zero);
    if least.int().is_some_and(|least| least < bound) {
        least.invalid(&format!("must be greater than or equal to {bound}"));
    }
    if most.number() == 0 {
        most.required("must be set and greater than 0");
    } else if most.number() < 0 {
        most.invalid("must be greater than or equal to 1");
    }
    if least.int().is_some_and(|least| most.number() < least) {
        most.invalid_as(
            &most.number().to_string(),
            "must be greater than or equal to `minReplicas`",
        );
    }
    let target = spec.field("scaleTargetRef");
    let may_be_ungrouped =
        is_as_before(&target, live) || target.field("kind").text() == "ReplicationController";
    object_reference(&target, may_be_ungrouped);
    metrics(spec);
    for direction in ["scaleUp", "scaleDown"] {
        let behavior = spec.field("behavior");
        let rules = behavior.field(direction);
        if rules.is_set() {
            scaling_rules(&rules);
        }
    }
}

/// Whether nobody asks for the version of what is scaled: it was so before.
fn is_as_before(reference: &Spot<'_, '_>, live: Option<&Node>) -> bool {
    let before = |key: &str| live.and_then(|live| live.str_at(&["spec", "scaleTargetRef", key]));
    live.is_some()
        && before("apiVersion").unwrap_or_default() == reference.field("apiVersion").text()
        && before("kind").unwrap_or_default() == reference.field("kind").text()
}

fn object_reference(reference: &Spot<'_, '_>, may_be_ungrouped: bool) {
    for field in ["kind", "name"] {
        let field = reference.field(field);
        if field.text().is_empty() { field.required("") } else { field.path_segment() }
    }
    let version = reference.field("apiVersion");
    let text = version.text();
    if text.matches('/').count() > 1 {
        version.invalid(&format!("unexpected GroupVersion string: {text}"));
    } else if !may_be_ungrouped && !text.contains('/') {
        version.invalid_as(&quoted(text), "apiVersion must specify API group");
    }
}

const METRICS: &[&str] = &["ContainerResource", "External", "Object", "Pods", "Resource"];

fn metrics(spec: Spot<'_, '_>) {
    let metrics = spec.field("metrics");
    for metric in metrics.items() {
        self::metric(&metric);
    }
    let has = |kind: &str| metrics.items().any(|metric| metric.field("type").text() == kind);
    if spec.field("minReplicas").int() == Some(0) && !has("Object") && !has("External") {
        metrics.forbidden(
            "must specify at least one Object or External metric to support scaling to zero replicas",
        );
    }
}

fn metric(metric: &Spot<'_, '_>) {
    let kind = metric.field("type");
    if kind.text().is_empty() {
        kind.required("must specify a metric source type");
    }
    let unsupported = || kind.unsupported_as(&quoted(kind.text()), METRICS);
    if !METRICS.contains(&kind.text()) {
        unsupported();
    }
    let sources = ["object", "external", "pods", "resource", "containerResource"];
    let mut present = Vec::new();
    for name in sources {
        let source = metric.field(name);
        if !source.is_set() {
            continue;
        }
        present.push(name);
        if present.len() == 1 {
            self::source(&source, name);
        }
    }
    let wanted = match kind.text() {
        "Object" => "object",
        "Pods" => "pods",
        "Resource" => "resource",
        "External" => "external",
        "ContainerResource" => "containerResource",
        _ => {
            unsupported();
            ""
        }
    };
    if !wanted.is_empty() && !metric.field(wanted).is_set() {
        metric.field(wanted).required("must populate information for the given metric source");
    }
    if present.len() != 1 {
        for name in present.into_iter().filter(|name| *name != wanted) {
            metric.field(name).forbidden("must populate the given metric source only");
        }
    }
}

fn source(source: &Spot<'_, '_>, name: &str) {
    let target = source.field("target");
    let (value, average, utilization) =
        (target.field("value"), target.field("averageValue"), target.field("averageUtilization"));
    match name {
        "object" => {
            object_reference(&source.field("describedObject"), true);
            identifier(source);
            self::target(&target);
            if !value.is_set() && !average.is_set() {
                average.required("must set either a target value or averageValue");
            }
        }
        "external" => {
            identifier(source);
            self::target(&target);
            match (value.is_set(), average.is_set()) {
                (false, false) => average
                    .required("must set either a target value for metric or a per-pod target"),
                (true, true) => value
                    .forbidden("may not set both a target value for metric and a per-pod target"),
                _ => {}
            }
        }
        "pods" => {
            identifier(source);
            self::target(&target);
            if !average.is_set() {
                average.required("must specify a positive target averageValue");
            }
        }
        _ => {
            of_resource(source, name == "containerResource");
            self::target(&target);
            match (utilization.is_set(), average.is_set()) {
                (false, false) => utilization
                    .required("must set either a target raw value or a target utilization"),
                (true, true) => average
                    .forbidden("may not set both a target raw value and a target utilization"),
                _ => {}
            }
        }
    }
}

fn of_resource(source: &Spot<'_, '_>, is_container: bool) {
    let name = source.field("name");
    if name.text().is_empty() {
        name.required("must specify a resource name");
    } else if is_container {
        resource::container_name(&name, name.text());
    }
    if is_container {
        let container = source.field("container");
        match container.text() {
            "" => container.required("must specify a container"),
            _ => container.dns_label(),
        }
    }
}

fn identifier(source: &Spot<'_, '_>) {
    let name = source.field("metric.name");
    match name.text() {
        "" => name.required("must specify a metric name"),
        _ => name.path_segment(),
    }
}

fn target(target: &Spot<'_, '_>) {
    let kind = target.field("type");
    if kind.text().is_empty() {
        kind.required("must specify a metric target type");
    }
    if !matches!(kind.text(), "Utilization" | "Value" | "AverageValue") {
        let why = "must be either Utilization, Value, or AverageValue";
        kind.invalid_as(&quoted(kind.text()), why);
    }
    for field in ["value", "averageValue"] {
        let amount = target.field(field);
        if amount.is_set() && amount.quantity() <= 0 {
            amount.invalid("must be positive");
        }
    }
    let utilization = target.field("averageUtilization");
    if utilization.int().is_some_and(|percent| percent < 1) {
        utilization.invalid("must be greater than 0");
    }
}

fn scaling_rules(rules: &Spot<'_, '_>) {
    let window = rules.field("stabilizationWindowSeconds");
    if window.number() < 0 {
        window.invalid("must be greater than or equal to zero");
    }
    if window.number() > 3600 {
        window.invalid("must be less than or equal to 3600");
    }
    rules.field("selectPolicy").one_of(&["Disabled", "Max", "Min"]);
    let policies = rules.field("policies");
    if policies.is_empty() {
        policies.required("must specify at least one Policy");
    }
    for policy in policies.items() {
        let (kind, period) = (policy.field("type"), policy.field("periodSeconds"));
        if !matches!(kind.text(), "Pods" | "Percent") {
            kind.unsupported_as(&quoted(kind.text()), &["Percent", "Pods"]);
        }
        policy.field("value").positive();
        period.positive();
        if period.number() > 1800 {
            period.invalid("must be less than or equal to 1800");
        }
    }
    rules.field("tolerance").non_negative_quantity();
}

pub(super) fn status(autoscaler: Spot<'_, '_>, live: &Node) {
    metadata::updated(autoscaler, live);
    let status = autoscaler.field("status");
    status.field("currentReplicas").non_negative();
    status.field("desiredReplicas").non_negative();
}
