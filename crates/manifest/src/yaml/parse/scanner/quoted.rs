//! Scalars in quotes.

use std::borrow::Cow;

use super::super::cursor::{DOUBLE, SINGLE};
use super::super::fault::{Context, Fault, Result};
use super::super::token::{Kind, Token};
use super::super::{Mark, ScalarStyle};
use super::Scanner;
use super::plain::Breaks;

impl<'t> Scanner<'t> {
    pub(super) fn fetch_quoted(&mut self, is_single: bool) -> Result<()> {
        self.save_candidate()?;
        self.may_be_key = false;
        let token = self.scan_quoted(is_single)?;
        self.tokens.push_back(token);
        Ok(())
    }

    pub(super) fn scan_quoted(&mut self, is_single: bool) -> Result<Token<'t>> {
        let start = self.cursor.mark();
        self.cursor.skip(1);
        let text = match self.simple_text(is_single) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.quoted_text(is_single, start)?),
        };
        self.cursor.skip(1);
        let end = self.cursor.mark();
        let style = if is_single { ScalarStyle::SingleQuoted } else { ScalarStyle::DoubleQuoted };
        Ok(Token::with_text(Kind::Scalar(style), start, end, text))
    }

    /// Goes to the closing quote, if the text up to there is what it stands for.
    fn simple_text(&mut self, is_single: bool) -> Option<&'t str> {
        let (quote, class) = if is_single { (b'\'', SINGLE) } else { (b'"', DOUBLE) };
        let start = self.cursor.at;
        loop {
            self.cursor.skip_until(class);
            match self.cursor.peek(0) {
                b' ' | b'\t' => self.cursor.skip(1),
                0xc2 | 0xe2 if self.cursor.line_break(0) == 0 => self.cursor.skip(1),
                byte if byte == quote && !(is_single && self.cursor.peek(1) == quote) => {
                    return Some(self.cursor.slice(start, self.cursor.at));
                }
                _ => {
                    self.cursor.at = start;
                    return None;
                }
            }
        }
    }

    fn quoted_text(&mut self, is_single: bool, start: Mark) -> Result<String> {
        let quote = if is_single { b'\'' } else { b'"' };
        let context = Context("while scanning a quoted scalar", start);
        let mut text = String::new();
        let mut breaks = Breaks::default();
        loop {
            if self.cursor.is_document_mark() {
                let mark = self.cursor.mark();
                return Err(Fault::within(context, mark, "found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                let mark = self.cursor.mark();
                return Err(Fault::within(context, mark, "found unexpected end of stream"));
            }
            // A break that is escaped leaves nothing behind.
            let mut is_after_break = self.quoted_words(is_single, start, &mut text)?;
            if self.cursor.peek(0) == quote {
                return Ok(text);
            }
            let blanks = self.cursor.at;
            let mut blanks_end = blanks;
            loop {
                if self.cursor.is_blank(0) {
                    self.cursor.skip(1);
                    if !is_after_break {
                        blanks_end = self.cursor.at;
                    }
                } else if let Some(c) = self.cursor.skip_break() {
                    if is_after_break && breaks.first.is_none() {
                        breaks.rest.push(c);
                    } else {
                        breaks.add(c);
                    }
                    is_after_break = true;
                } else {
                    break;
                }
            }
            if is_after_break {
                breaks.fold_into(&mut text);
            } else {
                text.push_str(self.cursor.slice(blanks, blanks_end));
            }
        }
    }

    /// Reads to a blank, a break or the closing quote. Whether it ended with an escaped break.
    fn quoted_words(&mut self, is_single: bool, start: Mark, text: &mut String) -> Result<bool> {
        let class = if is_single { SINGLE } else { DOUBLE };
        loop {
            let from = self.cursor.at;
            self.cursor.skip_until(class);
            text.push_str(self.cursor.slice(from, self.cursor.at));
            match self.cursor.peek(0) {
                b'\'' if is_single && self.cursor.peek(1) == b'\'' => {
                    text.push('\'');
                    self.cursor.skip(2);
                }
                b'\\' if !is_single && self.cursor.line_break(1) > 0 => {
                    self.cursor.skip(1);
                    self.cursor.skip_break();
                    return Ok(true);
                }
                b'\\' if !is_single => self.escape(start, text)?,
                byte @ (0xc2 | 0xe2) if self.cursor.line_break(0) == 0 => {
                    let from = self.cursor.at;
                    self.cursor.skip(if byte == 0xc2 { 2 } else { 3 });
                    text.push_str(self.cursor.slice(from, self.cursor.at));
                }
                _ => return Ok(false),
            }
        }
    }

    fn escape(&mut self, start: Mark, text: &mut String) -> Result<()> {
        let context = Context("while parsing a quoted scalar", start);
        let mut digits = 0;
        let c = match self.cursor.peek(1) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0b',
            b'f' => '\x0c',
            b'r' => '\r',
            b'e' => '\x1b',
            b' ' => ' ',
            b'"' => '"',
            // Not in YAML, but in Go's parser; of JSON's `\/` it is the other way around.
            b'\'' => '\'',
            b'\\' => '\\',
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            length @ (b'x' | b'u' | b'U') => {
                digits = match length {
                    b'x' => 2,
                    b'u' => 4,
                    _ => 8,
                };
                let mut code = 0_u32;
                for ahead in 0..digits {
                    let Some(digit) = char::from(self.cursor.peek(2 + ahead)).to_digit(16) else {
                        let mark = self.cursor.mark();
                        let problem = "did not find expected hexdecimal number";
                        return Err(Fault::within(context, mark, problem));
                    };
                    code = (code << 4) | digit;
                }
                let Some(c) = char::from_u32(code) else {
                    let mark = self.cursor.mark();
                    let problem = "found invalid Unicode character escape code";
                    return Err(Fault::within(context, mark, problem));
                };
                c
            }
            _ => {
                let mark = self.cursor.mark();
                return Err(Fault::within(context, mark, "found unknown escape character"));
            }
        };
        text.push(c);
        self.cursor.skip(2 + digits);
        Ok(())
    }
}
