//! The same object from two Kustomizations, or twice by hand.
//!
//! Flux applies both and each takes the owner labels from the other, at every round; whichever drops
//! the object first deletes it. Where both agree about the rest this is a warning, for such fleets run;
//! where they differ it is an error. That a Kustomization takes over what was applied by hand is how
//! fleets start.

use std::collections::BTreeMap;

use manifest::{Diagnostic, Node, Object, ObjectId, Origin};

use crate::{Rendered, Unit};

pub(super) fn check(rendered: &Rendered) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<ObjectId, (&Unit, &Object)> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for (unit, object) in rendered.objects() {
        let id = rendered.kinds.object_id(object);
        match seen.get(&id) {
            Some((first_unit, _)) if is_take_over(first_unit, unit) => {
                seen.insert(id, (unit, object));
            }
            Some((first_unit, first)) => {
                diagnostics.push(describe(&id, (first_unit, first), (unit, object)));
            }
            None => {
                seen.insert(id, (unit, object));
            }
        }
    }
    diagnostics
}

fn is_take_over(first: &Unit, second: &Unit) -> bool {
    first.kustomization.is_none() && second.kustomization.is_some()
}

fn describe(id: &ObjectId, first: (&Unit, &Object), second: (&Unit, &Object)) -> Diagnostic {
    let place = |(unit, object): (&Unit, &Object)| {
        let at = unit.kustomization.as_ref().map_or(Origin::NONE, |view| view.origin);
        (object.origin(), at, unit.applied_by())
    };
    let (first_at, first_by_at, first_by) = place(first);
    let (second_at, second_by_at, second_by) = place(second);
    if second.0.kustomization.is_none() {
        let cause = format!("{id} is there twice, applied by hand");
        return Diagnostic::error(second_at, cause)
            .related(first_at, "the other one")
            .help("delete one of them");
    }
    let same = without_owner(first.1) == without_owner(second.1);
    let cause = format!("{id} is applied by {first_by} and by {second_by}");
    let (diagnostic, help) = if same {
        let help = "leave it to one of them: when the other drops it, it is deleted";
        (Diagnostic::warning(second_at, cause), help)
    } else {
        let cause = format!("{cause}, and both want it differently");
        (Diagnostic::error(second_at, cause), "leave it to one of them, or rename one object")
    };
    let diagnostic = match first_at == second_at {
        true => diagnostic,
        false => diagnostic.related(first_at, format!("from {first_by}")),
    };
    diagnostic.related(first_by_at, first_by).related(second_by_at, second_by).help(help)
}

/// The object without the labels that say who applies it.
fn without_owner(object: &Object) -> Node {
    let mut root = object.root().clone();
    let metadata = root.as_map_mut().and_then(|map| map.get_mut("metadata"));
    let labels = metadata.and_then(|node| node.as_map_mut()?.get_mut("labels"));
    if let Some(labels) = labels.and_then(Node::as_map_mut) {
        labels.retain(|key, _| !key.starts_with("kustomize.toolkit.fluxcd.io/"));
    }
    root
}
