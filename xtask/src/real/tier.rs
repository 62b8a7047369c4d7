//! The tier of tests that has the originals beside us.

use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::cluster::Cluster;
use super::{Program, cached};
use crate::workspace;

/// What runs, and the programs that it needs.
const STEPS: &[(&[&str], &[Program])] = &[
    (&["real", "test"], SERVER),
    (&["conformance", "apiserver", "--against", "real"], SERVER),
    (&["differential", "apiserver", "--seeds", "150"], SERVER),
    (&["conformance", "kubectl"], &[Program::Kubectl]),
    (&["conformance", "python", "--real"], SERVER),
    (&["conformance", "python"], &[]),
    (&["differential", "kustomize", "--seeds", "300"], &[]),
];
const SERVER: &[Program] = &[Program::KubeApiserver, Program::Etcd];

/// Runs all steps whose programs are in the cache; says which are left out.
pub(super) fn all() -> Result<ExitCode> {
    let mut failed = Vec::new();
    for (arguments, programs) in STEPS {
        let name = arguments.join(" ");
        let missing =
            programs.iter().find(|program| cached(**program).is_ok_and(|paths| paths.is_empty()));
        if let Some(program) = missing {
            println!("left out: {name}: run `cargo xtask real {}` first", program.name());
            continue;
        }
        println!("== {name}");
        let program = env::current_exe().context("where is xtask?")?;
        let status = Command::new(program).args(*arguments).status().context("cannot run xtask")?;
        if !status.success() {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", failed.join("; "));
    Ok(ExitCode::FAILURE)
}

/// The tests of the crates that talk to API servers, with a real one; one after the other, as they share
/// it.
pub(super) fn tests() -> Result<ExitCode> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--workspace", "--exclude", "e2e", "--", "on_a_server", "--test-threads=1"])
        .current_dir(workspace::root()?);
    with_server(command, "NAUARCH_TEST_KUBECONFIG")
}

/// Runs a program beside an API server of its own, whose kubeconfig the variable names.
pub(super) fn with_server(mut command: Command, variable: &str) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let cluster = Cluster::start().await?;
        let status = command
            .env(variable, cluster.write_kubeconfig()?)
            .status()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
