//! Configurations of admission webhooks (`pkg/apis/admissionregistration/validation`).

use manifest::Node;
use rustc_hash::FxHashSet;

use super::spot::Spot;
use super::{metadata, names};
use crate::go::quoted;
use crate::policy::Conditions;

const NO_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];
const VERSIONS: &[&str] = &["v1", "v1beta1"];
/// How many conditions a webhook may have.
const CONDITIONS: usize = 64;
const FORM: &str = "; desired format: https://host[/path]";

/// A configuration, or what one is updated to.
pub(super) fn configuration(configuration: Spot<'_, '_>, live: Option<&Node>, is_mutating: bool) {
    metadata::named(configuration, names::subdomain);
    let mut seen = FxHashSet::default();
    let is_old = live.is_some_and(has_effects);
    for hook in configuration.field("webhooks").items() {
        self::hook(&hook, is_mutating, is_old);
        let name = hook.field("name");
        if !name.text().is_empty() && !seen.insert(name.text()) {
            name.duplicate();
        }
    }
    if let Some(live) = live {
        metadata::updated(configuration, live);
    }
}

/// Whether a configuration has webhooks of which it is not known what else they do.
fn has_effects(configuration: &Node) -> bool {
    let hooks = configuration.get("webhooks").and_then(Node::as_list).unwrap_or_default();
    let is_fine = |hook: &Node| {
        hook.str_at(&["sideEffects"]).is_some_and(|effects| NO_EFFECTS.contains(&effects))
    };
    !hooks.iter().all(is_fine)
}

fn hook(hook: &Spot<'_, '_>, is_mutating: bool, is_old: bool) {
    qualified(&hook.field("name"));
    for rule in hook.field("rules").items() {
        self::rule(&rule);
    }
    hook.field("failurePolicy").one_of(&["Fail", "Ignore"]);
    hook.field("matchPolicy").one_of(&["Equivalent", "Exact"]);
    let effects = hook.field("sideEffects");
    let allowed: &[&str] =
        if is_old { &["None", "NoneOnDryRun", "Some", "Unknown"] } else { NO_EFFECTS };
    if effects.is_set() {
        effects.one_of(allowed);
    } else {
        effects.required(&format!("must specify one of {}", allowed.join(", ")));
    }
    let timeout = hook.field("timeoutSeconds");
    if timeout.int().is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        timeout.invalid("the timeout value must be between 1 and 30 seconds");
    }
    hook.field("namespaceSelector").label_selector();
    hook.field("objectSelector").label_selector();
    if is_mutating {
        hook.field("reinvocationPolicy").one_of(&["IfNeeded", "Never"]);
    }
    client(&hook.field("clientConfig"));
    conditions(&hook.field("matchConditions"));
    review_versions(&hook.field("admissionReviewVersions"));
}

/// A name that says whose it is.
fn qualified(name: &Spot<'_, '_>) {
    if name.text().is_empty() {
        return name.required("");
    }
    let reasons = names::subdomain(name.text());
    if !reasons.is_empty() {
        return name.invalid_for(reasons);
    }
    if name.text().split('.').count() < 3 {
        name.invalid("should be a domain with at least three segments separated by dots");
    }
}

fn rule(rule: &Spot<'_, '_>) {
    let operations = rule.field("operations");
    required_or_all(&operations, "operations");
    for operation in operations.items() {
        operation.one_of(&["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]);
    }
    required_or_all(&rule.field("apiGroups"), "API groups");
    let versions = rule.field("apiVersions");
    required_or_all(&versions, "API versions");
    for version in versions.items() {
        version.required_text();
    }
    resources(&rule.field("resources"));
    rule.field("scope").one_of(&["*", "Cluster", "Namespaced"]);
}

/// There has to be something, and where there is `*` nothing else.
fn required_or_all(list: &Spot<'_, '_>, what: &str) {
    if list.is_empty() {
        list.required("");
    }
    if list.len() > 1 && list.items().any(|item| item.text() == "*") {
        list.invalid(&format!("if '*' is present, must not specify other {what}"));
    }
}

fn resources(list: &Spot<'_, '_>) {
    if list.is_empty() {
        list.required("");
    }
    let (mut of_any, mut with_all) = (FxHashSet::default(), FxHashSet::default());
    let mut has_plain = false;
    for item in list.items() {
        let text = item.text();
        if text.is_empty() {
            item.required("");
            continue;
        }
        let Some((resource, below)) = text.split_once('/') else {
            has_plain = text != "*";
            continue;
        };
        if with_all.contains(resource) {
            item.invalid(&format!("if '{resource}/*' is present, must not specify {text}"));
        }
        if of_any.contains(below) {
            item.invalid(&format!("if '*/{below}' is present, must not specify {text}"));
        }
        if below == "*" {
            with_all.insert(resource);
        }
        if resource == "*" {
            of_any.insert(below);
        }
    }
    let has = |text: &str| list.items().any(|item| item.text() == text);
    if list.len() > 1 && has("*/*") {
        list.invalid("if '*/*' is present, must not specify other resources");
    }
    if has_plain && has("*") {
        let why = "if '*' is present, must not specify other resources without subresources";
        list.invalid(why);
    }
}

fn client(client: &Spot<'_, '_>) {
    let (url, service) = (client.field("url"), client.field("service"));
    match (url.is_set(), service.is_set()) {
        (true, false) => self::url(&url),
        (false, true) => self::service(&service),
        _ => client.required("exactly one of url or service is required"),
    }
}

fn url(url: &Spot<'_, '_>) {
    let (scheme, rest) = url.text().split_once("://").unwrap_or(("", ""));
    if scheme != "https" {
        let why = format!("'https' is the only allowed URL scheme{FORM}");
        url.invalid_as(&quoted(scheme), &why);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if host.is_empty() {
        url.invalid_as("\"\"", &format!("host must be specified{FORM}"));
    }
    for (part, why) in [
        (user, "user information is not permitted in the URL"),
        (fragment, "fragments are not permitted in the URL"),
        (query, "query parameters are not permitted in the URL"),
    ] {
        if !part.is_empty() {
            url.invalid_as(&quoted(part), why);
        }
    }
}

fn service(service: &Spot<'_, '_>) {
    service.field("name").required_text();
    service.field("namespace").required_text();
    let port = service.field("port");
    if port.int().is_some_and(|port| !(1..=65535).contains(&port)) {
        port.invalid("port is not valid: must be between 1 and 65535, inclusive");
    }
    let path = service.field("path");
    let text = path.text();
    if matches!(text, "" | "/") {
        return;
    }
    if text == "//" {
        return path.invalid("segment[0] may not be empty");
    }
    if !text.starts_with('/') {
        path.invalid("must start with a '/'");
    }
    let steps = text.get(1..).unwrap_or_default();
    let steps = steps.strip_suffix('/').unwrap_or(steps);
    for (index, step) in steps.split('/').enumerate() {
        if step.is_empty() {
            path.invalid(&format!("segment[{index}] may not be empty"));
            continue;
        }
        for why in names::subdomain(step) {
            path.invalid(&format!("segment[{index}]: {why}"));
        }
    }
}

fn conditions(conditions: &Spot<'_, '_>) {
    if conditions.len() > CONDITIONS {
        conditions.too_many(CONDITIONS);
    }
    let mut seen = FxHashSet::default();
    for condition in conditions.items() {
        let expression = condition.field("expression");
        if expression.text().trim().is_empty() {
            expression.required("");
        } else if let Some(why) = Conditions::wrong(expression.text().trim()) {
            expression.invalid(&why);
        }
        let name = condition.field("name");
        if name.text().is_empty() {
            name.required("");
            continue;
        }
        name.qualified_name();
        if !seen.insert(name.text()) {
            name.duplicate();
        }
    }
}

fn review_versions(versions: &Spot<'_, '_>) {
    if versions.is_empty() {
        return versions.required(&format!("must specify one of {}", VERSIONS.join(", ")));
    }
    let mut seen = FxHashSet::default();
    for version in versions.items() {
        if !seen.insert(version.text()) {
            version.invalid("duplicate version");
        }
    }
    if !versions.items().any(|version| VERSIONS.contains(&version.text())) {
        versions.invalid(&format!("must include at least one of {}", VERSIONS.join(", ")));
    }
}

#[cfg(test)]
mod tests;
