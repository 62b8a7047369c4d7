//! One case: its steps, replayed over a cluster of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use apiserver::{Options, Server};
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::ServiceExt;

use super::mask::{mask, soften};

/// The namespace that cases run in.
const NAMESPACE: &str = "ns-of-the-case";
const TOKEN: &str = "token-of-the-administrator";
/// How long a watch is listened to.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often a step is tried again.
const RETRIES: usize = 50;
/// How much of a text that is no JSON was recorded.
const RECORDED: usize = 4000;

pub(super) struct Case {
    pub(super) name: String,
    steps: Vec<Value>,
}

/// Where an answer is another one.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) got: String,
    pub(super) expected: String,
}

/// All cases of a folder, by name.
pub(super) fn read(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let case: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let steps = case["steps"].as_array().cloned().unwrap_or_default();
        cases.push(Case { name, steps });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// Replays cases side by side: some of them wait for a second to pass.
pub(super) fn replay_all(cases: &[Case]) -> Result<Vec<Result<(), Difference>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let replays = cases.iter().map(|case| async move {
        match Replay::start().await {
            Ok(mut replay) => replay.run(&case.steps).await,
            Err(error) => Err(Difference::of_error(&error)),
        }
    });
    Ok(runtime.block_on(futures::future::join_all(replays)))
}

impl Difference {
    fn of_error(error: &anyhow::Error) -> Difference {
        Difference { what: format!("{error:#}"), got: String::new(), expected: String::new() }
    }
}

/// A case on its way.
struct Replay {
    server: Server,
    seconds: Arc<AtomicI64>,
    kept: BTreeMap<String, String>,
}

/// A status and a body, or the events of a watch.
type Answer = (u16, Value);

impl Replay {
    async fn start() -> Result<Replay> {
        let seconds = Arc::new(AtomicI64::new(1_767_225_600));
        let clock = {
            let seconds = seconds.clone();
            move || {
                jiff::Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap_or_default()
            }
        };
        let mut options = Options::new("case", Arc::new(clock));
        options.token = TOKEN.to_owned();
        let server = Server::open(options)?;
        let kept = BTreeMap::from([("ns".to_owned(), NAMESPACE.to_owned())]);
        let replay = Replay { server, seconds, kept };
        let namespace = serde_json::json!({
            "verb": "POST",
            "path": "/api/v1/namespaces",
            "body": {"metadata": {"name": NAMESPACE}},
        });
        replay.send(&namespace).await?;
        Ok(replay)
    }

    async fn run(&mut self, steps: &[Value]) -> Result<(), Difference> {
        for (number, step) in (1..).zip(steps) {
            if step.get("settle").is_some() || step.get("sleep").is_some() {
                self.seconds.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let answer = self.answer(step).await;
            let (status, body) = answer.map_err(|error| Difference::of_error(&error))?;
            if let Some(keep) = step.get("keep").and_then(Value::as_object) {
                for (name, pointer) in keep {
                    let found = body.pointer(pointer.as_str().unwrap_or_default());
                    let text = match found {
                        Some(Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                        None => String::new(),
                    };
                    self.kept.insert(name.clone(), text);
                }
            }
            compare(number, step, status, &body)?;
        }
        Ok(())
    }

    async fn answer(&self, step: &Value) -> Result<Answer> {
        let wanted = step["retry"]["status"].as_u64();
        let mut answer = self.send(step).await?;
        for _ in 0..RETRIES {
            if wanted.is_none_or(|wanted| wanted == u64::from(answer.0)) {
                break;
            }
            answer = self.send(step).await?;
        }
        Ok(answer)
    }

    async fn send(&self, step: &Value) -> Result<Answer> {
        let text = |key: &str| step.get(key).and_then(Value::as_str).map(|text| self.filled(text));
        let body = match step.get("body") {
            Some(Value::String(text)) => self.filled(text),
            Some(other) => self.filled(&other.to_string()),
            None => String::new(),
        };
        let watched = text("watch");
        let path = watched.clone().or_else(|| text("path")).unwrap_or_default();
        let mut request = Request::builder()
            .method(text("verb").as_deref().unwrap_or("GET"))
            .uri(path)
            .header("accept", text("accept").unwrap_or_else(|| "application/json".to_owned()))
            .header("user-agent", text("userAgent").unwrap_or_else(|| "Python-urllib/3.11".into()));
        let token = text("token").unwrap_or_else(|| TOKEN.to_owned());
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(user) = text("as") {
            request = request.header("impersonate-user", user);
        }
        // Python's client keeps the last of several headers with one name.
        let groups = step.get("asGroups").and_then(Value::as_array);
        if let Some(group) = groups.and_then(|groups| groups.last()).and_then(Value::as_str) {
            request = request.header("impersonate-group", group);
        }
        if step.get("body").is_some() {
            let kind = text("type").unwrap_or_else(|| "application/json".to_owned());
            request = request.header("content-type", kind);
        }
        let request = request.body(Full::<bytes::Bytes>::from(body))?;
        let response = self.server.guarded_service().oneshot(request).await?;
        let status = response.status().as_u16();
        if watched.is_some() {
            let count = step["events"].as_u64().unwrap_or_default();
            return Ok((status, events(response.into_body(), count).await?));
        }
        let bytes = response.into_body().collect().await?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(&bytes);
            Value::from(text.chars().take(RECORDED).collect::<String>())
        });
        Ok((status, body))
    }

    /// A text with the names in braces that are known replaced.
    fn filled(&self, text: &str) -> String {
        let replace = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.kept.iter().fold(text.to_owned(), replace)
    }
}

/// The first events of a watch, as many as come.
async fn events(mut body: apiserver::Body, count: u64) -> Result<Value> {
    let mut events = Vec::new();
    while (events.len() as u64) < count {
        let Ok(Some(frame)) = tokio::time::timeout(PATIENCE, body.frame()).await else { break };
        let Ok(bytes) = frame?.into_data() else { continue };
        events.push(serde_json::from_slice(&bytes)?);
    }
    Ok(Value::Array(events))
}

fn compare(number: usize, step: &Value, status: u16, body: &Value) -> Result<(), Difference> {
    let expect = &step["expect"];
    let key = if step.get("watch").is_some() { "events" } else { "body" };
    let expected = soften(&expect[key]);
    let got = soften(&mask(&hide_namespace(body), &mut Vec::new()));
    let wanted = expect["status"].as_u64().unwrap_or_default();
    if wanted == u64::from(status) && got == expected {
        return Ok(());
    }
    let what = if wanted == u64::from(status) {
        format!("step {number}: status {status}, the body differs")
    } else {
        format!("step {number}: status {status}, expected {wanted}")
    };
    let (got, expected) = (got.to_string(), expected.to_string());
    Err(Difference { what, got, expected })
}

fn hide_namespace(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let hidden = |text: &str| text.replace(NAMESPACE, "{ns}");
            map.iter().map(|(key, value)| (hidden(key), hide_namespace(value))).collect()
        }
        Value::Array(list) => list.iter().map(hide_namespace).collect(),
        Value::String(text) => Value::String(text.replace(NAMESPACE, "{ns}")),
        other => other.clone(),
    }
}
