//! Nobody gives away what they do not have (Kubernetes' `pkg/registry/rbac/*/policybased`).

use manifest::{Node, Origin, Text};

use super::policy::RoleRef;
use super::rules::{missing, quoted};
use super::{Attributes, GROUP, Policy, Rule, User};
use crate::call::Answer;
use crate::make::{meta, metadata};
use crate::target::Target;

/// A role or a binding that is written.
pub(crate) struct Change<'a> {
    pub(crate) target: &'a Target,
    /// The name in the path; what is created has none.
    pub(crate) path_name: &'a Text,
    pub(crate) object: &'a Node,
    /// What it replaces.
    pub(crate) live: Option<&'a Node>,
}

/// Checks what `user` writes, if it is a role or a binding.
///
/// # Errors
/// The answer to a user who may neither do it by a verb of its own (`escalate`, `bind`) nor has all
/// the rights that are given away.
pub(crate) fn check(policy: &Policy, user: &User, change: &Change<'_>) -> Result<(), Answer> {
    let Change { target, object, live, .. } = *change;
    let is_role = matches!(target.plural(), "roles" | "clusterroles");
    if target.group() != GROUP
        || user.is_privileged()
        || is_role && may_escalate(policy, user, change)
        || live.is_some_and(|live| is_for_collector(live, object))
    {
        return Ok(());
    }
    match is_role {
        true => check_role(policy, user, target, object, live),
        false => check_binding(policy, user, target, object),
    }
}

fn may_escalate(policy: &Policy, user: &User, change: &Change<'_>) -> bool {
    let attributes = Attributes::resource("escalate", GROUP, change.target.plural());
    let attributes = attributes.within(change.target.namespace.clone());
    policy.allows(user, &attributes.named(change.path_name.clone()))
}

fn check_role(
    policy: &Policy,
    user: &User,
    target: &Target,
    object: &Node,
    live: Option<&Node>,
) -> Result<(), Answer> {
    check_rights(policy, user, target, &Rule::all_of(object))?;
    let collects = |role: &Node| {
        let selectors = role.at(&["aggregationRule", "clusterRoleSelectors"]);
        selectors.and_then(Node::as_list).is_some_and(|selectors| !selectors.is_empty())
    };
    // It gathers what it likes.
    if collects(object) || live.is_some_and(collects) {
        check_rights(policy, user, target, &Rule::everything()).map_err(|_| {
            target.forbidden("must have cluster-admin privileges to use the aggregationRule")
        })?;
    }
    Ok(())
}

fn check_binding(
    policy: &Policy,
    user: &User,
    target: &Target,
    object: &Node,
) -> Result<(), Answer> {
    let role = RoleRef::of(object);
    let plural = match role.kind.as_str() {
        "ClusterRole" => Some("clusterroles"),
        "Role" => Some("roles"),
        _ => None,
    };
    let may_bind = plural.is_some_and(|plural| {
        let attributes = Attributes::resource("bind", &role.group, plural);
        let attributes = attributes.within(target.namespace.clone()).named(role.name.clone());
        policy.allows(user, &attributes)
    });
    if may_bind {
        return Ok(());
    }
    let rules = policy.rules_of(&role, &target.namespace).map_err(|error| match plural {
        // The server names the resource that was asked.
        Some(_) => crate::status::not_found(&role.name, GROUP, target.plural()),
        None => crate::status::failure(500, "", &error, None),
    })?;
    check_rights(policy, user, target, rules)
}

fn check_rights(
    policy: &Policy,
    user: &User,
    target: &Target,
    rules: &[Rule],
) -> Result<(), Answer> {
    let (owned, errors) = policy.rules_for(user, &target.namespace);
    let missing = missing(&owned, rules);
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = missing.into_iter().collect();
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name(),
        quoted(user.groups()),
        lines.join("\n")
    );
    if let Some(errors) = super::policy::joined(&errors) {
        why = format!("{why}; resolution errors: [{errors}]");
    }
    Err(target.forbidden(&why))
}

/// Whether an update changes nothing but what the garbage collector needs.
fn is_for_collector(live: &Node, object: &Node) -> bool {
    let rest = |node: &Node| {
        let mut node = node.clone();
        if let Some(metadata) = metadata(&mut node) {
            for field in ["ownerReferences", "finalizers", "selfLink", "managedFields"] {
                metadata.remove(field);
            }
            metadata.set("resourceVersion", Node::string("", Origin::NONE));
        }
        node
    };
    meta(live, "uid") == meta(object, "uid") && rest(live) == rest(object)
}
