//! Scalars without quotes.

use std::borrow::Cow;

use super::super::ScalarStyle;
use super::super::cursor::{FLOW, PLAIN};
use super::super::fault::{Context, Fault, Result};
use super::super::token::{Kind, Token};
use super::Scanner;

/// Line breaks between two words of text.
#[derive(Default)]
pub(super) struct Breaks {
    pub(super) first: Option<char>,
    pub(super) rest: String,
}

impl Breaks {
    pub(super) fn add(&mut self, c: char) {
        match self.first {
            None => self.first = Some(c),
            Some(_) => self.rest.push(c),
        }
    }

    /// Adds what the breaks stand for: one is a blank, of several the first is dropped.
    pub(super) fn fold_into(&mut self, text: &mut String) {
        match self.first.take() {
            Some('\n') if self.rest.is_empty() => text.push(' '),
            Some('\n') | None => text.push_str(&self.rest),
            Some(c) => {
                text.push(c);
                text.push_str(&self.rest);
            }
        }
        self.rest.clear();
    }
}

impl<'t> Scanner<'t> {
    pub(super) fn fetch_plain(&mut self) -> Result<()> {
        self.save_candidate()?;
        self.may_be_key = false;
        let token = self.scan_plain()?;
        self.tokens.push_back(token);
        Ok(())
    }

    pub(super) fn scan_plain(&mut self) -> Result<Token<'t>> {
        let start = self.cursor.mark();
        let indent = self.indent + 1;
        let mut end = start;
        // What is before `piece` is in `folded`.
        let mut piece = self.cursor.at;
        let mut folded = String::new();
        let mut breaks = Breaks::default();
        loop {
            if self.cursor.is_document_mark() || self.cursor.peek(0) == b'#' {
                break;
            }
            let before = self.cursor.at;
            self.skip_word();
            if self.cursor.at > before {
                if breaks.first.is_some() {
                    folded.push_str(self.cursor.slice(piece, end.offset as usize));
                    breaks.fold_into(&mut folded);
                    piece = before;
                }
                end = self.cursor.mark();
            }
            if !self.skip_space(&mut breaks, indent, start)? {
                break;
            }
            if self.flow == 0 && i64::from(self.cursor.column()) < indent {
                break;
            }
        }
        if breaks.first.is_some() {
            self.may_be_key = true;
        }
        let last = self.cursor.slice(piece, end.offset as usize);
        let text = if folded.is_empty() {
            Cow::Borrowed(last)
        } else {
            folded.push_str(last);
            Cow::Owned(folded)
        };
        Ok(Token::with_text(Kind::Scalar(ScalarStyle::Plain), start, end, text))
    }

    /// Goes over text to a blank, a break, or a sign that ends it.
    fn skip_word(&mut self) {
        let class = if self.flow > 0 { FLOW } else { PLAIN };
        loop {
            self.cursor.skip_until(class);
            let goes_on = match self.cursor.peek(0) {
                b':' => !self.cursor.is_space(1),
                0xc2 | 0xe2 => self.cursor.line_break(0) == 0,
                _ => false,
            };
            if !goes_on {
                return;
            }
            self.cursor.skip(1);
        }
    }

    /// Goes over blanks and breaks, if there are any.
    fn skip_space(
        &mut self,
        breaks: &mut Breaks,
        indent: i64,
        start: super::super::Mark,
    ) -> Result<bool> {
        let mut is_any = false;
        loop {
            if self.cursor.is_blank(0) {
                if breaks.first.is_some()
                    && self.cursor.peek(0) == b'\t'
                    && i64::from(self.cursor.column()) < indent
                {
                    let mark = self.cursor.mark();
                    let context = Context("while scanning a plain scalar", start);
                    let problem = "found a tab character that violates indentation";
                    return Err(Fault::within(context, mark, problem));
                }
                self.cursor.skip(1);
            } else if let Some(c) = self.cursor.skip_break() {
                breaks.add(c);
            } else {
                return Ok(is_any);
            }
            is_any = true;
        }
    }
}
