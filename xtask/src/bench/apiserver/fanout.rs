//! One write, a thousand watchers: how long until the last of them has it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::milliseconds;
use super::peer::{self, Peer};

const WATCHERS: usize = 1000;
const CONNECTIONS: usize = 20;
const WRITES: usize = 20;
const FOLDER: &str = "/api/v1/namespaces/default/configmaps";

pub(super) fn run() -> Result<()> {
    println!(
        "\nOne write, {WATCHERS} watchers over {CONNECTIONS} TLS connections: the last one has it after\n"
    );
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        measure(Arc::new(Peer::embedded(CONNECTIONS).await?)).await?;
        if let Some(real) = Peer::real(CONNECTIONS).await {
            measure(Arc::new(real)).await?;
        }
        Ok(())
    })
}

async fn measure(peer: Arc<Peer>) -> Result<()> {
    let (seen, mut arrivals) = mpsc::unbounded_channel();
    write(&peer, 0).await?;
    for number in 0..WATCHERS {
        let watch =
            peer::get(&format!("{FOLDER}?watch=true&fieldSelector=metadata.name%3Dwatched"))?;
        let mut body = peer.send(number, watch).await?.into_body();
        let seen = seen.clone();
        tokio::spawn(async move {
            while let Some(Ok(frame)) = body.frame().await {
                // An event is one line, and one frame ends with it.
                let is_end = frame.data_ref().is_some_and(|bytes| bytes.ends_with(b"\n"));
                if is_end && seen.send(Instant::now()).is_err() {
                    break;
                }
            }
        });
    }
    last(&mut arrivals).await?;
    let mut times = Vec::new();
    for number in 1..=WRITES {
        let started = Instant::now();
        write(&peer, number).await?;
        times.push(last(&mut arrivals).await?.saturating_duration_since(started));
    }
    times.sort();
    let at = |index: usize| times.get(index).copied().map_or(0.0, milliseconds);
    let (median, worst) = (at(WRITES / 2), at(WRITES - 1));
    println!("{:<15} {median:>7.1} ms, at worst {worst:.1} ms of {WRITES} writes", peer.name);
    Ok(())
}

async fn write(peer: &Peer, number: usize) -> Result<()> {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "watched"}, "data": {"number": number.to_string()},
    });
    let path = format!("{FOLDER}/watched");
    peer.ask(0, peer::apply(&path, Bytes::from(object.to_string()))?).await.map(drop)
}

/// When the last watcher had the event.
async fn last(arrivals: &mut mpsc::UnboundedReceiver<Instant>) -> Result<Instant> {
    let mut last = None;
    for _ in 0..WATCHERS {
        let next = tokio::time::timeout(Duration::from_secs(20), arrivals.recv()).await;
        last = last.max(next.context("a watcher was not told")?);
    }
    last.context("no watcher")
}
