//! Several files in one string, or read from a folder.

use std::collections::BTreeMap;
use std::path::Path;

/// What a header line starts with.
const HEADER: &str = "//- ";

/// The files in `text`: each starts with a line `//- path/to/file.yaml`.
///
/// The indentation of the first header is taken off of every line, so a fixture may stand indented
/// as the code around it.
#[track_caller]
#[expect(clippy::panic, reason = "a fixture without a header is a mistake in the test")]
pub fn fixture(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix('\n').unwrap_or(text).trim_end_matches(' ');
    let indentation: String = text.chars().take_while(|c| *c == ' ').collect();
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix(&indentation).unwrap_or(line.trim_start_matches(' '));
        if let Some(path) = line.strip_prefix(HEADER) {
            files.push((path.trim().to_owned(), String::new()));
        } else if let Some((_, content)) = files.last_mut() {
            content.push_str(line);
            content.push('\n');
        } else if !line.trim().is_empty() {
            panic!("a fixture starts with a line `{HEADER}path`, not with `{line}`");
        }
    }
    files
}

/// The files below a folder, by their paths in it. The folder is seen from the crate whose test
/// runs: `../../examples/fleet`.
#[track_caller]
#[expect(clippy::panic, reason = "a folder that is not there is a mistake in the test")]
pub fn folder(path: impl AsRef<Path>) -> BTreeMap<String, Vec<u8>> {
    let root = path.as_ref();
    let mut files = BTreeMap::new();
    if let Err(error) = read_folder(root, "", &mut files) {
        panic!("the folder {} cannot be read: {error}", root.display());
    }
    files
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
