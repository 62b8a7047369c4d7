//! Commits with their files, from one object database into a pack of another.

use std::fs;
use std::io::{self, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix::ObjectId;
use gix::progress::Discard;
use gix_pack::data::output::{bytes, count, entry};
use gix_pack::{Bundle, bundle, data, index};

use crate::Error;

/// Writes these commits and tags of a repository, and what their trees hold, into a new pack in `folder`, as far as
/// `is_wanted` says so. Where the pack is.
///
/// # Errors
/// Something cannot be read or written. Then there is no new pack.
pub(super) fn pack(
    repository: &gix::Repository,
    commits: &[ObjectId],
    is_wanted: impl Fn(ObjectId) -> bool,
    folder: &Path,
) -> Result<Option<PathBuf>, Error> {
    let cannot = || Error::git(format!("{} cannot be packed", folder.display()));
    let never = AtomicBool::new(false);
    let mut objects = repository.objects.store().to_cache_arc();
    objects.prevent_pack_unload();
    let wanted: Vec<_> = commits.iter().copied().map(Ok).collect();
    let (mut counts, _) = count::objects(
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
    counts.retain(|count| is_wanted(count.id));
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
    let path = folder.join("new");
    let disk = || Error::disk(&path, "written");
    fs::create_dir_all(folder).map_err(Error::disk(folder, "written"))?;
    let file = fs::File::options().read(true).write(true).create(true).truncate(true).open(&path);
    let mut bytes = bytes::FromEntriesIter::new(
        entries,
        io::BufWriter::new(file.map_err(disk())?),
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

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::disk(path, "removed")(error))
        }
        _ => Ok(()),
    }
}
