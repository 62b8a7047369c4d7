//! Selecting resources: anchored regular expressions on names, Kubernetes selectors on labels and
//! annotations (`types.SelectorRegex`, `labels.Parse`).

use manifest::{Diagnostic, Gvk, Origin, Text, Value};
use regex::Regex;

use crate::kustomization::Selector;
use crate::resource::Resource;

mod labels;

use labels::Requirements;

/// A selector ready to match.
pub(crate) struct Matcher {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: Requirements,
    annotations: Requirements,
}

enum Pattern {
    Any,
    /// Text without any special character: compared, not matched.
    Literal(Text),
    Regex(Regex),
}

impl Pattern {
    fn new(text: &Text, what: &str, origin: Origin) -> Result<Pattern, Diagnostic> {
        if text.is_empty() {
            return Ok(Pattern::Any);
        }
        let special = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/'));
        if !text.contains(special) {
            return Ok(Pattern::Literal(text.clone()));
        }
        Regex::new(&format!("^(?:{text})$")).map(Pattern::Regex).map_err(|error| {
            let cause = format!("the selector's {what} `{text}` is no regular expression");
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim().to_owned();
            Diagnostic::error(origin, cause).help(why)
        })
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Literal(literal) => literal == text,
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Matcher {
    /// Compiles a selector.
    ///
    /// # Errors
    /// A text is no regular expression, or no selector.
    pub(crate) fn new(selector: &Selector) -> Result<Matcher, Diagnostic> {
        let origin = selector.origin;
        let requirements = |text: &Text, what: &str| {
            Requirements::parse(text).map_err(|why| {
                Diagnostic::error(origin, format!("the {what} `{text}` is not valid: {why}"))
            })
        };
        Ok(Matcher {
            group: Pattern::new(&selector.gvk.group, "group", origin)?,
            version: Pattern::new(&selector.gvk.version, "version", origin)?,
            kind: Pattern::new(&selector.gvk.kind, "kind", origin)?,
            name: Pattern::new(&selector.name, "name", origin)?,
            namespace: Pattern::new(&selector.namespace, "namespace", origin)?,
            labels: requirements(&selector.label_selector, "labelSelector")?,
            annotations: requirements(&selector.annotation_selector, "annotationSelector")?,
        })
    }

    /// The one name that it selects, where it is no pattern.
    pub(crate) fn only_name(&self) -> Option<&str> {
        match &self.name {
            Pattern::Literal(name) => Some(name),
            Pattern::Any | Pattern::Regex(_) => None,
        }
    }

    /// Whether it selects `resource`, by its original or current name and namespace.
    pub(crate) fn matches(&self, resource: &Resource) -> bool {
        let id = resource.id();
        let first = resource.previous.first();
        let name = |pattern: &Pattern| {
            pattern.matches(&id.name) || first.is_some_and(|first| pattern.matches(&first.name))
        };
        let namespace = |pattern: &Pattern| {
            pattern.matches(&id.namespace)
                || first.is_some_and(|first| pattern.matches(&first.namespace))
        };
        self.matches_gvk(&id.gvk)
            && name(&self.name)
            && namespace(&self.namespace)
            && self.matches_metadata(resource)
    }

    /// Whether it selects what has these names, whatever its labels and annotations.
    pub(crate) fn matches_names(&self, gvk: &Gvk, name: &str, namespace: &str) -> bool {
        self.matches_gvk(gvk) && self.name.matches(name) && self.namespace.matches(namespace)
    }

    /// Whether it selects resources with such labels and annotations.
    pub(crate) fn matches_metadata(&self, resource: &Resource) -> bool {
        self.labels.matches(|key| text(resource, "labels", key))
            && self.annotations.matches(|key| text(resource, "annotations", key))
    }

    fn matches_gvk(&self, gvk: &Gvk) -> bool {
        self.kind.matches(&gvk.kind)
            && self.group.matches(&gvk.group)
            && self.version.matches(&gvk.version)
    }
}

fn text(resource: &Resource, field: &str, key: &str) -> Option<Text> {
    let node = resource.node().at(&["metadata", field, key])?;
    match &node.value {
        Value::Unknown(_) => None,
        // What is no text counts as none, and is there.
        Value::Map(_) | Value::List(_) => Some(Text::new()),
        _ => node.scalar_text(),
    }
}
