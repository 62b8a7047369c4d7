//! When a Job has failed, and when it has succeeded.

use rustc_hash::FxHashSet;

use super::indexes;
use crate::go::quoted;
use crate::validation::names;
use crate::validation::spot::Spot;

const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];

fn valid_values(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("valid values: [{}]", values.join(" "))
}

pub(super) fn policy(spec: Spot<'_, '_>) {
    let policy = spec.field("podFailurePolicy");
    if !policy.is_set() {
        return;
    }
    let rules = policy.field("rules");
    if rules.len() > 20 {
        rules.too_many(20);
    }
    let template = spec.field("template.spec");
    let mut containers = template.field("containers").names();
    containers.extend(template.field("initContainers").names());
    for rule in rules.items() {
        let action = rule.field("action");
        match action.text() {
            "" => action.required(&valid_values(ACTIONS)),
            "FailIndex" if !spec.field("backoffLimitPerIndex").is_set() => {
                action.invalid("requires the backoffLimitPerIndex to be set");
            }
            _ => action.one_of(ACTIONS),
        }
        let (codes, conditions) = (rule.field("onExitCodes"), rule.field("onPodConditions"));
        if codes.is_set() {
            exit_codes(&codes, &containers);
        }
        pod_conditions(&conditions);
        let why = match (codes.is_set(), !conditions.is_empty()) {
            (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
            (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
            _ => continue,
        };
        rule.invalid_as("", why);
    }
}

fn pod_conditions(conditions: &Spot<'_, '_>) {
    if conditions.len() > 20 {
        conditions.too_many(20);
    }
    for pattern in conditions.items() {
        let (kind, status) = (pattern.field("type"), pattern.field("status"));
        kind.named(kind.text(), names::qualified(kind.text()));
        match status.text() {
            "" => status.required(&valid_values(&["False", "True", "Unknown"])),
            _ => status.one_of(&["False", "True", "Unknown"]),
        }
    }
}

fn exit_codes(codes: &Spot<'_, '_>, containers: &FxHashSet<&str>) {
    let (operator, name, values) =
        (codes.field("operator"), codes.field("containerName"), codes.field("values"));
    match operator.text() {
        "" => operator.required(&valid_values(&["In", "NotIn"])),
        _ => operator.one_of(&["In", "NotIn"]),
    }
    if name.is_set() && !containers.contains(name.text()) {
        name.invalid("must be one of the container or initContainer names in the pod template");
    }
    if values.is_empty() {
        values.invalid("at least one value is required");
    } else if values.len() > 255 {
        values.too_many(255);
    }
    let mut seen = FxHashSet::default();
    let mut before = None;
    let mut is_ordered = true;
    for value in values.items() {
        let number = value.number();
        if operator.text() == "In" && number == 0 {
            value.invalid("must not be 0 for the In operator");
        }
        if !seen.insert(number) {
            value.duplicate();
        }
        is_ordered &= before.is_none_or(|before| before <= number);
        before = Some(number);
    }
    if !is_ordered {
        values.invalid("must be ordered");
    }
}

pub(super) fn success(spec: Spot<'_, '_>, policy: &Spot<'_, '_>) {
    let rules = policy.field("rules");
    if rules.is_empty() {
        rules.required("at least one rules must be specified when the successPolicy is specified");
    }
    if rules.len() > 20 {
        rules.too_many(20);
    }
    let completions = spec.field("completions").number();
    for rule in rules.items() {
        let (indexes, count) = (rule.field("succeededIndexes"), rule.field("succeededCount"));
        if !indexes.is_set() && !count.is_set() {
            rule.required("at least one of succeededCount or succeededIndexes must be specified");
        }
        let mut total = 0;
        if indexes.is_set() {
            if indexes.text().len() > 64 * 1024 {
                indexes.too_long(64 * 1024);
            }
            match indexes::count(indexes.text(), completions) {
                Ok(count) => total = count,
                Err(why) => indexes.invalid(&format!("error parsing succeededIndexes: {why}")),
            }
        }
        if !count.is_set() {
            continue;
        }
        count.non_negative();
        if count.number() > completions {
            count.invalid(&format!(
                "must be less than or equal to {completions} (the number of specified completions)"
            ));
        }
        if indexes.is_set() && count.number() > total {
            count.invalid(&format!(
                "must be less than or equal to {total} (the number of indexes in the specified \
                 succeededIndexes field)"
            ));
        }
    }
}
