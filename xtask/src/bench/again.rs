//! `cargo xtask bench again`: a thousand overlays of one base in one process, and all of them once more
//! after one patch file of one overlay has changed.
//!
//! What is timed is a release build of this program (`bench-inner --change`); builds only, nothing is
//! written.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kustomize::{Memory, Options};
use manifest::{Content, Entry, FileTree};

use super::build::{Scratch, release_binaries};
use crate::disk;
use crate::generate::OverlayShape;

const OVERLAYS: usize = 1000;
const RESOURCES: u32 = 50;

pub(super) fn run(runs: u32) -> Result<ExitCode> {
    let (_, xtask) = release_binaries()?;
    let scratch = Scratch::new()?;
    let shape =
        OverlayShape { resources: RESOURCES, overlays: OVERLAYS, name_prefix: String::new() };
    let repository = scratch.path().join("again");
    shape.folder().write(&repository)?;
    for _ in 0..runs {
        let mut command = Command::new(&xtask);
        command.arg("bench-inner").arg(&repository).arg("--change");
        command.args((0..OVERLAYS).map(OverlayShape::directory));
        let status = command.stdin(Stdio::null()).status().context("cannot run xtask")?;
        if !status.success() {
            bail!("bench-inner: {status}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds all overlays, changes a file of the first one, and builds all again.
pub(super) fn inner(repository: &Path, overlays: &[String]) -> Result<ExitCode> {
    let mut tree = disk::tree(repository)?;
    let memory = Memory::new();
    let first = all(&tree, overlays, &memory)?;
    let unchanged = all(&tree, overlays, &memory)?;
    let patches = format!("{}/", overlays.first().map_or("", String::as_str));
    let is_patch = |path: &&str| path.starts_with(&patches) && path.contains("/patches/");
    let patch = tree.iter().map(|(path, _)| path).find(is_patch).map(str::to_owned);
    let Some(patch) = patch else { bail!("{patches} has no patches") };
    let Some(Entry::File(content)) = tree.iter().find(|(p, _)| *p == patch).map(|(_, e)| e) else {
        bail!("{patch} is no file");
    };
    let text = String::from_utf8_lossy(content.bytes()).into_owned() + "# changed\n";
    tree.insert(&patch, Entry::File(Content::from(text.into_bytes())));
    let changed = all(&tree, overlays, &memory)?;
    println!(
        "{} overlays: {:.1} ms; again: {:.2} ms; after a change of {patch}: {:.2} ms",
        overlays.len(),
        milliseconds(first),
        milliseconds(unchanged),
        milliseconds(changed),
    );
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn all(tree: &FileTree, overlays: &[String], memory: &Memory) -> Result<Duration> {
    let started = Instant::now();
    for overlay in overlays {
        let build = kustomize::build(tree, overlay, &Options::default(), memory);
        if build.nodes.is_none() {
            bail!("{overlay}: {:?}", build.diagnostics);
        }
    }
    Ok(started.elapsed())
}
