//! `cargo xtask bench`: how long we take, and how long the originals do, side by side in one run.
//!
//! Whole processes, in turns (A B C A B C …), so that what else the machine does hits all of them.
//! What they print must be the same bytes before anything is timed. The figures are medians; ratios
//! are the medians of the ratios of each turn, or of medians where somebody had one turn only.

mod again;
pub(crate) mod apiserver;
mod build;
pub(crate) mod inner;
mod process;
pub(crate) mod source;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use regex::Regex;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value_t = Subject::Build)]
    subject: Subject,
    /// How many turns; whoever took over 20 s has no second one
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Only cases whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Subject {
    /// `nauarch build` against `kustomize build` and `kubectl kustomize`
    Build,
    /// A thousand overlays in one process, again after one file has changed
    Again,
    /// The embedded API server: applies a second, watchers, a thousand clusters, the disk
    Apiserver,
    /// A Git repository with 1 GiB of history, fetched over loopback, beside `git`
    Source,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match args.subject {
        Subject::Build => build::run(args.runs, args.only.as_ref()),
        Subject::Again => again::run(args.runs),
        Subject::Apiserver => apiserver::run(),
        Subject::Source => source::run(args.runs),
    }
}
