//! A cluster that is kept on the disk: how fast writes are acknowledged, and how long ten thousand objects
//! take to come back.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use apiserver::{Options, Server};
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use tower::ServiceExt;

use super::super::build::Scratch;
use super::{milliseconds, peer};

const OBJECTS: usize = 10_000;
/// How many writes wait for the disk at once.
const AT_ONCE: usize = 64;
const FOLDER: &str = "/api/v1/namespaces/default/configmaps";

pub(super) fn run() -> Result<()> {
    let scratch = Scratch::new()?;
    let file = scratch.path().join("cluster.redb");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("\nA cluster on the disk, {OBJECTS} ConfigMaps of 1 KiB\n");
    runtime.block_on(async {
        let server = open(&file)?;
        let started = Instant::now();
        stream::iter(0..OBJECTS)
            .map(|number| write(&server, number))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        println!(
            "written and on the disk, {AT_ONCE} at once: {:.0} ms",
            milliseconds(started.elapsed())
        );
        let started = Instant::now();
        write(&server, OBJECTS).await?;
        println!("one write: {:.2} ms", milliseconds(started.elapsed()));
        Ok::<_, anyhow::Error>(())
    })?;
    let started = Instant::now();
    let server = open(&file)?;
    let found = server.objects("", "configmaps").len();
    ensure!(found > OBJECTS, "only {found} objects came back");
    println!("open again: {:.0} ms", milliseconds(started.elapsed()));
    Ok(())
}

fn open(file: &Path) -> Result<Server> {
    let mut options = Options::new("bench", Arc::new(jiff::Timestamp::now));
    options.data = Some(file.to_owned());
    Ok(Server::open(options)?)
}

async fn write(server: &Server, number: usize) -> Result<()> {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("object-{number}")},
        "data": {"app.conf": "listen 8080;\nupstream api-backend;\n".repeat(28)},
    });
    let path = format!("{FOLDER}/object-{number}");
    let request = peer::apply(&path, Bytes::from(object.to_string()))?;
    let response = server.service().oneshot(request).await?;
    ensure!(response.status().is_success(), "a write failed: {}", response.status());
    Ok(())
}
