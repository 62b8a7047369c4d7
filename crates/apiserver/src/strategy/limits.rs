//! What LimitRanges give to new pods, and refuse of them and of claims (Kubernetes' LimitRanger).

use manifest::{Node, Origin, Text};

use super::amounts::{Amount, Amounts, list, of_container, of_pod};
use crate::call::Answer;
use crate::make::{map, metadata, text};
use crate::server::Server;
use crate::target::Target;

const SET: &str = "kubernetes.io/limit-ranger";

/// The limits of a namespace.
fn limits(server: &Server, target: &Target) -> Vec<Node> {
    let ranges = server.objects("", "limitranges").into_iter();
    ranges.filter(|range| crate::make::meta(range, "namespace") == target.namespace).collect()
}

fn rules(range: &Node) -> &[Node] {
    range.at(&["spec", "limits"]).and_then(Node::as_list).unwrap_or_default()
}

/// Gives the containers of a new pod what the limits of its namespace have for them.
pub(crate) fn set_defaults(server: &Server, target: &Target, object: &mut Node) {
    if !target.resource.is("", "Pod") || !target.subresource.is_empty() {
        return;
    }
    for range in limits(server, target) {
        let mut set = Vec::new();
        for (containers, what) in
            [("containers", "container"), ("initContainers", "init container")]
        {
            let Some(spec) = object.map_entry("spec", Origin::NONE) else { continue };
            let Some(items) = spec.get_mut(containers).and_then(Node::as_list_mut) else {
                continue;
            };
            for container in items.make_mut() {
                let name = container.str_at(&["name"]).unwrap_or_default().to_owned();
                for (field, from, word) in
                    [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
                {
                    let mut names = complete(container, field, from, rules(&range));
                    if !names.is_empty() {
                        names.sort();
                        set.push(format!("{} {word} for {what} {name}", names.join(", ")));
                    }
                }
            }
        }
        if set.is_empty() {
            continue;
        }
        if let Some(metadata) = metadata(object) {
            let annotations = metadata.entry("annotations", || map([]));
            if annotations.is_null() {
                *annotations = map([]);
            }
            if let Some(annotations) = annotations.as_map_mut() {
                let what = format!("LimitRanger plugin set: {}", set.join("; "));
                annotations.set(SET, text(what));
            }
        }
    }
}

fn complete(container: &mut Node, field: &str, from: &str, rules: &[Node]) -> Vec<Text> {
    let mut set: Vec<Text> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.str_at(&["type"]) == Some("Container")) {
        let Some(values) = rule.get(from).and_then(Node::as_map) else { continue };
        for (name, value) in values.iter() {
            let has = container.at(&["resources", field, name]).is_some();
            if has && !set.iter().any(|own| own == name.as_str()) {
                continue;
            }
            let Some(resources) = container.map_entry("resources", Origin::NONE) else { continue };
            let own = resources.entry(field, || map([]));
            if own.is_null() {
                *own = map([]);
            }
            if let Some(own) = own.as_map_mut() {
                own.set(name.clone(), value.clone());
                if !set.iter().any(|own| own == name.as_str()) {
                    set.push(name.as_str().into());
                }
            }
        }
    }
    set
}

/// Refuses what is beyond the limits of its namespace.
pub(crate) fn check(server: &Server, target: &Target, object: &Node) -> Result<(), Answer> {
    let is_pod = target.resource.is("", "Pod");
    if !is_pod && !target.resource.is("", "PersistentVolumeClaim") {
        return Ok(());
    }
    for range in limits(server, target) {
        let mut wrong = Vec::new();
        for rule in rules(&range) {
            match (is_pod, rule.str_at(&["type"]).unwrap_or_default()) {
                (true, "Container") => containers(rule, object, &mut wrong),
                (true, "Pod") => {
                    let spec = object.get("spec").cloned().unwrap_or_default();
                    let (requests, limits) = (of_pod(&spec, "requests"), of_pod(&spec, "limits"));
                    compare(rule, "Pod", &requests, &limits, &mut wrong);
                }
                (false, "PersistentVolumeClaim") => claim(rule, object, &mut wrong),
                _ => {}
            }
        }
        let mut seen: Vec<String> = Vec::new();
        for line in wrong {
            if !seen.contains(&line) {
                seen.push(line);
            }
        }
        match seen.as_slice() {
            [] => {}
            [line] => return Err(target.forbidden(line)),
            lines => return Err(target.forbidden(&format!("[{}]", lines.join(", ")))),
        }
    }
    Ok(())
}

fn containers(rule: &Node, pod: &Node, wrong: &mut Vec<String>) {
    for containers in ["containers", "initContainers"] {
        let items = pod.at(&["spec", containers]).and_then(Node::as_list).unwrap_or_default();
        for container in items {
            let (requests, limits) =
                (of_container(container, "requests"), of_container(container, "limits"));
            compare(rule, "Container", &requests, &limits, wrong);
        }
    }
}

/// Amounts are compared in thousandths.
fn milli(amount: Amount) -> i128 {
    let rest = amount.nano.rem_euclid(1_000_000);
    amount.nano.div_euclid(1_000_000) + i128::from(rest > 0)
}

fn compare(rule: &Node, kind: &str, requests: &Amounts, limits: &Amounts, wrong: &mut Vec<String>) {
    for (name, least) in list(rule.get("min")) {
        let start = format!("minimum {name} usage per {kind} is {}", least.text());
        let is_less = |amount: Option<&Amount>| amount.is_some_and(|a| milli(*a) < milli(least));
        match (requests.get(&name), limits.get(&name)) {
            (None, _) => wrong.push(format!("{start}.  No request is specified")),
            (Some(request), _) if milli(*request) < milli(least) => {
                wrong.push(format!("{start}, but request is {}", request.text()));
            }
            (_, limit) if is_less(limit) => {
                let limit = limit.copied().unwrap_or_default().text();
                wrong.push(format!("{start}, but limit is {limit}"));
            }
            _ => {}
        }
    }
    for (name, most) in list(rule.get("max")) {
        let start = format!("maximum {name} usage per {kind} is {}", most.text());
        match (requests.get(&name), limits.get(&name)) {
            (_, None) => wrong.push(format!("{start}.  No limit is specified")),
            (_, Some(limit)) if milli(*limit) > milli(most) => {
                wrong.push(format!("{start}, but limit is {}", limit.text()));
            }
            (Some(request), _) if milli(*request) > milli(most) => {
                wrong.push(format!("{start}, but request is {}", request.text()));
            }
            _ => {}
        }
    }
    for (name, most) in list(rule.get("maxLimitRequestRatio")) {
        let start = format!("{name} max limit to request ratio per {kind} is {}", most.text());
        let request = requests.get(&name).filter(|amount| amount.nano != 0);
        let limit = limits.get(&name).filter(|amount| amount.nano != 0);
        match (request, limit) {
            (None, _) => {
                wrong.push(format!("{start}, but no request is specified or request is 0"));
            }
            (_, None) => wrong.push(format!("{start}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let (request, limit) = (milli(*request), milli(*limit));
                if limit.saturating_mul(1000) > milli(most).saturating_mul(request) {
                    let ratio = shown_ratio(limit, request);
                    wrong.push(format!("{start}, but provided ratio is {ratio}"));
                }
            }
        }
    }
}

/// A quotient with six digits.
fn shown_ratio(above: i128, below: i128) -> String {
    let millionths = (above.saturating_mul(2_000_000) + below) / (2 * below);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn claim(rule: &Node, object: &Node, wrong: &mut Vec<String>) {
    let requests = list(object.at(&["spec", "resources", "requests"]));
    let kind = "PersistentVolumeClaim";
    for (name, least) in list(rule.get("min")) {
        let start = format!("minimum {name} usage per {kind} is {}", least.text());
        match requests.get(&name) {
            None => wrong.push(format!("{start}.  No request is specified")),
            Some(request) if milli(*request) < milli(least) => {
                wrong.push(format!("{start}, but request is {}", request.text()));
            }
            _ => {}
        }
    }
    for (name, most) in list(rule.get("max")) {
        let start = format!("maximum {name} usage per {kind} is {}", most.text());
        match requests.get(&name) {
            None => wrong.push(format!("{start}.  No request is specified")),
            Some(request) if milli(*request) > milli(most) => {
                wrong.push(format!("{start}, but request is {}", request.text()));
            }
            _ => {}
        }
    }
}
