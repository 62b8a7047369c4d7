//! Reads JSON that stands inside of objects: keys of `fieldsV1`, annotations.

use manifest::number::Number;
use manifest::{Key, List, Map, Node, Origin, Text, Value};

/// The deepest that values may nest.
const MAX_DEPTH: usize = 500;

/// The value that a JSON text begins with; what follows it is not looked at. `None` where it is
/// not JSON, or nests too deep.
pub(crate) fn parse(text: &str) -> Option<Value> {
    Parser { rest: text }.value(0)
}

struct Parser<'x> {
    rest: &'x str,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_ascii_start().strip_prefix(token)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.rest = self.rest.trim_ascii_start();
        match self.rest.as_bytes().first()? {
            b'"' => Some(Value::String(self.string()?)),
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b't' => self.take("true").map(|()| Value::Bool(true)),
            b'f' => self.take("false").map(|()| Value::Bool(false)),
            b'n' => self.take("null").map(|()| Value::Null),
            _ => self.number(),
        }
    }

    fn map(&mut self, depth: usize) -> Option<Value> {
        self.take("{")?;
        let mut map = Map::new();
        if self.take("}").is_some() {
            return Some(Value::Map(map));
        }
        loop {
            self.rest = self.rest.trim_ascii_start();
            let key = self.string()?;
            self.take(":")?;
            map.set(Key::new(key), Node::new(self.value(depth + 1)?, Origin::default()));
            if self.take("}").is_some() {
                return Some(Value::Map(map));
            }
            self.take(",")?;
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.take("[")?;
        let mut list = List::new();
        if self.take("]").is_some() {
            return Some(Value::List(list));
        }
        loop {
            list.push(Node::new(self.value(depth + 1)?, Origin::default()));
            if self.take("]").is_some() {
                return Some(Value::List(list));
            }
            self.take(",")?;
        }
    }

    fn number(&mut self) -> Option<Value> {
        let is_part = |char: char| matches!(char, '0'..='9' | '+' | '-' | '.' | 'e' | 'E');
        let end = self.rest.find(|char| !is_part(char)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        match Number::parse(text)? {
            Number::Int(value) => Some(Value::Int(value)),
            Number::Uint(_) | Number::Float(_) => Some(Value::Number(text.into())),
        }
    }

    fn string(&mut self) -> Option<Text> {
        let text = self.rest.strip_prefix('"')?;
        // Most have no escapes.
        let end = text.find(['"', '\\'])?;
        let (plain, rest) = text.split_at(end);
        if let Some(rest) = rest.strip_prefix('"') {
            self.rest = rest;
            return Some(plain.into());
        }
        let mut out = Text::from(plain);
        let mut chars = rest.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => out.push(escaped(&mut chars)?),
                char => out.push(char),
            }
        }
        self.rest = chars.as_str();
        Some(out)
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let high = hex(chars)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            let mut ahead = chars.clone();
            let low = match (ahead.next(), ahead.next()) {
                (Some('\\'), Some('u')) => hex(&mut ahead)?,
                _ => return Some(char::REPLACEMENT_CHARACTER),
            };
            if !(0xdc00..0xe000).contains(&low) {
                return Some(char::REPLACEMENT_CHARACTER);
            }
            *chars = ahead;
            char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
        }
        char @ ('"' | '\\' | '/') => char,
        _ => return None,
    })
}

fn hex(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |value, _| Some(value * 16 + chars.next()?.to_digit(16)?))
}
