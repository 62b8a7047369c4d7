//! How many Pods of each template there should be next.
//!
//! It is Kubernetes' rolling update: up as far as `maxSurge` lets it, then down as far as
//! `maxUnavailable` lets it, those that are not available first; and again when something is ready.

use super::Work;

/// The number that each old ReplicaSet should have, and the new one; `None` where the new one should
/// stay as it is, or not be made yet.
pub(super) fn next(work: &Work<'_>) -> (Vec<i64>, Option<i64>) {
    let stay: Vec<i64> = work.old.iter().map(|set| set.wanted).collect();
    if work.is_recreated() {
        if stay.iter().any(|wanted| *wanted > 0) {
            return (vec![0; stay.len()], None);
        }
        let new = (!work.has_old_pods()).then(|| work.wanted());
        return (stay, new);
    }
    let up = scale_new(work);
    if work.new.as_ref().is_none_or(|set| set.wanted != up) {
        return (stay, Some(up));
    }
    (scale_old(work), None)
}

/// The number that the new ReplicaSet should have.
fn scale_new(work: &Work<'_>) -> i64 {
    let own = work.new.as_ref().map_or(0, |set| set.wanted);
    let wanted = work.wanted();
    if own >= wanted {
        return wanted;
    }
    let all: i64 = work.sets().map(|set| set.wanted).sum();
    let room = wanted + work.max_surge() - all;
    own + room.clamp(0, wanted - own)
}

/// The numbers that the old ReplicaSets should have.
fn scale_old(work: &Work<'_>) -> Vec<i64> {
    let mut wanted: Vec<i64> = work.old.iter().map(|set| set.wanted).collect();
    let minimum = work.wanted() - work.max_unavailable();
    let all: i64 = work.sets().map(|set| set.wanted).sum();
    let new_unavailable = work.new.as_ref().map_or(0, |set| set.wanted - set.available());
    let mut room = all - minimum - new_unavailable;
    // Those that nobody would miss.
    for (wanted, set) in wanted.iter_mut().zip(&work.old) {
        let step = (*wanted - set.available()).min(room).max(0);
        *wanted -= step;
        room -= step;
    }
    let available: i64 = work.sets().map(super::Set::available).sum();
    let mut room = room.min(available - minimum);
    for wanted in &mut wanted {
        let step = (*wanted).min(room).max(0);
        *wanted -= step;
        room -= step;
    }
    wanted
}
