//! The commands, one file each.

mod artifact;
mod build;
mod completion;
mod diff;
mod events;
mod get;
mod reconcile;
mod render;
mod suspend;
mod tree;
mod up;
mod version;

use std::time::Duration;

use crate::failure::Failure;

/// What nauarch can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Up(up::Args),
    Get(get::Args),
    Tree(tree::Args),
    Events(events::Args),
    Reconcile(reconcile::Args),
    Suspend(suspend::Suspend),
    Resume(suspend::Resume),
    Diff(diff::Args),
    Push(artifact::Push),
    Pull(artifact::Pull),
    Render(render::Args),
    Build(build::Args),
    Completion(completion::Args),
    Version(version::Args),
}

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Build(args) => build::run(args),
        Command::Completion(args) => completion::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Events(args) => events::run(&args),
        Command::Get(args) => get::run(args),
        Command::Pull(args) => artifact::pull(args),
        Command::Push(args) => artifact::push(args),
        Command::Reconcile(args) => reconcile::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Resume(args) => suspend::resume(&args),
        Command::Suspend(args) => suspend::suspend(&args),
        Command::Tree(args) => tree::run(&args),
        Command::Up(args) => up::run(&args),
        Command::Version(args) => version::run(&args),
    }
}

/// What happens to a variable that is not set.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Substitution {
    Strict,
    Lenient,
}

impl From<Substitution> for ::render::Mode {
    fn from(substitution: Substitution) -> ::render::Mode {
        match substitution {
            Substitution::Strict => ::render::Mode::Strict,
            Substitution::Lenient => ::render::Mode::Lenient,
        }
    }
}

/// Runs what a command does over the network.
fn block_on(job: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Usage(format!("no runtime: {error}")))?;
    runtime.block_on(job)
}

/// A duration on the command line.
fn duration(text: &str) -> Result<Duration, String> {
    api::parse_duration(text).ok_or_else(|| "write a number with a unit, such as `90s`".to_owned())
}

/// Writes to stdout. A reader that has gone away is no failure.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Usage(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a file.
fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Writes each object to a file of its own, named as kustomize names it.
fn write_each(directory: &std::path::Path, nodes: &[manifest::Node]) -> Result<(), Failure> {
    for node in nodes {
        let part = |path: &[&str]| node.str_at(path).unwrap_or_default().to_lowercase();
        let api_version = part(&["apiVersion"]).replace('/', "_");
        let mut name =
            format!("{api_version}_{}_{}.yaml", part(&["kind"]), part(&["metadata", "name"]));
        let namespace = part(&["metadata", "namespace"]);
        if !namespace.is_empty() {
            name = format!("{namespace}_{name}");
        }
        let mut text = String::new();
        manifest::yaml::write::write(node, &mut text);
        write_file(&directory.join(name), text.as_bytes())?;
    }
    Ok(())
}
