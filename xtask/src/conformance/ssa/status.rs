//! Answers that say why not: the `Status` of each kind of failure.

use manifest::{List, Map, Node, Origin};
use schema::apply::Refused;
use schema::validation::Wrong;

/// What a request got: a code and a body.
pub(super) type Answer = (u16, Node);

pub(super) fn text(value: &str) -> Node {
    Node::string(value, Origin::default())
}

pub(super) fn map(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (key.into(), node));
    Node::new(entries.collect::<Map>(), Origin::default())
}

pub(super) fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::new(items.into_iter().collect::<List>(), Origin::default())
}

/// A failure; empty details are left out.
pub(super) fn failure(code: u16, reason: &str, message: &str, details: Option<Node>) -> Answer {
    let mut entries = vec![
        ("kind", text("Status")),
        ("apiVersion", text("v1")),
        ("metadata", map(vec![])),
        ("status", text("Failure")),
        ("message", text(message)),
    ];
    if !reason.is_empty() {
        entries.push(("reason", text(reason)));
    }
    if let Some(details) = details {
        entries.push(("details", details));
    }
    entries.push(("code", Node::new(i64::from(code), Origin::default())));
    (code, map(entries))
}

pub(super) fn bad_request(message: &str) -> Answer {
    failure(400, "BadRequest", message, None)
}

fn details(name: &str, group: &str, kind: &str, causes: Vec<Node>) -> Node {
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

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

pub(super) fn not_found(name: &str, group: &str, plural: &str) -> Answer {
    let message = format!("{} \"{name}\" not found", qualified(plural, group));
    failure(404, "NotFound", &message, Some(details(name, group, plural, vec![])))
}

pub(super) fn conflict(name: &str, group: &str, plural: &str, why: &str) -> Answer {
    let plural_name = qualified(plural, group);
    let message = format!("Operation cannot be fulfilled on {plural_name} \"{name}\": {why}");
    failure(409, "Conflict", &message, Some(details(name, group, plural, vec![])))
}

pub(super) fn already_exists(name: &str, group: &str, plural: &str) -> Answer {
    let message = format!("{} \"{name}\" already exists", qualified(plural, group));
    failure(409, "AlreadyExists", &message, Some(details(name, group, plural, vec![])))
}

/// An object with wrong fields. Of equal complaints the message has one, the causes all.
pub(super) fn invalid(name: &str, group: &str, kind: &str, wrong: &[Wrong]) -> Answer {
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
        map(vec![
            ("reason", text(wrong.reason)),
            ("message", text(&wrong.message)),
            ("field", text(&wrong.field)),
        ])
    };
    let causes = wrong.iter().map(cause).collect();
    failure(422, "Invalid", &message, Some(details(name, group, kind, causes)))
}

pub(super) fn refused(refused: &Refused) -> Answer {
    match refused {
        Refused::BadRequest(message) => bad_request(message),
        Refused::Failed(message) => failure(500, "", message, None),
        Refused::Conflicts(conflicts) => {
            let cause = |(message, field): (String, String)| {
                map(vec![
                    ("reason", text("FieldManagerConflict")),
                    ("message", text(&message)),
                    ("field", text(&field)),
                ])
            };
            let causes = conflicts.causes().map(cause).collect();
            let details = details("", "", "", causes);
            failure(409, "Conflict", &conflicts.message(), Some(details))
        }
    }
}
