//! `cargo xtask conformance durability`: what a cluster with a data file acknowledged survives `kill -9`.
//!
//! A child writes to a cluster and tells each write that was acknowledged. It is killed at a random
//! moment, one in four while it opens the file and the others in the middle of their writes; then the file is opened, and everything
//! that was acknowledged has to be there, and nothing that nobody wrote. The next child goes on with the
//! same file.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use apiserver::{Options, Server};
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use http::Request;
use http_body_util::Full;
use tower::ServiceExt;

/// How many objects are written, in turn.
const OBJECTS: u64 = 50;
/// How many writes wait for the disk at once.
const AT_ONCE: usize = 8;
/// How long a child lives at most that is killed while it opens the file.
const OPENING: Duration = Duration::from_millis(120);
/// How many writes another one tells at most before it is killed, and how much longer it lives at most.
const WRITES: u64 = 40;
const LONGER: Duration = Duration::from_millis(4);
/// How long one waits for a write to be told.
const PATIENCE: Duration = Duration::from_secs(60);
const FOLDER: &str = "/api/v1/namespaces/default/configmaps";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many children are killed
    #[arg(long, value_name = "N", default_value_t = 40)]
    kills: u32,
    /// What the moments come from; a run with the same seed kills after the same times
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What a child is told.
#[derive(clap::Args)]
pub(crate) struct Writer {
    file: PathBuf,
    /// The number of the first write
    first: u64,
}

/// When a child is killed: after so many writes that it told, and so much time.
struct Moment {
    writes: usize,
    more: Duration,
}

/// By object: the number of the last write that was acknowledged, and of the last that was sent.
type Written = BTreeMap<u64, u64>;

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let folder = env::temp_dir().join(format!("nauarch-durability-{}", process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join("cluster.redb");
    let mut chance = args.seed;
    let mut acknowledged = Written::new();
    let (mut first, mut writes) = (0, 0);
    for number in 1..=args.kills {
        let told = one_life(&file, first, &moment(&mut chance))?;
        writes += told.len();
        for write in told {
            let last = acknowledged.entry(write % OBJECTS).or_default();
            *last = write.max(*last);
        }
        first = check(&file, &acknowledged, first).with_context(|| {
            format!("kill {number} of seed {}; the file is {}", args.seed, file.display())
        })?;
    }
    ensure!(writes > 0, "no write was acknowledged in {} lives of a writer", args.kills);
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    println!(
        "durability: {0} of {0} kills lost nothing of {writes} acknowledged writes",
        args.kills
    );
    Ok(ExitCode::SUCCESS)
}

/// Starts a child, kills it at its moment, and gives the numbers of the writes that it told.
fn one_life(file: &Path, first: u64, moment: &Moment) -> Result<Vec<u64>> {
    let program = env::current_exe().context("where is xtask?")?;
    let mut child = Command::new(program)
        .arg("durability-writer")
        .args([file.as_os_str(), first.to_string().as_ref()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run xtask")?;
    let output = child.stdout.take().context("no output")?;
    let (tell, told) = mpsc::channel();
    let reader = thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        // The last line may be cut off; a number without its end is not told.
        for number in lines.filter_map(|line| line.strip_suffix('.')?.parse::<u64>().ok()) {
            // Who listens does so to the end.
            let _ = tell.send(number);
        }
    });
    let mut writes = Vec::new();
    while writes.len() < moment.writes {
        match told.recv_timeout(PATIENCE) {
            Ok(number) => writes.push(number),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                kill(&mut child)?;
                bail!("a writer has told nothing for {} s", PATIENCE.as_secs());
            }
        }
    }
    // Nobody wakes this thread; if something did, the child would die a little sooner.
    thread::park_timeout(moment.more);
    kill(&mut child)?;
    writes.extend(told);
    reader.join().map_err(|_| anyhow::anyhow!("the reader of a child ended badly"))?;
    Ok(writes)
}

fn kill(child: &mut Child) -> Result<()> {
    if let Some(status) = child.try_wait()? {
        bail!("a writer ended by itself: {status}");
    }
    child.kill().context("cannot kill a writer")?;
    child.wait().context("cannot wait for a writer")?;
    Ok(())
}

/// Opens the file and looks for what was acknowledged. Gives the number of the next write.
fn check(file: &Path, acknowledged: &Written, first: u64) -> Result<u64> {
    if !file.exists() {
        ensure!(acknowledged.is_empty(), "there is no file");
        return Ok(first);
    }
    let server = open(file)?;
    let mut next = first;
    let mut found = Written::new();
    for object in server.objects("", "configmaps") {
        let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
        let Some(index) = name.strip_prefix("object-").and_then(|index| index.parse().ok()) else {
            continue;
        };
        let text = object.str_at(&["data", "number"]).unwrap_or_default();
        let write: u64 = text.parse().with_context(|| format!("{name} holds `{text}`"))?;
        ensure!(write % OBJECTS == index, "{name} holds write {write}, that was another's");
        found.insert(index, write);
        next = next.max(write + 1);
    }
    for (index, write) in acknowledged {
        let kept = found.get(index);
        ensure!(
            kept >= Some(write),
            "object-{index}: write {write} was acknowledged, and {kept:?} is there"
        );
    }
    Ok(next)
}

fn open(file: &Path) -> Result<Server> {
    let mut options = Options::new("durability", Arc::new(jiff::Timestamp::now));
    options.data = Some(file.to_owned());
    Ok(Server::open(options)?)
}

/// A random moment, by splitmix64: for one child in four while it opens the file.
fn moment(chance: &mut u64) -> Moment {
    *chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *chance;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let (writes, longest) = match mixed % 4 {
        0 => (0, OPENING),
        _ => (1 + (mixed >> 2) % WRITES, LONGER),
    };
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Moment {
        writes: usize::try_from(writes).unwrap_or(usize::MAX),
        more: Duration::from_micros((mixed >> 16) % micros),
    }
}

/// Writes on and on, and tells what was acknowledged: what the child does.
pub(crate) fn write(args: &Writer) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let server = open(&args.file)?;
    runtime.block_on(async {
        let mut writes = stream::iter(args.first..)
            .map(|number| write_one(&server, number))
            .buffer_unordered(AT_ONCE);
        while let Some(number) = writes.next().await {
            let number = number?;
            let mut output = std::io::stdout().lock();
            writeln!(output, "{number}.")?;
            output.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn write_one(server: &Server, number: u64) -> Result<u64> {
    let index = number % OBJECTS;
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("object-{index}")}, "data": {"number": number.to_string()},
    });
    let request = Request::patch(format!("{FOLDER}/object-{index}?fieldManager=durability"))
        .header("content-type", "application/apply-patch+yaml")
        .body(Full::new(Bytes::from(object.to_string())))?;
    let response = server.service().oneshot(request).await?;
    ensure!(response.status().is_success(), "write {number}: {}", response.status());
    Ok(number)
}
