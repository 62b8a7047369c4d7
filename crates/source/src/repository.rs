//! A source on this machine: its newest revision, and the files of a revision.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use manifest::FileTree;

use crate::folder::Folder;
use crate::git::Branch;
use crate::tarball::Packed;
use crate::{Error, Revision, Watch, oci};

/// How many trees are kept for those who still ask for an older revision.
const KEPT: usize = 4;

/// What counts of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// What is committed to this branch.
    Branch(String),
    /// The files as they are, committed or not; for folders without Git as well.
    Worktree,
}

/// A source; clones are the same one.
#[derive(Clone)]
pub struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    files: Files,
    /// The newest last.
    kept: Mutex<VecDeque<Artifact>>,
}

/// Where the files are read from.
enum Files {
    Branch(Box<Branch>),
    Folder(Folder),
}

/// A state of a source.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its name.
    pub revision: Revision,
    /// All its files.
    pub tree: Arc<FileTree>,
    /// The archive that Flux would make of it, where somebody has looked at that.
    pub packed: Option<Packed>,
    /// What is said of it where it comes from: annotations of an artifact of a registry.
    pub metadata: BTreeMap<String, String>,
    /// Who signed it, as the condition `SourceVerified` says it; `None` where that was not to be verified.
    pub verified: Option<String>,
}

impl Artifact {
    /// The files of a revision, of which no archive was made.
    pub fn new(revision: Revision, tree: FileTree) -> Artifact {
        let (tree, metadata) = (Arc::new(tree), BTreeMap::new());
        Artifact { revision, tree, packed: None, metadata, verified: None }
    }

    /// The revision of the source that it was made from, where that is said; else nothing.
    pub fn origin_revision(&self) -> &str {
        self.metadata.get(oci::ORIGIN).map(String::as_str).unwrap_or_default()
    }
}

impl Repository {
    /// Opens the folder at `path`. It may be any folder of a checkout; then its part of the repository
    /// counts. A bare repository will do for [`Mode::Branch`].
    ///
    /// # Errors
    /// There is no such folder, or for a branch no Git repository. That the branch is there, [`Self::head`]
    /// finds out.
    pub fn open(path: &Path, mode: Mode) -> Result<Repository, Error> {
        let folder = real_folder(path)?;
        let prefix = prefix(path);
        let files = match mode {
            Mode::Branch(name) => {
                Files::Branch(Box::new(Branch::open(path, &folder, name, prefix)?))
            }
            Mode::Worktree => Files::Folder(Folder::new(folder, prefix)),
        };
        Ok(Repository { inner: Arc::new(Inner { files, kept: Mutex::default() }) })
    }

    /// The newest revision.
    ///
    /// # Errors
    /// The repository has no commit or not the branch, or cannot be read.
    pub fn head(&self) -> Result<Revision, Error> {
        match &self.inner.files {
            Files::Branch(branch) => branch.head().map(|head| head.revision),
            Files::Folder(_) => self.latest().map(|artifact| artifact.revision),
        }
    }

    /// The files of a revision: the newest one, or one of the few before it.
    ///
    /// # Errors
    /// It is not kept any more, or cannot be read.
    pub fn tree(&self, revision: &Revision) -> Result<Arc<FileTree>, Error> {
        if let Some(kept) = self.kept(revision) {
            return Ok(kept.tree);
        }
        let gone = || Error::Gone { revision: revision.to_string() };
        match &self.inner.files {
            Files::Branch(branch) => {
                let artifact = branch.read_commit(revision.hash())?.ok_or_else(gone)?;
                Ok(self.keep(artifact).tree)
            }
            Files::Folder(_) => Some(self.latest()?)
                .filter(|it| it.revision == *revision)
                .map(|it| it.tree)
                .ok_or_else(gone),
        }
    }

    /// The newest revision and its files.
    ///
    /// # Errors
    /// As [`Self::head`] and [`Self::tree`].
    pub fn latest(&self) -> Result<Artifact, Error> {
        match &self.inner.files {
            Files::Branch(branch) => {
                let head = branch.head()?;
                match self.kept(&head.revision) {
                    Some(kept) => Ok(kept),
                    None => Ok(self.keep(branch.read(&head)?)),
                }
            }
            Files::Folder(folder) => {
                let artifact = folder.read()?;
                Ok(self.kept(&artifact.revision).unwrap_or_else(|| self.keep(artifact)))
            }
        }
    }

    /// The URLs of the Git remotes; none where there is no repository.
    pub fn remotes(&self) -> Vec<String> {
        match &self.inner.files {
            Files::Branch(branch) => branch.remotes(),
            Files::Folder(folder) => folder.remotes(),
        }
    }

    /// Events from now on: something may have changed.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn watch(&self) -> Result<Watch, Error> {
        match &self.inner.files {
            Files::Branch(branch) => Watch::of_branch(branch),
            Files::Folder(folder) => Watch::of_folder(folder.clone()),
        }
    }

    /// Whether somebody is in the middle of changing all files (`git checkout`, `git rebase`); an event
    /// comes when that is over.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(&self.inner.files, Files::Folder(folder) if folder.is_busy())
    }

    fn kept(&self, revision: &Revision) -> Option<Artifact> {
        let kept = self.inner.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|artifact| artifact.revision == *revision).cloned()
    }

    fn keep(&self, artifact: Artifact) -> Artifact {
        let mut kept = self.inner.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(artifact.clone());
        artifact
    }
}

/// The folder without links on the way to it.
fn real_folder(path: &Path) -> Result<PathBuf, Error> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            fs::canonicalize(path).map_err(Error::disk(path, "read"))
        }
        Ok(_) => Err(Error::NotAFolder { file: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::NoFolder { folder: path.to_owned() })
        }
        Err(error) => Err(Error::disk(path, "read")(error)),
    }
}

/// What messages put before the paths of the tree, so that they can be opened from where somebody is.
fn prefix(path: &Path) -> String {
    let shown = path.display().to_string();
    match shown.trim_end_matches('/') {
        "." | "" => String::new(),
        shown => format!("{}/", shown.strip_prefix("./").unwrap_or(shown)),
    }
}
