//! The folder where a fleet's files are: kubeconfigs, the example's repository, the clusters' data.
//!
//! | file | what |
//! |---|---|
//! | `kubeconfig` | all clusters, a context each |
//! | `kubeconfigs/NAME` | one cluster |
//! | `fleet/` | the example, where no repository was given |
//! | `clusters/NAME` | one cluster's data, with `--data` |
//!
//! Without `--data` it is a new folder among the temporary ones, which goes when nobody needs it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk;
use crate::failure::Failure;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
    keeps: bool,
}

impl Place {
    /// The folder `data`, made where it is not there; without it a new one.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn open(data: Option<&Path>) -> Result<Place, Failure> {
        let keeps = data.is_some();
        let root = match data {
            Some(data) => data.to_owned(),
            None => std::env::temp_dir().join(format!("nauarch-{:08x}", fastrand::u32(..))),
        };
        let place = Place { root, keeps };
        place.make_folders().map_err(|error| {
            let (root, reason) = (place.root.display(), disk::reason(&error));
            Failure::Usage(format!(
                "the folder {root} cannot be made: {reason}; give another one with --data"
            ))
        })?;
        let root = fs::canonicalize(&place.root).unwrap_or(place.root);
        Ok(Place { root, keeps })
    }

    fn make_folders(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        // Tokens are in it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.root.join("kubeconfigs"))?;
        if self.keeps { builder.create(self.root.join("clusters")) } else { Ok(()) }
    }

    /// The kubeconfig of all clusters.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.root.join("kubeconfig")
    }

    /// The kubeconfig of one cluster.
    pub(crate) fn kubeconfig_of(&self, cluster: &str) -> PathBuf {
        self.root.join("kubeconfigs").join(cluster)
    }

    /// Where the example goes.
    pub(crate) fn example(&self) -> PathBuf {
        self.root.join("fleet")
    }

    /// Where one cluster keeps its data; `None` where nothing is kept.
    pub(crate) fn data_of(&self, cluster: &str) -> Option<PathBuf> {
        self.keeps.then(|| self.root.join("clusters").join(cluster))
    }

    /// Removes what is of no use after the clusters are gone: with data nothing, else all but an
    /// example that somebody has changed. Says whether that is kept.
    pub(crate) fn clean_up(&self, keep_example: bool) -> bool {
        if self.keeps {
            return false;
        }
        // What cannot be removed is in a folder that the system empties anyway.
        let _ = match keep_example {
            true => fs::remove_dir_all(self.root.join("kubeconfigs"))
                .and_then(|()| fs::remove_file(self.kubeconfig())),
            false => fs::remove_dir_all(&self.root),
        };
        keep_example
    }
}
