//! kustomize 5.8.1, built from its Go module into the cache outside of the checkout.
//!
//! With `GOEXPERIMENT=nojsonv2`, as its releases are: json v2 would accept map keys that they refuse.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

const MODULE: &str = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1";

/// Builds it, if it is not there yet.
///
/// # Errors
/// There is no Go, or the module does not build.
pub(super) fn provide() -> Result<PathBuf> {
    let path = super::built().context("neither XDG_CACHE_HOME nor HOME is set")?;
    if path.exists() {
        return Ok(path);
    }
    let folder = path.parent().context("the cache has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    eprintln!("building {MODULE} …");
    let status = Command::new("go")
        .args(["install", MODULE])
        .env("GOEXPERIMENT", "nojsonv2")
        .env("GOBIN", folder)
        .current_dir(folder)
        .status()
        .context("cannot run go")?;
    if !status.success() {
        bail!("go install {MODULE}: {status}");
    }
    Ok(path)
}
