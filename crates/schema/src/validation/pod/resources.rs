//! What containers request and are limited to.

use rustc_hash::FxHashSet;

use crate::go::quoted;
use crate::validation::spot::{Spot, shown};
use crate::validation::{names, resource};

/// The resources of a container, or of an overhead, of which only the limits count.
pub(crate) fn validate(resources: &Spot<'_, '_>, claims: &FxHashSet<&str>) {
    requirements(resources, claims, resource::container_name);
}

/// The resources of a whole pod.
pub(super) fn of_pod(resources: &Spot<'_, '_>, claims: &FxHashSet<&str>) {
    requirements(resources, claims, resource::pod_name);
}

/// Limits alone, that stand right below a field.
pub(crate) fn overhead(overhead: &Spot<'_, '_>, at: &Spot<'_, '_>) {
    let limits = at.called("limits").with(overhead.node());
    limited(&limits, resource::container_name);
}

type NameCheck = fn(&Spot<'_, '_>, &str);

fn is_compute(name: &str) -> bool {
    matches!(name, "cpu" | "memory")
}

fn limited(limits: &Spot<'_, '_>, check_name: NameCheck) {
    for (name, amount) in limits.entries() {
        check_name(&amount, name);
        resource::amount(&amount, name);
        huge_pages(&amount, name);
    }
}

fn requirements(resources: &Spot<'_, '_>, claims: &FxHashSet<&str>, check_name: NameCheck) {
    if !resources.is_set() {
        return;
    }
    let (limits, requests) = (resources.field("limits"), resources.field("requests"));
    limited(&limits, check_name);
    for (name, amount) in requests.entries() {
        check_name(&amount, name);
        resource::amount(&amount, name);
        let limit = limits.key(name);
        let (own, most) = (amount.quantity(), limit.quantity());
        let text = |spot: &Spot<'_, '_>| spot.node().scalar_text().unwrap_or_default();
        let complain = |what: &str| {
            let why = format!("must be {what} {name} limit of {}", text(&limit));
            requests.invalid_as(&quoted(&text(&amount)), &why);
        };
        match limit.is_set() {
            true if own != most && !resource::can_overcommit(name) => complain("equal to"),
            true if own > most => complain("less than or equal to"),
            false if !resource::can_overcommit(name) => {
                limits.required("Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
        huge_pages(&amount, name);
    }
    let has = |test: fn(&str) -> bool| {
        limits.entries().chain(requests.entries()).any(|(name, _)| test(name))
    };
    if has(resource::is_huge_page) && !has(is_compute) {
        resources.forbidden("HugePages require cpu or memory");
    }
    claim_names(&resources.field("claims"), claims);
}

fn huge_pages(amount: &Spot<'_, '_>, name: &str) {
    let Some(page) = name.strip_prefix("hugepages-") else { return };
    let size = crate::quantity::nano(page).unwrap_or(0);
    if size <= 0 || amount.quantity() % size != 0 {
        let text = amount.node().scalar_text().unwrap_or_default();
        let why = format!("{text} is not positive integer multiple of {name}");
        amount.invalid_as(&quoted(&text), &why);
    }
}

fn claim_names(list: &Spot<'_, '_>, known: &FxHashSet<&str>) {
    let mut seen: FxHashSet<String> = FxHashSet::default();
    for claim in list.items() {
        let name = claim.field("name").text();
        if name.is_empty() {
            claim.required("");
            continue;
        }
        let request = claim.field("request");
        let mut key = name.to_owned();
        if !request.text().is_empty() && !seen.contains(name) {
            request.dns_label();
            key = format!("{name}/{}", request.text());
        }
        let prefix = format!("{name}/");
        let is_taken = seen.contains(&key)
            || request.text().is_empty() && seen.iter().any(|other| other.starts_with(&prefix));
        if is_taken {
            claim.duplicate_as(&quoted(&key));
        }
        seen.insert(key);
        if !known.contains(name) {
            let mut all: Vec<&str> = known.iter().copied().collect();
            all.sort_unstable();
            let which = match all.as_slice() {
                [] => " which is empty".to_owned(),
                all => format!(": {}", all.join(", ")),
            };
            let message = format!(
                "Not found: {}: must be one of the names in pod.spec.resourceClaims{which}",
                quoted(name)
            );
            claim.complain("FieldValueNotFound", message);
        }
    }
}

/// Claims of devices that a pod makes.
pub(super) fn pod_claims(list: &Spot<'_, '_>) {
    let mut names: FxHashSet<&str> = FxHashSet::default();
    for claim in list.items() {
        let name = claim.field("name");
        if name.text().is_empty() {
            name.required("");
        } else if !names.insert(name.text()) {
            name.duplicate();
        } else {
            name.dns_label();
        }
        let (own, template) =
            (claim.field("resourceClaimName"), claim.field("resourceClaimTemplateName"));
        let why = match (own.is_set(), template.is_set()) {
            (true, true) => {
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            }
            (false, false) => {
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            }
            _ => "",
        };
        if !why.is_empty() {
            claim.invalid_internal("core.PodResourceClaim", why);
        }
        for given in [own, template].into_iter().filter(Spot::is_set) {
            given.invalid_for(names::subdomain(given.text()));
        }
    }
}

/// What may happen to a container when its resources change.
pub(super) fn resize_policy(list: &Spot<'_, '_>, restart_policy: &str) {
    let mut seen = FxHashSet::default();
    for policy in list.items() {
        let (name, restart) = (policy.field("resourceName"), policy.field("restartPolicy"));
        if !seen.insert(name.text()) {
            policy.duplicate_as(&shown(name.node()));
        }
        list.with(name.node()).required_one_of(&["cpu", "memory"]);
        let restart_at = list.with(restart.node());
        restart_at.required_one_of(&["NotRequired", "RestartContainer"]);
        if restart_policy == "Never" && restart.text() != "NotRequired" {
            restart_at.invalid("must be 'NotRequired' when pod `restartPolicy` is 'Never'");
        }
    }
}
