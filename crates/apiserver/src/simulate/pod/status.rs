//! What a kubelet says of a Pod.

use jiff::Timestamp;
use manifest::{Node, Text};

use super::{cause, image, put};
use crate::make::{boolean, int, list, map, meta, text};
use crate::simulate::edit::{condition, items, set, time, with_status};
use crate::simulate::images::{Fate, fate};
use crate::simulate::node::host_address;

const CONDITIONS: [&str; 5] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

fn before(pod: &Node) -> Node {
    pod.get("status").cloned().unwrap_or_else(|| map([]))
}

/// A condition of a Pod. `why` is the reason and the message of one that is `False`.
fn one(pod: &Node, kind: &str, value: bool, why: (&str, &str), now: Timestamp) -> Node {
    let value = if value { "True" } else { "False" };
    let (reason, message) = if value == "True" { ("", "") } else { why };
    let before = condition(pod, kind).filter(|before| before.str_at(&["status"]) == Some(value));
    let since = before.and_then(|before| before.get("lastTransitionTime")).cloned();
    let mut condition = map([
        ("type", text(kind)),
        ("status", text(value)),
        ("lastProbeTime", Node::default()),
        ("lastTransitionTime", since.unwrap_or_else(|| time(now))),
    ]);
    for (key, value) in [("reason", reason), ("message", message)] {
        if !value.is_empty() {
            set(&mut condition, &[key], text(value));
        }
    }
    condition
}

/// The five conditions; `True` are those that `holds` says.
fn conditions(pod: &Node, holds: impl Fn(&str) -> bool, why: (&str, &str), now: Timestamp) -> Node {
    list(CONDITIONS.map(|kind| one(pod, kind, holds(kind), why, now)))
}

/// There is no Node for it.
pub(super) fn unschedulable(pod: &Node, message: &str, now: Timestamp) -> Option<Node> {
    let mut status = before(pod);
    put(&mut status, "phase", text("Pending"));
    let scheduled = one(pod, "PodScheduled", false, ("Unschedulable", message), now);
    put(&mut status, "conditions", list([scheduled]));
    with_status(pod, status)
}

/// Its Node has seen it.
pub(super) fn creating(pod: &Node, now: Timestamp) -> Option<Node> {
    let mut status = before(pod);
    let unready = unready(pod, |_| true);
    let is_initialized = items(pod, &["spec", "initContainers"]).is_empty();
    let holds = |kind: &str| match kind {
        "PodScheduled" => true,
        "Initialized" => is_initialized,
        _ => false,
    };
    put(&mut status, "phase", text("Pending"));
    put(&mut status, "conditions", conditions(pod, holds, ("ContainersNotReady", &unready), now));
    host(pod, &mut status);
    put(&mut status, "startTime", time(now));
    let waits = |reason: &str| map([("waiting", map([("reason", text(reason))]))]);
    let reason = if is_initialized { "ContainerCreating" } else { "PodInitializing" };
    for (key, state) in KEYS.into_iter().zip([waits("PodInitializing"), waits(reason)]) {
        let statuses = items(pod, &["spec", key.0]).iter();
        let statuses =
            statuses.map(|container| container_status(pod, container, false, state.clone()));
        let statuses = list(statuses);
        if statuses.as_list().is_some_and(|list| !list.is_empty()) {
            put(&mut status, key.1, statuses);
        }
    }
    with_status(pod, status)
}

/// The lists of containers in a spec, and what they are called in a status.
const KEYS: [(&str, &str); 2] =
    [("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")];

fn host(pod: &Node, status: &mut Node) {
    let address = host_address(pod.str_at(&["spec", "nodeName"]).unwrap_or_default());
    put(status, "hostIP", text(address.clone()));
    put(status, "hostIPs", list([map([("ip", text(address))])]));
}

/// The containers of which `is_unready` holds, in the words of a condition.
fn unready(pod: &Node, is_unready: impl Fn(&Node) -> bool) -> String {
    let names = items(pod, &["spec", "containers"]).iter().filter(|one| is_unready(one));
    let names: Vec<&str> = names.filter_map(|container| container.str_at(&["name"])).collect();
    format!("containers with unready status: [{}]", names.join(" "))
}

fn container_status(pod: &Node, container: &Node, is_ready: bool, state: Node) -> Node {
    let name = container.str_at(&["name"]).unwrap_or_default();
    let has_run = state.get("running").is_some() || state.get("terminated").is_some();
    let id: Text = match has_run {
        true => ecow::eco_format!("simulated://{}/{name}", meta(pod, "uid")),
        false => Text::new(),
    };
    let image_id = if has_run { image(container) } else { "" };
    let mut status = map([
        ("name", text(name)),
        ("image", text(image(container))),
        ("imageID", text(image_id)),
        ("lastState", map([])),
        ("ready", boolean(is_ready)),
        ("restartCount", int(0)),
        ("started", boolean(state.get("running").is_some())),
        ("state", state),
    ]);
    if has_run {
        put(&mut status, "containerID", text(id));
    }
    status
}

/// What becomes of a container.
fn outcome(pod: &Node, container: &Node, is_init: bool, now: Timestamp) -> Node {
    let waits = |reason: &str, message: String| {
        map([("waiting", map([("reason", text(reason)), ("message", text(message))]))])
    };
    let image = image(container);
    match fate(image) {
        Fate::Runs if is_init && container.str_at(&["restartPolicy"]) != Some("Always") => {
            container_status(pod, container, true, terminated(0, "Completed", now))
        }
        Fate::Runs => {
            let running = map([("running", map([("startedAt", time(now))]))]);
            container_status(pod, container, true, running)
        }
        Fate::NotFound => {
            let message =
                format!("Back-off pulling image \"{image}\": ErrImagePull: {}", cause(image));
            container_status(pod, container, false, waits("ImagePullBackOff", message))
        }
        Fate::Crashes => {
            let name = container.str_at(&["name"]).unwrap_or_default();
            let message = format!(
                "back-off 5m0s restarting failed container={name} pod={}_{}({})",
                meta(pod, "name"),
                meta(pod, "namespace"),
                meta(pod, "uid")
            );
            let mut status =
                container_status(pod, container, false, waits("CrashLoopBackOff", message));
            put(&mut status, "lastState", terminated(1, "Error", now));
            put(&mut status, "restartCount", int(5));
            status
        }
    }
}

fn terminated(code: i64, reason: &str, now: Timestamp) -> Node {
    let terminated = map([
        ("exitCode", int(code)),
        ("reason", text(reason)),
        ("startedAt", time(now)),
        ("finishedAt", time(now)),
    ]);
    map([("terminated", terminated)])
}

/// Its containers run, or cannot.
pub(super) fn started(pod: &Node, address: &Text, now: Timestamp) -> Option<Node> {
    let mut status = before(pod);
    let fails = |container: &Node| fate(image(container)) != Fate::Runs;
    let init = items(pod, &["spec", "initContainers"]);
    let is_held = init.iter().any(fails);
    let is_ready = !is_held && !items(pod, &["spec", "containers"]).iter().any(fails);
    let pulls = |container: &Node| fate(image(container)) != Fate::NotFound;
    let is_running = !is_held && items(pod, &["spec", "containers"]).iter().all(pulls);
    let unready = unready(pod, |container| is_held || fails(container));
    let holds = |kind: &str| match kind {
        "Ready" | "ContainersReady" => is_ready,
        "Initialized" => !is_held,
        _ => true,
    };
    put(&mut status, "phase", text(if is_running { "Running" } else { "Pending" }));
    put(&mut status, "conditions", conditions(pod, holds, ("ContainersNotReady", &unready), now));
    host(pod, &mut status);
    put(&mut status, "podIP", text(address.clone()));
    put(&mut status, "podIPs", list([map([("ip", text(address.clone()))])]));
    for ((of_spec, of_status), is_init) in KEYS.into_iter().zip([true, false]) {
        let waiting = map([("waiting", map([("reason", text("PodInitializing"))]))]);
        let statuses =
            items(pod, &["spec", of_spec]).iter().map(|container| match is_held && !is_init {
                true => container_status(pod, container, false, waiting.clone()),
                false => outcome(pod, container, is_init, now),
            });
        let statuses = list(statuses);
        if statuses.as_list().is_some_and(|list| !list.is_empty()) {
            put(&mut status, of_status, statuses);
        }
    }
    with_status(pod, status)
}

/// Its containers have ended.
pub(super) fn ended(pod: &Node, succeeds: bool, now: Timestamp) -> Option<Node> {
    let mut status = before(pod);
    let (phase, code, reason) =
        if succeeds { ("Succeeded", 0, "Completed") } else { ("Failed", 1, "Error") };
    let why = if succeeds { "PodCompleted" } else { "PodFailed" };
    let holds = |kind: &str| matches!(kind, "PodScheduled" | "Initialized");
    put(&mut status, "phase", text(phase));
    put(&mut status, "conditions", conditions(pod, holds, (why, ""), now));
    let statuses = items(pod, &["spec", "containers"]).iter();
    let statuses = statuses
        .map(|container| container_status(pod, container, false, terminated(code, reason, now)));
    put(&mut status, "containerStatuses", list(statuses));
    with_status(pod, status)
}
