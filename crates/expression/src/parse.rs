//! Words to a tree, by descent. What ANTLR says of a wrong word, and how it goes on after one, is
//! followed where people meet it: an unwanted word is passed over if the next one fits, otherwise
//! words are passed over until one can follow; until a word fits again nothing more is said.

use manifest::Text;

use crate::ast::{Call, DEEPEST, Entry, Expr, Field, Kind};
use crate::issues::Issue;
use crate::macros;
use crate::token::{self, Tok, Token};
use crate::value::Value;

/// As many code points may an expression have (cel-go's default).
const LONGEST: usize = 100_000;
/// As many syntax errors are looked for.
const MOST_ERRORS: usize = 30;

/// As many nodes are copied at most.
const MOST_NODES: u32 = 200_000;

const FIRST: &[Tok] = &[
    Tok::LeftBracket,
    Tok::LeftBrace,
    Tok::LeftParen,
    Tok::Dot,
    Tok::Minus,
    Tok::Exclam,
    Tok::True,
    Tok::False,
    Tok::Null,
    Tok::Float,
    Tok::Int,
    Tok::Uint,
    Tok::String,
    Tok::Bytes,
    Tok::Ident,
];

/// Words that are no names of variables.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "package",
    "namespace",
    "null",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// The operators with two sides: how strongly they bind, and the function that they are.
fn binary(tok: Tok) -> Option<(u8, &'static str)> {
    Some(match tok {
        Tok::Less => (1, "_<_"),
        Tok::LessEquals => (1, "_<=_"),
        Tok::GreaterEquals => (1, "_>=_"),
        Tok::Greater => (1, "_>_"),
        Tok::Equals => (1, "_==_"),
        Tok::NotEquals => (1, "_!=_"),
        Tok::In => (1, "@in"),
        Tok::Plus => (2, "_+_"),
        Tok::Minus => (2, "_-_"),
        Tok::Star => (3, "_*_"),
        Tok::Slash => (3, "_/_"),
        Tok::Percent => (3, "_%_"),
        _ => return None,
    })
}

/// Reads an expression; with issues the tree is not to be used. Also the number of its nodes.
pub(crate) fn parse(source: &str, issues: &mut Vec<Issue>) -> (Expr, u32) {
    let size = source.chars().count();
    let mut parser = Parser {
        tokens: Vec::new(),
        next: 0,
        issues,
        recovering: false,
        follow: Vec::new(),
        ids: 0,
        nesting: 0,
        stopped: false,
    };
    if size > LONGEST {
        let message =
            format!("expression code point size exceeds limit: size: {size}, limit {LONGEST}");
        parser.issues.push(Issue { at: None, message });
        return (parser.node(0, Kind::Unspecified), 1);
    }
    parser.tokens = token::split(source, parser.issues);
    let expr = parser.expr();
    parser.expect(Tok::End);
    (expr, parser.ids)
}

pub(crate) struct Parser<'i> {
    tokens: Vec<Token>,
    next: usize,
    issues: &'i mut Vec<Issue>,
    /// After an error, until a word fits.
    recovering: bool,
    /// What the surroundings wait for.
    follow: Vec<Tok>,
    ids: u32,
    nesting: u16,
    /// Something is too deep; nothing more is read.
    stopped: bool,
}

impl Parser<'_> {
    // --- nodes ---

    pub(crate) fn node(&mut self, at: u32, kind: Kind) -> Expr {
        let mut expr = Expr { id: self.ids, at, depth: 0, kind };
        self.ids += 1;
        let deepest = expr.children_mut().iter().map(|child| child.depth).max();
        expr.depth = deepest.map_or(1, |depth| depth.saturating_add(1));
        if expr.depth > DEEPEST {
            expr.kind = Kind::Unspecified;
            self.too_deep("max recursion depth exceeded".to_owned());
        }
        expr
    }

    pub(crate) fn call(&mut self, at: u32, function: &str, args: Vec<Expr>) -> Expr {
        let function = Text::from(function);
        self.node(at, Kind::Call(Call { function, target: None, args, resolved: None }))
    }

    pub(crate) fn member_call(
        &mut self,
        at: u32,
        function: &str,
        target: Expr,
        args: Vec<Expr>,
    ) -> Expr {
        let (function, target) = (Text::from(function), Some(Box::new(target)));
        self.node(at, Kind::Call(Call { function, target, args, resolved: None }))
    }

    /// The same tree with numbers of its own.
    pub(crate) fn copy(&mut self, expr: &Expr) -> Expr {
        if self.ids > MOST_NODES {
            // Copies of copies double.
            self.too_deep("expression has too many nodes".to_owned());
            return self.node(expr.at, Kind::Unspecified);
        }
        let mut copy = expr.clone();
        self.renumber(&mut copy);
        copy
    }

    fn renumber(&mut self, expr: &mut Expr) {
        expr.id = self.ids;
        self.ids += 1;
        for child in expr.children_mut() {
            self.renumber(child);
        }
    }

    /// An issue that is about a place of the tree.
    pub(crate) fn issue(&mut self, at: u32, message: impl Into<String>) -> Expr {
        self.issues.push(Issue { at: Some(at), message: message.into() });
        self.node(at, Kind::Unspecified)
    }

    fn too_deep(&mut self, message: String) {
        if !self.stopped {
            self.stopped = true;
            self.issues.push(Issue { at: None, message });
        }
        self.next = self.tokens.len().saturating_sub(1);
    }

    // --- words ---

    fn token(&self, ahead: usize) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let end = Token { tok: Tok::End, at: 0, text: String::new() };
        self.tokens.get((self.next + ahead).min(last)).cloned().unwrap_or(end)
    }

    fn tok(&self, ahead: usize) -> Tok {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get((self.next + ahead).min(last)).map_or(Tok::End, |token| token.tok)
    }

    fn at(&self) -> u32 {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    /// Takes the next word, that fits.
    fn take(&mut self) -> Token {
        let token = self.token(0);
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
        self.recovering = false;
        token
    }

    fn take_if(&mut self, tok: Tok) -> Option<Token> {
        (self.tok(0) == tok).then(|| self.take())
    }

    fn complain(&mut self, message: &str) {
        if self.recovering || self.stopped {
            return;
        }
        self.recovering = true;
        if self.issues.len() < MOST_ERRORS {
            let message = format!("Syntax error: {message}");
            self.issues.push(Issue { at: Some(self.at()), message });
        } else {
            self.too_deep("error recovery attempt limit exceeded: 30".to_owned());
        }
    }

    fn shown(&self) -> String {
        match self.tok(0) {
            Tok::End => "'<EOF>'".to_owned(),
            _ => format!("'{}'", self.token(0).text),
        }
    }

    /// Takes a word that has to come.
    fn expect(&mut self, wanted: Tok) -> Option<Token> {
        if let Some(token) = self.take_if(wanted) {
            return Some(token);
        }
        let shown = self.shown();
        if self.tok(1) == wanted && self.tok(0) != Tok::End {
            self.complain(&format!("extraneous input {shown} expecting {}", wanted.shown()));
            self.next += 1;
            return Some(self.take());
        }
        let could_be_missing = match wanted {
            Tok::RightParen | Tok::RightBracket | Tok::RightBrace => self.can_follow(),
            Tok::Colon => FIRST.contains(&self.tok(0)),
            _ => false,
        };
        if could_be_missing {
            self.complain(&format!("missing {} at {shown}", wanted.shown()));
            return None;
        }
        self.complain(&format!("mismatched input {shown} expecting {}", wanted.shown()));
        self.skip();
        None
    }

    /// Whether the next word can come after a whole value here.
    fn can_follow(&self) -> bool {
        let tok = self.tok(0);
        binary(tok).is_some()
            || matches!(tok, Tok::And | Tok::Or | Tok::Question | Tok::Dot | Tok::LeftBracket)
            || tok == Tok::End
            || self.follow.contains(&tok)
    }

    /// Passes over words until one can follow.
    fn skip(&mut self) {
        while !self.can_follow() && self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
    }

    /// The next word cannot be here: whether it can be passed over.
    fn unexpected(&mut self, wanted: &[Tok]) -> bool {
        let shown = self.shown();
        let mut sorted = wanted.to_vec();
        sorted.sort_unstable();
        let list: Vec<String> = sorted.iter().map(|tok| tok.shown()).collect();
        let list = match list.as_slice() {
            [one] => one.clone(),
            _ => format!("{{{}}}", list.join(", ")),
        };
        if self.tok(0) != Tok::End && wanted.contains(&self.tok(1)) {
            self.complain(&format!("extraneous input {shown} expecting {list}"));
            self.next += 1;
            return true;
        }
        self.complain(&format!("mismatched input {shown} expecting {list}"));
        self.skip();
        false
    }

    // --- grammar ---

    fn expr(&mut self) -> Expr {
        self.nesting += 1;
        let expr = if self.nesting > DEEPEST {
            self.too_deep(format!("expression recursion limit exceeded: {DEEPEST}"));
            self.node(0, Kind::Unspecified)
        } else {
            self.conditional()
        };
        self.nesting -= 1;
        expr
    }

    fn conditional(&mut self) -> Expr {
        let condition = self.logical(Tok::Or);
        let Some(question) = self.take_if(Tok::Question) else { return condition };
        self.follow.push(Tok::Colon);
        let then = self.logical(Tok::Or);
        self.follow.pop();
        self.expect(Tok::Colon);
        let otherwise = self.expr();
        self.call(question.at, "_?_:_", vec![condition, then, otherwise])
    }

    /// A chain of `||`, or of `&&`, is one call, so that long chains are not deep.
    fn logical(&mut self, operator: Tok) -> Expr {
        let (function, at) = match operator {
            Tok::Or => ("_||_", self.at()),
            _ => ("_&&_", self.at()),
        };
        let mut terms = vec![self.term(operator)];
        let mut place = at;
        while let Some(token) = self.take_if(operator) {
            place = if terms.len() == 1 { token.at } else { place };
            terms.push(self.term(operator));
        }
        match terms.len() {
            1 => terms.remove(0),
            _ => self.call(place, function, terms),
        }
    }

    fn term(&mut self, operator: Tok) -> Expr {
        if operator == Tok::Or { self.logical(Tok::And) } else { self.binary(1) }
    }

    fn binary(&mut self, weakest: u8) -> Expr {
        let mut left = self.unary();
        while let Some((strength, function)) =
            binary(self.tok(0)).filter(|(own, _)| *own >= weakest)
        {
            let token = self.take();
            let right = self.binary(strength + 1);
            left = self.call(token.at, function, vec![left, right]);
        }
        left
    }

    fn unary(&mut self) -> Expr {
        if !FIRST.contains(&self.tok(0)) && !self.unexpected(FIRST) {
            return self.node(self.at(), Kind::Unspecified);
        }
        let operator = self.tok(0);
        let is_number = matches!(self.tok(1), Tok::Int | Tok::Float);
        let function = match operator {
            Tok::Exclam => "!_",
            Tok::Minus if !is_number => "-_",
            _ => return self.member(),
        };
        let first = self.at();
        let mut count = 0;
        while self.tok(0) == operator
            && !(operator == Tok::Minus && matches!(self.tok(1), Tok::Int | Tok::Float))
        {
            self.take();
            count += 1;
        }
        if operator == Tok::Minus && !FIRST.contains(&self.tok(0)) {
            let text = match self.tok(0) {
                Tok::End => String::new(),
                _ => self.token(0).text,
            };
            self.complain(&format!("no viable alternative at input '-{text}'"));
            self.skip();
            return self.node(first, Kind::Unspecified);
        }
        let operand = self.member();
        if count % 2 == 0 { operand } else { self.call(first, function, vec![operand]) }
    }

    fn member(&mut self) -> Expr {
        let mut expr = self.primary();
        loop {
            match self.tok(0) {
                Tok::Dot => expr = self.selection(expr),
                Tok::LeftBracket => expr = self.index(expr),
                _ => return expr,
            }
        }
    }

    fn selection(&mut self, operand: Expr) -> Expr {
        let dot = self.take();
        let is_optional = self.take_if(Tok::Question).is_some();
        let name = match self.tok(0) {
            Tok::Ident => self.take().text,
            Tok::EscapedIdent => {
                let at = self.at();
                self.take();
                return self.issue(at, "unsupported syntax: '`'");
            }
            other => {
                let text = match other {
                    Tok::End => String::new(),
                    _ => self.token(0).text,
                };
                self.complain(&match other {
                    _ if is_optional => format!("no viable alternative at input '.?{text}'"),
                    Tok::True | Tok::False | Tok::Null => {
                        format!("mismatched input '{text}' expecting IDENTIFIER")
                    }
                    _ => format!("no viable alternative at input '.{text}'"),
                });
                if matches!(other, Tok::True | Tok::False | Tok::Null) {
                    self.next += 1;
                } else {
                    self.skip();
                }
                return self.node(dot.at, Kind::Unspecified);
            }
        };
        if is_optional {
            let field = self.node(dot.at, Kind::Literal(Value::String(name.into())));
            return self.call(dot.at, "_?._", vec![operand, field]);
        }
        if let Some(open) = self.take_if(Tok::LeftParen) {
            let args = self.arguments();
            return macros::receiver(self, open.at, &name, operand, args);
        }
        let (operand, field) = (Box::new(operand), name.into());
        self.node(dot.at, Kind::Select { operand, field, is_test: false })
    }

    fn index(&mut self, operand: Expr) -> Expr {
        let bracket = self.take();
        let is_optional = self.take_if(Tok::Question).is_some();
        self.follow.push(Tok::RightBracket);
        let index = self.expr();
        self.follow.pop();
        self.expect(Tok::RightBracket);
        let function = if is_optional { "_[?_]" } else { "_[_]" };
        self.call(bracket.at, function, vec![operand, index])
    }

    fn arguments(&mut self) -> Vec<Expr> {
        let mut args = Vec::new();
        if self.take_if(Tok::RightParen).is_some() {
            return args;
        }
        if !FIRST.contains(&self.tok(0)) {
            let wanted = [FIRST, &[Tok::RightParen]].concat();
            self.follow.push(Tok::RightParen);
            let is_passed = self.unexpected(&wanted);
            self.follow.pop();
            if !is_passed || self.take_if(Tok::RightParen).is_some() {
                self.take_if(Tok::RightParen);
                return args;
            }
        }
        self.follow.extend([Tok::RightParen, Tok::Comma]);
        loop {
            args.push(self.expr());
            if self.stopped || self.take_if(Tok::Comma).is_none() {
                break;
            }
        }
        self.follow.truncate(self.follow.len().saturating_sub(2));
        self.expect(Tok::RightParen);
        args
    }

    fn primary(&mut self) -> Expr {
        let at = self.at();
        match self.tok(0) {
            Tok::LeftParen => {
                self.take();
                self.follow.push(Tok::RightParen);
                let expr = self.expr();
                self.follow.pop();
                self.expect(Tok::RightParen);
                expr
            }
            Tok::LeftBracket => self.list(),
            Tok::LeftBrace => self.map(),
            Tok::Dot | Tok::Ident => self.name(),
            Tok::Minus | Tok::Int | Tok::Uint | Tok::Float => self.number(),
            Tok::String | Tok::Bytes => self.quoted(),
            Tok::True | Tok::False => {
                let value = self.take().tok == Tok::True;
                self.node(at, Kind::Literal(Value::Bool(value)))
            }
            Tok::Null => {
                self.take();
                self.node(at, Kind::Literal(Value::Null))
            }
            _ => {
                self.unexpected(FIRST);
                self.node(at, Kind::Unspecified)
            }
        }
    }

    fn name(&mut self) -> Expr {
        let start = self.at();
        let is_rooted = self.take_if(Tok::Dot).is_some();
        if self.tok(0) != Tok::Ident {
            let text = if self.tok(0) == Tok::End { String::new() } else { self.token(0).text };
            self.complain(&format!("no viable alternative at input '.{text}'"));
            self.skip();
            return self.node(start, Kind::Unspecified);
        }
        let ident = self.take();
        // A leading dot says that the name is the outermost one; there is no other container here.
        let at = if is_rooted { start } else { ident.at };
        if let Some(name) = self.struct_name(&ident.text) {
            return self.structure(name);
        }
        if RESERVED.contains(&ident.text.as_str()) {
            if self.take_if(Tok::LeftParen).is_some() {
                self.arguments();
            }
            return self.issue(at, format!("reserved identifier: {}", ident.text));
        }
        if let Some(open) = self.take_if(Tok::LeftParen) {
            let args = self.arguments();
            return macros::global(self, open.at, &ident.text, args);
        }
        self.node(ident.at, Kind::Ident(ident.text.into()))
    }

    /// The whole name of a message that starts with `first`, if a brace follows it.
    fn struct_name(&mut self, first: &str) -> Option<Text> {
        let (mut name, mut ahead) = (Text::from(first), 0);
        while self.tok(ahead) == Tok::Dot && self.tok(ahead + 1) == Tok::Ident {
            name.push('.');
            name.push_str(&self.token(ahead + 1).text);
            ahead += 2;
        }
        (self.tok(ahead) == Tok::LeftBrace).then(|| {
            self.next += ahead;
            name
        })
    }

    fn structure(&mut self, name: Text) -> Expr {
        let brace = self.take();
        let mut fields = Vec::new();
        const WANTED: &[Tok] =
            &[Tok::RightBrace, Tok::Comma, Tok::Question, Tok::Ident, Tok::EscapedIdent];
        self.follow.push(Tok::RightBrace);
        while !matches!(self.tok(0), Tok::RightBrace | Tok::Comma) && !self.stopped {
            if !WANTED.contains(&self.tok(0)) && !self.unexpected(WANTED) {
                break;
            }
            let is_optional = self.take_if(Tok::Question).is_some();
            let Some(field) = self.expect(Tok::Ident) else { break };
            let Some(colon) = self.expect(Tok::Colon) else { break };
            let value = self.expr();
            fields.push(Field { at: colon.at, name: field.text.into(), value, is_optional });
            if self.take_if(Tok::Comma).is_none() {
                break;
            }
        }
        self.take_if(Tok::Comma);
        self.follow.pop();
        self.expect(Tok::RightBrace);
        self.node(brace.at, Kind::Struct { name, fields })
    }

    fn list(&mut self) -> Expr {
        let bracket = self.take();
        let (mut items, mut optional) = (Vec::new(), Vec::new());
        self.follow.extend([Tok::RightBracket, Tok::Comma]);
        self.start_of(Tok::RightBracket);
        while !matches!(self.tok(0), Tok::RightBracket | Tok::Comma) && !self.stopped {
            optional.push(self.take_if(Tok::Question).is_some());
            items.push(self.expr());
            if self.take_if(Tok::Comma).is_none() {
                break;
            }
        }
        self.end_of(Tok::RightBracket);
        self.node(bracket.at, Kind::List { items, optional })
    }

    fn map(&mut self) -> Expr {
        let brace = self.take();
        let mut entries = Vec::new();
        self.follow.extend([Tok::RightBrace, Tok::Comma]);
        self.start_of(Tok::RightBrace);
        while !matches!(self.tok(0), Tok::RightBrace | Tok::Comma) && !self.stopped {
            let is_optional = self.take_if(Tok::Question).is_some();
            self.follow.push(Tok::Colon);
            let key = self.expr();
            self.follow.pop();
            if self.expect(Tok::Colon).is_none() {
                break;
            }
            let value = self.expr();
            entries.push(Entry { key, value, is_optional });
            if self.take_if(Tok::Comma).is_none() {
                break;
            }
        }
        self.end_of(Tok::RightBrace);
        self.node(brace.at, Kind::Map(entries))
    }

    /// What may come first in a list or map that `close` ends.
    fn start_of(&mut self, close: Tok) {
        let wanted = [FIRST, &[close, Tok::Comma, Tok::Question]].concat();
        if !wanted.contains(&self.tok(0)) {
            self.unexpected(&wanted);
        }
    }

    fn end_of(&mut self, close: Tok) {
        self.take_if(Tok::Comma);
        if self.tok(0) != close && !self.recovering {
            self.unexpected(&[close, Tok::Comma]);
        }
        self.follow.truncate(self.follow.len().saturating_sub(2));
        self.expect(close);
    }

    fn number(&mut self) -> Expr {
        let at = self.at();
        let sign = if self.take_if(Tok::Minus).is_some() { "-" } else { "" };
        let token = self.take();
        let (radix, digits) = match token.text.strip_prefix("0x") {
            Some(digits) => (16, digits),
            None => (10, token.text.as_str()),
        };
        let value = match token.tok {
            Tok::Int => i64::from_str_radix(&format!("{sign}{digits}"), radix)
                .map(Value::Int)
                .map_err(|_| "invalid int literal"),
            Tok::Uint => u64::from_str_radix(digits.trim_end_matches(['u', 'U']), radix)
                .map(Value::Uint)
                .map_err(|_| "invalid uint literal"),
            _ => match format!("{sign}{}", token.text).parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Value::Double(value)),
                _ => Err("invalid double literal"),
            },
        };
        match value {
            Ok(value) => self.node(at, Kind::Literal(value)),
            Err(message) => self.issue(at, message),
        }
    }

    fn quoted(&mut self) -> Expr {
        let token = self.take();
        let is_bytes = token.tok == Tok::Bytes;
        let text = if is_bytes { &token.text[1..] } else { &token.text };
        let value = token::unquote(text, is_bytes).and_then(|bytes| match is_bytes {
            true => Ok(Value::Bytes(bytes.into())),
            false => String::from_utf8(bytes)
                .map(|text| Value::String(text.into()))
                .map_err(|_| "invalid unicode code point"),
        });
        match value {
            Ok(value) => self.node(token.at, Kind::Literal(value)),
            Err(message) => self.issue(token.at, message),
        }
    }
}
