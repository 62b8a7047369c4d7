//! Flux's source-controller, beside an embedded API server.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use apiserver::Verb;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use manifest::Node;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Place;
use super::case::{Asked, Case};
use crate::conformance::embedded::Embedded;
use crate::real::{self, Program};

const GROUP: &str = "source.toolkit.fluxcd.io";
const COLLECTION: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces";
/// How long an object may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) struct Controller {
    embedded: Embedded,
    runtime: Runtime,
    child: Child,
    /// Where what it says goes.
    log: PathBuf,
}

impl Controller {
    pub(super) fn start(place: &Place) -> Result<Controller> {
        let program = real::cached(Program::SourceController)?.pop();
        let program = program.context("run `cargo xtask real source-controller` first")?;
        let embedded = Embedded::start(true)?;
        let folder = &place.folder;
        let kubeconfig = embedded.write_kubeconfig(folder)?;
        for definition in api::crds() {
            let call = apiserver::Call {
                verb: Verb::Create,
                api_version: "apiextensions.k8s.io/v1".into(),
                plural: "customresourcedefinitions".into(),
                body: Some(definition.root().clone()),
                ..apiserver::Call::default()
            };
            let answer = embedded.server().call(&call);
            if !answer.is_success() {
                bail!("a definition is refused: {}", answer.message());
            }
        }
        // It serves its artifacts, and says their address in them.
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = folder.join("source-controller.log");
        let output = File::create(&log).context("cannot write a log")?;
        let child = Command::new(program)
            .args(["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--events-addr="])
            .args(["--requeue-dependency=1s", "--log-level=debug"])
            .arg(format!("--storage-path={}", folder.join("artifacts").display()))
            .arg(format!("--storage-addr={free}"))
            .arg(format!("--storage-adv-addr={free}"))
            .env("KUBECONFIG", kubeconfig)
            .env("RUNTIME_NAMESPACE", "default")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("cannot run source-controller")?;
        std::fs::create_dir_all(folder.join("artifacts"))?;
        Ok(Controller { embedded, runtime: Runtime::new()?, child, log })
    }

    /// Has the objects of a case made, and writes down what became of them.
    pub(super) fn record(&self, case: &mut Case, address: &str) -> Result<()> {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": case.name },
        });
        self.create("/api/v1/namespaces", &namespace)?;
        for asked in &case.objects {
            let mut spec = json!({
                "url": format!("{address}/{}/.git", asked.repository),
                "interval": "1h",
            });
            if let (Some(spec), Some(more)) = (spec.as_object_mut(), asked.spec.as_object()) {
                spec.extend(more.clone());
            }
            let object = json!({
                "apiVersion": format!("{GROUP}/v1"),
                "kind": "GitRepository",
                "metadata": { "name": asked.name, "namespace": case.name },
                "spec": spec,
            });
            self.create(&format!("{COLLECTION}/{}/gitrepositories", case.name), &object)?;
        }
        for asked in &mut case.objects {
            asked.expect = self.runtime.block_on(self.made(&case.name, asked))?;
        }
        Ok(())
    }

    fn create(&self, path: &str, object: &Value) -> Result<()> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(object.to_string())))?;
        let service = self.embedded.server().service();
        let (status, body) = self.runtime.block_on(async {
            let response = service.oneshot(request).await?;
            let status = response.status();
            anyhow::Ok((status, response.into_body().collect().await?.to_bytes()))
        })?;
        if !status.is_success() {
            bail!("{path}: {}", String::from_utf8_lossy(&body));
        }
        Ok(())
    }

    /// Waits for the artifact of an object, or for the condition that says why there is none.
    async fn made(&self, namespace: &str, asked: &Asked) -> Result<Value> {
        let server = self.embedded.server();
        let mut changes = server.changes();
        let settled = async {
            loop {
                let object = server.object(GROUP, "gitrepositories", namespace, &asked.name);
                if let Some(outcome) = object.as_ref().and_then(outcome) {
                    return outcome;
                }
                if changes.next().await.is_none() {
                    return Value::Null;
                }
            }
        };
        let settled = timeout(LIMIT, settled).await;
        settled.with_context(|| {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(5).collect();
            format!("nothing came of {namespace}/{}: {}", asked.name, tail.join("\n"))
        })
    }
}

/// What became of an object, once it is decided.
fn outcome(object: &Node) -> Option<Value> {
    let conditions = object.at(&["status", "conditions"]).and_then(Node::as_list)?;
    let is_true = |kind: &str| {
        conditions.iter().find(|condition| {
            condition.str_at(&["type"]) == Some(kind)
                && condition.str_at(&["status"]) == Some("True")
        })
    };
    for kind in ["FetchFailed", "StorageOperationFailed"] {
        if let Some(condition) = is_true(kind) {
            return Some(json!({ "condition": kind, "reason": condition.str_at(&["reason"]) }));
        }
    }
    is_true("Ready")?;
    let artifact = object.at(&["status", "artifact"])?;
    Some(json!({
        "revision": artifact.str_at(&["revision"]),
        "digest": artifact.str_at(&["digest"]),
        "size": artifact.get("size").and_then(Node::as_int),
    }))
}

impl Drop for Controller {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
