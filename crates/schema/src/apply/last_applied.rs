//! From kubectl's client-side apply to server-side apply: what the last one wrote down as its own
//! is no conflict, and what it wrote down is kept up to date.

use manifest::json::{self, Options};
use manifest::{Node, Origin};

use super::updater::Updater;
use super::{Conflicts, Writer};
use crate::fields::Set;
use crate::typed::{compare, field_set, validate};
use crate::types::Types;

/// The one manager that this is done for.
pub(super) const MANAGER: &str = "kubectl";
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The most bytes that all annotations together may have.
const MOST_BYTES: usize = 256 * 1024;

/// Of `conflicts` those that the last client-side apply does not settle; `None` where it settles
/// all.
pub(super) fn remaining(
    types: &Types,
    live: &Node,
    writer: Writer<'_>,
    conflicts: Conflicts,
) -> Option<Conflicts> {
    let Some(settled) = settled(types, live, writer) else { return Some(conflicts) };
    if conflicts.set().difference(&settled).is_empty() {
        return None;
    }
    let left = conflicts.0.into_iter().filter(|conflict| !settled.has(&conflict.path));
    Some(Conflicts(left.collect()))
}

/// The fields that still are what the last client-side apply made them.
fn settled(types: &Types, live: &Node, writer: Writer<'_>) -> Option<Set> {
    let text = live.str_at(&["metadata", "annotations", ANNOTATION])?;
    let last = Node::new(crate::json::parse(text)?, Origin::default());
    if last.str_at(&["apiVersion"]) != Some(writer.api_version) {
        return None;
    }
    let updater = Updater { types, writer };
    let of = updater.root();
    let live = updater.convert(live)?;
    validate(&live, of, false).ok()?;
    validate(&last, of, false).ok()?;
    let changes = compare(&last, &live, of).ok()?;
    let same = field_set(&last, of).difference(&changes.modified).difference(&changes.added);
    Some(same.difference(&changes.removed))
}

/// Writes down `applied` where a client-side apply once wrote down what it applied.
pub(super) fn renew(object: &mut Node, applied: &Node) {
    let annotation = object.str_at(&["metadata", "annotations", ANNOTATION]);
    if annotation.is_none_or(str::is_empty) {
        return;
    }
    let mut applied = applied.clone();
    if applied.at(&["metadata", "annotations", ANNOTATION]).is_some()
        && let Some(annotations) = annotations(&mut applied)
    {
        annotations.remove(ANNOTATION);
    }
    let mut text = String::new();
    json::write(&applied, Options { expose: true, ..Options::GO }, &mut text);
    text.push('\n');
    let Some(annotations) = annotations(object) else { return };
    annotations.set(ANNOTATION, Node::string(text, Origin::default()));
    let size: usize =
        annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if size > MOST_BYTES {
        annotations.remove(ANNOTATION);
    }
}

fn annotations(object: &mut Node) -> Option<&mut manifest::Map> {
    let metadata = object.as_map_mut()?.get_mut("metadata")?.as_map_mut()?;
    metadata.get_mut("annotations")?.as_map_mut()
}
