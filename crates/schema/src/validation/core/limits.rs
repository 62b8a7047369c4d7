//! Ranges of limits.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::go::quoted;
use crate::validation::spot::Spot;
use crate::validation::{metadata, names, resource};

const PARTS: [&str; 5] = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

/// A range of limits, new or after an update: upstream checks both in the same way.
pub(crate) fn limit_range(range: Spot<'_, '_>) {
    metadata::named(range, names::subdomain);
    let mut seen = FxHashSet::default();
    for limit in range.field("spec.limits").items() {
        let kind = limit.field("type");
        kind_name(&kind);
        if !seen.insert(kind.text()) {
            kind.duplicate();
        }
        let mut keys = BTreeSet::new();
        for part in PARTS {
            let amounts = limit.field(part);
            if kind.text() == "Pod" && matches!(part, "default" | "defaultRequest") {
                if !amounts.is_empty() {
                    amounts.forbidden("may not be specified when `type` is 'Pod'");
                }
                continue;
            }
            if part == "maxLimitRequestRatio" {
                claim_limits(&limit, kind.text());
            }
            for (name, amount) in amounts.entries() {
                match kind.text() {
                    "Pod" | "Container" => resource::container_name(&amount, name),
                    _ => resource::name(&amount, name),
                }
                keys.insert(name);
            }
        }
        for name in keys {
            amounts(&limit, name);
        }
    }
}

fn kind_name(kind: &Spot<'_, '_>) {
    let mark = kind.mark();
    let text = kind.text();
    kind.named(text, names::qualified(text));
    let is_standard = matches!(text, "Pod" | "Container" | "PersistentVolumeClaim");
    if kind.is_clean_since(mark) && !text.contains('/') && !is_standard {
        kind.invalid("must be a standard limit type or fully qualified");
    }
}

fn claim_limits(limit: &Spot<'_, '_>, kind: &str) {
    let has = |part: &'static str| limit.field(part).key("storage").is_set();
    if kind == "PersistentVolumeClaim" && !has("min") && !has("max") {
        limit.called("limits").required(
            "either minimum or maximum storage value is required, but neither was provided",
        );
    }
}

/// How the amounts of one resource go together.
fn amounts(limit: &Spot<'_, '_>, name: &str) {
    let is_pod = limit.field("type").text() == "Pod";
    let part = |part: &'static str| {
        let is_left_out = is_pod && part.starts_with("default");
        let amount =
            limit.field(part).node().get(name).filter(|node| !node.is_null() && !is_left_out)?;
        let text = amount.scalar_text()?;
        Some((crate::quantity::of(amount)?, text))
    };
    let complain = |place: &'static str, value: &str, why: &str| {
        let amounts = limit.field(place);
        amounts.key_of(name).invalid_as(&quoted(value), why);
    };
    let (min, max, default, request, ratio) = (
        part("min"),
        part("max"),
        part("default"),
        part("defaultRequest"),
        part("maxLimitRequestRatio"),
    );
    let rules = [
        (&min, &max, "min", "min value", "max value", true),
        (&min, &request, "defaultRequest", "min value", "default request value", false),
        (&request, &max, "defaultRequest", "default request value", "max value", true),
        (
            &request,
            &default,
            "defaultRequest",
            "default request value",
            "default limit value",
            true,
        ),
        (&min, &default, "default", "min value", "default value", true),
        (&default, &max, "default", "default value", "max value", false),
    ];
    for (low, high, place, low_word, high_word, shows_low) in rules {
        if let (Some(low), Some(high)) = (low, high)
            && low.0 > high.0
        {
            let why = format!("{low_word} {} is greater than {high_word} {}", low.1, high.1);
            complain(place, if shows_low { &low.1 } else { &high.1 }, &why);
        }
    }
    if let Some(ratio) = &ratio {
        self::ratio(ratio, min.as_ref(), max.as_ref(), &|value, why| {
            complain("maxLimitRequestRatio", value, why);
        });
    }
    if let (Some(default), Some(request)) = (&default, &request)
        && !resource::can_overcommit(name)
        && default.0 != request.0
    {
        let why = format!(
            "default value {} must equal to defaultRequest value {} in {name}",
            default.1, request.1
        );
        complain("defaultRequest", &request.1, &why);
    }
}

type Amount = (i128, manifest::Text);

#[expect(clippy::cast_precision_loss, reason = "upstream divides floats")]
fn ratio(
    ratio: &Amount,
    min: Option<&Amount>,
    max: Option<&Amount>,
    complain: &dyn Fn(&str, &str),
) {
    if ratio.0 < 1_000_000_000 {
        complain(&ratio.1, &format!("ratio {} is less than 1", ratio.1));
    }
    let (Some(min), Some(max)) = (min, max) else { return };
    let most = max.0 as f64 / min.0 as f64;
    if ratio.0 as f64 / 1e9 > most {
        let why = format!("ratio {} is greater than max/min = {most:.6}", ratio.1);
        complain(&ratio.1, &why);
    }
}
