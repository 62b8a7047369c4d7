//! What nobody wants any more leaves the disk: the commits that are kept become one pack, and all else goes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix::ObjectId;
use gix::progress::Discard;
use gix_pack::data::output::{bytes, count, entry};
use gix_pack::{Bundle, bundle, data, index};

use super::KEPT;
use crate::Error;

/// With so many packs it is time.
const MAX_PACKS: usize = 16;

/// Collects what is left of the commits that are not in `kept`, once there are many packs.
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
    let new = pack(repository, &kept, &folder)?;
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

/// Writes these commits and their files into one pack; where it is.
fn pack(
    repository: &gix::Repository,
    commits: &[ObjectId],
    folder: &Path,
) -> Result<Option<PathBuf>, Error> {
    let cannot = || Error::git(format!("{} cannot be packed", folder.display()));
    let never = AtomicBool::new(false);
    let mut objects = repository.objects.store().to_cache_arc();
    objects.prevent_pack_unload();
    let wanted: Vec<_> = commits.iter().copied().map(Ok).collect();
    let (counts, _) = count::objects(
        objects.clone(),
        Box::new(wanted.into_iter()),
        &Discard,
        &never,
        count::objects::Options {
            thread_limit: Some(1),
            input_object_expansion: count::objects::ObjectExpansion::TreeContents,
            ..count::objects::Options::default()
        },
    )
    .map_err(cannot())?;
    let number = u32::try_from(counts.len()).map_err(|_| Error::TooMuch {
        what: format!("{} has over {} objects", folder.display(), u32::MAX),
    })?;
    // In order, as what a delta refers to stands before it.
    let options = entry::iter_from_counts::Options {
        thread_limit: Some(1),
        ..entry::iter_from_counts::Options::default()
    };
    let entries = entry::iter_from_counts(counts, objects, Box::new(Discard), options)
        .map_err(cannot())?
        .map(|entries| entries.map(|(_, entries)| entries));
    let path = folder.join("collected.new");
    let disk = || Error::disk(&path, "written");
    let mut file = fs::File::options();
    let file =
        file.read(true).write(true).create(true).truncate(true).open(&path).map_err(disk())?;
    let mut bytes = bytes::FromEntriesIter::new(
        entries,
        io::BufWriter::new(file),
        number,
        data::Version::default(),
        repository.object_hash(),
    );
    bytes.by_ref().try_for_each(|written| written.map(drop)).map_err(cannot())?;
    let mut file = bytes.into_write().into_inner().map_err(|error| disk()(error.into_error()))?;
    file.rewind().map_err(disk())?;
    let written = Bundle::write_to_directory(
        &mut BufReader::new(file),
        Some(folder),
        &mut Discard,
        &never,
        None::<gix::OdbHandle>,
        repository.object_hash(),
        bundle::write::Options {
            thread_limit: Some(1),
            index_version: index::Version::default(),
            ..bundle::write::Options::default()
        },
    )
    .map_err(cannot())?;
    remove(&path)?;
    if let Some(keep) = &written.keep_path {
        remove(keep)?;
    }
    Ok(written.data_path)
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

/// Removes a file that may be gone already.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::disk(path, "removed")(error))
        }
        _ => Ok(()),
    }
}
