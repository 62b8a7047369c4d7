//! ConfigMaps, Secrets, namespaces, nodes, events, quotas and ranges of limits.

mod event;
mod limits;
mod node;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::Node;

use super::checks::same;
use super::spot::Spot;
use super::{metadata, names, resource};
use crate::go::{json_error, quoted};

pub(super) use event::event;
pub(super) use limits::limit_range;
pub(super) use node::node;

/// How much a ConfigMap or a Secret may hold.
const DATA_SIZE: usize = 1024 * 1024;

/// What may not change once an object says that it is immutable.
fn immutable(object: Spot<'_, '_>, live: &Node, fields: &[&'static str]) {
    if live.get("immutable").and_then(Node::as_bool) != Some(true) {
        return;
    }
    let why = "field is immutable when `immutable` is set";
    let flag = object.field("immutable");
    if !flag.is_true() {
        flag.forbidden(why);
    }
    for field in fields {
        let place = object.field(field);
        if !same(Some(place.node()), live.get(field)) {
            place.forbidden(why);
        }
    }
}

/// How many bytes base64 stands for.
fn decoded_size(text: &str) -> usize {
    let digits = text.bytes().filter(|byte| !matches!(byte, b'=' | b'\r' | b'\n')).count();
    digits * 3 / 4
}

pub(super) fn config_map(map: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        metadata::updated(map, live);
        immutable(map, live, &["data", "binaryData"]);
    }
    metadata::named(map, names::subdomain);
    let mut size = 0;
    let (texts, bytes) = (map.field("data"), map.field("binaryData"));
    for (key, value) in texts.entries() {
        value.named(key, names::config_key(key));
        if bytes.key(key).is_set() {
            value.invalid_as(&quoted(key), "duplicate of key present in binaryData");
        }
        size += value.text().len();
    }
    for (key, value) in bytes.entries() {
        value.named(key, names::config_key(key));
        size += decoded_size(value.text());
    }
    if size > DATA_SIZE {
        let message = format!("Too long: may not be more than {DATA_SIZE} bytes");
        map.complain("FieldValueTooLong", message);
    }
}

pub(super) fn secret(secret: Spot<'_, '_>, live: Option<&Node>) {
    let kind = secret.field("type");
    if let Some(live) = live {
        metadata::updated(secret, live);
        kind.immutable(live.get("type"));
        immutable(secret, live, &["data"]);
    }
    metadata::named(secret, names::subdomain);
    let data = secret.field("data");
    let mut size = 0;
    for (key, value) in data.entries() {
        value.named(key, names::config_key(key));
        size += decoded_size(value.text());
    }
    if size > DATA_SIZE {
        data.too_long(DATA_SIZE);
    }
    match kind.text() {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.field("metadata.annotations");
            annotations.key("kubernetes.io/service-account.name").required_text();
        }
        "kubernetes.io/dockercfg" => json_data(&data.key(".dockercfg")),
        "kubernetes.io/dockerconfigjson" => json_data(&data.key(".dockerconfigjson")),
        "kubernetes.io/basic-auth" => {
            let (user, password) = (data.key("username"), data.key("password"));
            if !user.is_set() && !password.is_set() {
                user.required("");
                password.required("");
            }
        }
        "kubernetes.io/ssh-auth" => data.key("ssh-privatekey").required_text(),
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if !data.key(key).is_set() {
                    data.key(key).required("");
                }
            }
        }
        _ => {}
    }
}

/// Data that is a JSON object.
fn json_data(data: &Spot<'_, '_>) {
    if !data.is_set() {
        return data.required("");
    }
    let bytes = STANDARD.decode(data.text().replace(['\r', '\n'], "")).unwrap_or_default();
    let why = match manifest::json::read(&bytes, manifest::Origin::NONE) {
        Ok(node) if node.as_map().is_some() || node.is_null() => return,
        Ok(node) => format!(
            "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            match node.type_name() {
                "list" => "array",
                name => name,
            }
        ),
        Err(error) => json_error(&bytes).unwrap_or_else(|| error.to_string()),
    };
    data.invalid_as("\"<secret contents redacted>\"", &why);
}

pub(super) fn namespace(namespace: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        return metadata::updated(namespace, live);
    }
    metadata::named(namespace, names::label);
    let finalizers = namespace.field("spec.finalizers");
    for finalizer in finalizers.items() {
        finalizers.named(finalizer.text(), names::qualified(finalizer.text()));
        metadata::finalizer_of_domain(&finalizers.with(finalizer.node()));
    }
}

/// A namespace after a write of what holds it.
pub(super) fn namespace_finalizers(namespace: Spot<'_, '_>, live: &Node) {
    metadata::updated(namespace, live);
    for finalizer in namespace.field("spec.finalizers").items() {
        finalizer.qualified_name();
        metadata::finalizer_of_domain(&finalizer);
    }
}

/// A namespace after a write of its status.
pub(super) fn namespace_status(namespace: Spot<'_, '_>, live: &Node) {
    metadata::updated(namespace, live);
    let is_deleted = namespace.field("metadata.deletionTimestamp").is_set();
    let phase = namespace.field("status.phase");
    let (wanted, what) = match is_deleted {
        true => ("Terminating", "is not empty"),
        false => ("Active", "is empty"),
    };
    if phase.text() != wanted {
        let why = format!("may only be '{wanted}' if `deletionTimestamp` {what}");
        let place = namespace.called("status.Phase");
        place.invalid_as(&quoted(phase.text()), &why);
    }
}

pub(super) fn service_account(account: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        metadata::updated(account, live);
    }
    metadata::named(account, names::subdomain);
}

pub(super) fn pod_template(template: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(template, names::subdomain),
        Some(live) => metadata::updated(template, live),
    }
    super::pod::template(template.field("template"));
}

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
];

/// Whether objects of a scope have a resource.
fn fits_scope(scope: &str, name: &str) -> bool {
    let is_compute = matches!(
        name,
        "cpu" | "memory" | "limits.cpu" | "limits.memory" | "requests.cpu" | "requests.memory"
    );
    match scope {
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => name == "pods" || is_compute,
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
        _ => true,
    }
}

fn amounts(amounts: &Spot<'_, '_>) {
    for (name, amount) in amounts.entries() {
        resource::quota_name(&amount, name);
        resource::amount(&amount, name);
    }
}

pub(super) fn quota(quota: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(quota, names::subdomain),
        Some(live) => metadata::updated(quota, live),
    }
    let spec = quota.field("spec");
    amounts(&spec.field("hard"));
    let scopes = spec.field("scopes");
    let of: Vec<&str> = scopes.items().map(|scope| scope.text()).collect();
    for scope in &of {
        if !SCOPES.contains(scope) {
            scopes.invalid("unsupported scope");
        }
        unfit(spec, scope, &mut || scopes.invalid("unsupported scope applied to resource"));
    }
    conflicting(&of, &mut || scopes.invalid("conflicting scopes"));
    scope_selector(spec);
    if let Some(live) = live {
        let old = live.at(&["spec", "scopes"]).and_then(Node::as_list).unwrap_or_default();
        let old: BTreeSet<&str> = old.iter().filter_map(Node::as_str).collect();
        if old != of.iter().copied().collect() {
            scopes.invalid("field is immutable");
        }
        return;
    }
    amounts(&quota.field("status.hard"));
    amounts(&quota.field("status.used"));
}

fn unfit(spec: Spot<'_, '_>, scope: &str, complain: &mut dyn FnMut()) {
    for (name, _) in spec.field("hard").entries() {
        if resource::is_standard_for_quota(name) && !fits_scope(scope, name) {
            complain();
        }
    }
}

fn conflicting(scopes: &[&str], complain: &mut dyn FnMut()) {
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if scopes.contains(&one) && scopes.contains(&other) {
            complain();
        }
    }
}

fn scope_selector(spec: Spot<'_, '_>) {
    let selector = spec.field("scopeSelector");
    if !selector.is_set() {
        return;
    }
    let place = selector.called("matchExpressions");
    let mut scopes = Vec::new();
    for requirement in selector.field("matchExpressions").items() {
        let at = place.with(requirement.node());
        let (scope, operator, values) =
            (at.field("scopeName"), at.field("operator"), at.field("values"));
        if !SCOPES.contains(&scope.text()) {
            scope.invalid_as(&quoted(scope.text()), "unsupported scope");
        }
        unfit(spec, scope.text(), &mut || {
            place
                .with(selector.node())
                .invalid_internal("core.ScopeSelector", "unsupported scope applied to resource");
        });
        let is_plain = !matches!(scope.text(), "PriorityClass" | "VolumeAttributesClass")
            && SCOPES.contains(&scope.text());
        if is_plain && operator.text() != "Exists" {
            operator.invalid_as(
                &quoted(operator.text()),
                "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
                 ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                 ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
            );
        }
        match operator.text() {
            "In" | "NotIn" if values.is_empty() => values.required(
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            ),
            "Exists" | "DoesNotExist" if !values.is_empty() => values.invalid(
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => operator.invalid_as(&quoted(other), "not a valid selector operator"),
        }
        scopes.push(scope.text());
    }
    conflicting(&scopes, &mut || {
        place.with(spec.field("scopes").node()).invalid("conflicting scopes");
    });
}

/// A quota after a write of its status.
pub(super) fn quota_status(quota: Spot<'_, '_>, live: &Node) {
    metadata::updated(quota, live);
    amounts(&quota.field("status.hard"));
    amounts(&quota.field("status.used"));
}
