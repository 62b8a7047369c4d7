//! What is wrong with a body before anything is done with it: it is for another endpoint, its values
//! are of other types than its fields, or a strict reader objects to something.

use manifest::{Map, Node, Origin, json};
use schema::decode::{mismatch, unconvertible, unknown_fields};
use schema::validation::Wrong;

use super::Asked;
use crate::call::{Answer, PatchType};
use crate::make::meta;
use crate::query::Query;
use crate::target::Target;
use crate::{status, strategy};

/// What becomes of fields that a strict reader objects to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Ignore,
    Warn,
    Strict,
}

impl Strictness {
    fn of(query: Query<'_>) -> Strictness {
        match query.get("fieldValidation") {
            Some("Ignore") => Strictness::Ignore,
            Some("Strict") => Strictness::Strict,
            _ => Strictness::Warn,
        }
    }
}

impl Asked<'_> {
    /// Checks the body of a create or an update.
    pub(super) fn check_body(&mut self, body: &Node) -> Result<(), Answer> {
        self.check_kind(body)?;
        let given = |key: &str| body.str_at(&[key]).filter(|text| !text.is_empty());
        let kind = given("kind").unwrap_or(self.target.kind()).to_owned();
        let version = given("apiVersion").unwrap_or(self.target.api_version());
        let version = version.rsplit('/').next().unwrap_or_default().to_owned();
        let own = self.target.kind().to_owned();
        let refused = |cause: &str| {
            status::bad_request(&format!(
                "{kind} in version {version:?} cannot be handled as a {own}: {cause}"
            ))
        };
        if let Some(cause) = mismatch(self.target.api_version(), self.target.kind(), body) {
            return Err(refused(&cause));
        }
        self.object(body).map_err(|objections| {
            refused(&format!("strict decoding error: {}", objections.join(", ")))
        })
    }

    /// Checks what a patch made of an object.
    pub(super) fn check_patched(
        &mut self,
        object: &Node,
        patch: &Node,
        kind: PatchType,
    ) -> Result<(), Answer> {
        let target = self.target.clone();
        let is_strategic = kind == PatchType::Strategic;
        let refused = |cause: &str| {
            let shown = match is_strategic {
                true => schema::strategic::printed(patch),
                false => printed(&target, object, patch),
            };
            let wrong = [Wrong::invalid("patch", &format!("{shown:?}"), cause)];
            status::invalid("", "", "", &wrong)
        };
        let (version, kind) = (self.target.api_version(), self.target.kind());
        let given = |key: &str| object.str_at(&[key]).unwrap_or_default();
        let cause = if is_strategic {
            unconvertible(version, kind, object)
        } else if !self.target.resource.is_custom()
            && (given("apiVersion"), given("kind")) != (version, kind)
        {
            Some(self.unregistered(given("apiVersion"), given("kind")))
        } else {
            mismatch(version, kind, object)
        };
        if let Some(cause) = cause {
            return Err(refused(&cause));
        }
        self.object(object).map_err(|objections| {
            refused(&format!("strict decoding error: {}", objections.join(", ")))
        })
    }

    /// That what a patch made of an object is of no kind, or of another.
    fn unregistered(&self, version: &str, kind: &str) -> String {
        if kind.is_empty() {
            return "Object 'Kind' is missing in '{}'".to_owned();
        }
        if self.model.kinds.info(version, kind).is_some() {
            let short = |version: &str| match version.rsplit_once('/') {
                Some((group, _)) => group.to_owned(),
                None => "core".to_owned(),
            };
            let own = self.target.kind();
            return format!(
                "converting ({}.{kind}) to ({}.{own}): unknown conversion",
                short(version),
                short(self.target.api_version())
            );
        }
        format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \
             \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
        )
    }

    /// Warns of what a strict reader objects to, or gives it back where that is an error.
    fn object(&mut self, body: &Node) -> Result<(), Vec<String>> {
        let strictness = Strictness::of(self.query);
        if strictness == Strictness::Ignore {
            return Ok(());
        }
        let mut objections = self.sent.objections.clone();
        let (api_version, kind) = (self.target.api_version(), self.target.kind());
        objections.extend(unknown_fields(&self.model.types, api_version, kind, body));
        if objections.is_empty() {
            return Ok(());
        }
        if strictness == Strictness::Strict {
            return Err(objections);
        }
        for objection in objections {
            if !self.warnings.contains(&objection) {
                self.warnings.push(objection);
            }
        }
        Ok(())
    }

    fn check_kind(&self, body: &Node) -> Result<(), Answer> {
        let target = &self.target;
        let given = |key: &str| body.str_at(&[key]).filter(|text| !text.is_empty());
        let version = given("apiVersion").unwrap_or(target.api_version());
        let kind = given("kind").unwrap_or(target.kind());
        if (version, kind) == (target.api_version(), target.kind()) {
            return Ok(());
        }
        // An object of a custom kind is read whatever it is, and held against its kind later.
        if target.resource.is_custom() && version == target.api_version() {
            let wrong =
                Wrong::invalid("kind", &format!("{kind:?}"), &format!("must be {}", target.kind()));
            let name = meta(body, "name");
            return Err(status::invalid(name, target.group(), kind, &[wrong]));
        }
        let (own_group, _) = target.api_version().rsplit_once('/').unwrap_or(("", ""));
        let (group, short) = version.rsplit_once('/').unwrap_or(("", version));
        let own = target.kind();
        let is_registered =
            self.model.kinds.info(version, kind).is_some() || is_unserved(version, kind);
        let is_moved = group == own_group && !group.is_empty() || group == "extensions";
        let message = if target.resource.is_custom() || is_registered && kind == own && is_moved {
            format!(
                "the API version in the data ({version}) does not match the expected API version ({})",
                target.api_version()
            )
        } else if is_registered {
            let package = if group.is_empty() { "core" } else { own_group };
            format!(
                "{kind} in version {short:?} cannot be handled as a {own}: converting ({short}.{kind}) \
                 to ({package}.{own}): unknown conversion"
            )
        } else {
            format!(
                "{kind} in version {short:?} cannot be handled as a {own}: no kind {kind:?} is \
                 registered for version {version:?} in scheme \
                 \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
            )
        };
        Err(status::bad_request(&message))
    }

    /// The parameters of a create or an update.
    pub(super) fn check_write_options(&self, kind: &str) -> Result<(), Answer> {
        let wrong = strategy::wrong_write_options(self.query);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(status::invalid("", "meta.k8s.io", kind, &wrong))
    }

    /// An update of some kinds has to say which revision it is for.
    pub(super) fn check_unconditional(&self, new: &Node) -> Result<(), Answer> {
        const CONDITIONAL: &[(&str, &str)] = &[
            ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
            ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            ("coordination.k8s.io", "Lease"),
            ("node.k8s.io", "RuntimeClass"),
            ("policy", "PodDisruptionBudget"),
            ("storage.k8s.io", "CSIDriver"),
            ("storage.k8s.io", "CSINode"),
            ("storage.k8s.io", "CSIStorageCapacity"),
            ("storage.k8s.io", "VolumeAttachment"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("apiregistration.k8s.io", "APIService"),
            ("networking.k8s.io", "ServiceCIDR"),
        ];
        let target = &self.target;
        let is_conditional =
            target.resource.is_custom() || CONDITIONAL.contains(&(target.group(), target.kind()));
        let given = meta(new, "resourceVersion");
        if !is_conditional || !matches!(given, "" | "0") {
            return Ok(());
        }
        let wrong =
            [Wrong::invalid("metadata.resourceVersion", "0", "must be specified for an update")];
        Err(status::invalid(&target.name, target.group(), target.plural(), &wrong))
    }
}

/// What a JSON patch or a merge patch made of an object: maps that it changed are sorted, others
/// are in the order of their type.
fn printed(target: &Target, object: &Node, patch: &Node) -> String {
    let mut out = String::new();
    let is_custom = target.resource.is_custom();
    let options = json::Options { expose: true, sort_keys: is_custom, ..json::Options::default() };
    let ordered = schema::in_order(object, target.api_version(), target.kind());
    json::write(&sorted_as(&ordered, &changed(patch)), options, &mut out);
    out
}

/// How many levels an object has at most (`manifest`'s readers); a path in a patch may have any number.
const DEEPEST: usize = 500;

/// What a patch changes, as a map: the paths of a JSON patch are one too.
fn changed(patch: &Node) -> Node {
    let Some(operations) = patch.as_list() else { return patch.clone() };
    let mut root = Node::map(Origin::NONE);
    for operation in operations {
        let mut node = &mut root;
        let path = operation.str_at(&["path"]).unwrap_or_default();
        for step in path.split('/').skip(1).take(DEEPEST) {
            let Some(map) = node.as_map_mut() else { break };
            let step = step.replace("~1", "/").replace("~0", "~");
            node = map.entry(&step, || Node::map(Origin::NONE));
        }
    }
    root
}

fn sorted_as(object: &Node, patch: &Node) -> Node {
    let Some(map) = object.as_map() else { return object.clone() };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    let entries = entries.into_iter().map(|(key, node)| {
        let below = patch.get(key).filter(|below| below.as_map().is_some());
        (key.clone(), below.map_or_else(|| node.clone(), |below| sorted_as(node, below)))
    });
    Node::new(entries.collect::<Map>(), object.origin)
}

/// Whether the API server knows of a kind in a version that it no longer serves, or does not serve unless it is
/// told to: `k8s.io/api` has these beside those that are served.
fn is_unserved(version: &str, kind: &str) -> bool {
    const ALL: &[&str] = &[];
    const VERSIONS: &[(&str, &[&str])] = &[
        ("apps/v1beta1", &["ControllerRevision", "Deployment", "StatefulSet"]),
        ("apps/v1beta2", ALL),
        ("batch/v1beta1", &["CronJob"]),
        (
            "extensions/v1beta1",
            &["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "ReplicaSet"],
        ),
        ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass", "IPAddress", "ServiceCIDR"]),
        ("policy/v1beta1", &["PodDisruptionBudget"]),
        ("rbac.authorization.k8s.io/v1alpha1", ALL),
        ("rbac.authorization.k8s.io/v1beta1", ALL),
    ];
    let found = VERSIONS.iter().find(|(unserved, _)| *unserved == version);
    found.is_some_and(|(_, kinds)| kinds.is_empty() || kinds.contains(&kind))
}
