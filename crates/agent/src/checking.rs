//! Health: waiting for it without holding anything, and finding out why it does not come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use manifest::{Diagnostic, Map, Node, Object, ObjectId, Text};
use schema::health::{Status, health};

use crate::What;
use crate::brain::{Brain, Step};
use crate::conditions::{HEALTHY, READY, Truth};
use crate::event::Command;
use crate::failure::{Again, Failure};
use crate::kinds::{KUSTOMIZE, is_passive};
use crate::kustomization::{Explaining, Kustomization, Phase};
use crate::status::{duration, reason};

/// The health of the objects that have to be healthy. It is kept object by object: each event is one
/// object's, and there may be thousands.
#[derive(Default)]
pub(crate) struct Vitals {
    checked: BTreeSet<ObjectId>,
    /// Those that are not healthy, and why.
    open: BTreeMap<ObjectId, (Status, Text)>,
    /// Those that have changed since they were looked at.
    touched: BTreeSet<ObjectId>,
}

impl Vitals {
    /// An object has changed.
    pub(crate) fn touch(&mut self, id: &ObjectId) {
        if self.checked.contains(id) {
            self.touched.insert(id.clone());
        }
    }
}

impl Brain {
    /// The objects that have to be healthy: those that the Kustomization names, or all.
    pub(crate) fn checked(&self, it: &Kustomization) -> Vec<ObjectId> {
        let ids: Vec<ObjectId> = match it.view.wait {
            true => {
                let applied = it.applied.iter().flat_map(|applied| applied.objects.iter());
                applied.map(|object| self.kinds.object_id(object)).collect()
            }
            false => {
                let checks = it.view.health_checks.iter();
                checks.map(|check| id_of_check(check, &self.kinds)).collect()
            }
        };
        // Nobody acts on these, so they have no health; sources that nobody fetches hold back who
        // uses them, and nobody else.
        let is_itself = |id: &ObjectId| {
            id.group == KUSTOMIZE && id.name == it.key.name && id.namespace == it.key.namespace
        };
        let counts = |id: &ObjectId| !is_passive(id) && !is_source(id) && !is_itself(id);
        ids.into_iter().filter(counts).collect()
    }

    /// Waits for health, from now on as long as it may take.
    pub(crate) fn begin_check(&mut self, it: &mut Kustomization) -> Step {
        let timeout = jiff::SignedDuration::try_from(it.view.timeout()).unwrap_or_default();
        let until = self.now.saturating_add(timeout).unwrap_or(self.now);
        self.set_timer(it, Some(until));
        let checked: BTreeSet<ObjectId> = self.checked(it).into_iter().collect();
        it.health = Vitals { touched: checked.clone(), checked, open: BTreeMap::new() };
        it.phase = Phase::Checking(until);
        self.check(it, until, false)
    }

    /// Whether everything is healthy.
    pub(crate) fn check(&mut self, it: &mut Kustomization, until: Timestamp, timed: bool) -> Step {
        it.phase = Phase::Checking(until);
        let is_late = timed && self.now >= until;
        if it.timer.is_none() && !is_late {
            self.set_timer(it, Some(until));
        }
        if let Step::Go = self.mend(it) {
            return Step::Go;
        }
        self.look_at_touched(it);
        let open = &it.health.open;
        if open.is_empty() {
            return self.ready(it);
        }
        if is_late || open.values().any(|(status, _)| *status == Status::Failed) {
            return self.explain(it, is_late);
        }
        let on: Vec<ObjectId> = open.keys().cloned().collect();
        if it.round.checked.is_empty() && it.round.wrote {
            let revision = &it.round.revision;
            let message = format!(
                "Running health checks for revision {revision} with a timeout of {}",
                duration(jiff::SignedDuration::try_from(it.view.timeout()).unwrap_or_default())
            );
            it.status.check(&message, (it.generation(), self.now));
            it.writes.is_due = true;
        }
        if it.round.checked.is_empty() {
            self.wake_dependents(it);
        }
        if it.round.checked != on {
            self.tell(What::Checking { kustomization: it.key.clone(), on: on.clone() });
            it.round.checked = on;
        }
        Step::Stay
    }

    /// Whether what had failed is healthy by now.
    pub(crate) fn check_again(&mut self, it: &mut Kustomization) -> Step {
        self.look_at_touched(it);
        if !it.health.open.is_empty() {
            return Step::Stay;
        }
        it.round.started = self.now;
        it.round.wrote = true;
        self.ready(it)
    }

    /// Whether what was healthy still is; if not, it has as long to become so as it had at first, and
    /// only then it is said.
    pub(crate) fn guard(&mut self, it: &mut Kustomization) -> Step {
        if let Step::Go = self.mend(it) {
            return Step::Go;
        }
        self.look_at_touched(it);
        if it.health.open.is_empty() {
            return Step::Stay;
        }
        it.round.started = self.now;
        it.round.wrote = false;
        it.round.checked.clear();
        self.begin_check(it)
    }

    /// Looks at the objects that have changed.
    fn look_at_touched(&self, it: &mut Kustomization) {
        for id in std::mem::take(&mut it.health.touched) {
            let found = match self.find_object(it, &id) {
                None => Some((Status::InProgress, "it is not there".into())),
                Some(object) => {
                    let health = health(object);
                    (health.status != Status::Current).then_some((health.status, health.message))
                }
            };
            match found {
                Some(open) => drop(it.health.open.insert(id, open)),
                None => drop(it.health.open.remove(&id)),
            }
        }
    }

    /// Finds out why objects are not healthy, once.
    fn explain(&mut self, it: &mut Kustomization, is_late: bool) -> Step {
        let mut explaining = Explaining { open: 0, objects: BTreeMap::new(), is_late };
        for (id, (status, message)) in &it.health.open {
            if let Some(pods) = self.find_object(it, id).and_then(selector) {
                explaining.open += 1;
                let command = Command::Explain(it.key.clone(), it.round.number, id.clone(), pods);
                self.commands.push(command);
            }
            explaining.objects.insert(id.clone(), ecow::eco_format!("{status}: {message}"));
        }
        it.phase = Phase::Explaining(explaining);
        self.explained(it);
        Step::Stay
    }

    /// What Pods say.
    pub(crate) fn take_explained(
        &mut self,
        it: &mut Kustomization,
        id: &ObjectId,
        trouble: Option<Text>,
    ) {
        let Phase::Explaining(explaining) = &mut it.phase else { return };
        explaining.open = explaining.open.saturating_sub(1);
        if let (Some(text), Some(trouble)) = (explaining.objects.get_mut(id), trouble) {
            *text = ecow::eco_format!("{text} ({trouble})");
        }
        self.explained(it);
    }

    /// Says why objects are not healthy, when all have been asked.
    fn explained(&mut self, it: &mut Kustomization) {
        let Phase::Explaining(explaining) = &mut it.phase else { return };
        if explaining.open > 0 {
            return;
        }
        let (objects, is_late) = (std::mem::take(&mut explaining.objects), explaining.is_late);
        // It has become healthy meanwhile.
        self.look_at_touched(it);
        if it.health.open.is_empty() {
            it.phase = Phase::Checking(self.now);
            return;
        }
        let took = duration(self.now.duration_since(it.round.started));
        let how = match is_late {
            true => format!("health check failed after {took}: timeout waiting for"),
            false => format!("health check failed after {took}: failed early on"),
        };
        let causes = objects.into_iter().map(|(object, reason)| {
            self.tell(What::Unhealthy {
                kustomization: it.key.clone(),
                object: object.clone(),
                reason: reason.clone(),
            });
            let desired = it.applied.as_ref().and_then(|applied| applied.object(&object));
            let origin = desired.map(Object::origin).unwrap_or_default();
            Diagnostic::error(origin, format!("{how} {object}: {reason}"))
        });
        let causes: Vec<Diagnostic> = causes.collect();
        self.fail(it, Failure { reason: reason::HEALTH, causes, again: Again::Health });
    }

    /// It is as it should be.
    fn ready(&mut self, it: &mut Kustomization) -> Step {
        self.set_timer(it, None);
        it.phase = Phase::Ready;
        it.failures = 0;
        it.said = Text::new();
        let generation = it.generation();
        let is_said =
            it.status.conditions.is(READY, Truth::True) && it.status.generation == generation;
        let is_asked = it.request().is_some();
        let revision = it.round.revision.clone();
        let took = self.now.duration_since(it.round.started);
        // What changed nothing is no news for the cluster either.
        if it.round.wrote || !is_said || is_asked {
            let healthy = match it.health.checked.is_empty() {
                true => None,
                false => Some(self.healthy(it, &duration(took))),
            };
            it.status.origin = it.round.origin.clone();
            it.status.succeed(&revision, healthy.as_deref(), (generation, self.now));
            it.inventory.clone_into(&mut it.status.inventory);
            self.close(it, reason::SUCCEEDED);
            let counts = it.round.counts;
            if counts.created + counts.configured + counts.replaced + counts.deleted > 0 || !is_said
            {
                let message = format!("Reconciliation finished in {}", duration(took));
                self.post(it, false, reason::SUCCEEDED, &message);
            }
        }
        it.round.wrote = false;
        self.tell(What::Ready {
            kustomization: it.key.clone(),
            revision,
            objects: it.applied.as_ref().map_or(0, |applied| applied.objects.len()),
            seconds: took.as_secs_f64(),
        });
        self.wake_dependents(it);
        self.wake_lookers();
        // What happened while it was being written.
        if it.dirty.is_empty() { Step::Stay } else { Step::Go }
    }

    /// The message of the `Healthy` condition: as it was, where it was so before.
    fn healthy(&self, it: &Kustomization, took: &str) -> String {
        match it.status.conditions.says(HEALTHY) {
            Some((reason::HEALTHY, message)) if !it.round.wrote => message.to_owned(),
            _ => format!("Health check passed in {took}"),
        }
    }
}

/// The object that a health check names.
fn id_of_check(check: &api::HealthCheck, kinds: &schema::Kinds) -> ObjectId {
    let gvk = manifest::Gvk::new(&check.api_version, &check.kind);
    let mut id = ObjectId {
        namespace: check.namespace.clone(),
        group: gvk.group,
        kind: check.kind.clone(),
        name: check.name.clone(),
    };
    if kinds.scope(&check.api_version, &check.kind) == Some(schema::Scope::Cluster) {
        id.namespace = Text::new();
    }
    id
}

fn is_source(id: &ObjectId) -> bool {
    id.group == "source.toolkit.fluxcd.io"
}

/// The selector of the Pods of a workload.
fn selector(object: &Object) -> Option<Text> {
    let gvk = object.gvk();
    let is_workload = matches!(
        (gvk.group.as_str(), gvk.kind.as_str()),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job")
    );
    let labels = object.root().at(&["spec", "selector", "matchLabels"]).and_then(Node::as_map);
    let labels = labels.filter(|labels| is_workload && !labels.is_empty())?;
    let text = |(key, value): (&manifest::Key, &Node)| Some(format!("{key}={}", value.as_str()?));
    let texts: Vec<String> = Map::iter(labels).filter_map(text).collect();
    Some(texts.join(",").into())
}
