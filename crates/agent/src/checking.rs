//! Health: waiting for it without holding anything, and finding out why it does not come.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::{Diagnostic, Map, Node, Object, ObjectId, Origin, Text};
use schema::health::{Status, health};

use crate::What;
use crate::brain::{Brain, Step};
use crate::conditions::{HEALTHY, READY, Truth};
use crate::event::Command;
use crate::failure::{Again, Failure};
use crate::kinds::is_passive;
use crate::kustomization::{Explaining, Kustomization, Phase};
use crate::status::{duration, reason};

/// An object that is not healthy.
struct Open {
    id: ObjectId,
    status: Status,
    message: Text,
    /// The selector of its Pods.
    pods: Option<Text>,
    origin: Origin,
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
        ids.into_iter().filter(|id| !is_passive(id) && !is_source(id)).collect()
    }

    /// Waits for health, from now on as long as it may take.
    pub(crate) fn begin_check(&mut self, it: &mut Kustomization) -> Step {
        let timeout = jiff::SignedDuration::try_from(it.view.timeout()).unwrap_or_default();
        let until = self.now.saturating_add(timeout).unwrap_or(self.now);
        self.set_timer(it, Some(until));
        it.phase = Phase::Checking(until);
        self.check(it, until, false)
    }

    /// Whether everything is healthy.
    pub(crate) fn check(&mut self, it: &mut Kustomization, until: Timestamp, timed: bool) -> Step {
        it.phase = Phase::Checking(until);
        if it.timer.is_none() {
            self.set_timer(it, Some(until));
        }
        if let Step::Go = self.mend(it) {
            return Step::Go;
        }
        let open = self.open(it);
        if open.is_empty() {
            return self.ready(it);
        }
        let is_late = timed && self.now >= until;
        if is_late || open.iter().any(|open| open.status == Status::Failed) {
            return self.explain(it, open, is_late);
        }
        let on: Vec<ObjectId> = open.into_iter().map(|open| open.id).collect();
        if it.round.checked.is_empty() && it.round.wrote {
            let revision = &it.round.revision;
            let message = format!(
                "Running health checks for revision {revision} with a timeout of {}",
                duration(jiff::SignedDuration::try_from(it.view.timeout()).unwrap_or_default())
            );
            it.status.check(&message, (it.generation(), self.now));
            it.writes.is_due = true;
        }
        if it.round.checked != on {
            self.tell(What::Checking { kustomization: it.key.clone(), on: on.clone() });
            it.round.checked = on;
        }
        Step::Stay
    }

    /// Whether what had failed is healthy by now.
    pub(crate) fn check_again(&mut self, it: &mut Kustomization) -> Step {
        if !self.open(it).is_empty() {
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
        if self.open(it).is_empty() {
            return Step::Stay;
        }
        it.round.started = self.now;
        it.round.wrote = false;
        it.round.checked.clear();
        self.begin_check(it)
    }

    /// The objects that are not healthy.
    fn open(&self, it: &Kustomization) -> Vec<Open> {
        let origins: BTreeMap<ObjectId, Origin> = it
            .applied
            .iter()
            .flat_map(|applied| applied.objects.iter())
            .map(|object| (self.kinds.object_id(object), object.origin()))
            .collect();
        let open = |id: ObjectId| {
            let origin = origins.get(&id).copied().unwrap_or_default();
            let Some(object) = self.find_object(it, &id) else {
                let message = "it is not there".into();
                return Some(Open { id, status: Status::InProgress, message, pods: None, origin });
            };
            let health = health(object);
            (health.status != Status::Current).then(|| Open {
                id,
                status: health.status,
                message: health.message,
                pods: selector(object),
                origin,
            })
        };
        self.checked(it).into_iter().filter_map(open).collect()
    }

    /// Finds out why objects are not healthy, once.
    fn explain(&mut self, it: &mut Kustomization, open: Vec<Open>, is_late: bool) -> Step {
        let mut explaining = Explaining { open: 0, objects: BTreeMap::new(), is_late };
        for Open { id, status, message, pods, origin: _ } in open {
            if let Some(pods) = pods {
                explaining.open += 1;
                let command = Command::Explain(it.key.clone(), it.round.number, id.clone(), pods);
                self.commands.push(command);
            }
            explaining.objects.insert(id, ecow::eco_format!("{status}: {message}"));
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
        let still = self.open(it);
        if still.is_empty() {
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
            let origin = still.iter().find(|open| open.id == object).map(|open| open.origin);
            Diagnostic::error(origin.unwrap_or_default(), format!("{how} {object}: {reason}"))
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
            let healthy = match self.checked(it).is_empty() {
                true => None,
                false => Some(self.healthy(it, &duration(took))),
            };
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
