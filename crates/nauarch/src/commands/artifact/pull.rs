//! `nauarch pull artifact`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;

use manifest::Entry;
use source::oci::{Operation, Selector, Store, Wanted};

use super::{Registry, failed};
use crate::failure::{Failure, say};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Where it is: oci://HOST/ORG/REPO:TAG, or with @DIGEST
    url: String,
    /// The folder that its files go to; what has their names is overwritten
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    registry: Registry,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let (address, reference, access) = options.registry.find(&options.url)?;
    if !options.output.is_dir() {
        let why = format!("{}: there is no such folder", options.output.display());
        return Err(Failure::Usage(why));
    }
    let folder = Scratch(env::temp_dir().join(format!("nauarch-pull-{}", process::id())));
    say(&format!("► pulling artifact from {address}"));
    let store = Store::new(&folder.0, address, &access);
    let wanted = Wanted { reference, layer: Selector::default(), keys: None };
    let fetched = store.fetch(&wanted, options.registry.timeout);
    let fetched = fetched.map_err(|error| failed(&error))?;
    let artifact = store.read(&fetched, Operation::Extract).map_err(|error| failed(&error))?;
    for (path, entry) in artifact.tree.iter() {
        let place = options.output.join(path);
        let written = match entry {
            Entry::Directory => fs::create_dir_all(&place),
            Entry::File(content) => fs::write(&place, content.bytes()),
            Entry::Unreadable(why) => return Err(Failure::Usage(format!("`{path}`: {why}"))),
            Entry::Link(_) => continue,
        };
        written.map_err(|error| Failure::Usage(format!("{}: {error}", place.display())))?;
    }
    for (name, key) in [("source", "source"), ("revision", "revision")] {
        if let Some(value) = artifact.metadata.get(&format!("org.opencontainers.image.{key}")) {
            say(&format!("✔ {name} {value}"));
        }
    }
    say(&format!("✔ digest {}", fetched.digest));
    say(&format!("✔ artifact content extracted to {}", options.output.display()));
    Ok(())
}

/// A folder that goes away.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left in a temporary folder is not worth a word.
        let _ = fs::remove_dir_all(&self.0);
    }
}
