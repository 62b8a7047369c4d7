//! Field specs: which field of which kinds a transformer touches.
//!
//! A path is `/`-separated; lists on the way are entered; `\/` is a slash in a name; `name[]` must be
//! a list (`api/filters/fieldspec`).

use manifest::{Gvk, List, Node, Origin, Text, Value};

use crate::alias::Step;
use crate::id::is_selected;

/// A field of some kinds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FieldSpec {
    /// The kinds; empty parts match any.
    pub(crate) gvk: Gvk,
    /// The path as written.
    pub(crate) path: Text,
    segments: Vec<Segment>,
    /// Whether the field is made where it is missing.
    pub(crate) create: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Segment {
    name: Text,
    is_list: bool,
}

/// What a missing last field is made as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    Nothing,
    Scalar,
    Map,
}

/// Why a field cannot be touched: a lowercase fragment, and where the field stands.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) cause: String,
    pub(crate) origin: Origin,
}

impl Fault {
    pub(crate) fn new(cause: impl Into<String>, origin: Origin) -> Fault {
        Fault { cause: cause.into(), origin }
    }
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> FieldSpec {
        let segments = split_path(path, '/')
            .into_iter()
            .map(|part| match part.strip_suffix("[]") {
                Some(name) => Segment { name: name.into(), is_list: true },
                None => Segment { name: part.into(), is_list: false },
            })
            .collect();
        FieldSpec { gvk, path: path.into(), segments, create }
    }

    /// Whether it speaks of objects of this kind.
    pub(crate) fn applies_to(&self, gvk: &Gvk) -> bool {
        is_selected(gvk, &self.gvk)
    }

    /// Whether both are the same field, the other one's kinds among this one's.
    fn covers(&self, other: &FieldSpec) -> bool {
        self.path == other.path && is_selected(&self.gvk, &other.gvk)
    }

    /// Whether some value at the path satisfies `wanted`. True as well where the path runs into a
    /// scalar, so that [`FieldSpec::visit`] can complain.
    pub(crate) fn any(&self, node: &Node, wanted: &mut dyn FnMut(&Node) -> bool) -> bool {
        any(node, &self.segments, wanted)
    }

    /// Where the values at the path stand, in the order of [`FieldSpec::visit`].
    pub(crate) fn places(&self, node: &Node) -> Vec<Vec<Step>> {
        let mut found = Vec::new();
        places(node, &self.segments, &mut Vec::new(), &mut found);
        found
    }

    /// Calls `set` with every value at the path, making what is missing where the spec says so.
    ///
    /// # Errors
    /// The path runs into a scalar, or `set` fails.
    pub(crate) fn visit(
        &self,
        node: &mut Node,
        create: Create,
        origin: Origin,
        set: &mut dyn FnMut(&mut Node) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let create = if self.create { create } else { Create::Nothing };
        visit(node, &self.segments, create, origin, set)
            .map_err(|fault| Fault { cause: format!("`{}`: {}", self.path, fault.cause), ..fault })
    }
}

fn places(node: &Node, path: &[Segment], here: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let Some((segment, rest)) = path.split_first() else { return found.push(here.clone()) };
    match &node.value {
        Value::List(list) => {
            for (index, item) in list.iter().enumerate() {
                here.push(Step::Index(index));
                places(item, path, here, found);
                here.pop();
            }
        }
        Value::Map(map) => {
            if let Some(field) = map.get(&segment.name) {
                here.push(Step::Key(segment.name.clone()));
                places(field, rest, here, found);
                here.pop();
            }
        }
        _ => {}
    }
}

fn any(node: &Node, path: &[Segment], wanted: &mut dyn FnMut(&Node) -> bool) -> bool {
    let Some((segment, rest)) = path.split_first() else { return wanted(node) };
    match &node.value {
        Value::Null | Value::Unknown(_) => false,
        Value::List(list) => list.iter().any(|item| any(item, path, wanted)),
        Value::Map(map) => {
            let Some(field) = map.get(&segment.name) else { return false };
            if field.is_null() { segment.is_list } else { any(field, rest, wanted) }
        }
        _ => true,
    }
}

fn visit(
    node: &mut Node,
    path: &[Segment],
    create: Create,
    origin: Origin,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some((segment, rest)) = path.split_first() else { return set(node) };
    match &mut node.value {
        Value::Null | Value::Unknown(_) => Ok(()),
        Value::List(list) => {
            for item in list.make_mut() {
                visit(item, path, create, origin, set)?;
            }
            Ok(())
        }
        Value::Map(map) => {
            if segment.name.is_empty() {
                return Err(Fault::new("a field name is empty", node.origin));
            }
            let made = match create {
                _ if segment.is_list => None,
                Create::Nothing => None,
                _ if !rest.is_empty() => Some(Node::map(origin)),
                Create::Scalar => Some(Node::string("", origin)),
                Create::Map => Some(Node::map(origin)),
            };
            match (map.get_mut(&segment.name), made) {
                (None, None) => Ok(()),
                (Some(field), Some(made)) if field.is_null() => {
                    *field = made;
                    visit(field, rest, create, origin, set)
                }
                (Some(field), _) if field.is_null() && segment.is_list => {
                    field.value = Value::List(List::new());
                    Ok(())
                }
                (Some(field), _) if field.is_null() => Ok(()),
                (Some(field), _) => visit(field, rest, create, origin, set),
                (None, Some(made)) => {
                    visit(map.entry(&segment.name, || made), rest, create, origin, set)
                }
            }
        }
        _ => {
            let cause = format!("there is a {} where a map or list should be", node.type_name());
            Err(Fault::new(cause, node.origin))
        }
    }
}

/// Splits at `delimiter`, except where a backslash precedes it; one leading delimiter is skipped
/// (kyaml `utils.PathSplitter`).
pub(crate) fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut parts: Vec<&str> = path.split(delimiter).collect();
    if parts.len() > 1 && parts.first() == Some(&"") {
        parts.remove(0);
    }
    let mut result: Vec<String> = Vec::new();
    for part in parts {
        match result.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => result.push(part.to_owned()),
        }
    }
    result
}

/// Field specs in order, each field once.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct FieldSpecs(pub(crate) Vec<FieldSpec>);

impl FieldSpecs {
    /// Adds a spec unless it is there (`FsSlice.MergeOne`).
    ///
    /// # Errors
    /// It is there with another `create`.
    pub(crate) fn merge_one(&mut self, spec: &FieldSpec) -> Result<(), String> {
        match self.0.iter().find(|there| there.covers(spec)) {
            Some(there) if there.create != spec.create => Err(format!(
                "the field spec `{}` conflicts with one of another `create`",
                spec.path
            )),
            Some(_) => Ok(()),
            None => {
                self.0.push(spec.clone());
                Ok(())
            }
        }
    }

    /// Adds all specs of `others` that are not there.
    ///
    /// # Errors
    /// See [`FieldSpecs::merge_one`].
    pub(crate) fn merge(&mut self, others: &FieldSpecs) -> Result<(), String> {
        others.0.iter().try_for_each(|spec| self.merge_one(spec))
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, FieldSpec> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
