//! What to do with each object, and the order of all of it.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Object, ObjectId, Text};
use schema::Kinds;

use crate::compare::compare;
use crate::controls::{forces, merges, skip_apply, skip_prune};
use crate::desired::{normalize, unknown};
use crate::order::{STAGES, compare_ids, stage};
use crate::{Action, Change, ChangeSet, Guard, Input, Inventory, Live, Rules, Skip, Stage};

/// Fewer deletions than this are never too many.
const HANDFUL: usize = 5;
/// More deletions than this are always many.
const MANY: usize = 50;

pub(crate) fn plan(input: &Input<'_>) -> ChangeSet {
    let mut set = ChangeSet::default();
    let desired = sorted(input);
    let mut stages: [Vec<Change>; 3] = Default::default();
    for (id, object) in &desired {
        set.inventory.insert(id.clone(), object.gvk().version);
        let live = match (input.live)(id) {
            Live::Present(live) => Some(live),
            Live::Absent => None,
            Live::Unseen => {
                set.unseen.insert(id.clone());
                continue;
            }
        };
        match judge(&input.rules, id, object, live.as_ref(), true) {
            Some(change) => {
                if let Some(stage) = stages.get_mut(stage(id)) {
                    stage.push(change);
                }
            }
            None => set.unchanged += 1,
        }
    }
    let named = stages.into_iter().zip(STAGES).enumerate();
    set.stages = named
        .filter(|(_, (changes, _))| !changes.is_empty())
        .map(|(at, (changes, name))| Stage { name, waits: at + 1 < STAGES.len(), changes })
        .collect();
    set.journal = journal(input.inventory, &set.inventory);
    prune(input, &mut set);
    set
}

/// What to change of one object alone, if anything; for when it has just changed in the cluster.
/// Where it cannot be said here what would come of it, nothing is: the next plan of everything asks
/// the server.
pub fn drift(rules: &Rules<'_>, desired: &Object, live: Option<&Object>) -> Option<Change> {
    let object = normalize(rules.kinds, desired);
    let id = rules.kinds.object_id(&object);
    judge(rules, &id, &object, live, false).filter(|change| change.action.writes())
}

/// The desired objects in the form in which they are sent, in the order of stages and kinds. Of two
/// with one id the later counts.
fn sorted(input: &Input<'_>) -> Vec<(ObjectId, Object)> {
    // What its own definitions define is not served yet.
    let own = Kinds::with_crds(input.desired);
    let mut objects = BTreeMap::new();
    for object in input.desired {
        let gvk = object.gvk();
        let known = !input.rules.kinds.versions(&gvk.group, &gvk.kind).is_empty();
        let kinds = if known { input.rules.kinds } else { &own };
        let object = normalize(kinds, object);
        objects.insert(kinds.object_id(&object), object);
    }
    let mut objects: Vec<(ObjectId, Object)> = objects.into_iter().collect();
    objects.sort_by(|(a, _), (b, _)| stage(a).cmp(&stage(b)).then_with(|| compare_ids(a, b)));
    objects
}

/// What to do with one object; `None` where it is as it should be. Where the server would refuse it,
/// or nobody can say, it is sent all the same if `asks`, so that the server says why.
fn judge(
    rules: &Rules<'_>,
    id: &ObjectId,
    desired: &Object,
    live: Option<&Object>,
    asks: bool,
) -> Option<Change> {
    let uid = live.and_then(|live| live.root().str_at(&["metadata", "uid"])).map(Text::from);
    let change = |action: Action| Change {
        id: id.clone(),
        object: desired.clone(),
        action,
        fields: Vec::new(),
        cleanup: None,
        uid: uid.clone(),
        force: live.is_some_and(|live| rules.force || forces(desired, live)),
    };
    if let Some(skip) = skip_apply(desired, live) {
        return Some(change(Action::Skip(skip)));
    }
    if let Some(reason) = unknown(desired.root()) {
        return Some(change(Action::Skip(Skip::Unknown(reason.clone()))));
    }
    let Some(live) = live else { return Some(change(Action::Create)) };
    let Ok(outcome) = compare(rules.types, desired, live, merges(desired, live)) else {
        return asks.then(|| change(Action::Configure));
    };
    if outcome.is_same() {
        return None;
    }
    let mut change = change(Action::Configure);
    if change.force && outcome.is_immutable(rules.types) {
        change.action = Action::Replace;
    }
    change.fields = outcome.fields(desired);
    change.cleanup = outcome.cleanup;
    Some(change)
}

/// Old and new together, where there is something new.
fn journal(old: &Inventory, new: &Inventory) -> Option<Inventory> {
    let is_known = |(id, version): (&ObjectId, &Text)| old.version(id) == Some(version);
    if new.iter().all(is_known) {
        return None;
    }
    let mut journal = old.clone();
    for (id, version) in new.iter() {
        journal.insert(id.clone(), version.clone());
    }
    Some(journal)
}

/// Decides about what is in the inventory and not wanted any more.
fn prune(input: &Input<'_>, set: &mut ChangeSet) {
    if !input.prune {
        return;
    }
    let wanted: BTreeSet<&ObjectId> = set.inventory.iter().map(|(id, _)| id).collect();
    let stale = input.inventory.iter().filter(|(id, _)| !wanted.contains(id));
    let mut stale: Vec<(ObjectId, Text)> =
        stale.map(|(id, version)| (id.clone(), version.clone())).collect();
    stale.sort_by(|(a, _), (b, _)| compare_ids(b, a));
    let mut deleted = 0;
    for (id, version) in stale {
        let live = match (input.live)(&id) {
            Live::Present(live) => live,
            Live::Absent => continue,
            Live::Unseen => {
                // As long as nobody knows, it is not forgotten.
                set.unseen.insert(id.clone());
                set.inventory.insert(id, version);
                continue;
            }
        };
        if live.root().at(&["metadata", "deletionTimestamp"]).is_some() {
            continue;
        }
        let action = match skip_prune(&live, input.owner) {
            Some(skip) => Action::Skip(skip),
            None => {
                deleted += 1;
                Action::Delete
            }
        };
        let uid = live.root().str_at(&["metadata", "uid"]).map(Text::from);
        set.prune.push(Change {
            id,
            object: live,
            action,
            fields: Vec::new(),
            cleanup: None,
            uid,
            force: false,
        });
    }
    let of = input.inventory.len();
    if deleted > MANY || (deleted > HANDFUL && deleted * 5 > of) {
        set.guard = Some(Guard { deleted, of });
    }
}
