//! Repositories for tests: a folder of its own for each, that goes at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use source::Author;
use testkit::fixture;

const AUTHOR: Author<'static> = Author { name: "test", email: "test@localhost" };

/// A folder that goes at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("nauarch-e2e-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays in the temporary one is no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A repository in a folder.
pub(crate) struct Repository {
    path: PathBuf,
}

impl Repository {
    /// A new one with these files, in a first commit on `main`.
    pub(crate) fn new(path: &Path, files: &str) -> Repository {
        let repository = Repository::at(path);
        repository.write(files);
        repository.init();
        repository
    }

    /// What is, or will be, a repository.
    pub(crate) fn at(path: &Path) -> Repository {
        Repository { path: path.to_owned() }
    }

    /// Makes the folder a repository.
    pub(crate) fn init(&self) {
        source::init(&self.path, "first", AUTHOR, Timestamp::UNIX_EPOCH).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes files without committing them.
    pub(crate) fn write(&self, files: &str) {
        for (path, text) in fixture(files) {
            let path = self.path.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// Writes files and commits.
    pub(crate) fn commit(&self, files: &str) -> String {
        self.write(files);
        self.commit_all()
    }

    /// Replaces text in a file and commits.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) -> String {
        let path = self.path.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`:\n{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        self.commit_all()
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.path.join(file)).unwrap();
    }

    /// Commits all that there is; gives the revision.
    pub(crate) fn commit_all(&self) -> String {
        source::commit(&self.path, "change", AUTHOR, Timestamp::UNIX_EPOCH).unwrap().to_string()
    }
}
