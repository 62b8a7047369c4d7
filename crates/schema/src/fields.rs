//! Sets of fields, as managedFields has them: which parts of an object somebody owns.
//!
//! The meaning of every operation, the order of elements and the text form (`fieldsV1`) are those of
//! structured-merge-diff's `fieldpath`.

mod algebra;
mod element;
mod json;
mod order;
mod set;

pub use element::{Element, path_text};
pub use json::Malformed;
pub(crate) use json::write_text;
pub(crate) use order::{equal, go_text, same};
pub use set::Set;

#[cfg(test)]
mod tests;
