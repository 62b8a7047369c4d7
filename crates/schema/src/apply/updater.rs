//! What a write does to the entries of all managers: structured-merge-diff's `merge.Updater`.

use manifest::Node;

use super::entries::Id;
use super::{Conflicts, Entry, Operation, Refused, Writer, ancient};
use crate::convert::convert;
use crate::fields::Set;
use crate::typed::{Comparison, compare, field_set, merge, reconcile};
use crate::types::{Type, Types};

#[derive(Clone, Copy)]
pub(super) struct Updater<'a> {
    pub(super) types: &'a Types,
    pub(super) writer: Writer<'a>,
}

impl<'a> Updater<'a> {
    /// The type of the object in the version that is written.
    pub(super) fn root(&self) -> Type<'a> {
        self.types.root(self.writer.api_version, self.writer.kind)
    }

    /// An object in the version that is written.
    pub(super) fn convert(&self, object: &Node) -> Option<Node> {
        convert(self.types, object, self.writer.api_version)
    }

    /// The entries after a write that is no apply.
    pub(super) fn tracked(
        &self,
        live: &Node,
        (new, respelled): (&Node, &Set),
        entries: Vec<Entry>,
    ) -> Result<Vec<Entry>, String> {
        let missing = || format!("no conversion to {}", self.writer.api_version);
        let live = self.convert(live).ok_or_else(missing)?;
        let new = self.convert(new).ok_or_else(missing)?;
        let entries = self.reconciled(&live, entries);
        let mut changes = self.changes(&live, &new)?;
        changes.modified = changes.modified.union(&respelled.difference(&changes.added));
        let mut entries =
            self.without_lost(&live, &new, entries, &changes, None, &mut |_, _| {})?;
        let owned = changes.modified.union(&changes.added).recursive_difference(self.writer.reset);
        let owned = owned.difference(stripped());
        if !owned.is_empty() {
            let id = Id::of(self.writer, Operation::Update);
            let now = Some(self.writer.now.into());
            match entries.iter_mut().find(|entry| entry.is(&id)) {
                Some(entry) => {
                    entry.fields = entry.fields.union(&owned);
                    entry.time = now;
                }
                None => entries.push(entry(id, self.writer, now, owned)),
            }
        }
        ancient::gather(&mut entries);
        Ok(entries)
    }

    /// The object with what is applied, and the entries.
    pub(super) fn apply(
        &self,
        live: &Node,
        applied: &Node,
        entries: Vec<Entry>,
        force: bool,
    ) -> Result<(Node, Vec<Entry>), Refused> {
        let of = self.root();
        let mut entries = self.reconciled(live, entries);
        let merged = merge(live, applied, of)
            .map_err(|cause| Refused::Failed(format!("failed to merge config: {cause}")))?;
        let set = field_set(applied, of).recursive_difference(self.writer.reset);
        let id = Id::of(self.writer, Operation::Apply);
        let last = match entries.iter_mut().find(|entry| entry.is(&id)) {
            Some(entry) => {
                let last = entry.clone();
                entry.api_version = self.writer.api_version.into();
                entry.fields = set;
                Some(last)
            }
            None => {
                entries.push(entry(id.clone(), self.writer, None, set));
                None
            }
        };
        let new = self.pruned(merged, &entries, last.as_ref());
        let changes = self.changes(live, &new).map_err(Refused::Failed)?;
        let mut conflicts = Conflicts::default();
        let mut entries = self
            .without_lost(live, &new, entries, &changes, Some(&id), &mut |entry, lost| {
                conflicts.add(entry, lost);
            })
            .map_err(Refused::Failed)?;
        if !force && !conflicts.0.is_empty() {
            return Err(Refused::Conflicts(conflicts));
        }
        for entry in entries.iter_mut().filter(|entry| entry.is(&id)) {
            entry.fields = entry.fields.difference(stripped());
        }
        entries.retain(|entry| !entry.fields.is_empty());
        Ok((new, entries))
    }

    fn changes(&self, live: &Node, new: &Node) -> Result<Comparison, String> {
        let changes = compare(live, new, self.root())
            .map_err(|cause| format!("failed to compare objects: {cause}"))?;
        Ok(changes.without(self.writer.reset))
    }

    /// The entries as the types have the fields now; those of versions that are gone are dropped.
    fn reconciled(&self, live: &Node, entries: Vec<Entry>) -> Vec<Entry> {
        let mut kept = Vec::with_capacity(entries.len() + 1);
        for mut entry in entries {
            let Some((_, of)) = self.in_version(live, &entry.api_version) else { continue };
            if let Some(fields) = reconcile(&entry.fields, of) {
                entry.fields = fields;
            }
            kept.push(entry);
        }
        kept
    }

    /// An object in a version, and its type there; `None` where there is no such version.
    pub(super) fn in_version(&self, object: &Node, api_version: &str) -> Option<(Node, Type<'a>)> {
        let object = convert(self.types, object, api_version)?;
        let kind = object.str_at(&["kind"]).unwrap_or_default();
        let of = self.types.root(api_version, kind);
        Some((object, of))
    }

    /// The entries without what changed under their managers' hands; `lose` is told of each entry
    /// what of it was set to something else. The manager `but` keeps all.
    fn without_lost(
        &self,
        live: &Node,
        new: &Node,
        entries: Vec<Entry>,
        changes: &Comparison,
        but: Option<&Id>,
        lose: &mut impl FnMut(&Entry, &Set),
    ) -> Result<Vec<Entry>, String> {
        let mut kept = Vec::with_capacity(entries.len() + 1);
        for mut entry in entries {
            if but.is_some_and(|id| entry.is(id)) {
                kept.push(entry);
                continue;
            }
            let other;
            let changes = if entry.api_version == self.writer.api_version {
                changes
            } else {
                let before = self.in_version(live, &entry.api_version);
                let after = self.in_version(new, &entry.api_version);
                let (Some((before, of)), Some((after, _))) = (before, after) else { continue };
                other = compare(&before, &after, of)
                    .map_err(|cause| format!("failed to compare objects: {cause}"))?
                    .without(self.writer.reset);
                &other
            };
            if !changes.is_same() {
                let set = changes.modified.union(&changes.added);
                let lost = entry.fields.intersection(&set);
                if !lost.is_empty() {
                    lose(&entry, &lost);
                }
                entry.fields = entry.fields.difference(&lost).difference(&changes.removed);
            }
            if !entry.fields.is_empty() {
                kept.push(entry);
            }
        }
        Ok(kept)
    }
}

fn entry(id: Id, writer: Writer<'_>, time: Option<manifest::Text>, fields: Set) -> Entry {
    Entry {
        manager: id.manager,
        operation: id.operation,
        api_version: writer.api_version.into(),
        subresource: id.subresource,
        time,
        fields,
    }
}

/// What nobody owns (apimachinery's `stripmeta.go`).
fn stripped() -> &'static Set {
    static STRIPPED: std::sync::OnceLock<Set> = std::sync::OnceLock::new();
    STRIPPED.get_or_init(|| {
        Set::of_fields(&[
            &["apiVersion"],
            &["kind"],
            &["metadata"],
            &["metadata", "name"],
            &["metadata", "namespace"],
            &["metadata", "creationTimestamp"],
            &["metadata", "selfLink"],
            &["metadata", "uid"],
            &["metadata", "clusterName"],
            &["metadata", "generation"],
            &["metadata", "managedFields"],
            &["metadata", "resourceVersion"],
        ])
    })
}
