//! Jobs and what makes them (`pkg/apis/batch/validation`).

mod failure;
mod indexes;
mod schedule;
mod status;

use manifest::{Map, Node, Origin};

use super::checks::Selects;
use super::spot::Spot;
use super::{metadata, names, pod};
use crate::go::quoted;

pub(super) use status::status;

const INDEXED: &str = "Indexed";
/// The labels that a Job gives its pods, newer ones first.
const LABELS: [(&str, &str); 4] = [
    ("controller-uid", "uid"),
    ("job-name", "name"),
    ("batch.kubernetes.io/controller-uid", "uid"),
    ("batch.kubernetes.io/job-name", "name"),
];

pub(super) fn job(job: Spot<'_, '_>, live: Option<&Node>) {
    metadata::named(job, names::subdomain);
    generated_selector(job, live);
    let spec = job.field("spec");
    full_spec(spec);
    let completions = spec.field("completions");
    if spec.field("completionMode").text() == INDEXED && completions.number() > 0 {
        let name = job.field("metadata.name");
        let host = format!("{}-{}", name.text(), completions.number() - 1);
        if !names::label(&host).is_empty() {
            let why = format!("will not able to create pod with invalid DNS label: {host}");
            name.invalid(&why);
        }
    }
    if let Some(live) = live {
        metadata::updated(job, live);
        update(spec, live);
    }
}

/// The selector of a Job is made of its uid, unless somebody says that it is not.
fn generated_selector(job: Spot<'_, '_>, live: Option<&Node>) {
    let spec = job.field("spec");
    let selector = spec.field("selector");
    if spec.field("manualSelector").is_true() || !selector.is_set() {
        return;
    }
    let metadata = job.field("metadata");
    let has_new = |labels: Option<&Node>| {
        LABELS
            .iter()
            .skip(2)
            .all(|(label, _)| labels.is_some_and(|labels| labels.get(label).is_some()))
    };
    let wants_new =
        live.is_none_or(|live| has_new(live.at(&["spec", "template", "metadata", "labels"])));
    let template = spec.field("template.metadata");
    let labels = template.field("labels");
    let mut expected = Map::new();
    for (index, (label, from)) in LABELS.into_iter().enumerate() {
        if index >= 2 && !wants_new {
            continue;
        }
        let value = if from == "uid" { metadata.field("uid") } else { metadata.field("name") };
        let place = labels.key(label);
        let why = format!("must be '{}'", value.text());
        if !place.is_set() {
            place.required(&why);
        } else if place.text() != value.text() {
            place.with(labels.node()).invalid(&why);
        }
        expected.set(label, Node::string(value.text(), Origin::NONE));
    }
    if selector.selects(Some(&Node::new(expected, Origin::NONE))) == Selects::Differs {
        selector.invalid("`selector` not auto-generated");
    }
}

fn full_spec(spec: Spot<'_, '_>) {
    self::spec(spec);
    let (selector, labels) = (spec.field("selector"), spec.field("template.metadata.labels"));
    if selector.is_set() {
        selector.label_selector();
    } else {
        selector.required("");
    }
    let selects = match selector.is_set() {
        true => selector.selects(labels.given().map(|labels| labels.node())),
        false => Selects::Differs,
    };
    if selects == Selects::Differs {
        labels.invalid("`selector` does not match template `labels`");
    }
}

/// The spec of a Job, or of the Jobs that a CronJob makes.
fn spec(spec: Spot<'_, '_>) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        spec.field(field).non_negative();
    }
    let (per_index, failed) = (spec.field("backoffLimitPerIndex"), spec.field("maxFailedIndexes"));
    if failed.is_set() && !per_index.is_set() {
        per_index.required("when maxFailedIndexes is specified");
    }
    managed_by(&spec.field("managedBy"));
    let mode = spec.field("completionMode");
    if mode.is_set() {
        mode.one_of(&["NonIndexed", INDEXED]);
    }
    if mode.text() == INDEXED {
        indexed(spec);
    }
    if matches!(mode.text(), "" | "NonIndexed") {
        for field in [&per_index, &failed] {
            if field.is_set() {
                field.invalid("requires indexed completion mode");
            }
        }
    }
    failure::policy(spec);
    let success = spec.field("successPolicy");
    if success.is_set() {
        match mode.text() {
            INDEXED => failure::success(spec, &success),
            _ => {
                success.invalid_internal("batch.SuccessPolicy", "requires indexed completion mode");
            }
        }
    }
    let (replacement, has_failure) =
        (spec.field("podReplacementPolicy"), spec.field("podFailurePolicy").is_set());
    replacement.one_of(if has_failure { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] });
    let template = spec.field("template");
    pod::template(template);
    let policy = template.field("spec.restartPolicy");
    match policy.text() {
        "" | "Always" => policy.required("valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if has_failure => {
            policy.invalid("only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        _ => policy.unsupported(&["OnFailure", "Never"]),
    }
}

fn managed_by(name: &Spot<'_, '_>) {
    if !name.is_set() {
        return;
    }
    domain_prefixed_path(name);
    if name.text().len() > 63 {
        name.too_long(63);
    }
}

/// A domain, a slash and a path.
pub(super) fn domain_prefixed_path(name: &Spot<'_, '_>) {
    match name.text().split_once('/') {
        _ if name.text().is_empty() => name.required(""),
        Some((host, path)) if !host.is_empty() && !path.is_empty() => {
            name.named(host, names::subdomain(host));
            name.named(path, names::wrong_http_path(path).into_iter().collect());
        }
        _ => name.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
}

const MANY: i64 = 100_000;
const FEWER: i64 = 10_000;

fn indexed(spec: Spot<'_, '_>) {
    let (completions, parallelism, failed) =
        (spec.field("completions"), spec.field("parallelism"), spec.field("maxFailedIndexes"));
    if !completions.is_set() {
        completions.required("when completion mode is Indexed");
    }
    if parallelism.number() > MANY {
        let why = format!("must be less than or equal to {MANY} when completion mode is Indexed");
        parallelism.invalid(&why);
    }
    if completions.is_set() && failed.number() > completions.number() && failed.is_set() {
        failed.invalid("must be less than or equal to completions");
    }
    if failed.number() > MANY {
        failed.invalid(&format!("must be less than or equal to {MANY}"));
    }
    if completions.number() <= MANY || !spec.field("backoffLimitPerIndex").is_set() {
        return;
    }
    if !failed.is_set() {
        failed.required(&format!("must be specified when completions is above {MANY}"));
    }
    for field in [parallelism, failed] {
        if field.number() > FEWER {
            field.invalid(&format!(
                "must be less than or equal to {FEWER} when completions are above {MANY} and used with \
                 backoff limit per index"
            ));
        }
    }
}

/// What of a Job may change: how much of it runs at once, and while it waits more.
fn update(spec: Spot<'_, '_>, live: &Node) {
    full_spec(spec);
    let Some(old) = live.get("spec") else { return };
    completions(spec, old);
    spec.field("selector").immutable(old.get("selector"));
    template_update(spec, live, old);
    spec.field("completionMode").immutable(old.get("completionMode"));
    let internal = |field: &'static str, name: &str| {
        spec.field(field).immutable_internal(old.get(field), name);
    };
    internal("podFailurePolicy", "*batch.PodFailurePolicy");
    spec.field("backoffLimitPerIndex").immutable(old.get("backoffLimitPerIndex"));
    spec.field("managedBy").immutable(old.get("managedBy"));
    internal("successPolicy", "*batch.SuccessPolicy");
}

fn completions(spec: Spot<'_, '_>, old: &Node) {
    let completions = spec.field("completions");
    if spec.field("completionMode").text() != INDEXED {
        return completions.immutable(old.get("completions"));
    }
    let is_same = old.get("completions") == Some(completions.node());
    if !is_same && completions.is_set() && completions.int() != spec.field("parallelism").int() {
        let why = "can only be modified in tandem with spec.parallelism";
        completions.invalid(why);
    }
}

fn template_update(spec: Spot<'_, '_>, live: &Node, old: &Node) {
    let template = spec.field("template");
    let is_suspended = old.get("suspend").and_then(Node::as_bool) == Some(true);
    let status = |path: &[&str]| live.get("status").and_then(|status| status.at(path));
    let has_started = status(&["startTime"]).is_some_and(|node| !node.is_null());
    let is_told = status(&["conditions"]).and_then(Node::as_list).unwrap_or_default().iter().any(
        |condition| {
            condition.str_at(&["type"]) == Some("Suspended")
                && condition.str_at(&["status"]) == Some("True")
        },
    );
    let is_active = status(&["active"]).and_then(Node::as_int).unwrap_or(0) != 0;
    let is_open = is_suspended && (!has_started || is_told) && !is_active;
    let mut before = old.get("template").cloned().unwrap_or_default();
    if is_open {
        follow(&mut before, template.node());
    }
    if !is_open {
        return template.immutable_internal(Some(&before), "core.PodTemplateSpec");
    }
    let spec_before = before.get("spec").cloned().unwrap_or_default();
    let own = template.field("spec");
    if *own.node() != spec_before {
        let place = spec.called("template.spec");
        place.with(own.node()).invalid_internal("core.PodSpec", "field is immutable");
    }
}

/// Gives a template what another may have instead of it: where its pods run, and how much they get.
fn follow(template: &mut Node, new: &Node) {
    let take = |node: &mut Node, from: Option<&Node>, field: &str| {
        let Some(map) = node.as_map_mut() else { return };
        match from.and_then(|from| from.get(field)) {
            Some(value) => map.set(field, value.clone()),
            None => drop(map.remove(field)),
        }
    };
    for field in ["annotations", "labels"] {
        let from = new.get("metadata");
        if let Some(metadata) = template.as_map_mut().and_then(|map| map.get_mut("metadata")) {
            take(metadata, from, field);
        }
    }
    let Some(spec) = template.as_map_mut().and_then(|map| map.get_mut("spec")) else { return };
    let from = new.get("spec");
    for field in ["nodeSelector", "tolerations", "schedulingGates"] {
        take(spec, from, field);
    }
    let node_affinity = from.and_then(|from| from.at(&["affinity", "nodeAffinity"])).cloned();
    let new_affinity = from.and_then(|from| from.get("affinity")).is_some();
    if let Some(affinity) = spec.map_entry("affinity", Origin::NONE) {
        match node_affinity {
            Some(node) => affinity.set("nodeAffinity", node),
            None => drop(affinity.remove("nodeAffinity")),
        }
        if affinity.is_empty()
            && !new_affinity
            && let Some(map) = spec.as_map_mut()
        {
            map.remove("affinity");
        }
    }
    for list in ["containers", "initContainers"] {
        let new = from.and_then(|from| from.get(list)?.as_list()).unwrap_or_default();
        let own = spec.as_map_mut().and_then(|map| map.get_mut(list)?.as_list_mut());
        let Some(own) = own.filter(|own| own.len() == new.len()) else { continue };
        for (container, new) in own.make_mut().iter_mut().zip(new) {
            if container.get("name") == new.get("name") {
                take(container, Some(new), "resources");
            }
        }
    }
}

pub(super) fn cron_job(job: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(job, names::subdomain),
        Some(live) => metadata::updated(job, live),
    }
    let spec = job.field("spec");
    let old = live.and_then(|live| live.get("spec"));
    let schedule = spec.field("schedule");
    match schedule.text() {
        "" => schedule.required(""),
        text => {
            if let Err(why) = schedule::parse(text) {
                schedule.invalid(&why);
            }
            let had_zone = old
                .and_then(|old| old.str_at(&["schedule"]))
                .is_some_and(|schedule| schedule.contains("TZ"));
            if text.contains("TZ") && !had_zone {
                schedule
                    .invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            } else if text.contains("TZ") && spec.field("timeZone").is_set() {
                schedule.invalid("cannot use both timeZone field and TZ or CRON_TZ in schedule");
            }
        }
    }
    spec.field("startingDeadlineSeconds").non_negative();
    let zone = spec.field("timeZone");
    if zone.is_set() && old.and_then(|old| old.get("timeZone")) != Some(zone.node()) {
        schedule::zone(&zone);
    }
    spec.field("concurrencyPolicy").required_one_of(&["Allow", "Forbid", "Replace"]);
    let template = spec.field("jobTemplate.spec");
    self::spec(template);
    let selector = template.field("selector");
    if selector.is_set() {
        selector.invalid("`selector` will be auto-generated");
    }
    if template.field("manualSelector").is_true() {
        template.field("manualSelector").unsupported(&["nil", "false"]);
    }
    spec.field("successfulJobsHistoryLimit").non_negative();
    spec.field("failedJobsHistoryLimit").non_negative();
    let name = job.field("metadata.name");
    if live.is_none() && name.text().len() > 52 {
        name.invalid_as(&quoted(name.text()), "must be no more than 52 characters");
    }
}
