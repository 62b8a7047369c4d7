//! What webhooks are told, and what their answers mean (apiserver's `webhook/request` and `errors`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::json_patch::JsonPatch;
use manifest::{Node, Origin, Text, Value, json};

use super::{Answered, Hook, Occasion};
use crate::access::User;
use crate::call::Answer;
use crate::make::{boolean, int, map, text};
use crate::status;

/// What a webhook says.
pub(crate) struct Said {
    /// What it wants to be changed.
    pub(crate) patch: Option<JsonPatch>,
    pub(crate) warnings: Vec<String>,
}

/// Who does it, and how.
pub(crate) struct Circumstances<'a> {
    /// The name in the path; empty where that has none.
    pub(crate) name: &'a str,
    pub(crate) user: &'a User,
    pub(crate) is_dry_run: bool,
    pub(crate) options: Node,
}

/// The `request` of an AdmissionReview in a version of the resource, without its uid.
pub(crate) fn request(
    occasion: &Occasion<'_>,
    version: &str,
    circumstances: Circumstances<'_>,
    object: Option<Node>,
    old: Option<Node>,
) -> Node {
    let kind = |object: Option<&Node>| {
        let word = |key: &str| object.and_then(|node| node.str_at(&[key])).unwrap_or_default();
        let (group, version) =
            word("apiVersion").rsplit_once('/').unwrap_or(("", word("apiVersion")));
        map([("group", text(group)), ("version", text(version)), ("kind", text(word("kind")))])
    };
    let resource = |version: &str| {
        map([
            ("group", text(occasion.group)),
            ("version", text(version)),
            ("resource", text(occasion.plural)),
        ])
    };
    let shown = kind(object.as_ref().or(old.as_ref()));
    let mut entries = vec![("kind", shown), ("resource", resource(version))];
    let given = |key: &'static str, value: &str, entries: &mut Vec<(&str, Node)>| {
        if !value.is_empty() {
            entries.push((key, text(value)));
        }
    };
    given("subResource", occasion.subresource, &mut entries);
    entries.push(("requestKind", kind(occasion.object.or(occasion.old))));
    entries.push(("requestResource", resource(occasion.version)));
    given("requestSubResource", occasion.subresource, &mut entries);
    given("name", circumstances.name, &mut entries);
    given("namespace", occasion.namespace, &mut entries);
    entries.push(("operation", text(occasion.operation.word())));
    entries.push(("userInfo", circumstances.user.info()));
    entries.push(("object", object.unwrap_or_default()));
    entries.push(("oldObject", old.unwrap_or_default()));
    entries.push(("dryRun", boolean(circumstances.is_dry_run)));
    entries.push(("options", circumstances.options));
    map(entries)
}

/// What came of a question to a webhook. `None` is nothing: the webhook could not be asked, and that does
/// not matter to it.
///
/// # Errors
/// The answer to the request: the webhook said no, or could not be asked.
pub(crate) fn said(hook: &Hook, answered: Answered) -> Result<Option<Said>, Answer> {
    let readable = answered.and_then(|(uid, review)| match unreadable(hook, &review) {
        Some(why) => Err(why),
        None => Ok((uid, review)),
    });
    let result = readable.map_err(|why| format!("failed to call webhook: {why}")).and_then(
        |(uid, review)| {
            verified(hook, &uid, &review)
                .map_err(|why| format!("received invalid webhook response: {why}"))
        },
    );
    let response = match result {
        Ok(response) => response,
        Err(_) if hook.fails_open => return Ok(None),
        Err(why) => {
            let message = format!("failed calling webhook {:?}: {why}", hook.name);
            return Err(internal(&message));
        }
    };
    if response.get("allowed").and_then(Node::as_bool) != Some(true) {
        return Err(refusal(hook, response.get("status").filter(|node| !node.is_null())));
    }
    let warnings = response.get("warnings").and_then(Node::as_list).unwrap_or_default();
    let warnings = warnings.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    match patch(&response) {
        Ok(patch) => Ok(Some(Said { patch, warnings })),
        Err(_) if hook.fails_open => Ok(None),
        Err(why) => Err(internal(&format!("failed calling webhook {:?}: {why}", hook.name))),
    }
}

/// Why an answer cannot be read as the review that was asked for. One that does not say what it is, is one.
fn unreadable(hook: &Hook, review: &Node) -> Option<String> {
    let word = |key: &str| review.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (word("apiVersion"), word("kind"));
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let asked = hook.review_version.as_deref().unwrap_or("v1");
    match (group, version, kind) {
        (_, "", _) | (_, _, "") => None,
        ("admission.k8s.io", version, "AdmissionReview") if version == asked => None,
        ("admission.k8s.io", "v1" | "v1beta1", "AdmissionReview") | ("", "v1", "Status") => {
            Some(format!(
                "converting ({version}.{kind}) to ({asked}.AdmissionReview): unknown conversion"
            ))
        }
        _ => Some(format!(
            "no kind {kind:?} is registered for version {api_version:?} in scheme \
             \"pkg/runtime/scheme.go:111\""
        )),
    }
}

/// That the server itself cannot go on (apimachinery's `NewInternalError`).
pub(crate) fn internal(why: &str) -> Answer {
    let cause = map([("message", text(why))]);
    let details = status::details("", "", "", vec![cause]);
    let message = format!("Internal error occurred: {why}");
    status::failure(500, "InternalError", &message, Some(details))
}

/// That a webhook says no, and what it says about it.
pub(crate) fn refusal(hook: &Hook, said: Option<&Node>) -> Answer {
    let word = |key: &str| said.and_then(|said| said.str_at(&[key])).unwrap_or_default();
    let by = format!("admission webhook {:?} denied the request", hook.name);
    let message = match (word("message"), word("reason")) {
        ("", "") => format!("{by} without explanation"),
        ("", reason) => format!("{by}: {reason}"),
        (message, _) => format!("{by}: {message}"),
    };
    let code = said.and_then(|said| said.get("code")).and_then(Node::as_int).unwrap_or(0);
    let code = u16::try_from(code).ok().filter(|code| (400..600).contains(code)).unwrap_or(400);
    let details = said.and_then(|said| said.get("details")).filter(|node| !node.is_null());
    status::failure(code, word("reason"), &message, details.cloned())
}

/// The `response` of a review that answers a question.
fn verified(hook: &Hook, uid: &str, review: &Node) -> Result<Node, String> {
    let response = review.get("response").filter(|node| !node.is_null());
    let response = response.ok_or("webhook response was absent")?;
    let has_patch = response.str_at(&["patch"]).is_some_and(|patch| !patch.is_empty());
    let patch_type = response.get("patchType").filter(|node| !node.is_null());
    if hook.review_version.as_deref() != Some("v1") {
        return Ok(response.clone());
    }
    let own = response.str_at(&["uid"]).unwrap_or_default();
    if own != uid {
        return Err(format!("expected response.uid={uid:?}, got {own:?}"));
    }
    let word = |key: &str| review.str_at(&[key]).unwrap_or_default();
    let (version, kind) = (word("apiVersion"), word("kind"));
    if (version, kind) != ("admission.k8s.io/v1", "AdmissionReview") {
        let shown = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
        return Err(format!(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {shown}, \
             Kind={kind}"
        ));
    }
    match (hook.is_mutating, has_patch, patch_type.is_some()) {
        (true, true, false) => {
            Err("webhook returned response.patch but not response.patchType".to_owned())
        }
        (true, false, true) => {
            Err("webhook returned response.patchType but not response.patch".to_owned())
        }
        (false, true, _) => Err("validating webhook may not return response.patch".to_owned()),
        (false, _, true) => Err("validating webhook may not return response.patchType".to_owned()),
        _ => Ok(response.clone()),
    }
}

fn patch(response: &Node) -> Result<Option<JsonPatch>, String> {
    let Some(encoded) = response.str_at(&["patch"]).filter(|patch| !patch.is_empty()) else {
        return Ok(None);
    };
    let undecodable =
        |why: String| format!("received undecodable patch in webhook response: {why}");
    let bytes = STANDARD.decode(encoded).map_err(|error| undecodable(error.to_string()))?;
    let node = json::read(&bytes, Origin::NONE).map_err(|error| undecodable(error.to_string()))?;
    if node.as_list().is_none() && !node.is_null() {
        let found = match &node.value {
            Value::Map(_) => "object",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return Err(undecodable(format!(
            "json: cannot unmarshal {found} into Go value of type jsonpatch.Patch"
        )));
    }
    let patch = JsonPatch::from_node(&node).map_err(|error| undecodable(error.full()))?;
    if patch.is_empty() {
        return Ok(None);
    }
    match response.str_at(&["patchType"]).unwrap_or("JSONPatch") {
        "JSONPatch" => Ok(Some(patch)),
        other => Err(format!("unsupported patch type {other:?}")),
    }
}

/// An AdmissionReview that asks.
pub(super) fn review(hook: &Hook, uid: &Text, request: &Node) -> Node {
    let version = hook.review_version.as_deref().unwrap_or("v1");
    let asked = request.as_map().cloned().unwrap_or_default();
    let mut with_uid = manifest::Map::new();
    with_uid.set("uid", text(uid.clone()));
    for (key, node) in asked.iter() {
        with_uid.set(key.clone(), node.clone());
    }
    map([
        ("kind", text("AdmissionReview")),
        ("apiVersion", text(ecow::eco_format!("admission.k8s.io/{version}"))),
        ("request", Node::new(with_uid, Origin::NONE)),
    ])
}

/// The options of a request, as webhooks see them.
pub(crate) fn options(kind: &str, parameters: &[(String, String)]) -> Node {
    let get = |name: &str| {
        let found = parameters.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let mut entries = vec![("kind", text(kind)), ("apiVersion", text("meta.k8s.io/v1"))];
    if let Some(seconds) = get("gracePeriodSeconds").and_then(|text| text.parse().ok()) {
        entries.push(("gracePeriodSeconds", int(seconds)));
    }
    if let Some(policy) = get("propagationPolicy") {
        entries.push(("propagationPolicy", text(policy)));
    }
    if let Some(dry_run) = get("dryRun") {
        entries.push(("dryRun", crate::make::list([text(dry_run)])));
    }
    if kind != "DeleteOptions" {
        for key in ["fieldManager", "fieldValidation"] {
            entries.extend(get(key).map(|value| (key, text(value))));
        }
    }
    map(entries)
}
