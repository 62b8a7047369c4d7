//! `patches`, `patchesStrategicMerge` and `patchesJson6902`, applied to what they name or select.

use manifest::json_patch::{Dialect, JsonPatch};
use manifest::{Diagnostic, Origin, Value, Via};

use crate::builder::Builder;
use crate::kustomization::Selector;
use crate::merge::{self, Outcome};
use crate::metadata;
use crate::resource::{Resource, as_text};
use crate::resources::Resources;
use crate::schema::Schema;
use crate::selector::Matcher;

mod load;

use load::Content;
pub(crate) use load::{Loaded, Strategic, load, load_all, load_json, load_strategic};

/// Applies a patch of `patchesStrategicMerge` to the one resource that it names.
///
/// # Errors
/// It names none or several, or does not fit.
pub(crate) fn apply_strategic(
    patch: &Strategic,
    resources: &mut Resources,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let at = only_target(patch, resources, schema, patch.resource.origin())?;
    let Some(target) = resources.get(at) else { return Ok(Vec::new()) };
    let id = target.id().clone();
    let selected: Vec<usize> = resources.with_current_id(&id);
    apply_to(patch, &selected, resources, schema, patch.resource.origin())
}

/// Applies one entry of `patches` or `patchesJson6902`.
///
/// # Errors
/// It names no resource, or does not fit.
pub(crate) fn apply(
    patch: &Loaded,
    resources: &mut Resources,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    match (&patch.content, &patch.target) {
        (Content::Strategic(patches), Some(target)) => {
            let [one] = patches.as_slice() else {
                if patches.is_empty() {
                    return Ok(Vec::new());
                }
                let cause = "several strategic merge patches in an entry with a `target`";
                return Err(Diagnostic::error(patch.origin, cause)
                    .help("give each an entry of its own, or leave `target` out"));
            };
            let selected = select(target, resources)?;
            let mut findings = apply_to(one, &selected, resources, schema, patch.origin)?;
            findings.extend(nothing_selected(target, &selected, resources));
            Ok(findings)
        }
        (Content::Strategic(patches), None) => {
            let mut findings = Vec::new();
            for one in patches {
                let at = only_target(one, resources, schema, patch.origin)?;
                let Some(target) = resources.get_mut(at) else { continue };
                let (renamed, found) = merge_into(one, &one.named, target, schema, patch.origin)?;
                findings.extend(found);
                if renamed {
                    resources.renamed();
                }
            }
            Ok(findings)
        }
        (Content::Json(operations), Some(target)) => {
            let selected = select(target, resources)?;
            let mut renamed = false;
            for &at in &selected {
                if let Some(resource) = resources.get_mut(at) {
                    let id = resource.id().clone();
                    if !patch.is_json_only {
                        resource.remember();
                    }
                    apply_json(operations, resource, schema, patch.origin)?;
                    renamed |= *resource.id() != id;
                }
            }
            if renamed {
                resources.renamed();
                check_unique(resources, patch.origin)?;
            }
            let mut findings = nothing_selected(target, &selected, resources);
            if selected.is_empty() {
                findings.extend(operations.faults().map(|fault| {
                    let at = if fault.origin().is_some() { fault.origin() } else { patch.origin };
                    Diagnostic::warning(at, format!("the patch would not fit: {}", fault.full()))
                }));
            }
            Ok(findings)
        }
        (Content::Json(_), None) => {
            Err(Diagnostic::error(patch.origin, "a JSON patch without a target")
                .help("add `target:` with kind and name"))
        }
    }
}

fn select(target: &Selector, resources: &mut Resources) -> Result<Vec<usize>, Diagnostic> {
    let matcher = Matcher::new(target)?;
    if let Some(name) = matcher.only_name() {
        let mut named = resources.named(name);
        named.retain(|&at| resources.get(at).is_some_and(|resource| matcher.matches(resource)));
        return Ok(named);
    }
    let matching = resources.iter().enumerate().filter(|(_, resource)| matcher.matches(resource));
    Ok(matching.map(|(at, _)| at).collect())
}

fn nothing_selected(
    target: &Selector,
    selected: &[usize],
    resources: &Resources,
) -> Vec<Diagnostic> {
    if !selected.is_empty() {
        return Vec::new();
    }
    let what = [
        ("kind", &target.gvk.kind),
        ("name", &target.name),
        ("namespace", &target.namespace),
        ("group", &target.gvk.group),
        ("version", &target.gvk.version),
        ("labelSelector", &target.label_selector),
        ("annotationSelector", &target.annotation_selector),
    ];
    let parts: Vec<String> = what
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name}: {text}"))
        .collect();
    let help = Builder::did_you_mean(resources, &target.gvk.kind, &target.name);
    let cause = format!("the patch target ({}) selects nothing", parts.join(", "));
    vec![Diagnostic::warning(target.origin, cause).help_if(help)]
}

/// The one resource that a patch names by a current or previous id.
fn only_target(
    patch: &Strategic,
    resources: &mut Resources,
    schema: &Schema,
    at: Origin,
) -> Result<usize, Diagnostic> {
    // A component may have brought another schema since the patch was read.
    let id = Resource::new(patch.resource.node().clone(), schema).id().clone();
    let found = resources.with_any_id(&id);
    let origin = patch.resource.origin();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let same_name = resources.iter().find(|r| {
                r.ids().any(|other| other.name == id.name && other.gvk.kind == id.gvk.kind)
            });
            let help = match same_name {
                Some(there) if there.id().gvk != id.gvk => Some(format!(
                    "its apiVersion is `{}`, not `{}`",
                    there.id().gvk.api_version(),
                    id.gvk.api_version()
                )),
                Some(there) => Some(format!("its namespace is `{}`", there.id().namespace)),
                None => Builder::did_you_mean(resources, &id.gvk.kind, &id.name),
            };
            let cause = format!("the patch is for {id}, and there is none");
            Err(Diagnostic::error(origin, cause).related(at, "the entry").help_if(help))
        }
        several => {
            let names: Vec<String> = several
                .iter()
                .filter_map(|&at| resources.get(at))
                .map(|resource| resource.id().to_string())
                .collect();
            let help = format!("name one of {}", names.join(", "));
            let cause =
                format!("the patch is for {id}, and {} are or were called so", several.len());
            Err(Diagnostic::error(origin, cause).related(at, "the entry").help(help))
        }
    }
}

/// Applies a patch to selected resources (`resWrangler.ApplySmPatch`).
fn apply_to(
    patch: &Strategic,
    selected: &[usize],
    resources: &mut Resources,
    schema: &Schema,
    at: Origin,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let (mut is_renamed, mut findings) = (false, Vec::new());
    for &position in selected {
        if let Some(target) = resources.get_mut(position) {
            let (renamed, found) = merge_into(patch, &patch.selected, target, schema, at)?;
            is_renamed |= renamed;
            findings.extend(found);
        }
    }
    if is_renamed {
        resources.renamed();
        check_unique(resources, at)?;
    }
    Ok(findings)
}

/// Drops what a patch has deleted, and sees whether it has left all others with ids of their own.
fn check_unique(resources: &mut Resources, at: Origin) -> Result<(), Diagnostic> {
    resources.drop_empty();
    for position in 0..resources.len() {
        let Some(id) = resources.get(position).map(|r| r.id().clone()) else { break };
        if resources.with_current_id(&id).len() > 1 {
            let cause = format!("the patch makes two resources the same: {id}");
            return Err(Diagnostic::error(at, cause));
        }
    }
    Ok(())
}

/// Merges a patch into one resource, which keeps kind, name and namespace unless the patch may change
/// them. Returns whether its id is another one, and warnings.
fn merge_into(
    patch: &Strategic,
    changes: &merge::Patch,
    target: &mut Resource,
    schema: &Schema,
    at: Origin,
) -> Result<(bool, Vec<Diagnostic>), Diagnostic> {
    let id = target.id().clone();
    let mut findings = Vec::new();
    let namespace = target.written_namespace();
    let kept = ["kind", "apiVersion"].map(|field| target.node().get(field).cloned());
    let name = target.node().at(&["metadata", "name"]).cloned();
    let written = target.node().at(&["metadata", "namespace"]).cloned();
    if patch.allow_name_change || patch.allow_kind_change {
        target.remember();
    }
    let merged = merge::merge(target.node_mut(), changes, schema);
    match merged {
        Ok(Outcome::Kept) if !target.is_empty() => findings = target.settle_aliases(),
        Ok(_) => {
            target.clear();
            return Ok((true, findings));
        }
        Err(error) => {
            let cause = format!("the patch does not fit {id}: {error}");
            return Err(Diagnostic::error(error.origin, cause)
                .related(at, "the entry")
                .related(target.origin(), "the resource"));
        }
    }
    if let (false, [Some(kind), _], Some(map)) =
        (patch.allow_kind_change, kept, target.node_mut().as_map_mut())
    {
        map.set("kind", kind);
    }
    if let Some(metadata) = target.node_mut().map_entry("metadata", at) {
        if let (false, Some(name)) = (patch.allow_name_change, name) {
            metadata.set("name", as_text(&name));
        }
        match written {
            Some(node) if !namespace.is_empty() => metadata.set("namespace", as_text(&node)),
            _ => drop(metadata.remove("namespace")),
        }
    }
    Ok((target.refresh(schema), findings))
}

/// Applies a JSON patch to one resource (`PatchTransformer.transformJson6902`).
fn apply_json(
    operations: &JsonPatch,
    resource: &mut Resource,
    schema: &Schema,
    at: Origin,
) -> Result<(), Diagnostic> {
    if operations.is_empty() {
        return Ok(());
    }
    let id = resource.id().clone();
    // kustomize keeps its notes among the annotations: where it has any, a patch can add more.
    let is_generated = resource.origin().by() == Via::Generator;
    if is_generated || !resource.previous.is_empty() {
        metadata::add_annotations(resource.node_mut(), at);
    }
    metadata::into_json(resource.node_mut());
    resource.aliases.clear();
    if let Err(error) = operations.apply(resource.node_mut(), Dialect::Lenient) {
        let origin = if error.origin().is_some() { error.origin() } else { at };
        let cause = format!("the patch does not fit {id}: {}", error.full());
        return Err(Diagnostic::error(origin, cause)
            .related(at, "the entry")
            .related(resource.origin(), "the resource"));
    }
    if resource.node().as_map().is_none() {
        resource.node_mut().value = Value::Null;
    } else if let Err(what) = metadata::check_name(resource.node()) {
        let cause = format!("the patch makes of {id} {what}");
        return Err(Diagnostic::error(at, cause).related(resource.origin(), "the resource"));
    }
    // kustomize writes the resource to JSON and reads it again.
    metadata::out_of_json(resource.node_mut());
    metadata::drop_empty_annotations(resource.node_mut());
    resource.refresh(schema);
    Ok(())
}
