//! What may not stand in an object's text: unknown values become markers, sensitive ones are
//! substituted by themselves and replaced by a number.

use manifest::{Diagnostic, List, Map, Node, Sensitive, Value};

use super::Expansion;
use crate::substitute::{is_unknown, marker, substitute, unknown_reason};

/// Around the number of a sensitive value. Like a marker's ends, nothing else uses them.
const AROUND: char = '\u{F0002}';

/// An object that can be written as text, and what was taken out of it.
pub(super) struct Concealed {
    pub(super) node: Node,
    /// Whether anything was taken out.
    pub(super) has_gaps: bool,
    sensitive: Vec<Sensitive>,
}

impl Concealed {
    /// # Errors
    /// An expression in a sensitive value cannot be replaced.
    pub(super) fn new(node: &Node, how: &Expansion<'_>) -> Result<Concealed, Vec<Diagnostic>> {
        if !has_hidden(node) {
            return Ok(Concealed { node: node.clone(), has_gaps: false, sensitive: Vec::new() });
        }
        let mut concealed =
            Concealed { node: Node::default(), has_gaps: true, sensitive: Vec::new() };
        concealed.node = concealed.conceal(node, how)?;
        Ok(concealed)
    }

    fn conceal(&mut self, node: &Node, how: &Expansion<'_>) -> Result<Node, Vec<Diagnostic>> {
        let value = match &node.value {
            Value::Unknown(reason) => Value::String(marker(reason).into()),
            Value::Sensitive(sensitive) => {
                let number = self.sensitive.len();
                self.sensitive.push(substitute_sensitive(node, sensitive, how)?);
                Value::String(ecow::eco_format!("{AROUND}{number}{AROUND}"))
            }
            Value::List(list) => {
                let items = list.iter().map(|item| self.conceal(item, how));
                Value::List(items.collect::<Result<List, _>>()?)
            }
            Value::Map(map) => {
                let entries =
                    map.iter().map(|(key, value)| Ok((key.clone(), self.conceal(value, how)?)));
                Value::Map(entries.collect::<Result<Map, Vec<Diagnostic>>>()?)
            }
            other => other.clone(),
        };
        Ok(Node { value, origin: node.origin })
    }

    /// Text of the result as the value that it stands for.
    pub(super) fn reveal(&self, node: Node) -> Node {
        let Value::String(text) = &node.value else { return node };
        if let Some(sensitive) = self.numbered(text) {
            let value = match unknown_reason(sensitive.expose()) {
                Some(reason) => Value::Unknown(reason.into()),
                None => Value::Sensitive(sensitive.clone()),
            };
            return Node { value, origin: node.origin };
        }
        if !is_unknown(text) {
            return node;
        }
        let reason = unknown_reason(text).unwrap_or_default();
        Node { value: Value::Unknown(reason.into()), origin: node.origin }
    }

    fn numbered(&self, text: &str) -> Option<&Sensitive> {
        let number = text.strip_prefix(AROUND)?.strip_suffix(AROUND)?;
        self.sensitive.get(number.parse::<usize>().ok()?)
    }
}

fn has_hidden(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(_) | Value::Sensitive(_) => true,
        Value::List(list) => list.iter().any(has_hidden),
        Value::Map(map) => map.iter().any(|(_, value)| has_hidden(value)),
        _ => false,
    }
}

fn substitute_sensitive(
    node: &Node,
    sensitive: &Sensitive,
    how: &Expansion<'_>,
) -> Result<Sensitive, Vec<Diagnostic>> {
    let result = substitute(sensitive.expose(), how.mode, &|name| how.variables.get(name));
    match result {
        Ok(text) => Ok(Sensitive::new(text.into_owned())),
        // The expression is part of the secret, so only the cause is shown.
        Err(errors) => Err(errors
            .iter()
            .map(|error| {
                let cause = format!("{}: in a sensitive value: {}", how.about, error.cause);
                how.by(Diagnostic::error(node.origin, cause))
            })
            .collect()),
    }
}
