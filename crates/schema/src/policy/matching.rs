//! Which requests a policy or a binding is for: `matchConstraints` and `matchResources`.

use manifest::{Map, Node};

use super::request::{Request, joined, label, texts};

/// Whether these rules and selectors are for a request. Without rules every resource is meant.
pub fn matches(resources: &Node, request: &Request<'_>) -> bool {
    let rules = |key: &str| resources.get(key).and_then(Node::as_list).unwrap_or_default();
    let exact = resources.str_at(&["matchPolicy"]) == Some("Exact");
    let is_meant = |rule: &Node| is_rule(rule, request, exact);
    let is_selected = namespace(resources.get("namespaceSelector"), request)
        && object(resources.get("objectSelector"), request);
    is_selected
        && !rules("excludeResourceRules").iter().any(is_meant)
        && (rules("resourceRules").is_empty() || rules("resourceRules").iter().any(is_meant))
}

fn is_rule(rule: &Node, request: &Request<'_>, exact: bool) -> bool {
    let (group, version) = request.group_version();
    let holds = |key: &str, value: &str| {
        texts(rule.get(key)).iter().any(|own| *own == "*" || *own == value)
    };
    let names = texts(rule.get("resourceNames"));
    let scope = match rule.str_at(&["scope"]) {
        Some("Namespaced") => !request.namespace.is_empty() && request.kind != "Namespace",
        Some("Cluster") => request.namespace.is_empty() || request.kind == "Namespace",
        _ => true,
    };
    let wanted = joined(request.resource, request.subresource);
    let resource = texts(rule.get("resources")).iter().any(|own| match own.split_once('/') {
        None => request.subresource.is_empty() && (*own == "*" || *own == wanted),
        Some((of, sub)) => {
            (of == "*" || of == request.resource)
                && (sub == "*" || sub == request.subresource)
                && (sub == "*" || !request.subresource.is_empty())
        }
    });
    // Another version of the same resource is the same, unless the policy is exact about it.
    let version = holds("apiVersions", version) || !exact;
    scope
        && resource
        && version
        && holds("apiGroups", group)
        && holds("operations", request.operation)
        && (names.is_empty() || names.contains(&request.name))
}

fn namespace(selector: Option<&Node>, request: &Request<'_>) -> bool {
    let Some(selector) = selector.filter(|selector| !is_empty(selector)) else { return true };
    let of = match (request.kind, request.api_version) {
        ("Namespace", "v1") => request.object.or(request.old_object),
        _ if request.namespace.is_empty() => return true,
        _ => request.namespace_object,
    };
    let labels = of.and_then(|node| node.at(&["metadata", "labels"])).and_then(Node::as_map);
    selects(selector, labels)
}

fn object(selector: Option<&Node>, request: &Request<'_>) -> bool {
    let Some(selector) = selector.filter(|selector| !is_empty(selector)) else { return true };
    request.labels().into_iter().any(|labels| selects(selector, labels))
}

fn is_empty(selector: &Node) -> bool {
    let is_none = |key: &str| match selector.get(key) {
        Some(node) => {
            node.as_map().is_none_or(Map::is_empty) && node.as_list().is_none_or(<[Node]>::is_empty)
        }
        None => true,
    };
    is_none("matchLabels") && is_none("matchExpressions")
}

/// Whether a label selector selects these labels.
pub fn selects(selector: &Node, labels: Option<&Map>) -> bool {
    let pairs = selector.get("matchLabels").and_then(Node::as_map);
    let has = |(key, value): (&manifest::Key, &Node)| label(labels, key) == value.as_str();
    let expressions = selector.get("matchExpressions").and_then(Node::as_list);
    pairs.into_iter().flat_map(Map::iter).all(has)
        && expressions.unwrap_or_default().iter().all(|expression| {
            let key = expression.str_at(&["key"]).unwrap_or_default();
            let found = label(labels, key);
            let values = texts(expression.get("values"));
            match expression.str_at(&["operator"]) {
                Some("In") => found.is_some_and(|found| values.contains(&found)),
                Some("NotIn") => found.is_none_or(|found| !values.contains(&found)),
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        })
}
