//! `nauarch completion SHELL`.

use clap::CommandFactory;

use crate::failure::Failure;

/// Print the completion script of a shell
#[derive(clap::Args)]
#[command(after_help = "Example: source <(nauarch completion bash)")]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Cli::command(), "nauarch", &mut script);
    super::print(&script)
}
