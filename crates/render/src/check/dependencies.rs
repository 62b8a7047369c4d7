//! `dependsOn`: what does not exist, and circles.

use std::collections::{BTreeMap, BTreeSet};

use api::FluxKustomization;
use manifest::Diagnostic;
use manifest::diagnostic::did_you_mean;

use crate::Rendered;
use crate::generate::describe;

type Key<'a> = (&'a str, &'a str);

pub(super) fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    let views: Vec<&FluxKustomization> =
        rendered.units.iter().filter_map(|unit| unit.kustomization.as_ref()).collect();
    let by_key: BTreeMap<Key<'_>, &FluxKustomization> =
        views.iter().map(|view| (key(view), *view)).collect();
    let mut diagnostics = Vec::new();
    // What could not be rendered may hold it.
    if rendered.needs.is_empty() && rendered.units.iter().all(|unit| unit.gaps.is_empty()) {
        diagnostics.extend(views.iter().flat_map(|view| missing(view, &by_key)));
    }
    diagnostics.extend(circles(&views, &by_key));
    diagnostics
}

fn key(view: &FluxKustomization) -> Key<'_> {
    (&view.namespace, &view.name)
}

fn missing(
    view: &FluxKustomization,
    by_key: &BTreeMap<Key<'_>, &FluxKustomization>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for dependency in &view.depends_on {
        if by_key.contains_key(&(&*dependency.namespace, &*dependency.name)) {
            continue;
        }
        let name = format!("{}/{}", dependency.namespace, dependency.name);
        let cause = format!("{} depends on {name}, which does not exist", describe(view));
        let same = by_key.keys().filter(|(namespace, _)| dependency.namespace == *namespace);
        let help = did_you_mean(&dependency.name, same.map(|(_, name)| *name));
        diagnostics.push(Diagnostic::error(dependency.origin, cause).help_if(help));
    }
    diagnostics
}

/// One finding for each circle, at the Kustomization of it that was found first.
fn circles(
    views: &[&FluxKustomization],
    by_key: &BTreeMap<Key<'_>, &FluxKustomization>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut finished: BTreeSet<Key<'_>> = BTreeSet::new();
    for view in views {
        // The way from `view` to where the search stands: each with its next dependency.
        let mut way: Vec<(&FluxKustomization, usize)> = vec![(view, 0)];
        while let Some((at, next)) = way.last_mut() {
            let here = *at;
            let Some(dependency) = here.depends_on.get(*next) else {
                finished.insert(key(here));
                way.pop();
                continue;
            };
            *next += 1;
            let wanted = (&*dependency.namespace, &*dependency.name);
            let Some(there) = by_key.get(&wanted) else { continue };
            if let Some(start) = way.iter().position(|(on_way, _)| key(on_way) == wanted) {
                let circle: Vec<&FluxKustomization> =
                    way.iter().skip(start).map(|(view, _)| *view).collect();
                diagnostics.push(describe_circle(&circle));
            } else if !finished.contains(&wanted) {
                way.push((there, 0));
            }
        }
    }
    diagnostics
}

fn describe_circle(circle: &[&FluxKustomization]) -> Diagnostic {
    let names: Vec<&str> = circle.iter().chain(circle.first()).map(|view| &*view.name).collect();
    let origin = circle.first().map(|view| view.origin).unwrap_or_default();
    let cause = format!("Kustomizations wait for each other: {}", names.join(" -> "));
    let mut diagnostic = Diagnostic::error(origin, cause);
    for (view, next) in circle.iter().zip(names.iter().skip(1)) {
        let dependency = view.depends_on.iter().find(|dependency| dependency.name == *next);
        if let Some(dependency) = dependency {
            let what = format!("{} depends on {next}", describe(view));
            diagnostic = diagnostic.related(dependency.origin, what);
        }
    }
    diagnostic.help("take one of these dependencies out")
}
