//! A folder of the disk as a complete tree.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use manifest::{Content, Entry, FileTree};

/// Everything in and below `folder`, which becomes the root; nothing else exists.
///
/// # Errors
/// Something in it cannot be read.
pub(crate) fn tree(folder: &Path) -> Result<FileTree> {
    let mut tree = FileTree::default();
    add(&mut tree, folder, "")?;
    tree.set_complete();
    Ok(tree)
}

/// Adds everything in `folder` of the disk at `path` of the tree.
fn add(tree: &mut FileTree, folder: &Path, path: &str) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            tree.insert(&path, Entry::Directory);
            add(tree, &entry.path(), &path)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            tree.insert(&path, Entry::Link(target.to_string_lossy().into_owned()));
        } else {
            let bytes = fs::read(entry.path())
                .with_context(|| format!("cannot read {}", entry.path().display()))?;
            tree.insert(&path, Entry::File(Content::from(bytes)));
        }
    }
    Ok(())
}
