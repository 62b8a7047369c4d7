//! A place in a text that moves forward, and what stands there.

use super::Mark;

/// Classes of bytes, as bits of a table.
pub(super) const BLANK: u16 = 1;
/// A line break, or the first byte of one or of something else beyond ASCII.
pub(super) const BREAK: u16 = 2;
/// What may end plain text in a block: blanks, breaks and `:`.
pub(super) const PLAIN: u16 = 4;
/// What may end plain text in brackets.
pub(super) const FLOW: u16 = 8;
/// What may interrupt text in single quotes.
pub(super) const SINGLE: u16 = 16;
/// What may interrupt text in double quotes.
pub(super) const DOUBLE: u16 = 32;
/// Letters, digits, `-` and `_`.
pub(super) const WORD: u16 = 64;
/// What no text may hold.
pub(super) const CONTROL: u16 = 128;

/// What plain text may begin with, whatever follows.
pub(super) const PLAIN_START: u16 = 256;
/// What words are made of that need no closer look.
pub(super) const KEY: u16 = 512;

static CLASS: [u16; 256] = classes();

const fn classes() -> [u16; 256] {
    let mut table = [0_u16; 256];
    let mut byte = 0;
    while byte < 256 {
        let class = match byte as u8 {
            b'\t' | b' ' => BLANK | PLAIN | FLOW | SINGLE | DOUBLE,
            // U+0085 begins with C2, U+2028 and U+2029 with E2.
            b'\n' | b'\r' | 0xc2 | 0xe2 => BREAK | PLAIN | FLOW | SINGLE | DOUBLE,
            b':' => PLAIN | FLOW,
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => FLOW,
            b'\'' => SINGLE,
            b'"' | b'\\' => DOUBLE,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => WORD | KEY | PLAIN_START,
            b'-' => WORD | KEY,
            b'/' => KEY | PLAIN_START,
            b'.' => KEY,
            b'$' | b'(' => PLAIN_START,
            0..=0x1f | 0x7f => CONTROL,
            _ => 0,
        };
        table[byte] = class;
        byte += 1;
    }
    table
}

pub(super) fn is_in(byte: u8, class: u16) -> bool {
    CLASS[byte as usize] & class != 0
}

/// A place in a text.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub(super) at: usize,
    pub(super) line: u32,
    line_start: usize,
    /// Up to where on this line characters of several bytes have been counted, and how many bytes too
    /// many they have; unused where all is ASCII.
    counted: (usize, usize),
    is_ascii: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        // A mark at the very beginning is no part of the text.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Cursor { text, at, line: 0, line_start: at, counted: (at, 0), is_ascii: text.is_ascii() }
    }

    /// The line of the first character that no YAML may hold.
    pub(super) fn control_character(&self) -> Option<u32> {
        let bytes = self.text.as_bytes();
        let has_control = |chunk: &[u8]| chunk.iter().fold(0, |all, &b| all | CLASS[b as usize]);
        let is_clean = self.is_ascii && has_control(bytes) & CONTROL == 0;
        if is_clean {
            return None;
        }
        let is_bad = |c: char| match c {
            '\t' | '\n' | '\r' | '\u{85}' => false,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
            _ => false,
        };
        let at = self.text.find(is_bad)?;
        let before = bytes.get(..at).unwrap_or_default();
        Some(before.iter().filter(|&&byte| byte == b'\n').count() as u32)
    }

    /// The byte `ahead` of here; 0 beyond the end, as no text has it.
    #[inline]
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// A blank, `ahead` of here.
    #[inline]
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// The length of the line break `ahead` of here; 0 where none is.
    #[inline]
    pub(super) fn line_break(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\n' => 1,
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\r' => 1,
            0xc2 if self.peek(ahead + 1) == 0x85 => 2,
            0xe2 if self.peek(ahead + 1) == 0x80 && self.peek(ahead + 2) | 1 == 0xa9 => 3,
            _ => 0,
        }
    }

    /// A blank, a line break or the end.
    #[inline]
    pub(super) fn is_space(&self, ahead: usize) -> bool {
        match self.peek(ahead) {
            0 | b' ' | b'\t' | b'\n' | b'\r' => true,
            0xc2 | 0xe2 => self.line_break(ahead) > 0,
            _ => false,
        }
    }

    /// Whether `---` or `...` stands here, at the beginning of a line.
    #[inline]
    pub(super) fn is_document_mark(&self) -> bool {
        self.at == self.line_start
            && matches!(self.peek(0), b'-' | b'.')
            && self.peek(1) == self.peek(0)
            && self.peek(2) == self.peek(0)
            && self.is_space(3)
    }

    pub(super) fn is_line_start(&self) -> bool {
        self.at == self.line_start
    }

    /// Goes over characters of one byte each, none of them a line break.
    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Goes over the line break here, if there is one: as what it counts in text.
    #[inline]
    pub(super) fn skip_break(&mut self) -> Option<char> {
        let length = self.line_break(0);
        let c = match length {
            0 => return None,
            // Those two keep their character.
            3 if self.peek(2) == 0xa8 => '\u{2028}',
            3 => '\u{2029}',
            _ => '\n',
        };
        self.at += length;
        self.line += 1;
        self.line_start = self.at;
        self.counted = (self.at, 0);
        Some(c)
    }

    /// Goes to the next byte of a class, or to the end.
    #[inline]
    pub(super) fn skip_until(&mut self, class: u16) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| is_in(byte, class));
        self.at += length.unwrap_or(rest.len());
    }

    /// Goes over all bytes of a class.
    pub(super) fn skip_while(&mut self, class: u16) {
        while is_in(self.peek(0), class) && !self.is_end() {
            self.at += 1;
        }
    }

    /// Goes to the end of the line.
    pub(super) fn skip_line(&mut self) {
        loop {
            self.skip_until(BREAK);
            if self.is_end() || self.line_break(0) > 0 {
                return;
            }
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn column(&mut self) -> u32 {
        if self.is_ascii {
            return (self.at - self.line_start) as u32;
        }
        let (from, mut extra) = self.counted;
        let new = self.text.as_bytes().get(from..self.at).unwrap_or_default();
        extra += new.iter().filter(|&&byte| byte & 0xc0 == 0x80).count();
        self.counted = (self.at, extra);
        (self.at - self.line_start).saturating_sub(extra) as u32
    }

    #[inline]
    pub(super) fn mark(&mut self) -> Mark {
        Mark { offset: self.at as u32, line: self.line, column: self.column() }
    }

    /// At the end the rest of a line counts as a line.
    pub(super) fn end_line(&mut self) {
        if self.at != self.line_start {
            self.line += 1;
            self.line_start = self.at;
            self.counted = (self.at, 0);
        }
    }

    #[inline]
    pub(super) fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.text.len() > super::MAX_TEXT
    }
}
