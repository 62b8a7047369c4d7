//! Blocks of DEFLATE: tokens in the shortest of the three ways to write them, as Go's `compress/flate` chooses
//! (`huffman_bit_writer.go`, `huffman_code.go` of Go 1.26).

use std::io::{self, Write};

const END_OF_BLOCK: usize = 256;
const LITERALS: usize = 286;
const DISTANCES: usize = 30;
/// The lengths of codes are written with codes of their own.
const LENGTH_CODES: usize = 19;
/// The order in which the lengths of those are written (RFC 1951, 3.2.7).
const ORDER: [usize; LENGTH_CODES] =
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_STORED: usize = 65_535;

/// A byte, or a repetition of what was before.
#[derive(Clone, Copy)]
pub(super) struct Token {
    /// The byte, or the length without three.
    value: u8,
    /// How far back, without one; `None` for a byte.
    distance: Option<u16>,
}

/// A symbol and the bits that stand after its code.
struct Symbol {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

impl Token {
    pub(super) fn literal(byte: u8) -> Token {
        Token { value: byte, distance: None }
    }

    /// Lengths are at most 258, distances at most 32,768.
    pub(super) fn matched(length: usize, distance: usize) -> Token {
        Token { value: (length - 3) as u8, distance: Some((distance - 1) as u16) }
    }

    /// Its symbol among literals and lengths.
    fn symbol(self) -> Symbol {
        let value = u32::from(self.value);
        match (self.distance, value) {
            (None, _) => Symbol { symbol: self.value.into(), extra: 0, extra_bits: 0 },
            // The greatest length has a code of its own.
            (_, 255) => Symbol { symbol: 285, extra: 0, extra_bits: 0 },
            _ => Symbol::split(value, 2, END_OF_BLOCK + 1),
        }
    }
}

impl Symbol {
    /// Numbers below `2 << bits` have symbols of their own; above, each power of two is cut into `1 << bits`.
    fn split(value: u32, bits: u32, first: usize) -> Symbol {
        let extra_bits = value.checked_ilog2().unwrap_or(0).saturating_sub(bits);
        let symbol = (extra_bits << bits) + (value >> extra_bits);
        let extra = value & ((1 << extra_bits) - 1);
        Symbol { symbol: first + symbol as usize, extra, extra_bits }
    }

    fn of_distance(distance: u16) -> Symbol {
        Symbol::split(distance.into(), 1, 0)
    }
}

/// Blocks on their way to where they are written.
pub(super) struct Blocks<W> {
    out: W,
    bits: u64,
    count: u32,
    /// The codes that both sides know.
    fixed: (Codes, Codes),
}

impl<W: Write> Blocks<W> {
    pub(super) fn new(out: W) -> Blocks<W> {
        let lengths = (0..288).map(|symbol| match symbol {
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        });
        let fixed = (Codes::of_lengths(lengths.collect()), Codes::of_lengths(vec![5; DISTANCES]));
        Blocks { out, bits: 0, count: 0, fixed }
    }

    /// Writes tokens as a block: `bytes` are what they stand for, where that is still at hand.
    pub(super) fn write(&mut self, tokens: &[Token], bytes: Option<&[u8]>) -> io::Result<()> {
        let (mut literals, mut distances) = ([0_u32; LITERALS], [0_u32; DISTANCES]);
        let mut extra = 0;
        for token in tokens {
            let symbol = token.symbol();
            literals[symbol.symbol] += 1;
            extra += symbol.extra_bits;
            if let Some(distance) = token.distance {
                let symbol = Symbol::of_distance(distance);
                distances[symbol.symbol] += 1;
                extra += symbol.extra_bits;
            }
        }
        literals[END_OF_BLOCK] = 1;
        let (literal_count, distance_count) = (used(&literals), used(&distances).max(1));
        if distance_count == 1 {
            // There is at least one code of a distance, be there distances or not.
            distances[0] = distances[0].max(1);
        }
        let codes = (Codes::of(&literals, 15), Codes::of(&distances, 15));
        let header = Header::new(&codes, literal_count, distance_count);
        let size = |codes: &(Codes, Codes)| codes.0.bits(&literals) + codes.1.bits(&distances);
        let fixed = 3 + size(&self.fixed) + extra;
        let dynamic = header.bits() + size(&codes) + extra;
        let stored = bytes.filter(|bytes| bytes.len() <= MAX_STORED);
        if let Some(bytes) = stored
            && (bytes.len() as u32 + 5) * 8 < fixed.min(dynamic)
        {
            self.stored(bytes, false)
        } else if dynamic < fixed {
            self.put(0b100, 3)?;
            header.write(self)?;
            self.tokens(tokens, &codes)
        } else {
            self.put(0b010, 3)?;
            let codes = std::mem::take(&mut self.fixed);
            self.tokens(tokens, &codes)?;
            self.fixed = codes;
            Ok(())
        }
    }

    /// Writes the end: a last block with nothing in it.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.stored(&[], true)?;
        Ok(self.out)
    }

    fn stored(&mut self, bytes: &[u8], is_last: bool) -> io::Result<()> {
        self.put(u32::from(is_last), 3)?;
        let padding = (8 - self.count % 8) % 8;
        self.put(0, padding)?;
        let length = bytes.len() as u16;
        self.put(length.into(), 16)?;
        self.put((!length).into(), 16)?;
        self.out.write_all(bytes)
    }

    fn tokens(
        &mut self,
        tokens: &[Token],
        (literals, distances): &(Codes, Codes),
    ) -> io::Result<()> {
        for token in tokens {
            let symbol = token.symbol();
            self.code(literals, symbol.symbol)?;
            self.put(symbol.extra, symbol.extra_bits)?;
            if let Some(distance) = token.distance {
                let symbol = Symbol::of_distance(distance);
                self.code(distances, symbol.symbol)?;
                self.put(symbol.extra, symbol.extra_bits)?;
            }
        }
        self.code(literals, END_OF_BLOCK)
    }

    fn code(&mut self, codes: &Codes, symbol: usize) -> io::Result<()> {
        self.put(codes.codes[symbol].into(), codes.lengths[symbol].into())
    }

    /// The lowest `count` bits, at most 16; whole bytes leave at once.
    fn put(&mut self, bits: u32, count: u32) -> io::Result<()> {
        self.bits |= u64::from(bits) << self.count;
        self.count += count;
        let whole = (self.count / 8) as usize;
        self.out.write_all(&self.bits.to_le_bytes()[..whole])?;
        self.bits >>= 8 * whole;
        self.count %= 8;
        Ok(())
    }
}

/// How many symbols there are up to the last one that is used.
fn used(counts: &[u32]) -> usize {
    counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1)
}

/// The codes of a block, said before it: the lengths of all of them, run by run.
struct Header {
    literals: usize,
    distances: usize,
    /// A code of a length, or a repetition with its count: how many bits that has.
    runs: Vec<(usize, u32, u32)>,
    codes: Codes,
    counts: [u32; LENGTH_CODES],
    /// How many codes of lengths are told.
    told: usize,
}

impl Header {
    fn new((a, b): &(Codes, Codes), literals: usize, distances: usize) -> Header {
        let lengths = a.lengths[..literals].iter().chain(&b.lengths[..distances]);
        let lengths: Vec<u8> = lengths.copied().collect();
        let mut runs = Vec::new();
        for run in lengths.chunk_by(|a, b| a == b) {
            Header::run(run[0].into(), run.len() as u32, &mut runs);
        }
        let mut counts = [0; LENGTH_CODES];
        for (code, ..) in &runs {
            counts[*code] += 1;
        }
        let last = ORDER.iter().rposition(|code| counts[*code] > 0);
        let told = last.map_or(0, |last| last + 1).max(4);
        Header { literals, distances, runs, codes: Codes::of(&counts, 7), counts, told }
    }

    /// `count` times the length `length`, in as few codes as there are.
    fn run(length: usize, mut count: u32, runs: &mut Vec<(usize, u32, u32)>) {
        if length == 0 {
            while count >= 11 {
                let some = count.min(138);
                runs.push((18, some - 11, 7));
                count -= some;
            }
            if count >= 3 {
                runs.push((17, count - 3, 3));
                count = 0;
            }
        } else {
            runs.push((length, 0, 0));
            count -= 1;
            while count >= 3 {
                let some = count.min(6);
                runs.push((16, some - 3, 2));
                count -= some;
            }
        }
        runs.extend((0..count).map(|_| (length, 0, 0)));
    }

    fn bits(&self) -> u32 {
        let extra: u32 = self.runs.iter().map(|(_, _, bits)| bits).sum();
        3 + 5 + 5 + 4 + 3 * self.told as u32 + self.codes.bits(&self.counts) + extra
    }

    fn write<W: Write>(&self, out: &mut Blocks<W>) -> io::Result<()> {
        out.put(self.literals as u32 - 257, 5)?;
        out.put(self.distances as u32 - 1, 5)?;
        out.put(self.told as u32 - 4, 4)?;
        for code in &ORDER[..self.told] {
            out.put(self.codes.lengths[*code].into(), 3)?;
        }
        for (code, extra, bits) in &self.runs {
            out.code(&self.codes, *code)?;
            out.put(*extra, *bits)?;
        }
        Ok(())
    }
}

/// Codes by symbol, their first bit lowest.
#[derive(Default)]
struct Codes {
    codes: Vec<u16>,
    lengths: Vec<u8>,
}

impl Codes {
    /// The shortest codes of at most `most` bits for symbols that occur so often.
    fn of(counts: &[u32], most: usize) -> Codes {
        let mut lengths = vec![0; counts.len()];
        let mut symbols: Vec<usize> = (0..counts.len()).filter(|at| counts[*at] > 0).collect();
        if symbols.len() <= 2 {
            symbols.iter().for_each(|symbol| lengths[*symbol] = 1);
            return Codes::of_lengths(lengths);
        }
        symbols.sort_by_key(|symbol| counts[*symbol]);
        let weights: Vec<u32> = symbols.iter().map(|symbol| counts[*symbol]).collect();
        for rarest in rarest_of_levels(&weights, most) {
            symbols[..rarest].iter().for_each(|symbol| lengths[*symbol] += 1);
        }
        Codes::of_lengths(lengths)
    }

    /// RFC 1951, 3.2.2: shorter codes first, among equals those of lower symbols.
    fn of_lengths(lengths: Vec<u8>) -> Codes {
        let mut codes = vec![0; lengths.len()];
        let mut next = 0_u16;
        for length in 1..=15 {
            next <<= 1;
            for symbol in (0..lengths.len()).filter(|symbol| lengths[*symbol] == length) {
                codes[symbol] = next.reverse_bits() >> (16 - u32::from(length));
                next = next.wrapping_add(1);
            }
        }
        Codes { codes, lengths }
    }

    /// How many bits all symbols have together that occur so often.
    fn bits(&self, counts: &[u32]) -> u32 {
        counts.iter().zip(&self.lengths).map(|(count, length)| count * u32::from(*length)).sum()
    }
}

/// Package-merge (Larmore and Hirschberg 1990): for each of at most `most` levels, how many of the rarest symbols
/// have a bit there. Of a pair and a symbol of one weight the pair comes first, as in Go. `weights` ascend.
fn rarest_of_levels(weights: &[u32], most: usize) -> Vec<usize> {
    let most = most.min(weights.len() - 1);
    let mut levels: Vec<Vec<(u32, bool)>> = Vec::with_capacity(most);
    for _ in 0..most {
        let below = levels.last().map(Vec::as_slice).unwrap_or_default();
        let mut pairs = below.chunks_exact(2).map(|pair| pair[0].0 + pair[1].0).peekable();
        let mut level = Vec::with_capacity(2 * weights.len());
        for weight in weights {
            while let Some(pair) = pairs.next_if(|pair| pair <= weight) {
                level.push((pair, false));
            }
            level.push((*weight, true));
        }
        level.extend(pairs.map(|pair| (pair, false)));
        levels.push(level);
    }
    let mut taken = 2 * weights.len() - 2;
    let count = |level: &Vec<(u32, bool)>| {
        let symbols = level[..taken].iter().filter(|(_, is_symbol)| *is_symbol).count();
        taken = 2 * (taken - symbols);
        symbols
    };
    levels.iter().rev().map(count).collect()
}
