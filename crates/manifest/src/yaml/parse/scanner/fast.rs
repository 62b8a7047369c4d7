//! Short ways for what nearly all of a file is: `key: value` and `- item` in blocks. What stands here is
//! seen without the queue of tokens; where anything else does, nothing has happened and the long way is
//! taken. The result is the same.

use super::super::Mark;
use super::super::cursor::{KEY, PLAIN_START, is_in};
use super::super::fault::Result;
use super::super::token::Token;
use super::Scanner;

/// What stands at the next token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Here {
    /// The innermost block has ended.
    Outside,
    /// A key of a word, of this length; deeper: of a new map.
    Key {
        length: usize,
        is_deeper: bool,
    },
    /// A dash; deeper: of a new list.
    Dash {
        is_deeper: bool,
    },
    /// Text without quotes, or with.
    Text,
    Other,
}

impl<'t> Scanner<'t> {
    /// Goes to the next token and tells what stands there, if no token waits and no key is open.
    #[inline]
    pub(in super::super) fn look(&mut self) -> Here {
        let is_idle = self.tokens.is_empty() && self.flow == 0;
        if !is_idle || self.candidates.first().is_none_or(Option::is_some) {
            return Here::Other;
        }
        self.skip_to_token();
        if self.cursor.is_end() {
            return Here::Other;
        }
        let column = i64::from(self.cursor.column());
        if column < self.indent {
            return Here::Outside;
        }
        let is_deeper = column > self.indent;
        let first = self.cursor.peek(0);
        if is_in(first, PLAIN_START) {
            return match self.word_before_colon() {
                Some(length) if self.may_be_key => Here::Key { length, is_deeper },
                _ if is_deeper => Here::Text,
                _ => Here::Other,
            };
        }
        match first {
            b'-' if self.may_be_key && self.cursor.is_space(1) => Here::Dash { is_deeper },
            b'"' | b'\'' if is_deeper => Here::Text,
            _ => Here::Other,
        }
    }

    /// The length of the word here, if a colon and a blank follow.
    fn word_before_colon(&self) -> Option<usize> {
        let mut length = 1;
        while is_in(self.cursor.peek(length), KEY) {
            length += 1;
        }
        let is_key = self.cursor.peek(length) == b':' && self.cursor.is_space(length + 1);
        (is_key && length < super::MAX_KEY as usize).then_some(length)
    }

    pub(in super::super) fn mark(&mut self) -> Mark {
        self.cursor.mark()
    }

    /// The innermost block has ended: here.
    pub(in super::super) fn leave_block(&mut self) -> Mark {
        self.indent = self.indents.pop().unwrap_or(-1);
        self.cursor.mark()
    }

    /// A block begins here.
    pub(in super::super) fn enter_block(&mut self) -> Mark {
        let mark = self.cursor.mark();
        self.indents.push(self.indent);
        self.indent = i64::from(mark.column);
        mark
    }

    /// Goes over a key and its colon: the key, and where it ends.
    pub(in super::super) fn take_key(&mut self, length: usize) -> (&'t str, Mark, Mark) {
        let start = self.cursor.mark();
        let text = self.cursor.slice(self.cursor.at, self.cursor.at + length);
        self.cursor.skip(length);
        let end = self.cursor.mark();
        self.cursor.skip(1);
        self.may_be_key = false;
        (text, start, end)
    }

    /// Goes over a dash.
    pub(in super::super) fn take_dash(&mut self) {
        self.cursor.skip(1);
        self.may_be_key = true;
    }

    /// Reads text, unless it is a key.
    pub(in super::super) fn take_text(&mut self) -> Result<Option<Token<'t>>> {
        let (before, may_be_key) = (self.cursor.clone(), self.may_be_key);
        self.may_be_key = false;
        let token = match self.cursor.peek(0) {
            b'"' => self.scan_quoted(false)?,
            b'\'' => self.scan_quoted(true)?,
            _ => self.scan_plain()?,
        };
        let mut ahead = 0;
        while self.cursor.is_blank(ahead) {
            ahead += 1;
        }
        if may_be_key && self.cursor.peek(ahead) == b':' {
            (self.cursor, self.may_be_key) = (before, may_be_key);
            return Ok(None);
        }
        Ok(Some(token))
    }
}
