//! Text to tokens. What is hard about YAML is here: that text was a key is seen only at the `:` after
//! it, so tokens wait in a queue until nothing can come in front of them any more.

mod block;
mod fast;
mod plain;
mod property;
mod quoted;

use std::collections::VecDeque;

use super::cursor::Cursor;
use super::fault::{Context, Fault, Result};
use super::token::{Kind, Token};
use super::{MAX_FLOW, Mark};

pub(super) use fast::Here;

/// How many characters a key may have without `?`.
const MAX_KEY: u32 = 1024;

/// What may turn out to be a key without `?`.
#[derive(Clone, Copy)]
struct Candidate {
    /// Its first token, counted from the first of the text.
    token: usize,
    start: Mark,
    /// Whether nothing else may stand there.
    is_required: bool,
}

pub(super) struct Scanner<'t> {
    cursor: Cursor<'t>,
    tokens: VecDeque<Token<'t>>,
    /// How many tokens have been taken out of the queue.
    taken: usize,
    /// Whether the first token of the queue is what it will be.
    is_ready: bool,
    is_ended: bool,
    /// How many brackets are open.
    flow: usize,
    /// The column of the innermost block; -1 outside of all.
    indent: i64,
    /// Those of the blocks around it.
    indents: Vec<i64>,
    /// Whether a key without `?` may begin here.
    may_be_key: bool,
    /// The last candidate in each open bracket, outside of all first.
    candidates: Vec<Option<Candidate>>,
    /// The comments so far that begin as JSON does, each with its line.
    notes: Vec<(u32, &'t str)>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Scanner<'t> {
        Scanner {
            cursor: Cursor::new(text),
            tokens: VecDeque::with_capacity(8),
            taken: 0,
            is_ready: false,
            is_ended: false,
            flow: 0,
            indent: -1,
            indents: Vec::with_capacity(16),
            may_be_key: true,
            candidates: vec![None],
            notes: Vec::new(),
        }
    }

    /// The JSON in the comment of a line, which has been gone over.
    pub(super) fn note(&self, line: u32) -> Option<&'t str> {
        let mut notes = self.notes.iter().rev().take_while(|(there, _)| *there >= line);
        notes.find(|(there, _)| *there == line).map(|(_, text)| *text)
    }

    /// Refuses what no text may be or have.
    pub(super) fn check(&mut self) -> Result<()> {
        if self.cursor.is_too_long() {
            return Err(Fault::at(Mark::default(), "the text is longer than two gigabytes"));
        }
        match self.cursor.control_character() {
            Some(line) => {
                let at = Mark { line, ..Mark::default() };
                Err(Fault::at(at, "control characters are not allowed"))
            }
            None => Ok(()),
        }
    }

    /// The next token, which stays.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<&mut Token<'t>> {
        if !self.is_ready {
            while self.tokens.is_empty() || self.may_come_before()? {
                self.fetch()?;
            }
            self.is_ready = true;
        }
        // The loop above ends with one.
        self.tokens.front_mut().ok_or_else(|| Fault::at(Mark::default(), "the text has ended"))
    }

    /// What kind of token is next.
    #[inline]
    pub(super) fn kind(&mut self) -> Result<Kind> {
        Ok(self.peek()?.kind)
    }

    /// Drops the next token, which has been looked at.
    #[inline]
    pub(super) fn advance(&mut self) {
        if self.tokens.pop_front().is_some() {
            self.taken += 1;
        }
        self.is_ready = false;
    }

    /// Whether the first token of the queue may be a key, before which more comes.
    #[inline]
    fn may_come_before(&mut self) -> Result<bool> {
        for depth in 0..self.candidates.len() {
            if let Some(candidate) = self.candidate(depth)? {
                // Those further in begin later.
                return Ok(candidate.token == self.taken);
            }
        }
        Ok(false)
    }

    /// The candidate at a depth, if it still is one.
    #[inline]
    fn candidate(&mut self, depth: usize) -> Result<Option<Candidate>> {
        let Some(candidate) = self.candidates.get(depth).copied().flatten() else {
            return Ok(None);
        };
        let start = candidate.start;
        let is_past = start.line < self.cursor.line
            || (self.cursor.at > start.offset as usize + MAX_KEY as usize
                && self.cursor.column() > start.column + MAX_KEY);
        if !is_past {
            return Ok(Some(candidate));
        }
        self.forget(depth)?;
        Ok(None)
    }

    /// A candidate has not become a key.
    fn forget(&mut self, depth: usize) -> Result<()> {
        let candidate = self.candidates.get_mut(depth).and_then(Option::take);
        match candidate.filter(|candidate| candidate.is_required) {
            Some(candidate) => {
                let context = Context("while scanning a simple key", candidate.start);
                Err(Fault::within(context, candidate.start, "could not find expected ':'"))
            }
            None => Ok(()),
        }
    }

    fn save_candidate(&mut self) -> Result<()> {
        if !self.may_be_key {
            return Ok(());
        }
        self.forget(self.flow)?;
        let start = self.cursor.mark();
        let candidate = Candidate {
            token: self.taken + self.tokens.len(),
            start,
            is_required: self.flow == 0 && self.indent == i64::from(start.column),
        };
        if let Some(last) = self.candidates.last_mut() {
            *last = Some(candidate);
        }
        Ok(())
    }

    /// Reads on by a token, or by several.
    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        // Those in brackets are never required.
        self.candidate(0)?;
        let column = i64::from(self.cursor.column());
        self.unroll(column);
        if self.cursor.is_end() {
            return self.fetch_end();
        }
        let c = self.cursor.peek(0);
        if column == 0 {
            match c {
                b'%' => return self.fetch_directive(),
                b'-' if self.cursor.is_document_mark() => {
                    return self.fetch_document_mark(Kind::DocumentStart);
                }
                b'.' if self.cursor.is_document_mark() => {
                    return self.fetch_document_mark(Kind::DocumentEnd);
                }
                _ => {}
            }
        }
        let in_flow = self.flow > 0;
        match c {
            b'[' => self.fetch_open(Kind::FlowSequenceStart),
            b'{' => self.fetch_open(Kind::FlowMappingStart),
            b']' => self.fetch_close(Kind::FlowSequenceEnd),
            b'}' => self.fetch_close(Kind::FlowMappingEnd),
            b',' => {
                self.forget(self.flow)?;
                self.may_be_key = true;
                self.fetch_sign(Kind::FlowEntry)
            }
            b'-' if self.cursor.is_space(1) => self.fetch_block_entry(),
            b'?' if in_flow || self.cursor.is_space(1) => self.fetch_key(),
            b':' if in_flow || self.cursor.is_space(1) => self.fetch_value(),
            b'*' => self.fetch_reference(Kind::Alias),
            b'&' => self.fetch_reference(Kind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(true),
            b'>' if !in_flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'\t' => {
                let mark = self.cursor.mark();
                let context = Context("while scanning for the next token", mark);
                let problem = "found character that cannot start any token";
                Err(Fault::within(context, mark, problem))
            }
            _ => self.fetch_plain(),
        }
    }

    /// Goes over blanks, comments and line breaks.
    fn skip_to_token(&mut self) {
        let tabs_are_blank = |scanner: &Scanner<'_>| scanner.flow > 0 || !scanner.may_be_key;
        loop {
            if self.cursor.is_line_start() && self.cursor.peek(0) == 0xef {
                self.skip_byte_order_mark();
            }
            let tabs = tabs_are_blank(self);
            while matches!(self.cursor.peek(0), b' ') || (tabs && self.cursor.peek(0) == b'\t') {
                self.cursor.skip(1);
            }
            if self.cursor.peek(0) == b'#' {
                self.skip_comment();
            }
            if self.cursor.skip_break().is_none() {
                return;
            }
            if self.flow == 0 {
                self.may_be_key = true;
            }
        }
    }

    fn skip_comment(&mut self) {
        let (start, line) = (self.cursor.at, self.cursor.line);
        self.cursor.skip_line();
        let text = self.cursor.slice(start, self.cursor.at).trim_start_matches(['#', ' ']);
        if text.starts_with('{') {
            self.notes.push((line, text));
        }
    }

    fn skip_byte_order_mark(&mut self) {
        if (self.cursor.peek(1), self.cursor.peek(2)) == (0xbb, 0xbf) {
            self.cursor.skip(3);
        }
    }

    /// Begins a block at a column, unless it is in one of that column; the token goes before the one
    /// of the number, or last.
    fn roll(&mut self, column: u32, before: Option<usize>, kind: Kind, mark: Mark) {
        let column = i64::from(column);
        if self.flow > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token::new(kind, mark, mark);
        match before {
            Some(number) => self.insert(number, token),
            None => self.tokens.push_back(token),
        }
    }

    fn insert(&mut self, number: usize, token: Token<'t>) {
        let at = number.saturating_sub(self.taken).min(self.tokens.len());
        self.tokens.insert(at, token);
    }

    /// Ends the blocks of columns beyond this one.
    fn unroll(&mut self, column: i64) {
        if self.flow > 0 {
            return;
        }
        while self.indent > column {
            let mark = self.cursor.mark();
            self.tokens.push_back(Token::new(Kind::BlockEnd, mark, mark));
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// What ends all blocks.
    fn end_blocks(&mut self) -> Result<()> {
        self.unroll(-1);
        self.forget(self.flow)?;
        self.may_be_key = false;
        Ok(())
    }

    fn fetch_end(&mut self) -> Result<()> {
        if self.is_ended {
            let mark = self.cursor.mark();
            return Err(Fault::at(mark, "the text has ended"));
        }
        self.cursor.end_line();
        self.end_blocks()?;
        self.is_ended = true;
        let mark = self.cursor.mark();
        self.tokens.push_back(Token::new(Kind::StreamEnd, mark, mark));
        Ok(())
    }

    fn fetch_document_mark(&mut self, kind: Kind) -> Result<()> {
        self.end_blocks()?;
        let start = self.cursor.mark();
        self.cursor.skip(3);
        let end = self.cursor.mark();
        self.tokens.push_back(Token::new(kind, start, end));
        Ok(())
    }

    /// A token of one character.
    fn fetch_sign(&mut self, kind: Kind) -> Result<()> {
        let start = self.cursor.mark();
        self.cursor.skip(1);
        let end = self.cursor.mark();
        self.tokens.push_back(Token::new(kind, start, end));
        Ok(())
    }

    fn fetch_open(&mut self, kind: Kind) -> Result<()> {
        self.save_candidate()?;
        if self.flow >= MAX_FLOW {
            let mark = self.cursor.mark();
            return Err(Fault::at(mark, "more than 10000 brackets are open"));
        }
        self.candidates.push(None);
        self.flow += 1;
        self.may_be_key = true;
        self.fetch_sign(kind)
    }

    fn fetch_close(&mut self, kind: Kind) -> Result<()> {
        self.forget(self.flow)?;
        if self.flow > 0 {
            self.flow -= 1;
            self.candidates.pop();
        }
        self.may_be_key = false;
        self.fetch_sign(kind)
    }

    /// Begins a block of the sign that stands here.
    fn begin_block(&mut self, kind: Kind, problem: &'static str) -> Result<()> {
        let mark = self.cursor.mark();
        if !self.may_be_key {
            return Err(Fault::at(mark, problem));
        }
        self.roll(mark.column, None, kind, mark);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        // In brackets it is left to the grammar, which refuses it.
        if self.flow == 0 {
            let problem = "block sequence entries are not allowed in this context";
            self.begin_block(Kind::BlockSequenceStart, problem)?;
        }
        self.forget(self.flow)?;
        self.may_be_key = true;
        self.fetch_sign(Kind::BlockEntry)
    }

    fn fetch_key(&mut self) -> Result<()> {
        if self.flow == 0 {
            let problem = "mapping keys are not allowed in this context";
            self.begin_block(Kind::BlockMappingStart, problem)?;
        }
        self.forget(self.flow)?;
        self.may_be_key = self.flow == 0;
        self.fetch_sign(Kind::Key)
    }

    fn fetch_value(&mut self) -> Result<()> {
        if let Some(key) = self.candidate(self.flow)? {
            self.insert(key.token, Token::new(Kind::Key, key.start, key.start));
            self.roll(key.start.column, Some(key.token), Kind::BlockMappingStart, key.start);
            if let Some(last) = self.candidates.last_mut() {
                *last = None;
            }
            self.may_be_key = false;
        } else {
            if self.flow == 0 {
                let problem = "mapping values are not allowed in this context";
                self.begin_block(Kind::BlockMappingStart, problem)?;
            }
            self.may_be_key = self.flow == 0;
        }
        self.fetch_sign(Kind::Value)
    }
}
