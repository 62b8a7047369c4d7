//! `nauarch build` against `kubectl kustomize`, and against `kustomize build` where there is one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use regex::Regex;

use super::process::{Call, look, time};
use super::table::{self, Figures};
use crate::generate::OverlayShape;
use crate::workspace;

/// The sizes of generated overlays, in objects.
const SIZES: &[u32] = &[50, 500, 2000, 5000];

/// How many overlays of one base are built in one process, of how many objects each.
const OVERLAYS: (usize, u32) = (100, 50);

/// Whoever takes longer than this has no second turn.
const SLOW: Duration = Duration::from_secs(20);

/// The variable that names a kustomize to compare with; otherwise it is the one that `cargo xtask
/// differential kustomize` has built, or that on the path.
const KUSTOMIZE: &str = "NAUARCH_KUSTOMIZE";

/// What is built.
struct Case {
    name: String,
    repository: PathBuf,
    overlays: Vec<String>,
}

/// A program that builds cases.
struct Tool {
    /// With its version.
    name: String,
    program: PathBuf,
    /// What comes before the directory.
    arguments: &'static [&'static str],
    /// A program that builds any number of overlays in one process.
    for_many: Option<PathBuf>,
}

impl Tool {
    fn calls(&self, case: &Case) -> Vec<Call> {
        if let (Some(program), 2..) = (&self.for_many, case.overlays.len()) {
            let mut call = Call::new(program, &["bench-inner"], &case.repository);
            call.arguments.extend(case.overlays.iter().map(Into::into));
            return vec![call];
        }
        let call =
            |overlay| Call::new(&self.program, self.arguments, &case.repository.join(overlay));
        case.overlays.iter().map(call).collect()
    }
}

pub(super) fn run(runs: u32, only: Option<&Regex>) -> Result<ExitCode> {
    let tools = tools()?;
    let scratch = Scratch::new()?;
    let cases = cases(&scratch.0, only)?;
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    let mut rows = String::new();
    for case in &cases {
        eprintln!("{} …", case.name);
        let calls: Vec<Vec<Call>> = tools.iter().map(|tool| tool.calls(case)).collect();
        let peaks = check_outputs(&calls, &names, &scratch.0.join("peak"))
            .with_context(|| case.name.clone())?;
        let times = take_turns(&calls, runs)?;
        let figures: Vec<Figures> =
            times.into_iter().zip(peaks).map(|(times, peak)| Figures { times, peak }).collect();
        rows.push_str(&table::row(&case.name, &figures));
    }
    print!("{}{rows}", table::head(&names));
    println!("\nMedians of {runs} turns, whole processes; all outputs byte-identical.");
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that all print the same, and notes how much memory each took.
fn check_outputs(calls: &[Vec<Call>], names: &[&str], scratch: &Path) -> Result<Vec<Option<u64>>> {
    let mut peaks = Vec::new();
    let mut first: Option<Vec<u8>> = None;
    for (calls, name) in calls.iter().zip(names) {
        let seen = look(calls, scratch)?;
        peaks.push(seen.peak);
        if *first.get_or_insert_with(|| seen.output.clone()) != seen.output {
            let ours = names.first().unwrap_or(name);
            bail!("{name} prints something else than {ours}; see `cargo xtask conformance`");
        }
    }
    Ok(peaks)
}

/// The times of each, turn by turn.
fn take_turns(calls: &[Vec<Call>], runs: u32) -> Result<Vec<Vec<Duration>>> {
    let mut times: Vec<Vec<Duration>> = calls.iter().map(|_| Vec::new()).collect();
    for _ in 0..runs {
        for (calls, times) in calls.iter().zip(&mut times) {
            if times.last().is_none_or(|last| *last < SLOW) {
                times.push(time(calls)?);
            }
        }
    }
    Ok(times)
}

/// Ours, built for release, and the originals that there are.
fn tools() -> Result<Vec<Tool>> {
    let (nauarch, xtask) = release_binaries()?;
    let mut tools = vec![Tool {
        name: "nauarch".to_owned(),
        program: nauarch,
        arguments: &["build"],
        for_many: Some(xtask),
    }];
    let built = crate::differential::built().filter(|path| path.exists());
    let kustomize = env::var_os(KUSTOMIZE).map(PathBuf::from).or(built);
    let kustomize = kustomize.unwrap_or_else(|| "kustomize".into());
    for (name, program, arguments, version_arguments) in [
        (
            "kubectl kustomize",
            "kubectl".into(),
            ["kustomize"].as_slice(),
            ["version", "--client"].as_slice(),
        ),
        ("kustomize", kustomize, &["build"], &["version"]),
    ] {
        match version(&program, version_arguments) {
            Some(version) => tools.push(Tool {
                name: format!("{name} {version}"),
                program,
                arguments,
                for_many: None,
            }),
            None => eprintln!("left out: {name}: {} does not run", program.display()),
        }
    }
    if tools.len() == 1 {
        bail!("nothing to compare with: install kubectl, or name a kustomize in {KUSTOMIZE}");
    }
    Ok(tools)
}

/// The version of kustomize in a program: the last word of what it says.
fn version(program: &Path, arguments: &[&str]) -> Option<String> {
    let done = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let word = said.split_whitespace().next_back()?;
    done.status.success().then(|| word.trim_start_matches('v').to_owned())
}

/// Builds `nauarch` and this program for release.
pub(super) fn release_binaries() -> Result<(PathBuf, PathBuf)> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["build", "--release", "--package", "nauarch", "--package", "xtask"]);
    cargo.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let done = cargo.output().context("cannot run cargo build")?;
    if !done.status.success() {
        bail!("cargo build --release failed");
    }
    let mut found = [None, None];
    for message in Message::parse_stream(&*done.stdout) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        let Some(path) = artifact.executable else { continue };
        match &*artifact.target.name {
            "nauarch" => found[0] = Some(path.into_std_path_buf()),
            "xtask" => found[1] = Some(path.into_std_path_buf()),
            _ => {}
        }
    }
    let [Some(nauarch), Some(xtask)] = found else { bail!("cargo build told of no executables") };
    Ok((nauarch, xtask))
}

/// The cases, the generated ones written below `scratch`.
fn cases(scratch: &Path, only: Option<&Regex>) -> Result<Vec<Case>> {
    let mut cases = vec![Case {
        name: "examples/fleet/overlays/us-east".to_owned(),
        repository: workspace::root()?.join("examples/fleet"),
        overlays: vec!["overlays/us-east".to_owned()],
    }];
    let generated = |name: String, resources, overlays| {
        let shape = OverlayShape { resources, overlays, name_prefix: String::new() };
        let repository = scratch.join(format!("{overlays}-of-{resources}"));
        if only.is_none_or(|only| only.is_match(&name)) {
            shape.folder().write(&repository)?;
        }
        let overlays = (0..overlays).map(OverlayShape::directory).collect();
        anyhow::Ok(Case { name, repository, overlays })
    };
    for &size in SIZES {
        cases.push(generated(format!("{size} objects"), size, 1)?);
    }
    let (overlays, size) = OVERLAYS;
    let name =
        format!("{overlays} overlays of one base, {size} objects each (ours in one process)");
    cases.push(generated(name, size, overlays)?);
    cases.retain(|case| only.is_none_or(|only| only.is_match(&case.name)));
    Ok(cases)
}

/// A directory that goes when we are done.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Scratch> {
        let path = env::temp_dir().join(format!("nauarch-bench-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Scratch(path))
    }
}

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
