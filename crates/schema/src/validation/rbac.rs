//! Roles and what binds them (`pkg/apis/rbac/validation`).

use manifest::Node;

use super::checks::same;
use super::spot::Spot;
use super::{metadata, names};
use crate::go::{json, quoted};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn role(role: Spot<'_, '_>, live: Option<&Node>, is_cluster: bool) {
    metadata::named(role, names::path_segment);
    for rule in role.field("rules").items() {
        self::rule(&rule, !is_cluster);
    }
    let aggregation = role.field("aggregationRule");
    if is_cluster && aggregation.is_set() {
        let selectors = aggregation.field("clusterRoleSelectors");
        if selectors.is_empty() {
            selectors.required(
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            );
        }
        for selector in selectors.items() {
            selector.label_selector();
        }
    }
    if let Some(live) = live {
        metadata::updated(role, live);
    }
}

fn rule(rule: &Spot<'_, '_>, is_namespaced: bool) {
    let (verbs, urls) = (rule.field("verbs"), rule.field("nonResourceURLs"));
    if verbs.is_empty() {
        verbs.required("verbs must contain at least one value");
    }
    let (groups, resources) = (rule.field("apiGroups"), rule.field("resources"));
    if !urls.is_empty() {
        if is_namespaced {
            urls.invalid("namespaced rules cannot apply to non-resource URLs");
        }
        let others = groups.len() + resources.len() + rule.field("resourceNames").len();
        if others > 0 {
            urls.invalid("rules cannot apply to both regular resources and non-resource URLs");
        }
        return;
    }
    if groups.is_empty() {
        groups.required("resource rules must supply at least one api group");
    }
    if resources.is_empty() {
        resources.required("resource rules must supply at least one resource");
    }
}

pub(super) fn binding(binding: Spot<'_, '_>, live: Option<&Node>, is_cluster: bool) {
    metadata::named(binding, names::path_segment);
    let role = binding.field("roleRef");
    let group = role.field("apiGroup");
    if group.text() != GROUP {
        group.unsupported_as(&quoted(group.text()), &[GROUP]);
    }
    let kind = role.field("kind");
    let kinds: &[&str] = if is_cluster { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
    if !kinds.contains(&kind.text()) {
        kind.unsupported_as(&quoted(kind.text()), kinds);
    }
    let name = role.field("name");
    if name.text().is_empty() {
        name.required("");
    } else {
        name.path_segment();
    }
    for subject in binding.field("subjects").items() {
        self::subject(&subject, !is_cluster);
    }
    let Some(live) = live else { return };
    metadata::updated(binding, live);
    if !same(Some(role.node()), live.get("roleRef")) {
        role.invalid_as(
            &json(&crate::go::internal("rbac.RoleRef", role.node())),
            "cannot change roleRef",
        );
    }
}

fn subject(subject: &Spot<'_, '_>, is_namespaced: bool) {
    let (name, group) = (subject.field("name"), subject.field("apiGroup"));
    name.required_text();
    match subject.field("kind").text() {
        "ServiceAccount" => {
            name.optional_dns_subdomain();
            if !group.text().is_empty() {
                group.unsupported(&[""]);
            }
            let namespace = subject.field("namespace");
            if !is_namespaced && namespace.text().is_empty() {
                namespace.required("");
            }
        }
        "User" | "Group" => {
            if group.text() != GROUP {
                group.unsupported_as(&quoted(group.text()), &[GROUP]);
            }
        }
        kind => {
            let supported = ["ServiceAccount", "User", "Group"];
            subject.field("kind").unsupported_as(&quoted(kind), &supported);
        }
    }
}
