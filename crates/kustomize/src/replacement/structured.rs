//! A path that leads on into text: the text is YAML or JSON, and a value in it is replaced
//! (`setValueInStructuredData`).
//!
//! kustomize ignores `delimiter` here, and keeps silent where it cannot write the text again; a
//! warning says so instead.

use manifest::json::{self, Options};
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Origin, Sensitive, Text, Value};

use super::FieldOptions;
use super::copied::{Age, Copied};
use super::find::{Shape, find_in_text};
use super::layout::Layout;
use super::path::{self, Location, lookup_part};

/// What became of a path.
pub(super) enum Outcome {
    /// It leads into no text, or to nothing in it.
    NotHere,
    /// The new value of the text.
    Written(Location, Node),
    /// The field is there and stays as it is: why, a lowercase fragment.
    Kept(String),
}

/// Replaces what `path` names in a text on its way.
pub(super) fn write(
    root: &Node,
    path: &[Text],
    copied: &Copied,
    create: Option<Shape>,
    origin: Origin,
) -> Outcome {
    let Some((location, node, rest)) = text_on(root, path) else { return Outcome::NotHere };
    let Some(text) = node.scalar_text() else { return Outcome::NotHere };
    let Ok(layout) = Layout::parse(&text) else { return Outcome::NotHere };
    let found = match find_in_text(&layout, node.origin, rest, create) {
        Ok(found) if !found.is_nothing() => found.locations,
        _ => return Outcome::NotHere,
    };
    if let Some(reason) = unknown_in(copied) {
        return Outcome::Written(location, Node { value: Value::Unknown(reason), origin });
    }
    let is_json = text.trim_start().starts_with(['{', '[']);
    let written = if is_json {
        write_json(&text, &found, copied, origin)
    } else {
        write_yaml(layout, &found, copied)
    };
    let is_sensitive = matches!(node.value, Value::Sensitive(_)) || is_sensitive(copied);
    match written {
        Err(why) if is_sensitive => Outcome::Kept(drop_text(why)),
        Err(why) => Outcome::Kept(why),
        Ok(text) => {
            let value = match is_sensitive {
                true => Value::Sensitive(Sensitive::new(text)),
                false => Value::from(text),
            };
            Outcome::Written(location, Node { value, origin })
        }
    }
}

/// A reason that may quote text, without what it quotes.
fn drop_text(why: String) -> String {
    match why.split_once('`') {
        Some(_) => "the value does not fit".to_owned(),
        None => why,
    }
}

/// The first scalar on the path, if the path goes on from it, and the rest of the path.
fn text_on<'n, 'p>(root: &'n Node, path: &'p [Text]) -> Option<(Location, &'n Node, &'p [Text])> {
    let mut location = Location::new();
    let mut node = root;
    let mut rest = path;
    while let Some((part, more)) = rest.split_first() {
        rest = more;
        if let Some((step, next)) = lookup_part(node, part).ok()? {
            location.push(step);
            node = next;
        }
        match Shape::of(node) {
            Shape::Scalar if !rest.is_empty() => return Some((location, node, rest)),
            Shape::Map | Shape::List => {}
            Shape::Scalar | Shape::Null | Shape::Unknown => return None,
        }
    }
    None
}

fn write_yaml(
    mut layout: Layout<'_>,
    found: &[Location],
    copied: &Copied,
) -> Result<String, String> {
    for location in found {
        layout.set(location, copied).ok_or("the place is gone")?;
    }
    Ok(layout.text().trim().to_owned())
}

/// JSON comes out sorted; indented by two blanks if the text looked so.
fn write_json(
    text: &str,
    found: &[Location],
    copied: &Copied,
    origin: Origin,
) -> Result<String, String> {
    let mut reader = Reader::new();
    let documents = reader
        .read(text.as_bytes(), FileName::NONE, Flavor::Resource)
        .map_err(|error| error.to_string())?;
    let mut root = documents.into_iter().next().unwrap_or_default();
    for location in found {
        let reached = path::reach(&mut root, location, origin).ok_or("the place is gone")?;
        let age = if reached.is_new { Age::New } else { Age::Old };
        copied
            .put(reached.node, age, &FieldOptions::default(), Origin::NONE)
            .map_err(|problem| problem.cause)?;
    }
    let pretty = text.contains('\n') && text.contains("  ");
    let mut out = String::new();
    json::write(&root, Options { pretty, expose: true, ..Options::GO }, &mut out);
    Ok(out)
}

/// Why a part of the value is not known, where one is not.
fn unknown_in(copied: &Copied) -> Option<Text> {
    fn in_node(node: &Node) -> Option<Text> {
        match &node.value {
            Value::Unknown(reason) => Some(reason.clone()),
            Value::List(list) => list.iter().find_map(in_node),
            Value::Map(map) => map.iter().find_map(|(_, node)| in_node(node)),
            _ => None,
        }
    }
    match copied {
        Copied::Unknown(reason) => Some(reason.clone()),
        Copied::Tree(node) => in_node(node),
        Copied::Scalar { .. } => None,
    }
}

fn is_sensitive(copied: &Copied) -> bool {
    fn in_node(node: &Node) -> bool {
        match &node.value {
            Value::Sensitive(_) => true,
            Value::List(list) => list.iter().any(in_node),
            Value::Map(map) => map.iter().any(|(_, node)| in_node(node)),
            _ => false,
        }
    }
    match copied {
        Copied::Tree(node) => in_node(node),
        _ => copied.is_sensitive(),
    }
}
