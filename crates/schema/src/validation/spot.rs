//! A value in an object and where it stands: what checks are made of.
//!
//! A spot is a few pointers on the stack; the path to it becomes text only when there is something to
//! complain about.

use std::cell::RefCell;

use manifest::{Node, Origin, Value};

use super::Wrong;
use crate::go;

/// What was found so far.
pub(super) type Found = RefCell<Vec<Wrong>>;

/// Nothing: what stands where a field is missing.
static NOTHING: Node = Node { value: Value::Null, origin: Origin::NONE };

#[derive(Clone, Copy)]
enum Step<'n> {
    /// The object.
    Root,
    /// A field, or several with dots between them.
    Field(&'static str),
    Index(usize),
    Key(&'n str),
    /// A field whose name is from the object.
    Named(&'n str),
}

/// A value, the way to it, and where complaints about it go.
#[derive(Clone, Copy)]
pub(super) struct Spot<'n, 'p> {
    node: &'n Node,
    parent: Option<&'p Spot<'n, 'p>>,
    step: Step<'n>,
    found: &'p Found,
}

impl<'n, 'p> Spot<'n, 'p> {
    /// The object itself.
    pub(super) fn root(node: &'n Node, found: &'p Found) -> Spot<'n, 'p> {
        Spot { node, parent: None, step: Step::Root, found }
    }

    /// The field `name`, or what fields with dots between them lead to.
    pub(super) fn field<'s>(&'s self, name: &'static str) -> Spot<'n, 's> {
        let node = name.split('.').try_fold(self.node, |node, name| node.get(name));
        self.below(node.unwrap_or(&NOTHING), Step::Field(name))
    }

    /// The place `name` below this one, with this value: upstream is not always where it says.
    pub(super) fn called<'s>(&'s self, name: &'static str) -> Spot<'n, 's> {
        self.below(self.node, Step::Field(name))
    }

    /// The item `index`.
    pub(super) fn index<'s>(&'s self, index: usize) -> Spot<'n, 's> {
        self.below(self.list().get(index).unwrap_or(&NOTHING), Step::Index(index))
    }

    /// The entry `key`.
    pub(super) fn key<'s>(&'s self, key: &'n str) -> Spot<'n, 's> {
        self.below(self.node.get(key).unwrap_or(&NOTHING), Step::Key(key))
    }

    /// The entry `key`, whose name lives as long as the object.
    pub(super) fn key_of<'s>(&'s self, key: &str) -> Spot<'n, 's> {
        let entry =
            self.node.as_map().and_then(|map| map.iter().find(|(own, _)| own.as_str() == key));
        match entry {
            Some((key, node)) => self.below(node, Step::Key(key)),
            None => *self,
        }
    }

    /// The entry `key` as a field.
    pub(super) fn key_field<'s>(&'s self, key: &'n str) -> Spot<'n, 's> {
        self.below(self.node.get(key).unwrap_or(&NOTHING), Step::Named(key))
    }

    fn below<'s>(&'s self, node: &'n Node, step: Step<'n>) -> Spot<'n, 's> {
        Spot { node, parent: Some(self), step, found: self.found }
    }

    /// Another value at this place.
    pub(super) fn with<'m>(&self, node: &'m Node) -> Spot<'m, 'p>
    where
        'n: 'm,
    {
        Spot { node, ..*self }
    }

    /// The items of a list.
    pub(super) fn items<'s>(&'s self) -> impl Iterator<Item = Spot<'n, 's>> {
        let list = self.list();
        list.iter().enumerate().map(|(index, node)| self.below(node, Step::Index(index)))
    }

    /// The entries of a map.
    pub(super) fn entries<'s>(&'s self) -> impl Iterator<Item = (&'n str, Spot<'n, 's>)> {
        let map = self.node.as_map();
        map.into_iter()
            .flat_map(manifest::Map::iter)
            .map(|(key, node)| (key.as_str(), self.below(node, Step::Key(key))))
    }

    pub(super) fn node(&self) -> &'n Node {
        self.node
    }

    pub(super) fn is_set(&self) -> bool {
        !self.node.is_null()
    }

    /// This, if there is a value.
    pub(super) fn given(self) -> Option<Self> {
        self.is_set().then_some(self)
    }

    /// The text; empty where there is none.
    pub(super) fn text(&self) -> &'n str {
        match &self.node.value {
            Value::Sensitive(text) => text.expose(),
            _ => self.node.as_str().unwrap_or_default(),
        }
    }

    pub(super) fn int(&self) -> Option<i64> {
        self.node.as_int()
    }

    /// The number; 0 where there is none.
    pub(super) fn number(&self) -> i64 {
        self.int().unwrap_or(0)
    }

    pub(super) fn is_true(&self) -> bool {
        self.node.as_bool() == Some(true)
    }

    pub(super) fn is_false(&self) -> bool {
        self.node.as_bool() == Some(false)
    }

    pub(super) fn list(&self) -> &'n [Node] {
        self.node.as_list().unwrap_or_default()
    }

    /// How many items or entries there are.
    pub(super) fn len(&self) -> usize {
        match &self.node.value {
            Value::Map(map) => map.len(),
            _ => self.list().len(),
        }
    }

    /// Whether there is no text, no item and no entry.
    pub(super) fn is_empty(&self) -> bool {
        self.text().is_empty() && self.len() == 0
    }
}

/// What there is to say of a value.
impl Spot<'_, '_> {
    /// The way here, e.g. `spec.ports[0].name`.
    pub(super) fn path(&self) -> String {
        let mut path = self.parent.map(Spot::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Field(name) | Step::Named(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Key(key) => {
                path.push('[');
                path.push_str(key);
                path.push(']');
            }
        }
        path
    }

    pub(super) fn complain(&self, reason: &'static str, message: String) {
        let field = self.path();
        self.found.borrow_mut().push(Wrong { field, reason, message });
    }

    /// The value may not be.
    pub(super) fn invalid(&self, why: &str) {
        self.invalid_as(&shown(self.node), why);
    }

    /// The same, of an internal type that is printed as such.
    pub(super) fn invalid_internal(&self, name: &str, why: &str) {
        self.invalid_as(&go::json(&go::internal(name, self.node)), why);
    }

    /// The same, with `value` for the value; empty where none is shown.
    pub(super) fn invalid_as(&self, value: &str, why: &str) {
        let value = if value.is_empty() { String::new() } else { format!(": {value}") };
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        self.complain("FieldValueInvalid", format!("Invalid value{value}{why}"));
    }

    /// The value may not be, for each of the reasons.
    pub(super) fn invalid_for(&self, reasons: Vec<String>) {
        for why in reasons {
            self.invalid(&why);
        }
    }

    pub(super) fn required(&self, why: &str) {
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        self.complain("FieldValueRequired", format!("Required value{why}"));
    }

    pub(super) fn forbidden(&self, why: &str) {
        self.complain("FieldValueForbidden", format!("Forbidden: {why}"));
    }

    pub(super) fn unsupported(&self, supported: &[&str]) {
        self.unsupported_as(&shown(self.node), supported);
    }

    pub(super) fn unsupported_as(&self, value: &str, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|text| go::quoted(text)).collect();
        let supported = supported.join(", ");
        let message = format!("Unsupported value: {value}: supported values: {supported}");
        self.complain("FieldValueNotSupported", message);
    }

    pub(super) fn duplicate(&self) {
        self.duplicate_as(&shown(self.node));
    }

    pub(super) fn duplicate_as(&self, value: &str) {
        self.complain("FieldValueDuplicate", format!("Duplicate value: {value}"));
    }

    pub(super) fn not_found(&self) {
        self.complain("FieldValueNotFound", format!("Not found: {}", shown(self.node)));
    }

    pub(super) fn too_long(&self, most: usize) {
        let message = format!("Too long: may not be more than {most} bytes");
        self.complain("FieldValueTooLong", message);
    }

    pub(super) fn too_many(&self, most: usize) {
        let message = format!("Too many: {}: must have at most {most} items", self.len());
        self.complain("FieldValueTooMany", message);
    }

    /// How much was found so far: a mark for [`Spot::is_clean_since`].
    pub(super) fn mark(&self) -> usize {
        self.found.borrow().len()
    }

    pub(super) fn is_clean_since(&self, mark: usize) -> bool {
        self.mark() == mark
    }

    /// Forgets what was found since a mark.
    pub(super) fn forget(&self, mark: usize) {
        self.found.borrow_mut().truncate(mark);
    }
}

/// A value as messages have it.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => go::quoted(text),
        Value::Sensitive(text) => go::quoted(text.expose()),
        _ => go::json(node),
    }
}
