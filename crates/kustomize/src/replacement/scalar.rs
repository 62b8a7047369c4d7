//! The styles of a scalar as go-yaml v3 writes them.

use std::fmt::Write;

use manifest::yaml::parse::ScalarStyle;

use super::emit::Emitter;

/// A text and which styles can show it.
#[derive(Default)]
pub(super) struct Scalar<'t> {
    text: &'t str,
    pub(super) is_multiline: bool,
    is_plain_in_flow: bool,
    is_plain_in_block: bool,
    is_single: bool,
    is_block: bool,
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

impl Scalar<'_> {
    pub(super) fn new(text: &str) -> Scalar<'_> {
        let Some(first) = text.chars().next() else {
            return Scalar { is_plain_in_block: true, is_single: true, ..Scalar::default() };
        };
        let chars = || text.chars().zip(text.chars().skip(1));
        let is_multiline = text.contains(is_break);
        let ends = |fits: fn(char) -> bool| text.starts_with(fits) || text.ends_with(fits);
        let break_space = chars().any(|(a, b)| is_break(a) && b == ' ');
        let space_break = chars().any(|(a, b)| a == ' ' && is_break(b));
        let is_special = text.contains(|c: char| c != '\t' && !is_printable(c));
        let has_tab = text.contains('\t');
        let is_one_line = !is_multiline && !ends(|c| c == ' ') && !has_tab && !is_special;
        Scalar {
            text,
            is_multiline,
            is_plain_in_flow: is_one_line && !is_flow_syntax(text, first),
            is_plain_in_block: is_one_line && !is_block_syntax(text, first),
            is_single: !break_space && !space_break && !has_tab && !is_special,
            is_block: !text.ends_with(' ') && !space_break && !is_special,
        }
    }

    fn style(&self, wanted: ScalarStyle, is_flow: bool, is_simple_key: bool) -> ScalarStyle {
        let mut style = match wanted {
            _ if is_simple_key && self.is_multiline => ScalarStyle::DoubleQuoted,
            style => style,
        };
        let is_plain = if is_flow { self.is_plain_in_flow } else { self.is_plain_in_block };
        let is_lost = self.text.is_empty() && (is_flow || is_simple_key);
        if style == ScalarStyle::Plain && (!is_plain || is_lost) {
            style = ScalarStyle::SingleQuoted;
        }
        let fits = match style {
            ScalarStyle::SingleQuoted => self.is_single,
            ScalarStyle::Literal | ScalarStyle::Folded => {
                self.is_block && !is_flow && !is_simple_key
            }
            _ => true,
        };
        if fits { style } else { ScalarStyle::DoubleQuoted }
    }
}

fn is_document_mark(text: &str) -> bool {
    text.starts_with("---") || text.starts_with("...")
}

/// Whether the text would be read as syntax inside of brackets.
fn is_flow_syntax(text: &str, first: char) -> bool {
    text.contains([',', '?', '[', ']', '{', '}', ':']) || is_block_syntax(text, first)
}

/// Whether the text would be read as syntax outside of brackets.
fn is_block_syntax(text: &str, first: char) -> bool {
    let second = text.chars().nth(1);
    let is_start = match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' => true,
        '\'' | '"' | '%' | '@' | '`' => true,
        '-' | '?' | ':' => second.is_none_or(is_blank),
        _ => false,
    };
    let mut pairs = text.chars().zip(text.chars().skip(1));
    is_start
        || is_document_mark(text)
        || text.ends_with(':')
        || pairs
            .any(|(a, b)| (a == ':' && is_blank(b)) || (b == '#' && (is_blank(a) || is_break(a))))
}

impl Emitter<'_> {
    /// Writes a scalar in the wanted style, if that can show it.
    pub(super) fn scalar(&mut self, scalar: &Scalar<'_>, wanted: ScalarStyle, is_simple_key: bool) {
        let text = scalar.text;
        match scalar.style(wanted, self.flow > 0, is_simple_key) {
            ScalarStyle::SingleQuoted => self.single(text),
            ScalarStyle::DoubleQuoted => self.double(text),
            ScalarStyle::Literal => self.literal(text),
            ScalarStyle::Folded => self.folded(text),
            _ => {
                if !text.is_empty() {
                    self.indicator(text, true, false, false);
                }
                self.is_indention = false;
            }
        }
    }

    fn single(&mut self, text: &str) {
        self.indicator("'", true, false, false);
        let mut after_break = false;
        for c in text.chars() {
            if is_break(c) {
                if !after_break && c == '\n' {
                    self.line_break();
                }
                self.write_break(c);
                after_break = true;
                continue;
            }
            if after_break {
                self.write_indent();
            }
            if c == '\'' {
                self.push("'");
            }
            self.push(c.encode_utf8(&mut [0; 4]));
            self.is_indention = false;
            after_break = false;
        }
        self.indicator("'", false, false, false);
    }

    fn double(&mut self, text: &str) {
        self.indicator("\"", true, false, false);
        let mut out = String::new();
        // The mark is looked for at the start of the text, wherever in it.
        let has_mark = text.starts_with('\u{feff}');
        for c in text.chars() {
            if has_mark || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                escape(c, &mut out);
            } else {
                out.push(c);
            }
        }
        self.push(&out);
        self.indicator("\"", false, false, false);
    }

    /// The sign of a block: the indentation where the first line cannot show it, and what becomes of
    /// the last line breaks.
    fn block(&mut self, sign: &str, text: &str) {
        let hint = if text.starts_with(|c| c == ' ' || is_break(c)) { "2" } else { "" };
        let mut end = text.chars().rev();
        let chomp = match (end.next().is_some_and(is_break), end.next().is_none_or(is_break)) {
            (false, _) => "-",
            (true, true) => "+",
            (true, false) => "",
        };
        self.indicator(&format!("{sign}{hint}{chomp}"), true, false, false);
        self.line_comment(true);
        self.is_spaced = true;
    }

    fn literal(&mut self, text: &str) {
        self.block("|", text);
        let mut after_break = true;
        for c in text.chars() {
            if is_break(c) {
                self.write_break(c);
            } else {
                if after_break {
                    self.write_indent();
                }
                self.push(c.encode_utf8(&mut [0; 4]));
                self.is_indention = false;
            }
            after_break = is_break(c);
        }
    }

    fn folded(&mut self, text: &str) {
        self.block(">", text);
        // go-yaml looks at the start of the text where it should look at the next line.
        let starts_with_blank = text.chars().find(|c| !is_break(*c)).is_none_or(is_blank);
        let (mut after_break, mut is_indented) = (true, true);
        for c in text.chars() {
            if is_break(c) {
                if !after_break && !is_indented && c == '\n' && !starts_with_blank {
                    self.line_break();
                }
                self.write_break(c);
            } else {
                if after_break {
                    self.write_indent();
                    is_indented = is_blank(c);
                }
                self.push(c.encode_utf8(&mut [0; 4]));
                self.is_indention = false;
            }
            after_break = is_break(c);
        }
    }

    fn write_break(&mut self, c: char) {
        if c != '\n' {
            self.out.push(c);
            self.column = 0;
            self.is_indention = true;
        } else {
            self.line_break();
        }
    }
}

/// The escape of a character in double quotes.
fn escape(c: char, out: &mut String) {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            // Writing to a string cannot fail.
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02X}"),
                0x100..=0xffff => write!(out, "\\u{code:04X}"),
                _ => write!(out, "\\U{code:08X}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(letter);
}
