//! Values together with their types: are they of it, which fields have they, what changed, what
//! comes of merging them, what is left without some fields.
//!
//! Every rule is structured-merge-diff's (`typed`), which the API server uses; nothing here knows of
//! managers.

mod compare;
mod field_set;
mod item;
mod merge;
mod reconcile;
mod remove;
mod respelled;
mod validate;

use std::fmt;

pub use compare::{Comparison, compare};
pub use field_set::field_set;
pub use merge::merge;
pub(crate) use reconcile::reconcile;
pub use remove::remove;
pub(crate) use respelled::respelled;
pub use validate::validate;

use manifest::{Node, Value};

use crate::fields::{Element, path_text};
use crate::types::Type;

/// Why a value is not of its type: each place and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mistyped(pub Vec<(String, String)>);

impl Mistyped {
    fn at(path: &[Element], message: String) -> Mistyped {
        Mistyped(vec![(path_text(path), message)])
    }
}

/// As the API server puts it into a `Status`.
impl fmt::Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = self.0.len() > 1;
        if several {
            f.write_str("errors:")?;
        }
        for (path, message) in &self.0 {
            if several {
                f.write_str("\n  ")?;
            }
            if !path.is_empty() {
                write!(f, "{path}: ")?;
            }
            f.write_str(message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistyped {}

/// Which of the things that a type may be a value is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Scalar,
    List,
    Map,
}

/// A value decides where the type leaves a choice; else a map goes before a scalar before a list.
fn shape(of: Type<'_>, value: Option<&Node>) -> Option<Shape> {
    let by_value = match value.map(|node| &node.value) {
        None | Some(Value::Null | Value::Unknown(_)) => None,
        Some(Value::List(_)) => of.list().map(|_| Shape::List),
        Some(Value::Map(_)) => of.map().map(|_| Shape::Map),
        Some(_) => of.scalar().map(|_| Shape::Scalar),
    };
    by_value
        .or_else(|| of.map().map(|_| Shape::Map))
        .or_else(|| of.scalar().map(|_| Shape::Scalar))
        .or_else(|| of.list().map(|_| Shape::List))
}

/// The entries of a map; of anything else, none.
fn map_of(node: Option<&Node>) -> Option<&manifest::Map> {
    node?.as_map()
}

/// The items of a list; of anything else, none.
fn list_of(node: Option<&Node>) -> Option<&[Node]> {
    node?.as_list()
}

#[cfg(test)]
mod tests;
