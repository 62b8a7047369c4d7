//! What of a pod may change, through which endpoint.

use manifest::{Map, Node, Origin};
use rustc_hash::FxHashMap;

use super::{MIRROR, annotations, metadata_and_spec, scheduling};
use crate::go;
use crate::quality;
use crate::validation::checks::same;
use crate::validation::metadata;
use crate::validation::spot::Spot;

const CHANGES: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
    tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const APP_ARMOR: &str = super::APP_ARMOR;

/// A pod after an update of the pod itself.
pub(crate) fn update(pod: Spot<'_, '_>, live: &Node) {
    metadata::updated(pod, live);
    metadata_and_spec(pod);
    annotation_updates(pod, live);
    let spec = pod.field("spec");
    let Some(old) = live.get("spec") else { return };
    for list in ["containers", "initContainers"] {
        let containers = spec.field(list);
        let before = old.get(list).and_then(Node::as_list).unwrap_or_default();
        if containers.len() != before.len() {
            return containers.forbidden("pod updates may not add or remove containers");
        }
        for container in containers.items() {
            container.field("image").required_text();
            super::container::image_has_no_blanks(container);
        }
    }
    if !deadline(&spec.field("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")) {
        return;
    }
    scheduling::added_tolerations(&spec.field("tolerations"), old.get("tolerations"));
    only_deleted_gates(&spec.field("schedulingGates"), old.get("schedulingGates"));
    if spec.node() == old {
        return;
    }
    let mut munged = spec.node().clone();
    munge(&mut munged, old);
    let gated =
        old.get("schedulingGates").and_then(Node::as_list).is_some_and(|list| !list.is_empty());
    if gated {
        let selector = spec.field("nodeSelector");
        scheduling::narrowed_selector(&selector, old.get("nodeSelector"));
        take(&mut munged, old, "nodeSelector");
        let affinity = spec.field("affinity.nodeAffinity");
        let before = old.at(&["affinity", "nodeAffinity"]);
        if !same(Some(affinity.node()), before) {
            scheduling::narrowed_affinity(&affinity, before);
            take_affinity(&mut munged, old);
        }
    }
    if munged != *old {
        let internal = |node: &Node| go::internal("core.PodSpec", node);
        spec.forbidden(&format!("{CHANGES}\n{}", go::diff(&internal(old), &internal(&munged))));
    }
}

fn annotation_updates(pod: Spot<'_, '_>, live: &Node) {
    let place = pod.field("metadata.annotations");
    let before = live.at(&["metadata", "annotations"]);
    let old_place = place.with(before.unwrap_or(place.node()));
    let before = before.and_then(Node::as_map);
    for (key, old) in before.into_iter().flat_map(Map::iter) {
        if place.node().get(key) == Some(old) {
            continue;
        }
        let root = old_place.key(key);
        if key.starts_with(APP_ARMOR) {
            root.forbidden("may not remove or update AppArmor annotations");
        }
        if key.as_str() == MIRROR {
            root.forbidden("may not remove or update mirror pod annotation");
        }
    }
    for (key, spot) in place.entries() {
        if before.is_some_and(|before| before.contains(key)) {
            continue;
        }
        if key.starts_with(APP_ARMOR) {
            spot.forbidden("may not add AppArmor annotations");
        }
        if key == MIRROR {
            spot.forbidden("may not add mirror pod annotation");
        }
    }
    annotations(&place, pod.field("spec"));
}

/// Whether the rest is looked at.
fn deadline(new: &Spot<'_, '_>, old: Option<&Node>) -> bool {
    let before = old.and_then(Node::as_int);
    match (new.int(), before) {
        (Some(new_value), _) if !(0..=2_147_483_647).contains(&new_value) => {
            new.invalid("must be between 0 and 2147483647, inclusive");
            false
        }
        (Some(new_value), Some(before)) if before < new_value => {
            new.invalid("must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            new.invalid("must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

fn only_deleted_gates(gates: &Spot<'_, '_>, old: Option<&Node>) {
    let old = old.and_then(Node::as_list).unwrap_or_default();
    for gate in gates.items() {
        let name = gate.field("name");
        if !old.iter().any(|other| other.get("name") == Some(name.node())) {
            let why = format!(
                "only deletion is allowed, but found new scheduling gate '{}'",
                name.text()
            );
            name.forbidden(&why);
        }
    }
}

/// Gives a spec what of it may change as it was.
fn munge(spec: &mut Node, old: &Node) {
    for list in ["containers", "initContainers"] {
        let before = old.get(list).and_then(Node::as_list).unwrap_or_default();
        let containers = spec.as_map_mut().and_then(|map| map.get_mut(list)?.as_list_mut());
        let Some(containers) = containers else { continue };
        for (container, before) in containers.make_mut().iter_mut().zip(before) {
            take(container, before, "image");
        }
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        take(spec, old, field);
    }
    let seconds = |node: &Node| node.get("terminationGracePeriodSeconds").and_then(Node::as_int);
    if seconds(old).is_some_and(|seconds| seconds < 0) && seconds(spec) == Some(1) {
        take(spec, old, "terminationGracePeriodSeconds");
    }
}

/// Gives `node` the field that `from` has, or none.
fn take(node: &mut Node, from: &Node, field: &str) {
    let Some(map) = node.as_map_mut() else { return };
    match from.get(field) {
        Some(value) => map.set(field, value.clone()),
        None => drop(map.remove(field)),
    }
}

fn take_affinity(spec: &mut Node, old: &Node) {
    let before = old.at(&["affinity", "nodeAffinity"]).cloned();
    let Some(map) = spec.map_entry("affinity", Origin::NONE) else { return };
    match before {
        Some(before) => map.set("nodeAffinity", before),
        None => drop(map.remove("nodeAffinity")),
    }
    if map.is_empty()
        && old.get("affinity").is_none()
        && let Some(spec) = spec.as_map_mut()
    {
        spec.remove("affinity");
    }
}

/// A pod after a write of its containers for debugging.
pub(crate) fn ephemeral_containers(pod: Spot<'_, '_>, live: &Node) {
    metadata::updated(pod, live);
    metadata_and_spec(pod);
    annotation_updates(pod, live);
    let list = pod.field("spec.ephemeralContainers");
    let new: FxHashMap<&str, &Node> =
        list.items().map(|item| (item.field("name").text(), item.node())).collect();
    let old = live.at(&["spec", "ephemeralContainers"]).and_then(Node::as_list);
    for old in old.unwrap_or_default() {
        let name = old.str_at(&["name"]).unwrap_or_default();
        let quoted = go::quoted(name);
        match new.get(name) {
            None => list
                .forbidden(&format!("existing ephemeral containers {quoted} may not be removed\n")),
            Some(new) if *new != old => {
                let internal = |node: &Node| go::internal("core.EphemeralContainer", node);
                let difference = go::diff(&internal(old), &internal(new));
                list.forbidden(&format!(
                    "existing ephemeral containers {quoted} may not be changed\n{difference}"
                ));
            }
            Some(_) => {}
        }
    }
}

/// A pod after a write of its resources.
pub(crate) fn resize(pod: Spot<'_, '_>, live: &Node) {
    metadata::updated(pod, live);
    metadata_and_spec(pod);
    let spec = pod.field("spec");
    let (Some(new), Some(old)) = (pod.node().get("spec"), live.get("spec")) else { return };
    if quality::of(new) != quality::of(old) {
        let class = go::quoted(pod.field("status.qosClass").text());
        spec.invalid_as(&class, "Pod QOS Class may not change as a result of resizing");
    }
    let mark = spec.mark();
    for (list, what) in [("containers", "containers"), ("initContainers", "initContainers")] {
        order(&spec.field(list), old.get(list), what);
    }
    if !spec.is_clean_since(mark) {
        return;
    }
    for list in ["initContainers", "containers"] {
        let containers = spec.field(list);
        let before = old.get(list).and_then(Node::as_list).unwrap_or_default();
        for (container, before) in containers.items().zip(before) {
            for part in ["requests", "limits"] {
                removed(&container.field("resources"), before, part);
            }
        }
    }
    if !spec.is_clean_since(0) {
        return;
    }
    let (new, old) = (without_compute(new), without_compute(old));
    if new != old {
        spec.forbidden("only cpu and memory resources are mutable");
    }
}

fn order(list: &Spot<'_, '_>, old: Option<&Node>, what: &str) {
    let old = old.and_then(Node::as_list).unwrap_or_default();
    if list.len() != old.len() {
        return list.forbidden(&format!("{what} may not be added or removed on resize"));
    }
    for (container, old) in list.items().zip(old) {
        let name = container.field("name");
        if old.get("name") != Some(name.node()) {
            name.forbidden(&format!("{what} may not be renamed or reordered on resize"));
        }
    }
}

fn removed(resources: &Spot<'_, '_>, before: &Node, part: &'static str) {
    let old = before.at(&["resources", part]).and_then(Node::as_map);
    let place = resources.field(part);
    let is_gone =
        old.into_iter().flat_map(Map::iter).any(|(name, _)| place.node().get(name).is_none());
    if is_gone {
        place.forbidden(&format!("resource {part} cannot be removed"));
    }
}

/// A spec without the amounts that a resize may change.
fn without_compute(spec: &Node) -> Node {
    let mut spec = spec.clone();
    let strip = |resources: &mut Node| {
        for part in ["requests", "limits"] {
            let amounts = resources.as_map_mut().and_then(|map| map.get_mut(part)?.as_map_mut());
            if let Some(amounts) = amounts {
                amounts.remove("cpu");
                amounts.remove("memory");
                if amounts.is_empty()
                    && let Some(map) = resources.as_map_mut()
                {
                    map.remove(part);
                }
            }
        }
    };
    let Some(map) = spec.as_map_mut() else { return spec };
    if let Some(resources) = map.get_mut("resources") {
        strip(resources);
    }
    for list in ["containers", "initContainers"] {
        let containers = map.get_mut(list).and_then(Node::as_list_mut);
        let Some(containers) = containers else { continue };
        for container in containers.make_mut() {
            if let Some(resources) = container.as_map_mut().and_then(|map| map.get_mut("resources"))
            {
                strip(resources);
            }
        }
    }
    spec
}
