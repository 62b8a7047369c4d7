//! Writes YAML byte for byte as kustomize does: sorted keys, block style, lists not indented below
//! their key, and the scalar styles, folding and number formats of go-yaml v2 fed with Go's JSON.
//!
//! Where kustomize loses or refuses text (U+0085 becomes a space, U+007F and U+FFFE are errors,
//! all from reading its own JSON as YAML), this writes the escape that its emitter has for it.

mod order;
mod scalar;
mod style;
mod timestamp;

use std::fmt::Write;

use self::order::Entry;
use crate::number::Number;
use crate::{List, MASK, Map, Node, Value};

/// What to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write the plaintext of sensitive values instead of a mask. For the wire and for hashes.
    pub expose: bool,
}

/// Appends `node` as one YAML document, ending with a line break; sensitive text is masked and an
/// unknown value is the string `<unknown: reason>`.
pub fn write(node: &Node, out: &mut String) {
    write_with(node, Options::default(), out);
}

/// [`write`], with options.
pub fn write_with(node: &Node, options: Options, out: &mut String) {
    Writer::new(options, out).document(node);
}

/// Appends documents with `---` between them.
pub fn write_documents<'n>(nodes: impl IntoIterator<Item = &'n Node>, out: &mut String) {
    write_documents_with(nodes, Options::default(), out);
}

/// [`write_documents`], with options.
pub fn write_documents_with<'n>(
    nodes: impl IntoIterator<Item = &'n Node>,
    options: Options,
    out: &mut String,
) {
    let mut writer = Writer::new(options, out);
    for (index, node) in nodes.into_iter().enumerate() {
        if index > 0 {
            writer.out.push_str("---\n");
        }
        writer.document(node);
    }
}

/// Blanks for indents.
const BLANKS: &str = "                                                                ";

/// A longer key stands after `?`.
const LONGEST_SIMPLE_KEY: usize = 128;

struct Writer<'n, 'o> {
    out: &'o mut String,
    options: Options,
    /// Where the current line starts in `out`, as libyaml counts lines: U+2028 starts one.
    line: usize,
    /// The sorted entries of the maps around the current node, outermost first.
    entries: Vec<Entry<'n>>,
    /// Room for sorting.
    spare: Vec<Entry<'n>>,
}

impl<'n, 'o> Writer<'n, 'o> {
    fn new(options: Options, out: &'o mut String) -> Self {
        Writer { out, options, line: 0, entries: Vec::new(), spare: Vec::new() }
    }

    fn document(&mut self, node: &'n Node) {
        self.line = self.out.len();
        match &node.value {
            Value::Map(map) if !map.is_empty() => self.map(map, 0),
            Value::List(list) if !list.is_empty() => self.list(list, 0),
            _ => self.scalar(node, 2),
        }
        self.line_break(0);
    }

    /// Goes to column `indent` of a new line; a literal may have ended its own line already.
    fn line_break(&mut self, indent: usize) {
        if self.out.len() != self.line {
            self.out.push('\n');
            self.line = self.out.len();
        }
        self.blanks(indent);
    }

    fn blanks(&mut self, count: usize) {
        let mut rest = count;
        while rest > 0 {
            let now = rest.min(BLANKS.len());
            self.out.push_str(&BLANKS[..now]);
            rest -= now;
        }
    }

    /// Writes the entries of a map that is not empty; the first stands where the writer is, which
    /// is column `indent`.
    fn map(&mut self, map: &'n Map, indent: usize) {
        let start = self.entries.len();
        self.entries.extend(map.iter().map(|(key, node)| (key.as_str(), node)));
        order::sort(&mut self.entries[start..], &mut self.spare);
        for at in start..self.entries.len() {
            if at > start {
                self.line_break(indent);
            }
            let (key, node) = self.entries[at];
            self.entry(key, node, indent);
        }
        self.entries.truncate(start);
    }

    fn entry(&mut self, key: &str, node: &'n Node, indent: usize) {
        let scan = style::scan(key);
        if scan.multiline || key.len() > LONGEST_SIMPLE_KEY {
            self.out.push_str("? ");
            self.text(key, scan, indent + 2);
            self.line_break(indent);
            self.out.push(':');
            return self.item(node, indent);
        }
        self.key(key, scan);
        self.out.push(':');
        match &node.value {
            Value::Map(map) if !map.is_empty() => {
                self.line_break(indent + 2);
                self.map(map, indent + 2);
            }
            Value::List(list) if !list.is_empty() => {
                self.line_break(indent);
                self.list(list, indent);
            }
            _ => {
                self.out.push(' ');
                self.scalar(node, indent + 2);
            }
        }
    }

    /// Writes the items of a list that is not empty; the first stands where the writer is, which
    /// is column `indent`.
    fn list(&mut self, list: &'n List, indent: usize) {
        for (index, node) in list.iter().enumerate() {
            if index > 0 {
                self.line_break(indent);
            }
            self.out.push('-');
            self.item(node, indent);
        }
    }

    /// Writes a node on the line of the one-character indicator in column `indent`.
    fn item(&mut self, node: &'n Node, indent: usize) {
        self.out.push(' ');
        match &node.value {
            Value::Map(map) if !map.is_empty() => self.map(map, indent + 2),
            Value::List(list) if !list.is_empty() => self.list(list, indent + 2),
            _ => self.scalar(node, indent + 2),
        }
    }

    /// Writes anything that is no map or list with something in it; further lines of it are
    /// indented to `indent`.
    fn scalar(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Int(value) => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{value}");
            }
            Value::Number(text) => match Number::parse(text) {
                Some(number) => self.out.push_str(&number.go_yaml()),
                None => self.string(text, indent),
            },
            Value::String(text) => self.string(text, indent),
            Value::List(_) => self.out.push_str("[]"),
            Value::Map(_) => self.out.push_str("{}"),
            Value::Unknown(reason) => self.string(&format!("<unknown: {reason}>"), indent),
            Value::Sensitive(text) if self.options.expose => self.string(text.expose(), indent),
            Value::Sensitive(_) => self.string(MASK, indent),
        }
    }

    fn string(&mut self, text: &str, indent: usize) {
        self.text(text, style::scan(text), indent);
    }
}

#[cfg(test)]
mod tests;
