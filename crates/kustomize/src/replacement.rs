//! `replacements:`: values copied from one field to others (`api/filters/replacement`).

use manifest::{Diagnostic, Node, Text};

use crate::decode::Located;
use crate::resources::Resources;
use crate::schema::Schema;

/// An entry of `replacements`.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {}

impl Replacement {
    pub(crate) fn decode(_node: &Node, _diagnostics: &mut Vec<Diagnostic>) -> Replacement {
        Replacement {}
    }
    pub(crate) fn path(&self) -> Option<&Located<Text>> {
        None
    }
}
pub(crate) fn decode_file(_documents: &[Node], _d: &mut Vec<Diagnostic>) -> Vec<Replacement> {
    Vec::new()
}
pub(crate) fn apply(
    _r: &[Replacement],
    _resources: &mut Resources,
    _schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    Ok(Vec::new())
}
