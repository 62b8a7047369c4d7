//! Commits of whole folders, for repositories that nauarch makes: no `git` is needed for them.

use std::fs;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use jiff::Timestamp;

use crate::folder::{inside, walk};
use crate::{Error, Revision};

/// Who commits.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// A name.
    pub name: &'a str,
    /// An e-mail address.
    pub email: &'a str,
}

/// The branch of a new repository.
const MAIN: &str = "main";

/// Makes a repository of the folder, with all its files in a first commit on `main`; those that
/// `.gitignore` names are left out. `git status` has nothing to say about it then.
///
/// # Errors
/// It is one already, or cannot be written.
pub fn init(
    folder: &Path,
    message: &str,
    author: Author<'_>,
    now: Timestamp,
) -> Result<Revision, Error> {
    let options = gix::open::Options::isolated();
    let kind = gix::create::Kind::WithWorktree;
    gix::ThreadSafeRepository::init_opts(folder, kind, gix::create::Options::default(), options)
        .map_err(Error::git(format!("`{}` cannot be made a repository", folder.display())))?;
    commit(folder, message, author, now)
}

/// Commits all files of the folder, the root of a checkout, to the branch that is checked out.
///
/// # Errors
/// It is no checkout, HEAD is detached, or something cannot be read or written.
pub fn commit(
    folder: &Path,
    message: &str,
    author: Author<'_>,
    now: Timestamp,
) -> Result<Revision, Error> {
    let repository = gix::open_opts(folder, gix::open::Options::isolated())
        .map_err(Error::git(format!("`{}` cannot be opened", folder.display())))?;
    let cannot = || Error::git(format!("`{}` cannot be committed", folder.display()));
    let name = repository.head_name().map_err(cannot())?.ok_or(Error::Detached)?;
    let tree = write_tree(&repository, folder)?;
    let parent = repository.try_find_reference(name.as_ref()).map_err(cannot())?;
    let parent = match parent {
        Some(mut reference) => Some(reference.peel_to_commit().map_err(cannot())?.id),
        None => None,
    };
    let signature = gix::actor::Signature {
        name: author.name.into(),
        email: author.email.into(),
        time: gix::date::Time::new(now.as_second(), 0),
    };
    let mut buffer = gix::date::parse::TimeBuf::default();
    let signature = signature.to_ref(&mut buffer);
    let commit = repository
        .commit_as(signature, signature, name.as_bstr(), message, tree, parent)
        .map_err(cannot())?;
    write_index(&repository, folder, tree)?;
    let branch = name.shorten().to_str().unwrap_or(MAIN);
    Ok(Revision::of_commit(branch, &commit.to_string()))
}

/// Writes all files of a folder as a tree.
fn write_tree(repository: &gix::Repository, folder: &Path) -> Result<ObjectId, Error> {
    let cannot = || Error::git("the files cannot be written to the repository");
    let mut editor = repository.edit_tree(repository.empty_tree().id).map_err(cannot())?;
    for found in walk(folder) {
        let found =
            found.map_err(|error| Error::disk(folder, "read")(std::io::Error::other(error)))?;
        let path = found.path();
        let (Some(inside), Some(kind)) = (inside(folder, path), found.file_type()) else {
            continue;
        };
        let (kind, bytes) = if kind.is_symlink() {
            let target = fs::read_link(path).map_err(Error::disk(path, "read"))?;
            (EntryKind::Link, target.into_os_string().into_encoded_bytes())
        } else if kind.is_file() {
            let bytes = fs::read(path).map_err(Error::disk(path, "read"))?;
            (if is_executable(path) { EntryKind::BlobExecutable } else { EntryKind::Blob }, bytes)
        } else {
            continue;
        };
        let blob = repository.write_blob(bytes).map_err(cannot())?;
        editor.upsert(inside.as_str(), kind, blob.detach()).map_err(cannot())?;
    }
    Ok(editor.write().map_err(cannot())?.detach())
}

/// Writes the index that belongs to the tree just committed, with what the disk says of each file.
fn write_index(repository: &gix::Repository, folder: &Path, tree: ObjectId) -> Result<(), Error> {
    let cannot = || Error::git("the index cannot be written");
    let mut index = repository.index_from_tree(&tree).map_err(cannot())?;
    for (entry, path) in index.entries_mut_with_paths() {
        let Ok(path) = path.to_str() else { continue };
        let stat = gix::index::fs::Metadata::from_path_no_follow(&folder.join(path));
        if let Some(stat) = stat.ok().and_then(|stat| gix::index::entry::Stat::from_fs(&stat).ok())
        {
            entry.stat = stat;
        }
    }
    index.write(gix::index::write::Options::default()).map_err(cannot())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}
