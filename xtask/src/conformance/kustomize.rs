//! `cargo xtask conformance kustomize`: the corpus of kustomize cases over `kustomize::build`.
//!
//! In process and without a disk: the files of a case are a tree, complete, with its input as the
//! root. A case passes when it prints the very bytes that kustomize 5.8.1 prints, or refuses what it
//! refuses.

mod case;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use regex::Regex;

use self::case::{Case, Verdict};
use super::known::Known;
use super::pool::{self, Ended};
use crate::workspace;

const CASES: &str = "../shared/cases/kustomize";
const LIST: &str = "xtask/conformance/kustomize.txt";

/// No case comes near this in a debug build.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only cases whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
    /// Write a line for each case that does not pass to this file: name and first difference
    #[arg(long, value_name = "FILE")]
    failures: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let started = Instant::now();
    let root = workspace::root()?;
    let folder = root.join(CASES).join("cases");
    if !folder.is_dir() {
        println!("left out: conformance kustomize: no {CASES} beside this checkout");
        return Ok(ExitCode::SUCCESS);
    }
    let list =
        fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let known = Known::parse(&list).context(LIST)?;
    let cases = cases(&folder, args.only.as_ref())?;
    let ended = pool::run(cases.clone(), LIMIT, Case::run)?;
    let results: Results = cases.into_iter().zip(ended.into_iter().map(verdict)).collect();
    let failures = failures(&results, &known);
    print!("{failures}");
    if let Some(path) = &args.failures {
        fs::write(path, failures).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let violations = violations(&results, &known, args.only.is_none());
    for violation in &violations {
        println!("{LIST}: {violation}");
    }
    println!("{}", summary(&results));
    println!("{} cases in {:.1} s", results.len(), started.elapsed().as_secs_f64());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Results = Vec<(Case, Verdict)>;

/// The cases, by name.
fn cases(folder: &Path, only: Option<&Regex>) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {CASES}"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if only.is_none_or(|only| only.is_match(&name)) {
            cases.push(Case::new(name, entry.path()));
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn verdict(ended: Ended<Result<Verdict>>) -> Verdict {
    match ended {
        Ended::With(Ok(verdict)) => verdict,
        Ended::With(Err(error)) => Verdict::Wrong(format!("cannot run the case: {error:#}")),
        Ended::InPanic(message) => Verdict::Wrong(message),
        Ended::Not => Verdict::Wrong(format!("no end after {} s", LIMIT.as_secs())),
    }
}

/// A line for each case that does not pass.
fn failures(results: &Results, known: &Known) -> String {
    let mut lines = String::new();
    for (case, verdict) in results {
        let reason = known.reason(&case.name).map_or(String::new(), |why| format!(" [{why}]"));
        let why = match verdict {
            Verdict::Identical | Verdict::Refused => continue,
            Verdict::Equal(difference) => format!("equal, not identical: {difference}"),
            Verdict::Wrong(why) => why.clone(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}{reason}: {why}", case.name);
    }
    lines
}

fn violations(results: &Results, known: &Known, all: bool) -> Vec<String> {
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for (case, verdict) in results {
        let list = if verdict.passes() { &mut passed } else { &mut failed };
        list.push(&*case.name);
    }
    known.violations(&passed, &failed, all)
}

fn summary(results: &Results) -> String {
    let count = |wanted: fn(&Case, &Verdict) -> bool| {
        results.iter().filter(|(case, verdict)| wanted(case, verdict)).count()
    };
    let outputs = count(|case, _| !case.is_refused);
    format!(
        "kustomize: {} of {outputs} outputs byte-identical, {} of {outputs} equal, \
         {} of {} errors refused",
        count(|_, verdict| *verdict == Verdict::Identical),
        count(|_, verdict| matches!(verdict, Verdict::Identical | Verdict::Equal(_))),
        count(|_, verdict| *verdict == Verdict::Refused),
        results.len() - outputs,
    )
}

#[cfg(test)]
mod tests;
