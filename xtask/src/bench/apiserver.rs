//! `cargo xtask bench apiserver`: the embedded cluster, called in this process and over TLS, and beside a
//! real kube-apiserver with etcd where `cargo xtask real` has built them.
//!
//! A release build of this program measures (`bench-server`), one part of it a process.

mod applies;
mod clusters;
mod data;
mod fanout;
mod peer;

use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::build::release_binaries;

/// What is measured, each in a process of its own.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Server-side applies a second
    Applies,
    /// One write, a thousand watchers
    Fanout,
    /// A thousand clusters of a hundred objects
    Clusters,
    /// A cluster of ten thousand objects, on the disk
    Data,
}

#[derive(clap::Args)]
pub(crate) struct Inner {
    part: Part,
}

pub(super) fn run() -> Result<ExitCode> {
    let (_, xtask) = release_binaries()?;
    for part in [Part::Applies, Part::Fanout, Part::Clusters, Part::Data] {
        let name = match part {
            Part::Applies => "applies",
            Part::Fanout => "fanout",
            Part::Clusters => "clusters",
            Part::Data => "data",
        };
        let mut command = Command::new(&xtask);
        command.args(["bench-server", name]).stdin(Stdio::null());
        let status = command.status().context("cannot run xtask")?;
        if !status.success() {
            bail!("bench-server {name}: {status}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn inner(args: &Inner) -> Result<ExitCode> {
    match args.part {
        Part::Applies => applies::run()?,
        Part::Fanout => fanout::run()?,
        Part::Clusters => clusters::run()?,
        Part::Data => data::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The memory of this process that is in use, in MiB; 0 where the system does not tell.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// The time that this process has computed for.
fn computed() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before may have blanks; user and system time are the 12th and 13th after it.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = after.split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}
