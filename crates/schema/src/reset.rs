//! Which fields an endpoint does not write, whatever is sent to it.

use std::sync::OnceLock;

use crate::fields::Set;
use crate::types::Types;

/// The fields that are left as they are by writes to `subresource` of a built-in kind, empty for
/// the object itself: its status, and of the status its spec (the strategies in Kubernetes'
/// `pkg/registry`). For a custom kind see [`custom_reset_fields`].
pub fn reset_fields(api_version: &str, kind: &str, subresource: &str) -> &'static Set {
    static STATUS: OnceLock<Set> = OnceLock::new();
    static SPEC: OnceLock<Set> = OnceLock::new();
    static SPEC_AND_LABELS: OnceLock<Set> = OnceLock::new();
    static NOTHING: OnceLock<Set> = OnceLock::new();
    let types = Types::default();
    let has = |name: &str| {
        let root = types.get(api_version, kind).and_then(crate::types::Type::map);
        root.is_some_and(|root| root.field(name).is_some())
    };
    match subresource {
        "" if has("status") => STATUS.get_or_init(|| Set::of_fields(&[&["status"]])),
        "status" if kind == "Deployment" => {
            SPEC_AND_LABELS.get_or_init(|| Set::of_fields(&[&["spec"], &["metadata", "labels"]]))
        }
        "status" if has("spec") => SPEC.get_or_init(|| Set::of_fields(&[&["spec"]])),
        _ => NOTHING.get_or_init(Set::new),
    }
}

/// The same for a custom kind, that has a status subresource or not.
pub fn custom_reset_fields(has_status: bool, subresource: &str) -> Set {
    match subresource {
        "status" => Set::of_fields(&[&["spec"], &["metadata"]]),
        "" if has_status => Set::of_fields(&[&["status"]]),
        _ => Set::new(),
    }
}
