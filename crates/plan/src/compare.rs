//! What would come of applying one object to what is there: the server's own algorithm, run here.

use manifest::{Node, Object};
use schema::apply::{Entry, Operation, Refused, Writer, apply, decode};
use schema::fields::{Element, Set};
use schema::typed::{self, Comparison, Mistyped};
use schema::validation::{Wrong, validate};
use schema::{Types, complete, convert, reset_fields};

use crate::desired::{exposed, text};
use crate::foreign::{Cleanup, clean};
use crate::{FieldChange, MANAGER, fields};

/// What would come of an apply.
pub(crate) struct Outcome {
    before: Node,
    after: Node,
    comparison: Comparison,
    entries: Vec<Entry>,
    pub(crate) cleanup: Option<Node>,
    /// Whether we come to own more, or less, than we do.
    is_owned_otherwise: bool,
}

/// No time: what would be in the managedFields is compared without it, and never sent.
const NOW: &str = "1970-01-01T00:00:00Z";

/// Applies `desired`, in the form in which it is sent, to `live`. `merges` keeps what others wrote.
///
/// # Errors
/// The server would refuse it, as far as that can be said here.
pub(crate) fn compare(
    types: &Types,
    desired: &Object,
    live: &Object,
    merges: bool,
) -> Result<Outcome, Refused> {
    let (api_version, kind) = (desired.api_version(), desired.kind());
    let cleaned = if merges { None } else { clean(live.root()) };
    let (cleaned, cleanup) = match cleaned {
        Some(Cleanup { patch, object }) => (object, Some(patch)),
        None => (live.root().clone(), None),
    };
    let before = in_version(types, live.root(), api_version);
    let cleaned = in_version(types, &cleaned, api_version);
    let wanted = exposed(desired.root());
    let writer = Writer {
        manager: MANAGER,
        api_version,
        kind,
        subresource: "",
        now: NOW,
        reset: reset_fields(api_version, kind, ""),
    };
    let applied = apply(types, Some(&cleaned), &wanted, writer, true)?;
    let is_owned_otherwise = is_owned_otherwise(&cleaned, &applied.object, &wanted);
    let mut outcome = between(types, desired, &before, &applied.object)
        .map_err(|cause| Refused::Failed(cause.to_string()))?;
    outcome.entries = decode(live.root()).unwrap_or_default();
    Ok(Outcome { cleanup, is_owned_otherwise, ..outcome })
}

/// How `after`, that came of applying `desired`, differs from `live`.
fn between(
    types: &Types,
    desired: &Object,
    live: &Node,
    after: &Node,
) -> Result<Outcome, Mistyped> {
    let (before, after) = (complete(types, live), complete(types, after));
    let of = types.root(desired.api_version(), desired.kind());
    let comparison = typed::compare(&before, &after, of)?.without(&of_server());
    let entries = decode(live).unwrap_or_default();
    let (cleanup, is_owned_otherwise) = (None, false);
    Ok(Outcome { before, after, comparison, entries, cleanup, is_owned_otherwise })
}

/// The fields in which `after`, that a server says would come of applying `desired`, differs from
/// `live`. Values of Secrets are hidden. None where the two cannot be compared.
pub fn differences(
    types: &Types,
    desired: &Object,
    live: &Object,
    after: &Object,
) -> Vec<FieldChange> {
    let before = in_version(types, live.root(), after.api_version());
    let outcome = between(types, desired, &before, after.root());
    outcome.map(|outcome| outcome.fields(desired)).unwrap_or_default()
}

impl Outcome {
    /// Whether there is nothing to do.
    pub(crate) fn is_same(&self) -> bool {
        self.comparison.is_same() && self.cleanup.is_none() && !self.is_owned_otherwise
    }

    /// What differs.
    pub(crate) fn fields(&self, desired: &Object) -> Vec<FieldChange> {
        let fields = fields::Fields {
            before: &self.before,
            after: &self.after,
            entries: &self.entries,
            desired,
        };
        fields.of(&self.comparison)
    }

    /// Whether the object is fine by itself, and only cannot become what it should from what it is.
    pub(crate) fn is_immutable(&self, types: &Types) -> bool {
        let alone = validate(types, &self.after, None, "");
        let together = validate(types, &self.after, Some(&self.before), "");
        let says = |wrong: &Wrong| {
            let said = ["immutable", "may not change", "may not be changed", "cannot change"];
            said.iter().any(|said| wrong.message.contains(said))
                || wrong.message.contains("updates to ") && wrong.message.contains("forbidden")
        };
        alone.is_empty() && together.iter().any(says)
    }
}

/// `object` in another version of its kind. Where nobody knows how, only the name of it changes.
fn in_version(types: &Types, object: &Node, api_version: &str) -> Node {
    convert(types, object, api_version).unwrap_or_else(|| {
        let mut object = object.clone();
        if let Some(map) = object.as_map_mut() {
            map.set("apiVersion", text(api_version));
        }
        object
    })
}

/// Whether we would own more of an object than we do, or less, in a way that says something. What is
/// empty, zero or null comes and goes with the spelling: Go's types leave such fields out, or put
/// them in as empty maps.
fn is_owned_otherwise(live: &Node, applied: &Node, wanted: &Node) -> bool {
    let (old, new) = match (ours(live), ours(applied)) {
        (Some(old), Some(new)) => (old, new),
        (old, new) => return old.is_some() != new.is_some(),
    };
    if old.api_version != new.api_version {
        // Fields of two versions cannot be compared.
        return false;
    }
    let more = new.fields.difference(&old.fields);
    let less = old.fields.difference(&new.fields);
    // Of a map whose entries are owned, the map itself counts for nothing: types differ in that.
    let is_leaf = |path: &[Element]| !fields::has_below(&new.fields, path);
    any(&more, wanted, |path, node| !fields::is_zero(node) && is_leaf(path))
        || any(&less, live, |_, node| !fields::is_zero(node) && node.as_map().is_none())
}

fn any(set: &Set, root: &Node, says: impl Fn(&[Element], &Node) -> bool) -> bool {
    let mut found = false;
    set.visit(&mut |path: &[Element]| {
        found = found || fields::at(root, path).is_some_and(|node| says(path, node));
    });
    found
}

/// What we own by applying.
fn ours(object: &Node) -> Option<Entry> {
    let entries = decode(object).unwrap_or_default();
    entries.into_iter().find(|entry| {
        entry.manager == MANAGER
            && entry.operation == Operation::Apply
            && entry.subresource.is_empty()
    })
}

/// What the server writes by itself.
fn of_server() -> Set {
    Set::of_fields(&[
        &["status"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
        &["metadata", "generation"],
        &["metadata", "uid"],
        &["metadata", "creationTimestamp"],
        &["metadata", "deletionTimestamp"],
        &["metadata", "deletionGracePeriodSeconds"],
        &["metadata", "selfLink"],
    ])
}
