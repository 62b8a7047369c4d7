//! What nobody wants any more leaves the disk: the commits that are kept become one pack, and all else goes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::ObjectId;

use super::KEPT;
use super::packing::{pack, remove};
use crate::Error;

/// With so many packs it is time.
const MAX_PACKS: usize = 16;

/// Collects what is left of the commits and tags that are not in `kept`, once there are many packs.
///
/// # Errors
/// Something cannot be read or written. Then everything is still there, some of it twice.
pub(super) fn collect(
    repository: &gix::Repository,
    kept: &BTreeSet<ObjectId>,
) -> Result<(), Error> {
    let folder = repository.objects.store_ref().path().join("pack");
    let before = packs(&folder).map_err(Error::disk(&folder, "read"))?;
    if before.len() < MAX_PACKS {
        return Ok(());
    }
    let kept: Vec<ObjectId> =
        kept.iter().copied().filter(|commit| repository.has_object(*commit)).collect();
    let new = pack(repository, &kept, |_| true, &folder)?;
    forget(repository, &kept)?;
    for path in before.iter().filter(|path| new.as_ref() != Some(*path)) {
        // The index last: a pack without one is not seen by anybody.
        for extension in ["keep", "rev", "idx", "pack"] {
            remove(&path.with_extension(extension))?;
        }
    }
    Ok(())
}

/// The packs of a folder.
fn packs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .filter(|path| path.as_ref().is_ok_and(|it| it.extension().is_some_and(|it| it == "pack")))
        .collect()
}

/// Takes back the names of all other commits, and that they have no history here.
fn forget(repository: &gix::Repository, kept: &[ObjectId]) -> Result<(), Error> {
    let names: BTreeSet<String> = kept.iter().map(|commit| format!("{KEPT}{commit}")).collect();
    let cannot = || Error::git("the commits that are kept cannot be read".to_owned());
    let references = repository.references().map_err(cannot())?;
    let all = references.prefixed(KEPT).map_err(cannot())?;
    for reference in all.filter_map(Result::ok) {
        if !names.contains(&reference.name().as_bstr().to_string()) {
            reference.delete().map_err(Error::git("a commit cannot be forgotten".to_owned()))?;
        }
    }
    let path = repository.shallow_file().map_err(cannot())?;
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text.map_err(Error::disk(&path, "read"))?,
    };
    let is_kept = |line: &&str| {
        ObjectId::from_hex(line.as_bytes()).is_ok_and(|commit| kept.contains(&commit))
    };
    let left: String = text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    let new = path.with_extension("new");
    fs::write(&new, left)
        .and_then(|()| fs::rename(&new, &path))
        .map_err(Error::disk(&path, "written"))
}
