//! `cargo xtask bench-inner DIR`: all overlays of a repository built in one process, one memory.
//!
//! What `bench` runs, in a release build, in place of as many runs of kustomize.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, bail};
use kustomize::{Memory, Options};
use manifest::FileTree;

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
    // The first one reads the base for all.
    let (first, rest) = args.overlays.split_at(args.overlays.len().min(1));
    let mut output = io::stdout().lock();
    output.write_all(build(&tree, first, &memory)?.as_bytes())?;
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = rest.chunks(rest.len().div_ceil(workers).max(1));
    thread::scope(|scope| {
        let (tree, memory) = (&tree, &memory);
        let workers: Vec<_> =
            shares.map(|share| scope.spawn(move || build(tree, share, memory))).collect();
        for worker in workers {
            let Ok(text) = worker.join() else { bail!("a build has panicked") };
            output.write_all(text?.as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn build(tree: &FileTree, overlays: &[String], memory: &Memory) -> Result<String> {
    let mut text = String::new();
    for overlay in overlays {
        let build = kustomize::build(tree, overlay, &Options::default(), memory);
        let Some(nodes) = build.nodes else { bail!("{overlay}: {:?}", build.diagnostics) };
        manifest::yaml::write::write_documents(&*nodes, &mut text);
    }
    Ok(text)
}
