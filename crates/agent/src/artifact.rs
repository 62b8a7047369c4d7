//! From the files of a source to its artifact: what it includes of others is put in, and the archive that
//! Flux would make of it is counted.

use std::io;
use std::sync::Arc;

use manifest::FileTree;
use source::{Artifact, Error, Include, tarball};

/// The artifact of files in which parts of other artifacts are put, each with what its own `spec.ignore` says. One that
/// is an archive already stays that.
///
/// # Errors
/// What is to be included is not there, or has no place.
pub fn artifact(
    mut artifact: Artifact,
    parts: &[(&Include, &Artifact, Option<&str>)],
    ignore: Option<&str>,
) -> Result<Artifact, Error> {
    if !parts.is_empty() {
        let mut tree = FileTree::clone(&artifact.tree);
        for (include, other, ignore) in parts {
            let rules = render::Ignore::new(&other.tree, *ignore);
            include.put(&mut tree, &other.tree, &|path, is_directory| {
                rules.leaves_out(path, is_directory)
            })?;
        }
        artifact.tree = Arc::new(tree);
    }
    if artifact.packed.is_some() {
        return Ok(artifact);
    }
    let rules = render::Ignore::new(&artifact.tree, ignore);
    let leaves_out = |path: &str, is_directory: bool| rules.leaves_out(path, is_directory);
    artifact.packed = Some(tarball::pack(&artifact.tree, &leaves_out, &mut io::sink())?);
    Ok(artifact)
}
