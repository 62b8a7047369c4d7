//! Which webhooks there are, and which of them a request concerns.

use std::sync::Arc;

use manifest::{Node, Text};
use schema::policy::Conditions;

use crate::make::meta;
use crate::selector::matches;

/// The webhooks of a cluster, in the order in which they are asked: by the names of their configurations.
#[derive(Clone, Default, Debug)]
pub(crate) struct Hooks {
    pub(crate) mutating: Vec<Arc<Hook>>,
    pub(crate) validating: Vec<Arc<Hook>>,
}

/// One webhook of a configuration.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) name: Text,
    pub(crate) is_mutating: bool,
    pub(crate) fails_open: bool,
    is_exact: bool,
    pub(crate) asks_again: bool,
    pub(crate) works_on_dry_run: bool,
    pub(crate) conditions: Conditions,
    /// Whether it speaks a version of AdmissionReview that is known here.
    pub(crate) review_version: Option<Text>,
    pub(crate) seconds: u64,
    pub(crate) client: Node,
    rules: Vec<Node>,
    namespaces: Node,
    objects: Node,
}

/// What somebody does to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
}

impl Operation {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
        }
    }
}

/// What webhooks are asked about: a request as far as rules see it.
pub(crate) struct Occasion<'a> {
    pub(crate) operation: Operation,
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) plural: &'a str,
    pub(crate) subresource: &'a str,
    /// The namespace; that of a namespace is itself.
    pub(crate) namespace: &'a str,
    pub(crate) object: Option<&'a Node>,
    pub(crate) old: Option<&'a Node>,
    /// The other versions of the resource, the preferred one first.
    pub(crate) others: &'a [Text],
}

impl Hooks {
    /// The webhooks of all configurations.
    pub(crate) fn new<'n>(
        mutating: impl Iterator<Item = &'n Node>,
        validating: impl Iterator<Item = &'n Node>,
    ) -> Hooks {
        let of = |configuration: &'n Node, is_mutating: bool| {
            let hooks = configuration.get("webhooks").and_then(Node::as_list).unwrap_or_default();
            hooks.iter().map(move |hook| Arc::new(Hook::of(hook, is_mutating)))
        };
        let sorted = |configurations: &mut Vec<&'n Node>| {
            configurations.sort_by_key(|configuration| meta(configuration, "name"));
        };
        let (mut first, mut second): (Vec<&Node>, Vec<&Node>) =
            (mutating.collect(), validating.collect());
        sorted(&mut first);
        sorted(&mut second);
        Hooks {
            mutating: first.into_iter().flat_map(|node| of(node, true)).collect(),
            validating: second.into_iter().flat_map(|node| of(node, false)).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mutating.is_empty() && self.validating.is_empty()
    }
}

impl Hook {
    fn of(node: &Node, is_mutating: bool) -> Hook {
        let word = |key: &str| node.str_at(&[key]).unwrap_or_default();
        let items = |key: &str| node.get(key).and_then(Node::as_list).unwrap_or_default();
        let versions = items("admissionReviewVersions").iter().filter_map(Node::as_str);
        let mut known = versions.filter(|version| matches!(*version, "v1" | "v1beta1"));
        let seconds = node.get("timeoutSeconds").and_then(Node::as_int).unwrap_or(10);
        Hook {
            name: word("name").into(),
            is_mutating,
            fails_open: word("failurePolicy") == "Ignore",
            is_exact: word("matchPolicy") == "Exact",
            asks_again: word("reinvocationPolicy") == "IfNeeded",
            works_on_dry_run: matches!(word("sideEffects"), "None" | "NoneOnDryRun"),
            conditions: Conditions::read(items("matchConditions"), false),
            review_version: known.next().map(Text::from),
            seconds: u64::try_from(seconds).unwrap_or(10).clamp(1, 30),
            client: node.get("clientConfig").cloned().unwrap_or_default(),
            rules: items("rules").to_vec(),
            namespaces: node.get("namespaceSelector").cloned().unwrap_or_default(),
            objects: node.get("objectSelector").cloned().unwrap_or_default(),
        }
    }

    /// The version of the resource in which the webhook wants to see what is done; `None` where it is not
    /// concerned. `namespace` gives the namespace that it is done in.
    ///
    /// # Errors
    /// It is concerned, but the namespace is not there.
    pub(crate) fn version<'o>(
        &self,
        occasion: &'o Occasion<'o>,
        namespace: impl FnOnce() -> Option<Node>,
    ) -> Result<Option<&'o str>, NoNamespace> {
        let is_concerned =
            |object: Option<&Node>| object.is_some_and(|object| matches(&self.objects, object));
        if !is_everything(&self.objects)
            && !is_concerned(occasion.object)
            && !is_concerned(occasion.old)
        {
            return Ok(None);
        }
        let fits = |version: &str| self.rules.iter().any(|rule| is_ruled(rule, occasion, version));
        let version = if fits(occasion.version) {
            Some(occasion.version)
        } else if self.is_exact {
            None
        } else {
            occasion.others.iter().map(Text::as_str).find(|version| fits(version))
        };
        let (Some(version), false) = (version, self.ignores_namespaces(occasion)) else {
            return Ok(version);
        };
        let is_namespace = occasion.group.is_empty()
            && occasion.plural == "namespaces"
            && occasion.subresource.is_empty();
        let written = occasion.object.filter(|_| is_namespace).cloned();
        let namespace = written.or_else(namespace).ok_or(NoNamespace)?;
        Ok(matches(&self.namespaces, &namespace).then_some(version))
    }

    fn ignores_namespaces(&self, occasion: &Occasion<'_>) -> bool {
        is_everything(&self.namespaces)
            || occasion.namespace.is_empty() && occasion.plural != "namespaces"
    }
}

/// That the namespace in which something is done is not there.
#[derive(Debug)]
pub(crate) struct NoNamespace;

/// Whether a label selector asks for nothing.
fn is_everything(selector: &Node) -> bool {
    let is_empty = |key: &str| {
        selector.get(key).is_none_or(|node| {
            node.as_list().is_none_or(<[Node]>::is_empty)
                && node.as_map().is_none_or(manifest::Map::is_empty)
        })
    };
    is_empty("matchLabels") && is_empty("matchExpressions")
}

/// Whether a rule is about what is done (`predicates/rules`).
fn is_ruled(rule: &Node, occasion: &Occasion<'_>, version: &str) -> bool {
    let items = |key: &str| rule.get(key).and_then(Node::as_list).unwrap_or_default();
    let has = |key: &str, wanted: &str| {
        items(key).iter().filter_map(Node::as_str).any(|own| own == "*" || own == wanted)
    };
    let is_namespace = occasion.group.is_empty() && occasion.plural == "namespaces";
    let is_inside = !is_namespace && !occasion.namespace.is_empty();
    let scope = match rule.str_at(&["scope"]) {
        Some("Namespaced") => is_inside,
        Some("Cluster") => !is_inside,
        _ => true,
    };
    let is_resource = |own: &str| {
        let (plural, subresource) = own.split_once('/').unwrap_or((own, ""));
        (plural == "*" || plural == occasion.plural)
            && (subresource == "*" || subresource == occasion.subresource)
    };
    scope
        && has("operations", occasion.operation.word())
        && has("apiGroups", occasion.group)
        && has("apiVersions", version)
        && items("resources").iter().filter_map(Node::as_str).any(is_resource)
}
