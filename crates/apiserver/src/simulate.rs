//! The controllers around a real API server, simulated: what is created becomes ready in steps, what
//! is deleted takes its dependents along, and nothing of it runs.
//!
//! ```text
//!  Server::changes ──▶ View ──▶ wake: who may care ──▶ reconcile: what to write ──▶ Server::call
//!                                                          └──▶ look again: in a step, at a time
//! ```
//!
//! Decisions are functions of the [`View`](view::View) and the time (one file a kind). The driver is
//! the only one that acts: it asks those that a change may concern, writes what they want, and keeps
//! their timers. Nothing is polled; a cluster in which nothing changes has no timers, but for the
//! deadlines of what does not become ready. What a controller needs to know stands in its objects, so a
//! server that is opened again goes on where it was.
//!
//! `docs/simulation.md` says what is simulated and what is not.

mod daemon_set;
mod deployment;
mod driver;
mod edit;
mod endpoints;
mod garbage;
mod images;
mod job;
mod namespace;
mod node;
mod owned;
mod pod;
mod policy;
mod replica_set;
mod revision;
mod role;
mod stateful_set;
mod view;
mod volume;
mod wake;
mod write;

pub(crate) use driver::start;

use view::View;
use wake::Task;
use write::{Outcome, Turn};

/// The annotation of every object that is made here, and of no other; its value is `true`.
pub const SIMULATED: &str = "simulation.nauarch.dev/simulated";

/// The version that simulated Nodes say they have.
const VERSION: &str = "v1.36.0-simulated";

/// What the controllers want of one object.
fn reconcile(view: &View, task: &Task, turn: Turn) -> Outcome {
    let id = match task {
        Task::Garbage(id) => return garbage::reconcile(view, id),
        Task::Gone(id) => return endpoints::gone(view, id),
        Task::Object(id) => id,
    };
    match id.collection.as_str() {
        "deployments.apps" => deployment::reconcile(view, id, turn),
        "replicasets.apps" => replica_set::reconcile(view, id, turn),
        "statefulsets.apps" => stateful_set::reconcile(view, id, turn),
        "daemonsets.apps" => daemon_set::reconcile(view, id, turn),
        "jobs.batch" => job::reconcile(view, id, turn),
        "cronjobs.batch" => job::reconcile_cron(view, id),
        "pods" => pod::reconcile(view, id, turn),
        "services" => endpoints::reconcile(view, id, turn),
        "ingresses.networking.k8s.io" => endpoints::reconcile_ingress(view, id, turn),
        "namespaces" => namespace::reconcile(view, id, turn),
        "nodes" => node::reconcile(view, id, turn),
        "persistentvolumeclaims" => volume::reconcile(view, id, turn),
        "persistentvolumes" => volume::reconcile_volume(view, id),
        "poddisruptionbudgets.policy" => policy::reconcile_budget(view, id, turn),
        "horizontalpodautoscalers.autoscaling" => policy::reconcile_autoscaler(view, id, turn),
        role::COLLECTION => role::reconcile(view, id),
        _ => Outcome::rest(),
    }
}

/// Whether [`reconcile`] knows the collection.
fn is_reconciled(collection: &str) -> bool {
    matches!(
        collection,
        "deployments.apps"
            | "replicasets.apps"
            | "statefulsets.apps"
            | "daemonsets.apps"
            | "jobs.batch"
            | "cronjobs.batch"
            | "pods"
            | "services"
            | "ingresses.networking.k8s.io"
            | "namespaces"
            | "nodes"
            | "persistentvolumeclaims"
            | "persistentvolumes"
            | "poddisruptionbudgets.policy"
            | "horizontalpodautoscalers.autoscaling"
    )
}

#[cfg(test)]
mod tests;
