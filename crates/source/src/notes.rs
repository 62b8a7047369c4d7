//! What was fetched for whom, on the disk: a file for each reference, its newest outcomes first.
//!
//! They say what is there without a network, and what may leave the disk: what stands in none of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::Error;
use crate::tarball::hex;

/// How many outcomes of a reference are kept.
const KEPT: usize = 10;

/// A reference that nobody asked for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// After so long, a note says again that somebody asked.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// The notes of a store.
pub(crate) struct Notes {
    folder: PathBuf,
}

impl Notes {
    /// Those in `folder`; it is made when something is noted.
    pub(crate) fn new(folder: PathBuf) -> Notes {
        Notes { folder }
    }

    /// Keeps other processes from changing the store as long as what it gives lives.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        fs::create_dir_all(&self.folder).map_err(Error::disk(&self.folder, "written"))?;
        let path = self.folder.join("lock");
        let file = File::options().write(true).create(true).truncate(false).open(&path);
        let lock = |file: File| file.lock().map(|()| file);
        file.and_then(lock).map_err(Error::disk(&path, "written"))
    }

    /// The outcomes of a reference, the newest first.
    pub(crate) fn of(&self, reference: &str) -> Vec<String> {
        lines(&self.path(reference))
    }

    /// Notes the newest outcome, a line. It is there whole, or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn put(&self, reference: &str, outcome: &str) -> Result<(), Error> {
        let path = self.path(reference);
        let before = lines(&path);
        let is_newest = before.first().is_some_and(|newest| newest == outcome);
        if is_newest && age(&path).is_some_and(|age| age < FRESH) {
            return Ok(());
        }
        let others = before.iter().map(String::as_str).filter(|line| *line != outcome);
        let all = std::iter::once(outcome).chain(others).take(KEPT);
        let text: String = all.map(|line| format!("{line}\n")).collect();
        write_whole(&path, &text)
    }

    /// The outcomes of all references that somebody asked for of late. Notes of others go away.
    ///
    /// # Errors
    /// They cannot be read, or not be removed.
    pub(crate) fn all(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::disk(&self.folder, "read"))?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::disk(&self.folder, "read"))?.path();
            match age(&path) {
                Some(age) if age > FORGOTTEN && path.file_name() != Some("lock".as_ref()) => {
                    fs::remove_file(&path).map_err(Error::disk(&path, "removed"))?;
                }
                _ => all.extend(lines(&path)),
            }
        }
        Ok(all)
    }

    /// Whether somebody asked for anything of late.
    pub(crate) fn is_used(&self) -> bool {
        let Ok(entries) = fs::read_dir(&self.folder) else { return false };
        let is_young = |age: Duration| age <= FORGOTTEN;
        entries.flatten().any(|entry| age(&entry.path()).is_some_and(is_young))
    }

    fn path(&self, reference: &str) -> PathBuf {
        self.folder.join(hex(&Sha256::digest(reference)[..16]))
    }
}

/// Writes a file that is there whole, or not at all.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_whole(file: &Path, text: &str) -> Result<(), Error> {
    let new = file.with_extension("new");
    file.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, file))
        .map_err(Error::disk(file, "written"))
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// How long ago a file was written; nothing where it is not there.
fn age(path: &Path) -> Option<Duration> {
    let written = fs::metadata(path).ok()?.modified().ok()?;
    // One from the future is as good as new.
    Some(SystemTime::now().duration_since(written).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    fn make_old(path: &Path) {
        let then = SystemTime::now() - FORGOTTEN - FRESH;
        File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn the_newest_stay() {
        let scratch = Scratch::new("");
        let notes = Notes::new(scratch.at("notes"));
        assert!(!notes.is_used());
        for number in 0..12 {
            notes.put("main", &format!("main {number}")).unwrap();
        }
        notes.put("main", "main 7").unwrap();
        let of_main: Vec<String> =
            [7, 11, 10, 9, 8, 6, 5, 4, 3, 2].iter().map(|it| format!("main {it}")).collect();
        assert_eq!(notes.of("main"), of_main);
        assert_eq!(notes.of("other"), Vec::<String>::new());
        assert_eq!(notes.all().unwrap(), of_main);
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let scratch = Scratch::new("");
        let notes = Notes::new(scratch.at("notes"));
        drop(notes.lock().unwrap());
        notes.put("old", "1").unwrap();
        notes.put("asked", "2").unwrap();
        make_old(&notes.path("old"));
        make_old(&notes.path("asked"));
        notes.put("asked", "2").unwrap();
        assert_eq!(notes.all().unwrap(), ["2"]);
        assert_eq!(notes.of("old"), Vec::<String>::new());
        make_old(&notes.path("asked"));
        make_old(&scratch.at("notes/lock"));
        assert!(!notes.is_used());
    }
}
