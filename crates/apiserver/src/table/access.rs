//! Who may do what, and what is asked before something is done: rbac.authorization.k8s.io,
//! certificates.k8s.io, admissionregistration.k8s.io.

use manifest::Node;

use super::age;
use super::column::{AGE, Column, NAME, Printer, integer, kind, string};
use super::row::{NONE, Row, UNSET};
use crate::make::text;

/// The columns of both kinds of bindings.
#[rustfmt::skip]
const BINDING: &[Column] = &[
    NAME,
    string("Role", |row| text(format!("{}/{}", row.str("roleRef.kind"), row.str("roleRef.name")))),
    AGE,
    string("Users", |row| subjects(row, "User")).wide(),
    string("Groups", |row| subjects(row, "Group")).wide(),
    string("ServiceAccounts", |row| subjects(row, "ServiceAccount")).wide(),
];

const WEBHOOKS: &[Column] = &[NAME, integer("Webhooks", |row| row.count("webhooks")), AGE];

const POLICY_BINDING: &[Column] = &[
    NAME,
    string("PolicyName", |row| row.text("spec.policyName")),
    string("ParamRef", param_ref),
    AGE,
];

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("rbac.authorization.k8s.io", "ClusterRoleBinding", BINDING),
    kind("rbac.authorization.k8s.io", "RoleBinding", BINDING),
    kind("certificates.k8s.io", "CertificateSigningRequest", &[
        NAME,
        AGE,
        string("SignerName", |row| row.text_or("spec.signerName", NONE)),
        string("Requestor", |row| row.text("spec.username")),
        string("RequestedDuration", requested_duration),
        string("Condition", csr_condition),
    ]),
    kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration", WEBHOOKS),
    kind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", WEBHOOKS),
    kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", &[
        NAME,
        integer("Validations", |row| row.count("spec.validations")),
        string("ParamKind", param_kind),
        AGE,
    ]),
    kind("admissionregistration.k8s.io", "MutatingAdmissionPolicy", &[
        NAME,
        integer("Mutations", |row| row.count("spec.mutations")),
        string("ParamKind", param_kind),
        AGE,
    ]),
    kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", POLICY_BINDING),
    kind("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", POLICY_BINDING),
];

fn subjects(row: &Row<'_>, kind: &str) -> Node {
    let subjects = row.list("subjects").iter();
    let names = subjects.filter(|subject| subject.str_at(&["kind"]) == Some(kind)).map(|subject| {
        let name = subject.str_at(&["name"]).unwrap_or_default();
        match subject.str_at(&["namespace"]) {
            Some(namespace) if kind == "ServiceAccount" => format!("{namespace}/{name}"),
            _ => name.to_owned(),
        }
    });
    text(names.collect::<Vec<_>>().join(", "))
}

fn requested_duration(row: &Row<'_>) -> Node {
    let seconds = row.at("spec.expirationSeconds").and_then(Node::as_int);
    text(match seconds {
        Some(seconds) => age::human(jiff::SignedDuration::from_secs(seconds)),
        None => NONE.to_owned(),
    })
}

fn csr_condition(row: &Row<'_>) -> Node {
    let has = |name: &str| row.condition(name).is_some();
    let mut parts = vec![match () {
        () if has("Denied") => "Denied",
        () if has("Approved") => "Approved",
        () => "Pending",
    }];
    if has("Failed") {
        parts.push("Failed");
    }
    if !row.str("status.certificate").is_empty() {
        parts.push("Issued");
    }
    text(parts.join(","))
}

fn param_kind(row: &Row<'_>) -> Node {
    if row.map("spec.paramKind").is_none() {
        return text(UNSET);
    }
    text(format!("{}/{}", row.str("spec.paramKind.apiVersion"), row.str("spec.paramKind.kind")))
}

fn param_ref(row: &Row<'_>) -> Node {
    match (row.str("spec.paramRef.name"), row.str("spec.paramRef.namespace")) {
        ("", _) if row.at("spec.paramRef.selector").is_some() => {
            row.selector("spec.paramRef.selector")
        }
        ("", _) => text(UNSET),
        (name, "") => text(format!("*/{name}")),
        (name, namespace) => text(format!("{namespace}/{name}")),
    }
}
