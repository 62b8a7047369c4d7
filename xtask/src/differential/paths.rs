//! Paths to what an object has, in the spellings of replacements and of JSON patches.

use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Value};

use crate::generate::chance::Chance;

/// A step from a node to one in it.
#[derive(Clone)]
enum Step {
    Key(String),
    /// An item, and what `name:` it has.
    Item(usize, Option<String>),
}

/// A place in an object, and what is there.
#[derive(Clone)]
pub(super) struct Place {
    steps: Vec<Step>,
    /// What is there, as JSON; `None` for a list or map.
    pub(super) scalar: Option<String>,
    pub(super) is_text: bool,
}

/// All places below the top of an object, but those of its identity.
pub(super) fn places(text: &str) -> Vec<Place> {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
    let mut found = Vec::new();
    if let Some(node) = nodes.unwrap_or_default().first() {
        below(node, &mut Vec::new(), &mut found);
    }
    let is_identity = |place: &Place| match place.steps.as_slice() {
        [Step::Key(key)] => key != "spec" && key != "data",
        [Step::Key(metadata), Step::Key(key)] => {
            metadata == "metadata" && key != "labels" && key != "annotations"
        }
        _ => false,
    };
    found.retain(|place| !is_identity(place));
    found
}

fn below(node: &Node, steps: &mut Vec<Step>, found: &mut Vec<Place>) {
    let mut visit = |step: Step, child: &Node| {
        steps.push(step);
        let is_scalar = !matches!(child.value, Value::List(_) | Value::Map(_));
        let mut json = String::new();
        manifest::json::write(child, manifest::json::Options::GO, &mut json);
        found.push(Place {
            steps: steps.clone(),
            scalar: is_scalar.then_some(json),
            is_text: matches!(child.value, Value::String(_)),
        });
        below(child, steps, found);
        steps.pop();
    };
    match &node.value {
        Value::Map(map) => {
            map.iter().for_each(|(key, child)| visit(Step::Key(key.to_string()), child));
        }
        Value::List(list) => {
            for (at, child) in list.iter().enumerate() {
                visit(Step::Item(at, child.str_at(&["name"]).map(str::to_owned)), child);
            }
        }
        _ => {}
    }
}

impl Place {
    /// As a `fieldPath`.
    pub(super) fn field_path(&self, chance: &mut Chance, may_be_several: bool) -> String {
        let part = |step: &Step| match step {
            Step::Key(key) if key.contains('.') && key.contains('/') => format!("[{key}]"),
            Step::Key(key) => key.replace('.', "\\."),
            Step::Item(_, Some(name)) if chance.below(2) == 0 => format!("[name={name}]"),
            Step::Item(_, _) if may_be_several && chance.below(3) == 0 => "*".to_owned(),
            Step::Item(at, _) => at.to_string(),
        };
        self.steps.iter().map(part).collect::<Vec<_>>().join(".")
    }

    /// As a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let part = |step: &Step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Item(at, _) => format!("/{at}"),
        };
        self.steps.iter().map(part).collect()
    }

    /// As the path of a field spec.
    pub(super) fn spec_path(&self) -> String {
        let part = |step: &Step| match step {
            Step::Key(key) => Some(key.replace('/', "\\/")),
            Step::Item(..) => None,
        };
        self.steps.iter().filter_map(part).collect::<Vec<_>>().join("/")
    }
}
