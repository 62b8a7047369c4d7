//! Artifacts as archives: written byte for byte as Flux writes them, so that their digests are the same, and
//! read from wherever with limits.

mod deflate;
mod header;
mod huffman;

use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use manifest::{Content, Entry, FileTree};
use sha2::{Digest, Sha256};
use tar::EntryType;

use self::deflate::Deflate;
use self::header::Kind;
use crate::folder::{MAX_FILE, too_large};
use crate::{Error, git};

/// How many files and directories an archive may have.
const MAX_ENTRIES: usize = 1 << 20;

/// In such pieces Go's `io.Copy` hands on a file; compression sees them.
const PIECE: usize = 32 << 10;

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packed {
    /// `sha256:` and the digest of the compressed bytes.
    pub digest: String,
    /// How many those are.
    pub size: u64,
}

/// Writes an artifact as Flux does (fluxcd/pkg `artifact/storage/archive.go`): a gzip'd tar of the files and directories
/// of which `leaves_out` says no (it is told the path and whether that is a directory), without owners and times.
/// Links and what is unreadable are left out.
///
/// # Errors
/// `out` cannot be written.
pub fn pack(
    tree: &FileTree,
    leaves_out: &dyn Fn(&str, bool) -> bool,
    out: &mut dyn Write,
) -> Result<Packed, Error> {
    packed(tree, leaves_out, out).map_err(|source| Error::Archive { source })
}

fn packed(
    tree: &FileTree,
    leaves_out: &dyn Fn(&str, bool) -> bool,
    out: &mut dyn Write,
) -> io::Result<Packed> {
    let summed = Summed { out, hasher: Sha256::new(), size: 0 };
    let mut gzip = Gzip::new(io::BufWriter::new(summed))?;
    gzip.header(".", Kind::Directory)?;
    let mut entries: Vec<(&str, &Entry)> = tree.iter().collect();
    // As somebody meets them who goes through the directories: `a/b` before `a-b`.
    entries.sort_by(|(one, _), (other, _)| one.split('/').cmp(other.split('/')));
    for (path, entry) in entries {
        match entry {
            Entry::Directory if !leaves_out(path, true) => gzip.header(path, Kind::Directory)?,
            Entry::File(content) if !leaves_out(path, false) => {
                let (size, is_executable) =
                    (content.bytes().len() as u64, tree.is_executable(path));
                gzip.header(path, Kind::File { size, is_executable })?;
                gzip.body(content.bytes())?;
            }
            Entry::Unreadable(_) if tree.is_submodule(path) && !leaves_out(path, true) => {
                gzip.header(path, Kind::Directory)?;
            }
            _ => {}
        }
    }
    let written = gzip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    let Summed { hasher, size, .. } = written;
    Ok(Packed { digest: format!("sha256:{}", hex(&hasher.finalize())), size })
}

/// Reads a gzip'd tar as it comes, at most `limit` bytes of files. Links are left out, as Flux leaves them out.
///
/// # Errors
/// It breaks off, is no such archive, is over a limit, or has something in it that is neither a file nor a
/// directory, or a path that leads out of it (fluxcd/pkg `tar/tar.go`).
pub fn unpack(reader: &mut dyn Read, limit: u64) -> Result<FileTree, Error> {
    let mut archive = tar::Archive::new(Bounded {
        reader: MultiGzDecoder::new(reader),
        // What is around the files counts as well: headers, and padding.
        left: limit.saturating_add(limit / 4).saturating_add(64 << 20),
        limit,
    });
    let mut tree = FileTree::default();
    let mut left = limit;
    let entries = archive.entries().map_err(unreadable)?;
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        if count >= MAX_ENTRIES {
            return Err(too_much(&format!("it has over {MAX_ENTRIES} entries")));
        }
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::Symlink) {
            continue;
        }
        let path = path(&entry.path_bytes())?;
        match kind {
            EntryType::Directory if path.is_empty() => {}
            EntryType::Directory => add(&mut tree, &path, Entry::Directory)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let size = entry.size();
                let over = || too_much(&format!("its files have over {} MiB", limit >> 20));
                left = left.checked_sub(size).ok_or_else(over)?;
                if size > MAX_FILE {
                    add(&mut tree, &path, Entry::Unreadable(too_large(size)))?;
                    continue;
                }
                let is_executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(unreadable)?;
                add(&mut tree, &path, Entry::File(Content::from(bytes)))?;
                if is_executable {
                    tree.set_executable(&path);
                }
            }
            other => {
                let what = format!("`{path}` is neither a file nor a directory ({other:?})");
                return Err(too_much(&what));
            }
        }
    }
    tree.set_complete();
    Ok(tree)
}

/// Puts something into a tree; what is a file has nothing below it.
fn add(tree: &mut FileTree, path: &str, entry: Entry) -> Result<(), Error> {
    let is_file = |path: &str| match tree.lookup(path) {
        manifest::Lookup::Found(found) => !matches!(found, Entry::Directory),
        _ => false,
    };
    let mut above = path;
    while let Some((parent, _)) = above.rsplit_once('/') {
        if is_file(parent) {
            return Err(too_much(&format!("`{parent}` is a file, and has `{path}` in it")));
        }
        above = parent;
    }
    let is_directory = matches!(entry, Entry::Directory);
    match tree.lookup(path) {
        manifest::Lookup::Found(Entry::Directory) if is_directory => return Ok(()),
        manifest::Lookup::Found(found) if is_directory != matches!(found, Entry::Directory) => {
            return Err(too_much(&format!("`{path}` is a file and a directory")));
        }
        _ => {}
    }
    tree.insert(path, entry);
    Ok(())
}

/// The path of an entry as a tree has it; empty for the root.
fn path(bytes: &[u8]) -> Result<String, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| too_much("a name in it is not UTF-8"))?;
    let parts = || text.split('/').filter(|part| !matches!(*part, "" | "."));
    let is_odd = text.starts_with('/') || text.contains(['\\', '\0']) || text.is_empty();
    if is_odd || parts().any(|part| part == "..") {
        return Err(too_much(&format!("the name {text:?} leads out of it")));
    }
    if parts().count() > git::MAX_DEPTH {
        return Err(too_much(&format!("directories are nested over {} deep", git::MAX_DEPTH)));
    }
    Ok(parts().collect::<Vec<_>>().join("/"))
}

fn unreadable(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(source) => {
            // The reason is somewhere below what `tar` makes of it.
            let what = "the archive cannot be read".to_owned();
            Error::Http { what, source: Box::new(source) }
        }
    }
}

fn too_much(what: &str) -> Error {
    Error::TooMuch { what: format!("the archive is refused: {what}") }
}

/// Lower-case digits, as digests have them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads so much and no more.
struct Bounded<R> {
    reader: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let over = || too_much(&format!("it unpacks to more than {} MiB", self.limit >> 20));
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(over()))?;
        Ok(read)
    }
}

/// Counts what passes, and makes a digest of it.
struct Summed<'a> {
    out: &'a mut dyn Write,
    hasher: Sha256,
    size: u64,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A tar in a gzip (RFC 1952), written as Go's `archive/tar` and `compress/gzip` write them.
struct Gzip<W> {
    deflate: Deflate<W>,
    checksum: flate2::Crc,
}

impl<W: Write> Gzip<W> {
    fn new(mut out: W) -> io::Result<Gzip<W>> {
        // No name, no time, no word on the level, an unknown system.
        out.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
        Ok(Gzip { deflate: Deflate::new(out), checksum: flate2::Crc::new() })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.deflate.write(bytes)
    }

    fn header(&mut self, path: &str, kind: Kind) -> io::Result<()> {
        header::of(path, kind).iter().try_for_each(|block| self.write(block))
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        bytes.chunks(PIECE).try_for_each(|piece| self.write(piece))?;
        self.write(&[0; header::BLOCK][..header::padding(bytes.len())])
    }

    /// Two empty blocks end the archive; the checksum and the length of what was compressed end the gzip.
    fn finish(mut self) -> io::Result<W> {
        self.write(&[0; header::BLOCK])?;
        self.write(&[0; header::BLOCK])?;
        let (sum, amount) = (self.checksum.sum(), self.checksum.amount());
        let mut out = self.deflate.finish()?;
        out.write_all(&sum.to_le_bytes())?;
        out.write_all(&amount.to_le_bytes())?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
