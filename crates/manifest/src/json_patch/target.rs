//! What operations do to a document.

use super::Dialect;
use super::error::Cause;
use super::pointer::{Pointer, Step};
use crate::number::Number;
use crate::{Key, List, Map, Node, Value};

/// Where the last step of a pointer is taken.
enum Parent<'n> {
    Map(&'n mut Map),
    List(&'n mut List),
    /// Below it everything is unknown.
    Unknown,
}

/// The parent that `path` leads to, made writable, and the last step.
fn parent<'n, 'p>(
    root: &'n mut Node,
    path: &'p Pointer,
    dialect: Dialect,
) -> Result<(Parent<'n>, Step<'p>), Cause> {
    let (steps, last) = path.split(dialect)?;
    let mut node = root;
    for step in steps {
        let found = node.type_name();
        node = match &mut node.value {
            Value::Map(map) => map.get_mut(&step.key()),
            Value::List(list) => {
                let index = step.index(list.len(), list.len(), dialect)?;
                list.make_mut().get_mut(index)
            }
            Value::Unknown(_) => return Ok((Parent::Unknown, last)),
            _ => return Err(step.not_a_collection(found)),
        }
        .ok_or_else(|| step.missing())?;
    }
    let found = node.type_name();
    let parent = match &mut node.value {
        Value::Map(map) => Parent::Map(map),
        Value::List(list) => Parent::List(list),
        Value::Unknown(_) => Parent::Unknown,
        _ => return Err(last.not_a_collection(found)),
    };
    Ok((parent, last))
}

/// The value at `path`; `None` where it would be in a map that has not got it.
pub(super) fn get(root: &Node, path: &Pointer, dialect: Dialect) -> Result<Option<Node>, Cause> {
    if path.is_root() {
        return Ok(Some(root.clone()));
    }
    let (steps, last) = path.split(dialect)?;
    let mut node = root;
    for step in steps {
        node = match child(node, step, dialect)? {
            Some(node) => node,
            None => return Err(step.missing()),
        };
        if let Value::Unknown(_) = node.value {
            return Ok(Some(node.clone()));
        }
    }
    Ok(child(node, last, dialect)?.cloned())
}

fn child<'n>(node: &'n Node, step: Step<'_>, dialect: Dialect) -> Result<Option<&'n Node>, Cause> {
    match &node.value {
        Value::Map(map) => Ok(map.get(&step.key())),
        Value::List(list) => Ok(list.get(step.index(list.len(), list.len(), dialect)?)),
        Value::Unknown(_) => Ok(Some(node)),
        _ => Err(step.not_a_collection(node.type_name())),
    }
}

/// Puts `value` at `path`: a new or old key of a map, a new place in a list.
pub(super) fn add(
    root: &mut Node,
    path: &Pointer,
    value: Node,
    dialect: Dialect,
) -> Result<(), Cause> {
    if path.is_root() && dialect == Dialect::Strict {
        *root = value;
        return Ok(());
    }
    match parent(root, path, dialect)? {
        (Parent::Map(map), step) => map.set(Key::new(step.key().as_ref()), value),
        (Parent::List(list), step) if step.raw() == "-" => list.push(value),
        (Parent::List(list), step) => {
            let index = step.index(list.len() + 1, list.len(), dialect)?;
            list.insert(index, value);
        }
        (Parent::Unknown, _) => {}
    }
    Ok(())
}

/// Takes away what is at `path`.
pub(super) fn remove(root: &mut Node, path: &Pointer, dialect: Dialect) -> Result<(), Cause> {
    match parent(root, path, dialect)? {
        (Parent::Map(map), step) => {
            map.remove(&step.key()).ok_or_else(|| step.missing())?;
        }
        (Parent::List(list), step) => {
            list.remove(step.index(list.len(), list.len(), dialect)?);
        }
        (Parent::Unknown, _) => {}
    }
    Ok(())
}

/// Puts `value` in the place of what is at `path`.
pub(super) fn replace(
    root: &mut Node,
    path: &Pointer,
    value: Node,
    dialect: Dialect,
) -> Result<(), Cause> {
    if path.is_root() {
        let collection = matches!(value.value, Value::Map(_) | Value::List(_));
        if dialect == Dialect::Lenient && !collection {
            return Err(Cause::ScalarDocument { found: value.type_name() });
        }
        *root = value;
        return Ok(());
    }
    match parent(root, path, dialect)? {
        (Parent::Map(map), step) => {
            let key = step.key();
            if dialect == Dialect::Strict && !map.contains(&key) {
                return Err(step.missing());
            }
            map.set(Key::new(key.as_ref()), value);
        }
        (Parent::List(list), step) => {
            let index = step.index(list.len(), list.len(), dialect)?;
            // The index was just found to be in the list.
            list.make_mut()[index] = value;
        }
        (Parent::Unknown, _) => {}
    }
    Ok(())
}

/// Whether two values are equal: numbers by value, sensitive text like other text. A value that
/// is unknown may be equal to any.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => true,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Sensitive(a), Value::String(b)) | (Value::String(b), Value::Sensitive(a)) => {
            a.expose() == b.as_str()
        }
        (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => {
            match (number(a), number(b)) {
                (Some(a), Some(b)) => a.go_json() == b.go_json(),
                _ => a == b,
            }
        }
        (a, b) => a == b,
    }
}

fn number(node: &Node) -> Option<Number> {
    match &node.value {
        Value::Int(value) => Some(Number::Int(*value)),
        Value::Number(text) => Number::parse(text),
        _ => None,
    }
}
