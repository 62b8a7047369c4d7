//! Two who write the same field must not chase each other: what has to be put right again and again
//! is put right at once at first, then less and less often.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use manifest::ObjectId;

/// Corrections that are made at once.
const AT_ONCE: u32 = 3;

/// The longest time between two corrections, in seconds.
const LONGEST: i64 = 60;

/// Who rests so long is forgotten.
const FORGET: SignedDuration = SignedDuration::from_secs(300);

/// How often objects were put right.
#[derive(Default)]
pub(crate) struct Damping {
    objects: BTreeMap<ObjectId, (u32, Timestamp)>,
}

impl Damping {
    /// When an object may be put right: `None` for at once.
    pub(crate) fn until(&mut self, id: &ObjectId, now: Timestamp) -> Option<Timestamp> {
        self.objects.retain(|_, (_, last)| now.duration_since(*last) < FORGET);
        let (times, last) = self.objects.get(id)?;
        let seconds = 1_i64 << times.checked_sub(AT_ONCE)?.min(10);
        let wait = SignedDuration::from_secs(seconds.min(LONGEST));
        let until = last.checked_add(wait).ok()?;
        (until > now).then_some(until)
    }

    /// An object is put right now.
    pub(crate) fn count(&mut self, id: &ObjectId, now: Timestamp) {
        let (times, last) = self.objects.entry(id.clone()).or_insert((0, now));
        *times = times.saturating_add(1);
        *last = now;
    }
}

#[cfg(test)]
mod tests;
