//! The words of an expression, as cel-go's grammar (`CEL.g4`) has them.

use crate::issues::Issue;

/// A kind of word; in the order in which messages list them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Tok {
    End,
    Equals,
    NotEquals,
    In,
    Less,
    LessEquals,
    GreaterEquals,
    Greater,
    And,
    Or,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Dot,
    Comma,
    Minus,
    Exclam,
    Question,
    Colon,
    Plus,
    Star,
    Slash,
    Percent,
    True,
    False,
    Null,
    Float,
    Int,
    Uint,
    String,
    Bytes,
    Ident,
    EscapedIdent,
}

const OPERATORS: &[(&str, Tok)] = &[
    ("==", Tok::Equals),
    ("!=", Tok::NotEquals),
    ("<=", Tok::LessEquals),
    (">=", Tok::GreaterEquals),
    ("&&", Tok::And),
    ("||", Tok::Or),
    ("<", Tok::Less),
    (">", Tok::Greater),
    ("[", Tok::LeftBracket),
    ("]", Tok::RightBracket),
    ("{", Tok::LeftBrace),
    ("}", Tok::RightBrace),
    ("(", Tok::LeftParen),
    (")", Tok::RightParen),
    (".", Tok::Dot),
    (",", Tok::Comma),
    ("-", Tok::Minus),
    ("!", Tok::Exclam),
    ("?", Tok::Question),
    (":", Tok::Colon),
    ("+", Tok::Plus),
    ("*", Tok::Star),
    ("/", Tok::Slash),
    ("%", Tok::Percent),
    ("in", Tok::In),
    ("true", Tok::True),
    ("false", Tok::False),
    ("null", Tok::Null),
];

impl Tok {
    /// How messages name it.
    pub(crate) fn shown(self) -> String {
        match self {
            Tok::End => "<EOF>".to_owned(),
            Tok::Float => "NUM_FLOAT".to_owned(),
            Tok::Int => "NUM_INT".to_owned(),
            Tok::Uint => "NUM_UINT".to_owned(),
            Tok::String => "STRING".to_owned(),
            Tok::Bytes => "BYTES".to_owned(),
            Tok::Ident => "IDENTIFIER".to_owned(),
            Tok::EscapedIdent => "ESC_IDENTIFIER".to_owned(),
            other => {
                let text = OPERATORS.iter().find(|(_, tok)| *tok == other);
                format!("'{}'", text.map_or("", |(text, _)| *text))
            }
        }
    }
}

/// A word and its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) at: u32,
    pub(crate) text: String,
}

/// Splits a source; what is no word is an issue, and passed over.
pub(crate) fn split(source: &str, issues: &mut Vec<Issue>) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        if matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{c}') {
            at += 1;
            continue;
        }
        if *char == '/' && chars.get(at + 1) == Some(&'/') {
            at += chars[at..].iter().take_while(|char| **char != '\n').count();
            continue;
        }
        match word(&chars, at) {
            Ok((tok, end)) => {
                let text = chars[at..end].iter().collect();
                tokens.push(Token { tok, at: at as u32, text });
                at = end;
            }
            Err(stop) => {
                let end = (stop + 1).min(chars.len());
                let text: String = chars[at..end].iter().collect();
                let message = format!("Syntax error: token recognition error at: '{text}'");
                issues.push(Issue { at: Some(at as u32), message });
                at = end;
            }
        }
    }
    tokens.push(Token { tok: Tok::End, at: chars.len() as u32, text: "<EOF>".to_owned() });
    tokens
}

/// The word that starts at `at` and where it ends, or where it stops being one.
fn word(chars: &[char], at: usize) -> Result<(Tok, usize), usize> {
    let first = chars[at];
    let is_digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    if first.is_ascii_digit() || first == '.' && is_digit(at + 1) {
        return Ok(number(chars, at));
    }
    if let Some(found) = quoted(chars, at) {
        return found;
    }
    if first == '`' {
        let is_inside = |char: &char| {
            char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '/' | ' ')
        };
        let end = at + 1 + chars[at + 1..].iter().take_while(|char| is_inside(char)).count();
        let is_whole = end > at + 1 && chars.get(end) == Some(&'`');
        return if is_whole { Ok((Tok::EscapedIdent, end + 1)) } else { Err(end) };
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let is_inside = |char: &&char| char.is_ascii_alphanumeric() || **char == '_';
        let end = at + chars[at..].iter().take_while(is_inside).count();
        let text: String = chars[at..end].iter().collect();
        let keyword = OPERATORS.iter().find(|(word, _)| *word == text);
        return Ok((keyword.map_or(Tok::Ident, |(_, tok)| *tok), end));
    }
    for (text, tok) in OPERATORS {
        let mut wanted = text.chars();
        if wanted.by_ref().zip(&chars[at..]).filter(|(wanted, is)| wanted == *is).count()
            == text.len()
        {
            return Ok((*tok, at + text.len()));
        }
    }
    // A single '&', '|' or '=' fails at what follows it.
    Err(if matches!(first, '&' | '|' | '=') { at + 1 } else { at })
}

fn number(chars: &[char], at: usize) -> (Tok, usize) {
    let digits = |from: usize, is: fn(&char) -> bool| {
        chars.get(from..).map_or(0, |rest| rest.iter().take_while(|char| is(char)).count())
    };
    let is_unsigned = |end: usize| matches!(chars.get(end), Some('u' | 'U'));
    if chars[at] == '0' && chars.get(at + 1) == Some(&'x') {
        let count = digits(at + 2, char::is_ascii_hexdigit);
        if count > 0 {
            let end = at + 2 + count;
            return if is_unsigned(end) { (Tok::Uint, end + 1) } else { (Tok::Int, end) };
        }
    }
    let mut end = at + digits(at, char::is_ascii_digit);
    let mut is_float = false;
    let fraction =
        if chars.get(end) == Some(&'.') { digits(end + 1, char::is_ascii_digit) } else { 0 };
    if fraction > 0 {
        is_float = true;
        end += 1 + fraction;
    }
    if matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        let exponent = digits(end + 1 + sign, char::is_ascii_digit);
        if exponent > 0 {
            is_float = true;
            end += 1 + sign + exponent;
        }
    }
    match (is_float, is_unsigned(end)) {
        (true, _) => (Tok::Float, end),
        (false, true) => (Tok::Uint, end + 1),
        (false, false) => (Tok::Int, end),
    }
}

/// A string or bytes literal, if one starts here.
fn quoted(chars: &[char], at: usize) -> Option<Result<(Tok, usize), usize>> {
    let (mut start, mut tok, mut is_raw) = (at, Tok::String, false);
    if matches!(chars.get(start), Some('b' | 'B')) {
        (start, tok) = (start + 1, Tok::Bytes);
    }
    if matches!(chars.get(start), Some('r' | 'R')) {
        (start, is_raw) = (start + 1, true);
    }
    let quote = *chars.get(start).filter(|char| matches!(char, '"' | '\''))?;
    let is_triple = |at: usize| (at..at + 3).all(|at| chars.get(at) == Some(&quote));
    if is_triple(start) {
        let mut end = start + 3;
        while end < chars.len() {
            if is_triple(end) {
                return Some(Ok((tok, end + 3)));
            }
            if chars[end] == '\\' && !is_raw {
                match escape(chars, end) {
                    Ok(after) => end = after,
                    Err(_) => break,
                }
            } else {
                end += 1;
            }
        }
    }
    let mut end = start + 1;
    Some(loop {
        match chars.get(end) {
            Some(char) if *char == quote => break Ok((tok, end + 1)),
            None | Some('\n' | '\r') => break Err(end),
            Some('\\') if !is_raw => match escape(chars, end) {
                Ok(after) => end = after,
                Err(stop) => break Err(stop),
            },
            Some(_) => end += 1,
        }
    })
}

/// Where an escape ends that starts at a backslash, or where it stops being one.
fn escape(chars: &[char], at: usize) -> Result<usize, usize> {
    let hex = |count: usize| {
        let from = at + 2;
        let is =
            (from..from + count).find(|at| !chars.get(*at).is_some_and(char::is_ascii_hexdigit));
        is.map_or(Ok(from + count), Err)
    };
    match chars.get(at + 1) {
        Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`') => Ok(at + 2),
        Some('x' | 'X') => hex(2),
        Some('u') => hex(4),
        Some('U') => hex(8),
        Some('0'..='3') => {
            let bad = (at + 2..at + 4).find(|at| !matches!(chars.get(*at), Some('0'..='7')));
            bad.map_or(Ok(at + 4), Err)
        }
        _ => Err(at + 1),
    }
}

/// What a string or bytes literal means: its bytes, or what is wrong with it (cel-go's `unescape`).
pub(crate) fn unquote(text: &str, is_bytes: bool) -> Result<Vec<u8>, &'static str> {
    let mut rest = text;
    let is_raw = rest.starts_with(['r', 'R']);
    if is_raw {
        rest = &rest[1..];
    }
    let quotes = if rest.len() >= 6 && (rest.starts_with("\"\"\"") || rest.starts_with("'''")) {
        3
    } else {
        1
    };
    let inner = rest.get(quotes..rest.len().saturating_sub(quotes)).unwrap_or_default();
    let mut out = Vec::with_capacity(inner.len());
    let chars: Vec<char> = inner.replace("\r\n", "\n").replace('\r', "\n").chars().collect();
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        if *char != '\\' || is_raw {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            at += 1;
            continue;
        }
        let number = |from: usize, count: usize, radix: u32| {
            let digits: String = chars.get(from..from + count).unwrap_or_default().iter().collect();
            u32::from_str_radix(&digits, radix).map_err(|_| "unable to unescape string")
        };
        let simple = |byte: u8| Ok::<_, &'static str>((u32::from(byte), 2));
        let (code, length) = match chars.get(at + 1) {
            Some('a') => simple(7)?,
            Some('b') => simple(8)?,
            Some('f') => simple(12)?,
            Some('n') => simple(b'\n')?,
            Some('r') => simple(b'\r')?,
            Some('t') => simple(b'\t')?,
            Some('v') => simple(11)?,
            Some('x' | 'X') => (number(at + 2, 2, 16)?, 4),
            Some('u') => (number(at + 2, 4, 16)?, 6),
            Some('U') => (number(at + 2, 8, 16)?, 10),
            Some('0'..='3') => (number(at + 1, 3, 8)?, 4),
            Some(other) => (*other as u32, 2),
            None => return Err("unable to unescape string, found '\\' as last character"),
        };
        let is_unicode = matches!(chars.get(at + 1), Some('u' | 'U'));
        if is_bytes {
            if is_unicode {
                return Err("unable to unescape string");
            }
            out.push(u8::try_from(code).unwrap_or(b'?'));
        } else {
            let char = char::from_u32(code).ok_or("invalid unicode code point")?;
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        at += length;
    }
    Ok(out)
}
