//! A thousand clusters of a hundred objects in one process: memory, first answers, and what idling costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use apiserver::{Call, Options, Server, Verb};
use manifest::{Node, Origin, json};
use serde_json::json;

use super::{computed, milliseconds, resident};

const CLUSTERS: usize = 1000;
const OBJECTS: usize = 100;
/// How long they idle.
const SPAN: Duration = Duration::from_secs(10);

pub(super) fn run() -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _entered = runtime.enter();
    println!("\n{CLUSTERS} clusters of {OBJECTS} objects, with simulated controllers\n");
    let before = resident();
    let mut servers = Vec::new();
    let mut slowest = Duration::ZERO;
    for number in 0..CLUSTERS {
        let started = Instant::now();
        let mut options = Options::new(format!("cluster-{number}"), Arc::new(jiff::Timestamp::now));
        options.simulate = true;
        let server = Server::open(options)?;
        let answer = server.call(&list("namespaces"));
        ensure!(answer.is_success(), "no answer from cluster {number}");
        slowest = slowest.max(started.elapsed());
        servers.push(server);
    }
    println!("first answer after start, the slowest cluster: {:.2} ms", milliseconds(slowest));
    runtime.block_on(tokio::time::sleep(Duration::from_secs(1)));
    let per = |mib: f64| mib * 1024.0 / f64::from(u16::try_from(CLUSTERS).unwrap_or(u16::MAX));
    let empty = resident();
    println!("an empty cluster: {:.0} KiB", per(empty - before));
    let idle = computed();
    runtime.block_on(tokio::time::sleep(SPAN));
    println!("{CLUSTERS} idle clusters: {:?} of CPU in {SPAN:?}", computed() - idle);
    let started = Instant::now();
    for server in &servers {
        for number in 0..OBJECTS {
            ensure!(server.call(&create(number)?).is_success(), "an object was refused");
        }
    }
    println!("{} creates took {:.0} ms", CLUSTERS * OBJECTS, milliseconds(started.elapsed()));
    runtime.block_on(tokio::time::sleep(Duration::from_secs(1)));
    println!("all of it: {:.0} MiB, {:.0} KiB a cluster", resident(), per(resident() - before));
    Ok(())
}

fn list(plural: &str) -> Call {
    Call { verb: Verb::List, api_version: "v1".into(), plural: plural.into(), ..Call::default() }
}

/// ConfigMaps, Secrets, Services and ServiceAccounts, in turn.
fn create(number: usize) -> Result<Call> {
    let name = format!("object-{number}");
    let text = "listen 8080;\nupstream api-backend;\n".repeat(12);
    let (plural, object) = match number % 4 {
        0 => ("configmaps", json!({"metadata": {"name": name}, "data": {"app.conf": text}})),
        1 => (
            "secrets",
            json!({"metadata": {"name": name}, "stringData": {"password": "swordfish"}}),
        ),
        2 => {
            let ports = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
            let spec = json!({"selector": {"app": name}, "ports": ports, "clusterIP": "None"});
            ("services", json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}))
        }
        _ => ("serviceaccounts", json!({"metadata": {"name": name}})),
    };
    let body: Node = json::read(object.to_string().as_bytes(), Origin::NONE)?;
    Ok(Call {
        verb: Verb::Create,
        api_version: "v1".into(),
        plural: plural.into(),
        namespace: "default".into(),
        body: Some(body),
        ..Call::default()
    })
}
