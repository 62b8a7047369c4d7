//! What the server refuses of a policy and of a binding (`apis/admissionregistration/validation`).

use expression::{Environment, Type};
use manifest::Node;

use super::compile::{compile, variables};
use super::environment;
use super::request::texts;
use crate::validation::Wrong;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.str_at(&[key]).unwrap_or_default()
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|node| !node.is_null())
}

fn required(field: impl Into<String>, why: &str) -> Wrong {
    let message = match why {
        "" => "Required value".to_owned(),
        why => format!("Required value: {why}"),
    };
    Wrong { field: field.into(), reason: "FieldValueRequired", message }
}

fn unsupported(field: impl Into<String>, value: &str, options: &[&str]) -> Wrong {
    let options: Vec<String> = options.iter().map(|option| format!("{option:?}")).collect();
    let message = format!("Unsupported value: {value:?}: supported values: {}", options.join(", "));
    Wrong { field: field.into(), reason: "FieldValueNotSupported", message }
}

fn duplicate(field: impl Into<String>, value: &str) -> Wrong {
    let message = format!("Duplicate value: {value:?}");
    Wrong { field: field.into(), reason: "FieldValueDuplicate", message }
}

fn shown(node: Option<&Node>) -> String {
    let mut out = String::new();
    let none = Node::default();
    manifest::json::write(node.unwrap_or(&none), manifest::json::Options::GO, &mut out);
    out
}

/// What is wrong with a ValidatingAdmissionPolicy.
pub(crate) fn validate_policy(object: &Node, wrong: &mut Vec<Wrong>) {
    let none = Node::default();
    let spec = object.get("spec").unwrap_or(&none);
    match text(spec, "failurePolicy") {
        "" => wrong.push(required("spec.failurePolicy", "")),
        "Fail" | "Ignore" => {}
        other => wrong.push(unsupported("spec.failurePolicy", other, &["Fail", "Ignore"])),
    }
    let param_kind = child(spec, "paramKind");
    if let Some(kind) = param_kind {
        for key in ["apiVersion", "kind"] {
            if text(kind, key).is_empty() {
                wrong.push(required(format!("spec.paramKind.{key}"), ""));
            }
        }
    }
    match child(spec, "matchConstraints") {
        None => wrong.push(required("spec.matchConstraints", "")),
        Some(constraints) => {
            match_resources(constraints, "spec.matchConstraints", wrong);
            if list(constraints, "resourceRules").is_empty() {
                wrong.push(required("spec.matchConstraints.resourceRules", ""));
            }
        }
    }
    let base = environment::base(param_kind.is_some());
    conditions(list(spec, "matchConditions"), &base, wrong);
    let environment = policy_variables(spec, param_kind.is_some(), wrong);
    let (validations, annotations) = (list(spec, "validations"), list(spec, "auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let why = "validations or auditAnnotations must contain at least one item";
        wrong.push(required("spec.validations", why));
        wrong.push(required("spec.auditAnnotations", why));
    }
    for (index, validation) in validations.iter().enumerate() {
        validation_of(validation, &environment, &format!("spec.validations[{index}]"), wrong);
    }
    audit(annotations, &environment, wrong);
}

fn conditions(conditions: &[Node], environment: &Environment, wrong: &mut Vec<Wrong>) {
    if conditions.len() > 64 {
        let message = format!("Too many: {}: must have at most 64 items", conditions.len());
        let field = "spec.matchConditions".to_owned();
        wrong.push(Wrong { field, reason: "FieldValueTooMany", message });
    }
    for (index, condition) in conditions.iter().enumerate() {
        let at = format!("spec.matchConditions[{index}]");
        let source = text(condition, "expression").trim();
        if source.is_empty() {
            wrong.push(required(format!("{at}.expression"), ""));
        } else {
            expression(source, environment, &[Type::Bool], &format!("{at}.expression"), wrong);
        }
        let name = text(condition, "name");
        if name.is_empty() {
            wrong.push(required(format!("{at}.name"), ""));
        } else if conditions.iter().take(index).any(|other| text(other, "name") == name) {
            wrong.push(duplicate(format!("{at}.name"), name));
        }
    }
}

fn expression(
    source: &str,
    environment: &Environment,
    wanted: &[Type],
    field: &str,
    wrong: &mut Vec<Wrong>,
) {
    if let Err(why) = compile(environment, source, wanted) {
        wrong.push(Wrong::invalid(field, &quoted(source), &why));
    }
}

/// A text as Go's `%q` has it.
fn quoted(text: &str) -> String {
    format!("{text:?}").replace("\\'", "'")
}

fn policy_variables(spec: &Node, has_params: bool, wrong: &mut Vec<Wrong>) -> Environment {
    let (environment, compiled) = variables(spec, has_params);
    for (index, (variable, (_, program))) in
        list(spec, "variables").iter().zip(compiled).enumerate()
    {
        let at = format!("spec.variables[{index}]");
        let name = text(variable, "name");
        let is_name = name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if name.trim().is_empty() {
            wrong.push(required(format!("{at}.name"), "name is not specified"));
        } else if !is_name {
            let why = "must be a valid CEL identifier";
            wrong.push(Wrong::invalid(format!("{at}.name"), &quoted(name), why));
        }
        let source = text(variable, "expression");
        if source.trim().is_empty() {
            wrong.push(required(format!("{at}.expression"), "expression is not specified"));
        } else if let Err(why) = program {
            wrong.push(Wrong::invalid(format!("{at}.expression"), &quoted(source), &why));
        }
    }
    environment
}

fn validation_of(node: &Node, environment: &Environment, at: &str, wrong: &mut Vec<Wrong>) {
    let source = text(node, "expression");
    if source.trim().is_empty() {
        wrong.push(required(format!("{at}.expression"), "expression is not specified"));
    } else {
        expression(source, environment, &[Type::Bool], &format!("{at}.expression"), wrong);
    }
    let message = text(node, "messageExpression");
    let field = format!("{at}.messageExpression");
    if !message.is_empty() && message.trim().is_empty() {
        wrong.push(Wrong::invalid(field, &quoted(message), "must be non-empty if specified"));
    } else if !message.is_empty() {
        expression(message, environment, &[Type::String], &field, wrong);
    }
    let message = text(node, "message");
    let field = format!("{at}.message");
    if !message.is_empty() && message.trim().is_empty() {
        wrong.push(Wrong::invalid(field, &quoted(message), "must be non-empty if specified"));
    } else if message.trim().contains(['\n', '\r']) {
        wrong.push(Wrong::invalid(field, &quoted(message), "must not contain line breaks"));
    }
    const REASONS: &[&str] = &["Forbidden", "Invalid", "RequestEntityTooLarge"];
    if let Some(reason) = node.str_at(&["reason"])
        && !REASONS.contains(&reason)
    {
        wrong.push(unsupported(format!("{at}.reason"), reason, REASONS));
    }
}

fn audit(annotations: &[Node], environment: &Environment, wrong: &mut Vec<Wrong>) {
    for (index, annotation) in annotations.iter().enumerate() {
        let at = format!("spec.auditAnnotations[{index}]");
        let source = text(annotation, "valueExpression");
        let field = format!("{at}.valueExpression");
        if source.trim().is_empty() {
            wrong.push(required(field, "valueExpression is not specified"));
        } else if let Err(why) = compile(environment, source.trim(), &[Type::String, Type::Null]) {
            wrong.push(Wrong::invalid(field, &quoted(source), &why));
        }
        let key = text(annotation, "key");
        if annotations.iter().take(index).any(|other| text(other, "key") == key) {
            wrong.push(duplicate(format!("{at}.key"), key));
        }
    }
}

/// What is wrong with the rules and selectors of a policy or a binding.
fn match_resources(resources: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    match text(resources, "matchPolicy") {
        "" => wrong.push(required(format!("{at}.matchPolicy"), "")),
        "Exact" | "Equivalent" => {}
        other => {
            let field = format!("{at}.matchPolicy");
            wrong.push(unsupported(field, other, &["Equivalent", "Exact"]));
        }
    }
    for key in ["namespaceSelector", "objectSelector"] {
        if child(resources, key).is_none() {
            wrong.push(required(format!("{at}.{key}"), ""));
        }
    }
    for key in ["resourceRules", "excludeResourceRules"] {
        for (index, rule) in list(resources, key).iter().enumerate() {
            rule_of(rule, &format!("{at}.{key}[{index}]"), wrong);
        }
    }
}

fn rule_of(rule: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    const OPERATIONS: &[&str] = &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    let mut only = |key: &str, others: &str| {
        let given = texts(rule.get(key));
        let field = format!("{at}.{key}");
        if given.is_empty() {
            wrong.push(required(field, ""));
        } else if given.len() > 1 && given.contains(&"*") && !others.is_empty() {
            let why = format!("if '*' is present, must not specify other {others}");
            wrong.push(Wrong::invalid(field, &shown(rule.get(key)), &why));
        }
    };
    only("operations", "operations");
    only("apiGroups", "API groups");
    only("apiVersions", "API versions");
    only("resources", "");
    for (index, operation) in texts(rule.get("operations")).iter().enumerate() {
        if !OPERATIONS.contains(operation) {
            wrong.push(unsupported(format!("{at}.operations[{index}]"), operation, OPERATIONS));
        }
    }
    let resources = texts(rule.get("resources"));
    if resources.len() > 1 && resources.contains(&"*/*") {
        let why = "if '*/*' is present, must not specify other resources";
        wrong.push(Wrong::invalid(format!("{at}.resources"), &shown(rule.get("resources")), why));
    }
    if resources.contains(&"*") && resources.iter().any(|of| *of != "*" && !of.contains('/')) {
        let why = "if '*' is present, must not specify other resources without subresources";
        wrong.push(Wrong::invalid(format!("{at}.resources"), &shown(rule.get("resources")), why));
    }
    if let Some(scope) = rule.str_at(&["scope"])
        && !matches!(scope, "*" | "Cluster" | "Namespaced")
    {
        wrong.push(unsupported(format!("{at}.scope"), scope, &["*", "Cluster", "Namespaced"]));
    }
}

/// What is wrong with a ValidatingAdmissionPolicyBinding.
pub(crate) fn validate_binding(object: &Node, wrong: &mut Vec<Wrong>) {
    let none = Node::default();
    let spec = object.get("spec").unwrap_or(&none);
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match text(spec, "policyName") {
        "" => wrong.push(required("spec.policyName", "")),
        name if !name.split('.').all(is_part) => {
            wrong.push(Wrong::invalid("spec.policyName", &quoted(name), SUBDOMAIN));
        }
        _ => {}
    }
    if let Some(reference) = child(spec, "paramRef") {
        param_ref(reference, wrong);
    }
    if let Some(resources) = child(spec, "matchResources") {
        match_resources(resources, "spec.matchResources", wrong);
    }
    const ACTIONS: &[&str] = &["Audit", "Deny", "Warn"];
    let actions = texts(spec.get("validationActions"));
    let field = "spec.validationActions";
    for (index, action) in actions.iter().enumerate() {
        if !ACTIONS.contains(action) {
            wrong.push(unsupported(format!("{field}[{index}]"), action, ACTIONS));
        }
        if actions.iter().take(index).any(|other| other == action) {
            wrong.push(duplicate(format!("{field}[{index}]"), action));
        }
    }
    if actions.contains(&"Deny") && actions.contains(&"Warn") {
        let why = "must not contain both Deny and Warn (repeating the same validation failure \
                   information in the API response and headers serves no purpose)";
        wrong.push(Wrong::invalid(field, &shown(spec.get("validationActions")), why));
    }
    if actions.is_empty() {
        wrong.push(required(field, "at least one validation action is required"));
    }
}

fn param_ref(reference: &Node, wrong: &mut Vec<Wrong>) {
    let at = "spec.paramRef";
    let (name, selector) = (text(reference, "name"), child(reference, "selector"));
    if !name.is_empty() && selector.is_some() {
        let why = "name and selector are mutually exclusive";
        wrong.push(Wrong::forbidden(format!("{at}.name"), why));
        wrong.push(Wrong::forbidden(format!("{at}.selector"), why));
    }
    if name.is_empty() && selector.is_none() {
        wrong.push(required(at, "one of name or selector must be specified"));
    }
    let field = format!("{at}.parameterNotFoundAction");
    match text(reference, "parameterNotFoundAction") {
        "" => wrong.push(required(field, "")),
        "Allow" | "Deny" => {}
        other => wrong.push(unsupported(field, other, &["Deny", "Allow"])),
    }
}
