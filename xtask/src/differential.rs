//! `cargo xtask differential SUITE`: made-up inputs through ours and through the original.

mod generator;
mod kustomize;
mod objects;
mod repository;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Suite {
    /// Random kustomizations, built by ours and by kustomize 5.8.1
    Kustomize(kustomize::Args),
}

pub(crate) fn run(suite: &Suite) -> Result<ExitCode> {
    match suite {
        Suite::Kustomize(args) => kustomize::run(args),
    }
}
