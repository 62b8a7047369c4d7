//! A Python with the Kubernetes client from PyPI, in an environment of its own. Nothing is installed elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::build::UNFINISHED;

/// The release of the client that the transcripts are from.
pub(super) const RELEASE: &str = "37.0.2";

/// The interpreter of the environment, where that is finished.
pub(super) fn found(cache: &Path) -> Option<PathBuf> {
    let program = folder(cache).join("bin/python");
    program.is_file().then_some(program)
}

/// The interpreter; the environment is made if it is not there yet.
pub(super) fn provide(cache: &Path) -> Result<PathBuf> {
    if let Some(program) = found(cache) {
        return Ok(program);
    }
    let unfinished = cache.join(format!("python-kubernetes-{RELEASE}{UNFINISHED}"));
    let target = unfinished.to_string_lossy();
    run("python3", &["-m", "venv", "--clear", &target])?;
    let inside = unfinished.join("bin/python");
    let package = format!("kubernetes=={RELEASE}");
    run(&inside.to_string_lossy(), &["-m", "pip", "install", "--quiet", &package])?;
    let finished = folder(cache);
    fs::rename(&unfinished, &finished)
        .with_context(|| format!("cannot take {}", unfinished.display()))?;
    found(cache).context("the environment has no interpreter")
}

fn folder(cache: &Path) -> PathBuf {
    cache.join(format!("python-kubernetes-{RELEASE}"))
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{program} {}` failed: {}", arguments.join(" "), said.trim());
    }
    Ok(())
}
