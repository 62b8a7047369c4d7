//! A kind as a table of its fields, and the check of an object against it: what the kind's
//! CustomResourceDefinition would refuse or leave out.

use manifest::diagnostic::nearest;
use manifest::{Diagnostic, Map, Node, Object, Origin, Value};

use crate::parse_duration;
use crate::read::Unknown;

/// One field.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// What to do where the field is missing or wrong.
    hint: &'static str,
    /// What the API server writes where the field is missing.
    pub(crate) preset: Option<Preset>,
}

/// A value that a field has unless written.
#[derive(Clone, Copy)]
pub(crate) enum Preset {
    /// A text.
    Str(&'static str),
    /// `true` or `false`.
    Bool(bool),
}

/// What a field holds.
pub(crate) enum Shape {
    /// Any text.
    Str,
    /// Text of this many characters.
    Length(usize, usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Text that starts with one of these.
    Starts(&'static [&'static str]),
    /// A duration in these units.
    Duration(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// A map of texts.
    Texts,
    /// A list of this.
    List(&'static Shape),
    /// A map with these fields.
    Struct(&'static [Field]),
}

/// The units of an interval.
pub(crate) const INTERVAL: Shape = Shape::Duration(&["ms", "s", "m", "h"]);

/// A field that may be there.
pub(crate) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false, hint: "", preset: None }
}

/// A field that the API server adds where it is missing.
pub(crate) const fn preset(name: &'static str, shape: Shape, preset: Preset) -> Field {
    Field { name, shape, required: false, hint: "", preset: Some(preset) }
}

/// A field that must be there; `hint` says what to write.
pub(crate) const fn required(name: &'static str, shape: Shape, hint: &'static str) -> Field {
    Field { name, shape, required: true, hint, preset: None }
}

/// `{name}`.
pub(crate) const REFERENCE: Shape = Shape::Struct(&[required("name", Shape::Str, "")]);

/// Whether a value passes as text: also where it cannot be seen or known.
pub(crate) fn is_text(node: &Node) -> bool {
    matches!(node.value, Value::String(_) | Value::Sensitive(_) | Value::Unknown(_))
}

/// What a check found.
pub(crate) struct Findings {
    /// The object in messages: `Kustomization flux-system/apps`.
    about: String,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) unknowns: Vec<Unknown>,
}

impl Findings {
    pub(crate) fn new(object: &Object) -> Findings {
        Findings { about: describe(object), diagnostics: Vec::new(), unknowns: Vec::new() }
    }

    /// Checks that the version is `v1`, the one that Flux serves since 2.7.
    pub(crate) fn check_version(&mut self, object: &Object, group: &str) {
        let version = object.api_version();
        if version.strip_prefix(group) != Some("v1") {
            let origin = object.root().get("apiVersion").map_or(object.origin(), |n| n.origin);
            let cause = format!("{}: Flux does not serve {version} any more", self.about);
            let help = format!("write `apiVersion: {group}v1`");
            self.diagnostics.push(Diagnostic::warning(origin, cause).help(help));
        }
    }

    /// Checks the name and the `spec`.
    pub(crate) fn check_object(&mut self, object: &Object, fields: &'static [Field]) {
        if !is_object_name(object.name()) {
            let origin =
                object.root().at(&["metadata", "name"]).map_or(object.origin(), |n| n.origin);
            let cause = format!("{}: the name is not valid", self.about);
            let help = "names have lowercase letters, digits, `-` and `.`, at most 253 of them, and \
                        start and end with a letter or digit";
            self.diagnostics.push(Diagnostic::error(origin, cause).help(help));
        }
        match object.root().get("spec") {
            Some(spec) => self.check(spec, &Shape::Struct(fields), "", "spec"),
            None => self.check_struct(&Map::new(), object.origin(), fields, "spec"),
        }
    }

    fn check(&mut self, node: &Node, shape: &Shape, hint: &str, path: &str) {
        if let Value::Unknown(reason) = &node.value {
            let unknown =
                Unknown { path: path.to_owned(), origin: node.origin, reason: reason.clone() };
            self.unknowns.push(unknown);
            return;
        }
        match (shape, &node.value) {
            // The server drops a null before it looks further.
            (_, Value::Null) => {}
            (Shape::Struct(fields), Value::Map(map)) => {
                self.check_struct(map, node.origin, fields, path);
            }
            (Shape::List(shape), Value::List(list)) => {
                for (index, item) in list.iter().enumerate() {
                    self.check(item, shape, "", &format!("{path}[{index}]"));
                }
            }
            (Shape::Texts, Value::Map(map)) => {
                for (key, value) in map.iter() {
                    self.check(value, &Shape::Str, "", &format!("{path}.{key}"));
                }
            }
            (Shape::Bool, Value::Bool(_)) => {}
            (_, Value::String(text)) if shape.is_textual() => {
                if let Some((cause, help)) = shape.refuses(text) {
                    let cause = format!("{}: `{path}` is `{text}`, {cause}", self.about);
                    self.diagnostics.push(Diagnostic::error(node.origin, cause).help_if(help));
                }
            }
            (_, Value::Sensitive(_)) if shape.is_textual() => {}
            _ => self.wrong_type(node, shape, hint, path),
        }
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape, hint: &str, path: &str) {
        let (is, wanted) = (node.type_name(), shape.name());
        let cause = format!("{}: `{path}` is a {is}, it must be a {wanted}", self.about);
        let help = match node.scalar_text() {
            Some(text) if shape.is_duration() => Some(format!("write it with a unit: `{text}s`")),
            Some(text) if shape.is_textual() => Some(format!("quote it: `\"{text}\"`")),
            Some(text) if matches!(shape, Shape::Bool) && (text == "true" || text == "false") => {
                Some(format!("write it without quotes: `{text}`"))
            }
            _ if !hint.is_empty() => Some(hint.to_owned()),
            _ => None,
        };
        self.diagnostics.push(Diagnostic::error(node.origin, cause).help_if(help));
    }

    fn check_struct(&mut self, map: &Map, at: Origin, fields: &[Field], path: &str) {
        for (key, value) in map.iter() {
            let path = format!("{path}.{key}");
            match fields.iter().find(|field| field.name == key.as_str()) {
                Some(field) => self.check(value, &field.shape, field.hint, &path),
                None => {
                    let cause =
                        format!("{}: there is no field `{path}`, it is ignored", self.about);
                    let near = nearest(key, fields.iter().map(|field| field.name));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.diagnostics.push(Diagnostic::warning(value.origin, cause).help_if(help));
                }
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if map.get(field.name).is_none_or(Node::is_null) {
                let cause = format!("{}: `{path}.{}` is missing", self.about, field.name);
                let hint = (!field.hint.is_empty()).then(|| field.hint.to_owned());
                self.diagnostics.push(Diagnostic::error(at, cause).help_if(hint));
            }
        }
    }
}

impl Shape {
    fn is_textual(&self) -> bool {
        !matches!(self, Shape::Bool | Shape::Texts | Shape::List(_) | Shape::Struct(_))
    }

    fn is_duration(&self) -> bool {
        matches!(self, Shape::Duration(_))
    }

    fn name(&self) -> &'static str {
        match self {
            Shape::Bool => "bool",
            Shape::Texts | Shape::Struct(_) => "map",
            Shape::List(_) => "list",
            Shape::Duration(_) => "duration",
            _ => "string",
        }
    }

    /// Why a text does not fit, and what would.
    fn refuses(&self, text: &str) -> Option<(String, Option<String>)> {
        match self {
            Shape::OneOf(words) if !words.contains(&text) => {
                let help = nearest(text, words.iter().copied());
                let help = help.map(|near| format!("did you mean `{near}`?"));
                Some((format!("it must be one of {}", words.join(", ")), help))
            }
            Shape::Starts(starts) if !starts.iter().any(|start| text.starts_with(start)) => {
                let help = scp_form(text).map(|url| format!("write it as a URL: `{url}`"));
                Some((format!("it must start with {}", starts.join(" or ")), help))
            }
            Shape::Length(from, to) if !(*from..=*to).contains(&text.chars().count()) => {
                Some((format!("it must have {from} to {to} characters"), None))
            }
            Shape::Duration(units) if !is_duration(text, units) => {
                let help =
                    format!("a number with a unit, such as `10m`; units are {}", units.join(", "));
                Some(("no duration".to_owned(), Some(help)))
            }
            _ => None,
        }
    }
}

/// Whether `text` is a duration with these units, each number with at least one digit before its
/// point (the pattern of Flux's definitions), and not longer than Go can hold.
fn is_duration(text: &str, units: &[&str]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0) {
        let mut after = &rest[at..];
        if let Some(fraction) = after.strip_prefix('.') {
            after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if after.len() == fraction.len() {
                return false;
            }
        }
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        if !units.contains(&&after[..end]) {
            return false;
        }
        rest = &after[end..];
    }
    rest.is_empty() && parse_duration(text).is_some()
}

/// `git@github.com:org/repo` as a URL.
fn scp_form(text: &str) -> Option<String> {
    let (host, path) = text.split_once(':')?;
    let is_scp = host.contains('@') && !host.contains('/') && !path.starts_with('/');
    is_scp.then(|| format!("ssh://{host}/{path}"))
}

/// A lowercase RFC 1123 subdomain, as the API server wants names of custom resources.
fn is_object_name(name: &str) -> bool {
    let fits = |label: &str| {
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        label.starts_with(edge)
            && label.ends_with(edge)
            && label.chars().all(|c| edge(c) || c == '-')
    };
    name.len() <= 253 && name.split('.').all(fits)
}

/// `Kustomization flux-system/apps`.
pub(crate) fn describe(object: &Object) -> String {
    match object.namespace() {
        "" => format!("{} {}", object.kind(), object.name()),
        namespace => format!("{} {namespace}/{}", object.kind(), object.name()),
    }
}

#[cfg(test)]
mod tests;
