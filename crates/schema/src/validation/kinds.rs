//! Built-in kinds.

use manifest::{Map, Node};

use super::{Wrong, items, pods, quoted, shown};

pub(super) fn validate(object: &Node, live: Option<&Node>, kind: &str, wrong: &mut Vec<Wrong>) {
    match kind {
        "ConfigMap" => config_map(object, live, wrong),
        "Secret" => secret(object, live, wrong),
        "Service" => service(object, live, wrong),
        "Pod" => pods_at(object, &["spec"], wrong),
        "PodTemplate" => pods_at(object, &["template", "spec"], wrong),
        "Deployment" => deployment(object, wrong),
        _ => {}
    }
}

fn pods_at(object: &Node, path: &[&str], wrong: &mut Vec<Wrong>) {
    if let Some(spec) = object.at(path) {
        pods::validate(spec, &path.join("."), wrong);
    }
}

const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. \
    'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn keys(object: &Node, field: &str, wrong: &mut Vec<Wrong>) {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    for (key, _) in object.get(field).and_then(Node::as_map).into_iter().flat_map(Map::iter) {
        if key.is_empty() || !key.bytes().all(is_part) {
            wrong.push(Wrong::invalid(format!("{field}[{key}]"), &quoted(key), KEY));
        }
    }
}

/// What may not change once an object says that it is immutable.
fn immutable(object: &Node, live: Option<&Node>, fields: &[&str], wrong: &mut Vec<Wrong>) {
    let is_immutable = |node: &Node| node.get("immutable").and_then(Node::as_bool) == Some(true);
    let Some(live) = live.filter(|live| is_immutable(live)) else { return };
    let why = "field is immutable when `immutable` is set";
    if !is_immutable(object) {
        wrong.push(Wrong::forbidden("immutable", why));
    }
    for field in fields {
        if live.get(field) != object.get(field) {
            wrong.push(Wrong::forbidden(*field, why));
        }
    }
}

fn config_map(object: &Node, live: Option<&Node>, wrong: &mut Vec<Wrong>) {
    immutable(object, live, &["data", "binaryData"], wrong);
    keys(object, "data", wrong);
    let data = object.get("data").and_then(Node::as_map);
    for (key, _) in data.into_iter().flat_map(Map::iter) {
        if object.at(&["binaryData", key]).is_some() {
            let why = "duplicate of key present in binaryData";
            wrong.push(Wrong::invalid(format!("data[{key}]"), &quoted(key), why));
        }
    }
    keys(object, "binaryData", wrong);
}

fn secret(object: &Node, live: Option<&Node>, wrong: &mut Vec<Wrong>) {
    keys(object, "data", wrong);
    immutable(object, live, &["data"], wrong);
    let kind = |node: &Node| node.get("type").cloned();
    if let (Some(before), Some(now)) = (live.and_then(kind), kind(object))
        && before != now
    {
        wrong.push(Wrong::invalid("type", &shown(&now), "field is immutable"));
    }
}

fn service(object: &Node, live: Option<&Node>, wrong: &mut Vec<Wrong>) {
    let fixed = |node: &Node| {
        let is_internal = node.str_at(&["spec", "type"]) != Some("ExternalName");
        node.at(&["spec", "clusterIPs"]).filter(|_| is_internal).cloned()
    };
    if let (Some(before), Some(now)) = (live.and_then(fixed), fixed(object))
        && before != now
    {
        let why = "may not change once set";
        wrong.push(Wrong::invalid("spec.clusterIPs[0]", &shown(&now), why));
    }
    for (index, port) in items(object, &["spec", "ports"]).iter().enumerate() {
        for field in ["port", "targetPort"] {
            let number = port.get(field).and_then(Node::as_int);
            if let Some(number) = number.filter(|number| !(1..=65535).contains(number)) {
                let field = format!("spec.ports[{index}].{field}");
                let why = "must be between 1 and 65535, inclusive";
                wrong.push(Wrong::invalid(field, &number.to_string(), why));
            }
        }
    }
}

fn deployment(object: &Node, wrong: &mut Vec<Wrong>) {
    let Some(spec) = object.get("spec") else { return };
    if let Some(replicas) = spec.get("replicas").and_then(Node::as_int).filter(|count| *count < 0) {
        let why = "must be greater than or equal to 0";
        wrong.push(Wrong::invalid("spec.replicas", &replicas.to_string(), why));
    }
    let selector = spec.get("selector").filter(|selector| !selector.is_null());
    if selector.is_none() {
        wrong.push(Wrong::required("spec.selector"));
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    let wanted = selector.and_then(|selector| selector.get("matchLabels")).and_then(Node::as_map);
    let matches = selector.is_some()
        && wanted.is_none_or(|wanted| {
            wanted
                .iter()
                .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
        });
    if !matches {
        let value = labels.map_or_else(|| "null".to_owned(), shown);
        let why = "`selector` does not match template `labels`";
        wrong.push(Wrong::invalid("spec.template.metadata.labels", &value, why));
    }
    pods_at(object, &["spec", "template", "spec"], wrong);
    let strategy = spec.get("strategy");
    if strategy.and_then(|strategy| strategy.str_at(&["type"])) == Some("Recreate")
        && strategy.is_some_and(|strategy| strategy.get("rollingUpdate").is_some())
    {
        let why = "may not be specified when strategy `type` is 'Recreate'";
        wrong.push(Wrong::forbidden("spec.strategy.rollingUpdate", why));
    }
}
