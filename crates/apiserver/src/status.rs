//! Answers that say why not: the `Status` of each kind of failure.

use manifest::{Node, Origin};
use schema::apply::Refused;
use schema::validation::Wrong;

use crate::call::Answer;
use crate::make::{int, list, map, text};
use crate::query::Query;
use crate::target::Target;

/// A failure; empty details are left out.
pub(crate) fn failure(code: u16, reason: &str, message: &str, details: Option<Node>) -> Answer {
    let mut entries = vec![
        ("kind", text("Status")),
        ("apiVersion", text("v1")),
        ("metadata", map([])),
        ("status", text("Failure")),
        ("message", text(message)),
    ];
    if !reason.is_empty() {
        entries.push(("reason", text(reason)));
    }
    if let Some(details) = details {
        entries.push(("details", details));
    }
    entries.push(("code", int(i64::from(code))));
    Answer::new(code, map(entries))
}

pub(crate) fn bad_request(message: &str) -> Answer {
    failure(400, "BadRequest", message, None)
}

pub(crate) fn details(name: &str, group: &str, kind: &str, causes: Vec<Node>) -> Node {
    let mut entries = Vec::new();
    for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
        if !value.is_empty() {
            entries.push((key, text(value)));
        }
    }
    if !causes.is_empty() {
        entries.push(("causes", list(causes)));
    }
    map(entries)
}

pub(crate) fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

pub(crate) fn not_found(name: &str, group: &str, plural: &str) -> Answer {
    let message = format!("{} \"{name}\" not found", qualified(plural, group));
    failure(404, "NotFound", &message, Some(details(name, group, plural, vec![])))
}

pub(crate) fn conflict(name: &str, group: &str, plural: &str, why: &str) -> Answer {
    let plural_name = qualified(plural, group);
    let message = format!("Operation cannot be fulfilled on {plural_name} \"{name}\": {why}");
    failure(409, "Conflict", &message, Some(details(name, group, plural, vec![])))
}

pub(crate) fn already_exists(name: &str, group: &str, plural: &str) -> Answer {
    let message = format!("{} \"{name}\" already exists", qualified(plural, group));
    failure(409, "AlreadyExists", &message, Some(details(name, group, plural, vec![])))
}

/// An object with wrong fields. Of equal complaints the message has one, the causes all.
pub(crate) fn invalid(name: &str, group: &str, kind: &str, wrong: &[Wrong]) -> Answer {
    let mut lines: Vec<String> = Vec::new();
    for wrong in wrong {
        let line = format!("{}: {}", wrong.field, wrong.message);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let why = match lines.as_slice() {
        [line] => line.clone(),
        _ => format!("[{}]", lines.join(", ")),
    };
    let message = format!("{} \"{name}\" is invalid: {why}", qualified(kind, group));
    let cause = |wrong: &Wrong| {
        map([
            ("reason", text(wrong.reason)),
            ("message", text(wrong.message.as_str())),
            ("field", text(wrong.field.as_str())),
        ])
    };
    let causes = wrong.iter().map(cause).collect();
    failure(422, "Invalid", &message, Some(details(name, group, kind, causes)))
}

pub(crate) fn refused(refused: &Refused) -> Answer {
    match refused {
        Refused::BadRequest(message) => bad_request(message),
        Refused::Failed(message) => failure(500, "", message, None),
        Refused::Conflicts(conflicts) => {
            let cause = |(message, field): (String, String)| {
                map([
                    ("reason", text("FieldManagerConflict")),
                    ("message", text(message)),
                    ("field", text(field)),
                ])
            };
            let causes = conflicts.causes().map(cause).collect();
            let details = details("", "", "", causes);
            failure(409, "Conflict", &conflicts.message(), Some(details))
        }
    }
}

/// A success that has nothing to show but what was deleted.
pub(crate) fn deleted(name: &str, group: &str, plural: &str, uid: &str) -> Answer {
    let mut details = vec![("name", text(name))];
    if !group.is_empty() {
        details.push(("group", text(group)));
    }
    details.push(("kind", text(plural)));
    if !uid.is_empty() {
        details.push(("uid", text(uid)));
    }
    success(Some(map(details)))
}

/// A success that has nothing to show.
pub(crate) fn success(details: Option<Node>) -> Answer {
    let mut entries = vec![
        ("kind", text("Status")),
        ("apiVersion", text("v1")),
        ("metadata", map([])),
        ("status", text("Success")),
    ];
    if let Some(details) = details {
        entries.push(("details", details));
    }
    Answer::new(200, map(entries))
}

/// A success of a creation that has nothing to show.
pub(crate) fn created() -> Answer {
    let mut answer = success(None);
    answer.code = 201;
    if let Some(map) = answer.body.as_map_mut() {
        map.set("code", int(201));
    }
    answer
}

/// There is no such endpoint.
pub(crate) fn no_resource() -> Answer {
    let message = "the server could not find the requested resource";
    failure(404, "NotFound", message, Some(map([])))
}

/// The endpoint does not do this.
pub(crate) fn no_method() -> Answer {
    let message = "the server does not allow this method on the requested resource";
    failure(405, "MethodNotAllowed", message, Some(map([])))
}

/// Something that is not allowed now.
pub(crate) fn forbidden(name: &str, group: &str, plural: &str, why: &str) -> Answer {
    let message = match name {
        "" => format!("{} is forbidden: {why}", qualified(plural, group)),
        _ => format!("{} \"{name}\" is forbidden: {why}", qualified(plural, group)),
    };
    failure(403, "Forbidden", &message, Some(details(name, group, plural, vec![])))
}

/// Nothing new comes into a namespace that is being deleted.
pub(crate) fn terminating(target: &Target) -> Answer {
    let why = format!(
        "unable to create new content in namespace {} because it is being terminated",
        target.namespace
    );
    let mut answer = target.forbidden(&why);
    let message = format!("namespace {} is being terminated", target.namespace);
    let cause = map([
        ("reason", text("NamespaceTerminating")),
        ("message", text(message)),
        ("field", text("metadata.namespace")),
    ]);
    if let Some(details) = answer.body.map_entry("details", Origin::NONE) {
        details.set("causes", list([cause]));
    }
    answer
}

/// A generated name that somebody else has.
pub(crate) fn name_not_generated(target: &Target) -> Answer {
    let mut answer = target.already_exists();
    let message = format!(
        "{} \"{}\" already exists, the server was not able to generate a unique name for the object",
        qualified(target.plural(), target.group()),
        target.name
    );
    if let Some(map) = answer.body.as_map_mut() {
        map.set("message", text(message));
    }
    answer
}

const UNLESS_REVISION: &str =
    "resourceVersionMatch is forbidden unless resourceVersion is provided";

/// What is wrong with the parameters of a list or a watch.
pub(crate) fn wrong_list_options(query: Query<'_>, is_watch: bool) -> Vec<Wrong> {
    let field = "resourceVersionMatch";
    let forbidden = |why: &str| Wrong::forbidden(field, why);
    let wanted = query.given(field);
    let mut wrong = Vec::new();
    if query.given("continue").is_some() && (wanted.is_some() || is_watch) {
        return vec![forbidden("resourceVersionMatch is forbidden when continue is provided")];
    }
    if query.given("sendInitialEvents").is_some() {
        if !is_watch {
            if wanted.is_some() && query.given("resourceVersion").is_none() {
                wrong.push(forbidden(UNLESS_REVISION));
            }
            let why = "sendInitialEvents is forbidden for list";
            wrong.push(Wrong::forbidden("sendInitialEvents", why));
            return wrong;
        }
        if wanted != Some("NotOlderThan") {
            wrong.push(forbidden(
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
            if let Some(other) = wanted {
                let message =
                    format!("Unsupported value: {other:?}: supported values: \"NotOlderThan\"");
                let reason = "FieldValueNotSupported";
                wrong.push(Wrong { field: field.to_owned(), reason, message });
            }
        }
        return wrong;
    }
    let Some(other) = wanted else { return wrong };
    if is_watch {
        let why =
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
        return vec![forbidden(why)];
    }
    let revision = query.given("resourceVersion");
    if revision.is_none() {
        wrong.push(forbidden(UNLESS_REVISION));
    }
    if !matches!(other, "Exact" | "NotOlderThan") {
        let message =
            format!("Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\"");
        let reason = "FieldValueNotSupported";
        wrong.push(Wrong { field: field.to_owned(), reason, message });
    } else if other == "Exact" && revision == Some("0") {
        let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
        wrong.push(forbidden(why));
    }
    wrong
}

/// A revision that is yet to come.
pub(crate) fn too_large(wanted: u64, current: u64) -> Answer {
    let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
    let cause = map([
        ("reason", text("ResourceVersionTooLarge")),
        ("message", text("Too large resource version")),
    ]);
    let details = map([("causes", list([cause])), ("retryAfterSeconds", int(1))]);
    failure(504, "Timeout", &message, Some(details))
}

/// A revision that is no longer kept.
pub(crate) fn expired(message: &str) -> Answer {
    failure(410, "Expired", message, None)
}
