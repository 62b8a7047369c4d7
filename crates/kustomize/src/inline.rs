//! YAML that a kustomization has in a text of its own: patches, configurations of plugins.

use manifest::yaml::Flavor;
use manifest::{Diagnostic, Node, Origin, Text};

use crate::decode::Located;
use crate::metadata;
use crate::schema::Schema;

/// The documents in a text, placed where the text stands; the schema learns what is noted beside its
/// lists.
///
/// # Errors
/// It is not YAML; the place is the line of the kustomization.
pub(crate) fn documents(
    entry: &Located<Text>,
    flavor: Flavor,
    schema: &mut Schema,
) -> Result<Vec<Node>, Box<Diagnostic>> {
    let file = entry.origin.file();
    // A block scalar starts on the line after its `|`.
    let above = (entry.origin.line() + usize::from(is_block(entry))).saturating_sub(1);
    let mut reader = metadata::reader();
    match reader.read(entry.value.as_bytes(), file, flavor) {
        Ok(mut nodes) => {
            nodes.iter_mut().for_each(|node| node.shift_lines(above));
            let mut notes = reader.take_notes();
            for note in notes.make_mut() {
                note.list = note.list.shifted(above);
            }
            schema.note(&notes);
            Ok(nodes)
        }
        Err(mut error) => {
            error.origin = Origin::new(file, above + error.origin.line());
            if let Some((origin, _)) = &mut error.related {
                *origin = Origin::new(file, above + origin.line());
            }
            Err(Box::new(error.diagnostic()))
        }
    }
}

/// The objects in an entry that may be a path instead: `None` where it is one.
///
/// # Errors
/// It can be no path, and is no YAML or no object.
pub(crate) fn objects(
    entry: &Located<Text>,
    schema: &mut Schema,
) -> Result<Option<Vec<Node>>, Vec<Diagnostic>> {
    let read = documents(entry, Flavor::Resource, schema).map_err(|error| vec![*error]);
    match read.and_then(|nodes| metadata::resources(&nodes)) {
        Ok(nodes) => Ok(Some(nodes)),
        Err(diagnostics) if is_block(entry) => Err(diagnostics),
        Err(_) => Ok(None),
    }
}

fn is_block(entry: &Located<Text>) -> bool {
    entry.value.contains('\n')
}
