//! Reading typed fields from nodes, as Go's `encoding/json` does it for kustomize: field names in
//! any case, unknown ones refused, `null` as nothing.

use manifest::diagnostic::did_you_mean;
use manifest::{Diagnostic, Gvk, Key, Node, Origin, Text, Value};

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Located<T> {
    pub(crate) fn new(value: T, origin: Origin) -> Located<T> {
        Located { value, origin }
    }
}

/// What the causes of unknown fields have in common.
const NO_FIELD: &str = " has no field ";

/// Whether a finding is about an unknown field.
pub(crate) fn is_unknown_field(diagnostic: &Diagnostic) -> bool {
    diagnostic.cause.contains(NO_FIELD)
}

/// The known fields of a map.
pub(crate) struct Fields<'a> {
    entries: Vec<(&'static str, &'a Node)>,
    /// Whether other scalars are taken for text, as sigs.k8s.io/yaml does where it knows the type.
    takes_scalars: bool,
    /// Where the map begins.
    pub(crate) origin: Origin,
}

impl<'a> Fields<'a> {
    /// The fields of `node`, which `what` describes ("an image").
    pub(crate) fn of(
        node: &'a Node,
        what: &str,
        known: &[&'static str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Fields<'a> {
        let mut fields = Fields { entries: Vec::new(), takes_scalars: false, origin: node.origin };
        if let Value::Map(map) = &node.value {
            for (key, value) in map.iter() {
                let name = known
                    .iter()
                    .find(|name| **name == key.as_str())
                    .or_else(|| known.iter().find(|name| name.eq_ignore_ascii_case(key)));
                match name {
                    Some(name) if value.is_null() => {
                        fields.entries.retain(|(there, _)| there != name);
                    }
                    Some(name) => fields.entries.push((name, value)),
                    None => diagnostics.push(
                        Diagnostic::error(value.origin, format!("{what}{NO_FIELD}`{key}`"))
                            .help(unknown_field_help(key, known)),
                    ),
                }
            }
        } else if !node.is_null() {
            diagnostics.push(should_be(node, what, "a map"));
        }
        fields
    }

    /// The known fields of `node`, whatever else it has: a plugin's configuration.
    pub(crate) fn lenient(
        node: &'a Node,
        known: &[&'static str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Fields<'a> {
        let mut ignored = Vec::new();
        let mut fields = Fields::of(node, "a configuration", known, &mut ignored);
        fields.takes_scalars = true;
        if node.as_map().is_none() {
            diagnostics.append(&mut ignored);
        }
        fields
    }

    /// Whether this is a plugin's configuration.
    pub(crate) fn takes_scalars(&self) -> bool {
        self.takes_scalars
    }

    /// The field, unless it is missing or null. Of repeated spellings the last counts.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().rev().find(|(there, _)| *there == name).map(|(_, node)| *node)
    }

    fn text_of(
        &self,
        node: &Node,
        name: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Located<Text>> {
        if self.takes_scalars
            && let Some(text) = node.scalar_text().filter(|_| !node.is_null())
        {
            return Some(Located::new(text, node.origin));
        }
        text_of(node, name, diagnostics)
    }

    /// A string field.
    pub(crate) fn text(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Text> {
        self.located(name, diagnostics).map(|located| located.value)
    }

    /// A string field and its place; empty text is no value.
    pub(crate) fn located(
        &self,
        name: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Located<Text>> {
        let node = self.get(name)?;
        let located = self.text_of(node, name, diagnostics)?;
        (!located.value.is_empty()).then_some(located)
    }

    /// A bool field.
    pub(crate) fn bool(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
        let node = self.get(name)?;
        let value = node.as_bool();
        if value.is_none() {
            diagnostics.push(wrong_type(node, name, "true or false"));
        }
        value
    }

    /// An integer field.
    pub(crate) fn int(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<i64> {
        let node = self.get(name)?;
        let value = match &node.value {
            Value::Number(text) => match manifest::number::Number::parse(text) {
                Some(manifest::number::Number::Int(value)) => Some(value),
                _ => None,
            },
            _ => node.as_int(),
        };
        if value.is_none() {
            diagnostics.push(wrong_type(node, name, "an integer"));
        }
        value
    }

    /// The items of a list field.
    pub(crate) fn list(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> &'a [Node] {
        let Some(node) = self.get(name) else { return &[] };
        node.as_list().unwrap_or_else(|| {
            diagnostics.push(wrong_type(node, name, "a list"));
            &[]
        })
    }

    /// A list of strings.
    pub(crate) fn texts(
        &self,
        name: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Located<Text>> {
        let items = self.list(name, diagnostics).iter();
        items
            .filter_map(|item| match &item.value {
                Value::Null => Some(Located::new(Text::new(), item.origin)),
                _ => self.text_of(item, name, diagnostics),
            })
            .collect()
    }

    /// A map of strings, sorted by key.
    pub(crate) fn text_map(
        &self,
        name: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(Key, Located<Text>)> {
        let Some(node) = self.get(name) else { return Vec::new() };
        let Some(map) = node.as_map() else {
            diagnostics.push(wrong_type(node, name, "a map"));
            return Vec::new();
        };
        let mut pairs: Vec<(Key, Located<Text>)> = map
            .iter()
            .filter_map(|(key, value)| {
                let text = match &value.value {
                    Value::Null => Located::new(Text::new(), value.origin),
                    _ => self.text_of(value, &format!("{name}.{key}"), diagnostics)?,
                };
                Some((key.clone(), text))
            })
            .collect();
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        pairs
    }

    /// The fields `group`, `version` and `kind`.
    pub(crate) fn gvk(&self, diagnostics: &mut Vec<Diagnostic>) -> Gvk {
        Gvk {
            group: self.text("group", diagnostics).unwrap_or_default(),
            version: self.text("version", diagnostics).unwrap_or_default(),
            kind: self.text("kind", diagnostics).unwrap_or_default(),
        }
    }
}

fn text_of(node: &Node, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Located<Text>> {
    match &node.value {
        Value::String(text) => Some(Located::new(text.clone(), node.origin)),
        _ => {
            let mut diagnostic = wrong_type(node, name, "text");
            diagnostic = match (node.scalar_text(), &node.value) {
                (_, Value::Bool(_)) => diagnostic.help("quote it as it is written"),
                (Some(text), value) if *value != Value::Null => {
                    diagnostic.help(format!("quote it: \"{text}\""))
                }
                _ => diagnostic,
            };
            diagnostics.push(diagnostic);
            None
        }
    }
}

/// What to do about a field that there is not.
fn unknown_field_help(key: &str, known: &[&'static str]) -> String {
    const FEW: usize = 8;
    let near = did_you_mean(key, known.iter().copied());
    // A long list of all fields says nothing.
    let helps = |help: &String| known.len() <= FEW || help.starts_with("did you mean");
    near.filter(helps).unwrap_or_else(|| "remove it, or correct its name".to_owned())
}

/// The finding that the field `name` is not what it should be.
pub(crate) fn wrong_type(node: &Node, name: &str, wanted: &str) -> Diagnostic {
    let diagnostic = should_be(node, &format!("`{name}`"), wanted);
    if wanted == "a list" && node.as_map().is_none() {
        return diagnostic.help("put each item on a line of its own, after `- `");
    }
    diagnostic
}

fn should_be(node: &Node, what: &str, wanted: &str) -> Diagnostic {
    let got = match &node.value {
        Value::Bool(value) => format!("the bool {value} (YAML 1.1 reads yes, on, y, … as bools)"),
        Value::Int(_) | Value::Number(_) => {
            format!("the number {}", node.scalar_text().unwrap_or_default())
        }
        _ => format!("a {}", node.type_name()),
    };
    Diagnostic::error(node.origin, format!("{what} should be {wanted}, not {got}"))
}

/// The same with all scalars as text: for a part of a plugin's configuration that has nothing else.
pub(crate) fn all_text(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(map) => map.iter().map(|(key, node)| (key.clone(), all_text(node))).collect(),
        Value::Null => Value::Null,
        _ => crate::resource::as_text(node).value,
    };
    Node { value, origin: node.origin }
}
