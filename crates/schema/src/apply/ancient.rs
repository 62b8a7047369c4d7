//! Not every manager of an update is remembered: beyond ten, the oldest become one.

use super::entries::Id;
use super::{Entry, Operation};

/// The manager that the oldest ones become.
const ANCIENT: &str = "ancient-changes";
/// The most entries of updates that are kept apart.
const MOST: usize = 10;

/// Makes one entry a version of the oldest entries of updates, as long as there are too many.
pub(super) fn gather(entries: &mut Vec<Entry>) {
    let is_update = |entry: &&Entry| entry.operation == Operation::Update;
    let mut left = entries.iter().filter(is_update).count();
    if left <= MOST {
        return;
    }
    let mut oldest: Vec<Entry> = entries.iter().filter(is_update).cloned().collect();
    oldest.sort_by_cached_key(|entry| (entry.time.clone().unwrap_or_default(), entry.id().text()));
    let mut first: Vec<&Entry> = Vec::new();
    for entry in &oldest {
        if left <= MOST {
            break;
        }
        let Some(before) = first.iter().find(|first| first.api_version == entry.api_version) else {
            first.push(entry);
            continue;
        };
        let bucket = Id::new(ANCIENT, Operation::Update, &entry.api_version, "");
        if !entries.iter().any(|entry| entry.is(&bucket)) {
            let id = before.id();
            for entry in entries.iter_mut().filter(|entry| entry.is(&id)) {
                entry.manager = ANCIENT.into();
                entry.subresource = manifest::Text::new();
            }
        }
        let id = entry.id();
        if let Some(bucket) = entries.iter_mut().find(|entry| entry.is(&bucket)) {
            bucket.fields = entry.fields.union(&bucket.fields);
            bucket.time.clone_from(&entry.time);
        }
        entries.retain(|entry| !entry.is(&id));
        left -= 1;
    }
}
