//! What all objects have in common (apimachinery's `api/validation`).

use std::collections::BTreeSet;

use manifest::Node;

use super::names;
use super::spot::Spot;
use crate::go::{json, quoted};

/// The form that names of a kind have.
pub(super) type Form = fn(&str) -> Vec<String>;

/// The metadata of a built-in kind, with finalizers as they have them.
pub(super) fn named(object: Spot<'_, '_>, form: Form) {
    common(object, form);
    own_finalizers(object);
}

/// The metadata of an update of a built-in kind.
pub(super) fn updated(object: Spot<'_, '_>, live: &Node) {
    common_update(object, live);
    own_finalizers(object);
}

/// What the server warns of in the finalizers of a custom object, those that are new.
pub(super) fn finalizer_warnings(object: &Node, live: Option<&Node>) -> Vec<String> {
    let of = |node: &Node| -> BTreeSet<String> {
        let list = node.at(&["metadata", "finalizers"]).and_then(Node::as_list);
        list.unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let before = live.map(of).unwrap_or_default();
    let mut warnings = Vec::new();
    for name in of(object).difference(&before) {
        let about = format!("metadata.finalizers: {}", quoted(name));
        warnings.extend(names::qualified(name).iter().map(|why| format!("{about}: {why}")));
        if name.contains('/')
            || matches!(name.as_str(), "orphan" | "foregroundDeletion" | "kubernetes")
        {
            continue;
        }
        let path = if name.contains('.') { " including a path (/)" } else { "" };
        warnings.push(format!(
            "{about}: prefer a domain-qualified finalizer name{path} to avoid accidental conflicts \
             with other finalizer writers"
        ));
    }
    warnings
}

/// The metadata of any kind.
pub(super) fn common(object: Spot<'_, '_>, form: Form) {
    let metadata = object.field("metadata");
    let (base, name) = (metadata.field("generateName"), metadata.field("name"));
    if !base.text().is_empty() {
        base.invalid_for(form(&masked(base.text())));
    }
    match name.text() {
        "" => name.required("name or generateName is required"),
        text => name.invalid_for(form(text)),
    }
    let generation = metadata.field("generation");
    generation.non_negative();
    labels_and_more(&metadata);
    let finalizers = metadata.field("finalizers");
    for finalizer in finalizers.items() {
        finalizers.named(finalizer.text(), names::qualified(finalizer.text()));
    }
    let has = |name: &str| finalizers.items().any(|finalizer| finalizer.text() == name);
    if has("orphan") && has("foregroundDeletion") {
        finalizers.invalid("finalizer orphan and foregroundDeletion cannot be both set");
    }
    managed_fields(&metadata);
}

/// What an update may not change, and the rest of the metadata.
pub(super) fn common_update(object: Spot<'_, '_>, live: &Node) {
    let metadata = object.field("metadata");
    let before = |field: &str| live.at(&["metadata", field]);
    if before("deletionTimestamp").is_some_and(|node| !node.is_null()) {
        new_finalizers(&metadata.field("finalizers"), before("finalizers"));
    }
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        let own = metadata.field(field);
        // A builder that leaves a field out has what there was.
        if own.is_set() {
            own.immutable(before(field));
        }
    }
    labels_and_more(&metadata);
    managed_fields(&metadata);
}

/// A name without the blank end that something is to be generated for.
fn masked(base: &str) -> String {
    match base.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut chars = rest.chars();
            chars.next_back();
            format!("{}a", chars.as_str())
        }
        _ => base.to_owned(),
    }
}

fn labels_and_more(metadata: &Spot<'_, '_>) {
    metadata.field("labels").labels();
    annotations(&metadata.field("annotations"));
    owners(&metadata.field("ownerReferences"));
}

/// How much annotations may hold together.
const ANNOTATIONS_SIZE: usize = 256 * 1024;

pub(super) fn annotations(annotations: &Spot<'_, '_>) {
    let mut size = 0;
    for (key, value) in annotations.entries() {
        let has_capitals = key.bytes().any(|byte| byte.is_ascii_uppercase());
        let why = match has_capitals {
            true => names::qualified(&key.to_ascii_lowercase()),
            false => names::qualified(key),
        };
        annotations.named(key, why);
        size += key.len() + value.text().len();
    }
    if size > ANNOTATIONS_SIZE {
        annotations.too_long(ANNOTATIONS_SIZE);
    }
}

/// Owners are named, and at most one of them is the controller.
fn owners(owners: &Spot<'_, '_>) {
    let mut controller: Option<String> = None;
    for owner in owners.items() {
        let text = |field: &'static str| owner.field(field).text();
        let complain = |field: &'static str, why: &str| {
            owners.called(field).invalid_as(&quoted(text(field)), why);
        };
        let version = text("apiVersion").rsplit('/').next().unwrap_or_default();
        if version.is_empty() || text("apiVersion").matches('/').count() > 1 {
            complain("apiVersion", "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if text(field).is_empty() {
                complain(field, "must not be empty");
            }
        }
        if (text("apiVersion"), text("kind")) == ("v1", "Event") {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            owners.invalid_as(&json(owner.node()), why);
        }
        if !owner.field("controller").is_true() {
            continue;
        }
        let name = format!("{}/{}", text("kind"), text("name"));
        match &controller {
            Some(first) => owners.invalid(&format!(
                "Only one reference can have Controller set to true. Found \"true\" in references for \
                 {first} and {name}"
            )),
            None => controller = Some(name),
        }
    }
}

/// What is being deleted gets no new finalizers.
fn new_finalizers(finalizers: &Spot<'_, '_>, before: Option<&Node>) {
    let before = before.and_then(Node::as_list).unwrap_or_default();
    let new: BTreeSet<String> = finalizers
        .items()
        .filter(|finalizer| !before.contains(finalizer.node()))
        .map(|finalizer| quoted(finalizer.text()))
        .collect();
    if !new.is_empty() {
        let new: Vec<String> = new.into_iter().collect();
        finalizers.forbidden(&format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers \
             []string{{{}}}",
            new.join(", ")
        ));
    }
}

/// Whether Kubernetes knows a finalizer without a domain.
pub(super) fn is_standard_finalizer(name: &str) -> bool {
    matches!(name, "kubernetes" | "orphan" | "foregroundDeletion")
}

/// Finalizers are Kubernetes' own, or of a domain.
fn own_finalizers(object: Spot<'_, '_>) {
    for finalizer in object.field("metadata").field("finalizers").items() {
        finalizer_of_domain(&finalizer);
    }
}

pub(super) fn finalizer_of_domain(finalizer: &Spot<'_, '_>) {
    let text = finalizer.text();
    if !text.contains('/') && !is_standard_finalizer(text) {
        finalizer.invalid("name is neither a standard finalizer name nor is it fully qualified");
    }
}

fn managed_fields(metadata: &Spot<'_, '_>) {
    for entry in metadata.field("managedFields").items() {
        let operation = entry.field("operation");
        if !matches!(operation.text(), "Apply" | "Update") {
            operation.invalid_as(&quoted(operation.text()), "must be `Apply` or `Update`");
        }
        let kind = entry.field("fieldsType");
        if !matches!(kind.text(), "" | "FieldsV1") {
            kind.invalid("must be `FieldsV1`");
        }
    }
}

/// Conditions as most kinds have them (`meta/v1/validation`).
pub(super) fn conditions(list: &Spot<'_, '_>) {
    let mut seen = BTreeSet::new();
    for condition in list.items() {
        let kind = condition.field("type");
        if !seen.insert(kind.text()) {
            kind.duplicate();
        }
        kind.named(kind.text(), names::qualified(kind.text()));
        let status = condition.field("status");
        if !matches!(status.text(), "True" | "False" | "Unknown") {
            status.unsupported_as(&quoted(status.text()), &["False", "True", "Unknown"]);
        }
        let seen = condition.field("observedGeneration");
        if seen.number() < 0 {
            seen.invalid("must be greater than or equal to zero");
        }
        condition.field("lastTransitionTime").required_text();
        let reason = condition.field("reason");
        match reason.text() {
            "" => reason.required(""),
            text => {
                reason.invalid_for(names::condition_reason(text));
                if text.len() > 1024 {
                    reason.too_long(1024);
                }
            }
        }
        let message = condition.field("message");
        if message.text().len() > 32 * 1024 {
            message.too_long(32 * 1024);
        }
    }
}
