//! Who asks, and what they may: users, RBAC, impersonation.
//!
//! ```text
//!  headers, certificate ──▶ authenticate ──▶ impersonate ──▶ Policy::decide ──▶ the verbs
//!                             a User           a User          or 403
//! ```
//!
//! All of it is decided from values: a [`User`], the [`Attributes`] of a request and the [`Policy`], an
//! index of the RBAC objects that follows the store. Members of `system:masters` may everything, and
//! cost nothing.

pub(crate) mod aggregation;
mod attributes;
pub(crate) mod bootstrap;
mod escalation;
mod impersonation;
mod names;
mod policy;
mod rules;
pub(crate) mod tokens;
mod user;

use crate::call::Answer;
use crate::status;

pub(crate) use attributes::Attributes;
pub(crate) use escalation::{Change, check as check_escalation};
pub(crate) use impersonation::{Mode, Wanted, impersonate};
pub(crate) use policy::{Policy, joined};
pub(crate) use rules::Rule;
pub(crate) use user::Identity;
pub use user::User;

/// The group of roles and bindings.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

/// That somebody may not do something, in the words of the API server (`ForbiddenStatusError` of
/// apiserver's `responsewriters`).
pub(crate) fn forbidden(user: &User, attributes: &Attributes, reason: &str) -> Answer {
    let mut why = attributes.refusal(user);
    for (sign, name) in [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")] {
        why = why.replace(sign, name);
    }
    if !reason.is_empty() {
        why = format!("{why}: {reason}");
    }
    if attributes.resource.is_empty() && attributes.group.is_empty() {
        let message = format!("forbidden: {why}");
        let details = status::details(&attributes.name, "", "", vec![]);
        return status::failure(403, "Forbidden", &message, Some(details));
    }
    status::forbidden(&attributes.name, &attributes.group, &attributes.resource, &why)
}

#[cfg(test)]
mod tests;
