//! Server-side applies a second: of a ConfigMap of 2 KiB, and of a usual Deployment. Each changes something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use apiserver::{Call, PatchType, Server, Verb};
use bytes::Bytes;
use http_body_util::BodyExt;
use manifest::{Node, Origin, json};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::peer::{self, Peer};

/// How many objects are applied in turn.
const OBJECTS: usize = 200;
/// How long each way is measured.
const SPAN: Duration = Duration::from_secs(3);
/// How many requests are on their way at once over the socket, over how many connections.
const AT_ONCE: usize = 16;
const CONNECTIONS: usize = 4;
const THREADS: usize = 2;

/// The objects of one kind, each in two forms that take turns.
struct Load {
    name: &'static str,
    api_version: &'static str,
    plural: &'static str,
    folder: &'static str,
    object: fn(usize, usize) -> Value,
}

const LOADS: [Load; 2] = [
    Load {
        name: "ConfigMap of 2 KiB",
        api_version: "v1",
        plural: "configmaps",
        folder: "/api/v1/namespaces/default/configmaps",
        object: config_map,
    },
    Load {
        name: "Deployment",
        api_version: "apps/v1",
        plural: "deployments",
        folder: "/apis/apps/v1/namespaces/default/deployments",
        object: deployment,
    },
];

pub(super) fn run() -> Result<()> {
    println!("\nServer-side applies a second, {OBJECTS} objects, each apply changes its object\n");
    for load in &LOADS {
        let one = in_process(load, 1)?;
        let two = in_process(load, THREADS)?;
        println!("{:<20} in-process        {one:>9.0}, {two:.0} from {THREADS} threads", load.name);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_all()
            .build()?;
        runtime.block_on(async {
            println!(
                "{:<20} as a service      {:>9.0} (JSON in and out)",
                "",
                service(load).await?
            );
            let embedded = Arc::new(Peer::embedded(CONNECTIONS).await?);
            let ours = over_tls(load, embedded).await?;
            println!("{:<20} over TLS          {ours:>9.0}", "");
            if let Some(real) = Peer::real(CONNECTIONS).await {
                let theirs = over_tls(load, Arc::new(real)).await?;
                println!("{:<20} kube-apiserver    {theirs:>9.0}, a {:.1}th", "", ours / theirs);
            }
            Ok::<_, anyhow::Error>(())
        })?;
    }
    Ok(())
}

/// Applies of values, as the agent's in-process client could send them at best.
fn in_process(load: &Load, threads: usize) -> Result<f64> {
    let server = peer::server()?;
    let calls: Vec<Call> =
        (0..2 * OBJECTS).map(|number| call(load, number)).collect::<Result<_>>()?;
    let count = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (server, calls, count, failed) = (&server, &calls, &count, &failed);
            scope.spawn(move || {
                apply_all(server, calls, (thread, threads), (count, failed), started);
            });
        }
    });
    ensure!(!failed.into_inner(), "an apply failed");
    Ok(rate(count.into_inner(), started))
}

fn apply_all(
    server: &Server,
    calls: &[Call],
    (thread, threads): (usize, usize),
    (count, failed): (&AtomicUsize, &AtomicBool),
    started: Instant,
) {
    // Each thread has objects of its own.
    let own = calls.iter().enumerate().filter(|(at, _)| at % threads == thread);
    for (_, call) in own.cycle() {
        if started.elapsed() > SPAN {
            break;
        }
        if !server.call(call).is_success() {
            failed.store(true, Ordering::Relaxed);
            break;
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Applies over the cluster's service: what a client in the same process does.
async fn service(load: &Load) -> Result<f64> {
    let server = peer::server()?;
    let bodies: Vec<(String, Bytes)> = (0..2 * OBJECTS).map(|number| body(load, number)).collect();
    let started = Instant::now();
    let mut count = 0;
    for (path, body) in bodies.iter().cycle() {
        if started.elapsed() > SPAN {
            break;
        }
        let response = server.service().oneshot(peer::apply(path, body.clone())?).await?;
        ensure!(response.status().is_success(), "an apply failed: {}", response.status());
        response.into_body().collect().await?;
        count += 1;
    }
    Ok(rate(count, started))
}

async fn over_tls(load: &'static Load, peer: Arc<Peer>) -> Result<f64> {
    let bodies: Arc<Vec<_>> = Arc::new((0..2 * OBJECTS).map(|number| body(load, number)).collect());
    let started = Instant::now();
    let workers = (0..AT_ONCE).map(|worker| {
        let (bodies, peer) = (bodies.clone(), peer.clone());
        tokio::spawn(async move {
            let mut count = 0;
            let own = bodies.iter().enumerate().filter(|(at, _)| at % AT_ONCE == worker);
            for (_, (path, body)) in own.cycle() {
                if started.elapsed() > SPAN {
                    break;
                }
                peer.ask(worker, peer::apply(path, body.clone())?).await?;
                count += 1;
            }
            Ok::<usize, anyhow::Error>(count)
        })
    });
    let mut count = 0;
    for worker in workers.collect::<Vec<_>>() {
        count += worker.await?.with_context(|| peer.name)?;
    }
    Ok(rate(count, started))
}

fn rate(count: usize, started: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let count = count as f64;
    count / started.elapsed().as_secs_f64()
}

/// The numbers from 0 to twice [`OBJECTS`] are all objects in one form, then all in the other.
fn numbered(load: &Load, number: usize) -> (String, Value) {
    let (index, form) = (number % OBJECTS, number / OBJECTS);
    (format!("object-{index}"), (load.object)(index, form))
}

fn body(load: &Load, number: usize) -> (String, Bytes) {
    let (name, object) = numbered(load, number);
    (format!("{}/{name}", load.folder), object.to_string().into())
}

fn call(load: &Load, number: usize) -> Result<Call> {
    let (name, object) = numbered(load, number);
    let body: Node = json::read(object.to_string().as_bytes(), Origin::NONE)?;
    Ok(Call {
        verb: Verb::Patch(PatchType::Apply),
        api_version: load.api_version.into(),
        plural: load.plural.into(),
        namespace: "default".into(),
        name: name.into(),
        query: vec![("fieldManager".into(), "bench".into()), ("force".into(), "true".into())],
        body: Some(body),
        ..Call::default()
    })
}

fn config_map(index: usize, form: usize) -> Value {
    let line = "the quick brown fox jumps over the lazy dog, once and again\n";
    let data: serde_json::Map<String, Value> =
        (0..8).map(|key| (format!("key-{key}.conf"), line.repeat(4).into())).collect();
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": format!("object-{index}"), "labels": {"app": "bench"}},
        "data": data,
    });
    object["data"]["form"] = form.to_string().into();
    object
}

fn deployment(index: usize, form: usize) -> Value {
    let name = format!("object-{index}");
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name, "team": "bench"}},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}, "annotations": {"form": form.to_string()}},
                "spec": {
                    "serviceAccountName": "web",
                    "containers": [{
                        "name": "web",
                        "image": "registry.example/web:1.2.3",
                        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
                        "env": [
                            {"name": "LOG_LEVEL", "value": "info"},
                            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "web", "key": "password"}}},
                        ],
                        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
                        "livenessProbe": {"httpGet": {"path": "/live", "port": "http"}},
                        "volumeMounts": [{"name": "config", "mountPath": "/etc/web"}],
                    }],
                    "volumes": [{"name": "config", "configMap": {"name": "web"}}],
                },
            },
        },
    })
}
