//! Scalars as blocks: `|` keeps line breaks, `>` folds them.

use std::borrow::Cow;

use super::super::fault::{Context, Fault, Result};
use super::super::token::{Kind, Token};
use super::super::{Mark, ScalarStyle};
use super::Scanner;

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    /// One is kept.
    Clip,
    Strip,
    Keep,
}

/// A block being read.
struct Block {
    start: Mark,
    end: Mark,
    /// The column of its text; 0 while that is not known.
    indent: u32,
    /// Breaks of empty lines.
    empty: String,
}

impl<'t> Scanner<'t> {
    pub(super) fn fetch_block_scalar(&mut self, is_literal: bool) -> Result<()> {
        self.forget(self.flow)?;
        self.may_be_key = true;
        let start = self.cursor.mark();
        let (chomp, indent) = self.block_header(start)?;
        let end = self.cursor.mark();
        let indent = match indent {
            0 => 0,
            more => u32::try_from(self.indent.max(0)).unwrap_or(0) + more,
        };
        let mut block = Block { start, end, indent, empty: String::new() };
        let text = self.block_text(&mut block, chomp, is_literal)?;
        let style = if is_literal { ScalarStyle::Literal } else { ScalarStyle::Folded };
        let text = Cow::Owned(text);
        self.tokens.push_back(Token::with_text(Kind::Scalar(style), start, block.end, text));
        Ok(())
    }

    /// What stands behind the sign: chomping and indentation, in either order, and a comment.
    fn block_header(&mut self, start: Mark) -> Result<(Chomp, u32)> {
        self.cursor.skip(1);
        let context = Context("while scanning a block scalar", start);
        let (mut chomp, mut indent) = (None, None);
        for _ in 0..2 {
            match self.cursor.peek(0) {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if indent.is_none() => {
                    let problem = "found an indentation indicator equal to 0";
                    return Err(Fault::within(context, start, problem));
                }
                digit @ b'1'..=b'9' if indent.is_none() => indent = Some(u32::from(digit - b'0')),
                _ => break,
            }
            self.cursor.skip(1);
        }
        while self.cursor.is_blank(0) {
            self.cursor.skip(1);
        }
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_line();
        }
        if self.cursor.skip_break().is_none() && !self.cursor.is_end() {
            let problem = "did not find expected comment or line break";
            return Err(Fault::within(context, start, problem));
        }
        Ok((chomp.unwrap_or(Chomp::Clip), indent.unwrap_or(0)))
    }

    fn block_text(&mut self, block: &mut Block, chomp: Chomp, is_literal: bool) -> Result<String> {
        let mut text = String::new();
        // The break of the last line, and whether that began with a blank.
        let mut last_break: Option<char> = None;
        let mut was_blank = false;
        self.skip_empty_lines(block)?;
        while !self.cursor.is_end() && self.cursor.column() == block.indent {
            let is_blank = self.cursor.is_blank(0);
            match last_break.take() {
                Some('\n') if !is_literal && !was_blank && !is_blank => {
                    text.push_str(if block.empty.is_empty() { " " } else { "" });
                }
                Some(c) => text.push(c),
                None => {}
            }
            text.push_str(&block.empty);
            block.empty.clear();
            was_blank = is_blank;
            let from = self.cursor.at;
            self.cursor.skip_line();
            text.push_str(self.cursor.slice(from, self.cursor.at));
            last_break = self.cursor.skip_break();
            self.skip_empty_lines(block)?;
        }
        if chomp != Chomp::Strip {
            text.extend(last_break);
        }
        if chomp == Chomp::Keep {
            text.push_str(&block.empty);
        }
        Ok(text)
    }

    /// Goes over indentation and empty lines, to where text or something else begins.
    fn skip_empty_lines(&mut self, block: &mut Block) -> Result<()> {
        block.end = self.cursor.mark();
        let mut deepest = 0;
        loop {
            // A line of blanks only has as many columns as bytes.
            let mut column = self.cursor.column();
            while (block.indent == 0 || column < block.indent) && self.cursor.peek(0) == b' ' {
                self.cursor.skip(1);
                column += 1;
            }
            deepest = deepest.max(column);
            if (block.indent == 0 || column < block.indent) && self.cursor.peek(0) == b'\t' {
                let mark = self.cursor.mark();
                let context = Context("while scanning a block scalar", block.start);
                let problem = "found a tab character where an indentation space is expected";
                return Err(Fault::within(context, mark, problem));
            }
            let Some(c) = self.cursor.skip_break() else { break };
            block.empty.push(c);
            block.end = self.cursor.mark();
        }
        if block.indent == 0 {
            let least = u32::try_from(self.indent + 1).unwrap_or(0).max(1);
            block.indent = deepest.max(least);
        }
        Ok(())
    }
}
