//! The workshop: what `cargo xtask NAME` runs.
//!
//! A command is one file with a function `run` (and an `Args` where it takes some), one variant of
//! [`Command`], and one arm of [`run`]; its doc comment is its line in the help.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line for developers: printing is what it is for"
)]

mod bench;
mod ci;
mod conformance;
mod differential;
mod disk;
mod generate;
mod git_server;
mod https;
mod kubeconfig;
mod real;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

/// The allocator of `nauarch`: what is measured here is what runs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The workshop of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_version_flag = true)]
struct Xtask {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Times and memory against the originals, as a table
    Bench(bench::Args),
    #[command(hide = true)]
    BenchInner(bench::inner::Args),
    #[command(hide = true)]
    BenchServer(bench::apiserver::Inner),
    #[command(hide = true)]
    BenchFetch(bench::source::Inner),
    #[command(hide = true)]
    DurabilityWriter(conformance::durability::Writer),
    /// Everything a change has to pass: fmt, clippy, tidy, tests, conformance
    Ci,
    /// What we say we are compatible with, measured: `N of M` for each corpus of cases
    #[command(subcommand)]
    Conformance(conformance::Suite),
    /// Made-up inputs through ours and through the original
    #[command(subcommand)]
    Differential(differential::Suite),
    /// Repositories of any size, the same each time
    #[command(subcommand, name = "gen")]
    Generate(generate::Shape),
    /// The programs that we are measured against, built once into a cache, and our tests with them
    #[command(subcommand)]
    Real(real::Task),
    /// The rules of the house that no compiler checks
    Tidy(tidy::Args),
}

fn main() -> ExitCode {
    run(Xtask::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(xtask: Xtask) -> Result<ExitCode> {
    match xtask.command {
        None => {
            Xtask::command().print_help()?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::BenchInner(args)) => bench::inner::run(&args),
        Some(Command::BenchServer(args)) => bench::apiserver::inner(&args),
        Some(Command::BenchFetch(args)) => bench::source::inner(&args),
        Some(Command::Ci) => ci::run(),
        Some(Command::Conformance(suite)) => conformance::run(&suite),
        Some(Command::DurabilityWriter(args)) => conformance::durability::write(&args),
        Some(Command::Differential(suite)) => differential::run(&suite),
        Some(Command::Generate(shape)) => generate::run(&shape),
        Some(Command::Real(task)) => real::run(&task),
        Some(Command::Tidy(args)) => tidy::run(&args),
    }
}

/// Whether `name` is a command, so that `ci` can say what it leaves out.
fn has_command(name: &str) -> bool {
    Xtask::command().find_subcommand(name).is_some()
}
