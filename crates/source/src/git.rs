//! A branch of a Git repository, read through its object database.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use manifest::diagnostic::did_you_mean;
use manifest::{Content, Entry, FileTree};

use crate::folder::{MAX_FILE, inside, too_large};
use crate::{Artifact, Error, Revision};

/// How deep directories may be nested.
pub(crate) const MAX_DEPTH: usize = 256;

/// How many bytes of unpacked objects are kept while a tree is read.
const PACK_CACHE: usize = 16 << 20;

/// One branch, and the folder of it that counts.
pub(crate) struct Branch {
    repository: gix::ThreadSafeRepository,
    name: String,
    /// The folder as it was given, for messages.
    given: PathBuf,
    /// The folder in the repository; empty for its root.
    folder: String,
    prefix: String,
    /// Files by the id of their content, those of the last tree.
    known: Mutex<HashMap<ObjectId, Content>>,
}

/// Where a branch is.
pub(crate) struct Head {
    pub(crate) revision: Revision,
    commit: ObjectId,
}

impl Branch {
    /// The branch `name` of the repository that `folder` is in or is.
    pub(crate) fn open(
        given: &Path,
        folder: &Path,
        name: String,
        prefix: String,
    ) -> Result<Branch, Error> {
        let repository =
            discover(folder).ok_or_else(|| Error::NoRepository { folder: given.to_owned() })?;
        let root = repository.workdir().and_then(|root| root.canonicalize().ok());
        let folder = root.and_then(|root| inside(&root, folder)).unwrap_or_default();
        Ok(Branch {
            repository: repository.into_sync(),
            name,
            given: given.to_owned(),
            folder,
            prefix,
            known: Mutex::default(),
        })
    }

    /// The folder with refs and objects, shared by all worktrees.
    pub(crate) fn common_folder(&self) -> PathBuf {
        self.repository.to_thread_local().common_dir().to_owned()
    }

    pub(crate) fn remotes(&self) -> Vec<String> {
        remotes(&self.repository.to_thread_local())
    }

    /// Where the branch is now.
    pub(crate) fn head(&self) -> Result<Head, Error> {
        let repository = self.repository.to_thread_local();
        let full = format!("refs/heads/{}", self.name);
        let cannot = || Error::git(format!("the branch `{}` cannot be read", self.name));
        let reference = match repository.try_find_reference(full.as_str()) {
            Ok(reference) => reference,
            // Not a name that a branch can have.
            Err(_) if gix::validate::reference::name(full.as_bytes().as_bstr()).is_err() => None,
            Err(error) => return Err(cannot()(error)),
        };
        let Some(mut reference) = reference else { return Err(self.missing(&repository)) };
        let commit = reference.peel_to_commit().map_err(cannot())?.id;
        Ok(Head { revision: Revision::of_commit(&self.name, &commit.to_string()), commit })
    }

    fn missing(&self, repository: &gix::Repository) -> Error {
        let names = branch_names(repository);
        if names.is_empty() {
            return Error::NoCommits { folder: self.given.clone() };
        }
        let hint = did_you_mean(&self.name, names.iter().map(String::as_str));
        Error::NoBranch { branch: self.name.clone(), hint }
    }

    /// The files of the commit `hash`; `None` where it is not in the repository.
    pub(crate) fn read_commit(&self, hash: &str) -> Result<Option<Artifact>, Error> {
        let Ok(commit) = ObjectId::from_hex(hash.as_bytes()) else { return Ok(None) };
        if !self.repository.to_thread_local().has_object(commit) {
            return Ok(None);
        }
        self.read(&Head { revision: Revision::of_commit(&self.name, hash), commit }).map(Some)
    }

    /// The files of a commit.
    pub(crate) fn read(&self, head: &Head) -> Result<Artifact, Error> {
        let repository = self.repository.to_thread_local();
        let cannot = || Error::git(format!("the files of {} cannot be read", head.revision));
        let mut root = repository
            .find_commit(head.commit)
            .and_then(|commit| commit.tree_id())
            .map_err(cannot())?
            .detach();
        if !self.folder.is_empty() {
            let tree = repository.find_tree(root).map_err(cannot())?;
            let entry = tree.lookup_entry_by_path(&self.folder).map_err(cannot())?;
            let entry = entry.filter(|entry| entry.mode().is_tree());
            root = entry.map(|entry| entry.object_id()).ok_or_else(|| Error::NotCommitted {
                folder: self.folder.clone(),
                commit: head.commit.to_string(),
            })?;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let tree = FileTree::unread("", &self.prefix);
        let mut reading = Reading {
            repository: &repository,
            before: &known,
            now: HashMap::new(),
            tree,
            left: u64::MAX,
        };
        reading.folder(root, "", 0).map_err(cannot())?;
        let Reading { now, mut tree, .. } = reading;
        *known = now;
        tree.set_complete();
        Ok(Artifact::new(head.revision.clone(), tree))
    }
}

/// The files of a commit, at most `limit` bytes of them.
pub(crate) fn files(
    repository: &gix::Repository,
    commit: ObjectId,
    limit: u64,
) -> Result<FileTree, gix::Error> {
    files_sharing(repository, commit, limit, &mut HashMap::new())
}

/// The same, which shares contents with the files of another commit that are `known`, and replaces those.
pub(crate) fn files_sharing(
    repository: &gix::Repository,
    commit: ObjectId,
    limit: u64,
    known: &mut HashMap<ObjectId, Content>,
) -> Result<FileTree, gix::Error> {
    let mut repository = repository.clone();
    // Files are stored as differences from others; without it each of those is made again for each.
    repository.objects.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(PACK_CACHE)));
    let repository = &repository;
    let root = repository.find_commit(commit)?.tree_id()?.detach();
    let (now, tree) = (HashMap::new(), FileTree::default());
    let mut reading = Reading { repository, before: known, now, tree, left: limit };
    reading.folder(root, "", 0)?;
    let Reading { now, mut tree, .. } = reading;
    *known = now;
    tree.set_complete();
    Ok(tree)
}

/// A tree of Git's on its way to a [`FileTree`].
struct Reading<'a> {
    repository: &'a gix::Repository,
    before: &'a HashMap<ObjectId, Content>,
    now: HashMap<ObjectId, Content>,
    tree: FileTree,
    /// How many bytes may still be read.
    left: u64,
}

impl Reading<'_> {
    fn folder(&mut self, id: ObjectId, path: &str, depth: usize) -> Result<(), gix::Error> {
        if depth > MAX_DEPTH {
            let why = format!("directories are nested over {MAX_DEPTH} deep");
            self.tree.insert(path, Entry::Unreadable(why));
            return Ok(());
        }
        let tree = self.repository.find_tree(id)?;
        for entry in tree.iter() {
            let entry = entry?;
            // A name that is not UTF-8 cannot be written in YAML, so nothing refers to it.
            let Ok(name) = entry.filename().to_str() else { continue };
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let id = entry.object_id();
            match entry.mode().kind() {
                EntryKind::Tree => self.folder(id, &path, depth + 1)?,
                kind @ (EntryKind::Blob | EntryKind::BlobExecutable) => {
                    let found = self.file(id)?;
                    self.tree.insert(&path, found);
                    if kind == EntryKind::BlobExecutable {
                        self.tree.set_executable(&path);
                    }
                }
                EntryKind::Link => {
                    let target = self.repository.find_blob(id)?;
                    let target = target.data.to_str_lossy().into_owned();
                    self.tree.insert(&path, Entry::Link(target));
                }
                EntryKind::Commit => {
                    let why = "it is a submodule, and submodules are not fetched".to_owned();
                    self.tree.insert(&path, Entry::Unreadable(why));
                    self.tree.set_submodule(&path, &id.to_string());
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, id: ObjectId) -> Result<Entry, gix::Error> {
        if let Some(content) = self.now.get(&id).or_else(|| self.before.get(&id)) {
            let content = content.clone();
            self.now.insert(id, content.clone());
            return Ok(Entry::File(content));
        }
        let size = self.repository.find_header(id)?.size();
        if size > MAX_FILE || size > self.left {
            return Ok(Entry::Unreadable(too_large(size)));
        }
        self.left -= size;
        let mut blob = self.repository.find_blob(id)?;
        let content = Content::from(blob.take_data());
        self.now.insert(id, content.clone());
        Ok(Entry::File(content))
    }
}

/// The repository that a folder is in or is.
pub(crate) fn discover(folder: &Path) -> Option<gix::Repository> {
    gix::discover(folder).ok()
}

/// The folder with HEAD and the index of the checkout that a folder is in.
pub(crate) fn folder_of(folder: &Path) -> Option<PathBuf> {
    Some(discover(folder)?.git_dir().to_owned())
}

/// The branch that is checked out where `folder` is; `None` where there is no repository.
///
/// # Errors
/// There is no such folder, HEAD is detached, or it cannot be read.
pub fn branch(folder: &Path) -> Result<Option<String>, Error> {
    if !folder.is_dir() {
        return Err(match folder.exists() {
            true => Error::NotAFolder { file: folder.to_owned() },
            false => Error::NoFolder { folder: folder.to_owned() },
        });
    }
    let Some(repository) = discover(folder) else { return Ok(None) };
    let name = repository.head_name().map_err(Error::git("HEAD cannot be read"))?;
    let name = name.ok_or(Error::Detached)?;
    Ok(Some(name.shorten().to_string()))
}

/// The URLs of a repository's remotes, as its configuration has them.
pub(crate) fn remotes(repository: &gix::Repository) -> Vec<String> {
    let url = |name: gix::bstr::BString| {
        let remote = repository.try_find_remote_without_url_rewrite(name.as_bstr())?.ok()?;
        Some(remote.url(gix::remote::Direction::Fetch)?.to_bstring().to_string())
    };
    repository.remote_names().into_iter().filter_map(url).collect()
}

/// The paths of the index below `folder`, as seen from there; none where there is no repository.
pub(crate) fn index_paths(folder: &Path) -> Vec<String> {
    let Some(repository) = discover(folder) else { return Vec::new() };
    let Some(root) = repository.workdir().and_then(|root| root.canonicalize().ok()) else {
        return Vec::new();
    };
    let (Ok(index), Some(prefix)) = (repository.index_or_empty(), inside(&root, folder)) else {
        return Vec::new();
    };
    let path = |entry: &gix::index::Entry| {
        let path = entry.path(&index).to_str().ok()?;
        match prefix.as_str() {
            "" => Some(path.to_owned()),
            prefix => Some(path.strip_prefix(prefix)?.strip_prefix('/')?.to_owned()),
        }
    };
    index.entries().iter().filter_map(path).collect()
}

fn branch_names(repository: &gix::Repository) -> Vec<String> {
    let Ok(platform) = repository.references() else { return Vec::new() };
    let Ok(branches) = platform.local_branches() else { return Vec::new() };
    branches
        .filter_map(Result::ok)
        .map(|reference| reference.name().shorten().to_string())
        .collect()
}
