//! Names, and what of the metadata may not change (apimachinery's `api/validation`).

use manifest::{Map, Node};

use super::{Wrong, items, quoted, shown};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
    start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or \
    'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

pub(super) fn validate(object: &Node, live: Option<&Node>, kind: &str, wrong: &mut Vec<Wrong>) {
    match live {
        None => {
            name(object, kind, wrong);
            labels(object, wrong);
            owners(object, wrong);
        }
        // The server looks at the metadata of an update twice, and at owners twice each time; it
        // says so each time.
        Some(live) => {
            for _ in 0..2 {
                labels(object, wrong);
                labels(object, wrong);
                owners(object, wrong);
                owners(object, wrong);
                finalizers(object, live, wrong);
                immutable(object, live, wrong);
            }
        }
    }
}

fn name(object: &Node, kind: &str, wrong: &mut Vec<Wrong>) {
    let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
    let why = match kind {
        // Names that only have to fit into a path.
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => return,
        "Service" => (!is_label(name)).then_some(LABEL),
        _ => (!name.split('.').all(is_part)).then_some(SUBDOMAIN),
    };
    if let Some(why) = why {
        wrong.push(Wrong::invalid("metadata.name", &quoted(name), why));
    }
}

/// What has to be a name as most objects have it.
pub(super) fn subdomain(field: &str, name: &str, wrong: &mut Vec<Wrong>) {
    if !name.split('.').all(is_part) {
        wrong.push(Wrong::invalid(field, &quoted(name), SUBDOMAIN));
    }
}

fn is_part(part: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(is_inner) && !part.starts_with('-') && !part.ends_with('-')
}

fn is_label(name: &str) -> bool {
    is_part(name) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

const KEY: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
    an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', \
    '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or \
    '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
/// How long names of labels and annotations, and values of labels, may be.
const LONGEST: usize = 63;

/// Labels and annotations have names of a form; labels have short values.
fn labels(object: &Node, wrong: &mut Vec<Wrong>) {
    for (field, is_label) in [("labels", true), ("annotations", false)] {
        let at = format!("metadata.{field}");
        let entries = object.at(&["metadata", field]).and_then(Node::as_map);
        for (key, value) in entries.into_iter().flat_map(Map::iter) {
            // Annotations are compared in lower case.
            let lower = key.to_ascii_lowercase();
            let key = if is_label { key.as_str() } else { lower.as_str() };
            if let Some(why) = wrong_key(key) {
                wrong.push(Wrong::invalid(at.clone(), &quoted(key), &why));
            }
            let value = value.as_str().unwrap_or_default();
            if !is_label || value.is_empty() {
                continue;
            }
            if value.len() > LONGEST {
                let why = format!("must be no more than {LONGEST} bytes");
                wrong.push(Wrong::invalid(at.clone(), &quoted(value), &why));
            }
            if !is_name(value) {
                wrong.push(Wrong::invalid(at.clone(), &quoted(value), VALUE));
            }
        }
    }
}

fn wrong_key(key: &str) -> Option<String> {
    let (prefix, name) = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] => (None, *name),
        [prefix, name] => (Some(*prefix), *name),
        _ => {
            return Some(format!(
                "a valid label key {KEY} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            ));
        }
    };
    if prefix.is_some_and(str::is_empty) {
        return Some("prefix part must be non-empty".to_owned());
    }
    if prefix.is_some_and(|prefix| !prefix.split('.').all(is_part)) {
        return Some(format!("prefix part {SUBDOMAIN}"));
    }
    if name.is_empty() {
        return Some("name part must be non-empty".to_owned());
    }
    if name.len() > LONGEST {
        return Some(format!("name part must be no more than {LONGEST} bytes"));
    }
    (!is_name(name)).then(|| format!("name part {KEY}"))
}

fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    text.bytes().all(is_inner) && is_outer(bytes.first()) && is_outer(bytes.last())
}

/// Owners are named, and at most one of them is the controller.
fn owners(object: &Node, wrong: &mut Vec<Wrong>) {
    let owners = items(object, &["metadata", "ownerReferences"]);
    for owner in owners {
        for field in ["kind", "name", "uid"] {
            if owner.str_at(&[field]).unwrap_or_default().is_empty() {
                let field = format!("metadata.ownerReferences.{field}");
                wrong.push(Wrong::invalid(field, "\"\"", "must not be empty"));
            }
        }
    }
    let is_controller =
        |owner: &&Node| owner.get("controller").and_then(Node::as_bool) == Some(true);
    let mut controllers = owners.iter().filter(is_controller);
    let name = |owner: &Node| {
        let text = |key: &str| owner.str_at(&[key]).unwrap_or_default();
        format!("{}/{}", text("kind"), text("name"))
    };
    if let (Some(first), Some(second)) = (controllers.next(), controllers.next()) {
        let value = object.at(&["metadata", "ownerReferences"]).map(shown).unwrap_or_default();
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} \
             and {}",
            name(first),
            name(second)
        );
        wrong.push(Wrong::invalid("metadata.ownerReferences", &value, &why));
    }
}

/// What is being deleted gets no new finalizers.
fn finalizers(object: &Node, live: &Node, wrong: &mut Vec<Wrong>) {
    if live.at(&["metadata", "deletionTimestamp"]).is_none() {
        return;
    }
    let path = ["metadata", "finalizers"];
    let before = items(live, &path);
    let new: Vec<String> = items(object, &path)
        .iter()
        .filter(|finalizer| !before.contains(finalizer))
        .filter_map(|finalizer| finalizer.as_str().map(quoted))
        .collect();
    if !new.is_empty() {
        let why = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers \
             []string{{{}}}",
            new.join(", ")
        );
        wrong.push(Wrong::forbidden("metadata.finalizers", &why));
    }
}

fn immutable(object: &Node, live: &Node, wrong: &mut Vec<Wrong>) {
    let fields = [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ];
    let metadata = |node: &Node| node.get("metadata").and_then(Node::as_map).cloned();
    let (now, before): (Map, Map) =
        (metadata(object).unwrap_or_default(), metadata(live).unwrap_or_default());
    for field in fields {
        if let Some(value) = now.get(field).filter(|value| before.get(field) != Some(*value)) {
            let field = format!("metadata.{field}");
            wrong.push(Wrong::invalid(field, &shown(value), "field is immutable"));
        }
    }
}
