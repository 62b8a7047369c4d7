//! `cargo xtask ci`: everything a change has to pass, the same here as where changes are merged.
//!
//! Steps run in order and the first that fails ends the run. What was left out is said. The end of
//! the output is cargo's own summary of each test binary and one line that adds them up.

mod tests_run;

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use self::tests_run::TestsRun;
use crate::{has_command, tidy, workspace};

/// The conformance suites that bind, and where their cases are, from the root. `apiserver` has cases of
/// our own besides, and tells itself which are missing.
const SUITES: &[(&str, Option<&str>)] = &[
    ("kustomize", Some("../shared/cases/kustomize")),
    ("ssa", Some("../shared/cases/apiserver/ssa")),
    ("apiserver", None),
    ("durability", None),
    ("source", None),
];

const FMT: &[&str] = &["fmt", "--all", "--check"];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

/// Programs that tests start, and which tests those are.
const PROGRAMS: &[(&str, &str)] = &[
    ("git", "tests of `source` with Git servers"),
    ("sshd", "tests of `source` with ssh"),
    ("docker-registry", "tests of `source` with registries"),
    ("gpg", "tests of `source` with signatures by gpg"),
    ("ssh-keygen", "tests of `source` with signatures by ssh"),
];

/// Whether a program is installed, as one of the system's own or on the path.
fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.into_iter().any(|folder| folder.join(name).is_file())
}

struct Step {
    name: String,
    work: Work,
}

enum Work {
    Cargo(Vec<&'static str>),
    Tidy,
    Tests,
}

pub(crate) fn run() -> Result<ExitCode> {
    let root = workspace::root()?;
    let (suites, mut left_out) = suites(has_command, |cases| root.join(cases).exists());
    left_out.extend(
        PROGRAMS
            .iter()
            .filter(|(program, _)| !has_program(program))
            .map(|(program, tests)| format!("{tests}: `{program}` is not installed")),
    );
    let steps = steps(&suites);
    let mut tests = None;
    let mut seconds = Vec::new();
    let mut failed = None;
    for (number, step) in (1..).zip(&steps) {
        println!("[{number}/{}] {}", steps.len(), step.name);
        let started = Instant::now();
        let good = step.run(&mut tests)?;
        let took = started.elapsed().as_secs_f64();
        let verdict = if good { "ok" } else { "FAILED" };
        println!("[{number}/{}] {} {verdict}, {took:.1} s\n", steps.len(), step.name);
        seconds.push(format!("{} {took:.1} s", step.name));
        if !good {
            failed = Some(number);
            break;
        }
    }
    println!("took: {}", seconds.join(", "));
    for text in &left_out {
        println!("left out: {text}");
    }
    if let Some(tests) = &tests {
        tests.print_summaries();
    }
    if let Some(number) = failed {
        println!("{}", failure(&steps, number));
    }
    if let Some(tests) = &tests {
        println!("{}", tests.closing_line());
    }
    Ok(if failed.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(suites: &[&'static str]) -> Vec<Step> {
    let step = |name: &str, work| Step { name: name.to_owned(), work };
    let mut steps = vec![
        step("fmt", Work::Cargo(FMT.to_vec())),
        step("clippy", Work::Cargo(CLIPPY.to_vec())),
        step("tidy", Work::Tidy),
        step("test", Work::Tests),
    ];
    for suite in suites {
        let args = vec!["xtask", "conformance", suite];
        steps.push(step(&format!("conformance {suite}"), Work::Cargo(args)));
    }
    steps
}

/// The suites that can run here, and why the others cannot.
fn suites(
    has_command: impl Fn(&str) -> bool,
    has_folder: impl Fn(&Path) -> bool,
) -> (Vec<&'static str>, Vec<String>) {
    let mut run = Vec::new();
    let mut left_out = Vec::new();
    for (suite, cases) in SUITES {
        if !has_command("conformance") {
            left_out
                .push(format!("conformance {suite}: there is no `cargo xtask conformance` yet"));
        } else if let Some(cases) = cases.filter(|cases| !has_folder(Path::new(cases))) {
            left_out.push(format!("conformance {suite}: no {cases} beside this checkout"));
        } else {
            run.push(*suite);
        }
    }
    (run, left_out)
}

/// Which step failed, and what therefore did not run.
fn failure(steps: &[Step], failed: usize) -> String {
    let names =
        |steps: &[Step]| steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(", ");
    let (run, not_run) = steps.split_at(failed.min(steps.len()));
    let last = run.last().map_or("", |step| &step.name);
    match not_run {
        [] => format!("failed: {last}"),
        _ => format!("failed: {last}; not run: {}", names(not_run)),
    }
}

impl Step {
    /// Whether it passed. An error means that it could not be run at all.
    fn run(&self, tests: &mut Option<TestsRun>) -> Result<bool> {
        match &self.work {
            Work::Cargo(args) => {
                let status = workspace::cargo()?.args(args).status();
                Ok(status
                    .with_context(|| format!("cannot run cargo {}", args.join(" ")))?
                    .success())
            }
            Work::Tidy => Ok(tidy::run(&tidy::Args::default())? == ExitCode::SUCCESS),
            Work::Tests => Ok(tests.insert(TestsRun::start()?).passed()),
        }
    }
}

#[cfg(test)]
mod tests;
