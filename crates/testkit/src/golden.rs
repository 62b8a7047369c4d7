//! Golden files: expected text that lives in a file and rewrites itself on demand.

use std::path::Path;

use crate::difference;

/// The variable that turns comparing into rewriting.
const UPDATE: &str = "UPDATE_EXPECT";

/// Compares `actual` with the file at `path`, seen from the crate whose test runs. With
/// `UPDATE_EXPECT=1` in the environment it writes the file instead; read the diff before you commit.
#[track_caller]
#[expect(clippy::panic, reason = "a file that cannot be written is a mistake in the test")]
pub fn golden(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    if std::env::var_os(UPDATE).is_none_or(|value| value != "1") {
        return compare(path, actual);
    }
    if let Err(error) = write(path, actual) {
        panic!("{} cannot be written: {error}", path.display());
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a failed comparison is what a test reports by panicking")]
fn compare(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    let hint = format!("{UPDATE}=1 accepts what it is now");
    match std::fs::read_to_string(path) {
        Err(error) => panic!("{} cannot be read: {error}; {hint}", path.display()),
        Ok(expected) if expected != actual => {
            let shown = difference(actual, &expected);
            panic!("{} differs (`-` there, `+` now); {hint}\n{shown}", path.display());
        }
        Ok(_) => {}
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

#[cfg(test)]
mod tests;
