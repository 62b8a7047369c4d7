//! `cargo xtask conformance kubectl`: what people type, and what they see, with each `kubectl` that
//! `cargo xtask real kubectl` has put into the cache.
//!
//! A transcript is a text file with commands and what they print, volatile parts masked ([`mask`]).
//! It runs against an embedded cluster of its own, over TLS, with a kubeconfig that has a token.

mod cluster;
mod mask;
mod transcript;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use regex::Regex;

use self::cluster::Cluster;
use self::transcript::Transcript;
use super::known::Known;
use crate::real::{self, Program};
use crate::workspace;

const FOLDER: &str = "xtask/conformance/kubectl";
const LIST: &str = "xtask/conformance/kubectl.txt";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only transcripts whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
    /// Write into the transcripts what came; the newest kubectl has the last word
    #[arg(long)]
    update: bool,
    /// Run all against this cluster, which should be empty, instead of embedded ones
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Another kubectl, instead of those in the cache
    #[arg(long, value_name = "FILE")]
    kubectl: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut programs = match &args.kubectl {
        Some(path) => vec![path.clone()],
        None => real::cached(Program::Kubectl)?,
    };
    // The newest first: others may differ from it.
    programs.reverse();
    if programs.is_empty() {
        println!(
            "left out: conformance kubectl: none in the cache; `cargo xtask real kubectl` puts two there"
        );
        return Ok(ExitCode::SUCCESS);
    }
    let root = workspace::root()?;
    let known =
        fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let known = Known::parse(&known).context(LIST)?;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for (at, program) in programs.iter().enumerate() {
        let version = version(program)?;
        for path in transcripts(&root.join(FOLDER))? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if args.only.as_ref().is_some_and(|only| !only.is_match(&name)) {
                continue;
            }
            let case = format!("{version}/{name}");
            match replay((program, &version, at == 0), &path, args)? {
                None => passed.push(case),
                Some(difference) => {
                    println!("{case}\n{difference}");
                    failed.push(case);
                }
            }
        }
    }
    let ok: Vec<&str> = passed.iter().map(String::as_str).collect();
    let bad: Vec<&str> = failed.iter().map(String::as_str).collect();
    let is_all = args.only.is_none() && args.kubectl.is_none() && args.kubeconfig.is_none();
    let violations = known.violations(&ok, &bad, is_all);
    for violation in &violations {
        println!("{LIST}: {violation}");
    }
    println!("kubectl: {} of {}", passed.len(), passed.len() + failed.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the commands of a transcript; what differs, where something does.
fn replay(
    (program, version, is_newest): (&Path, &str, bool),
    path: &Path,
    args: &Args,
) -> Result<Option<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut transcript = Transcript::parse(&text);
    let cluster = match &args.kubeconfig {
        Some(kubeconfig) => Cluster::of(program, kubeconfig)?,
        None => Cluster::start(program)?,
    };
    let mut differences = String::new();
    for step in &mut transcript.steps {
        if !step.is_for(version) {
            continue;
        }
        let got = mask::mask(&cluster.run(&step.command())?, cluster.address());
        if args.update {
            step.accept(version, got, is_newest);
        } else if got != step.expected(version) {
            differences.push_str(&step.difference(version, &got));
        }
    }
    if args.update {
        fs::write(path, transcript.text())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok((!differences.is_empty()).then_some(differences))
}

fn transcripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    paths.sort();
    Ok(paths)
}

/// The minor version of a kubectl, as transcripts name it: `1.36`.
fn version(program: &Path) -> Result<String> {
    let output = Command::new(program)
        .args(["version", "--client", "-o", "json"])
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} does not say its version", program.display()))?;
    let part = |key: &str| {
        let text = said.pointer(&format!("/clientVersion/{key}")).and_then(|value| value.as_str());
        text.unwrap_or_default().trim_end_matches('+').to_owned()
    };
    Ok(format!("{}.{}", part("major"), part("minor")))
}
