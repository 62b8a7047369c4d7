//! nauarch: a fleet of Kubernetes clusters from one Git repository.

mod clock;
mod commands;
mod disk;
mod explain;
mod failure;
mod flux;
mod kubeconfig;
mod members;
mod printing;
mod remote;
mod repository;
mod request;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;

/// A build makes many small values; this allocator is a third faster with them than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a fleet of Kubernetes clusters from one Git repository
#[derive(Parser)]
#[command(name = "nauarch", disable_version_flag = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Printing to a closed terminal fails; there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(
                if error.use_stderr() { api::ExitCode::Input } else { api::ExitCode::Done }.code(),
            );
        }
    };
    failure::exit_code(commands::run(cli.command))
}
