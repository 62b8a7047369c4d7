//! `healthChecks` that name nothing which the repository makes.

use std::collections::BTreeMap;

use api::{FluxKustomization, HealthCheck};
use manifest::diagnostic::nearest;
use manifest::{Diagnostic, Gvk, ObjectId};
use schema::Scope;

use crate::Rendered;
use crate::generate::describe;

pub(super) fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    // What is missing may be among what could not be rendered.
    if !rendered.needs.is_empty() || rendered.units.iter().any(|unit| !unit.gaps.is_empty()) {
        return Vec::new();
    }
    let mut ids: BTreeMap<(String, String), Vec<ObjectId>> = BTreeMap::new();
    for (_, object) in rendered.objects() {
        let id = rendered.kinds.object_id(object);
        ids.entry((id.group.to_string(), id.kind.to_string())).or_default().push(id);
    }
    let here = rendered.units.iter().filter(|unit| !unit.is_elsewhere());
    let views = here.filter_map(|unit| unit.kustomization.as_ref());
    let mut diagnostics = Vec::new();
    // With `wait`, Flux looks at all objects and not at the list.
    for view in views.filter(|view| !view.wait) {
        for check in &view.health_checks {
            diagnostics.extend(check_one(rendered, view, check, &ids));
        }
    }
    diagnostics
}

fn check_one(
    rendered: &Rendered,
    view: &FluxKustomization,
    check: &HealthCheck,
    ids: &BTreeMap<(String, String), Vec<ObjectId>>,
) -> Option<Diagnostic> {
    let gvk = Gvk::new(&check.api_version, &check.kind);
    let is_cluster_scoped =
        rendered.kinds.scope(&check.api_version, &check.kind) == Some(Scope::Cluster);
    let namespace = if is_cluster_scoped { "" } else { check.namespace.as_str() };
    let same_kind = ids.get(&(gvk.group.to_string(), gvk.kind.to_string()));
    let same_kind = same_kind.map_or(&[][..], Vec::as_slice);
    let is_it = |id: &&ObjectId| {
        id.name == check.name && (id.namespace == namespace || namespace.is_empty())
    };
    if same_kind.iter().any(|id| is_it(&id)) {
        return None;
    }
    let wanted = ObjectId {
        namespace: namespace.into(),
        group: gvk.group,
        kind: gvk.kind,
        name: check.name.clone(),
    };
    let cause =
        format!("{} checks the health of {wanted}, which nothing here makes", describe(view));
    let elsewhere = same_kind.iter().find(|id| id.name == check.name).map(ToString::to_string);
    let names = same_kind.iter().filter(|id| id.namespace == namespace).map(|id| id.name.as_str());
    let near = elsewhere.or_else(|| nearest(&check.name, names).map(str::to_owned));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the Kustomization gets ready only if something else makes it".to_owned(),
    };
    Some(Diagnostic::warning(check.origin, cause).help(help))
}
