//! The commands, one file each.

mod build;
mod completion;
mod render;
mod version;

use crate::failure::Failure;

/// What nauarch can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Build(build::Args),
    Completion(completion::Args),
    Render(render::Args),
    Version(version::Args),
}

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Build(args) => build::run(args),
        Command::Completion(args) => completion::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Version(args) => version::run(&args),
    }
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
