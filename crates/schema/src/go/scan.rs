//! What Go's `encoding/json` says of text that is no JSON.

use super::quoted;

/// What stands between the values around a place.
enum Inside {
    Map,
    List,
}

/// Reads bytes as Go's scanner does.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The error of Go's JSON reader, where bytes are no JSON.
pub fn json_error(bytes: &[u8]) -> Option<String> {
    Scanner { bytes, at: 0 }.document().err()
}

fn shown(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = quoted(&char::from(byte).to_string());
            format!("'{}'", &text[1..text.len() - 1])
        }
    }
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), String> {
        let mut open = Vec::new();
        loop {
            let begins = self.value(&mut open)?;
            if begins {
                continue;
            }
            loop {
                let byte = self.skip();
                let Some(inside) = open.last() else {
                    return byte.map_or(Ok(()), |_| Err(self.wrong("after top-level value")));
                };
                match (inside, byte) {
                    (Inside::Map, Some(b',')) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (Inside::List, Some(b',')) => {
                        self.at += 1;
                        break;
                    }
                    (Inside::Map, Some(b'}')) | (Inside::List, Some(b']')) => {
                        self.at += 1;
                        open.pop();
                    }
                    (Inside::Map, _) => return Err(self.wrong("after object key:value pair")),
                    (Inside::List, _) => return Err(self.wrong("after array element")),
                }
            }
        }
    }

    /// Reads a value, or the start of one that holds others: whether a value has to follow.
    fn value(&mut self, open: &mut Vec<Inside>) -> Result<bool, String> {
        match self.skip() {
            Some(b'{') => {
                self.at += 1;
                if self.skip() == Some(b'}') {
                    self.at += 1;
                    return Ok(false);
                }
                open.push(Inside::Map);
                self.key()?;
                return Ok(true);
            }
            Some(b'[') => {
                self.at += 1;
                if self.skip() == Some(b']') {
                    self.at += 1;
                    return Ok(false);
                }
                open.push(Inside::List);
                return Ok(true);
            }
            Some(b'"') => self.string()?,
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.wrong("looking for beginning of value")),
        }
        Ok(false)
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), String> {
        if self.skip() != Some(b'"') {
            return Err(self.wrong("looking for beginning of object key string"));
        }
        self.string()?;
        if self.skip() != Some(b':') {
            return Err(self.wrong("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => {
                            self.at += 1;
                        }
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                let is_hex = |byte: u8| byte.is_ascii_hexdigit();
                                self.one(is_hex, r"in \u hexadecimal character escape")?;
                            }
                        }
                        _ => return Err(self.wrong("in string escape code")),
                    }
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.wrong("in string literal")),
            }
        }
    }

    fn literal(&mut self, text: &str) -> Result<(), String> {
        for (index, byte) in text.bytes().enumerate() {
            let place = || format!("in literal {text} (expecting {})", shown(byte));
            match self.peek() {
                Some(found) if found == byte => self.at += 1,
                _ if index == 0 => return Err(self.wrong("looking for beginning of value")),
                _ => return Err(self.wrong(&place())),
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        self.one(|byte| byte.is_ascii_digit(), place)?;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn one(&mut self, is_right: impl Fn(u8) -> bool, place: &str) -> Result<(), String> {
        if !self.peek().is_some_and(is_right) {
            return Err(self.wrong(place));
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte that is no space.
    fn skip(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.peek()
    }

    fn wrong(&self, place: &str) -> String {
        match self.peek() {
            Some(byte) => format!("invalid character {} {place}", shown(byte)),
            None => "unexpected end of JSON input".to_owned(),
        }
    }
}
