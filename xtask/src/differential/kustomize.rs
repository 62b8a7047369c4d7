//! Random kustomizations, built by ours and by kustomize 5.8.1: the same bytes, or both refuse.
//!
//! What differs is made as small as it still differs, and printed as a fixture; `--keep` writes it where
//! the tests of `kustomize` have recorded cases.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use kustomize::{Memory, Options};

use super::generator;
use super::repository::{Repository, TOP};

/// How long the original has for one build.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many fixed seeds to try, from 1 on
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many seeds to try that no run has tried
    #[arg(long, default_value_t = 0)]
    fresh: u64,
    /// The original; by default one that is built from its Go module into the cache
    #[arg(long, env = "NAUARCH_KUSTOMIZE")]
    kustomize: Option<PathBuf>,
    /// Print why builds were refused
    #[arg(long)]
    reasons: bool,
    /// Do not look for smaller cases
    #[arg(long)]
    fast: bool,
    /// Where to write what differs
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// What a build came to.
#[derive(PartialEq, Clone)]
enum Built {
    Printed(String),
    Refused(String),
}

/// How two builds differ.
#[derive(PartialEq, Clone, Copy, Debug)]
enum Difference {
    Output,
    OursRefuses,
    TheirsRefuses,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let original = args.kustomize.clone().map_or_else(super::real::provide, Ok)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let fresh = (now as u64) | 1 << 63;
    let seeds: Vec<u64> =
        (args.from..args.from + args.seeds).chain((0..args.fresh).map(|n| fresh + n)).collect();
    let next = AtomicU64::new(0);
    let tally = Mutex::new(Tally::default());
    let scratch = env::temp_dir().join(format!("nauarch-differential-{}", std::process::id()));
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let (original, seeds, next, tally) = (&original, &seeds, &next, &tally);
            let scratch = scratch.join(worker.to_string());
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&seed) = usize::try_from(at).ok().and_then(|at| seeds.get(at)) else {
                        return;
                    };
                    let seen = one(seed, original, &scratch, args);
                    if let Ok(mut tally) = tally.lock() {
                        tally.count(seed, seen, args);
                    }
                }
            });
        }
    });
    // It is in the temporary directory, and harms nobody there.
    let _ = fs::remove_dir_all(&scratch);
    let tally = tally.into_inner().unwrap_or_default();
    println!(
        "kustomize: {} builds, {} with equal output ({} %), {} refused by both, {} where the original \
         panics, {} differ",
        seeds.len(),
        tally.equal,
        100 * tally.equal / seeds.len().max(1),
        tally.refused,
        tally.panics,
        tally.different
    );
    Ok(if tally.different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Tally {
    equal: usize,
    refused: usize,
    panics: usize,
    different: usize,
}

impl Tally {
    fn count(&mut self, seed: u64, seen: Result<Seen>, args: &Args) {
        match seen {
            Ok(Seen::Equal) => self.equal += 1,
            Ok(Seen::Panic) => self.panics += 1,
            Ok(Seen::Refused(why)) => {
                self.refused += 1;
                if args.reasons {
                    println!("{seed}: {}", why.lines().next().unwrap_or_default());
                }
            }
            Ok(Seen::Different(difference, fixture)) => {
                self.different += 1;
                println!("== seed {seed}: {difference:?}\n{fixture}");
                let kept = args.keep.as_ref().map(|folder| folder.join(format!("{seed}.txt")));
                if let Some(Err(error)) = kept.map(|file| fs::write(file, fixture)) {
                    eprintln!("seed {seed}: {error}");
                }
            }
            Err(error) => {
                self.different += 1;
                println!("== seed {seed}: {error:#}");
            }
        }
    }
}

enum Seen {
    Equal,
    /// The original has come to an end that nobody meant it to have.
    Panic,
    Refused(String),
    Different(Difference, String),
}

fn one(seed: u64, original: &Path, scratch: &Path, args: &Args) -> Result<Seen> {
    let repository = generator::repository(seed);
    let (ours, theirs) = (ours(&repository), theirs(&repository, original, scratch)?);
    if matches!(&theirs, Built::Refused(why) if why.starts_with("panic:")) {
        return Ok(Seen::Panic);
    }
    let Some(difference) = difference(&ours, &theirs) else {
        return Ok(match ours {
            Built::Printed(_) => Seen::Equal,
            Built::Refused(why) => Seen::Refused(why),
        });
    };
    let mut is_so = |smaller: &Repository| {
        let Ok(theirs) = theirs_of(smaller, original, scratch) else { return false };
        self::difference(&self::ours(smaller), &theirs) == Some(difference)
    };
    let small = if args.fast { repository } else { repository.shrunk(&mut is_so) };
    let (ours, theirs) = (self::ours(&small), theirs_of(&small, original, scratch)?);
    let shown = |built: Built| match built {
        Built::Printed(text) => text,
        Built::Refused(why) => why.lines().map(|line| format!("# {line}\n")).collect(),
    };
    let fixture = small.fixture();
    let text = format!("{fixture}//- expected\n{}//- ours\n{}", shown(theirs), shown(ours));
    Ok(Seen::Different(difference, text))
}

fn difference(ours: &Built, theirs: &Built) -> Option<Difference> {
    match (ours, theirs) {
        (Built::Printed(ours), Built::Printed(theirs)) => {
            (ours != theirs).then_some(Difference::Output)
        }
        (Built::Refused(_), Built::Printed(_)) => Some(Difference::OursRefuses),
        (Built::Printed(_), Built::Refused(_)) => Some(Difference::TheirsRefuses),
        (Built::Refused(_), Built::Refused(_)) => None,
    }
}

fn ours(repository: &Repository) -> Built {
    let build = kustomize::build(&repository.tree(), TOP, &Options::default(), &Memory::new());
    let Some(nodes) = build.nodes else {
        let said = build.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        let said: Vec<String> = said.map(ToString::to_string).collect();
        return Built::Refused(said.join("\n"));
    };
    let mut text = String::new();
    manifest::yaml::write::write_documents(&*nodes, &mut text);
    Built::Printed(text)
}

fn theirs(repository: &Repository, original: &Path, scratch: &Path) -> Result<Built> {
    theirs_of(repository, original, scratch)
}

fn theirs_of(repository: &Repository, original: &Path, scratch: &Path) -> Result<Built> {
    repository.write(scratch)?;
    let mut child = Command::new(original)
        .arg("build")
        .arg(scratch.join(TOP))
        .stdin(Stdio::null())
        .stdout(fs::File::create(scratch.join("out"))?)
        .stderr(fs::File::create(scratch.join("err"))?)
        .spawn()
        .with_context(|| format!("cannot run {}", original.display()))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(Built::Refused("it does not end".to_owned()));
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    if status.success() {
        let text = fs::read_to_string(scratch.join("out"))?;
        // The label has the version that the build tool knew.
        let text = text.replace("kustomize-v5.8.1", "kustomize-(devel)");
        return Ok(Built::Printed(text));
    }
    let said = fs::read_to_string(scratch.join("err"))?;
    let warning = |line: &&str| line.starts_with("# Warning");
    Ok(Built::Refused(said.lines().filter(|line| !warning(line)).take(3).collect()))
}
