//! Workloads whose pods lack the labels that their own selector asks for. The API server refuses them.

use api::Federated;
use manifest::{Diagnostic, Map, Node, Object, Origin, Value};

/// The kinds with a selector and a pod template.
const WORKLOADS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

/// Checks a workload, or the template of a federated one.
pub(super) fn check(object: &Object) -> Vec<Diagnostic> {
    let about = object.id().to_string();
    if let Some(federated) = Federated::read(object) {
        let Some(template) = federated.template else { return Vec::new() };
        return check_spec(&about, federated.kind, template, object.origin());
    }
    let is_built_in =
        object.api_version().starts_with("apps/") || object.api_version() == "batch/v1";
    if !is_built_in {
        return Vec::new();
    }
    check_spec(&about, object.kind(), object.root(), object.origin())
}

fn check_spec(about: &str, kind: &str, root: &Node, at: Origin) -> Vec<Diagnostic> {
    let Some(spec) = root.get("spec").filter(|_| WORKLOADS.contains(&kind)) else {
        return Vec::new();
    };
    let wanted = spec.at(&["selector", "matchLabels"]).and_then(Node::as_map);
    let metadata = spec.at(&["template", "metadata"]);
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    let is_unknown =
        |node: Option<&Node>| node.is_some_and(|node| matches!(node.value, Value::Unknown(_)));
    if is_unknown(spec.get("template")) || is_unknown(metadata) || is_unknown(labels) {
        return Vec::new();
    }
    // The nearest place that there is.
    let template = labels.or(metadata).or(spec.get("template")).map_or(at, |node| node.origin);
    let labels = labels.and_then(Node::as_map);
    let entries = wanted.into_iter().flat_map(Map::iter);
    entries
        .filter_map(|(key, value)| {
            let there = labels.and_then(|labels| labels.get(key));
            check_label(about, key, value, there, template)
        })
        .collect()
}

fn check_label(
    about: &str,
    key: &str,
    wanted: &Node,
    there: Option<&Node>,
    template: Origin,
) -> Option<Diagnostic> {
    let text = wanted.scalar_text()?;
    let (cause, place, what) = match there {
        None => (
            format!(
                "{about}: its selector wants pods with the label `{key}: {text}`, and its pod template has no such label"
            ),
            template,
            "the pod template".to_owned(),
        ),
        Some(there) => {
            let has = there.scalar_text()?;
            if has == text {
                return None;
            }
            (
                format!(
                    "{about}: its selector wants pods with the label `{key}: {text}`, and its pod template has `{key}: {has}`"
                ),
                there.origin,
                "the label of the pod template".to_owned(),
            )
        }
    };
    let help = format!("write `{key}: {text}` under `template.metadata.labels`");
    Some(Diagnostic::error(wanted.origin, cause).related(place, what).help(help))
}
