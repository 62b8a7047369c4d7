//! CustomResourceDefinitions: what they define is served, and says so in their status.

use std::sync::Arc;

use manifest::{Node, Object, Origin, Text};
use schema::apply;

use crate::call::Call;
use crate::make::{self, list, map, text};
use crate::names::Names;
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
    if deleted {
        serve(server, name, None);
        accept_others(server, definition);
        return;
    }
    let names = crate::names::of(server, definition);
    let is_served = names.conflict.is_none() || is_true(definition, "Established");
    serve(server, name, is_served.then_some(definition));
    let accepted = definition.at(&["status", "acceptedNames"]);
    if is_new(definition) || accepted.is_some_and(|before| !names.are(before)) {
        establish(server, definition, &names);
    }
}

fn serve(server: &Server, name: &str, definition: Option<&Node>) {
    let object = definition.and_then(|definition| Object::new(definition.clone()).ok());
    let mut state = server.state();
    let before = state.model.definition(name).and_then(|before| before.root().get("spec"));
    if before != definition.and_then(|definition| definition.get("spec")) {
        state.model = Arc::new(state.model.with(name, object));
    }
}

fn is_new(definition: &Node) -> bool {
    let conditions = definition.at(&["status", "conditions"]).and_then(Node::as_list);
    conditions.is_none_or(<[Node]>::is_empty)
}

pub(crate) fn is_true(definition: &Node, condition: &str) -> bool {
    let conditions = definition.at(&["status", "conditions"]).and_then(Node::as_list);
    conditions.unwrap_or_default().iter().any(|own| {
        own.str_at(&["type"]) == Some(condition) && own.str_at(&["status"]) == Some("True")
    })
}

/// Those that waited for names that are free now.
fn accept_others(server: &Server, gone: &Node) {
    let group = gone.str_at(&["spec", "group"]).unwrap_or_default();
    for other in server.objects(GROUP, PLURAL) {
        let is_waiting = !is_new(&other) && !is_true(&other, "NamesAccepted");
        if is_waiting && other.str_at(&["spec", "group"]) == Some(group) {
            changed(server, &other, false);
        }
    }
}

/// Says in the status of a definition whether it is served.
fn establish(server: &Server, definition: &Node, names: &Names) {
    let model = server.model();
    let Some(mut target) = target(server, make::meta(definition, "name")) else { return };
    target.subresource = "status".into();
    let now = server.now_text();
    let established = with_conditions(definition, names, &now);
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

/// A CustomResourceDefinition that says whether it is served.
fn with_conditions(object: &Node, names: &Names, now: &str) -> Node {
    let condition = |kind: &str, status: bool, reason: &str, message: &str| {
        map([
            ("type", text(kind)),
            ("status", text(if status { "True" } else { "False" })),
            ("lastTransitionTime", text(now)),
            ("reason", text(reason)),
            ("message", text(message)),
        ])
    };
    let accepted = match &names.conflict {
        None => condition("NamesAccepted", true, "NoConflicts", "no conflicts found"),
        Some((reason, message)) => condition("NamesAccepted", false, reason, message),
    };
    let is_established = names.conflict.is_none() || is_true(object, "Established");
    let established = match is_established {
        true => condition(
            "Established",
            true,
            "InitialNamesAccepted",
            "the initial names have been accepted",
        ),
        false => condition("Established", false, "NotAccepted", "not all names are accepted"),
    };
    let mut object = object.clone();
    if let Some(status) = object.map_entry("status", Origin::NONE) {
        let old = status.get("conditions").and_then(Node::as_list).unwrap_or_default();
        // What stays as it was keeps its time.
        let kept = |new: Node| {
            let is_same = |old: &&Node| {
                ["type", "status", "reason", "message"]
                    .iter()
                    .all(|key| old.get(key) == new.get(key))
            };
            old.iter().find(is_same).cloned().unwrap_or(new)
        };
        let is_other =
            |own: &&Node| !matches!(own.str_at(&["type"]), Some("NamesAccepted" | "Established"));
        let others: Vec<Node> = old.iter().filter(is_other).cloned().collect();
        let conditions = [kept(accepted), kept(established)].into_iter().chain(others);
        let conditions = list(conditions.collect::<Vec<_>>());
        status.set("conditions", conditions);
        status.set("acceptedNames", names.accepted.clone());
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
