//! Pods: to a Node, through the creation of their containers, to running and ready; a step each.
//!
//! A Pod that is to be deleted goes at once. The Pods of a Job end a step after they run. What an
//! image's name says decides whether its containers run (`images`).

mod status;

use manifest::{Node, Text};

use super::edit::{is_deleting, items, set};
use super::images::{Fate, fate, full_name};
use super::node;
use super::owned::has_ended;
use super::view::{Id, View, controller};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{meta, text};

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(pod) = view.get(id) else { return Outcome::rest() };
    if is_deleting(pod) {
        return vec![Write::delete(id, pod, Deletion::AtOnce)].into();
    }
    if has_ended(pod) {
        return Outcome::rest();
    }
    let stage = Stage::of(pod);
    if stage == Stage::Settled {
        return Outcome::rest();
    }
    if !turn.due {
        return Outcome::wait();
    }
    match stage {
        Stage::Unassigned => assign(view, id, pod, turn),
        Stage::Assigned => {
            status::creating(pod, turn.now).map(|object| Write::status(id, object)).into()
        }
        Stage::Creating => start(view, id, pod, turn),
        Stage::Running => finish(id, pod, turn),
        Stage::Settled => Outcome::rest(),
    }
}

/// How far a Pod is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It has no Node.
    Unassigned,
    /// The Node has not seen it.
    Assigned,
    /// Its containers are not what its spec says.
    Creating,
    /// It runs, and will end.
    Running,
    /// It stays like this.
    Settled,
}

impl Stage {
    fn of(pod: &Node) -> Stage {
        if pod.str_at(&["spec", "nodeName"]).is_none_or(str::is_empty) {
            return Stage::Unassigned;
        }
        if pod.str_at(&["status", "startTime"]).is_none() {
            return Stage::Assigned;
        }
        if !has_images(pod) {
            return Stage::Creating;
        }
        match worst(pod) {
            Fate::Runs | Fate::Crashes if is_of_job(pod) => Stage::Running,
            _ => Stage::Settled,
        }
    }
}

/// Whether the containers are beyond their creation, and of the images that the spec names.
fn has_images(pod: &Node) -> bool {
    let statuses = items(pod, &["status", "containerStatuses"]);
    items(pod, &["spec", "containers"]).iter().all(|container| {
        let of = |status: &&Node| status.get("name") == container.get("name");
        statuses.iter().find(of).is_some_and(|status| {
            let reason = status.str_at(&["state", "waiting", "reason"]);
            reason != Some("ContainerCreating") && status.get("image") == container.get("image")
        })
    })
}

fn is_of_job(pod: &Node) -> bool {
    controller(pod).is_some_and(|owner| owner.node.str_at(&["kind"]) == Some("Job"))
}

/// All containers, those that run first first.
fn containers(pod: &Node) -> impl Iterator<Item = &Node> {
    let of = |key: &str| items(pod, &["spec", key]).iter();
    of("initContainers").chain(of("containers"))
}

fn image(container: &Node) -> &str {
    container.str_at(&["image"]).unwrap_or_default()
}

/// The fate that decides about the Pod.
fn worst(pod: &Node) -> Fate {
    let mut fates = containers(pod).map(|container| fate(image(container)));
    fates.find(|fate| *fate != Fate::Runs).unwrap_or(Fate::Runs)
}

/// Gives a Pod a Node.
fn assign(view: &View, id: &Id, pod: &Node, turn: Turn) -> Outcome {
    const SOURCE: &str = "default-scheduler";
    let nothing = Node::default();
    let spec = pod.get("spec").unwrap_or(&nothing);
    let nodes: Vec<_> = node::candidates(view, spec, false).collect();
    let chance = usize::try_from(number(meta(pod, "uid"))).unwrap_or_default();
    let Some((chosen, _)) = chance.checked_rem(nodes.len()).and_then(|at| nodes.get(at)) else {
        let all = view.of("nodes", "").count();
        let message = format!(
            "0/{all} nodes are available: {all} node(s) didn't match Pod's node affinity/selector."
        );
        let Some(object) = status::unschedulable(pod, &message, turn.now) else {
            return Outcome::rest();
        };
        let tell = Event::warning(pod, SOURCE, "FailedScheduling", message);
        return vec![Write::status(id, object), Write::Tell(tell)].into();
    };
    let mut object = pod.clone();
    set(&mut object, &["spec", "nodeName"], text(chosen.name.clone()));
    let message = format!("Successfully assigned {}/{} to {}", id.namespace, id.name, chosen.name);
    vec![Write::update(id, object), Write::Tell(Event::normal(pod, SOURCE, "Scheduled", message))]
        .into()
}

/// The containers run, or do not.
fn start(view: &View, id: &Id, pod: &Node, turn: Turn) -> Outcome {
    let address = pod.str_at(&["status", "podIP"]).map(Text::from);
    let address = address.unwrap_or_else(|| new_address(view, pod));
    let Some(object) = status::started(pod, &address, turn.now) else { return Outcome::rest() };
    let mut writes = vec![Write::status(id, object)];
    for container in containers(pod) {
        let (name, image) = (container.str_at(&["name"]).unwrap_or_default(), image(container));
        let told = match fate(image) {
            Fate::Runs => vec![
                (
                    false,
                    "Pulled",
                    format!("Container image \"{image}\" already present on machine"),
                ),
                (false, "Created", format!("Created container: {name}")),
                (false, "Started", format!("Started container {name}")),
            ],
            Fate::NotFound => vec![
                (true, "Failed", format!("Failed to pull image \"{image}\": {}", cause(image))),
                (true, "Failed", "Error: ImagePullBackOff".to_owned()),
            ],
            Fate::Crashes => vec![(
                true,
                "BackOff",
                format!(
                    "Back-off restarting failed container {name} in pod {}_{}({})",
                    id.name,
                    id.namespace,
                    meta(pod, "uid")
                ),
            )],
        };
        let fails = fate(image) != Fate::Runs;
        writes.extend(told.into_iter().map(|(is_warning, reason, message)| {
            let event = Event::normal(pod, "kubelet", reason, message).in_container(name);
            Write::Tell(Event { is_warning, ..event })
        }));
        if fails {
            break;
        }
    }
    writes.into()
}

/// What a container runtime says of an image that it does not find.
fn cause(image: &str) -> String {
    let full = full_name(image);
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": \
         failed to resolve reference \"{full}\": {full}: not found"
    )
}

/// The Pods of Jobs end.
fn finish(id: &Id, pod: &Node, turn: Turn) -> Outcome {
    let succeeds = worst(pod) == Fate::Runs;
    let object = status::ended(pod, succeeds, turn.now);
    object.map(|object| Write::status(id, object)).into()
}

/// A number that belongs to a uid.
pub(super) fn number(uid: &str) -> u32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    uid.bytes().fold(0x811c_9dc5, hash)
}

/// An address that no other Pod has.
fn new_address(view: &View, pod: &Node) -> Text {
    if super::edit::flag_at(pod, &["spec", "hostNetwork"]) {
        return node::host_address(pod.str_at(&["spec", "nodeName"]).unwrap_or_default());
    }
    let first = number(meta(pod, "uid"));
    let addresses = (0..=u32::from(u16::MAX)).map(|step| {
        let [.., third, fourth] = first.wrapping_add(step).to_be_bytes();
        ecow::eco_format!("10.244.{third}.{}", fourth.clamp(1, 254))
    });
    let mut addresses = addresses.filter(|address| !view.has_address(address));
    addresses.next().unwrap_or_else(|| "10.244.0.1".into())
}

/// Sets a field of a status in place.
fn put(status: &mut Node, key: &str, value: Node) {
    set(status, &[key], value);
}

#[cfg(test)]
mod tests;
