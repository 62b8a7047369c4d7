//! Server-side apply: who owns which field, and what comes of a write.
//!
//! [`apply`] and [`update`] are the API server's field manager (apimachinery's `managedfields` over
//! structured-merge-diff's `merge`). They take the live object and what is written, and give the
//! object with its `metadata.managedFields`; storing it is the caller's.

mod ancient;
mod conflicts;
mod entries;
mod last_applied;
mod prune;
mod scale;
mod times;
mod updater;

use manifest::{Node, Text};

pub use conflicts::{Conflict, Conflicts};
pub use entries::{Entry, NotEntries, Operation, decode, encode};
pub use scale::{ReplicasPaths, from_scale, to_scale};
pub use times::keep_times;

use crate::complete::{complete, empty};
use crate::decode::untimely;
use crate::fields::{Set, equal};
use crate::typed::{Mistyped, respelled, validate};
use crate::types::Types;
use crate::validation::undecodable;
use entries::Id;
use updater::Updater;

/// Who writes, through which endpoint, and when.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The field manager; `unknown` where it is empty.
    pub manager: &'a str,
    /// The `apiVersion` of the endpoint that is written to.
    pub api_version: &'a str,
    /// The kind of the endpoint that is written to.
    pub kind: &'a str,
    /// The subresource that is written to; empty for the object itself.
    pub subresource: &'a str,
    /// The time, in RFC 3339 and whole seconds.
    pub now: &'a str,
    /// Fields that this endpoint does not write, whatever is in the object; see
    /// [`crate::reset_fields`].
    pub reset: &'a Set,
}

/// What comes of an apply.
#[derive(Clone, PartialEq, Debug)]
pub struct Applied {
    /// The object, with its managedFields.
    pub object: Node,
    /// Whether anything but managedFields may differ from the live object.
    pub changed: bool,
}

/// Why an apply is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refused {
    /// The object is not for this endpoint: a `Status` of 400.
    #[error("{0}")]
    BadRequest(String),
    /// Others own fields and say otherwise: a `Status` of 409.
    #[error("{}", .0.message())]
    Conflicts(Conflicts),
    /// The object is not of its type: a `Status` of 500.
    #[error("{0}")]
    Failed(String),
}

/// Applies `applied` to `live`, or to nothing.
///
/// # Errors
/// See [`Refused`]; with `force` there are no conflicts.
pub fn apply(
    types: &Types,
    live: Option<&Node>,
    applied: &Node,
    writer: Writer<'_>,
    force: bool,
) -> Result<Applied, Refused> {
    let failed =
        |cause: NotEntries| Refused::Failed(format!("failed to decode managed fields: {cause}"));
    let entries = match live {
        Some(live) => decode(live).map_err(failed)?,
        None => Vec::new(),
    };
    let written = live.map(|live| entries::written(live, &entries)).unwrap_or_default();
    let (api_version, kind) = named(applied);
    if (api_version, kind) != (writer.api_version, writer.kind) {
        return Err(Refused::BadRequest(format!("invalid object type: {}", go_gvk(applied))));
    }
    let live = match live {
        Some(live) => without_managed_fields(live),
        None => empty(types, writer.api_version, writer.kind),
    };
    let first = apply_once(types, &live, applied, writer, force, entries.clone());
    let result = match first {
        Err(Refused::Conflicts(conflicts)) if writer.manager == last_applied::MANAGER => {
            match last_applied::remaining(types, &live, writer, conflicts) {
                Some(conflicts) => Err(Refused::Conflicts(conflicts)),
                None => apply_once(types, &live, applied, writer, true, entries),
            }
        }
        result => result,
    };
    let (object, entries) = result?;
    let changed = object.is_some();
    let mut object = object.unwrap_or(live);
    if writer.manager == last_applied::MANAGER {
        last_applied::renew(&mut object, applied);
    }
    entries::encode_after(&mut object, entries, &written);
    Ok(Applied { object, changed })
}

fn apply_once(
    types: &Types,
    live: &Node,
    applied: &Node,
    writer: Writer<'_>,
    force: bool,
    mut entries: Vec<Entry>,
) -> Result<(Option<Node>, Vec<Entry>), Refused> {
    if entries.is_empty() {
        // What was there before anybody applied belongs to whoever it was.
        let before = Writer { manager: "before-first-apply", ..writer };
        let nothing = empty(types, writer.api_version, writer.kind);
        entries = updater(types, before).tracked(&nothing, (live, &Set::new()), entries).map_err(
            |cause| {
                let cause = format!("failed to create manager for existing fields: {cause}");
                Refused::Failed(cause)
            },
        )?;
    }
    if applied.at(&["metadata", "managedFields"]).is_some_and(|fields| !fields.is_null()) {
        return Err(Refused::BadRequest("metadata.managedFields must be nil".to_owned()));
    }
    let updater = updater(types, writer);
    let mistyped = |what: &str, node: &Node, cause: &Mistyped| {
        Refused::Failed(format!(
            "failed to create typed {what} object ({}): {cause}",
            named_go(node)
        ))
    };
    let of = updater.root();
    validate(applied, of, false).map_err(|cause| mistyped("patch", applied, &cause))?;
    let live = updater
        .convert(live)
        .ok_or_else(|| Refused::Failed(format!("no conversion to {}", writer.api_version)))?;
    let is_builtin = Types::is_builtin(writer.api_version, writer.kind);
    if !is_builtin {
        validate(&live, of, true).map_err(|cause| mistyped("live", &live, &cause))?;
    }
    let (merged, mut entries) = updater.apply(&live, applied, entries, force)?;
    let id = Id::of(writer, Operation::Apply);
    if equal(&live.value, &merged.value) {
        return Ok((None, entries));
    }
    if let Some(entry) = entries.iter_mut().find(|entry| entry.is(&id)) {
        entry.time = Some(writer.now.into());
    }
    let untimely = || if is_builtin { untimely(applied, of) } else { None };
    if let Some(cause) = undecodable(&merged).or_else(untimely) {
        // Its namespace is not known yet where this happens.
        let name = merged.str_at(&["metadata", "name"]).unwrap_or_default();
        let kind = go_gvk(&merged);
        return Err(Refused::Failed(format!(
            "failed to convert new object (/{name}; {kind}) to proper version: unable to convert \
             unstructured object to {kind}: {cause}"
        )));
    }
    Ok((Some(complete(types, &merged)), entries))
}

/// Writes down who owns what after `new` replaced `live`; nothing was there where it is `None`. The
/// answer is `new` with its managedFields.
///
/// `new` may bring managedFields of its own: what it says replaces what `live` has, and an empty
/// list or a list of one empty entry drops them all. A subresource's body has no say in them.
pub fn update(types: &Types, live: Option<&Node>, new: &Node, writer: Writer<'_>) -> Node {
    update_respelled(types, live, new, &Set::new(), writer)
}

/// The same where `new` is what the server made of `sent`, whose spelling has a say in who owns lists.
pub fn update_sent(
    types: &Types,
    live: Option<&Node>,
    (sent, new): (&Node, &Node),
    writer: Writer<'_>,
) -> Node {
    let respelled = respelled(sent, writer.api_version, writer.kind);
    update_respelled(types, live, new, &respelled, writer)
}

fn update_respelled(
    types: &Types,
    live: Option<&Node>,
    new: &Node,
    respelled: &Set,
    writer: Writer<'_>,
) -> Node {
    let mut object = without_managed_fields(new);
    let entries = entries_of_update(live, new, !writer.subresource.is_empty());
    let has_live = live
        .is_some_and(|live| live.str_at(&["metadata", "uid"]).is_some_and(|uid| !uid.is_empty()));
    if entries.is_empty() && has_live {
        // Nobody has applied to it, and it is not new: it stays as it is.
        return object;
    }
    let live = match live {
        Some(live) => without_managed_fields(live),
        None => empty(types, writer.api_version, writer.kind),
    };
    if let Ok(entries) = updater(types, writer).tracked(&live, (&object, respelled), entries) {
        encode(&mut object, entries);
    }
    object
}

fn entries_of_update(live: Option<&Node>, new: &Node, is_subresource: bool) -> Vec<Entry> {
    let of_live = || live.and_then(|live| decode(live).ok()).unwrap_or_default();
    if is_subresource {
        return of_live();
    }
    let fields = new.at(&["metadata", "managedFields"]).and_then(Node::as_list);
    let is_reset = match fields {
        Some([]) => true,
        Some([entry]) => entry.as_map().is_none_or(manifest::Map::is_empty),
        _ => false,
    };
    if is_reset {
        return Vec::new();
    }
    match decode(new) {
        Ok(entries) if !entries.is_empty() => entries,
        _ => of_live(),
    }
}

fn updater<'a>(types: &'a Types, writer: Writer<'a>) -> Updater<'a> {
    Updater { types, writer }
}

fn without_managed_fields(object: &Node) -> Node {
    let mut object = object.clone();
    if object.at(&["metadata", "managedFields"]).is_some()
        && let Some(map) = object.as_map_mut()
        && let Some(metadata) = map.get_mut("metadata").and_then(Node::as_map_mut)
    {
        metadata.remove("managedFields");
    }
    object
}

fn named(object: &Node) -> (&str, &str) {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    (text("apiVersion"), text("kind"))
}

/// Go's print of a kind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`.
fn go_gvk(object: &Node) -> Text {
    let (api_version, kind) = named(object);
    let slash = if api_version.contains('/') { "" } else { "/" };
    ecow::eco_format!("{slash}{api_version}, Kind={kind}")
}

/// How the field manager names an object in its errors.
fn named_go(object: &Node) -> String {
    let text = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default();
    format!("{}/{}; {}", text("namespace"), text("name"), go_gvk(object))
}

#[cfg(test)]
mod tests;
