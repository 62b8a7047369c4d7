//! `cargo xtask bench-inner DIR`: all overlays of a repository built in one process, one memory.
//!
//! What `bench` runs, in a release build, in place of as many runs of kustomize.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use kustomize::{Memory, Options};

use crate::disk;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository
    repository: PathBuf,
    /// Time the builds, and those after a change, instead of printing what they give
    #[arg(long)]
    change: bool,
    /// The directories to build in it
    overlays: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.change {
        return super::again::inner(&args.repository, &args.overlays);
    }
    let tree = disk::tree(&args.repository)?;
    let memory = Memory::new();
    let mut output = String::new();
    for overlay in &args.overlays {
        let build = kustomize::build(&tree, overlay, &Options::default(), &memory);
        let Some(nodes) = build.nodes else { bail!("{overlay}: {:?}", build.diagnostics) };
        manifest::yaml::write::write_documents(&nodes, &mut output);
    }
    io::stdout().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
