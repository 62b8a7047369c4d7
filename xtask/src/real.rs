//! `cargo xtask real`: the programs that we are measured against, built once into a cache outside of the
//! checkout, and our tests with them in the place of what is embedded.
//!
//! The cache is `nauarch/real` below `XDG_CACHE_HOME` (or `~/.cache`). A program is built beside
//! its name and gets it when it is finished, so what is found there is whole. `KUBEBUILDER_ASSETS`
//! goes first for kube-apiserver and etcd, where it is set.

mod build;
pub(crate) mod cluster;
mod debian;
mod python;
mod tier;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use self::build::Recipe;
use crate::differential;

/// What to do with real programs.
#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// Build a current kubectl, and fetch Debian's
    Kubectl,
    /// Build the API server that the recorded cases are from
    KubeApiserver,
    /// Build the store below it
    Etcd,
    /// Make a Python environment with the Kubernetes client from PyPI
    Python,
    /// Build the kustomize that ours is compared with
    Kustomize,
    /// Build Flux's controller of sources
    SourceController,
    /// Tests of `client` and `apply` on a real API server
    Test,
    /// Run a command with `KUBECONFIG` naming a real API server of its own
    With {
        /// The program and its arguments
        #[arg(required = true, trailing_var_arg = true)]
        command: Vec<OsString>,
    },
    /// Everything that has a real program beside it: tests, conformance, made-up inputs
    All,
}

/// A program that Kubernetes is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// A current one, and Debian's
    Kubectl,
    /// The API server that the recorded cases are from
    KubeApiserver,
    /// The store below it
    Etcd,
    /// Flux's controller of sources
    SourceController,
}

impl Program {
    fn name(self) -> &'static str {
        self.recipe().name
    }

    fn recipe(self) -> Recipe {
        match self {
            Program::Kubectl => build::KUBECTL,
            Program::KubeApiserver => build::KUBE_APISERVER,
            Program::Etcd => build::ETCD,
            Program::SourceController => build::SOURCE_CONTROLLER,
        }
    }
}

pub(crate) fn run(task: &Task) -> Result<ExitCode> {
    let paths = match task {
        Task::Kubectl => provide(Program::Kubectl)?,
        Task::KubeApiserver => provide(Program::KubeApiserver)?,
        Task::Etcd => provide(Program::Etcd)?,
        Task::SourceController => provide(Program::SourceController)?,
        Task::Python => vec![python::provide(&made_cache()?)?],
        Task::Kustomize => vec![differential::provide_kustomize()?],
        Task::Test => return tier::tests(),
        Task::With { command } => {
            let mut program = Command::new(&command[0]);
            program.args(&command[1..]);
            return tier::with_server(program, "KUBECONFIG");
        }
        Task::All => return tier::all(),
    };
    for path in paths {
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a program is, built if it is not there yet.
fn provide(program: Program) -> Result<Vec<PathBuf>> {
    if let Some(path) = asset(program) {
        return Ok(vec![path]);
    }
    let cache = made_cache()?;
    let mut paths = vec![build::build(&program.recipe(), &cache)?];
    if program == Program::Kubectl {
        match debian::kubectl(&cache) {
            Ok(path) => paths.push(path),
            Err(error) => eprintln!("left out: Debian's kubectl: {error:#}"),
        }
    }
    Ok(paths)
}

/// The finished programs of a name that are in the cache, by their file names. Nothing is built.
pub(crate) fn cached(program: Program) -> Result<Vec<PathBuf>> {
    if let Some(path) = asset(program) {
        return Ok(vec![path]);
    }
    let Ok(entries) = fs::read_dir(cache()?) else { return Ok(Vec::new()) };
    let prefix = format!("{}-", program.name());
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_finished = |path: &PathBuf| {
        name(path)
            .is_some_and(|name| name.starts_with(&prefix) && !name.ends_with(build::UNFINISHED))
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.filter(is_finished).collect();
    paths.sort();
    Ok(paths)
}

/// A program of the folder that other tools of this kind look into.
fn asset(program: Program) -> Option<PathBuf> {
    if program == Program::Kubectl {
        return None;
    }
    let path = PathBuf::from(env::var_os("KUBEBUILDER_ASSETS")?).join(program.name());
    path.is_file().then_some(path)
}

/// The Python that has the Kubernetes client, where it is in the cache.
pub(crate) fn cached_python() -> Option<PathBuf> {
    python::found(&cache().ok()?)
}

fn made_cache() -> Result<PathBuf> {
    let cache = cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    Ok(cache)
}

fn cache() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let base = base.context("neither XDG_CACHE_HOME nor HOME says where a cache may be")?;
    Ok(base.join("nauarch").join("real"))
}
