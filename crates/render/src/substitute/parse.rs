//! The grammar of one expression, with its quirks.
//!
//! ```text
//! expression = "${" ( "#" name | name operator? ) "}"
//! operator   = ( "^" | "," ) ( "^" | "," )?
//!            | ":" argument ( ":"+ argument )?                      from, length
//!            | ( "#" | "##" | "%" | "%%" ) argument                 glob
//!            | ( "/" | "//" | "/#" | "/%" ) argument "/"+ argument? text, with
//!            | ( "=" | ":=" | ":-" | ":+" | ":?" ) argument*        default
//! argument   = expression | text
//! ```
//!
//! Text is at least one character and ends before `${` or what may follow the argument. Only the text of a replacement
//! has escapes, `$$`, `\\` and `\/`; and the text to look for ends at a `/` only, so a `}` does not close it.

use std::borrow::Cow;

use super::{Cause, MAX_DEPTH};

/// `${…}`, read.
pub(super) struct Expression<'t> {
    /// Which one it is.
    pub(super) head: Head<'t>,
    /// What is to be done with the variable.
    pub(super) operator: Operator,
    /// As many as the operator takes.
    pub(super) arguments: Vec<Argument<'t>>,
}

/// What an error says about an expression.
#[derive(Clone, Copy)]
pub(super) struct Head<'t> {
    /// Where its `$` stands.
    pub(super) offset: usize,
    /// The variable's name.
    pub(super) name: &'t str,
}

/// What went wrong, and where.
pub(super) struct Fault<'t> {
    pub(super) offset: usize,
    pub(super) name: &'t str,
    pub(super) cause: Cause,
}

impl<'t> Head<'t> {
    pub(super) fn fault(self, cause: Cause) -> Fault<'t> {
        Fault { offset: self.offset, name: self.name, cause }
    }
}

/// What is to be done with a variable's value.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    /// The value itself. `,^` and `^,` can be written and do nothing, so they are this too.
    Plain,
    Length,
    Case(Case),
    /// Arguments: from, and perhaps a length.
    Slice,
    /// Argument: a glob.
    Trim {
        side: Side,
        longest: bool,
    },
    /// Arguments: the text to look for, and perhaps what stands in its place.
    Replace(Which),
    /// Arguments: the default, in pieces.
    Default,
}

#[derive(Clone, Copy)]
pub(super) enum Case {
    UpperFirst,
    Upper,
    LowerFirst,
    Lower,
}

#[derive(Clone, Copy)]
pub(super) enum Side {
    Start,
    End,
}

/// Which occurrences are replaced.
#[derive(Clone, Copy)]
pub(super) enum Which {
    First,
    All,
    Leading,
    Trailing,
}

pub(super) enum Argument<'t> {
    Text(Cow<'t, str>),
    Expression(Box<Expression<'t>>),
}

/// Reads the expression whose `${` stands at `offset`; gives it and where it ends.
pub(super) fn expression(text: &str, offset: usize) -> Result<(Expression<'_>, usize), Fault<'_>> {
    let mut parser = Parser { text, at: offset, depth: 0 };
    let expression = parser.expression()?;
    Ok((expression, parser.at))
}

type Operation<'t> = (Operator, Vec<Argument<'t>>);

struct Parser<'t> {
    text: &'t str,
    /// Always at the start of a character.
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn expression(&mut self) -> Result<Expression<'t>, Fault<'t>> {
        let offset = self.at;
        self.at += "${".len();
        let length = self.eat("#");
        let head = Head { offset, name: self.name() };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(head.fault(Cause::Depth));
        }
        if head.name.is_empty() {
            return Err(head.fault(if length { Cause::Malformed } else { Cause::Name }));
        }
        let (operator, arguments) = if length {
            self.close(head)?;
            (Operator::Length, Vec::new())
        } else {
            self.operator(head)?
        };
        self.depth -= 1;
        Ok(Expression { head, operator, arguments })
    }

    /// What follows the name, the closing brace included.
    fn operator(&mut self, head: Head<'t>) -> Result<Operation<'t>, Fault<'t>> {
        const DEFAULTS: [&str; 5] = ["=", ":=", ":-", ":+", ":?"];
        if self.eat("}") {
            return Ok((Operator::Plain, Vec::new()));
        }
        if DEFAULTS.iter().any(|written| self.eat(written)) {
            return self.default(head);
        }
        match self.peek() {
            Some(b':') => self.slice(head),
            Some(b'^' | b',') => self.case(head),
            Some(b'#') => self.trim(head, Side::Start, "#"),
            Some(b'%') => self.trim(head, Side::End, "%"),
            Some(b'/') => self.replace(head),
            _ => Err(head.fault(Cause::Operator)),
        }
    }

    fn default(&mut self, head: Head<'t>) -> Result<Operation<'t>, Fault<'t>> {
        let mut arguments = Vec::new();
        while !self.eat("}") {
            arguments.push(self.argument(head, b"}")?);
        }
        Ok((Operator::Default, arguments))
    }

    fn slice(&mut self, head: Head<'t>) -> Result<Operation<'t>, Fault<'t>> {
        self.at += ":".len();
        // The original steps back over the wrong character here and then misses its colon.
        if !self.peek().is_some_and(|byte| byte.is_ascii()) {
            return Err(head.fault(Cause::Malformed));
        }
        let mut arguments = vec![self.argument(head, b":}")?];
        if self.eat_all(b':') {
            arguments.push(self.argument(head, b"}")?);
        }
        self.close(head)?;
        Ok((Operator::Slice, arguments))
    }

    fn case(&mut self, head: Head<'t>) -> Result<Operation<'t>, Fault<'t>> {
        const WRITTEN: [(&str, Operator); 6] = [
            ("^^", Operator::Case(Case::Upper)),
            (",,", Operator::Case(Case::Lower)),
            ("^,", Operator::Plain),
            (",^", Operator::Plain),
            ("^", Operator::Case(Case::UpperFirst)),
            (",", Operator::Case(Case::LowerFirst)),
        ];
        let found = WRITTEN.iter().find(|(written, _)| self.eat(written));
        let operator = found.map_or(Operator::Plain, |(_, operator)| *operator);
        self.close(head)?;
        Ok((operator, Vec::new()))
    }

    fn trim(&mut self, head: Head<'t>, side: Side, sign: &str) -> Result<Operation<'t>, Fault<'t>> {
        self.at += sign.len();
        let longest = self.eat(sign);
        let glob = self.argument(head, b"}")?;
        self.close(head)?;
        Ok((Operator::Trim { side, longest }, vec![glob]))
    }

    fn replace(&mut self, head: Head<'t>) -> Result<Operation<'t>, Fault<'t>> {
        const WRITTEN: [(&str, Which); 4] = [
            ("//", Which::All),
            ("/#", Which::Leading),
            ("/%", Which::Trailing),
            ("/", Which::First),
        ];
        let found = WRITTEN.iter().find(|(written, _)| self.eat(written));
        let which = found.map_or(Which::First, |(_, which)| *which);
        let mut arguments = vec![self.escaped_argument(head, b'/')?];
        if !self.eat_all(b'/') {
            return Err(head.fault(Cause::Malformed));
        }
        if self.peek() != Some(b'}') {
            arguments.push(self.escaped_argument(head, b'}')?);
        }
        self.close(head)?;
        Ok((Operator::Replace(which), arguments))
    }

    /// An expression, or text that ends before one of `stops` (ASCII).
    fn argument(&mut self, head: Head<'t>, stops: &[u8]) -> Result<Argument<'t>, Fault<'t>> {
        if self.rest().starts_with("${") {
            return Ok(Argument::Expression(Box::new(self.expression()?)));
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| !stops.contains(&byte))
            && !self.rest().starts_with("${")
        {
            self.skip_character();
        }
        self.text_argument(head, Cow::Borrowed(&self.text[start..self.at]))
    }

    /// The same with escapes.
    fn escaped_argument(&mut self, head: Head<'t>, stop: u8) -> Result<Argument<'t>, Fault<'t>> {
        if self.rest().starts_with("${") {
            return Ok(Argument::Expression(Box::new(self.expression()?)));
        }
        let mut read = Cow::Borrowed("");
        let mut start = self.at;
        loop {
            let rest = self.rest();
            if ["$$", r"\\", r"\/"].iter().any(|escape| rest.starts_with(escape)) {
                read += &self.text[start..self.at];
                start = self.at + 1; // the second of the two is kept, and not looked at again
                self.at += 2;
            } else if self.peek().is_none_or(|byte| byte == stop) || rest.starts_with("${") {
                read += &self.text[start..self.at];
                return self.text_argument(head, read);
            } else {
                self.skip_character();
            }
        }
    }

    /// Text as an argument: there must be some.
    fn text_argument(&self, head: Head<'t>, read: Cow<'t, str>) -> Result<Argument<'t>, Fault<'t>> {
        if read.is_empty() { Err(head.fault(Cause::Argument)) } else { Ok(Argument::Text(read)) }
    }

    /// The name that stands here, or nothing.
    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn close(&mut self, head: Head<'t>) -> Result<(), Fault<'t>> {
        if self.eat("}") { Ok(()) } else { Err(head.fault(Cause::Malformed)) }
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// One or more of the same (ASCII): the original takes several separators for one.
    fn eat_all(&mut self, expected: u8) -> bool {
        let start = self.at;
        while self.peek() == Some(expected) {
            self.at += 1;
        }
        self.at > start
    }

    fn skip_character(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
}

/// Whether names are made of it. One that can be set is ASCII (`valid_name`), but the original reads on over letters and
/// digits of every script. Letters are close enough here: a name with a digit that is not ASCII is an error of another
/// kind, and some vowel signs count as letters.
fn is_name_character(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || (c.is_alphabetic() && !c.is_numeric())
}
