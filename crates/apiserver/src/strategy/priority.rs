//! Priorities of pods, and the classes that they come from (Kubernetes' Priority admission).

use manifest::Node;

use crate::call::Answer;
use crate::make::{int, meta, text};
use crate::server::Server;
use crate::target::Target;

const GROUP: &str = "scheduling.k8s.io";

/// A class: its name, its priority, and whether it pushes others out.
struct Class {
    name: String,
    value: i64,
    preemption: String,
}

/// The class of a name, or the one for pods that name none; `None` where there is no such class.
fn class(server: &Server, name: &str) -> Option<Class> {
    let lower = || "PreemptLowerPriority".to_owned();
    let of = |value: i64| Class { name: name.to_owned(), value, preemption: lower() };
    let found = match name {
        "system-cluster-critical" => return Some(of(2_000_000_000)),
        "system-node-critical" => return Some(of(2_000_001_000)),
        "" => match default(server) {
            Some(found) => found,
            None => return Some(of(0)),
        },
        _ => server.object(GROUP, "priorityclasses", "", name)?,
    };
    Some(Class {
        name: meta(&found, "name").to_owned(),
        value: found.get("value").and_then(Node::as_int).unwrap_or(0),
        preemption: found.str_at(&["preemptionPolicy"]).map_or_else(lower, str::to_owned),
    })
}

fn is_default(class: &Node) -> bool {
    class.get("globalDefault").and_then(Node::as_bool) == Some(true)
}

/// The class that is marked as the default; of several, the lowest.
fn default(server: &Server) -> Option<Node> {
    let classes = server.objects(GROUP, "priorityclasses").into_iter().filter(is_default);
    classes.min_by_key(|class| class.get("value").and_then(Node::as_int).unwrap_or(0))
}

/// Gives a new pod the priority of its class.
pub(crate) fn set(server: &Server, target: &Target, pod: &mut Node) -> Result<(), Answer> {
    if !target.resource.is("", "Pod") {
        return Ok(());
    }
    let name = pod.str_at(&["spec", "priorityClassName"]).unwrap_or_default().to_owned();
    let Some(class) = class(server, &name) else {
        return Err(target.forbidden(&format!("no PriorityClass with name {name} was found")));
    };
    let given = pod.at(&["spec", "priority"]).and_then(Node::as_int);
    if let Some(given) = given.filter(|given| *given != class.value) {
        return Err(target.forbidden(&format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority \
             admission controller computed {} from the given PriorityClass name",
            class.value
        )));
    }
    let given = pod.str_at(&["spec", "preemptionPolicy"]);
    if let Some(given) = given.filter(|given| *given != class.preemption) {
        return Err(target.forbidden(&format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; \
             priority admission controller computed {} from the given PriorityClass name",
            class.preemption
        )));
    }
    if let Some(spec) =
        pod.get("spec").is_some().then(|| pod.map_entry("spec", manifest::Origin::NONE))
        && let Some(spec) = spec
    {
        if !class.name.is_empty() {
            spec.set("priorityClassName", text(class.name));
        }
        spec.set("priority", int(class.value));
        spec.set("preemptionPolicy", text(class.preemption));
    }
    Ok(())
}

/// Refuses a second class that is the default.
pub(crate) fn check(server: &Server, target: &Target, class: &Node) -> Result<(), Answer> {
    if !target.resource.is(GROUP, "PriorityClass") || !is_default(class) {
        return Ok(());
    }
    let other = default(server).map(|other| meta(&other, "name").to_owned());
    match other.filter(|other| *other != target.name) {
        None => Ok(()),
        Some(other) => Err(target.forbidden(&format!(
            "PriorityClass {other} is already marked as default. Only one default can exist"
        ))),
    }
}
