//! Workloads (`pkg/apis/apps/validation`), and ReplicationController.

use manifest::{Map, Node};

use super::checks::{Selects, same};
use super::spot::Spot;
use super::storage::claim_spec;
use super::{metadata, names, pod};
use crate::go::quoted;

const MISMATCH: &str = "`selector` does not match template `labels`";

/// Checks the template of a workload whose pods run on.
fn template(spec: Spot<'_, '_>, selects: Selects, kind: &str) {
    let template = spec.field("template");
    if selects == Selects::Differs {
        template.field("metadata.labels").invalid(MISMATCH);
    }
    pod::template(template);
    runs_on(template, kind);
}

fn runs_on(template: Spot<'_, '_>, kind: &str) {
    let policy = template.field("spec.restartPolicy");
    if policy.text() != "Always" {
        policy.unsupported_as(&quoted(policy.text()), &["Always"]);
    }
    let deadline = template.field("spec.activeDeadlineSeconds");
    if deadline.is_set() {
        deadline.forbidden(&format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

/// Checks a selector that has to be there, and says what it does with the labels of the template.
fn selector(spec: Spot<'_, '_>, kind: &str) -> Selects {
    let selector = spec.field("selector");
    if !selector.is_set() {
        selector.required("");
        // It selects nothing at all.
        return Selects::Differs;
    }
    selector.label_selector();
    let is_empty =
        selector.field("matchLabels").len() + selector.field("matchExpressions").len() == 0;
    if is_empty {
        selector.invalid(&format!("empty selector is invalid for {kind}"));
        return Selects::Matches;
    }
    selector.selects(spec.field("template.metadata.labels").given().map(|labels| labels.node()))
}

pub(super) fn deployment(deployment: Spot<'_, '_>, live: Option<&Node>) {
    begin(deployment, live, names::subdomain);
    let spec = deployment.field("spec");
    spec.field("replicas").non_negative();
    match selector(spec, "deployment") {
        Selects::Invalid => spec.field("selector").invalid("invalid label selector"),
        selects => template(spec, selects, "ReplicaSet"),
    }
    strategy(&spec.field("strategy"));
    let ready = spec.field("minReadySeconds");
    ready.non_negative();
    spec.field("revisionHistoryLimit").non_negative();
    let deadline = spec.field("progressDeadlineSeconds");
    if deadline.is_set() {
        deadline.non_negative();
        if deadline.number() <= ready.number() {
            deadline.invalid("must be greater than minReadySeconds");
        }
    }
    selector_stays(spec, live);
}

/// The metadata of a workload.
fn begin(object: Spot<'_, '_>, live: Option<&Node>, form: metadata::Form) {
    match live {
        None => metadata::named(object, form),
        Some(live) => metadata::updated(object, live),
    }
}

fn selector_stays(spec: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        spec.field("selector").immutable(live.at(&["spec", "selector"]));
    }
}

fn strategy(strategy: &Spot<'_, '_>) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text() {
        "Recreate" => {
            if rolling.is_set() {
                rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
            }
        }
        "RollingUpdate" if !rolling.is_set() => {
            rolling.required("this should be defaulted and never be nil");
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.field("maxUnavailable"), rolling.field("maxSurge"));
            unavailable.int_or_percent();
            surge.int_or_percent();
            if unavailable.amount() == 0 && surge.amount() == 0 {
                unavailable.invalid("may not be 0 when `maxSurge` is 0");
            }
            unavailable.at_most_all();
        }
        _ => {
            let internal = crate::go::internal("apps.DeploymentStrategy", strategy.node());
            strategy.unsupported_as(&crate::go::json(&internal), &["Recreate", "RollingUpdate"]);
        }
    }
}

pub(super) fn replica_set(set: Spot<'_, '_>, live: Option<&Node>) {
    begin(set, live, names::subdomain);
    let spec = set.field("spec");
    spec.field("replicas").non_negative();
    spec.field("minReadySeconds").non_negative();
    match selector(spec, "deployment") {
        Selects::Invalid => spec.field("selector").invalid("invalid label selector"),
        selects => template(spec, selects, "ReplicaSet"),
    }
    selector_stays(spec, live);
}

pub(super) fn daemon_set(set: Spot<'_, '_>, live: Option<&Node>) {
    begin(set, live, names::subdomain);
    let spec = set.field("spec");
    selector_stays(spec, live);
    let selector = spec.field("selector");
    selector.label_selector();
    let labels = spec.field("template.metadata.labels");
    let selects = match selector.is_set() {
        true => selector.selects(labels.given().map(|labels| labels.node())),
        false => Selects::Differs,
    };
    if selects == Selects::Differs {
        labels.invalid(MISMATCH);
    }
    let is_empty =
        selector.field("matchLabels").len() + selector.field("matchExpressions").len() == 0;
    if selector.is_set() && is_empty {
        selector.invalid("empty selector is invalid for daemonset");
    }
    let template = spec.field("template");
    pod::template(template);
    runs_on(template, "DaemonSet");
    spec.field("minReadySeconds").non_negative();
    daemon_strategy(&spec.field("updateStrategy"));
    spec.field("revisionHistoryLimit").non_negative();
}

fn daemon_strategy(strategy: &Spot<'_, '_>) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text() {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.is_set() => rolling.required(""),
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.field("maxUnavailable"), rolling.field("maxSurge"));
            unavailable.int_or_percent();
            surge.int_or_percent();
            unavailable.at_most_all();
            surge.at_most_all();
            match (unavailable.amount() != 0, surge.amount() != 0) {
                (true, true) => surge.invalid("may not be set when maxUnavailable is non-zero"),
                (false, false) => unavailable.required("cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => {
            let internal = crate::go::internal("apps.DaemonSetUpdateStrategy", strategy.node());
            strategy.unsupported_as(&crate::go::json(&internal), &["RollingUpdate", "OnDelete"]);
        }
    }
}

pub(super) fn stateful_set(set: Spot<'_, '_>, live: Option<&Node>) {
    begin(set, live, names::label);
    let spec = set.field("spec");
    let policy = spec.field("podManagementPolicy");
    match policy.text() {
        "OrderedReady" | "Parallel" => {}
        "" => policy.required(""),
        _ => policy.invalid("must be 'OrderedReady' or 'Parallel'"),
    }
    stateful_strategy(&spec.field("updateStrategy"));
    let retention = spec.field("persistentVolumeClaimRetentionPolicy");
    if retention.is_set() {
        for field in ["whenDeleted", "whenScaled"] {
            retention.field(field).one_of(&["Retain", "Delete"]);
        }
    }
    if live.is_none() {
        for claim in spec.field("volumeClaimTemplates").items() {
            claim_spec(&claim.field("spec"));
        }
    }
    spec.field("replicas").non_negative();
    spec.field("minReadySeconds").non_negative();
    spec.field("ordinals.start").non_negative();
    if live.is_none() {
        spec.field("serviceName").optional_dns_label();
    }
    match selector(spec, "statefulset") {
        Selects::Invalid => spec.field("selector").invalid(""),
        selects => stateful_template(spec, selects),
    }
    runs_on(spec.field("template"), "StatefulSet");
    if let Some(old) = live.and_then(|live| live.get("spec")) {
        stateful_update(spec, old);
    }
}

fn stateful_strategy(strategy: &Spot<'_, '_>) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text() {
        "" => strategy.required(""),
        "OnDelete" => {
            if rolling.is_set() {
                rolling.invalid_internal(
                    "apps.RollingUpdateStatefulSetStrategy",
                    "only allowed for updateStrategy 'RollingUpdate'",
                );
            }
        }
        "RollingUpdate" => {
            rolling.field("partition").non_negative();
            let unavailable = rolling.field("maxUnavailable");
            if unavailable.is_set() {
                unavailable.int_or_percent();
                if unavailable.amount() == 0 {
                    unavailable.invalid("cannot be 0");
                }
                unavailable.at_most_all();
            }
        }
        _ => strategy.invalid_internal(
            "apps.StatefulSetUpdateStrategy",
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
    }
}

/// A template of pods to whose volumes the claims come.
fn stateful_template(spec: Spot<'_, '_>, selects: Selects) {
    let template = spec.field("template");
    if selects == Selects::Differs {
        template.field("metadata.labels").invalid(MISMATCH);
    }
    let claims = spec.field("volumeClaimTemplates");
    let is_named = ["hostname", "subdomain"]
        .into_iter()
        .any(|field| !template.field("spec").field(field).text().is_empty());
    if claims.is_empty() && !is_named {
        pod::template(template);
    } else {
        let with_claims = with_claims(template.node(), claims.list());
        pod::template(template.with(&with_claims));
    }
    // It is looked at twice.
    let metadata = template.field("metadata");
    template.called("labels").with(metadata.field("labels").node()).labels();
    let annotations = metadata.field("annotations");
    metadata::annotations(&template.called("annotations").with(annotations.node()));
}

fn with_claims(template: &Node, claims: &[Node]) -> Node {
    let mut template = template.clone();
    let origin = template.origin;
    let Some(spec) = template.as_map_mut().and_then(|map| map.get_mut("spec")?.as_map_mut()) else {
        return template;
    };
    spec.remove("hostname");
    spec.remove("subdomain");
    let name = |claim: &Node| claim.at(&["metadata", "name"]).cloned().unwrap_or_default();
    let map = |entries: Vec<(&str, Node)>| {
        let entries = entries.into_iter().map(|(key, node)| (key.into(), node));
        Node::new(entries.collect::<Map>(), origin)
    };
    let mut volumes: Vec<Node> = claims
        .iter()
        .map(|claim| {
            let source = map(vec![("claimName", name(claim))]);
            map(vec![("name", name(claim)), ("persistentVolumeClaim", source)])
        })
        .collect();
    let own = spec.get("volumes").and_then(Node::as_list).unwrap_or_default();
    let is_replaced =
        |volume: &&Node| claims.iter().any(|claim| volume.get("name") == Some(&name(claim)));
    volumes.extend(own.iter().filter(|volume| !is_replaced(volume)).cloned());
    spec.set("volumes", Node::new(volumes.into_iter().collect::<manifest::List>(), origin));
    template
}

const STATEFUL_CHANGES: &[&str] = &[
    "replicas",
    "template",
    "updateStrategy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
];

fn stateful_update(spec: Spot<'_, '_>, old: &Node) {
    let rest = |node: &Node| {
        let mut map = node.as_map().cloned().unwrap_or_default();
        map.retain(|key, _| !STATEFUL_CHANGES.contains(&key.as_str()));
        map
    };
    if rest(spec.node()) != rest(old) {
        spec.forbidden(
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
             'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
             'minReadySeconds' are forbidden",
        );
    }
}

pub(super) fn revision(revision: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        metadata::updated(revision, live);
    }
    metadata::named(revision, names::subdomain);
    revision.field("revision").non_negative();
    let data = revision.field("data");
    match live {
        Some(live) if !same(Some(data.node()), live.get("data")) => {
            data.invalid("field is immutable");
        }
        Some(_) => {}
        None if !data.is_set() => data.required("data is mandatory"),
        None if data.node().as_map().is_none() => data.required("data must be a valid JSON object"),
        None => {}
    }
}

pub(super) fn replication_controller(controller: Spot<'_, '_>, live: Option<&Node>) {
    begin(controller, live, names::subdomain);
    let spec = controller.field("spec");
    spec.field("minReadySeconds").non_negative();
    let selector = spec.field("selector");
    if selector.is_empty() {
        selector.required("");
    }
    let replicas = spec.field("replicas");
    if replicas.is_set() {
        replicas.non_negative();
    } else {
        replicas.required("");
    }
    let template = spec.field("template");
    if !template.is_set() {
        return template.required("");
    }
    let labels = template.field("metadata.labels");
    let matches =
        selector.entries().all(|(key, value)| labels.node().get(key) == Some(value.node()));
    if !matches {
        labels.invalid(MISMATCH);
    }
    pod::template(template);
    runs_on(template, "ReplicationController");
}

/// A workload after a write of its status: numbers that fit together.
pub(super) fn status(object: Spot<'_, '_>, live: &Node, kind: &str) {
    metadata::updated(object, live);
    let status = object.field("status");
    let numbers: &[&'static str] = match kind {
        "Deployment" => &[
            "observedGeneration",
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "unavailableReplicas",
            "terminatingReplicas",
            "collisionCount",
        ],
        "DaemonSet" => &[
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
            "observedGeneration",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberUnavailable",
            "collisionCount",
        ],
        "StatefulSet" => &[
            "replicas",
            "readyReplicas",
            "currentReplicas",
            "updatedReplicas",
            "availableReplicas",
            "observedGeneration",
            "collisionCount",
        ],
        _ => &[
            "replicas",
            "fullyLabeledReplicas",
            "readyReplicas",
            "availableReplicas",
            "observedGeneration",
            "terminatingReplicas",
        ],
    };
    for number in numbers {
        status.field(number).non_negative();
    }
    let parts: &[&'static str] = match kind {
        "Deployment" => &["updatedReplicas", "readyReplicas", "availableReplicas"],
        "DaemonSet" => &[],
        "StatefulSet" => {
            &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]
        }
        _ => &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    };
    for part in parts {
        let part = status.field(part);
        if part.number() > status.field("replicas").number() {
            part.invalid_as(&part.number().to_string(), "cannot be greater than status.replicas");
        }
    }
    let available = status.field("availableReplicas");
    if !parts.is_empty() && available.number() > status.field("readyReplicas").number() {
        let whole = if kind == "StatefulSet" { "status." } else { "" };
        let why = format!("cannot be greater than {whole}readyReplicas");
        available.invalid_as(&available.number().to_string(), &why);
    }
    let count = status.field("collisionCount");
    let before = live.at(&["status", "collisionCount"]).and_then(Node::as_int);
    if before.is_some_and(|before| count.int().is_none_or(|count| count < before)) {
        count.invalid_as(&count.number().to_string(), "cannot be decremented");
    }
}
