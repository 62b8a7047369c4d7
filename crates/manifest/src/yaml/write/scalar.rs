//! The four scalar styles as libyaml's emitter lays them out.

use std::fmt::Write;

use super::Writer;
use super::style::{SEPARATORS, Scan, Style, is_printable};

/// A line is folded at a space past this column.
const WIDTH: usize = 80;

impl Writer<'_, '_> {
    /// Writes a key that fits on its line, unfolded.
    pub(super) fn key(&mut self, text: &str, scan: Scan) {
        match scan.style {
            Style::Plain => self.out.push_str(text),
            Style::Single => {
                self.out.push('\'');
                self.push_doubling_quotes(text);
                self.out.push('\'');
            }
            // A literal has several lines, which such a key has not.
            Style::Double | Style::Literal => self.double(text, None),
        }
    }

    /// Writes a value; further lines of it are indented to `indent`.
    pub(super) fn text(&mut self, text: &str, scan: Scan, indent: usize) {
        match scan.style {
            Style::Plain if !scan.spaces || self.fits(text) => self.out.push_str(text),
            Style::Plain => self.folded(text, indent, false),
            Style::Single => {
                self.out.push('\'');
                if scan.separators {
                    self.single_with_separators(text, indent);
                } else if !scan.spaces {
                    self.push_doubling_quotes(text);
                } else {
                    self.folded(text, indent, true);
                }
                self.out.push('\'');
            }
            Style::Double => self.double(text, Some(indent)),
            Style::Literal => self.literal(text, indent, scan.separators),
        }
    }

    /// Whether no space of `text` can come to stand past [`WIDTH`]; bytes bound characters.
    fn fits(&self, text: &str) -> bool {
        self.out.len() - self.line + text.len() <= WIDTH
    }

    fn column(&self) -> usize {
        self.out[self.line..].chars().count()
    }

    fn push(&mut self, text: &str, quoted: bool) {
        if quoted { self.push_doubling_quotes(text) } else { self.out.push_str(text) }
    }

    fn push_doubling_quotes(&mut self, text: &str) {
        let mut parts = text.split('\'');
        self.out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            self.out.push_str("''");
            self.out.push_str(part);
        }
    }

    /// Writes text, turning a space past [`WIDTH`] into a line break where it stands alone between
    /// other characters. Within quotes, a quote is doubled.
    fn folded(&mut self, text: &str, indent: usize, quoted: bool) {
        let bytes = text.as_bytes();
        let mut column = self.column();
        let (mut written, mut at) = (0, 0);
        while at < bytes.len() {
            if column <= WIDTH {
                // As many bytes as cannot hold a character past the width.
                let room = WIDTH - column;
                let step = 1 + if quoted { room / 2 } else { room };
                let end = bytes.len().min(at + step);
                column += columns(&bytes[at..end], quoted);
                at = end;
                continue;
            }
            let Some(space) = lone_space(bytes, at) else { break };
            self.push(&text[written..space], quoted);
            self.line_break(indent);
            column = indent;
            written = space + 1;
            at = written;
        }
        self.push(&text[written..], quoted);
    }

    /// The inside of single quotes where U+2028 and U+2029 break lines: what follows one is
    /// indented like any other line, which adds blanks to the text. So it is in kustomize.
    fn single_with_separators(&mut self, text: &str, indent: usize) {
        for (index, line) in text.split_inclusive(SEPARATORS).enumerate() {
            if index > 0 && !line.starts_with(SEPARATORS) {
                self.blanks(indent);
            }
            // No space stands beside a separator here, so folding needs not look over a line's end.
            self.folded(line, indent, true);
            if line.ends_with(SEPARATORS) {
                self.line = self.out.len();
            }
        }
    }

    /// Writes text in double quotes, folded below `fold` where given.
    fn double(&mut self, text: &str, fold: Option<usize>) {
        self.out.push('"');
        if text.starts_with('\u{feff}') {
            // libyaml looks for the byte order mark at the start of the text, wherever it is in it.
            text.chars().for_each(|char| self.escape(char));
        } else {
            self.double_in_runs(text, fold);
        }
        self.out.push('"');
    }

    fn double_in_runs(&mut self, text: &str, fold: Option<usize>) {
        let bytes = text.as_bytes();
        let mut column = if fold.is_some() { self.column() } else { 0 };
        let mut at = 0;
        while let Some(rest) = text.get(at..)
            && !rest.is_empty()
        {
            let run = rest.bytes().position(|byte| !is_verbatim(byte)).unwrap_or(rest.len());
            self.out.push_str(&rest[..run]);
            column += run;
            at += run;
            let Some(char) = rest[run..].chars().next() else { return };
            match (char, fold) {
                (' ', Some(indent))
                    if column > WIDTH
                        && (1..bytes.len() - 1).contains(&at)
                        && bytes[at - 1] != b' ' =>
                {
                    self.line_break(indent);
                    column = indent;
                    if bytes[at + 1] == b' ' {
                        self.out.push('\\');
                        column += 1;
                    }
                }
                _ if char == ' ' || (char >= '\u{a0}' && is_printable(char)) => {
                    self.out.push(char);
                    column += 1;
                }
                _ => {
                    let written = self.out.len();
                    self.escape(char);
                    column += self.out.len() - written;
                }
            }
            at += char.len_utf8();
        }
    }

    fn escape(&mut self, char: char) {
        let letter = match char {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => char,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(char);
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0xff => write!(self.out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(self.out, "\\u{code:04X}"),
                    _ => write!(self.out, "\\U{code:08X}"),
                };
                return;
            }
        };
        self.out.push('\\');
        self.out.push(letter);
    }

    /// Writes the lines of `text` after `|`, with its hints: `2` where the first line starts with a
    /// space or is empty, `-` where the last has no break, `+` where breaks follow it.
    fn literal(&mut self, text: &str, indent: usize, separators: bool) {
        self.out.push('|');
        let is_break = |char| char == '\n' || SEPARATORS.contains(&char);
        if text.starts_with(|char| char == ' ' || is_break(char)) {
            self.out.push('2');
        }
        let mut backwards = text.chars().rev().map(is_break);
        match (backwards.next(), backwards.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.out.push('+'),
            _ => self.out.push('-'),
        }
        self.out.push('\n');
        self.line = self.out.len();
        if separators {
            text.split_inclusive(is_break).for_each(|line| self.literal_line(line, indent));
        } else {
            text.split_inclusive('\n').for_each(|line| self.literal_line(line, indent));
        }
    }

    /// A line with its break; an empty one is not indented.
    fn literal_line(&mut self, line: &str, indent: usize) {
        let ended = line.ends_with('\n') || line.ends_with(SEPARATORS);
        if !(ended && line.chars().nth(1).is_none()) {
            self.blanks(indent);
        }
        self.out.push_str(line);
        if ended {
            self.line = self.out.len();
        }
    }
}

/// The columns that these bytes of characters take; in quotes, a quote takes two.
fn columns(bytes: &[u8], quoted: bool) -> usize {
    let characters = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    let quotes = if quoted { bytes.iter().filter(|byte| **byte == b'\'').count() } else { 0 };
    characters + quotes
}

/// The first space from `from` on that has another character on each side.
fn lone_space(bytes: &[u8], from: usize) -> Option<usize> {
    let middle = from.max(1)..bytes.len().max(1) - 1;
    middle
        .into_iter()
        .find(|at| bytes[*at] == b' ' && bytes[*at - 1] != b' ' && bytes[*at + 1] != b' ')
}

/// Whether a byte is a character that double quotes show as it is and never fold at.
fn is_verbatim(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && byte != b'"' && byte != b'\\'
}
