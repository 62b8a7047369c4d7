//! The state of one cluster's agent, and what wakes it: events in, commands out.
//!
//! An event changes what is known and puts the Kustomizations that it concerns into a queue. Then each
//! of them takes as many steps as it can (`round`), until it rests or waits for an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{FluxKustomization, Source};
use jiff::Timestamp;
use manifest::{Gvk, Object, ObjectId, Text};
use schema::{KindInfo, Kinds};

use crate::cache::{Cache, News};
use crate::event::{Command, Event, Patching, Target};
use crate::kinds::Definitions;
use crate::kustomization::{Kustomization, Phase};
use crate::posts::{self, Post, post};
use crate::sources::Supply;
use crate::{Key, What};

/// The most steps that one Kustomization takes at a time: more would be a loop.
const MOST_STEPS: usize = 64;

/// The state of one cluster's agent.
pub(crate) struct Brain {
    pub(crate) mode: render::Mode,
    /// Whether somebody may make the cluster serve kinds that it does not know.
    pub(crate) can_serve: bool,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) definitions: Definitions,
    pub(crate) cache: Cache,
    pub(crate) kustomizations: BTreeMap<Key, Kustomization>,
    pub(crate) sources: BTreeMap<Source, Supply>,
    /// Who has to do with an object.
    claims: BTreeMap<ObjectId, BTreeSet<Key>>,
    /// Who may go on.
    queue: BTreeSet<Key>,
    timers: BTreeSet<(Timestamp, Key)>,
    /// What was last asked for.
    wakes_at: Option<Timestamp>,
    is_started: bool,
    posted: u64,
    rounds: u64,
    passive: BTreeSet<ObjectId>,
    pub(crate) now: Timestamp,
    pub(crate) commands: Vec<Command>,
}

/// What a step came to.
pub(crate) enum Step {
    /// There is more to do.
    Go,
    /// It waits for an event.
    Stay,
}

impl Brain {
    /// A brain that knows nothing yet, and what it wants first.
    pub(crate) fn new(mode: render::Mode, can_serve: bool) -> (Brain, Vec<Command>) {
        let brain = Brain {
            mode,
            can_serve,
            kinds: Arc::default(),
            definitions: Definitions::default(),
            cache: Cache::default(),
            kustomizations: BTreeMap::new(),
            sources: BTreeMap::new(),
            claims: BTreeMap::new(),
            queue: BTreeSet::new(),
            timers: BTreeSet::new(),
            wakes_at: None,
            is_started: false,
            posted: 0,
            rounds: 0,
            passive: BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            commands: Vec::new(),
        };
        (brain, vec![Command::Discover])
    }

    /// What is to be done about an event that comes `now`.
    pub(crate) fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        self.now = now;
        match event {
            Event::Kinds(answer) => self.take_kinds(answer),
            Event::Listed(kind, objects) => {
                for news in self.cache.list(&kind, objects) {
                    self.take_news(&kind, &news, true);
                }
                self.kinds_changed();
                self.start();
            }
            Event::Applied(kind, object) => {
                if let Some(news) = self.cache.apply(&kind, object) {
                    self.take_news(&kind, &news, true);
                }
            }
            Event::Deleted(kind, object) => {
                if let Some(news) = self.cache.delete(&kind, &object) {
                    self.take_news(&kind, &news, true);
                }
            }
            Event::WatchFailed(kind, error) => self.take_failed_watch(&kind, &error),
            Event::Unserved(source) => self.take_unserved(&source),
            Event::Fetched(source, latest) => self.take_fetched(&source, latest),
            Event::Rendered(key, round, rendering) => {
                self.answer(&key, round, |brain, it| brain.take_rendering(it, rendering));
            }
            Event::Wrote(key, round, done) => {
                self.answer(&key, round, |brain, it| brain.take_written(it, done));
            }
            Event::NotJournaled(key, round) => {
                self.answer(&key, round, Brain::take_refusal);
            }
            Event::Explained(key, round, object, trouble) => {
                self.answer(&key, round, |brain, it| brain.take_explained(it, &object, trouble));
            }
            Event::Patched(target, result) => self.take_patched(target, result),
            Event::Served(api_version, kind, is_served) => {
                self.take_served(&api_version, &kind, is_served);
            }
            Event::Tick => self.take_time(),
        }
        self.drain();
        std::mem::take(&mut self.commands)
    }

    /// Lets everybody go on who may.
    fn drain(&mut self) {
        while let Some(key) = self.queue.pop_first() {
            self.with(&key, |brain, it| {
                for _ in 0..MOST_STEPS {
                    if let Step::Stay = brain.step(it) {
                        break;
                    }
                }
                brain.write_status(it);
            });
        }
        let next = self.timers.first().map(|(at, _)| *at);
        if let Some(at) = next.filter(|_| next != self.wakes_at) {
            self.commands.push(Command::WakeAt(at));
        }
        self.wakes_at = next;
    }

    /// Does something with a Kustomization, beside everything else.
    fn with(&mut self, key: &Key, act: impl FnOnce(&mut Brain, &mut Kustomization)) {
        let Some(mut it) = self.kustomizations.remove(key) else { return };
        act(self, &mut it);
        self.kustomizations.insert(key.clone(), it);
    }

    /// Takes the answer to a command of a Kustomization's; one to an older round is dropped.
    fn answer(&mut self, key: &Key, round: u64, act: impl FnOnce(&mut Brain, &mut Kustomization)) {
        self.with(key, |brain, it| {
            if it.round.number == round {
                act(brain, it);
            }
        });
        self.wake(key);
    }

    /// The number of a new round: no two of an agent have the same.
    pub(crate) fn next_round(&mut self) -> u64 {
        self.rounds += 1;
        self.rounds
    }

    /// A Kustomization may go on.
    pub(crate) fn wake(&mut self, key: &Key) {
        self.queue.insert(key.clone());
    }

    /// Everybody may go on for whom `is_it`.
    pub(crate) fn wake_all(&mut self, is_it: impl Fn(&Kustomization) -> bool) {
        let keys = self.kustomizations.values().filter(|it| is_it(it)).map(|it| it.key.clone());
        self.queue.extend(keys);
    }

    /// Everybody for whom `is_it` looks at what it starts from again.
    pub(crate) fn look_all(&mut self, is_it: impl Fn(&Kustomization) -> bool) {
        for it in self.kustomizations.values_mut().filter(|it| is_it(it)) {
            it.look = true;
            self.queue.insert(it.key.clone());
        }
    }

    /// Tells what happens.
    pub(crate) fn tell(&mut self, what: What) {
        self.commands.push(Command::Tell(what));
    }

    /// Sets when a Kustomization is woken, or that it is not.
    pub(crate) fn set_timer(&mut self, it: &mut Kustomization, at: Option<Timestamp>) {
        if let Some(before) = it.timer.take() {
            self.timers.remove(&(before, it.key.clone()));
        }
        it.timed = false;
        it.timer = at;
        if let Some(at) = at {
            self.timers.insert((at, it.key.clone()));
        }
    }

    fn take_time(&mut self) {
        self.wakes_at = None;
        while let Some((at, key)) = self.timers.first().cloned() {
            if at > self.now {
                break;
            }
            self.timers.pop_first();
            if let Some(it) = self.kustomizations.get_mut(&key) {
                (it.timer, it.timed) = (None, true);
            }
            self.queue.insert(key);
        }
    }

    /// Says which objects a Kustomization has to do with.
    pub(crate) fn claim(&mut self, it: &mut Kustomization, ids: Vec<ObjectId>) {
        if it.claims == ids {
            return;
        }
        for id in std::mem::take(&mut it.claims) {
            if let Some(keys) = self.claims.get_mut(&id) {
                keys.remove(&it.key);
                if keys.is_empty() {
                    self.claims.remove(&id);
                }
            }
        }
        for id in &ids {
            self.claims.entry(id.clone()).or_default().insert(it.key.clone());
        }
        it.claims = ids;
    }

    /// Says of an object once that nobody acts on it.
    pub(crate) fn say_passive(&mut self, id: &ObjectId) {
        if self.passive.insert(id.clone()) {
            self.tell(What::Passive { object: id.clone() });
        }
    }

    /// Watches a kind, unless that is done already.
    pub(crate) fn watch(&mut self, info: &KindInfo) {
        if self.cache.add(crate::cache::gvk_of(info)) {
            self.commands.push(Command::Watch(info.clone()));
        }
    }

    /// An object is another one now: `is_foreign` where we have not written it so ourselves.
    pub(crate) fn take_news(&mut self, kind: &Gvk, news: &News, is_foreign: bool) {
        let Some(object) = news.after.as_ref().or(news.before.as_ref()) else { return };
        let id = ObjectId {
            namespace: object.namespace().into(),
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            name: object.name().into(),
        };
        if FluxKustomization::is(object) {
            self.take_kustomization(object.clone(), news.after.is_some());
        } else if let Some(source) = Source::of(object) {
            self.take_source(&source, news);
        } else if kind.kind == "CustomResourceDefinition" {
            self.take_definition(object, news.after.is_some());
        } else if kind.group.is_empty() && matches!(kind.kind.as_str(), "ConfigMap" | "Secret") {
            self.take_value(&id);
        }
        let is_change = is_foreign && is_material(news);
        for key in self.claims.get(&id).into_iter().flatten() {
            // The one that has just written it looks at everything when it has written all.
            if let Some(it) = self.kustomizations.get_mut(key) {
                if is_change {
                    it.dirty.insert(id.clone());
                }
                it.health.touch(&id);
            }
            self.queue.insert(key.clone());
        }
    }

    fn take_kustomization(&mut self, object: Object, is_there: bool) {
        let key = Key { namespace: object.namespace().into(), name: object.name().into() };
        if !is_there {
            self.remove_kustomization(&key);
            return;
        }
        match self.kustomizations.get_mut(&key) {
            Some(it) => it.take(object),
            None => {
                self.tell(What::Found { kustomization: key.clone() });
                let it = Kustomization::new(key.clone(), object);
                self.kustomizations.insert(key.clone(), it);
            }
        }
        self.wake(&key);
    }

    /// Everything has been seen once.
    fn start(&mut self) {
        let is_whole = !self.is_started && self.has_all_of_flux();
        if is_whole {
            self.is_started = true;
            self.tell(What::Started { kustomizations: self.kustomizations.len() });
            self.wake_all(|_| true);
        }
    }

    /// Whether everything has been seen once. Before that, nobody can tell what is missing.
    pub(crate) fn is_started(&self) -> bool {
        self.is_started
    }

    fn remove_kustomization(&mut self, key: &Key) {
        let Some(mut it) = self.kustomizations.remove(key) else { return };
        self.claim(&mut it, Vec::new());
        self.set_timer(&mut it, None);
        self.tell(What::Gone { kustomization: key.clone() });
        self.look_all(|other| matches!(other.phase, Phase::Waiting));
    }

    /// The answer to a patch of an object of Flux's.
    fn take_patched(&mut self, target: Target, result: Result<Object, client::Error>) {
        match &target {
            Target::Status(key) => {
                if let Some(it) = self.kustomizations.get_mut(key) {
                    it.writes.status = false;
                    it.writes.is_echo = !it.writes.is_due && result.is_ok();
                    it.writes.is_due = true;
                }
            }
            Target::Finalizers(key) => {
                if let Some(it) = self.kustomizations.get_mut(key) {
                    it.writes.finalizers = false;
                }
            }
            Target::Source(source) => self.source_patched(source, result.is_ok()),
        }
        let failure = match result {
            Ok(object) => {
                let kind = object.gvk();
                if let Some(news) = self.cache.answer(object) {
                    self.take_news(&kind, &news, false);
                }
                None
            }
            Err(error) => Some(error),
        };
        match target {
            Target::Status(key) => {
                self.with(&key, |brain, it| brain.take_status_answer(it, failure.as_ref()));
                self.wake(&key);
            }
            Target::Finalizers(key) => {
                self.with(&key, |brain, it| brain.take_finalizers_answer(it, failure.as_ref()));
                self.wake(&key);
            }
            Target::Source(_) => {}
        }
    }

    /// Writes a status, if it has something new and no other write of it is under way.
    pub(crate) fn write_status(&mut self, it: &mut Kustomization) {
        if !it.writes.is_due || it.writes.status || it.writes.failed {
            return;
        }
        it.writes.is_due = false;
        let is_echo = std::mem::take(&mut it.writes.is_echo);
        let Some(patch) = it.status.patch(&it.object) else { return };
        if is_echo && it.writes.taken.as_ref() == Some(&patch) {
            return;
        }
        it.writes.taken = Some(patch.clone());
        it.writes.status = true;
        let target = Target::Status(it.key.clone());
        self.patch(target, &it.object, patch, "status", plan::MANAGER);
    }

    /// Patches an object of Flux's.
    pub(crate) fn patch(
        &mut self,
        target: Target,
        object: &Object,
        patch: manifest::Node,
        subresource: &'static str,
        manager: &'static str,
    ) {
        let Some(kind) = self.kinds.info(object.api_version(), object.kind()).cloned() else {
            return;
        };
        let (namespace, name) = (object.namespace().into(), object.name().into());
        let patching = Patching { kind, namespace, name, patch, subresource, manager };
        self.commands.push(Command::Patch(target, patching));
    }

    /// Posts a Kubernetes Event about a Kustomization.
    pub(crate) fn post(
        &mut self,
        it: &Kustomization,
        is_warning: bool,
        reason: &str,
        message: &str,
    ) {
        self.posted += 1;
        let event = post(&Post {
            about: &it.object,
            is_warning,
            reason,
            message,
            revision: &it.round.revision,
            controller: posts::KUSTOMIZE,
            at: self.now,
            number: self.posted,
        });
        self.commands.extend(event.map(Command::Post));
    }

    /// Posts a Kubernetes Event about a source.
    pub(crate) fn post_source(
        &mut self,
        object: &Object,
        is_warning: bool,
        reason: &str,
        message: &Text,
    ) {
        self.posted += 1;
        let event = post(&Post {
            about: object,
            is_warning,
            reason,
            message,
            revision: "",
            controller: posts::SOURCE,
            at: self.now,
            number: self.posted,
        });
        self.commands.extend(event.map(Command::Post));
    }
}

/// Whether a change is one of what people write, and not only of what the system says of it.
fn is_material(news: &News) -> bool {
    let (Some(before), Some(after)) = (&news.before, &news.after) else { return true };
    !same_but_for(before.root(), after.root(), &["status", "metadata"])
        || match (before.root().get("metadata"), after.root().get("metadata")) {
            (Some(before), Some(after)) => {
                !same_but_for(before, after, &["resourceVersion", "managedFields", "generation"])
            }
            _ => true,
        }
}

/// Whether two maps have the same entries, `others` aside.
fn same_but_for(a: &manifest::Node, b: &manifest::Node, others: &[&str]) -> bool {
    let (Some(a), Some(b)) = (a.as_map(), b.as_map()) else { return a == b };
    let counts = |key: &str| !others.contains(&key);
    let same =
        |(key, node): (&manifest::Key, &manifest::Node)| !counts(key) || b.get(key) == Some(node);
    a.iter().all(same) && b.keys().all(|key| !counts(key) || a.contains(key))
}

#[cfg(test)]
mod tests;
