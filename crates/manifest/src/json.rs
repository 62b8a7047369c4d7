//! JSON in and out. Out as Go's `encoding/json` writes it: its escapes, its numbers.
//!
//! Compact with sorted keys it is the text that kustomize hashes for the name of a generated
//! object; pretty it is `-o json`.

mod read;

use std::fmt::Write;

pub use read::{NotJson, read};

use crate::number::Number;
use crate::{MASK, Map, Node, Value};

/// How to write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A line for each entry and item, indented by two spaces; else no blanks at all.
    pub pretty: bool,
    /// Order keys by their bytes; else as in their file.
    pub sort_keys: bool,
    /// Escape `<`, `>` and `&`, as Go does unless told otherwise.
    pub escape_html: bool,
    /// Write the plaintext of sensitive values instead of a mask. For the wire and for hashes.
    pub expose: bool,
}

impl Options {
    /// What Go's `json.Marshal` prints for a map.
    pub const GO: Options =
        Options { pretty: false, sort_keys: true, escape_html: true, expose: false };

    /// For readers: pretty, in the order of the file, nothing escaped that need not be.
    pub const PRETTY: Options =
        Options { pretty: true, sort_keys: false, escape_html: false, expose: false };
}

/// Appends `node` as JSON, without a line break at the end. Sensitive text is masked, an unknown
/// value is the string `<unknown: reason>`, and so is a number that none is (`.inf`).
pub fn write(node: &Node, options: Options, out: &mut String) {
    Writer { out, options }.node(node, 0);
}

struct Writer<'o> {
    out: &'o mut String,
    options: Options,
}

impl Writer<'_> {
    fn node(&mut self, node: &Node, depth: usize) {
        match &node.value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Int(value) => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{value}");
            }
            Value::Number(text) => match Number::parse(text) {
                Some(number) => self.out.push_str(&number.go_json()),
                None => self.string(text),
            },
            Value::String(text) => self.string(text),
            Value::List(list) => {
                self.out.push('[');
                for (index, item) in list.iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.node(item, depth + 1);
                }
                self.close(']', list.is_empty(), depth);
            }
            Value::Map(map) => self.map(map, depth),
            Value::Unknown(reason) => self.string(&format!("<unknown: {reason}>")),
            Value::Sensitive(text) if self.options.expose => self.string(text.expose()),
            Value::Sensitive(_) => self.string(MASK),
        }
    }

    fn map(&mut self, map: &Map, depth: usize) {
        self.out.push('{');
        if self.options.sort_keys && !map.keys().is_sorted() {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            self.entries(entries.into_iter(), depth + 1);
        } else {
            self.entries(map.iter(), depth + 1);
        }
        self.close('}', map.is_empty(), depth);
    }

    fn entries<'n>(
        &mut self,
        entries: impl Iterator<Item = (&'n crate::Key, &'n Node)>,
        depth: usize,
    ) {
        for (index, (key, node)) in entries.enumerate() {
            self.separate(index, depth);
            self.string(key);
            self.out.push_str(if self.options.pretty { ": " } else { ":" });
            self.node(node, depth);
        }
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, bracket: char, empty: bool, depth: usize) {
        if !empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if self.options.pretty {
            self.out.push('\n');
            (0..depth).for_each(|_| self.out.push_str("  "));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| self.may_need_escape(byte)) {
            // The byte starts a character: an ASCII one, or one whose first byte is 0xe2.
            self.out.push_str(&rest[..at]);
            let mut chars = rest[at..].chars();
            if let Some(char) = chars.next() {
                self.escape(char);
            }
            rest = chars.as_str();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    fn may_need_escape(&self, byte: u8) -> bool {
        match byte {
            0..0x20 | b'"' | b'\\' | 0xe2 => true,
            b'<' | b'>' | b'&' => self.options.escape_html,
            _ => false,
        }
    }

    /// Writes a character whose first byte may need an escape.
    fn escape(&mut self, char: char) {
        let letter = match char {
            '"' | '\\' => char,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "\\u{:04x}", u32::from(char));
                return;
            }
            _ => return self.out.push(char),
        };
        self.out.push('\\');
        self.out.push(letter);
    }
}

#[cfg(test)]
mod tests;
