//! `cargo xtask bench source`: a repository with 1 GiB of history over loopback, fetched whole and commit by
//! commit, beside `git`; and the files of a commit read from the store.
//!
//! What is timed is a release build of this program (`bench-fetch`), a process for each fetch.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use source::{Access, Reference, Store};

use super::build::{Scratch, release_binaries};
use super::process::{Call, look};
use crate::git_server;

/// Commits of the history; each replaces a file of a MiB that no compression makes smaller.
const COMMITS: usize = 1024;
const MIB: usize = 1 << 20;
/// Files of the repository whose tree is read.
const FILES: usize = 20_000;

pub(super) fn run(runs: u32) -> Result<ExitCode> {
    let (_, xtask) = release_binaries()?;
    let scratch = Scratch::new()?;
    let folder = scratch.path();
    let history = folder.join("history");
    println!("making a history of {COMMITS} MiB");
    make(&history, |out| write_history(out))?;
    make(&folder.join("files"), |out| write_files(out))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let address = runtime.block_on(git_server::start(folder))?;
    let fetch = |name: &str, store: &str| -> Result<()> {
        let url = format!("{address}/{name}");
        let call = Call::new(&xtask, &["bench-fetch", &url], &folder.join(store));
        let seen = look(&[call], &folder.join("time"))?;
        let peak = seen.peak.map_or(String::new(), |peak| format!(", peak {} MiB", peak / 1024));
        println!("  {}{peak}", String::from_utf8_lossy(&seen.output).trim());
        Ok(())
    };
    println!("first clone, beside git clone --depth 1");
    for turn in 0..runs {
        fetch("history", &format!("store-{turn}"))?;
        let began = Instant::now();
        let target = folder.join(format!("clone-{turn}"));
        let url = format!("{address}/history");
        git(folder, &["clone", "-q", "--bare", "--depth", "1", &url, &target.to_string_lossy()])?;
        println!("  git: {:.1} ms", milliseconds(began.elapsed()));
    }
    println!("one commit more");
    for turn in 0..runs {
        commit(&history, turn)?;
        fetch("history", "store-0")?;
    }
    println!("unchanged");
    for _ in 0..runs {
        fetch("history", "store-0")?;
    }
    println!("{FILES} files");
    for _ in 0..runs {
        fetch("files", "store-files")?;
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(clap::Args)]
pub(crate) struct Inner {
    url: String,
    store: PathBuf,
}

/// Fetches a branch and reads its files, as an agent does.
pub(crate) fn inner(args: &Inner) -> Result<ExitCode> {
    let began = Instant::now();
    let store = Store::open(&args.store, &args.url, &Access::default())?;
    let branch = Reference::Branch("main".to_owned());
    let fetched = store.fetch(&branch, Duration::from_secs(600))?;
    let fetching = began.elapsed();
    let artifact = store.read(&fetched)?;
    let reading = began.elapsed() - fetching;
    let began = Instant::now();
    store.read(&fetched)?;
    println!(
        "fetched in {:.1} ms, {} files read in {:.1} ms, again in {:.1} ms",
        milliseconds(fetching),
        artifact.tree.iter().count(),
        milliseconds(reading),
        milliseconds(began.elapsed()),
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes a repository of what is written for `git fast-import`.
fn make(folder: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    fs::create_dir(folder)?;
    git(folder, &["init", "-q", "--bare", "-b", "main"])?;
    let mut import = Command::new("git")
        .args(["-c", "core.compression=0", "fast-import", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let mut out = BufWriter::new(import.stdin.take().context("no input")?);
    write(&mut out)?;
    drop(out.into_inner().map_err(std::io::IntoInnerError::into_error)?);
    let status = import.wait()?;
    if !status.success() {
        bail!("git fast-import: {status}");
    }
    Ok(())
}

fn write_history(out: &mut dyn Write) -> Result<()> {
    let mut random = 1_u64;
    for commit in 0..COMMITS {
        let noise: Vec<u8> = (0..MIB / 8).flat_map(|_| next(&mut random).to_le_bytes()).collect();
        begin_commit(out, commit)?;
        write_file(out, "noise.bin", &noise)?;
        write_file(
            out,
            &format!("apps/{}.yaml", commit % 200),
            format!("a: {commit}\n").as_bytes(),
        )?;
    }
    Ok(())
}

fn write_files(out: &mut dyn Write) -> Result<()> {
    begin_commit(out, 0)?;
    for file in 0..FILES {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{file}\ndata:\n  a: b\n");
        write_file(out, &format!("apps/{}/{file}.yaml", file % 100), text.as_bytes())?;
    }
    Ok(())
}

fn begin_commit(out: &mut dyn Write, number: usize) -> Result<()> {
    let who = format!("committer Ada <ada@example.org> {number} +0000");
    Ok(writeln!(out, "commit refs/heads/main\n{who}\ndata 1\nx")?)
}

fn write_file(out: &mut dyn Write, path: &str, bytes: &[u8]) -> Result<()> {
    writeln!(out, "M 100644 inline {path}\ndata {}", bytes.len())?;
    out.write_all(bytes)?;
    Ok(writeln!(out)?)
}

/// One commit on top that changes a small file.
fn commit(folder: &Path, turn: u32) -> Result<()> {
    let blob = Command::new("git")
        .args(["hash-object", "-w", "--stdin"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut blob = blob.context("cannot run git")?;
    blob.stdin.take().context("no input")?.write_all(format!("turn: {turn}\n").as_bytes())?;
    let id = String::from_utf8(blob.wait_with_output()?.stdout)?;
    git(folder, &["read-tree", "main"])?;
    let entry = format!("100644,{},apps/0.yaml", id.trim());
    git(folder, &["update-index", "--add", "--cacheinfo", &entry])?;
    let tree = git(folder, &["write-tree"])?;
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let made = [&who[..], &["commit-tree", "-p", "main", "-m", "next", &tree]].concat();
    let commit = git(folder, &made)?;
    git(folder, &["update-ref", "refs/heads/main", &commit])?;
    Ok(())
}

/// Numbers that look random (xorshift).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).current_dir(folder).output();
    let output = output.context("cannot run git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
