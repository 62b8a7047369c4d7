//! YAML text that keeps its layout while a value in it changes: quotes, flow and block style, tags,
//! anchors, comments. What kustomize does by go-yaml v3's `Node` and emitter.
//!
//! The text is a list of events; [`super::comments`] finds the comments between them, and
//! [`super::emit`] writes both. Blank lines, indentation and line breaks in plain text are its own,
//! as in kustomize.

use std::borrow::Cow;

use manifest::yaml::parse::{Data, Event, Mark, Parser, Property, ScalarStyle};
use manifest::{List, Map, Node, Origin, Value};

use super::comments::{Around, Comments, attach};
use super::copied::{Copied, Tag, plain};
use super::emit::emit;
use super::path::Step;

/// How deep maps and lists may nest.
const MAX_DEPTH: usize = 100;

const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// A document.
pub(super) struct Layout<'t> {
    items: Vec<Item<'t>>,
    around: Around,
}

/// A scalar, alias, or the start or end of a map or list.
pub(super) struct Item<'t> {
    pub(super) event: Event<'t>,
    pub(super) comments: Comments,
}

impl<'t> Layout<'t> {
    /// Reads the first document of `text`.
    ///
    /// # Errors
    /// Why it is no YAML, or there is nothing in it: a lowercase fragment.
    pub(super) fn parse(text: &'t str) -> Result<Layout<'t>, String> {
        let mut items = events(text)?;
        let around = attach(text, &mut items);
        Ok(Layout { items, around })
    }

    /// The document as a node, every value with `origin`. Aliases are unknown values.
    pub(super) fn to_node(&self, origin: Origin) -> Node {
        self.node(0, origin)
    }

    fn node(&self, at: usize, origin: Origin) -> Node {
        let value = match self.items.get(at).map(|item| &item.event.data) {
            Some(Data::Scalar { .. }) => self.scalar(at),
            Some(Data::SequenceStart { .. }) => {
                let items = self.children(at).into_iter().map(|at| self.node(at, origin));
                Value::List(items.collect::<List>())
            }
            Some(Data::MappingStart { .. }) => {
                let mut map = Map::new();
                for pair in self.children(at).chunks_exact(2) {
                    let &[key, value] = pair else { continue };
                    let key = self.scalar_text(key);
                    // Of repeated keys the first one is found.
                    if !map.contains(key) {
                        map.push_new(key.into(), self.node(value, origin));
                    }
                }
                Value::Map(map)
            }
            _ => Value::Unknown("it is a YAML alias".into()),
        };
        Node { value, origin }
    }

    fn scalar(&self, at: usize) -> Value {
        let text = self.scalar_text(at);
        let is_plain = matches!(
            self.items.get(at).map(|item| &item.event.data),
            Some(Data::Scalar { properties, style: ScalarStyle::Plain, .. })
                if Property::tag_of(properties).is_none()
        );
        match plain(text).filter(|_| is_plain) {
            // Not dates, which a reader rewrites.
            Some(value @ (Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_))) => {
                value
            }
            _ => Value::String(text.into()),
        }
    }

    /// The text of a scalar; empty for a map or list.
    fn scalar_text(&self, at: usize) -> &str {
        match self.items.get(at).map(|item| &item.event.data) {
            Some(Data::Scalar { value, .. }) => value,
            _ => "",
        }
    }

    /// The place after the node at `at`.
    fn end(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (index, item) in self.items.iter().enumerate().skip(at) {
            match item.event.data {
                Data::SequenceStart { .. } | Data::MappingStart { .. } => depth += 1,
                Data::SequenceEnd | Data::MappingEnd => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.items.len()
    }

    /// The nodes in the map or list at `at`; keys and values in turn.
    fn children(&self, at: usize) -> Vec<usize> {
        let last = self.end(at).saturating_sub(1);
        let mut result = Vec::new();
        let mut next = at + 1;
        while next < last {
            result.push(next);
            next = self.end(next);
        }
        result
    }

    /// Writes a value at a place that was found in [`Layout::to_node`]'s node, making what is missing.
    ///
    /// `None` where the location does not fit.
    pub(super) fn set(&mut self, location: &[Step], copied: &Copied) -> Option<()> {
        let mut at = 0;
        let mut is_new = false;
        for (index, step) in location.iter().enumerate() {
            let made = || match location.get(index + 1) {
                Some(Step::Key(_)) => map(Vec::new()),
                Some(Step::Index(_) | Step::New { .. }) => list(Vec::new()),
                None => vec![scalar("", ScalarStyle::Plain)],
            };
            let children = self.children(at);
            let end = self.end(at).checked_sub(1)?;
            let (place, missing) = match step {
                Step::Key(key) => {
                    let mut pairs = children.chunks_exact(2);
                    let value = pairs.find_map(|pair| match pair {
                        &[name, value] if self.scalar_text(name) == key.as_str() => Some(value),
                        _ => None,
                    });
                    let key = [scalar(key.as_str(), ScalarStyle::Plain)];
                    match value {
                        Some(value) => (value, Vec::new()),
                        None => (end + 1, key.into_iter().chain(made()).collect()),
                    }
                }
                Step::Index(index) => match children.get(*index) {
                    Some(item) => (*item, Vec::new()),
                    None => (end, made()),
                },
                Step::New { field, value } if field.is_empty() => {
                    (end, vec![scalar(value, ScalarStyle::Plain)])
                }
                Step::New { field, value } => {
                    let pair =
                        [scalar(field, ScalarStyle::Plain), scalar(value, ScalarStyle::Plain)];
                    (end, map(pair.into()))
                }
            };
            is_new |= !missing.is_empty();
            self.items.splice(end..end, missing);
            at = place;
        }
        self.put(at, is_new, copied)
    }

    fn put(&mut self, at: usize, is_new: bool, copied: &Copied) -> Option<()> {
        if let Data::Scalar { properties, value, style } = &mut self.items.get_mut(at)?.event.data
            && (!is_new || matches!(copied, Copied::Scalar { .. }))
        {
            let text = copied.scalar_text();
            if *style == ScalarStyle::Plain && Property::tag_of(properties).is_none() {
                let (old, new) = (plain_tag(value), plain_tag(text));
                if !is_new && old != new && old != STRING {
                    let property = properties.get_or_insert_default();
                    property.tag = Some(format!("{YAML_TAGS}{old}").into());
                }
                *style = match !is_new && old == STRING {
                    true => style_of_string(text),
                    false => style_of(text),
                };
            }
            *value = Cow::Owned(text.to_string());
            return Some(());
        }
        let items = match copied {
            Copied::Scalar { text, tag: Tag::Text, is_quoted, .. } => {
                vec![string(text, *is_quoted)]
            }
            Copied::Scalar { text, .. } => vec![scalar(text, style_of(text))],
            Copied::Tree(node) => items_of(node),
            Copied::Unknown(_) => return None,
        };
        let range = at..self.end(at);
        self.items.splice(range, items);
        Some(())
    }

    /// The text again.
    pub(super) fn text(&self) -> String {
        emit(&self.items, &self.around)
    }
}

/// The events of the first document: what is in it, without its start and end.
fn events(text: &str) -> Result<Vec<Item<'_>>, String> {
    let mut parser = Parser::new(text);
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut anchors: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    loop {
        let mut event = parser.next_event().map_err(|fault| fault.problem.to_owned())?;
        match &mut event.data {
            Data::DocumentStart { .. } => continue,
            Data::StreamEnd => return Err("there is nothing in it".to_owned()),
            Data::DocumentEnd { .. } => return Ok(items),
            Data::Alias { anchor } if !anchors.iter().any(|known| known == anchor) => {
                return Err(format!("unknown anchor `{anchor}` referenced"));
            }
            Data::Alias { .. } => {}
            Data::Scalar { properties, value, style } => {
                anchors.extend(Property::anchor_of(properties).map(str::to_owned));
                let is_plain = *style == ScalarStyle::Plain;
                if is_plain && value == "<<" && Property::tag_of(properties).is_none() {
                    // go-yaml spells it out.
                    let property = properties.get_or_insert_default();
                    property.tag = Some(format!("{YAML_TAGS}merge").into());
                }
            }
            Data::SequenceStart { properties, .. } | Data::MappingStart { properties, .. } => {
                anchors.extend(Property::anchor_of(properties).map(str::to_owned));
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(format!("nested deeper than {MAX_DEPTH} levels"));
                }
            }
            Data::SequenceEnd | Data::MappingEnd => depth = depth.saturating_sub(1),
        }
        items.push(Item { event, comments: Comments::default() });
    }
}

const STRING: &str = "str";

/// The tag of a plain scalar.
fn plain_tag(text: &str) -> &'static str {
    match plain(text).as_ref().map(Tag::of) {
        _ if is_date(text) => "timestamp",
        Some(Tag::Text) => STRING,
        Some(Tag::Int) => "int",
        Some(Tag::Bool) => "bool",
        Some(Tag::Null) => "null",
        // `.inf` and `.nan` have no value here.
        Some(Tag::Float | Tag::None) | None => "float",
    }
}

/// Whether a reader would rewrite the text as a date: a small letter in it would come out large.
fn is_date(text: &str) -> bool {
    let text = text.replace('T', "t");
    text.starts_with(|c: char| c.is_ascii_digit())
        && matches!(plain(&text), Some(Value::String(date)) if date != text)
}

/// The style of new text that may mean anything.
fn style_of(text: &str) -> ScalarStyle {
    if text.contains('\n') { ScalarStyle::Literal } else { ScalarStyle::Plain }
}

/// The style of new text that must stay text.
fn style_of_string(text: &str) -> ScalarStyle {
    match style_of(text) {
        ScalarStyle::Plain if plain_tag(text) != STRING => ScalarStyle::DoubleQuoted,
        style => style,
    }
}

fn item<'t>(data: Data<'t>) -> Item<'t> {
    let (start, end) = (Mark::default(), Mark::default());
    Item { event: Event { data, start, end }, comments: Comments::default() }
}

fn scalar<'t>(text: &str, style: ScalarStyle) -> Item<'t> {
    item(Data::Scalar { properties: None, value: Cow::Owned(text.to_owned()), style })
}

/// Text that must stay text. That quotes were single ones is not known here.
fn string<'t>(text: &str, is_quoted: bool) -> Item<'t> {
    scalar(
        text,
        match style_of_string(text) {
            ScalarStyle::Plain if is_quoted => ScalarStyle::DoubleQuoted,
            style => style,
        },
    )
}

fn list(items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let start = item(Data::SequenceStart { properties: None, is_flow: false });
    std::iter::once(start).chain(items).chain([item(Data::SequenceEnd)]).collect()
}

fn map(pairs: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let start = item(Data::MappingStart { properties: None, is_flow: false });
    std::iter::once(start).chain(pairs).chain([item(Data::MappingEnd)]).collect()
}

/// A node as events, sensitive text in plain; the caller keeps it hidden.
fn items_of<'t>(node: &Node) -> Vec<Item<'t>> {
    match &node.value {
        Value::Map(entries) => {
            let pairs = entries
                .iter()
                .flat_map(|(key, node)| std::iter::once(string(key, false)).chain(items_of(node)));
            map(pairs.collect())
        }
        Value::List(items) => list(items.iter().flat_map(items_of).collect()),
        Value::String(_) | Value::Sensitive(_) | Value::Unknown(_) => {
            vec![string(&node.scalar_text().unwrap_or_default(), node.origin.is_quoted())]
        }
        _ => vec![scalar(&node.scalar_text().unwrap_or_default(), ScalarStyle::Plain)],
    }
}
