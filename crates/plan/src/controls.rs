//! Labels and annotations by which an object says how it wants to be treated. Flux takes both, in any
//! case, and for most of them looks at the object that is there as well.

use manifest::Object;

use crate::{Owner, Skip};

/// The label with the name of the Kustomization that an object belongs to.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label with the namespace of the Kustomization that an object belongs to.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

fn says(object: &Object, key: &str, word: &str) -> bool {
    let found = [object.label(key), object.annotation(key)];
    found.into_iter().flatten().any(|value| value.eq_ignore_ascii_case(word))
}

fn either_says(desired: &Object, live: Option<&Object>, key: &str, word: &str) -> bool {
    says(desired, key, word) || live.is_some_and(|live| says(live, key, word))
}

/// Why a desired object is not to be applied, if so.
pub fn skip_apply(desired: &Object, live: Option<&Object>) -> Option<Skip> {
    if either_says(desired, live, RECONCILE, "disabled") {
        return Some(Skip::Disabled);
    }
    if either_says(desired, live, SSA, "Ignore") {
        return Some(Skip::Ignored);
    }
    (live.is_some() && says(desired, SSA, "IfNotPresent")).then_some(Skip::Present)
}

/// Why an object that is there is not to be deleted, if so.
pub(crate) fn skip_prune(live: &Object, owner: Owner<'_>) -> Option<Skip> {
    let is_ours = live.label(OWNER_NAME) == Some(owner.name)
        && live.label(OWNER_NAMESPACE) == Some(owner.namespace);
    if !is_ours {
        return Some(Skip::NotOurs);
    }
    if says(live, PRUNE, "disabled") {
        return Some(Skip::NotPruned);
    }
    if says(live, RECONCILE, "disabled") {
        return Some(Skip::Disabled);
    }
    says(live, SSA, "Ignore").then_some(Skip::Ignored)
}

/// Whether what other managers wrote is kept.
pub(crate) fn merges(desired: &Object, live: &Object) -> bool {
    either_says(desired, Some(live), SSA, "Merge")
}

/// Whether the object may be made anew.
pub fn forces(desired: &Object, live: &Object) -> bool {
    either_says(desired, Some(live), FORCE, "enabled")
}
