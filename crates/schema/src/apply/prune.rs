//! What a manager no longer applies and nobody else owns goes.

use std::collections::BTreeMap;

use manifest::Node;

use super::Entry;
use super::updater::Updater;
use crate::convert::convert;
use crate::fields::Set;
use crate::typed::{field_set, remove};

impl Updater<'_> {
    /// `merged` without what `last` owned, `entries` no longer do, and `merged` can be without.
    pub(super) fn pruned(&self, merged: Node, entries: &[Entry], last: Option<&Entry>) -> Node {
        let Some(last) = last.filter(|last| !last.fields.is_empty()) else { return merged };
        if last.api_version == self.writer.api_version {
            let is_applied = |entry: &&Entry| entry.is(&last.id());
            let now = entries.iter().find(is_applied).map(|entry| &entry.fields);
            // Nothing was given up: what would be removed would all be added back.
            if now.is_some_and(|now| last.fields.difference(now).is_empty()) {
                return merged;
            }
        }
        let Some((converted, of)) = self.in_version(&merged, &last.api_version) else {
            return merged;
        };
        let pruned = remove(&converted, &last.fields.with_named_fields(Some(of)), of);
        let pruned = self.with_owned(&converted, pruned, &last.api_version, entries);
        let pruned = self.with_dangling(&converted, &pruned, last);
        self.convert(&pruned).unwrap_or(merged)
    }

    /// `pruned` and what of `merged` some entry owns.
    fn with_owned(
        &self,
        merged: &Node,
        pruned: Node,
        pruned_version: &str,
        entries: &[Entry],
    ) -> Node {
        let mut by_version: BTreeMap<(bool, &str), Set> = BTreeMap::new();
        for entry in entries {
            // The version that was pruned comes first.
            let key = (entry.api_version != pruned_version, entry.api_version.as_str());
            let set = by_version.entry(key).or_default();
            *set = set.union(&entry.fields);
        }
        let (mut merged, mut pruned) = (merged.clone(), pruned);
        for ((_, version), owned) in by_version {
            let before = self.in_version(&merged, version);
            let after = convert(self.types, &pruned, version);
            let (Some((before, of)), Some(after)) = (before, after) else { continue };
            let all = field_set(&before, of).with_named_fields(Some(of));
            let kept = field_set(&after, of).with_named_fields(Some(of));
            let owned = owned.with_named_fields(Some(of));
            pruned = remove(&before, &all.difference(&kept.union(&owned)), of);
            merged = before;
        }
        pruned
    }

    /// `pruned` and what of `merged` the last apply did not own either.
    fn with_dangling(&self, merged: &Node, pruned: &Node, last: &Entry) -> Node {
        let (Some((pruned, _)), Some((merged, of))) = (
            self.in_version(pruned, &last.api_version),
            self.in_version(merged, &last.api_version),
        ) else {
            return merged.clone();
        };
        let kept = field_set(&pruned, of).with_named_fields(Some(of));
        let all = field_set(&merged, of).with_named_fields(Some(of));
        let last = last.fields.with_named_fields(Some(of));
        remove(&merged, &all.difference(&kept).intersection(&last), of)
    }
}
