//! `cargo xtask conformance apiserver`: request sequences that a real API server answered, sent to the
//! embedded one, in this process or over TLS, or to a real one again.
//!
//! What is answered is compared with what the real server did, volatile fields masked ([`mask`]).
//! A case has an embedded cluster of its own, or a namespace in the real one ([`respondent`]). Our own
//! cases stand in `xtask/conformance/cases`, in the format of the corpus beside the checkout;
//! `--record` writes what a real server answers into them. `ssa` is the part of the corpus that is about
//! server-side apply: it has no exceptions.

mod case;
mod mask;
mod replay;
mod respondent;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use regex::Regex;

pub(crate) use self::case::{Case, Difference};
pub(super) use self::mask::mask;
pub(crate) use self::replay::{record, replay};
pub(crate) use self::respondent::{Against, Servers};

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
    /// Who is asked
    #[arg(long, value_enum, default_value_t = Against::InProcess)]
    against: Against,
    /// Write down what the real server answers as what these cases expect
    #[arg(long, requires = "cases")]
    record: bool,
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
        "xtask/conformance/cases",
    ],
    list: "xtask/conformance/apiserver.txt",
};
const SSA: Suite = Suite {
    name: "ssa",
    folders: &["../shared/cases/apiserver/ssa"],
    list: "xtask/conformance/ssa.txt",
};

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    run_suite(&ALL, args)
}

pub(super) fn run_ssa(args: &Args) -> Result<ExitCode> {
    run_suite(&SSA, args)
}

/// The cases that the real server itself answers otherwise than they say.
const REAL: &str = "xtask/conformance/apiserver-real.txt";

/// What became of the cases, by their names.
#[derive(Default)]
struct Tally {
    passed: Vec<String>,
    failed: Vec<String>,
    sums: Vec<String>,
}

fn run_suite(suite: &Suite, args: &Args) -> Result<ExitCode> {
    if args.record {
        return record_folder(args);
    }
    let root = workspace::root()?;
    let folders: Vec<PathBuf> = match &args.cases {
        Some(folder) => vec![folder.clone()],
        None => suite.folders.iter().map(|folder| root.join(folder)).collect(),
    };
    let (folders, missing): (Vec<_>, Vec<_>) = folders.iter().partition(|path| path.is_dir());
    for folder in &missing {
        println!("left out: conformance {}: no {}", suite.name, folder.display());
    }
    let list = if args.against == Against::Real { REAL } else { suite.list };
    let known =
        fs::read_to_string(root.join(list)).with_context(|| format!("cannot read {list}"))?;
    let known = Known::parse(&known).context(list)?;
    let tally = replay_folders(&folders, args, &known)?;
    let passed: Vec<&str> = tally.passed.iter().map(String::as_str).collect();
    let failed: Vec<&str> = tally.failed.iter().map(String::as_str).collect();
    // A part of the corpus has not all that a real server's list may name.
    let is_all = args.only.is_none() && missing.is_empty() && args.against != Against::Real;
    let violations = match args.cases {
        Some(_) => Vec::new(),
        None => known.violations(&passed, &failed, is_all),
    };
    for violation in &violations {
        println!("{list}: {violation}");
    }
    let all = passed.len() + failed.len();
    println!("{}: {} of {all} ({})", suite.name, passed.len(), tally.sums.join(", "));
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn record_folder(args: &Args) -> Result<ExitCode> {
    let folder = args.cases.as_deref().context("--record needs --cases")?;
    let mut cases = case::read(folder)?;
    cases.retain(|case| args.is_wanted(&case.name));
    runtime()?.block_on(async {
        let servers = Servers::start(Against::Real).await?;
        for case in &cases {
            record(case, servers.one().await).await?.write()?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    println!("recorded {} cases", cases.len());
    Ok(ExitCode::SUCCESS)
}

/// All folders' cases at once: a real server is started for all of them.
fn replay_folders(folders: &[&PathBuf], args: &Args, known: &Known) -> Result<Tally> {
    let mut cases = Vec::new();
    let mut ends = Vec::new();
    for folder in folders {
        cases.extend(case::read(folder)?.into_iter().filter(|case| args.is_wanted(&case.name)));
        ends.push(cases.len());
    }
    let outcomes = runtime()?.block_on(async {
        let servers = Servers::start(args.against).await?;
        Ok::<_, anyhow::Error>(replay::replay_all(&cases, &servers).await)
    })?;
    let mut results = cases.iter().zip(outcomes);
    let mut tally = Tally::default();
    let mut begin = 0;
    for (folder, end) in folders.iter().zip(ends) {
        let before = tally.passed.len();
        for (case, outcome) in results.by_ref().take(end - begin) {
            match outcome {
                Ok(()) => tally.passed.push(case.name.clone()),
                Err(difference) => {
                    tell(&case.name, &difference, args, known);
                    tally.failed.push(case.name.clone());
                }
            }
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        tally.sums.push(format!("{name} {} of {}", tally.passed.len() - before, end - begin));
        begin = end;
    }
    Ok(tally)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Prints a difference, where it is not known or everything is to be shown.
fn tell(name: &str, difference: &Difference, args: &Args, known: &Known) {
    let reason = known.reason(name).map_or(String::new(), |why| format!(" [{why}]"));
    if reason.is_empty() || args.show {
        println!("{name}{reason}: {}", difference.what);
    }
    if args.show {
        println!("  got      {}\n  expected {}", difference.got, difference.expected);
    }
}

impl Args {
    fn is_wanted(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(name))
    }
}
