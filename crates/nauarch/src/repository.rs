//! A folder on disk that is a fleet's repository: all of its files, and the URLs of its Git remotes.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::{Diagnostic, FileTree, Origin};

use crate::disk;

/// Folders that are no part of what a repository says.
const SKIPPED: [&str; 1] = [".git"];

/// A repository.
pub(crate) struct Repository {
    /// Its files; messages name them as seen from the working directory.
    pub(crate) tree: FileTree,
    /// The URLs of its remotes.
    pub(crate) remotes: Vec<String>,
}

/// Reads the folder at `path`.
///
/// # Errors
/// It is no folder, or cannot be listed.
pub(crate) fn read(path: &Path) -> Result<Repository, Diagnostic> {
    let shown = path.display().to_string();
    if !path.is_dir() {
        let cause = match path.exists() {
            true => format!("`{shown}` is a file, not a repository"),
            false => format!("there is no folder `{shown}`"),
        };
        return Err(Diagnostic::error(Origin::NONE, cause)
            .help("give the folder that has `clusters/` in it"));
    }
    let prefix = match shown.trim_end_matches('/') {
        "." | "" => String::new(),
        shown => format!("{}/", shown.strip_prefix("./").unwrap_or(shown)),
    };
    let mut tree = FileTree::unread("", &prefix);
    add_folder(&mut tree, path, "").map_err(|error| {
        Diagnostic::error(Origin::NONE, format!("`{shown}` cannot be read: {error}"))
    })?;
    tree.set_complete();
    Ok(Repository { tree, remotes: remotes(path) })
}

fn add_folder(tree: &mut FileTree, folder: &Path, inside: &str) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is not UTF-8 cannot be written in YAML, so nothing refers to it.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        if entry.file_type()?.is_dir() {
            if let Err(error) = add_folder(tree, &entry.path(), &path) {
                tree.insert(&path, manifest::Entry::Unreadable(error.to_string().to_lowercase()));
            }
            continue;
        }
        match source::entry(&entry.path()) {
            Ok(Some(found)) => tree.insert(&path, found),
            Ok(None) => {}
            Err(error) => {
                tree.insert(&path, manifest::Entry::Unreadable(disk::reason(&error)));
            }
        }
    }
    Ok(())
}

/// The URLs of the remotes in the Git configuration that is in force at `path`; none where there is
/// no checkout.
pub(crate) fn remotes(path: &Path) -> Vec<String> {
    let Some(folder) = git_folder(path) else { return Vec::new() };
    fs::read_to_string(folder.join("config")).map(|text| remote_urls(&text)).unwrap_or_default()
}

/// The folder with the configuration: `.git` here or above, or the one that a `.git` file names
/// (a worktree's shares the configuration of the repository that it belongs to).
fn git_folder(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    let git = path.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    let folder = git.parent()?.join(text.strip_prefix("gitdir:")?.trim());
    match fs::read_to_string(folder.join("commondir")) {
        Ok(common) => Some(folder.join(common.trim())),
        Err(_) => Some(folder),
    }
}

/// The values of `url` in the sections `[remote "..."]`.
fn remote_urls(config: &str) -> Vec<String> {
    let mut in_remote = false;
    let mut urls = Vec::new();
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_remote = line.to_ascii_lowercase().starts_with("[remote ");
            continue;
        }
        let Some((name, value)) = line.split_once('=').filter(|_| in_remote) else { continue };
        if name.trim().eq_ignore_ascii_case("url") {
            urls.push(value.trim().trim_matches('"').to_owned());
        }
    }
    urls
}

#[cfg(test)]
mod tests;
