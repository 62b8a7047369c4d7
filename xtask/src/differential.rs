//! `cargo xtask differential SUITE`: made-up inputs through ours and through the original.

mod apiserver;
mod configuration;
mod generator;
mod kustomize;
mod objects;
mod patches;
mod paths;
mod plugins;
mod real;
mod replacements;
mod repository;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Suite {
    /// Random kustomizations, built by ours and by kustomize 5.8.1
    Kustomize(kustomize::Args),
    /// Random writes, sent to the embedded API server and to a real one
    Apiserver(apiserver::Args),
}

pub(crate) fn run(suite: &Suite) -> Result<ExitCode> {
    match suite {
        Suite::Apiserver(args) => apiserver::run(args),
        Suite::Kustomize(args) => kustomize::run(args),
    }
}

/// Where the kustomize is that is built for comparisons.
pub(crate) fn built() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("nauarch/real/kustomize/kustomize"))
}

/// Builds the kustomize for comparisons, if it is not there yet.
pub(crate) fn provide_kustomize() -> Result<PathBuf> {
    real::provide()
}
