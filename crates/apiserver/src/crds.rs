//! CustomResourceDefinitions: what they define is served, and says so in their status.

use std::sync::Arc;

use manifest::{Node, Object, Origin};
use schema::apply;

use crate::call::Call;
use crate::make::{self, list, map, text};
use crate::server::Server;
use crate::store::Write;
use crate::target::Target;

/// Serves what a definition defines from now on, or no longer does.
pub(crate) fn changed(server: &Server, definition: &Node, deleted: bool) {
    let name = make::meta(definition, "name");
    let object = Object::new(definition.clone()).ok().filter(|_| !deleted);
    {
        let mut state = server.state();
        let before = state.model.definition(name).and_then(|before| before.root().get("spec"));
        if object.is_none() || before != definition.get("spec") {
            state.model = Arc::new(state.model.with(name, object.clone()));
        }
    }
    let is_new = definition.at(&["status", "conditions"]).is_none();
    if object.is_some() && is_new {
        establish(server, definition);
    }
}

/// Says in the status of a definition that it is served.
fn establish(server: &Server, definition: &Node) {
    let model = server.model();
    let call = Call {
        api_version: "apiextensions.k8s.io/v1".into(),
        plural: "customresourcedefinitions".into(),
        name: make::meta(definition, "name").into(),
        subresource: "status".into(),
        ..Call::default()
    };
    let Ok(target) = Target::of(&model, &call) else { return };
    let now = server.now_text();
    let established = established(definition, &now);
    let reset = target.reset();
    let writer = target.writer("kube-apiserver", &now, &reset);
    let established = apply::update(&model.types, Some(definition), &established, writer);
    let revision = crate::store::revision_of(definition);
    // Whoever was faster saw the definition as it is, and says the same.
    let _ = server.commit(&model, &target, Some(revision), Write::Put(established));
}

/// An object of a custom kind is gone: perhaps its definition waited for that.
pub(crate) fn instance_gone(_server: &Server, _target: &Target) {}

/// A CustomResourceDefinition that is served.
pub(crate) fn established(object: &Node, now: &str) -> Node {
    let condition = |kind: &str, reason: &str, message: &str| {
        map([
            ("type", text(kind)),
            ("status", text("True")),
            ("lastTransitionTime", text(now)),
            ("reason", text(reason)),
            ("message", text(message)),
        ])
    };
    let conditions = list([
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]);
    let names = object.at(&["spec", "names"]).cloned().unwrap_or_default();
    let mut object = object.clone();
    if let Some(status) = object.map_entry("status", Origin::NONE) {
        status.set("conditions", conditions);
        status.set("acceptedNames", names);
    }
    object
}

/// A CustomResourceDefinition whose objects are to be deleted first.
pub(crate) fn terminate_definition(object: &mut Node, now: &str) {
    if let Some(metadata) = make::metadata(object) {
        let finalizer = "customresourcecleanup.apiextensions.k8s.io";
        metadata.set("finalizers", list([text(finalizer)]));
    }
    let condition = map([
        ("type", text("Terminating")),
        ("status", text("True")),
        ("lastTransitionTime", text(now)),
        ("reason", text("InstanceDeletionPending")),
        (
            "message",
            text(
                "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
            ),
        ),
    ]);
    if let Some(status) = object.map_entry("status", Origin::NONE)
        && let Some(conditions) = status.get_mut("conditions").and_then(Node::as_list_mut)
    {
        conditions.push(condition);
    }
}
