//! Namespaces: objects without one, and Namespace objects that a `namespace:` renamed.

use manifest::{Diagnostic, Object, Via};
use schema::Scope;

use crate::{Rendered, Unit};

pub(super) fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    let objects = rendered.objects();
    let by_flux = objects.filter(|(unit, _)| unit.kustomization.is_some());
    by_flux
        .filter_map(|(unit, object)| renamed(object).or(without(rendered, unit, object)))
        .collect()
}

/// A Namespace that has its name from `namespace:` or `targetNamespace`.
fn renamed(object: &Object) -> Option<Diagnostic> {
    let is_namespace = object.kind() == "Namespace" && object.api_version() == "v1";
    let name = object.root().at(&["metadata", "name"]).filter(|_| is_namespace)?;
    if name.origin.by() != Via::Namespace {
        return None;
    }
    let cause = format!("`namespace: {0}` renames a Namespace object to `{0}`", object.name());
    let help = "keep Namespace objects in a kustomization of their own, without `namespace:`";
    let diagnostic = Diagnostic::warning(name.origin, cause);
    Some(diagnostic.related(object.origin(), "the Namespace as it is written").help(help))
}

/// An object of a namespaced kind that has none: Flux refuses it, where kubectl would take `default`.
fn without(rendered: &Rendered, unit: &Unit, object: &Object) -> Option<Diagnostic> {
    let scope = rendered.kinds.scope(object.api_version(), object.kind())?;
    if scope == Scope::Cluster || !object.namespace().is_empty() {
        return None;
    }
    let by = unit.kustomization.as_ref()?;
    let cause = format!(
        "{}/{} has no namespace, and Flux applies it nowhere",
        object.kind(),
        object.name()
    );
    let help = "set `namespace:` in its kustomization, `targetNamespace` in the Kustomization, or \
                `metadata.namespace`";
    let diagnostic = Diagnostic::error(object.origin(), cause);
    Some(diagnostic.related(by.origin, format!("applied by {}", unit.applied_by())).help(help))
}
