//! Roles and bindings (Kubernetes' `pkg/apis/rbac/validation`).

use manifest::{Map, Node};

use super::{Wrong, items, quoted, shown};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn validate(object: &Node, live: Option<&Node>, kind: &str, wrong: &mut Vec<Wrong>) {
    let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
    path_segment("metadata.name", name, wrong);
    match kind {
        "Role" | "ClusterRole" => {
            for (index, rule) in items(object, &["rules"]).iter().enumerate() {
                self::rule(rule, kind == "Role", &format!("rules[{index}]"), wrong);
            }
            if kind == "ClusterRole" {
                aggregation(object, wrong);
            }
        }
        _ => binding(object, live, kind == "RoleBinding", wrong),
    }
}

fn required(field: String, why: &str) -> Wrong {
    Wrong { message: format!("Required value: {why}"), ..Wrong::required(field) }
}

fn unsupported(field: impl Into<String>, value: &str, supported: &[&str]) -> Wrong {
    let supported: Vec<String> = supported.iter().map(|text| quoted(text)).collect();
    let message =
        format!("Unsupported value: {value:?}: supported values: {}", supported.join(", "));
    Wrong { field: field.into(), reason: "FieldValueNotSupported", message }
}

/// Names that only have to fit into a path.
fn path_segment(field: &str, name: &str, wrong: &mut Vec<Wrong>) {
    if matches!(name, "." | "..") {
        wrong.push(Wrong::invalid(field, &quoted(name), &format!("may not be '{name}'")));
        return;
    }
    for sign in ["/", "%"].into_iter().filter(|sign| name.contains(sign)) {
        wrong.push(Wrong::invalid(field, &quoted(name), &format!("may not contain '{sign}'")));
    }
}

fn rule(rule: &Node, is_namespaced: bool, at: &str, wrong: &mut Vec<Wrong>) {
    let has = |field: &str| !items(rule, &[field]).is_empty();
    if !has("verbs") {
        let why = "verbs must contain at least one value";
        wrong.push(required(format!("{at}.verbs"), why));
    }
    if has("nonResourceURLs") {
        let urls = rule.get("nonResourceURLs").map(shown).unwrap_or_default();
        let mut invalid = |why| {
            wrong.push(Wrong::invalid(format!("{at}.nonResourceURLs"), &urls, why));
        };
        if is_namespaced {
            invalid("namespaced rules cannot apply to non-resource URLs");
        }
        if has("apiGroups") || has("resources") || has("resourceNames") {
            invalid("rules cannot apply to both regular resources and non-resource URLs");
        }
        return;
    }
    if !has("apiGroups") {
        let why = "resource rules must supply at least one api group";
        wrong.push(required(format!("{at}.apiGroups"), why));
    }
    if !has("resources") {
        let why = "resource rules must supply at least one resource";
        wrong.push(required(format!("{at}.resources"), why));
    }
}

fn aggregation(object: &Node, wrong: &mut Vec<Wrong>) {
    let Some(aggregation) = object.get("aggregationRule").filter(|node| !node.is_null()) else {
        return;
    };
    let field = "aggregationRule.clusterRoleSelectors";
    let selectors = items(aggregation, &["clusterRoleSelectors"]);
    if selectors.is_empty() {
        let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        wrong.push(required(field.to_owned(), why));
    }
    for (index, selector) in selectors.iter().enumerate() {
        expressions(selector, &format!("{field}[{index}]"), wrong);
    }
}

/// What is wrong with the expressions of a label selector.
fn expressions(selector: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    for (index, expression) in items(selector, &["matchExpressions"]).iter().enumerate() {
        let at = format!("{at}.matchExpressions[{index}]");
        let has_values = !items(expression, &["values"]).is_empty();
        match expression.str_at(&["operator"]).unwrap_or_default() {
            "In" | "NotIn" if !has_values => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                wrong.push(required(format!("{at}.values"), why));
            }
            "Exists" | "DoesNotExist" if has_values => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                wrong.push(Wrong::forbidden(format!("{at}.values"), why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let why = "not a valid selector operator";
                wrong.push(Wrong::invalid(format!("{at}.operator"), &quoted(other), why));
            }
        }
    }
}

fn binding(object: &Node, live: Option<&Node>, is_namespaced: bool, wrong: &mut Vec<Wrong>) {
    let part = |key: &str| object.str_at(&["roleRef", key]).unwrap_or_default();
    if part("apiGroup") != GROUP {
        wrong.push(unsupported("roleRef.apiGroup", part("apiGroup"), &[GROUP]));
    }
    let kinds: &[&str] = if is_namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&part("kind")) {
        wrong.push(unsupported("roleRef.kind", part("kind"), kinds));
    }
    match part("name") {
        "" => wrong.push(Wrong::required("roleRef.name")),
        name => path_segment("roleRef.name", name, wrong),
    }
    for (index, subject) in items(object, &["subjects"]).iter().enumerate() {
        self::subject(subject, is_namespaced, &format!("subjects[{index}]"), wrong);
    }
    let reference = |node: &Node| node.get("roleRef").and_then(Node::as_map).cloned();
    if let Some(before) = live.and_then(reference)
        && let Some(now) = reference(object)
        && differs(&before, &now)
    {
        // As Go prints the struct.
        let value = format!(
            "{{\"APIGroup\":{:?},\"Kind\":{:?},\"Name\":{:?}}}",
            part("apiGroup"),
            part("kind"),
            part("name")
        );
        wrong.push(Wrong::invalid("roleRef", &value, "cannot change roleRef"));
    }
}

fn differs(before: &Map, now: &Map) -> bool {
    ["apiGroup", "kind", "name"].into_iter().any(|key| before.get(key) != now.get(key))
}

fn subject(subject: &Node, is_namespaced: bool, at: &str, wrong: &mut Vec<Wrong>) {
    let part = |key: &str| subject.str_at(&[key]).unwrap_or_default();
    if part("name").is_empty() {
        wrong.push(Wrong::required(format!("{at}.name")));
    }
    match part("kind") {
        "ServiceAccount" => {
            if !part("name").is_empty() {
                super::metadata::subdomain(&format!("{at}.name"), part("name"), wrong);
            }
            if !part("apiGroup").is_empty() {
                wrong.push(unsupported(format!("{at}.apiGroup"), part("apiGroup"), &[""]));
            }
            if !is_namespaced && part("namespace").is_empty() {
                wrong.push(Wrong::required(format!("{at}.namespace")));
            }
        }
        "User" | "Group" if part("apiGroup") == GROUP => {}
        "User" | "Group" => {
            wrong.push(unsupported(format!("{at}.apiGroup"), part("apiGroup"), &[GROUP]));
        }
        other => {
            let supported = ["ServiceAccount", "User", "Group"];
            wrong.push(unsupported(format!("{at}.kind"), other, &supported));
        }
    }
}
