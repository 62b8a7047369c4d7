//! One object, read in the ways that cells want it. Paths are names with dots between them.

use jiff::Timestamp;
use manifest::{Map, Node, Text};

use super::age;
use crate::make::{boolean, int, text};

/// An object, and when it is looked at.
pub(super) struct Row<'o> {
    pub(super) object: &'o Node,
    pub(super) now: Timestamp,
}

/// What stands for nothing in most columns.
pub(super) const NONE: &str = "<none>";
/// What stands for nothing in the columns of newer kinds.
pub(super) const UNSET: &str = "<unset>";
/// What stands for what nobody has said yet.
pub(super) const UNKNOWN: &str = "<unknown>";

impl<'o> Row<'o> {
    pub(super) fn at(&self, path: &str) -> Option<&'o Node> {
        at(self.object, path)
    }

    /// The text there; empty where there is none.
    pub(super) fn str(&self, path: &str) -> &'o str {
        self.at(path).and_then(Node::as_str).unwrap_or_default()
    }

    pub(super) fn text(&self, path: &str) -> Node {
        text(self.str(path))
    }

    /// The text there, `otherwise` where it is missing or empty.
    pub(super) fn text_or(&self, path: &str, otherwise: &str) -> Node {
        text(match self.str(path) {
            "" => otherwise,
            found => found,
        })
    }

    /// A scalar as text, `otherwise` where there is none.
    pub(super) fn scalar_or(&self, path: &str, otherwise: &str) -> Node {
        text(scalar(self.at(path)).unwrap_or_else(|| otherwise.into()))
    }

    /// The integer there; 0 where there is none.
    pub(super) fn int(&self, path: &str) -> i64 {
        self.at(path).and_then(Node::as_int).unwrap_or_default()
    }

    pub(super) fn number(&self, path: &str) -> Node {
        int(self.int(path))
    }

    pub(super) fn flag(&self, path: &str, otherwise: bool) -> Node {
        boolean(self.at(path).and_then(Node::as_bool).unwrap_or(otherwise))
    }

    /// `a/b` of two integers.
    pub(super) fn ratio(&self, part: &str, whole: &str) -> Node {
        text(format!("{}/{}", self.int(part), self.int(whole)))
    }

    pub(super) fn list(&self, path: &str) -> &'o [Node] {
        self.at(path).and_then(Node::as_list).unwrap_or_default()
    }

    pub(super) fn map(&self, path: &str) -> Option<&'o Map> {
        self.at(path).and_then(Node::as_map)
    }

    /// How many items or entries there are.
    pub(super) fn count(&self, path: &str) -> Node {
        let entries = self.map(path).map_or(0, Map::len);
        int(i64::try_from(entries + self.list(path).len()).unwrap_or(i64::MAX))
    }

    /// One field of each item.
    pub(super) fn each(&self, path: &str, field: &str, between: &str) -> Node {
        let items = self.list(path).iter();
        let texts = items.map(|item| item.str_at(&[field]).unwrap_or_default());
        text(texts.collect::<Vec<_>>().join(between))
    }

    /// The texts of a list.
    pub(super) fn joined(&self, path: &str, between: &str) -> Text {
        let texts = self.list(path).iter().filter_map(Node::as_str);
        texts.collect::<Vec<_>>().join(between).into()
    }

    /// How long ago the time there was.
    pub(super) fn since(&self, path: &str) -> Node {
        text(self.ago(path).unwrap_or_else(|| UNKNOWN.into()))
    }

    /// How long ago the time there was, where there is one.
    pub(super) fn ago(&self, path: &str) -> Option<String> {
        let time = self.time(path)?;
        Some(age::human(self.now.duration_since(time)))
    }

    pub(super) fn time(&self, path: &str) -> Option<Timestamp> {
        self.str(path).parse().ok()
    }

    /// The labels there, as `a=b,c=d`.
    pub(super) fn labels(&self, path: &str) -> Node {
        let labels = self.map(path).map(labels).unwrap_or_default();
        text(if labels.is_empty() { NONE.into() } else { labels.join(",") })
    }

    /// The label selector there, as it is written for a command line.
    pub(super) fn selector(&self, path: &str) -> Node {
        text(match self.at(path) {
            None => NONE.into(),
            Some(node) => match selector(node) {
                empty if empty.is_empty() => NONE.to_owned(),
                found => found,
            },
        })
    }

    /// Whether somebody wants the object gone.
    pub(super) fn is_deleted(&self) -> bool {
        self.at("metadata.deletionTimestamp").is_some_and(|node| !node.is_null())
    }

    /// The status of a condition; `None` where there is no such condition.
    pub(super) fn condition(&self, name: &str) -> Option<&'o str> {
        let mut conditions = self.list("status.conditions").iter();
        conditions.find(|node| node.str_at(&["type"]) == Some(name))?.str_at(&["status"])
    }
}

/// What stands at a path.
pub(super) fn at<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(node, |node, key| node.get(key))
}

/// A scalar as text; `None` for null, maps and lists.
pub(super) fn scalar(node: Option<&Node>) -> Option<Text> {
    node.filter(|node| !node.is_null())?.scalar_text()
}

/// Labels in the order of their keys.
fn labels(map: &Map) -> Vec<String> {
    let mut labels: Vec<String> =
        map.iter().map(|(key, value)| format!("{key}={}", scalar_text(value))).collect();
    labels.sort();
    labels
}

fn scalar_text(node: &Node) -> Text {
    scalar(Some(node)).unwrap_or_default()
}

/// A label selector with its expressions, by key.
fn selector(node: &Node) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in
        node.get("matchLabels").and_then(Node::as_map).into_iter().flat_map(Map::iter)
    {
        parts.push((key.to_string(), format!("{key}={}", scalar_text(value))));
    }
    for expression in node.get("matchExpressions").and_then(Node::as_list).unwrap_or_default() {
        let key = expression.str_at(&["key"]).unwrap_or_default();
        let values = expression.get("values").and_then(Node::as_list).unwrap_or_default();
        let mut values: Vec<&str> = values.iter().filter_map(Node::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let part = match expression.str_at(&["operator"]) {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        };
        parts.push((key.to_owned(), part));
    }
    parts.sort();
    parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(",")
}

/// The first `most` texts, and how many more there are.
pub(super) fn first_few(texts: &[String], most: usize, between: &str) -> String {
    let shown = texts.get(..most).unwrap_or(texts).join(between);
    match texts.len().checked_sub(most) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} + {more} more..."),
    }
}
