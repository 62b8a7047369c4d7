//! StatefulSets: Pods with numbers, each with its claims, made in order and renewed from the last.
//!
//! As in Kubernetes, a set of the policy `OrderedReady` whose first Pod never becomes ready waits for
//! it, even if its template is mended: somebody has to delete that Pod.

use manifest::{Node, Text};

use super::edit::{counts, int_at, is_deleting, is_true, items, set, with_status};
use super::owned::{self, claim, count, has_ended, is_active};
use super::revision::Revisions;
use super::view::{Id, View};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{int, list, map, meta, text};

const SOURCE: &str = "statefulset-controller";
const REVISION: &str = "controller-revision-hash";

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(owner) = view.get(id) else { return Outcome::rest() };
    if is_deleting(owner) {
        return Outcome::rest();
    }
    let (pods, writes) = claim(view, owner, "pods");
    if !writes.is_empty() {
        return writes.into();
    }
    let revisions = Revisions::of(view, owner);
    let Some(update) = revisions.update() else { return vec![revisions.record()].into() };
    let work = Work::new(view, owner, pods, &revisions, meta(update, "name"));
    let mut writes = work.act();
    if !writes.is_empty() {
        return writes.into();
    }
    let (status, at) = work.status(turn);
    writes.extend(with_status(owner, status).map(|object| Write::status(id, object)));
    if writes.is_empty() {
        writes = revisions.expire(&[work.current, work.update]);
    }
    Outcome::from(writes).or_at(at)
}

/// A set and what there is of it.
struct Work<'v> {
    view: &'v View,
    owner: &'v Node,
    revisions: &'v Revisions<'v>,
    /// The Pods with their numbers, in order.
    pods: Vec<(i64, &'v Id, &'v Node)>,
    /// The revision that the set came from.
    current: &'v str,
    /// The revision that it goes to.
    update: &'v str,
}

impl<'v> Work<'v> {
    fn new(
        view: &'v View,
        owner: &'v Node,
        pods: Vec<(&'v Id, &'v Node)>,
        revisions: &'v Revisions<'v>,
        update: &'v str,
    ) -> Work<'v> {
        let numbered = pods.into_iter().filter_map(|(id, pod)| {
            let number = id.name.strip_prefix(meta(owner, "name"))?.strip_prefix('-')?;
            Some((number.parse().ok()?, id, pod))
        });
        let mut pods: Vec<(i64, &Id, &Node)> = numbered.collect();
        pods.sort_by_key(|(number, ..)| *number);
        let current = owner.str_at(&["status", "currentRevision"]).filter(|name| !name.is_empty());
        Work { view, owner, revisions, pods, current: current.unwrap_or(update), update }
    }

    fn wanted(&self) -> i64 {
        int_at(self.owner, &["spec", "replicas"], 1)
    }

    fn start(&self) -> i64 {
        int_at(self.owner, &["spec", "ordinals", "start"], 0)
    }

    fn is_ordered(&self) -> bool {
        self.owner.str_at(&["spec", "podManagementPolicy"]) != Some("Parallel")
    }

    /// The lowest number that is renewed.
    fn partition(&self) -> i64 {
        int_at(self.owner, &["spec", "updateStrategy", "rollingUpdate", "partition"], 0)
    }

    /// What has to be done to Pods next.
    fn act(&self) -> Vec<Write> {
        let (start, end) = (self.start(), self.start() + self.wanted());
        let mut writes = Vec::new();
        for number in start..end {
            match self.pods.iter().find(|(one, ..)| *one == number) {
                None => writes.extend(self.create(number)),
                Some((_, id, pod)) if has_ended(pod) && !is_deleting(pod) => {
                    writes.extend(self.delete(id, pod));
                }
                Some((.., pod)) if self.is_ordered() && !is_healthy(pod) => return writes,
                Some(_) => continue,
            }
            if self.is_ordered() {
                return writes;
            }
        }
        let condemned =
            self.pods.iter().rev().filter(|(number, ..)| *number < start || *number >= end);
        for (_, id, pod) in condemned {
            if !is_deleting(pod) {
                writes.extend(self.delete(id, pod));
            }
            if self.is_ordered() {
                return writes;
            }
        }
        if writes.is_empty() { self.renew(end) } else { writes }
    }

    /// Deletes the last Pod that is of another revision, once those after it are healthy.
    fn renew(&self, end: i64) -> Vec<Write> {
        if self.owner.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
            return Vec::new();
        }
        let first = self.start().max(self.partition());
        let range = first..end;
        for (_, id, pod) in self.pods.iter().rev().filter(|(number, ..)| range.contains(number)) {
            if self.revision(pod) != self.update && !is_deleting(pod) {
                return self.delete(id, pod).into();
            }
            if !is_healthy(pod) {
                return Vec::new();
            }
        }
        Vec::new()
    }

    fn revision<'n>(&self, pod: &'n Node) -> &'n str {
        pod.str_at(&["metadata", "labels", REVISION]).unwrap_or_default()
    }

    fn delete(&self, id: &Id, pod: &Node) -> [Write; 2] {
        let message = format!(
            "delete Pod {} in StatefulSet {} successful",
            id.name,
            meta(self.owner, "name")
        );
        [
            Write::delete(id, pod, Deletion::Background),
            Write::Tell(Event::normal(self.owner, SOURCE, "SuccessfulDelete", message)),
        ]
    }

    /// The Pod of a number, after its claims.
    fn create(&self, number: i64) -> Vec<Write> {
        let set_name = meta(self.owner, "name");
        let name: Text = ecow::eco_format!("{set_name}-{number}");
        let is_before = number < self.start().max(self.partition()) && self.partition() > 0;
        let revision = if is_before { self.current } else { self.update };
        let template = self.revisions.template(revision);
        let own = || self.owner.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut pod = owned::pod(self.owner, &template.unwrap_or_else(own));
        set(&mut pod, &["metadata", "name"], text(name.clone()));
        for (label, value) in [
            (REVISION, Text::from(revision)),
            ("statefulset.kubernetes.io/pod-name", name.clone()),
            ("apps.kubernetes.io/pod-index", ecow::eco_format!("{number}")),
        ] {
            set(&mut pod, &["metadata", "labels", label], text(value));
        }
        set(&mut pod, &["spec", "hostname"], text(name.clone()));
        if let Some(service) = self.owner.at(&["spec", "serviceName"]) {
            set(&mut pod, &["spec", "subdomain"], service.clone());
        }
        let mut writes = Vec::new();
        let mut volumes = Vec::new();
        for claim in items(self.owner, &["spec", "volumeClaimTemplates"]) {
            let volume = meta(claim, "name");
            let claim_name: Text = ecow::eco_format!("{volume}-{name}");
            writes.extend(self.claim(claim, &claim_name, &name));
            let source = map([("claimName", text(claim_name))]);
            volumes.push(map([("name", text(volume)), ("persistentVolumeClaim", source)]));
        }
        if !volumes.is_empty() {
            let others = items(&pod, &["spec", "volumes"]).iter();
            let others =
                others.filter(|one| volumes.iter().all(|new| new.get("name") != one.get("name")));
            let all = list(others.cloned().chain(volumes.iter().cloned()));
            set(&mut pod, &["spec", "volumes"], all);
        }
        let message = format!("create Pod {name} in StatefulSet {set_name} successful");
        writes.push(Write::create("pods", pod));
        writes.push(Write::Tell(Event::normal(self.owner, SOURCE, "SuccessfulCreate", message)));
        writes
    }

    /// A claim that is not there yet.
    fn claim(&self, template: &Node, name: &Text, pod: &str) -> Vec<Write> {
        let namespace = meta(self.owner, "namespace");
        if self.view.get(&Id::new("persistentvolumeclaims", namespace, name.clone())).is_some() {
            return Vec::new();
        }
        let mut claim = template.clone();
        let selector = self.owner.at(&["spec", "selector", "matchLabels"]).and_then(Node::as_map);
        for (key, value) in selector.into_iter().flat_map(manifest::Map::iter) {
            set(&mut claim, &["metadata", "labels", key.as_str()], value.clone());
        }
        for (key, value) in [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim")] {
            set(&mut claim, &[key], text(value));
        }
        set(&mut claim, &["metadata", "name"], text(name.clone()));
        set(&mut claim, &["metadata", "namespace"], text(namespace));
        owned::simulated(&mut claim);
        let message = format!(
            "create Claim {name} Pod {pod} in StatefulSet {} success",
            meta(self.owner, "name")
        );
        vec![
            Write::create("persistentvolumeclaims", claim),
            Write::Tell(Event::normal(self.owner, SOURCE, "SuccessfulCreate", message)),
        ]
    }

    fn status(&self, turn: Turn) -> (Node, Option<jiff::Timestamp>) {
        let pods = self.pods.iter().map(|(.., pod)| *pod);
        let now = count(self.owner, pods.clone(), turn);
        let of = |revision: &str| {
            let pods = pods.clone().filter(|pod| is_active(pod) && self.revision(pod) == revision);
            i64::try_from(pods.count()).unwrap_or_default()
        };
        let updated = of(self.update);
        let is_partial = self.partition() > 0
            || self.owner.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete");
        // The way is over when all are of the new revision and ready.
        let is_done =
            updated == self.wanted() && now.ready == self.wanted() && now.there == updated;
        let current = if is_done && !is_partial { self.update } else { self.current };
        let mut status = map([
            ("observedGeneration", int(int_at(self.owner, &["metadata", "generation"], 0))),
            ("replicas", int(now.there)),
            ("availableReplicas", int(now.available)),
            ("collisionCount", int(0)),
            ("currentRevision", text(current)),
            ("updateRevision", text(self.update)),
        ]);
        let more = counts([
            ("readyReplicas", now.ready),
            ("currentReplicas", of(current)),
            ("updatedReplicas", updated),
        ]);
        for (key, value) in more {
            set(&mut status, &[key], value);
        }
        (status, now.next)
    }
}

fn is_healthy(pod: &Node) -> bool {
    is_active(pod) && is_true(pod, "Ready")
}
