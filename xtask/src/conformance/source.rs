//! `cargo xtask conformance source`: repositories, what objects want of them, and the artifacts that Flux's
//! source-controller makes of that: revision, digest and size.
//!
//! A case is a file of JSON ([`case`]): its repositories are made by `git` with fixed dates, so their commits have the
//! same names everywhere, and served on loopback. What is expected was recorded from source-controller, which ran
//! against an embedded API server (`--record`, after `cargo xtask real source-controller`).

mod case;
mod controller;
mod ours;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};

use anyhow::{Context, Result};
use regex::Regex;
use tokio::runtime::Runtime;

use self::case::Case;
use super::known::Known;
use crate::{git_server, workspace};

const FOLDER: &str = "xtask/conformance/source";
const LIST: &str = "xtask/conformance/source.txt";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only cases whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    only: Option<Regex>,
    /// Write down what source-controller makes of the cases as what they expect
    #[arg(long)]
    record: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    if Command::new("git").arg("--version").output().is_err() {
        println!("left out: conformance source: there is no git, which makes the repositories");
        return Ok(ExitCode::SUCCESS);
    }
    let root = workspace::root()?;
    let paths = cases(&root.join(FOLDER), args)?;
    let place = Place::new()?;
    if args.record {
        let controller = controller::Controller::start(&place)?;
        for path in &paths {
            let mut case = Case::read(path)?;
            let repositories = place.repositories(&case)?;
            controller.record(&mut case, &repositories)?;
            case.write(path)?;
        }
        println!("recorded {} cases", paths.len());
        return Ok(ExitCode::SUCCESS);
    }
    let list =
        fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let known = Known::parse(&list).context(LIST)?;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for path in &paths {
        let case = Case::read(path)?;
        let repositories = place.repositories(&case)?;
        for asked in &case.objects {
            let name = format!("{}/{}", case.name, asked.name);
            let got = ours::artifact(&case, asked, &repositories, &place.folder)?;
            match got == asked.expect {
                true => passed.push(name),
                false => {
                    let expected = serde_json::to_string(&asked.expect)?;
                    println!(
                        "{name}\n  expected {expected}\n  got      {}",
                        serde_json::to_string(&got)?
                    );
                    failed.push(name);
                }
            }
        }
    }
    let ok: Vec<&str> = passed.iter().map(String::as_str).collect();
    let bad: Vec<&str> = failed.iter().map(String::as_str).collect();
    let violations = known.violations(&ok, &bad, args.only.is_none());
    for violation in &violations {
        println!("{LIST}: {violation}");
    }
    println!("source: {} of {}", passed.len(), passed.len() + failed.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cases(folder: &Path, args: &Args) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let is_wanted = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        path.extension().is_some_and(|it| it == "json")
            && args.only.as_ref().is_none_or(|only| only.is_match(&name))
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.filter(is_wanted).collect();
    paths.sort();
    Ok(paths)
}

/// A folder for repositories and stores, and the server of what is in it.
struct Place {
    folder: PathBuf,
    address: String,
    /// What serves as long as this lives.
    _runtime: Runtime,
}

impl Place {
    fn new() -> Result<Place> {
        let folder = env::temp_dir().join(format!("nauarch-source-{}", process::id()));
        fs::create_dir_all(folder.join("git")).context("cannot make a folder")?;
        let runtime = Runtime::new().context("no runtime")?;
        let address = runtime.block_on(git_server::start(&folder.join("git")))?;
        Ok(Place { folder, address, _runtime: runtime })
    }

    /// Makes the repositories of a case; what their addresses begin with.
    fn repositories(&self, case: &Case) -> Result<String> {
        let folder = self.folder.join("git").join(&case.name);
        let address = format!("{}/{}", self.address, case.name);
        case.make(&folder)?;
        Ok(address)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in a temporary folder is not worth a word.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
