//! `cargo xtask gen SHAPE`: repositories of any size, for benchmarks and for trying things out.
//!
//! The same arguments give the same bytes, on any machine: chance is a formula ([`chance`]). The
//! objects are those of a usual shop (`templates/`), and kustomize builds each overlay to the same
//! bytes as we do. A repository is a value ([`Folder`]) until it is written.

mod app;
pub(crate) mod chance;
mod fleet;
mod folder;
mod overlay;
mod repository;
mod template;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

pub(crate) use self::overlay::Shape as OverlayShape;

#[derive(clap::Subcommand)]
pub(crate) enum Shape {
    /// A base and overlays over it, each of so many objects
    Overlay {
        #[command(flatten)]
        shape: overlay::Shape,
        #[command(flatten)]
        out: Out,
    },
    /// A repository in the layout of examples/fleet: one base, an overlay and a file for each cluster
    Fleet {
        #[command(flatten)]
        shape: fleet::Shape,
        #[command(flatten)]
        out: Out,
    },
}

#[derive(clap::Args)]
pub(crate) struct Out {
    /// The directory to write to: a new one, or an empty one
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(shape: &Shape) -> Result<ExitCode> {
    let (folder, out) = match shape {
        Shape::Overlay { shape, out } => (shape.folder(), out),
        Shape::Fleet { shape, out } => (shape.folder(), out),
    };
    folder.write(&out.out)?;
    println!("{} files in {}", folder.len(), out.out.display());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
