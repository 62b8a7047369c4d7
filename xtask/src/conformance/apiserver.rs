//! `cargo xtask conformance apiserver`: request sequences that a real API server answered, sent to the
//! embedded one.
//!
//! Each case has a cluster of its own, asked over its service as a listener would ask it; what it
//! answers is compared with what the real one did, volatile fields masked ([`mask`]). `ssa` is the
//! part of the corpus that is about server-side apply: it has no exceptions.

mod case;
mod mask;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use regex::Regex;

use super::known::Known;
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only cases whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
    /// Replay the cases of this folder instead; all that fail are only told
    #[arg(long, value_name = "FOLDER")]
    cases: Option<PathBuf>,
    /// Print what was expected and what came instead
    #[arg(long)]
    show: bool,
}

/// Which cases there are, and where the exceptions are listed.
struct Suite {
    name: &'static str,
    folders: &'static [&'static str],
    list: &'static str,
}

const ALL: Suite = Suite {
    name: "apiserver",
    folders: &[
        "../shared/cases/apiserver/ssa",
        "../shared/cases/apiserver/write",
        "../shared/cases/apiserver/read",
    ],
    list: "xtask/conformance/apiserver.txt",
};
const SSA: Suite = Suite {
    name: "ssa",
    folders: &["../shared/cases/apiserver/ssa"],
    list: "xtask/conformance/ssa.txt",
};

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    replay(&ALL, args)
}

pub(super) fn run_ssa(args: &Args) -> Result<ExitCode> {
    replay(&SSA, args)
}

fn replay(suite: &Suite, args: &Args) -> Result<ExitCode> {
    let root = workspace::root()?;
    let folders: Vec<PathBuf> = match &args.cases {
        Some(folder) => vec![folder.clone()],
        None => suite.folders.iter().map(|folder| root.join(folder)).collect(),
    };
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        println!("left out: conformance {}: no {}", suite.name, missing.display());
        return Ok(ExitCode::SUCCESS);
    }
    let list = fs::read_to_string(root.join(suite.list))
        .with_context(|| format!("cannot read {}", suite.list))?;
    let known = Known::parse(&list).context(suite.list)?;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    let mut sums = Vec::new();
    for folder in &folders {
        let before = (passed.len(), failed.len());
        replay_folder(folder, args, &known, &mut passed, &mut failed)?;
        let (good, bad) = (passed.len() - before.0, failed.len() - before.1);
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        sums.push(format!("{name} {good} of {}", good + bad));
    }
    let ok: Vec<&str> = passed.iter().map(String::as_str).collect();
    let bad: Vec<&str> = failed.iter().map(String::as_str).collect();
    let violations = match args.cases {
        Some(_) => Vec::new(),
        None => known.violations(&ok, &bad, args.only.is_none()),
    };
    for violation in &violations {
        println!("{}: {violation}", suite.list);
    }
    let all = passed.len() + failed.len();
    println!("{}: {} of {all} ({})", suite.name, passed.len(), sums.join(", "));
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay_folder(
    folder: &Path,
    args: &Args,
    known: &Known,
    passed: &mut Vec<String>,
    failed: &mut Vec<String>,
) -> Result<()> {
    let mut cases = case::read(folder)?;
    cases.retain(|case| args.only.as_ref().is_none_or(|only| only.is_match(&case.name)));
    let results = case::replay_all(&cases)?;
    for (case, result) in cases.into_iter().zip(results) {
        match result {
            Ok(()) => passed.push(case.name),
            Err(difference) => {
                let reason =
                    known.reason(&case.name).map_or(String::new(), |why| format!(" [{why}]"));
                if reason.is_empty() || args.show {
                    println!("{}{reason}: {}", case.name, difference.what);
                }
                if args.show {
                    println!("  got      {}\n  expected {}", difference.got, difference.expected);
                }
                failed.push(case.name);
            }
        }
    }
    Ok(())
}
