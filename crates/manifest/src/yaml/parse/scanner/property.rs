//! Anchors, aliases, tags and directives.

use std::borrow::Cow;

use super::super::Mark;
use super::super::cursor::{WORD, is_in};
use super::super::fault::{Context, Fault, Result};
use super::super::token::{Kind, Token};
use super::Scanner;

impl<'t> Scanner<'t> {
    /// `*name` or `&name`.
    pub(super) fn fetch_reference(&mut self, kind: Kind) -> Result<()> {
        self.save_candidate()?;
        self.may_be_key = false;
        let start = self.cursor.mark();
        self.cursor.skip(1);
        let from = self.cursor.at;
        self.cursor.skip_while(WORD);
        let name = self.cursor.slice(from, self.cursor.at);
        let is_over = self.cursor.is_space(0)
            || matches!(self.cursor.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        let end = self.cursor.mark();
        if name.is_empty() || !is_over {
            let what = match kind {
                Kind::Alias => "while scanning an alias",
                _ => "while scanning an anchor",
            };
            let problem = "did not find expected alphabetic or numeric character";
            return Err(Fault::within(Context(what, start), end, problem));
        }
        self.tokens.push_back(Token::with_text(kind, start, end, Cow::Borrowed(name)));
        Ok(())
    }

    /// `!`, `!suffix`, `!handle!suffix` or `!<uri>`.
    pub(super) fn fetch_tag(&mut self) -> Result<()> {
        self.save_candidate()?;
        self.may_be_key = false;
        let start = self.cursor.mark();
        let context = Context("while scanning a tag", start);
        let mut handle = (start.offset, start.offset);
        let text;
        if self.cursor.peek(1) == b'<' {
            self.cursor.skip(2);
            text = self.uri("", start, "while parsing a tag")?;
            if self.cursor.peek(0) != b'>' {
                let mark = self.cursor.mark();
                return Err(Fault::within(context, mark, "did not find the expected '>'"));
            }
            self.cursor.skip(1);
        } else {
            let head = self.handle();
            if head.len() > 1 && head.ends_with('!') {
                handle.1 = self.cursor.mark().offset;
                text = self.uri("", start, "while parsing a tag")?;
            } else {
                let rest = self.uri(head, start, "while parsing a tag")?;
                if rest.is_empty() {
                    text = Cow::Borrowed("!");
                } else {
                    handle.1 = start.offset + 1;
                    text = rest;
                }
            }
        }
        let end = self.cursor.mark();
        if !self.cursor.is_space(0) {
            let problem = "did not find expected whitespace or line break";
            return Err(Fault::within(context, end, problem));
        }
        self.tokens.push_back(Token { kind: Kind::Tag, start, end, text, handle });
        Ok(())
    }

    /// The handle of a tag: `!`, `!word` or `!word!`.
    fn handle(&mut self) -> &'t str {
        let from = self.cursor.at;
        self.cursor.skip(1);
        self.cursor.skip_while(WORD);
        if self.cursor.peek(0) == b'!' {
            self.cursor.skip(1);
        }
        self.cursor.slice(from, self.cursor.at)
    }

    /// What stands for a URI, after a head whose `!` is left out.
    fn uri(&mut self, head: &'t str, start: Mark, what: &'static str) -> Result<Cow<'t, str>> {
        let context = Context(what, start);
        let mut bytes: Vec<u8> = head.bytes().skip(1).collect();
        let from = self.cursor.at;
        loop {
            match self.cursor.peek(0) {
                b'%' => self.uri_escape(context, &mut bytes)?,
                byte if is_uri(byte) => {
                    bytes.push(byte);
                    self.cursor.skip(1);
                }
                _ => break,
            }
        }
        let mark = self.cursor.mark();
        if head.is_empty() && self.cursor.at == from {
            return Err(Fault::within(context, mark, "did not find expected tag URI"));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => {
                let problem = "found an incorrect UTF-8 sequence";
                Err(Fault::within(context, mark, problem))
            }
        }
    }

    /// A character of a URI, each byte of it as `%` and two digits.
    fn uri_escape(&mut self, context: Context, bytes: &mut Vec<u8>) -> Result<()> {
        let mut left = None;
        loop {
            let digit = |ahead| char::from(self.cursor.peek(ahead)).to_digit(16);
            let octet = match (self.cursor.peek(0), digit(1), digit(2)) {
                (b'%', Some(high), Some(low)) => (high << 4 | low) as u8,
                _ => {
                    let mark = self.cursor.mark();
                    return Err(Fault::within(context, mark, "did not find URI escaped octet"));
                }
            };
            let length = match (left, octet) {
                (None, 0..=0x7f) => 1,
                (None, 0xc0..=0xdf) => 2,
                (None, 0xe0..=0xef) => 3,
                (None, 0xf0..=0xf7) => 4,
                (Some(left), 0x80..=0xbf) => left,
                (None, _) => {
                    let mark = self.cursor.mark();
                    let problem = "found an incorrect leading UTF-8 octet";
                    return Err(Fault::within(context, mark, problem));
                }
                (Some(_), _) => {
                    let mark = self.cursor.mark();
                    let problem = "found an incorrect trailing UTF-8 octet";
                    return Err(Fault::within(context, mark, problem));
                }
            };
            bytes.push(octet);
            self.cursor.skip(3);
            if length == 1 {
                return Ok(());
            }
            left = Some(length - 1);
        }
    }

    pub(super) fn fetch_directive(&mut self) -> Result<()> {
        self.end_blocks()?;
        let start = self.cursor.mark();
        let context = Context("while scanning a directive", start);
        self.cursor.skip(1);
        let from = self.cursor.at;
        self.cursor.skip_while(WORD);
        let name = self.cursor.slice(from, self.cursor.at);
        let fault = |scanner: &mut Scanner<'_>, problem| {
            let mark = scanner.cursor.mark();
            Err(Fault::within(context, mark, problem))
        };
        if name.is_empty() {
            return fault(self, "could not find expected directive name");
        }
        if !self.cursor.is_space(0) {
            return fault(self, "found unexpected non-alphabetical character");
        }
        self.skip_blanks();
        let token = match name {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return fault(self, "found unknown directive name"),
        };
        self.skip_blanks();
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_line();
        }
        if self.cursor.skip_break().is_none() && !self.cursor.is_end() {
            return fault(self, "did not find expected comment or line break");
        }
        self.tokens.push_back(token);
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while self.cursor.is_blank(0) {
            self.cursor.skip(1);
        }
    }

    fn version(&mut self, start: Mark) -> Result<Token<'t>> {
        let context = Context("while scanning a %YAML directive", start);
        let from = self.cursor.at;
        for part in 0..2 {
            let digits = self.cursor.at;
            while self.cursor.peek(0).is_ascii_digit() {
                self.cursor.skip(1);
            }
            let problem = match self.cursor.at - digits {
                0 => Some("did not find expected version number"),
                1 | 2 if part == 0 && self.cursor.peek(0) != b'.' => {
                    Some("did not find expected digit or '.' character")
                }
                1 | 2 => None,
                _ => Some("found extremely long version number"),
            };
            if let Some(problem) = problem {
                let mark = self.cursor.mark();
                return Err(Fault::within(context, mark, problem));
            }
            if part == 0 {
                self.cursor.skip(1);
            }
        }
        let text = Cow::Borrowed(self.cursor.slice(from, self.cursor.at));
        let end = self.cursor.mark();
        Ok(Token::with_text(Kind::Version, start, end, text))
    }

    fn tag_directive(&mut self, start: Mark) -> Result<Token<'t>> {
        let context = Context("while scanning a %TAG directive", start);
        let from = self.cursor.mark().offset;
        if self.cursor.peek(0) != b'!' {
            let mark = self.cursor.mark();
            return Err(Fault::within(context, mark, "did not find expected '!'"));
        }
        let handle = self.handle();
        let mark = self.cursor.mark();
        if !handle.ends_with('!') {
            return Err(Fault::within(context, mark, "did not find expected '!'"));
        }
        if !self.cursor.is_blank(0) {
            return Err(Fault::within(context, mark, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let text = self.uri("", start, "while parsing a %TAG directive")?;
        let end = self.cursor.mark();
        if !self.cursor.is_space(0) {
            let problem = "did not find expected whitespace or line break";
            return Err(Fault::within(context, end, problem));
        }
        let handle = (from, mark.offset);
        Ok(Token { kind: Kind::TagDirective, start, end, text, handle })
    }

    /// The handle of a tag token.
    pub(in super::super) fn handle_of(&self, (from, to): (u32, u32)) -> &'t str {
        self.cursor.slice(from as usize, to as usize)
    }
}

fn is_uri(byte: u8) -> bool {
    is_in(byte, WORD)
        || matches!(
            byte,
            b';' | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
        )
}
