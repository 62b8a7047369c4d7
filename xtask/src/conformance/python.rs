//! `cargo xtask conformance python`: programs as users write them, with the Python client from PyPI that
//! `cargo xtask real python` puts into the cache, and what they print.
//!
//! A script `NAME.py` stands beside `NAME.txt`, what it printed against a real API server. Each runs
//! against an embedded cluster of its own, over TLS, with a kubeconfig that has a token and a certificate.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};

use anyhow::{Context, Result};
use regex::Regex;

use super::embedded::Embedded;
use super::known::Known;
use crate::real::{self, cluster::Cluster};
use crate::workspace;

const FOLDER: &str = "xtask/conformance/python";
const LIST: &str = "xtask/conformance/python.txt";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only scripts whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
    /// Run them against a kube-apiserver of the cache, which must print the same
    #[arg(long)]
    real: bool,
    /// Write down what the real server makes them print as what is expected
    #[arg(long, requires = "real")]
    record: bool,
    /// Another Python that has the package, instead of the one in the cache
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let Some(python) = args.python.clone().or_else(real::cached_python) else {
        println!(
            "left out: conformance python: no Python client in the cache; `cargo xtask real python` puts one \
             there (needs python3 with its module venv, and PyPI)"
        );
        return Ok(ExitCode::SUCCESS);
    };
    let root = workspace::root()?;
    let known =
        fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let known = Known::parse(&known).context(LIST)?;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for script in scripts(&root.join(FOLDER))? {
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if args.only.as_ref().is_some_and(|only| !only.is_match(&name)) {
            continue;
        }
        match check(&python, &script, args)? {
            None => passed.push(name),
            Some(difference) => {
                println!("{name}\n{difference}");
                failed.push(name);
            }
        }
    }
    let ok: Vec<&str> = passed.iter().map(String::as_str).collect();
    let bad: Vec<&str> = failed.iter().map(String::as_str).collect();
    let is_all = args.only.is_none() && args.python.is_none();
    let violations = match args.real {
        // What ours does not do yet, a real one does.
        true => Known::default().violations(&ok, &bad, is_all),
        false => known.violations(&ok, &bad, is_all),
    };
    for violation in &violations {
        println!("{LIST}: {violation}");
    }
    println!("python: {} of {}", passed.len(), passed.len() + failed.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a script; what it prints otherwise than it should, where something is.
fn check(python: &Path, script: &Path, args: &Args) -> Result<Option<String>> {
    let got = match args.real {
        true => on_a_real_server(python, script)?,
        false => on_an_embedded_one(python, script)?,
    };
    let path = script.with_extension("txt");
    if args.record {
        fs::write(&path, &got).with_context(|| format!("cannot write {}", path.display()))?;
        return Ok(None);
    }
    let expected =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok((got != expected).then(|| testkit::difference(&got, &expected)))
}

fn on_an_embedded_one(python: &Path, script: &Path) -> Result<String> {
    let folder = Folder::new()?;
    // A kube-apiserver has no controllers either.
    let cluster = Embedded::start(false)?;
    let kubeconfig = cluster.write_kubeconfig(&folder.0)?;
    printed(python, script, &kubeconfig)
}

fn on_a_real_server(python: &Path, script: &Path) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let cluster = runtime.block_on(Cluster::start())?;
    printed(python, script, &cluster.write_kubeconfig()?)
}

/// What a script prints, and how it ended where that was not well.
fn printed(python: &Path, script: &Path, kubeconfig: &Path) -> Result<String> {
    let output = Command::new(python)
        .arg(script)
        .env("KUBECONFIG", kubeconfig)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(process::Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", python.display()))?;
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        printed.push_str(&format!("{said}({})\n", output.status));
    }
    Ok(printed)
}

/// The scripts that have something to print; the others are what those share.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .filter(|path| path.with_extension("txt").is_file())
        .collect();
    paths.sort();
    Ok(paths)
}

/// A temporary folder.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let path = env::temp_dir().join(format!("nauarch-python-{}", process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder is not worth a word.
        let _ = fs::remove_dir_all(&self.0);
    }
}
