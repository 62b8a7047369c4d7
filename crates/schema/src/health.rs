//! Whether an object has become what its spec asks for: kstatus, as Flux's controllers compute it.
//!
//! The rules and messages are those of Flux's fork of cli-utils (`pkg/kstatus/status`), and for Jobs
//! those of Flux's own reader (`fluxcd/pkg`, `runtime/statusreaders`): a Job is current when it is
//! complete, not when it has started. One rule is left out because it needs a clock: a Pod that
//! cannot be scheduled is in progress here, where kstatus lets it fail after 15 seconds.

mod workloads;

use manifest::{Node, Object, Text};

/// How far an object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// On its way.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// It is what its spec asks for, or a kind of which nothing more can be said.
    Current,
    /// It is being deleted.
    Terminating,
    /// Its status makes no sense to us.
    Unknown,
}

impl Status {
    /// Its name, as kstatus writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::InProgress => "InProgress",
            Status::Failed => "Failed",
            Status::Current => "Current",
            Status::Terminating => "Terminating",
            Status::Unknown => "Unknown",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far an object is, and why one says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// How far it is.
    pub status: Status,
    /// Why, in a few words: `Available: 2/3`. Often the message of a condition.
    pub message: Text,
}

impl Health {
    fn new(status: Status, message: impl Into<Text>) -> Health {
        Health { status, message: message.into() }
    }

    fn current(message: impl Into<Text>) -> Health {
        Health::new(Status::Current, message)
    }

    fn failed(message: impl Into<Text>) -> Health {
        Health::new(Status::Failed, message)
    }

    fn in_progress(message: impl Into<Text>) -> Health {
        Health::new(Status::InProgress, message)
    }
}

/// How far `object` is, judged by itself alone; its status has to be in it.
pub fn health(object: &Object) -> Health {
    let root = object.root();
    if let Some(health) = generic(object) {
        return health;
    }
    let gvk = object.gvk();
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "ConfigMap" | "Secret") | ("batch", "CronJob") => {
            Health::current("Resource is always ready")
        }
        ("", "Service") => service(root),
        ("", "Pod") => workloads::pod(root),
        ("", "PersistentVolumeClaim") => claim(root),
        ("apps" | "extensions", "Deployment") => workloads::deployment(root),
        ("apps" | "extensions", "ReplicaSet") => workloads::replica_set(root),
        ("apps", "StatefulSet") => workloads::stateful_set(root),
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set(root),
        ("batch", "Job") => workloads::job(root),
        ("policy", "PodDisruptionBudget") => {
            Health::current("AllowedDisruptions has been computed.")
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(root),
        _ => ready(root).unwrap_or_else(|| Health::current("Resource is current")),
    }
}

/// Why the containers of a Pod do not run, where they say so: `container app: ImagePullBackOff:
/// Back-off pulling image "x"`. It is what somebody wants to read who waits for the Pod's owner.
pub fn trouble(pod: &Object) -> Option<Text> {
    workloads::trouble(pod.root())
}

/// What can be said of any kind: it is being deleted, its controller has not seen it yet, or it has
/// one of the conditions that kstatus defines.
fn generic(object: &Object) -> Option<Health> {
    let root = object.root();
    let deleted = root.str_at(&["metadata", "deletionTimestamp"]);
    if deleted.is_some_and(|time| !time.is_empty()) {
        return Some(Health::new(Status::Terminating, "Resource scheduled for deletion"));
    }
    let int = |path: &[&str]| root.at(path).and_then(Node::as_int);
    let generation = int(&["metadata", "generation"]);
    let observed = int(&["status", "observedGeneration"]);
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        return Some(Health::in_progress(ecow::eco_format!(
            "{} generation is {generation}, but latest observed generation is {observed}",
            object.kind()
        )));
    }
    conditions(root).find_map(|condition| match (condition.kind, condition.status) {
        ("Reconciling", "True") => Some(Health::in_progress(condition.message)),
        ("Stalled", "True") => Some(Health::failed(condition.message)),
        _ => None,
    })
}

/// What a `Ready` condition says.
fn ready(root: &Node) -> Option<Health> {
    let known = |condition: &Condition<'_>| {
        condition.kind == "Ready" && matches!(condition.status, "True" | "False" | "Unknown")
    };
    let condition = conditions(root).find(known)?;
    Some(match condition.status {
        "True" => Health::current("Resource is Ready"),
        _ => Health::in_progress(condition.message),
    })
}

fn service(root: &Node) -> Health {
    let is_balanced = root.str_at(&["spec", "type"]) == Some("LoadBalancer");
    if is_balanced && root.str_at(&["spec", "clusterIP"]).is_none_or(str::is_empty) {
        return Health::in_progress("ClusterIP not set. Service type: LoadBalancer");
    }
    Health::current("Service is ready")
}

fn claim(root: &Node) -> Health {
    match root.str_at(&["status", "phase"]).unwrap_or("unknown") {
        "Bound" => Health::current("PVC is Bound"),
        phase => Health::in_progress(ecow::eco_format!("PVC is not Bound. phase: {phase}")),
    }
}

fn definition(root: &Node) -> Health {
    let decided = conditions(root).find_map(|condition| match (condition.kind, condition.status) {
        ("NamesAccepted", "False") => Some(Health::failed(condition.message)),
        ("Established", "False") if condition.reason != "Installing" => {
            Some(Health::failed(condition.message))
        }
        ("Established", "True") => Some(Health::current("CRD is established")),
        _ => None,
    });
    decided.unwrap_or_else(|| Health::in_progress("Install in progress"))
}

/// One of `status.conditions`; what is missing is empty.
#[derive(Clone, Copy)]
struct Condition<'n> {
    kind: &'n str,
    status: &'n str,
    reason: &'n str,
    message: &'n str,
}

fn conditions(root: &Node) -> impl Iterator<Item = Condition<'_>> {
    let list = root.at(&["status", "conditions"]).and_then(Node::as_list).unwrap_or_default();
    list.iter().map(|node| {
        let text = |key: &str| node.str_at(&[key]).unwrap_or_default();
        Condition {
            kind: text("type"),
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
        }
    })
}

#[cfg(test)]
mod tests;
