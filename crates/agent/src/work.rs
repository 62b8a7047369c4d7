//! Carrying a plan out: the journal, stage after stage, then what is to be deleted.

use std::collections::{BTreeMap, BTreeSet};

use api::FluxKustomization;
use apply::Done;
use client::Error;
use jiff::{SignedDuration, Timestamp};
use manifest::{Diagnostic, Gvk, Object, ObjectId, Origin};
use plan::{Action, ChangeSet, Input, Inventory, Live, Owner, Rules};
use schema::health::{Status, health};

use crate::brain::{Brain, Step};
use crate::cache::{News, gvk_of};
use crate::event::{Command, Writing};
use crate::failure::{Again, Failure};
use crate::kustomization::{Applied, Kind, Kustomization, Phase, Work};
use crate::status::reason;
use crate::{Counts, What};

/// How long a stage may take to become ready.
const STAGE: SignedDuration = SignedDuration::from_secs(60);

/// How soon a status that could not be written is written again.
const WRITE_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// What is deleted.
const PRUNE: &str = "prune";

impl Brain {
    /// Plans, and begins to carry the plan out. `unknown` are the kinds that nobody will define.
    pub(crate) fn plan(
        &mut self,
        it: &mut Kustomization,
        objects: &[Object],
        unknown: &BTreeSet<Gvk>,
    ) -> Step {
        let changes = self.changes(it, objects, it.view.prune);
        let mut claims: Vec<ObjectId> =
            changes.inventory.iter().map(|(id, _)| id.clone()).collect();
        self.say_all_passive(&claims);
        claims.extend(self.checked(it));
        self.claim(it, claims);
        it.dirty.clear();
        let failed: Vec<Diagnostic> = objects
            .iter()
            .filter(|object| unknown.contains(&object.gvk()))
            .map(unknown_kind)
            .collect();
        let is_partial = changes.unseen.len() > failed.len();
        it.round.counts.unchanged = changes.unchanged;
        let is_new = changes.journal.is_some() || it.inventory.as_ref() != Some(&changes.inventory);
        it.round.wrote |= !changes.is_nothing() || (is_new && !is_partial);
        let mut work = Work {
            prune: changes.prune,
            inventory: changes.inventory,
            is_partial,
            failed,
            ..Work::default()
        };
        for stage in changes.stages {
            let writes = stage.changes.iter().any(|change| change.action.writes());
            // Before all kinds are known, nothing is written that may need them.
            if writes && (stage.waits || !is_partial) {
                work.stages.push_back(stage);
            }
        }
        if work.stages.is_empty() && work.prune.iter().all(|change| !change.action.writes()) {
            return self.next_stage(it, Box::new(work));
        }
        if let Some(journal) = changes.journal {
            it.inventory = Some(journal);
        }
        let revision = it.round.revision.clone();
        let message = format!("Applying revision {revision}");
        it.inventory.clone_into(&mut it.status.inventory);
        it.status.attempted = revision;
        it.status.progress(&message, (it.generation(), self.now));
        it.writes.is_due = true;
        it.phase = Phase::Journaling(Box::new(work));
        Step::Go
    }

    /// What has to change.
    pub(crate) fn changes(
        &mut self,
        it: &Kustomization,
        objects: &[Object],
        prune: bool,
    ) -> ChangeSet {
        let kinds: BTreeMap<ObjectId, Gvk> =
            objects.iter().map(|object| (self.kinds.object_id(object), object.gvk())).collect();
        let types = self.definitions.types(kinds.values());
        let empty = Inventory::default();
        let inventory = it.inventory.as_ref().unwrap_or(&empty);
        let live = |id: &ObjectId| match kinds.get(id) {
            Some(kind) => self.cache.live(kind, id),
            None => {
                let version = inventory.version(id).map(manifest::Text::as_str).unwrap_or_default();
                // A kind that is not served has no objects.
                let kind = self.served(id, version);
                kind.map_or(Live::Absent, |info| self.cache.live(&gvk_of(&info), id))
            }
        };
        plan::plan(&Input {
            desired: objects,
            inventory,
            live: &live,
            owner: Owner { namespace: &it.key.namespace, name: &it.key.name },
            prune,
            rules: Rules { kinds: &self.kinds, types: &types, force: it.view.force },
        })
    }

    /// Begins to write, as soon as the journal is written.
    pub(crate) fn journaled(&mut self, it: &mut Kustomization, work: Box<Work>) -> Step {
        self.write_status(it);
        if it.writes.status || it.writes.is_due || it.writes.failed {
            it.phase = Phase::Journaling(work);
            return Step::Stay;
        }
        self.next_stage(it, work)
    }

    /// Writes the next stage, or what comes after the last one.
    fn next_stage(&mut self, it: &mut Kustomization, mut work: Box<Work>) -> Step {
        if !work.failed.is_empty() && work.stages.is_empty() {
            return self.failed(it, *work);
        }
        if let Some(stage) = work.stages.pop_front() {
            let changes: Vec<_> =
                stage.changes.into_iter().filter(|change| change.action.writes()).collect();
            work.written = changes.iter().map(|change| change.id.clone()).collect();
            work.waits = stage.waits;
            return self.write(it, work, stage.name, changes);
        }
        if work.is_partial {
            // When its definitions are known, the rest is planned.
            it.phase = Phase::Looking;
            return if work.written.is_empty() { Step::Stay } else { Step::Go };
        }
        let prune: Vec<_> = std::mem::take(&mut work.prune)
            .into_iter()
            .filter(|change| change.action.writes())
            .collect();
        if !prune.is_empty() {
            work.written.clear();
            work.waits = false;
            return self.write(it, work, PRUNE, prune);
        }
        self.finish_writing(it, *work)
    }

    pub(crate) fn write(
        &mut self,
        it: &mut Kustomization,
        work: Box<Work>,
        stage: &'static str,
        changes: Vec<plan::Change>,
    ) -> Step {
        let kustomization = it.key.clone();
        if !work.is_drift {
            self.tell(What::Applying {
                kustomization,
                stage: stage.into(),
                objects: changes.len(),
            });
        }
        let kinds = self.kinds.clone();
        let writing = Writing { kustomization: it.object.clone(), kinds, stage, changes };
        self.commands.push(Command::Write(it.key.clone(), it.round.number, writing));
        it.phase = Phase::Writing(work);
        Step::Stay
    }

    /// What came of a stage.
    pub(crate) fn take_written(&mut self, it: &mut Kustomization, done: Vec<Done>) {
        let mut work = match std::mem::take(&mut it.phase) {
            Phase::Writing(work) => work,
            Phase::Deleting(deletion) => {
                it.phase = Phase::Deleting(deletion);
                return self.take_deleted(it, done);
            }
            phase => return it.phase = phase,
        };
        for one in done {
            match one.result {
                Ok(object) => {
                    count(&mut it.round.counts, &one.action);
                    if let Some(object) = object {
                        self.take_answer(it, object);
                    }
                }
                Err(failed) => {
                    work.is_transient |= is_transient(&failed);
                    work.failed_to_prune |= one.action == Action::Delete;
                    if one.action == Action::Delete {
                        let version =
                            it.inventory.as_ref().and_then(|it| it.version(&one.id)).cloned();
                        work.inventory.insert(one.id, version.unwrap_or_default());
                    }
                    work.failed.push(failed.diagnostic());
                }
            }
        }
        if !work.failed.is_empty() {
            self.failed(it, *work);
        } else if work.waits {
            let until = self.now.saturating_add(STAGE).unwrap_or(self.now);
            it.phase = Phase::Settling(work, until);
            self.set_timer(it, Some(until));
        } else {
            self.next_stage(it, work);
        }
    }

    /// Nothing was written, because the server does not keep the inventory as it was sent.
    pub(crate) fn take_refusal(&mut self, it: &mut Kustomization) {
        let cause = "the cluster does not keep `status.inventory` as it is written, and without it \
            nothing may be applied";
        let help = "install the CustomResourceDefinitions of Flux in a version that has it";
        let causes = vec![Diagnostic::error(it.view.origin, cause).help(help)];
        self.fail(it, Failure { reason: reason::RECONCILIATION, causes, again: Again::Later });
    }

    /// Takes an object as the answer to a write of ours has it.
    fn take_answer(&mut self, it: &mut Kustomization, object: Object) {
        let kind = object.gvk();
        let is_itself = FluxKustomization::is(&object)
            && object.name() == it.key.name
            && object.namespace() == it.key.namespace;
        match self.cache.answer(object) {
            // It is not among the others while it is looked at.
            Some(News { after: Some(object), .. }) if is_itself => it.take(object),
            Some(news) => self.take_news(&kind, &news, false),
            None => {}
        }
    }

    /// Waits until what was written is ready.
    pub(crate) fn settle(
        &mut self,
        it: &mut Kustomization,
        work: Box<Work>,
        until: Timestamp,
        timed: bool,
    ) -> Step {
        let open = |id: &&ObjectId| {
            let object = self.find_object(it, id);
            object.is_none_or(|object| health(object).status != Status::Current)
        };
        let open: Vec<String> = work.written.iter().filter(open).map(ToString::to_string).collect();
        if open.is_empty() {
            self.set_timer(it, None);
            return self.next_stage(it, work);
        }
        if timed && self.now >= until {
            let cause = format!("timeout waiting for: [{}]", open.join(", "));
            let causes = vec![Diagnostic::error(Origin::NONE, cause)];
            return self
                .fail(it, Failure { reason: reason::RECONCILIATION, causes, again: Again::Later });
        }
        it.phase = Phase::Settling(work, until);
        Step::Stay
    }

    /// An object that a Kustomization has to do with, as the cache has it.
    pub(crate) fn find_object(&self, it: &Kustomization, id: &ObjectId) -> Option<&Object> {
        let version = it.inventory.as_ref().and_then(|inventory| inventory.version(id));
        let info = self.served(id, version.map(manifest::Text::as_str).unwrap_or_default())?;
        let get = |info| self.cache.get(&gvk_of(info), &id.namespace, &id.name);
        // It may be watched in another version.
        get(&info).or_else(|| self.kinds.versions(&id.group, &id.kind).iter().find_map(get))
    }

    /// Everything is written.
    fn finish_writing(&mut self, it: &mut Kustomization, work: Work) -> Step {
        it.inventory = Some(work.inventory);
        if work.is_drift {
            return self.begin_check(it);
        }
        it.forced = false;
        let rendered = it.rendered.as_ref();
        it.applied = rendered.map(|(basis, rendering)| {
            let objects = rendering.objects.clone();
            let places = objects.iter().enumerate();
            Applied {
                revision: basis.revision.clone(),
                generation: basis.generation,
                digest: rendering.digest.clone(),
                places: places.map(|(at, it)| (self.kinds.object_id(it), at)).collect(),
                objects,
            }
        });
        if it.round.wrote {
            let (kustomization, revision) = (it.key.clone(), it.round.revision.clone());
            let counts = it.round.counts;
            self.tell(What::Changed { kustomization, revision, counts });
        }
        self.begin_check(it)
    }

    /// Something could not be written.
    fn failed(&mut self, it: &mut Kustomization, work: Work) -> Step {
        // What was deleted is gone from the inventory only when all is done: an entry too many does no
        // harm, one too few loses an object.
        let reason = if work.failed_to_prune { reason::PRUNE } else { reason::RECONCILIATION };
        let again = if work.is_transient { Again::Soon } else { Again::Later };
        self.fail(it, Failure { reason, causes: work.failed, again })
    }

    /// What came of writing the status.
    pub(crate) fn take_status_answer(&mut self, it: &mut Kustomization, failure: Option<&Error>) {
        let Some(error) = failure else { return };
        if error.is_not_found() {
            // It is gone; its watch says so as well.
            it.writes.is_due = false;
            return;
        }
        it.writes.failed = true;
        self.try_again(it, error);
    }

    /// What came of writing the finalizers.
    pub(crate) fn take_finalizers_answer(
        &mut self,
        it: &mut Kustomization,
        failure: Option<&Error>,
    ) {
        match failure {
            None => it.look |= !it.is_deleted(),
            Some(error) if error.is_not_found() => {}
            Some(error) => {
                it.phase = Phase::Failed(Kind::Round);
                self.try_again(it, error);
            }
        }
    }

    fn try_again(&mut self, it: &mut Kustomization, error: &Error) {
        let again = self.now.saturating_add(WRITE_AGAIN).unwrap_or(self.now);
        if it.timer.is_none_or(|at| at > again) {
            self.set_timer(it, Some(again));
        }
        if !error.is_conflict() {
            let reason = ecow::eco_format!("Kustomization {} cannot be written: {error}", it.key);
            self.tell(What::Trouble { reason });
        }
    }
}

fn count(counts: &mut Counts, action: &Action) {
    match action {
        Action::Create => counts.created += 1,
        Action::Configure => counts.configured += 1,
        Action::Replace => counts.replaced += 1,
        Action::Delete => counts.deleted += 1,
        Action::Skip(_) => {}
    }
}

/// Whether a write may succeed by itself: also when its namespace is still to come, or on its way.
fn is_transient(failed: &apply::Failed) -> bool {
    let by_itself = |error: &Error| {
        error.is_not_found()
            || matches!(error, Error::NotServed { .. })
            || (error.code() == Some(403) && error.to_string().contains("being terminated"))
            || error.code().is_some_and(|code| code >= 500)
    };
    failed.is_transient()
        || matches!(&failed.reason, apply::Reason::Server(error) if by_itself(error))
}

fn unknown_kind(object: &Object) -> Diagnostic {
    let (id, api_version, kind) = (object.id(), object.api_version(), object.kind());
    let cause = format!("{id}: the cluster serves no {kind} of {api_version}");
    let help = format!(
        "install the CustomResourceDefinition of {kind}, or let what brings it be applied first \
         (`dependsOn`)"
    );
    Diagnostic::error(object.origin(), cause).help(help)
}
