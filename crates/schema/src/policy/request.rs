//! A request as policies see it.

use expression::{Outcome, Value};
use manifest::{Map, Node, Origin, Text};

use super::environment::{NAMESPACE, REQUEST};

/// A write that is about to happen.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub operation: &'static str,
    /// The `apiVersion` of the endpoint.
    pub api_version: &'r str,
    /// The kind of its objects.
    pub kind: &'r str,
    /// The plural of the endpoint.
    pub resource: &'r str,
    /// The subresource, or nothing.
    pub subresource: &'r str,
    /// The name of the object; nothing where it is still to be generated.
    pub name: &'r str,
    /// The namespace of the object, or nothing.
    pub namespace: &'r str,
    /// The object as it is to be.
    pub object: Option<&'r Node>,
    /// The object as it is.
    pub old_object: Option<&'r Node>,
    /// The namespace that it is in.
    pub namespace_object: Option<&'r Node>,
    /// Who asks: `username`, `uid`, `groups`, `extra`.
    pub user: &'r Node,
    /// The parameters of the request.
    pub options: &'r Node,
    /// Whether nothing is to be kept.
    pub is_dry_run: bool,
}

impl<'n> Request<'n> {
    /// The group and the version of the endpoint.
    pub(super) fn group_version(&self) -> (&str, &str) {
        self.api_version.rsplit_once('/').unwrap_or(("", self.api_version))
    }

    /// A variable of expressions.
    pub(super) fn variable(&self, name: &str) -> Option<Outcome> {
        let of = |node: Option<&Node>| Some(Ok(node.map_or(Value::Null, expression::dynamic)));
        match name {
            "object" => of(self.object),
            "oldObject" => of(self.old_object),
            "request" => Some(expression::to_value(&self.node(), &REQUEST)),
            "namespaceObject" => Some(match self.namespace_object {
                Some(node) => expression::to_value(node, &NAMESPACE),
                None => Ok(Value::Null),
            }),
            _ => None,
        }
    }

    fn node(&self) -> Node {
        let (group, version) = self.group_version();
        let text = |text: &str| Node::string(text, Origin::NONE);
        let made = |entries: &[(&str, &str)]| {
            let mut map = Map::new();
            for (key, value) in entries {
                map.set(*key, text(value));
            }
            Node::new(map, Origin::NONE)
        };
        let kind = made(&[("group", group), ("version", version), ("kind", self.kind)]);
        let resource = made(&[("group", group), ("version", version), ("resource", self.resource)]);
        let mut map = Map::new();
        map.set("kind", kind.clone());
        map.set("resource", resource.clone());
        map.set("requestKind", kind);
        map.set("requestResource", resource);
        for (key, value) in [
            ("subResource", self.subresource),
            ("requestSubResource", self.subresource),
            ("name", self.name),
            ("namespace", self.namespace),
        ] {
            if !value.is_empty() {
                map.set(key, text(value));
            }
        }
        map.set("operation", text(self.operation));
        map.set("userInfo", self.user.clone());
        map.set("dryRun", Node::new(self.is_dry_run, Origin::NONE));
        map.set("options", self.options.clone());
        Node::new(map, Origin::NONE)
    }

    /// The labels of the object, before or after.
    pub(super) fn labels(&self) -> Vec<Option<&'n Map>> {
        let nodes = match self.operation {
            "CREATE" => [self.object, None],
            "DELETE" => [None, self.old_object],
            _ => [self.object, self.old_object],
        };
        let labels = |node: &'n Node| node.at(&["metadata", "labels"]).and_then(Node::as_map);
        nodes.into_iter().flatten().map(labels).collect()
    }
}

/// The text of a label.
pub(super) fn label<'l>(labels: Option<&'l Map>, key: &str) -> Option<&'l str> {
    labels?.get(key)?.as_str()
}

/// The texts of a list.
pub(super) fn texts(node: Option<&Node>) -> Vec<&str> {
    let list = node.and_then(Node::as_list).unwrap_or_default();
    list.iter().filter_map(Node::as_str).collect()
}

/// The name of a list's items, e.g. of resources.
pub(super) fn joined(resource: &str, subresource: &str) -> Text {
    match subresource {
        "" => resource.into(),
        _ => ecow::eco_format!("{resource}/{subresource}"),
    }
}
