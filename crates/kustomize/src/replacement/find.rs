//! Finding the fields of a target: every node that a path with patterns fits, and with `create` the
//! place of what is missing (kyaml `yaml.PathMatcher`).

use manifest::{Node, Origin, Text, Value};
use regex::Regex;

use super::layout::Layout;
use super::path::{Location, Part, Problem, Step, no_entry_syntax};

/// What sort of node something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Null,
    Scalar,
    List,
    Map,
    Unknown,
}

impl Shape {
    pub(super) fn of(node: &Node) -> Shape {
        match &node.value {
            Value::Null => Shape::Null,
            Value::List(_) => Shape::List,
            Value::Map(_) => Shape::Map,
            Value::Unknown(_) => Shape::Unknown,
            Value::Bool(_) | Value::Int(_) | Value::Number(_) => Shape::Scalar,
            Value::String(_) | Value::Sensitive(_) => Shape::Scalar,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Shape::Null => "null",
            Shape::Scalar => "scalar",
            Shape::List => "list",
            Shape::Map => "map",
            Shape::Unknown => "unknown value",
        }
    }
}

/// A node, or one that would be made.
#[derive(Clone, Copy)]
enum Place<'n> {
    There(&'n Node),
    /// An empty one.
    New(Shape),
    /// A map with one entry.
    Entry {
        field: &'n str,
        value: &'n str,
    },
    Text(&'n str),
}

impl<'n> Place<'n> {
    fn shape(self) -> Shape {
        match self {
            Place::There(node) => Shape::of(node),
            Place::New(shape) => shape,
            Place::Entry { .. } => Shape::Map,
            Place::Text(_) => Shape::Scalar,
        }
    }

    fn field(self, name: &str) -> Option<Place<'n>> {
        match self {
            Place::There(node) => node.get(name).map(Place::There),
            Place::Entry { field, value } => (field == name).then_some(Place::Text(value)),
            Place::New(_) | Place::Text(_) => None,
        }
    }

    fn items(self) -> &'n [Node] {
        match self {
            Place::There(node) => node.as_list().unwrap_or_default(),
            _ => &[],
        }
    }

    fn origin(self) -> Origin {
        match self {
            Place::There(node) => node.origin,
            _ => Origin::NONE,
        }
    }

    /// The text in it that may hold structured data.
    fn text(self) -> Option<Text> {
        match self {
            Place::There(node) => node.scalar_text(),
            Place::Text(text) => Some(text.into()),
            _ => None,
        }
    }
}

/// What a path led to.
#[derive(Default)]
pub(super) struct Found {
    pub(super) locations: Vec<Location>,
    /// Why fields that were found cannot be written to, and stay as they are.
    pub(super) lost: Vec<&'static str>,
    /// Places behind an unknown value.
    pub(super) unknown: usize,
    /// How far the path went where it found nothing.
    pub(super) miss: Option<Problem>,
    miss_depth: usize,
}

impl Found {
    pub(super) fn is_nothing(&self) -> bool {
        self.locations.is_empty() && self.lost.is_empty() && self.unknown == 0
    }
}

/// Finds the fields that `path` names. `create` is what the last of them is made as.
///
/// # Errors
/// The path runs into a node of another type, past the end of a list, or is malformed.
pub(super) fn find(root: &Node, path: &[Text], create: Option<Shape>) -> Result<Found, Problem> {
    find_in(root, path, create, false)
}

/// Finds the fields that `path` names in a text, as [`find`] does.
///
/// # Errors
/// As [`find`], or the path runs into an alias.
pub(super) fn find_in_text(
    layout: &Layout,
    origin: Origin,
    path: &[Text],
    create: Option<Shape>,
) -> Result<Found, Problem> {
    find_in(&layout.to_node(origin), path, create, true)
}

fn find_in(
    root: &Node,
    path: &[Text],
    create: Option<Shape>,
    is_text: bool,
) -> Result<Found, Problem> {
    let mut finder = Finder { create, is_text, found: Found::default(), at: Location::new() };
    finder.walk(Place::There(root), path)?;
    Ok(finder.found)
}

struct Finder {
    create: Option<Shape>,
    /// The root is from [`Layout::to_node`], where aliases are unknown values.
    is_text: bool,
    found: Found,
    at: Location,
}

impl Finder {
    /// Goes on from `place`. Returns whether it found anything.
    fn walk(&mut self, place: Place<'_>, path: &[Text]) -> Result<bool, Problem> {
        let Some((part, rest)) = path.split_first() else {
            self.found.locations.push(self.at.clone());
            return Ok(true);
        };
        if place.shape() == Shape::Unknown && self.is_text {
            return Err(Problem::wrong_type(part, "YAML alias", place.origin()));
        }
        if place.shape() == Shape::Unknown {
            self.found.unknown += 1;
            return Ok(true);
        }
        match Part::of(part) {
            Part::Index(index) => self.index(place, part, index, rest),
            Part::Entry { field, value } => self.entry(place, part, field, value, rest),
            Part::NoEntry => Err(no_entry_syntax(part, place.origin())),
            Part::Every => {
                let mut any = false;
                for (index, item) in self.items(place, part)?.iter().enumerate() {
                    any |= self.step(Step::Index(index), Place::There(item), rest)?;
                }
                if !any {
                    self.miss(Problem::new("the list has no items", place.origin()));
                }
                Ok(any)
            }
            Part::Name(_) | Part::Negative => self.name(place, part, rest),
        }
    }

    fn step(&mut self, step: Step, place: Place<'_>, path: &[Text]) -> Result<bool, Problem> {
        self.at.push(step);
        let any = self.walk(place, path);
        self.at.pop();
        any
    }

    fn miss(&mut self, problem: Problem) {
        if self.found.miss.is_none() || self.at.len() > self.found.miss_depth {
            self.found.miss_depth = self.at.len();
            self.found.miss = Some(problem);
        }
    }

    fn items<'n>(&self, place: Place<'n>, part: &str) -> Result<&'n [Node], Problem> {
        match place.shape() {
            Shape::List | Shape::Null => Ok(place.items()),
            shape => Err(Problem::wrong_type(part, shape.name(), place.origin())),
        }
    }

    /// The shape of what is made before `path`.
    fn made(&self, path: &[Text]) -> Option<Shape> {
        let last = self.create?;
        Some(match path.first() {
            None => last,
            Some(part) if Part::of(part).is_of_list() => Shape::List,
            Some(_) => Shape::Map,
        })
    }

    fn name(&mut self, place: Place<'_>, name: &str, rest: &[Text]) -> Result<bool, Problem> {
        match place.shape() {
            Shape::Map if !name.is_empty() => {}
            Shape::Null if !name.is_empty() => return self.name_in_null(place.origin(), name),
            _ if name.is_empty() => {
                return Err(Problem::new("a part of the path is empty", place.origin()));
            }
            shape => return Err(Problem::wrong_type(name, shape.name(), place.origin())),
        }
        let step = Step::Key(name.into());
        match (place.field(name), self.made(rest)) {
            (Some(field), _) => match field.shape() {
                Shape::Scalar if !rest.is_empty() => self.text(field, rest),
                _ => self.step(step, field, rest),
            },
            (None, Some(shape)) => self.step(step, Place::New(shape), rest),
            (None, None) => {
                let nothing = Node::default();
                let node = if let Place::There(node) = place { node } else { &nothing };
                self.miss(Problem::no_field(name, node));
                Ok(false)
            }
        }
    }

    /// kustomize refuses to make something in a null for which nothing is written, and makes it in
    /// vain in one that is spelt out.
    fn name_in_null(&mut self, origin: Origin, name: &str) -> Result<bool, Problem> {
        let problem = Problem::new(format!("`{name}` is looked for in a null"), origin);
        match self.create {
            Some(_) if origin.is_blank() => Err(problem.help("write `{}` after the colon")),
            Some(_) => {
                self.found.lost.push("a null on its path stays; `{}` would not");
                Ok(true)
            }
            None => {
                self.miss(problem);
                Ok(false)
            }
        }
    }

    /// Looks on in a text. What is found there counts as found, but there is no way back into the
    /// text from here; [`super::structured`] writes where a path without patterns leads to a text.
    fn text(&mut self, place: Place<'_>, path: &[Text]) -> Result<bool, Problem> {
        let text = place.text().unwrap_or_default();
        let layout = Layout::parse(&text).map_err(|why| {
            Problem::new(format!("the path goes on in text that is no YAML: {why}"), place.origin())
        })?;
        let found = find_in_text(&layout, place.origin(), path, self.create)?;
        self.found.unknown += found.unknown;
        if !found.locations.is_empty() {
            self.found.lost.push("the field is inside of a text, below a pattern for its items");
        }
        self.found.lost.extend(&found.lost);
        if found.is_nothing() {
            if let Some(miss) = found.miss {
                self.miss(miss);
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn index(
        &mut self,
        place: Place<'_>,
        part: &str,
        index: usize,
        rest: &[Text],
    ) -> Result<bool, Problem> {
        let items = self.items(place, part)?;
        let made = self.made(rest).filter(|_| index == items.len() && place.shape() == Shape::List);
        match (items.get(index), made) {
            (Some(item), _) => self.step(Step::Index(index), Place::There(item), rest),
            (None, Some(shape)) => self.step(Step::Index(index), Place::New(shape), rest),
            (None, None) => {
                let problem = Problem::no_index(index, items.len(), place.origin());
                Err(match self.create {
                    Some(_) => problem.help(format!("the next item to make is {}", items.len())),
                    None => problem,
                })
            }
        }
    }

    fn entry(
        &mut self,
        place: Place<'_>,
        part: &str,
        field: &str,
        value: &str,
        rest: &[Text],
    ) -> Result<bool, Problem> {
        let items = self.items(place, part)?;
        let pattern = Regex::new(value).map_err(|_| {
            Problem::new(format!("`{value}` is no regular expression"), place.origin())
        })?;
        // Of an item that is a value by itself, the rest of the path counts for nothing.
        let rest = if field.is_empty() { &[] } else { rest };
        let mut any = false;
        for (index, item) in items.iter().enumerate() {
            let shown = if field.is_empty() { Some(item) } else { item.get(field) };
            if shown.is_some_and(|node| pattern.is_match(&as_shown(node))) {
                any |= self.step(Step::Index(index), Place::There(item), rest)?;
            }
        }
        if any || self.create.is_none() || place.shape() != Shape::List {
            if !any {
                let nothing = Node::default();
                let node = if let Place::There(node) = place { node } else { &nothing };
                self.miss(Problem::no_entry(field, value, node));
            }
            return Ok(any);
        }
        if !pattern.is_match(value) {
            let cause = format!("`{part}` does not fit the item that it would make");
            return Err(Problem::new(cause, place.origin()));
        }
        let made = match field {
            "" => Place::Text(value),
            _ => Place::Entry { field, value },
        };
        self.step(Step::New { field: field.into(), value: value.into() }, made, rest)
    }
}

/// A node as kustomize shows it to a pattern: YAML, where text that would be read as something else
/// has its quotes.
fn as_shown(node: &Node) -> Text {
    match &node.value {
        Value::String(text) => match super::copied::plain(text) {
            Some(Value::String(_)) if !node.origin.is_quoted() => text.clone(),
            _ => ecow::eco_format!("\"{text}\""),
        },
        Value::List(_) | Value::Map(_) => {
            let mut out = String::new();
            manifest::yaml::write::write(node, &mut out);
            out.trim().into()
        }
        Value::Unknown(_) => Text::new(),
        _ => node.scalar_text().unwrap_or_default(),
    }
}
