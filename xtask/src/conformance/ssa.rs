//! `cargo xtask conformance ssa`: request sequences that a real API server answered, replayed over the
//! functions of `schema`.
//!
//! What stores and routes is a server of this suite's own, small and in memory ([`server`]); what it
//! answers is compared with what the real one did, volatile fields masked ([`mask`]).

mod case;
mod mask;
mod scale;
mod server;
mod status;
mod strategy;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use regex::Regex;

use super::known::Known;
use crate::workspace;

const CASES: &str = "../shared/cases/apiserver/ssa";
const LIST: &str = "xtask/conformance/ssa.txt";

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

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let root = workspace::root()?;
    let folder = args.cases.clone().unwrap_or_else(|| root.join(CASES));
    if !folder.is_dir() {
        println!("left out: conformance ssa: no {CASES} beside this checkout");
        return Ok(ExitCode::SUCCESS);
    }
    let list =
        fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let known = Known::parse(&list).context(LIST)?;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for case in case::read(&folder)? {
        if args.only.as_ref().is_some_and(|only| !only.is_match(&case.name)) {
            continue;
        }
        match case.replay() {
            Ok(()) => passed.push(case.name),
            Err(difference) => {
                let reason =
                    known.reason(&case.name).map_or(String::new(), |why| format!(" [{why}]"));
                println!("{}{reason}: {}", case.name, difference.what);
                if args.show {
                    println!("  got      {}\n  expected {}", difference.got, difference.expected);
                }
                failed.push(case.name);
            }
        }
    }
    let ok: Vec<&str> = passed.iter().map(String::as_str).collect();
    let bad: Vec<&str> = failed.iter().map(String::as_str).collect();
    let violations = match args.cases {
        Some(_) => Vec::new(),
        None => known.violations(&ok, &bad, args.only.is_none()),
    };
    for violation in &violations {
        println!("{LIST}: {violation}");
    }
    println!("ssa: {} of {}", passed.len(), passed.len() + failed.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
