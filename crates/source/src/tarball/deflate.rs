//! DEFLATE (RFC 1951) as Go's `compress/flate` writes it at its default level, byte for byte: the digest of an
//! artifact is one of compressed bytes, so equal files are not enough.
//!
//! What decides the bytes, from Go 1.26 `compress/flate/deflate.go`: a window of twice 32 KiB that moves by 32;
//! matches of 4 to 258 bytes, those of 4 from at most 4,096 bytes ago; at most 128 candidates for each; a
//! match waits one byte for a better one unless it has 16; a block ends with 16,384 tokens. How the input
//! is cut into writes decides as well, by when the window moves: so callers write as Go's do.

use std::io::{self, Write};

use super::huffman::{Blocks, Token};

const WINDOW: usize = 32 << 10;
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
/// A match of four bytes has to be this near.
const NEAR: usize = 4096;
/// How many candidates for a match are tried.
const CHAIN: usize = 128;
/// A match of this length is not tried to be improved at its own place, ...
const NICE: usize = 128;
/// ... and with this one the next place is not tried.
const LAZY: usize = 16;
const MAX_TOKENS: usize = 1 << 14;
/// As much has to be known of what follows before a place is decided on.
const LOOKAHEAD: usize = MIN_MATCH + MAX_MATCH;
const HASH_BITS: u32 = 17;

/// Compresses what is written into it.
pub(super) struct Deflate<W> {
    blocks: Blocks<W>,
    /// Two windows; all before `index` is tokens, all before `end` is there.
    window: Vec<u8>,
    index: usize,
    end: usize,
    /// Where the window begins in all that was written.
    origin: usize,
    /// Where the next block begins; `None` where that has left the window.
    block_start: Option<usize>,
    tokens: Vec<Token>,
    /// Whether the byte before `index` is no token yet.
    is_pending: bool,
    /// The match at the place before `index`.
    last: Match,
    /// The latest place of each hash, and for each place the one before it with its hash: counted
    /// in all that was written and from one, zero is none.
    heads: Vec<usize>,
    before: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Match {
    length: usize,
    distance: usize,
}

/// What is shorter than any match.
const NO_MATCH: Match = Match { length: MIN_MATCH - 1, distance: 0 };

impl<W: Write> Deflate<W> {
    pub(super) fn new(out: W) -> Deflate<W> {
        Deflate {
            blocks: Blocks::new(out),
            window: vec![0; 2 * WINDOW],
            index: 0,
            end: 0,
            origin: 0,
            block_start: Some(0),
            tokens: Vec::with_capacity(MAX_TOKENS),
            is_pending: false,
            last: NO_MATCH,
            heads: vec![0; 1 << HASH_BITS],
            before: vec![0; WINDOW],
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.compress(false)?;
            let taken = self.fill(bytes);
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    /// Writes what is left, and the end.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.compress(true)?;
        self.blocks.finish()
    }

    /// Takes what has room, and makes some where all is used.
    fn fill(&mut self, bytes: &[u8]) -> usize {
        if self.index >= 2 * WINDOW - LOOKAHEAD {
            self.window.copy_within(WINDOW.., 0);
            self.index -= WINDOW;
            self.end -= WINDOW;
            self.origin += WINDOW;
            self.block_start = self.block_start.and_then(|start| start.checked_sub(WINDOW));
        }
        let taken = bytes.len().min(2 * WINDOW - self.end);
        self.window[self.end..self.end + taken].copy_from_slice(&bytes[..taken]);
        self.end += taken;
        taken
    }

    /// Makes tokens of what is there: of all of it where it is the last.
    fn compress(&mut self, is_last: bool) -> io::Result<()> {
        while self.index < self.end && (is_last || self.end - self.index >= LOOKAHEAD) {
            self.decide()?;
        }
        if is_last {
            if self.is_pending {
                self.tokens.push(Token::literal(self.window[self.index - 1]));
                self.is_pending = false;
            }
            if !self.tokens.is_empty() {
                self.end_block(self.index)?;
            }
        }
        Ok(())
    }

    /// One step: the match that waited, the byte that waited, or nothing yet.
    fn decide(&mut self) -> io::Result<()> {
        let head = self.remember(self.index);
        let waiting = std::mem::replace(&mut self.last, NO_MATCH);
        let lookahead = self.end - self.index;
        if lookahead > waiting.length && waiting.length < LAZY {
            self.last = self.find(head, lookahead.min(MAX_MATCH));
        }
        if waiting.length >= MIN_MATCH && self.last.length <= waiting.length {
            self.tokens.push(Token::matched(waiting.length, waiting.distance));
            // It began one byte ago, and two of its places are remembered.
            let next = self.index + waiting.length - 1;
            for place in self.index + 1..next {
                self.remember(place);
            }
            self.index = next;
            self.is_pending = false;
            self.last = NO_MATCH;
            return self.end_full_block(next);
        }
        self.index += 1;
        if std::mem::replace(&mut self.is_pending, true) {
            let end = self.index - 1;
            self.tokens.push(Token::literal(self.window[end - 1]));
            self.end_full_block(end)?;
        }
        Ok(())
    }

    /// Puts a place into the table; gives the one before it with its hash, as counted there.
    fn remember(&mut self, place: usize) -> usize {
        let Some(four) = self.window[place..self.end].first_chunk::<4>() else { return 0 };
        let hash = u32::from_be_bytes(*four).wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS);
        let absolute = self.origin + place;
        let head = std::mem::replace(&mut self.heads[hash as usize], absolute + 1);
        self.before[absolute % WINDOW] = head;
        head
    }

    /// The longest match of at most `most` bytes for what is at `index`.
    fn find(&self, head: usize, most: usize) -> Match {
        let here = &self.window[self.index..self.index + most];
        let (absolute, nice) = (self.origin + self.index, most.min(NICE));
        // Nothing before the window is there, nor what is over one window away.
        let first = self.origin.max(absolute.saturating_sub(WINDOW));
        let (mut best, mut head) = (NO_MATCH, head);
        for _ in 0..CHAIN {
            let Some(place) = head.checked_sub(1).filter(|place| *place >= first) else { break };
            let there = &self.window[place - self.origin..];
            if there[best.length] == here[best.length] {
                let length = common(there, here);
                let distance = absolute - place;
                if length > best.length && (length > MIN_MATCH || distance <= NEAR) {
                    best = Match { length, distance };
                    if length >= nice {
                        break;
                    }
                }
            }
            // What was before the farthest place has been written over.
            if absolute - place == WINDOW {
                break;
            }
            head = self.before[place % WINDOW];
        }
        best
    }

    fn end_full_block(&mut self, end: usize) -> io::Result<()> {
        if self.tokens.len() < MAX_TOKENS { Ok(()) } else { self.end_block(end) }
    }

    fn end_block(&mut self, end: usize) -> io::Result<()> {
        let start = self.block_start.replace(end);
        let bytes = start.map(|start| &self.window[start..end]);
        self.blocks.write(&self.tokens, bytes)?;
        self.tokens.clear();
        Ok(())
    }
}

/// How many bytes both begin with.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}
