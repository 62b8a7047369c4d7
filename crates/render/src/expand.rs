//! Variables replaced in one object, the way Flux does it: the object is written as YAML, the text is
//! substituted, the result is read again. An object without `${` and `$$` is left alone.

mod conceal;
mod graft;
mod veil;

use std::cell::Cell;

use manifest::diagnostic::nearest;
use manifest::yaml::{Flavor, Reader, write};
use manifest::{Diagnostic, FileName, Node, Origin, Value};

use crate::substitute::{self, Cause, Error, Mode, substitute};
use crate::variables::{Variables, as_name};

use conceal::Concealed;
use graft::graft;

/// An object and how its variables are replaced.
pub(crate) struct Expansion<'a> {
    /// The object in messages.
    pub(crate) about: &'a str,
    /// The Kustomization in messages, and where it stands.
    pub(crate) by: (&'a str, Origin),
    /// The variables.
    pub(crate) variables: &'a Variables,
    /// What happens to variables that are not set.
    pub(crate) mode: Mode,
}

/// What the reason of a Secret's variable is in the pass that finds out where secrets went.
const SECRET: &str = "it is secret";

/// Replaces the variables in `node`; `None` where there is nothing to replace.
///
/// Text that a Secret's variable went into becomes sensitive; a number or bool stays visible, for a
/// sensitive value is text.
///
/// # Errors
/// All variables that are not set (in strict mode), expressions that cannot be read, and a result that
/// is no YAML. None for variables whose absence has been told already.
pub(crate) fn expand(node: &Node, how: &Expansion<'_>) -> Result<Option<Node>, Vec<Diagnostic>> {
    if !mentions(node) {
        return Ok(None);
    }
    let concealed = Concealed::new(node, how)?;
    let mut text = String::new();
    write::write(&concealed.node, &mut text);
    let used_secret = Cell::new(false);
    let all = |name: &str| {
        used_secret.set(used_secret.get() || how.variables.is_secret(name));
        how.variables.get(name)
    };
    let expanded = graft(&concealed, how.pass(&concealed.node, &text, &all)?);
    if !used_secret.get() {
        return Ok(Some(expanded));
    }
    let but_secrets = |name: &str| match how.variables.is_secret(name) {
        true => Some(substitute::Value::Unknown(SECRET)),
        false => how.variables.get(name),
    };
    Ok(Some(match how.pass(&concealed.node, &text, &but_secrets) {
        Ok(masked) => veil::veil(expanded, &graft(&concealed, masked)),
        Err(_) => veil::veil_changed(expanded),
    }))
}

/// Whether any text or key in a tree has `${` or `$$`.
fn mentions(node: &Node) -> bool {
    let text = |text: &str| text.contains("${") || text.contains("$$");
    match &node.value {
        Value::String(string) => text(string),
        Value::Sensitive(sensitive) => text(sensitive.expose()),
        Value::List(list) => list.iter().any(mentions),
        Value::Map(map) => map.iter().any(|(key, value)| text(key) || mentions(value)),
        _ => false,
    }
}

impl Expansion<'_> {
    /// Substitutes `text`, which is `node` as written, and reads the result.
    fn pass<'v>(
        &self,
        node: &Node,
        text: &str,
        lookup: &dyn Fn(&str) -> Option<substitute::Value<'v>>,
    ) -> Result<Node, Vec<Diagnostic>> {
        let substituted = substitute(text, self.mode, lookup).map_err(|errors| {
            let excused = |error: &&Error| {
                error.cause == Cause::Unset && self.variables.is_excused(&error.variable)
            };
            let errors = errors.iter().filter(|error| !excused(error));
            errors.map(|error| self.describe(error, node, text)).collect::<Vec<_>>()
        })?;
        let read = Reader::new().read(substituted.as_bytes(), FileName::NONE, Flavor::Config);
        match read {
            Ok(documents) => Ok(documents.into_iter().next().unwrap_or_default()),
            Err(error) => {
                let origin = origin_of_line(node, text, error.origin.line());
                let cause = format!(
                    "{}: with its variables replaced, it is no YAML: {}",
                    self.about, error.cause
                );
                let help = "a value with `: `, `#` or quotes needs quotes around the expression";
                Err(vec![self.by(Diagnostic::error(origin, cause)).help(help)])
            }
        }
    }

    fn by(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.related(self.by.1, format!("substituted for {}", self.by.0))
    }

    fn describe(&self, error: &Error, node: &Node, text: &str) -> Diagnostic {
        let origin = origin_of_line(node, text, error.line);
        let cause = format!("{}: `{}`: {}", self.about, error.expression, error.cause);
        self.by(Diagnostic::error(origin, cause)).help_if(self.help(error))
    }

    fn help(&self, error: &Error) -> Option<String> {
        const FEW: usize = 8;
        match error.cause {
            Cause::Unset => {
                if let Some(near) = nearest(&error.variable, self.variables.names()) {
                    return Some(format!("did you mean `{near}`?"));
                }
                let names: Vec<String> =
                    self.variables.names().take(FEW + 1).map(|name| format!("`{name}`")).collect();
                let more = if names.len() > FEW { " and more" } else { "" };
                let shown = names.get(..FEW).unwrap_or(&names).join(", ");
                (!names.is_empty()).then(|| format!("there is {shown}{more}"))
            }
            Cause::Operator => {
                let inner = error.expression.strip_prefix("${")?.strip_suffix('}')?;
                let is_name = inner.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
                is_name.then(|| {
                    format!("names have letters, digits and `_`: `{inner}` -> `{}`", as_name(inner))
                })
            }
            _ => None,
        }
    }
}

/// Where in the repository stands what is on a line of an object's text: `text` is `node` as written,
/// so that reading it gives the same tree with the lines of the text.
fn origin_of_line(node: &Node, text: &str, line: usize) -> Origin {
    let read = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Config);
    let written = read.ok().and_then(|documents| documents.into_iter().next());
    let mut best = (0, node.origin);
    if let Some(written) = written {
        find_line(node, &written, line, &mut best);
    }
    best.1
}

/// Finds the last node that begins at or before `line`.
fn find_line(node: &Node, written: &Node, line: usize, best: &mut (usize, Origin)) {
    let start = written.origin.line();
    let is_scalar = !matches!(node.value, Value::Map(_) | Value::List(_));
    if start <= line && start >= best.0 && (is_scalar || start > best.0) && node.origin.is_some() {
        *best = (start, node.origin);
    }
    match (&node.value, &written.value) {
        (Value::Map(map), Value::Map(lines)) => {
            for (key, value) in map.iter() {
                if let Some(written) = lines.get(key) {
                    find_line(value, written, line, best);
                }
            }
        }
        (Value::List(list), Value::List(lines)) => {
            for (value, written) in list.iter().zip(lines.iter()) {
                find_line(value, written, line, best);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
