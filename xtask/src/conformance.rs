//! `cargo xtask conformance SUITE`: what we say we are compatible with, measured over a corpus of cases.
//!
//! A corpus stands beside the checkout, its expectations recorded from the original. Cases known not
//! to pass are named with a reason in `xtask/conformance/SUITE.txt`; that list binds in both
//! directions, so neither a loss nor a gain goes unnoticed ([`known`]).

pub(crate) mod apiserver;
mod compare;
pub(crate) mod durability;
mod embedded;
mod known;
mod kubectl;
mod kustomize;
mod pool;
mod python;
mod source;
mod webhook;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Suite {
    /// What people type and see, with each kubectl in the cache
    Kubectl(kubectl::Args),
    /// What programs with the Python client from PyPI do and see
    Python(python::Args),
    /// The outputs and refusals of `kustomize build`
    Kustomize(kustomize::Args),
    /// The embedded API server, request by request as a real one answers
    Apiserver(apiserver::Args),
    /// Artifacts of Git repositories, as Flux's source-controller makes them
    Source(source::Args),
    /// The part of it that is about server-side apply
    Ssa(apiserver::Args),
    /// A cluster on the disk loses nothing that it acknowledged, whenever it is killed
    Durability(durability::Args),
}

pub(crate) fn run(suite: &Suite) -> Result<ExitCode> {
    match suite {
        Suite::Kubectl(args) => kubectl::run(args),
        Suite::Python(args) => python::run(args),
        Suite::Source(args) => source::run(args),
        Suite::Kustomize(args) => kustomize::run(args),
        Suite::Apiserver(args) => apiserver::run(args),
        Suite::Durability(args) => durability::run(args),
        Suite::Ssa(args) => apiserver::run_ssa(args),
    }
}
