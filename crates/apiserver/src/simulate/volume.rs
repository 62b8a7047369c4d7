//! Claims: bound to a volume a step after they are there, and not gone while a Pod uses them.

use manifest::{Node, Text};

use super::edit::{has_finalizer, is_deleting, items, set, with_status, without_finalizer};
use super::owned::{has_ended, is_simulated, simulated};
use super::view::{Id, View};
use super::write::{Deletion, Outcome, Turn, Write};
use crate::make::{list, map, meta, text};

const CLAIM_IN_USE: &str = "kubernetes.io/pvc-protection";
const VOLUME_IN_USE: &str = "kubernetes.io/pv-protection";
const VOLUMES: &str = "persistentvolumes";

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(claim) = view.get(id) else { return Outcome::rest() };
    if is_deleting(claim) {
        let is_free = has_finalizer(claim, CLAIM_IN_USE) && !is_used(view, id);
        let write = is_free.then(|| Write::update(id, without_finalizer(claim, CLAIM_IN_USE)));
        return write.into();
    }
    if claim.str_at(&["status", "phase"]) == Some("Bound") {
        return Outcome::rest();
    }
    let is_named = claim.str_at(&["spec", "volumeName"]).is_some_and(|name| !name.is_empty());
    if !turn.due && !is_named {
        return Outcome::wait();
    }
    bind(view, id, claim).into()
}

/// Whether a Pod that has not ended uses a claim.
fn is_used(view: &View, id: &Id) -> bool {
    let mut pods = view.of("pods", &id.namespace).filter(|(_, pod)| !has_ended(pod));
    pods.any(|(_, pod)| claims(pod).any(|name| name == id.name))
}

/// The claims that a Pod uses.
pub(super) fn claims(pod: &Node) -> impl Iterator<Item = &str> {
    let volumes = items(pod, &["spec", "volumes"]).iter();
    volumes.filter_map(|volume| volume.str_at(&["persistentVolumeClaim", "claimName"]))
}

/// Makes a volume, names it in the claim, then says that the claim is bound: a write each time.
fn bind(view: &View, id: &Id, claim: &Node) -> Vec<Write> {
    let named = claim.str_at(&["spec", "volumeName"]).filter(|name| !name.is_empty());
    let name: Text = match named {
        Some(name) => name.into(),
        None => ecow::eco_format!("pvc-{}", meta(claim, "uid")),
    };
    let size = claim.at(&["spec", "resources", "requests", "storage"]).cloned();
    let capacity = map([("storage", size.unwrap_or_else(|| text("1Gi")))]);
    let volume_id = Id::new(VOLUMES, "", name.clone());
    let mut writes = Vec::new();
    match view.get(&volume_id) {
        None if named.is_some() => return writes,
        None => writes.push(Write::create(VOLUMES, volume(claim, &name, capacity.clone()))),
        Some(_) => {}
    }
    if named.is_none() {
        let mut object = claim.clone();
        set(&mut object, &["spec", "volumeName"], text(name));
        let bound = ["metadata", "annotations", "pv.kubernetes.io/bind-completed"];
        set(&mut object, &bound, text("yes"));
        writes.push(Write::update(id, object));
        return writes;
    }
    let status = map([
        ("phase", text("Bound")),
        ("accessModes", claim.at(&["spec", "accessModes"]).cloned().unwrap_or_else(|| list([]))),
        ("capacity", capacity),
    ]);
    writes.extend(with_status(claim, status).map(|object| Write::status(id, object)));
    writes
}

fn volume(claim: &Node, name: &Text, capacity: Node) -> Node {
    let of = |path: &[&str]| claim.at(path).cloned().unwrap_or_default();
    let reference = map([
        ("apiVersion", text("v1")),
        ("kind", text("PersistentVolumeClaim")),
        ("name", of(&["metadata", "name"])),
        ("namespace", of(&["metadata", "namespace"])),
        ("uid", of(&["metadata", "uid"])),
    ]);
    let mut spec = map([
        ("capacity", capacity),
        ("accessModes", of(&["spec", "accessModes"])),
        ("claimRef", reference),
        ("persistentVolumeReclaimPolicy", text("Delete")),
        ("hostPath", map([("path", text(ecow::eco_format!("/simulated/{name}")))])),
    ]);
    if let Some(class) = claim.at(&["spec", "storageClassName"]) {
        set(&mut spec, &["storageClassName"], class.clone());
    }
    let mut object = map([
        ("apiVersion", text("v1")),
        ("kind", text("PersistentVolume")),
        ("metadata", map([("name", text(name.clone()))])),
        ("spec", spec),
    ]);
    simulated(&mut object);
    object
}

/// A volume says that it is bound, and goes when its claim has gone, if it was made for it.
pub(super) fn reconcile_volume(view: &View, id: &Id) -> Outcome {
    let Some(volume) = view.get(id) else { return Outcome::rest() };
    let claim = volume.at(&["spec", "claimRef"]).and_then(|claim| claim.str_at(&["uid"]));
    let is_claimed = claim.is_some_and(|uid| view.by_uid(uid).is_some());
    if is_deleting(volume) {
        let is_free = has_finalizer(volume, VOLUME_IN_USE) && !is_claimed;
        let write = is_free.then(|| Write::update(id, without_finalizer(volume, VOLUME_IN_USE)));
        return write.into();
    }
    if claim.is_some() && !is_claimed && is_simulated(volume) {
        return vec![Write::delete(id, volume, Deletion::Background)].into();
    }
    let phase = match (claim, is_claimed) {
        (None, _) => "Available",
        (Some(_), true) => "Bound",
        (Some(_), false) => "Released",
    };
    let status = map([("phase", text(phase))]);
    if volume.str_at(&["status", "phase"]) == Some(phase) {
        return Outcome::rest();
    }
    with_status(volume, status).map(|object| Write::status(id, object)).into()
}

#[cfg(test)]
mod tests;
