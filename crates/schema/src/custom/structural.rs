//! A schema of a CustomResourceDefinition, read: what a value may be, and what is below it.

use std::sync::{Arc, LazyLock, OnceLock};

use manifest::number::Number;
use manifest::{Map, Node, Text, Value};
use regex::Regex;

use super::rules::{Compiled, Rule};

/// As deep may a schema be; what is deeper says nothing.
const DEEPEST: usize = 100;

/// What a value may be.
#[derive(Debug, Default)]
pub struct Structural {
    pub(crate) kind: Option<Text>,
    pub(crate) format: Text,
    pub(crate) nullable: bool,
    pub(crate) int_or_string: bool,
    pub(crate) preserve: bool,
    pub(crate) embedded: bool,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) minimum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) unique_items: bool,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
    pub(crate) required: Vec<Text>,
    pub(crate) options: Vec<Node>,
    pub(crate) default: Option<Node>,
    pub(crate) items: Option<Box<Structural>>,
    pub(crate) properties: Vec<(Text, Structural)>,
    pub(crate) additional: Additional,
    pub(crate) all_of: Vec<Structural>,
    pub(crate) any_of: Vec<Structural>,
    pub(crate) one_of: Vec<Structural>,
    pub(crate) not: Option<Box<Structural>>,
    pub(crate) list_type: Option<Text>,
    pub(crate) list_keys: Vec<Text>,
    pub(crate) map_type: Option<Text>,
    pub(crate) rules: Vec<Rule>,
    /// The rules, ready to run; compiled when an object is first validated.
    pub(crate) compiled: OnceLock<Vec<Compiled>>,
    /// Whether there are rules here or below.
    pub(crate) has_rules: bool,
    /// The form of the data in expressions.
    pub(crate) shape: OnceLock<Option<Arc<expression::shape::Shape>>>,
}

/// What is said of properties that have no schema of their own.
#[derive(Debug, Default)]
pub(crate) enum Additional {
    /// Nothing.
    #[default]
    Unsaid,
    /// Whether there may be any.
    Allowed(bool),
    /// They are all like this.
    Schema(Box<Structural>),
}

/// A pattern and what is compiled of it, when it is first wanted.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) text: Text,
    regex: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    pub(crate) fn regex(&self) -> Result<&Regex, &str> {
        self.regex
            .get_or_init(|| expression::pattern::compile(&self.text))
            .as_ref()
            .map_err(String::as_str)
    }
}

static TEXT: LazyLock<Node> = LazyLock::new(|| {
    let mut map = Map::new();
    map.set("type", Node::string("string", manifest::Origin::NONE));
    Node::new(map, manifest::Origin::NONE)
});

pub(crate) fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Int(value) => Some(*value as f64),
        Value::Number(text) => match Number::parse(text)? {
            Number::Int(value) => Some(value as f64),
            Number::Uint(value) => Some(value as f64),
            Number::Float(value) => Some(value),
        },
        _ => None,
    }
}

impl Structural {
    /// Reads a schema.
    pub fn read(schema: &Node) -> Structural {
        Structural::read_below(schema, 0)
    }

    fn read_below(schema: &Node, depth: usize) -> Structural {
        let mut out = Structural::default();
        let Some(map) = schema.as_map().filter(|_| depth < DEEPEST) else { return out };
        let below = |node: &Node| Structural::read_below(node, depth + 1);
        for (key, node) in map.iter() {
            let text = || node.as_str().map(Text::from);
            let flag = node.as_bool() == Some(true);
            match key.as_str() {
                "type" => out.kind = text().filter(|text| !text.is_empty()),
                "format" => out.format = text().unwrap_or_default(),
                "nullable" => out.nullable = flag,
                "x-kubernetes-int-or-string" => out.int_or_string = flag,
                "x-kubernetes-preserve-unknown-fields" => out.preserve = flag,
                "x-kubernetes-embedded-resource" => out.embedded = flag,
                "maximum" => out.maximum = number(node),
                "exclusiveMaximum" => out.exclusive_maximum = flag,
                "minimum" => out.minimum = number(node),
                "exclusiveMinimum" => out.exclusive_minimum = flag,
                "multipleOf" => out.multiple_of = number(node),
                "maxLength" => out.max_length = node.as_int(),
                "minLength" => out.min_length = node.as_int(),
                "pattern" => {
                    out.pattern = text()
                        .filter(|text| !text.is_empty())
                        .map(|text| Pattern { text, regex: OnceLock::new() });
                }
                "maxItems" => out.max_items = node.as_int(),
                "minItems" => out.min_items = node.as_int(),
                "uniqueItems" => out.unique_items = flag,
                "maxProperties" => out.max_properties = node.as_int(),
                "minProperties" => out.min_properties = node.as_int(),
                "required" => out.required = texts(node),
                "enum" => out.options = node.as_list().unwrap_or_default().to_vec(),
                "default" => out.default = (!node.is_null()).then(|| node.clone()),
                "items" => out.items = node.as_map().map(|_| Box::new(below(node))),
                "properties" => {
                    let entries = node.as_map().into_iter().flat_map(Map::iter);
                    out.properties =
                        entries.map(|(key, node)| (key.text().clone(), below(node))).collect();
                }
                "additionalProperties" => {
                    out.additional = match node.as_bool() {
                        Some(allowed) => Additional::Allowed(allowed),
                        None if node.as_map().is_some() => {
                            Additional::Schema(Box::new(below(node)))
                        }
                        None => Additional::Unsaid,
                    };
                }
                "allOf" => out.all_of = list(node).map(below).collect(),
                "anyOf" => out.any_of = list(node).map(below).collect(),
                "oneOf" => out.one_of = list(node).map(below).collect(),
                "not" => out.not = node.as_map().map(|_| Box::new(below(node))),
                "x-kubernetes-list-type" => out.list_type = text(),
                "x-kubernetes-list-map-keys" => out.list_keys = texts(node),
                "x-kubernetes-map-type" => out.map_type = text(),
                "x-kubernetes-validations" => out.rules = list(node).map(Rule::read).collect(),
                _ => {}
            }
        }
        out.has_rules = !out.rules.is_empty()
            || out.items.as_ref().is_some_and(|items| items.has_rules)
            || out.properties.iter().any(|(_, of)| of.has_rules)
            || matches!(&out.additional, Additional::Schema(of) if of.has_rules);
        out
    }

    /// The schema of a property.
    pub(crate) fn property(&self, name: &str) -> Option<&Structural> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, of)| of)
    }

    /// The schema of a property or of what stands for all of them.
    pub(crate) fn values(&self) -> Option<&Structural> {
        match &self.additional {
            Additional::Schema(of) => Some(of),
            _ => None,
        }
    }

    /// The types that a value may have.
    pub(crate) fn types(&self) -> Vec<&str> {
        if self.int_or_string {
            return vec!["integer", "string"];
        }
        self.kind.as_deref().into_iter().collect()
    }

    /// Whether an entry of the old map is the one of this key in the new map.
    pub(crate) fn is_correlatable(&self) -> bool {
        self.map_type.as_deref().is_none_or(|kind| matches!(kind, "granular" | "atomic"))
    }

    /// The schema of a string: what `apiVersion` and `kind` are.
    pub(crate) fn text() -> Structural {
        Structural::read(&TEXT)
    }
}

fn list(node: &Node) -> impl Iterator<Item = &Node> {
    node.as_list().unwrap_or_default().iter()
}

fn texts(node: &Node) -> Vec<Text> {
    list(node).filter_map(Node::as_str).map(Text::from).collect()
}
