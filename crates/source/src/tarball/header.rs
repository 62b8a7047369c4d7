//! Headers of a tar as Go's `archive/tar` writes them (Go 1.26, `writer.go`): ustar, and a PAX record before it where
//! the name does not fit.

pub(super) const BLOCK: usize = 512;

/// How long a name is that fits.
const NAME: usize = 100;
/// How long the directories before it may be.
const PREFIX: usize = 155;

/// What the header is of.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Directory,
    File { size: u64, is_executable: bool },
}

/// The blocks that go before what is in a file, in the pieces in which Go writes them.
pub(super) fn of(path: &str, kind: Kind) -> Vec<Vec<u8>> {
    let (size, mode, letter) = match kind {
        Kind::Directory => (0, 0o750, b'5'),
        Kind::File { size, is_executable: true } => (size, 0o700, b'0'),
        Kind::File { size, is_executable: false } => (size, 0o600, b'0'),
    };
    let fields = Fields { mode, size, letter, devices: true };
    if path.is_ascii() && path.len() <= NAME {
        return vec![fields.block(path, "")];
    }
    if let Some((prefix, name)) = split(path) {
        return vec![fields.block(name, prefix)];
    }
    let record = record(path);
    let mut blocks = Vec::new();
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let separator = if directory.is_empty() { "" } else { "/" };
    let name = ascii(&format!("{directory}{separator}PaxHeaders.0/{file}"));
    let name = name[..name.len().min(NAME)].trim_end_matches('/');
    let extended = Fields { mode: 0, size: record.len() as u64, letter: b'x', devices: false };
    blocks.push(extended.block(name, ""));
    let padding = vec![0; padding(record.len())];
    blocks.push(record.into_bytes());
    blocks.push(padding);
    blocks.push(fields.block(&ascii(path), ""));
    blocks
}

/// How many bytes are missing to whole blocks.
pub(super) fn padding(length: usize) -> usize {
    length.next_multiple_of(BLOCK) - length
}

/// Directories and name where both fit.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    let at = path[..path.len().min(PREFIX + 1)].rfind('/').filter(|at| *at > 0)?;
    let (prefix, name) = (&path[..at], &path[at + 1..]);
    (!name.is_empty() && name.len() <= NAME).then_some((prefix, name))
}

/// A record counts itself.
fn record(path: &str) -> String {
    let rest = format!(" path={path}\n");
    let mut length = rest.len();
    loop {
        let text = format!("{length}{rest}");
        if text.len() == length {
            return text;
        }
        length = text.len();
    }
}

fn ascii(text: &str) -> String {
    text.chars().filter(char::is_ascii).collect()
}

struct Fields {
    mode: u64,
    size: u64,
    letter: u8,
    /// Whether the numbers of devices are there as zeros.
    devices: bool,
}

impl Fields {
    fn block(&self, name: &str, prefix: &str) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        put(&mut block[..NAME], name);
        let mut numbers = vec![
            (100..108, self.mode),
            (108..116, 0),
            (116..124, 0),
            (124..136, self.size),
            (136..148, 0),
        ];
        if self.devices {
            numbers.extend([(329..337, 0), (337..345, 0)]);
        }
        for (place, number) in numbers {
            let digits = place.len() - 1;
            put(&mut block[place], &format!("{number:0digits$o}"));
        }
        block[156] = self.letter;
        put(&mut block[257..265], "ustar\x0000");
        put(&mut block[345..500], prefix);
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        put(&mut block[148..156], &format!("{sum:06o}\0 "));
        block
    }
}

/// Text in a field; a name that is cut off does not end as one of a directory.
fn put(field: &mut [u8], text: &str) {
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
    if text.len() > field.len() && field.ends_with(b"/") {
        let end = text[..length - 1].trim_end_matches('/').len();
        field[end] = 0;
    }
}
