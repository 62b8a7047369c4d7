//! Fields that differ, for people: the topmost of them, with their values and owners.

use manifest::{Node, Object, Sensitive, Text, Value};
use schema::apply::Entry;
use schema::fields::{Element, Set, path_text};
use schema::typed::Comparison;

use crate::desired::has_sensitive;
use crate::{FieldChange, MANAGER};

pub(crate) struct Fields<'a> {
    pub(crate) before: &'a Node,
    pub(crate) after: &'a Node,
    /// Who owns what, in what is there.
    pub(crate) entries: &'a [Entry],
    pub(crate) desired: &'a Object,
}

impl Fields<'_> {
    /// By path.
    pub(crate) fn of(&self, comparison: &Comparison) -> Vec<FieldChange> {
        let mut paths = Vec::new();
        for set in [&comparison.removed, &comparison.modified, &comparison.added] {
            topmost(set, &mut Vec::new(), &mut paths);
        }
        paths.sort();
        paths.dedup();
        paths.iter().map(|path| self.field(path)).collect()
    }

    fn field(&self, path: &[Element]) -> FieldChange {
        let (before, after) = (at(self.before, path), at(self.after, path));
        let hides = self.hides(path);
        let shown = |node: &Node| if hides { masked(node) } else { node.clone() };
        FieldChange {
            path: path_text(path),
            before: before.map(shown),
            after: after.map(shown),
            managers: self.managers(path),
        }
    }

    /// Whether values must not be seen: the data of Secrets, kubectl's copy of them, and whatever
    /// was secret where it came from.
    fn hides(&self, path: &[Element]) -> bool {
        let is_secret = self.desired.kind() == "Secret" && self.desired.gvk().group.is_empty();
        let open = ["apiVersion", "kind", "metadata", "type", "immutable"].map(Element::field);
        let [first, rest @ ..] = path else { return true };
        if is_secret {
            let is_annotation = rest.first() == Some(&Element::field("annotations"));
            return !open.contains(first) || is_annotation;
        }
        at(self.desired.root(), path).is_some_and(has_sensitive)
    }

    /// Who owns a field or something below it: others first.
    fn managers(&self, path: &[Element]) -> Vec<Text> {
        let owns = |entry: &&Entry| entry.fields.has(path) || has_below(&entry.fields, path);
        let names = self.entries.iter().filter(owns).map(|entry| entry.manager.clone());
        let mut names: Vec<Text> = names.collect();
        names.sort_by_key(|name| name == MANAGER);
        names.dedup();
        names
    }
}

/// The members of a set that have no member above them.
fn topmost(set: &Set, path: &mut Vec<Element>, paths: &mut Vec<Vec<Element>>) {
    for member in set.members() {
        path.push(member.clone());
        paths.push(path.clone());
        path.pop();
    }
    for (element, below) in set.children() {
        if !set.has_member(element) {
            path.push(element.clone());
            topmost(below, path, paths);
            path.pop();
        }
    }
}

/// Whether a set has paths below a path.
pub(crate) fn has_below(set: &Set, path: &[Element]) -> bool {
    let below = path.iter().try_fold(set, |set, element| set.child(element));
    below.is_some_and(|set| !set.is_empty())
}

/// What stands at a path.
pub(crate) fn at<'n>(root: &'n Node, path: &[Element]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, element| match element {
        Element::Field(name) => node.get(name),
        Element::Index(index) => node.as_list()?.get(usize::try_from(*index).ok()?),
        Element::Value(value) => node.as_list()?.iter().find(|item| is_same(&item.value, value)),
        Element::Key(keys) => node.as_list()?.iter().find(|item| {
            keys.iter().all(|(name, value)| {
                item.get(name).is_some_and(|found| is_same(&found.value, value))
            })
        }),
    })
}

/// Whether two values are the same as keys.
fn is_same(a: &Value, b: &Value) -> bool {
    Element::Value(a.clone()) == Element::Value(b.clone())
}

/// Whether a value is what a field has that nobody set.
pub(crate) fn is_zero(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.iter().all(|(_, node)| is_zero(node)),
        _ => false,
    }
}

/// The same with all text hidden.
fn masked(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(list) => Value::List(list.iter().map(masked).collect()),
        Value::Map(map) => map.iter().map(|(key, node)| (key.clone(), masked(node))).collect(),
        Value::Null => Value::Null,
        Value::Sensitive(text) => Value::Sensitive(text.clone()),
        _ => Value::Sensitive(Sensitive::new(
            node.scalar_text().map(String::from).unwrap_or_default(),
        )),
    };
    Node { value, origin: node.origin }
}
