//! The example fleet that the binary carries, unpacked into a repository that the user can edit.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use source::{Author, Revision};

use crate::disk;
use crate::failure::Failure;

/// Its files.
#[derive(rust_embed::RustEmbed)]
#[folder = "../../examples/fleet"]
struct Files;

const AUTHOR: Author<'static> = Author { name: "nauarch", email: "nauarch@localhost" };

/// Makes the example a repository at `folder`, unless one is there already. Gives the commit it made.
///
/// # Errors
/// The folder has something else in it, or cannot be written.
pub(crate) fn unpack(folder: &Path, now: Timestamp) -> Result<Option<Revision>, Failure> {
    if folder.join(".git").exists() {
        return Ok(None);
    }
    let shown = folder.display();
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let help = "remove it, or run `nauarch up` on it";
        return Err(Failure::Usage(format!(
            "{shown} is where the example goes, and it is no Git repository: {help}"
        )));
    }
    // Under another name first: half of an example is not mistaken for a whole one.
    let unfinished = folder.with_extension("unfinished");
    let cannot = |error: io::Error| {
        let reason = disk::reason(&error);
        Failure::Usage(format!("the example cannot be unpacked to {shown}: {reason}"))
    };
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(cannot)?;
    }
    write(&unfinished).map_err(cannot)?;
    let made = source::init(&unfinished, "The example fleet", AUTHOR, now);
    let revision = made.map_err(|error| Failure::Usage(error.chain()))?;
    if folder.exists() {
        fs::remove_dir(folder).map_err(cannot)?;
    }
    fs::rename(&unfinished, folder).map_err(cannot)?;
    Ok(Some(revision))
}

fn write(folder: &Path) -> io::Result<()> {
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        let path = folder.join(&*name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, &file.data)?;
    }
    Ok(())
}

/// Whether nobody has touched the example in `folder` since the commit `first`.
pub(crate) fn is_untouched(folder: &Path, first: &Revision) -> bool {
    let open = |mode| source::Repository::open(folder, mode).and_then(|there| there.latest());
    let Ok(Some(branch)) = source::branch(folder) else { return false };
    let (Ok(committed), Ok(files)) =
        (open(source::Mode::Branch(branch)), open(source::Mode::Worktree))
    else {
        return false;
    };
    let same = |path: &str| committed.tree.lookup(path) == files.tree.lookup(path);
    committed.revision == *first
        && files.tree.iter().all(|(path, _)| same(path))
        && committed.tree.iter().all(|(path, _)| same(path))
}

#[cfg(test)]
mod tests;
