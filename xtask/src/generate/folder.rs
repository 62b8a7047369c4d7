//! A folder of text files, as a value.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Files by path.
#[derive(Default, PartialEq)]
pub(crate) struct Folder(BTreeMap<String, String>);

impl Folder {
    pub(super) fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.insert(path.into(), text.into());
    }

    /// The number of its files.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes the files below `directory`.
    ///
    /// # Errors
    /// There is something in it already, or the disk refuses.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        let shown = directory.display();
        if fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some()) {
            bail!("{shown} is not empty; give a new directory");
        }
        for (path, text) in &self.0 {
            let file = directory.join(path);
            let parent = file.parent().unwrap_or(directory);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (&**path, &**text))
    }
}
