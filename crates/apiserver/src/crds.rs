//! CustomResourceDefinitions: what they define is served, and says so in their status.

use std::sync::Arc;

use manifest::{Node, Object, Origin, Text};
use schema::apply;

use crate::call::Call;
use crate::make::{self, list, map, text};
use crate::server::Server;
use crate::store::Write;
use crate::target::Target;
use crate::{strategy, verbs};

const GROUP: &str = "apiextensions.k8s.io";
const PLURAL: &str = "customresourcedefinitions";
/// The kind of a definition.
pub(crate) const KIND: &str = "CustomResourceDefinition";
/// What holds a definition until its objects are gone.
const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

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
    let conditions = definition.at(&["status", "conditions"]).and_then(Node::as_list);
    let is_new = conditions.is_none_or(<[Node]>::is_empty);
    if object.is_some() && is_new {
        establish(server, definition);
    }
}

/// Says in the status of a definition that it is served.
fn establish(server: &Server, definition: &Node) {
    let model = server.model();
    let Some(mut target) = target(server, make::meta(definition, "name")) else { return };
    target.subresource = "status".into();
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
pub(crate) fn instance_gone(server: &Server, target: &Target) {
    let name = ecow::eco_format!("{}.{}", target.plural(), target.group());
    let definition = server.object(GROUP, PLURAL, "", &name);
    let is_waiting = |node: &Node| !make::meta(node, "deletionTimestamp").is_empty();
    if definition.as_ref().is_some_and(is_waiting) {
        finish(server, &name);
    }
}

/// Deletes the objects of a definition that is to go, and then the definition.
pub(crate) fn clean_up(server: &Server, name: &str) {
    let Some(target) = target(server, name) else { return };
    let Some(definition) = server.stored(&target) else { return };
    let spec = |path: &[&str]| {
        definition.node.get("spec").and_then(|spec| spec.str_at(path)).unwrap_or_default()
    };
    let (group, kind) = (spec(&["group"]), spec(&["names", "kind"]));
    let model = server.model();
    let Some(resource) = model.resource_of(group, kind).filter(|own| own.is_custom()) else {
        return finish(server, name);
    };
    for object in server.objects(group, &resource.info.plural) {
        let instance = Target {
            resource: resource.clone(),
            namespace: make::meta(&object, "namespace").into(),
            name: make::meta(&object, "name").into(),
            subresource: Text::new(),
        };
        verbs::delete_internally(server, &instance);
    }
    finish(server, name);
}

/// Takes a definition away that waits for nothing any more.
fn finish(server: &Server, name: &str) {
    let Some(target) = target(server, name) else { return };
    let Some(stored) = server.stored(&target) else { return };
    let mut definition = stored.node;
    let spec = |path: &[&str]| {
        definition.get("spec").and_then(|spec| spec.str_at(path)).unwrap_or_default()
    };
    let plural = spec(&["names", "plural"]);
    if !server.objects(spec(&["group"]), plural).is_empty() {
        return;
    }
    if let Some(finalizers) =
        make::metadata(&mut definition).and_then(|metadata| metadata.get_mut("finalizers"))
        && let Some(names) = finalizers.as_list_mut()
    {
        names.retain(|name| name.as_str() != Some(FINALIZER));
    }
    let is_gone = strategy::is_gone(&definition);
    let write = if is_gone { Write::Delete(definition) } else { Write::Put(definition) };
    // Whoever was faster does the same.
    let _ = server.commit(&server.model(), &target, Some(stored.revision), write);
}

fn target(server: &Server, name: &str) -> Option<Target> {
    let call = Call {
        api_version: "apiextensions.k8s.io/v1".into(),
        plural: PLURAL.into(),
        name: name.into(),
        ..Call::default()
    };
    Target::of(&server.model(), &call).ok()
}

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
        metadata.set("finalizers", list([text(FINALIZER)]));
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
