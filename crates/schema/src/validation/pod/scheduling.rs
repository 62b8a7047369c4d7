//! Where a pod may run: affinity, tolerations, spreading.

use manifest::Node;
use rustc_hash::FxHashSet;

use crate::go::quoted;
use crate::validation::checks::same;
use crate::validation::names;
use crate::validation::spot::Spot;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn affinity(affinity: &Spot<'_, '_>) {
    if !affinity.is_set() {
        return;
    }
    let nodes = affinity.field("nodeAffinity");
    let required = nodes.field(REQUIRED);
    if required.is_set() {
        node_selector(&required);
    }
    for term in nodes.field(PREFERRED).items() {
        weight(&term);
        node_selector_term(&term.field("preference"), false);
    }
    for name in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.field(name);
        for term in pods.field(REQUIRED).items() {
            pod_term(&term);
        }
        for term in pods.field(PREFERRED).items() {
            weight(&term);
            pod_term(&term.field("podAffinityTerm"));
        }
    }
}

fn weight(term: &Spot<'_, '_>) {
    let weight = term.field("weight");
    if !(1..=100).contains(&weight.number()) {
        weight.invalid("must be in the range 1-100");
    }
}

/// A selector of nodes, that has at least one term.
pub(crate) fn node_selector(selector: &Spot<'_, '_>) {
    let terms = selector.field("nodeSelectorTerms");
    if terms.is_empty() {
        return terms.required("must have at least one node selector term");
    }
    for term in terms.items() {
        node_selector_term(&term, true);
    }
}

fn node_selector_term(term: &Spot<'_, '_>, checks_values: bool) {
    for requirement in term.field("matchExpressions").items() {
        let (operator, values) = (requirement.field("operator"), requirement.field("values"));
        match operator.text() {
            "In" | "NotIn" if values.is_empty() => {
                values.required("must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                values.forbidden(
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                );
            }
            "Gt" | "Lt" if values.len() != 1 => {
                values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => operator.invalid_as(&quoted(other), "not a valid selector operator"),
        }
        requirement.field("key").qualified_name();
        for value in values.items().filter(|_| checks_values) {
            value.label_value();
        }
    }
    for requirement in term.field("matchFields").items() {
        let (operator, values) = (requirement.field("operator"), requirement.field("values"));
        match operator.text() {
            "In" | "NotIn" if values.len() != 1 => values.required(
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
            ),
            "In" | "NotIn" => {}
            other => operator.invalid_as(&quoted(other), "not a valid selector operator"),
        }
        let key = requirement.field("key");
        if key.text() != "metadata.name" {
            key.invalid("not a valid field selector key");
            continue;
        }
        for value in values.items() {
            value.dns_subdomain();
        }
    }
}

fn pod_term(term: &Spot<'_, '_>) {
    term.field("labelSelector").label_selector();
    term.field("namespaceSelector").label_selector();
    for name in term.field("namespaces").items() {
        term.called("namespace").named(name.text(), names::label(name.text()));
    }
    label_keys(term);
    let key = term.field("topologyKey");
    if key.text().is_empty() {
        key.required("can not be empty");
    }
    key.named(key.text(), names::qualified(key.text()));
}

/// Keys whose values a pod itself has.
fn label_keys(term: &Spot<'_, '_>) {
    let selector = term.field("labelSelector");
    let (matching, differing) = (term.field("matchLabelKeys"), term.field("mismatchLabelKeys"));
    for keys in [&matching, &differing] {
        if keys.is_empty() {
            continue;
        }
        if !selector.is_set() {
            keys.forbidden("must not be specified when labelSelector is not set");
            continue;
        }
        for key in keys.items() {
            key.qualified_name();
        }
    }
    let mut seen: FxHashSet<&str> =
        selector.field("matchLabels").entries().map(|(key, _)| key).collect();
    for requirement in selector.field("matchExpressions").items() {
        let key = requirement.field("key").text();
        let place = matching.list().iter().position(|own| own.as_str() == Some(key));
        if let Some(place) = place.filter(|_| seen.contains(key)) {
            let why = "exists in both matchLabelKeys and labelSelector";
            term.index(place).invalid_as(&quoted(key), why);
        }
        seen.insert(key);
    }
    for key in matching.items() {
        if differing.list().contains(key.node()) {
            key.invalid("exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

/// What taints a pod stands.
pub(crate) fn tolerations(list: &Spot<'_, '_>) {
    for toleration in list.items() {
        let (key, operator, effect) =
            (toleration.field("key"), toleration.field("operator"), toleration.field("effect"));
        let value = toleration.field("value").text();
        if !key.text().is_empty() {
            key.qualified_name();
        }
        if key.text().is_empty() && operator.text() != "Exists" {
            operator.invalid_as(
                &quoted(operator.text()),
                "operator must be Exists when `key` is empty, which means \"match all values and all \
                 keys\"",
            );
        }
        if toleration.field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            effect.invalid_as(
                &quoted(effect.text()),
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            );
        }
        match operator.text() {
            "" | "Equal" => {
                let why = names::label_value(value);
                if !why.is_empty() {
                    operator.invalid_as(&quoted(value), &why.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                operator
                    .invalid_as(&quoted(value), "value must be empty when `operator` is 'Exists'");
            }
            "Exists" => {}
            "Lt" | "Gt" => operator.unsupported(&["Equal", "Exists", "Lt", "Gt"]),
            _ => operator.unsupported(&["Equal", "Exists"]),
        }
        if !effect.text().is_empty() {
            effect.one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}

/// The tolerations of an update: of those that there were, only the seconds may change.
pub(super) fn added_tolerations(list: &Spot<'_, '_>, before: Option<&Node>) {
    let rest = |node: &Node| {
        let mut map = node.as_map().cloned().unwrap_or_default();
        map.remove("tolerationSeconds");
        map
    };
    let old = before.and_then(Node::as_list).unwrap_or_default();
    for toleration in old {
        if !list.list().iter().any(|other| rest(other) == rest(toleration)) {
            let why = "existing toleration can not be modified except its tolerationSeconds";
            return list.forbidden(why);
        }
    }
    tolerations(list);
}

/// How pods spread over the cluster.
pub(super) fn spread(list: &Spot<'_, '_>) {
    for (index, constraint) in list.items().enumerate() {
        constraint.field("maxSkew").positive();
        let (key, action) =
            (constraint.field("topologyKey"), constraint.field("whenUnsatisfiable"));
        if key.text().is_empty() {
            key.required("can not be empty");
        }
        if !matches!(action.text(), "DoNotSchedule" | "ScheduleAnyway") {
            action.unsupported_as(&quoted(action.text()), &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let is_same = |other: &Spot<'_, '_>| {
            other.field("topologyKey").text() == key.text()
                && other.field("whenUnsatisfiable").text() == action.text()
        };
        if list.items().skip(index + 1).any(|other| is_same(&other)) {
            let pair = format!("{{{}, {}}}", key.text(), action.text());
            constraint.called("{topologyKey, whenUnsatisfiable}").duplicate_as(&quoted(&pair));
        }
        let domains = constraint.field("minDomains");
        if domains.is_set() {
            domains.positive();
            if action.text() != "DoNotSchedule" {
                let why = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                    action.text()
                );
                domains.invalid(&why);
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            constraint.field(policy).one_of(&["Honor", "Ignore"]);
        }
        label_keys(&constraint);
        constraint.field("labelSelector").label_selector();
    }
}

/// A pod that is held back may be pinned further, not elsewhere.
pub(super) fn narrowed_selector(selector: &Spot<'_, '_>, before: Option<&Node>) {
    let old = before.and_then(Node::as_map);
    let is_kept = old
        .into_iter()
        .flat_map(manifest::Map::iter)
        .all(|(key, node)| selector.node().get(key) == Some(node));
    if !is_kept {
        selector
            .invalid("only additions to spec.nodeSelector are allowed (no mutations or deletions)");
    }
}

/// The same for its affinity to nodes.
pub(super) fn narrowed_affinity(affinity: &Spot<'_, '_>, before: Option<&Node>) {
    let Some(old) = before.and_then(|before| before.at(&[REQUIRED, "nodeSelectorTerms"])) else {
        return;
    };
    let required = affinity.field(REQUIRED);
    let terms = required.field("nodeSelectorTerms");
    let old = old.as_list().unwrap_or_default();
    if !old.is_empty() && old.len() != terms.len() {
        return terms.invalid_internal(
            "[]core.NodeSelectorTerm",
            "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
        );
    }
    for (term, old) in terms.items().zip(old) {
        let is_kept = |field: &str| {
            let old = old.get(field).and_then(Node::as_list).unwrap_or_default();
            let new = term.node().get(field).and_then(Node::as_list).unwrap_or_default();
            new.get(..old.len()) == Some(old)
        };
        let was_empty =
            same(old.get("matchExpressions"), None) && same(old.get("matchFields"), None);
        if was_empty && !term.is_empty() || !is_kept("matchExpressions") || !is_kept("matchFields")
        {
            term.invalid_internal(
                "core.NodeSelectorTerm",
                "only additions are allowed (no mutations or deletions)",
            );
        }
    }
}
