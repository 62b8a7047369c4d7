//! `nauarch up`: a whole fleet on this machine.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use super::Substitution;
use crate::failure::Failure;
use crate::up::screen::Screen;
use crate::up::{self, Options};

/// Bring up a whole fleet on this machine, and keep it as its repository says
///
/// Every cluster of the repository becomes an embedded cluster with a port and a kubeconfig of its
/// own; its file is applied to it, and an agent reconciles it as Flux would. Workloads are simulated.
/// Commits are applied at once. Without a repository, an example is unpacked.
#[derive(clap::Args)]
#[command(
    after_help = "Example: nauarch up            (then, in another terminal, what it says)\n         \
                        nauarch up ./fleet --once -o json"
)]
pub(crate) struct Args {
    /// The folder of the repository; without it an example, which is unpacked to a folder
    repo: Option<PathBuf>,
    /// End when everything is ready (0), or something has failed or takes too long (1)
    #[arg(long)]
    once: bool,
    /// Take the files as they are, committed or not
    #[arg(long)]
    worktree: bool,
    /// Keep the clusters, their kubeconfigs and the example in this folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How long --once waits
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = super::duration)]
    timeout: Duration,
    /// The port of the first cluster, the next ones follow; else any that are free
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port_base: Option<u16>,
    /// What happens to a variable that is not set: it is an error, or it is empty
    #[arg(long, value_enum, default_value_t = Substitution::Strict)]
    substitution: Substitution,
    /// The source that the folder is, where its URL does not tell: NAME, or KIND/NAME
    #[arg(long)]
    source: Option<String>,
    /// How to print what happens
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let screen = match args.output {
        Format::Json => Screen::Json,
        Format::Text if is_terminal => Screen::live(),
        Format::Text => Screen::Plain,
    };
    let options = Options {
        repository: args.repo.clone(),
        once: args.once.then_some(args.timeout),
        worktree: args.worktree,
        data: args.data.clone(),
        port_base: args.port_base,
        mode: args.substitution.into(),
        source: args.source.clone(),
        screen,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Usage(format!("no runtime: {error}")))?;
    let done = runtime.block_on(up::run(options));
    // What still reads a disk or a socket is not waited for.
    runtime.shutdown_background();
    done
}
