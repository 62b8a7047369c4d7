//! Files that are called after what they hold.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::Sha256;

use super::Digest;
use crate::Error;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// A folder of files that are called after their digests.
pub(crate) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// Those in `folder`; it is made when something is kept.
    pub(crate) fn new(folder: PathBuf) -> Blobs {
        Blobs { folder }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }

    /// Whether a file is there.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// How many bytes a file has; `None` where it is not there.
    pub(crate) fn size(&self, digest: &Digest) -> Option<u64> {
        fs::metadata(self.path(digest)).ok().map(|metadata| metadata.len())
    }

    /// Keeps what `reader` gives, unless its digest or its size is another one. It is there whole, or not at
    /// all.
    ///
    /// # Errors
    /// It is something else, breaks off, or cannot be written.
    pub(crate) fn keep(&self, digest: &Digest, size: u64, reader: impl Read) -> Result<(), Error> {
        // One more tells that there are too many.
        let (unfinished, hash, length) = self.receive(reader.take(size.saturating_add(1)))?;
        if length != size || hash != *digest {
            let what = format!("what arrives as {digest} is something else");
            return Err(Error::Artifact { what });
        }
        self.name(&unfinished, digest)
    }

    /// Keeps what `reader` gives, whatever that is; its name, and how many bytes it has.
    ///
    /// # Errors
    /// It breaks off, or cannot be written.
    pub(crate) fn add(&self, reader: impl Read) -> Result<(Digest, u64), Error> {
        let (unfinished, digest, length) = self.receive(reader)?;
        self.name(&unfinished, &digest)?;
        Ok((digest, length))
    }

    /// Writes what `reader` gives to a file without a name.
    fn receive(&self, mut reader: impl Read) -> Result<(Unfinished, Digest, u64), Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(&self.folder).map_err(Error::disk(&self.folder, "written"))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("new.{}.{number}", std::process::id());
        let unfinished = Unfinished(self.folder.join(name));
        let disk = || Error::disk(&unfinished.0, "written");
        let mut file = File::create(&unfinished.0).map_err(disk())?;
        let (mut hash, mut length) = (Sha256::default(), 0_u64);
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = reader.read(&mut chunk).map_err(Error::of_io)?;
            let bytes = &chunk[..count];
            if bytes.is_empty() {
                break;
            }
            length += count as u64;
            sha2::Digest::update(&mut hash, bytes);
            file.write_all(bytes).map_err(disk())?;
        }
        file.sync_all().map_err(disk())?;
        Ok((unfinished, Digest::of_hash(hash), length))
    }

    fn name(&self, unfinished: &Unfinished, digest: &Digest) -> Result<(), Error> {
        let path = self.path(digest);
        fs::rename(&unfinished.0, &path).map_err(Error::disk(&path, "written"))
    }

    /// Keeps bytes under their name.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn keep_bytes(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
        self.keep(digest, bytes.len() as u64, bytes)
    }

    /// What a file holds, for `read` to read; `None` where it is not there. One that is damaged goes away.
    ///
    /// # Errors
    /// It is damaged or cannot be read, or `read` fails.
    pub(crate) fn read<T>(
        &self,
        digest: &Digest,
        read: impl FnOnce(&mut dyn Read) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let path = self.path(digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::disk(path, "read")(error)),
        };
        let mut hashed = Hashed { file: io::BufReader::new(file), hash: Sha256::default() };
        let value = read(&mut hashed);
        // What the reader had no use for counts as well.
        io::copy(&mut hashed, &mut io::sink()).map_err(Error::disk(&path, "read"))?;
        if Digest::of_hash(hashed.hash) == *digest {
            return value.map(Some);
        }
        fs::remove_file(&path).map_err(Error::disk(&path, "written"))?;
        let what = format!("the file of {digest} is damaged: it is fetched again next time");
        Err(Error::Artifact { what })
    }

    /// All bytes of a file; `None` where it is not there, or has more than `most`.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub(crate) fn bytes(&self, digest: &Digest, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(digest);
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > most) {
            return Ok(None);
        }
        self.read(digest, |reader| {
            let mut bytes = Vec::new();
            let read = reader.read_to_end(&mut bytes);
            read.map(|_| bytes).map_err(Error::disk(path, "read"))
        })
    }

    /// Removes the files of which `is_kept` says no, and what was left unfinished.
    ///
    /// # Errors
    /// The folder cannot be read, or a file not be removed.
    pub(crate) fn retain(&self, is_kept: impl Fn(&Digest) -> bool) -> Result<(), Error> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::disk(&self.folder, "read"))?,
        };
        for entry in entries {
            let path = entry.map_err(Error::disk(&self.folder, "read"))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let digest = Digest::parse(&format!("sha256:{name}"));
            if !digest.is_some_and(|digest| is_kept(&digest)) {
                fs::remove_file(&path).map_err(Error::disk(&path, "removed"))?;
            }
        }
        Ok(())
    }
}

/// A file that goes away unless it gets another name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone where all is well, and harms nobody else.
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes a digest of what is read.
struct Hashed<R> {
    file: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        sha2::Digest::update(&mut self.hash, &buffer[..count]);
        Ok(count)
    }
}
