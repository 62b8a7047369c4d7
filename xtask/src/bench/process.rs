//! A process, or several one after the other: how long, how much memory, what is printed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// GNU time: it tells a child's peak of memory, for which the standard library has nothing.
const TIME: &str = "/usr/bin/time";

/// A program and its arguments.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
}

/// What was seen of a run with its output kept.
pub(super) struct Seen {
    pub(super) output: Vec<u8>,
    /// The highest peak of the processes, in KiB; `None` where GNU time is not installed.
    pub(super) peak: Option<u64>,
}

impl Call {
    pub(super) fn new<P: AsRef<Path>>(program: P, arguments: &[&str], path: &Path) -> Call {
        let words = arguments.iter().map(OsString::from).chain([path.into()]);
        Call { program: program.as_ref().to_owned(), arguments: words.collect() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }

    fn name(&self) -> String {
        let words = self.arguments.iter().take(2).map(|word| word.to_string_lossy());
        let words: Vec<_> = [self.program.to_string_lossy()].into_iter().chain(words).collect();
        words.join(" ")
    }
}

/// Runs `calls` in order; their outputs come one after the other. `scratch` is a file to use.
pub(super) fn look(calls: &[Call], scratch: &Path) -> Result<Seen> {
    let has_time = Path::new(TIME).exists();
    let mut seen = Seen { output: Vec::new(), peak: None };
    for call in calls {
        let mut command = call.command();
        if has_time {
            command = Command::new(TIME);
            command.args(["-f", "%M", "-o"]).arg(scratch).arg(&call.program).args(&call.arguments);
        }
        let done = command.stdin(Stdio::null()).output();
        let done = done.with_context(|| format!("cannot run {}", call.name()))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            bail!("{}: {}: {}", call.name(), done.status, said.trim());
        }
        seen.output.extend_from_slice(&done.stdout);
        if has_time {
            let kib = fs::read_to_string(scratch).context("what GNU time wrote")?;
            seen.peak = seen.peak.max(kib.trim().parse().ok());
        }
    }
    Ok(seen)
}

/// How long `calls` take, one after the other, output thrown away.
pub(super) fn time(calls: &[Call]) -> Result<Duration> {
    let started = Instant::now();
    for call in calls {
        let mut command = call.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().with_context(|| format!("cannot run {}", call.name()))?;
        if !status.success() {
            bail!("{}: {status}", call.name());
        }
    }
    Ok(started.elapsed())
}
