//! Cases on their way through a server.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::stream::{self, StreamExt};
use http::Request;
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};

use super::case::{Case, Difference, compare};
use super::mask::mask;
use super::respondent::{Body, Respondent, Servers};
use crate::conformance::webhook::Webhook;
use crate::real::cluster::TOKEN;

/// How long a watch is listened to.
const PATIENCE: Duration = Duration::from_secs(6);
/// How much of a text that is no JSON was recorded.
const RECORDED: usize = 4000;
/// How much of a case's name goes into that of its namespace.
const NAME: usize = 40;
/// How many cases are on their way at once, where each has a server of its own.
const AT_ONCE: usize = 64;

/// What became of a case: `Ok` where every answer was the expected one.
pub(crate) type Outcome = Result<(), Difference>;

/// Replays cases; side by side where each has a server of its own.
pub(super) async fn replay_all(cases: &[Case], servers: &Servers) -> Vec<Outcome> {
    let at_once = if servers.is_shared() { 1 } else { AT_ONCE };
    let replays = cases.iter().map(|case| async { replay(case, servers.one().await).await });
    stream::iter(replays).buffered(at_once).collect().await
}

/// The case with what the server answers now as what it expects.
///
/// # Errors
/// A request gets no answer.
pub(crate) async fn record(case: &Case, respondent: Result<Respondent>) -> Result<Case> {
    let mut replay = Replay::start(case, respondent?).await?;
    let mut recorded = case.clone();
    for step in &mut recorded.steps {
        replay.record(step).await.with_context(|| case.name.clone())?;
    }
    replay.clean_up().await?;
    Ok(recorded)
}

/// Sends the steps of a case and compares the answers.
pub(crate) async fn replay(case: &Case, respondent: Result<Respondent>) -> Outcome {
    let begun = async { Replay::start(case, respondent?).await }.await;
    let mut replay = begun.map_err(|error| Difference::of_error(&error))?;
    let outcome = replay.run(&case.steps).await;
    replay.clean_up().await.map_err(|error| Difference::of_error(&error))?;
    outcome
}

/// A case on its way.
struct Replay {
    respondent: Respondent,
    kept: BTreeMap<String, String>,
    /// What is of this run alone, and how cases name it.
    hidden: Vec<(String, &'static str)>,
    _webhook: Option<Webhook>,
}

/// A status and a body, or the events of a watch.
type Answer = (u16, Value);

impl Replay {
    /// In a namespace that is named after the case.
    async fn start(case: &Case, respondent: Respondent) -> Result<Replay> {
        let name = case.name.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
        let name = name.to_ascii_lowercase();
        // The end tells names of one origin apart.
        let end = name.get(name.len().saturating_sub(NAME)..).unwrap_or_default();
        let namespace = format!("ns-{}", end.trim_matches('-'));
        let mut kept = BTreeMap::from([("ns".to_owned(), namespace.clone())]);
        let is_named = |step: &Value| step.to_string().contains("{webhook}");
        let webhook = match case.steps.iter().any(is_named) {
            true => Some(Webhook::start().await?),
            false => None,
        };
        let mut hidden = vec![(namespace.clone(), "{ns}")];
        if let Some(webhook) = &webhook {
            kept.insert("webhook".to_owned(), webhook.url.clone());
            kept.insert("webhook-ca".to_owned(), webhook.authority.clone());
            hidden.push((webhook.url.clone(), "{webhook}"));
            hidden.push((webhook.authority.clone(), "{webhook-ca}"));
        }
        let replay = Replay { respondent, kept, hidden, _webhook: webhook };
        let body = json!({"metadata": {"name": namespace}});
        let made = json!({"verb": "POST", "path": "/api/v1/namespaces", "body": body});
        replay.send(&made).await?;
        Ok(replay)
    }

    /// Gives back what a server has few of.
    async fn clean_up(&self) -> Result<()> {
        for path in ["/api/v1/namespaces/{ns}/services", "/api/v1/namespaces/{ns}"] {
            self.send(&json!({"verb": "DELETE", "path": path})).await?;
        }
        Ok(())
    }

    async fn run(&mut self, steps: &[Value]) -> Outcome {
        for (number, step) in (1..).zip(steps) {
            if is_pause(step) {
                self.respondent.settle().await;
                continue;
            }
            let answer = self.answer(step).await;
            let (status, body) = answer.map_err(|error| Difference::of_error(&error))?;
            self.keep(step, &body);
            let body = self.hide(body);
            if step.get("unchecked").is_none() {
                compare(number, step, status, &body)?;
            }
        }
        Ok(())
    }

    /// Sends a step and writes down what comes as what is expected.
    async fn record(&mut self, step: &mut Value) -> Result<()> {
        if is_pause(step) {
            self.respondent.settle().await;
            return Ok(());
        }
        let (status, body) = self.answer(step).await?;
        self.keep(step, &body);
        if step.get("unchecked").is_some() {
            return Ok(());
        }
        let body = mask(&self.hide(body), &mut Vec::new());
        let key = if step.get("watch").is_some() { "events" } else { "body" };
        step["expect"] = json!({"status": status, key: body});
        Ok(())
    }

    /// Keeps what later steps name.
    fn keep(&mut self, step: &Value, body: &Value) {
        let Some(keep) = step.get("keep").and_then(Value::as_object) else { return };
        for (name, pointer) in keep {
            let text = match body.pointer(pointer.as_str().unwrap_or_default()) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            self.kept.insert(name.clone(), text);
        }
    }

    async fn answer(&self, step: &Value) -> Result<Answer> {
        let wanted = step["retry"]["status"].as_u64();
        let mut answer = self.send(step).await?;
        let mut tries = 0;
        while wanted.is_some_and(|wanted| wanted != u64::from(answer.0))
            && self.respondent.may_retry(tries).await
        {
            answer = self.send(step).await?;
            tries += 1;
        }
        Ok(answer)
    }

    async fn send(&self, step: &Value) -> Result<Answer> {
        let text = |key: &str| step.get(key).and_then(Value::as_str).map(|text| self.filled(text));
        let body = match step.get("body") {
            Some(Value::String(text)) => self.filled(text),
            Some(other) => self.filled(&python_json(other)?),
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
        let response = self.respondent.send(request).await?;
        let status = response.status().as_u16();
        if watched.is_some() {
            let count = step["events"].as_u64().unwrap_or_default();
            return Ok((status, events(response.into_body(), count).await?));
        }
        let collected = response.into_body().collect().await;
        let bytes =
            collected.map_err(|error| anyhow::anyhow!("an answer broke off: {error}"))?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(&bytes);
            Value::from(text.chars().take(RECORDED).collect::<String>())
        });
        Ok((status, body))
    }

    /// An answer as cases have it.
    fn hide(&self, body: Value) -> Value {
        self.hidden.iter().fold(body, |body, (name, by)| hide(&body, name, by))
    }

    /// A text with the names in braces that are known replaced.
    fn filled(&self, text: &str) -> String {
        let replace = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.kept.iter().fold(text.to_owned(), replace)
    }
}

/// The first events of a watch, as many as come: a line each.
async fn events(mut body: Body, count: u64) -> Result<Value> {
    let (mut events, mut rest) = (Vec::new(), Vec::new());
    while (events.len() as u64) < count {
        let Ok(Some(Ok(frame))) = tokio::time::timeout(PATIENCE, body.frame()).await else { break };
        let Ok(bytes) = frame.into_data() else { continue };
        rest.extend_from_slice(&bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            events.push(serde_json::from_slice(&line)?);
        }
    }
    events.truncate(usize::try_from(count)?);
    Ok(Value::Array(events))
}

fn is_pause(step: &Value) -> bool {
    step.get("settle").is_some() || step.get("sleep").is_some()
}

/// JSON as the client wrote it that the cases were recorded with: a blank after `:` and `,`, and nothing
/// but ASCII. Some answers show what was sent.
fn python_json(value: &Value) -> Result<String> {
    struct Python;
    impl Formatter for Python {
        fn begin_array_value<W: ?Sized + io::Write>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> io::Result<()> {
            out.write_all(if first { b"" } else { b", " })
        }
        fn begin_object_key<W: ?Sized + io::Write>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> io::Result<()> {
            out.write_all(if first { b"" } else { b", " })
        }
        fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
            out.write_all(b": ")
        }
        fn write_string_fragment<W: ?Sized + io::Write>(
            &mut self,
            out: &mut W,
            text: &str,
        ) -> io::Result<()> {
            for char in text.chars() {
                if char.is_ascii() {
                    write!(out, "{char}")?;
                    continue;
                }
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            Ok(())
        }
    }
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Python))?;
    Ok(String::from_utf8(out)?)
}

/// A value with `name` replaced in all of its texts.
fn hide(value: &Value, name: &str, by: &str) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace(name, by), hide(value, name, by))).collect()
        }
        Value::Array(list) => list.iter().map(|item| hide(item, name, by)).collect(),
        Value::String(text) => Value::String(text.replace(name, by)),
        other => other.clone(),
    }
}
