//! RFC 6902 patches, in the dialect of `evanphx/json-patch` v4, which kustomize and the Kubernetes
//! API server both apply, and in the RFC's own.
//!
//! Where v4 panics (null items in a `test`, adding below a copied null) this gives an answer, and
//! where v4 compares texts (`1.0` with `1`, `<` with `\u003c`) this compares values.

mod error;
mod pointer;
mod target;

pub use self::error::{Cause, Error};
use self::pointer::Pointer;
use crate::{Node, Text, Value, Via};

/// Whose rules count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// `evanphx/json-patch` v4:
    ///
    /// * `replace` of a map key that is missing adds it;
    /// * `test` takes a missing map key for null, `copy` of one gives null;
    /// * a negative index counts from the end of the list (in `add`, from behind it);
    /// * a missing `value` is null;
    /// * the whole document can only be replaced, by a map or list, and tested;
    /// * what stands before the first `/` of a path is ignored.
    Lenient,
    /// RFC 6902 and RFC 6901: all of the above but whole documents are errors.
    Strict,
}

/// A patch: operations to apply one after the other.
#[derive(Clone, Debug)]
pub struct JsonPatch {
    /// One that makes no sense is an error when its turn comes, not before: kustomize accepts it
    /// in a patch that applies to nothing.
    operations: Vec<Result<Operation, Error>>,
}

#[derive(Clone, Debug)]
struct Operation {
    action: Action,
    path: Pointer,
    /// What an error says of it.
    facts: Facts,
}

#[derive(Clone, Debug)]
enum Action {
    Add(Option<Node>),
    Remove,
    Replace(Option<Node>),
    Move { from: Pointer },
    Copy { from: Pointer },
    Test(Option<Node>),
}

/// What identifies an operation in messages.
#[derive(Clone, Debug)]
struct Facts {
    index: usize,
    op: Text,
    path: Text,
    origin: crate::Origin,
}

impl Facts {
    fn error(&self, cause: Cause) -> Error {
        let Facts { index, op, path, origin } = self.clone();
        Error::Operation { index, op, path, origin, cause }
    }
}

impl JsonPatch {
    /// The patch that a list of operations is; null is one without any.
    ///
    /// # Errors
    ///
    /// Where `node` is no list of maps, hence no JSON patch at all. An operation that is wrong in
    /// itself is reported by [`JsonPatch::apply`].
    pub fn from_node(node: &Node) -> Result<JsonPatch, Error> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            _ => return Err(Error::NotAList { origin: node.origin, found: node.type_name() }),
        };
        let operation = |(index, item): (usize, &Node)| match item.value {
            Value::Map(_) | Value::Null => Ok(Operation::from_node(index, item)),
            _ => {
                let found = item.type_name();
                Err(Error::NotAMap { index, origin: item.origin, found })
            }
        };
        Ok(JsonPatch {
            operations: items.iter().enumerate().map(operation).collect::<Result<_, _>>()?,
        })
    }

    /// Whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations that are wrong in themselves and fail wherever they are applied.
    pub fn faults(&self) -> impl Iterator<Item = &Error> {
        self.operations.iter().filter_map(|operation| operation.as_ref().err())
    }

    /// Applies all operations to `target`, or none of them.
    ///
    /// Values that the patch puts in keep the file and line of the patch and are marked
    /// [`Via::Patch`]. What an operation does below a [`Value::Unknown`] is unknown too: the node
    /// stays as it is, a value taken from there is unknown, and a `test` there passes.
    ///
    /// # Errors
    ///
    /// The first operation that does not apply.
    pub fn apply(&self, target: &mut Node, dialect: Dialect) -> Result<(), Error> {
        // Shares everything; what the patch touches is copied.
        let mut patched = target.clone();
        for operation in &self.operations {
            let operation = operation.as_ref().map_err(Error::clone)?;
            operation.apply(&mut patched, dialect).map_err(|cause| operation.facts.error(cause))?;
        }
        *target = patched;
        Ok(())
    }
}

impl Operation {
    fn from_node(index: usize, node: &Node) -> Result<Operation, Error> {
        let text = |field| node.get(field).and_then(Node::as_str).unwrap_or_default();
        let facts =
            Facts { index, op: text("op").into(), path: text("path").into(), origin: node.origin };
        let read = || {
            let action = match text("op") {
                "add" => Action::Add(inserted(node)),
                "remove" => Action::Remove,
                "replace" => Action::Replace(inserted(node)),
                "move" => Action::Move { from: Pointer::new(string_field(node, "from")?) },
                "copy" => Action::Copy { from: Pointer::new(string_field(node, "from")?) },
                "test" => Action::Test(inserted(node)),
                _ => {
                    let op = string_field(node, "op")?;
                    return Err(Cause::UnknownOperation { op: op.into() });
                }
            };
            Ok((action, Pointer::new(string_field(node, "path")?)))
        };
        match read() {
            Ok((action, path)) => Ok(Operation { action, path, facts }),
            Err(cause) => Err(facts.error(cause)),
        }
    }

    fn apply(&self, root: &mut Node, dialect: Dialect) -> Result<(), Cause> {
        let path = &self.path;
        match &self.action {
            Action::Add(value) => target::add(root, path, required(value, dialect)?, dialect),
            Action::Remove => target::remove(root, path, dialect),
            Action::Replace(value) => {
                target::replace(root, path, required(value, dialect)?, dialect)
            }
            Action::Move { from } => {
                let mut value = target::get(root, from, dialect)?.ok_or_else(|| from.missing())?;
                target::remove(root, from, dialect)?;
                set_via_patch(&mut value);
                target::add(root, path, value, dialect)
            }
            Action::Copy { from } if from.is_root() && dialect == Dialect::Lenient => {
                Err(Cause::WholeDocument)
            }
            Action::Copy { from } => {
                let mut value = match target::get(root, from, dialect)? {
                    Some(value) => value,
                    None if dialect == Dialect::Lenient => Node::default(),
                    None => return Err(from.missing()),
                };
                set_via_patch(&mut value);
                target::add(root, path, value, dialect)
            }
            Action::Test(value) => {
                let value = required(value, dialect)?;
                let found = match target::get(root, path, dialect)? {
                    Some(found) => found,
                    None if dialect == Dialect::Lenient => Node::default(),
                    None => return Err(path.missing()),
                };
                if target::same(&found, &value) { Ok(()) } else { Err(Cause::TestFailed) }
            }
        }
    }
}

/// The operation's value as it will stand in the target.
fn inserted(operation: &Node) -> Option<Node> {
    let mut value = operation.get("value")?.clone();
    set_via_patch(&mut value);
    Some(value)
}

fn required(value: &Option<Node>, dialect: Dialect) -> Result<Node, Cause> {
    match (value, dialect) {
        (Some(value), _) => Ok(value.clone()),
        (None, Dialect::Lenient) => Ok(Node::default()),
        (None, Dialect::Strict) => Err(Cause::MissingField { field: "value" }),
    }
}

fn string_field<'n>(operation: &'n Node, field: &'static str) -> Result<&'n str, Cause> {
    match operation.get(field) {
        Some(Node { value: Value::String(text), .. }) => Ok(text),
        None | Some(Node { value: Value::Null, .. }) => Err(Cause::MissingField { field }),
        Some(node) => Err(Cause::WrongField { field, found: node.type_name() }),
    }
}

/// Marks a value and all below it as put in place by a patch.
fn set_via_patch(node: &mut Node) {
    node.origin = node.origin.via(Via::Patch);
    match &mut node.value {
        Value::List(list) => list.make_mut().iter_mut().for_each(set_via_patch),
        Value::Map(map) => map.iter_mut().for_each(|(_, node)| set_via_patch(node)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
