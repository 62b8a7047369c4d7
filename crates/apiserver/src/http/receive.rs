//! Reads what a request brings: at most 3 MiB of JSON or YAML.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, List, Map, Node, Origin, Value, json};
use schema::protobuf;
use tokio::sync::OwnedSemaphorePermit;

use crate::call::{Answer, Call, PatchType, Verb};
use crate::http::duplicates::duplicates;
use crate::make::{int, map};
use crate::query::Query;
use crate::server::Server;
use crate::status;
use crate::target::Target;

/// How much of a body a message shows.
const SHOWN: usize = 30;
/// How large a body may be.
const LIMIT: usize = 3 * 1024 * 1024;
/// How much of a larger one is read and forgotten: who is still sending does not hear an answer.
const FORGOTTEN: usize = 16 * 1024 * 1024;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What room for bodies is counted in.
const UNIT: usize = 1024;
/// How much room there is for bodies that are read or worked on, in such units: 256 MiB.
pub(crate) const ROOM: usize = 256 * 1024;

/// What a request brought.
#[derive(Default)]
pub(super) struct Received {
    pub(super) body: Option<Node>,
    /// Why the body cannot be read; said when its turn comes.
    pub(super) unreadable: Option<Answer>,
    /// What a strict reader objects to.
    pub(super) objections: Vec<String>,
}

/// Takes room for a body: as much as it says it has, or may have.
///
/// # Errors
/// There is none left; the answer says to come again.
pub(super) fn room<B: http_body::Body>(
    server: &Server,
    body: &B,
) -> Result<OwnedSemaphorePermit, Answer> {
    let most = body.size_hint().upper().and_then(|most| usize::try_from(most).ok());
    let units = most.map_or(LIMIT, |most| most.min(LIMIT)).div_ceil(UNIT);
    let units = u32::try_from(units).unwrap_or(u32::MAX);
    server.room().try_acquire_many_owned(units).map_err(|_| {
        let message = "Too many requests, please try again later.";
        let details = map([("retryAfterSeconds", int(1))]);
        status::failure(429, "TooManyRequests", message, Some(details))
    })
}

/// All of a body.
///
/// # Errors
/// It is too large, takes too long, or breaks off.
pub(super) async fn collect<B>(body: B) -> Result<Bytes, Answer>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: std::fmt::Display,
{
    match in_time(collect_at_leisure(body)).await {
        Some(collected) => collected,
        None => {
            let message = "Timeout: request did not complete within the allotted timeout";
            Err(status::failure(504, "Timeout", message, Some(map([]))))
        }
    }
}

/// Reads what somebody is still sending, so that they hear the answer; not for ever.
pub(super) async fn forget<B>(body: B)
where
    B: http_body::Body<Data = Bytes> + Send,
{
    let mut body = std::pin::pin!(body);
    let reading = async {
        let mut forgotten = 0;
        while forgotten < FORGOTTEN
            && let Some(Ok(frame)) = body.as_mut().frame().await
        {
            forgotten += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // The answer is known, whatever comes.
    let _ = in_time(reading).await;
}

/// What comes of reading a body, unless it takes too long. One that is there at once needs no clock: a runtime
/// may have none.
async fn in_time<T>(reading: impl Future<Output = T>) -> Option<T> {
    let mut reading = std::pin::pin!(reading);
    match futures::poll!(reading.as_mut()) {
        Poll::Ready(read) => Some(read),
        Poll::Pending => tokio::time::timeout(PATIENCE, reading).await.ok(),
    }
}

async fn collect_at_leisure<B>(body: B) -> Result<Bytes, Answer>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: std::fmt::Display,
{
    let mut body = std::pin::pin!(body);
    if let Some(all) = up_to_limit(body.as_mut()).await? {
        return Ok(all);
    }
    forget(body).await;
    let message = format!("Request entity too large: limit is {LIMIT}");
    Err(status::failure(413, "RequestEntityTooLarge", &message, None))
}

/// All of a body; nothing where it is too large.
async fn up_to_limit<B>(mut body: Pin<&mut B>) -> Result<Option<Bytes>, Answer>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: std::fmt::Display,
{
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.as_mut().frame().await {
        let frame = frame.map_err(|error| status::bad_request(&error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + rest.len() + data.len() > LIMIT {
            return Ok(None);
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            // There is more than one piece.
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
    }
    Ok(Some(if rest.is_empty() { first } else { rest.freeze() }))
}

/// The patch that a content type means.
pub(super) fn patch_type(content_type: &str) -> Option<PatchType> {
    Some(match media_type(content_type) {
        "application/json-patch+json" => PatchType::Json,
        "application/merge-patch+json" => PatchType::Merge,
        "application/strategic-merge-patch+json" => PatchType::Strategic,
        "application/apply-patch+yaml" => PatchType::Apply,
        _ => return None,
    })
}

fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// What the bytes of a request are.
pub(super) fn read(
    target: &Target,
    call: &Call,
    content_type: &str,
    bytes: &Bytes,
) -> Result<Received, Answer> {
    let reads_yaml = match call.verb {
        Verb::Get | Verb::List => return Ok(Received::default()),
        Verb::Delete | Verb::DeleteCollection if bytes.is_empty() => return Ok(Received::default()),
        Verb::Patch(_) => {
            let is_custom = target.resource.is_custom();
            let kind = patch_type(content_type);
            let Some(kind) = kind.filter(|kind| !(is_custom && *kind == PatchType::Strategic))
            else {
                return Err(unknown_patch(is_custom));
            };
            if kind == PatchType::Apply {
                return Ok(apply_body(bytes));
            }
            false
        }
        _ => match media_type(content_type) {
            "" | "application/json" => false,
            "application/yaml" => true,
            "application/vnd.kubernetes.protobuf" => return protobuf_body(bytes),
            _ => return Err(unknown_format()),
        },
    };
    if reads_yaml {
        return Ok(yaml_body(target, call, bytes));
    }
    let is_patch = matches!(call.verb, Verb::Patch(_));
    Ok(match json::read(bytes, Origin::NONE) {
        Ok(body) if !is_patch && !matches!(body.value, Value::Map(_)) => {
            no_object(target, &body, bytes)
        }
        Ok(body) if is_custom_object(target, call) && has_no_kind(&body) => {
            let kind = target.kind();
            let text = String::from_utf8_lossy(bytes);
            let message = format!(
                "the object provided is unrecognized (must be of type {kind}): Object 'Kind' is \
                 missing in '{text}' ({})",
                summary(bytes)
            );
            Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
        }
        Ok(body) => {
            let is_checked = Query::of(call).get("fieldValidation") != Some("Ignore");
            let objections = if is_checked { duplicates(bytes) } else { Vec::new() };
            let unreadable = if is_patch { None } else { odd_version(target, call, &body, bytes) };
            Received { body: Some(body), unreadable, objections }
        }
        Err(error) => {
            let unreadable = Some(unreadable(target, call, bytes, &error.to_string()));
            Received { unreadable, ..Received::default() }
        }
    })
}

fn unknown_patch(is_custom: bool) -> Answer {
    if !is_custom {
        let message = "415: Unsupported Media Type";
        return status::failure(415, "UnsupportedMediaType", message, Some(map([])));
    }
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json-patch+json, application/merge-patch+json, \
                   application/apply-patch+yaml";
    status::failure(415, "UnsupportedMediaType", message, None)
}

fn unknown_format() -> Answer {
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json, application/yaml, application/vnd.kubernetes.protobuf";
    status::failure(415, "UnsupportedMediaType", message, None)
}

/// Go clients write built-in kinds in protobuf whether the server asks for it or not.
fn protobuf_body(bytes: &Bytes) -> Result<Received, Answer> {
    match protobuf::read(bytes) {
        Ok(body) => Ok(Received { body: Some(body), ..Received::default() }),
        Err(protobuf::NotAnObject::UnknownKind { .. }) => Err(unknown_format()),
        Err(error @ protobuf::NotAnObject::Malformed) => {
            let unreadable = Some(status::bad_request(&error.to_string()));
            Ok(Received { unreadable, ..Received::default() })
        }
    }
}

/// A body that is something else than an object; null is an empty one.
fn no_object(target: &Target, body: &Node, bytes: &[u8]) -> Received {
    let found = match body.value {
        Value::Null => return Received { body: Some(map([])), ..Received::default() },
        Value::List(_) => "array",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Number(_) => "number",
        _ => "string",
    };
    let message = format!(
        "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse \
         error: json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string \
         \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({})",
        target.kind(),
        summary(bytes)
    );
    Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
}

/// Why JSON cannot be read, as far as a message of Go's can be had from it.
fn unreadable(target: &Target, call: &Call, bytes: &Bytes, error: &str) -> Answer {
    let kind = target.kind();
    let cause = schema::go::json_error(bytes).unwrap_or_else(|| error.to_owned());
    if matches!(call.verb, Verb::Patch(_)) {
        return status::bad_request(&format!("error decoding patch: {cause}"));
    }
    if matches!(call.verb, Verb::Delete | Verb::DeleteCollection) {
        return status::bad_request(&format!(
            "couldn't get version/kind; json parse error: {cause}"
        ));
    }
    let shown = summary(bytes);
    status::bad_request(&format!(
        "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json \
         parse error: {cause} ({shown})"
    ))
}

/// Whether a body is an object of a kind that somebody defined: only those have to say of which kind they are.
/// What is sent to delete one, or to scale it, is of a kind that the server has.
fn is_custom_object(target: &Target, call: &Call) -> bool {
    let is_written = matches!(call.verb, Verb::Create | Verb::Update);
    let is_defined = target.resource.is_custom() && !target.resource.schemaless;
    is_written && is_defined && target.subresource != "scale"
}

fn has_no_kind(body: &Node) -> bool {
    body.str_at(&["kind"]).is_none_or(str::is_empty)
}

/// What a message shows of a body.
fn summary(bytes: &[u8]) -> String {
    let (start, rest) = bytes.split_at(bytes.len().min(SHOWN));
    let mut shown = match bytes.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => String::from_utf8_lossy(start).into_owned(),
        Some(_) => start.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    if !rest.is_empty() {
        shown.push_str(" ...");
    }
    shown
}

/// That a body's version has more parts than a version can have.
fn odd_version(target: &Target, call: &Call, body: &Node, bytes: &[u8]) -> Option<Answer> {
    let version = body.str_at(&["apiVersion"]).filter(|text| text.matches('/').count() > 1)?;
    let is_delete = matches!(call.verb, Verb::Delete | Verb::DeleteCollection);
    let cause = format!("unexpected GroupVersion string: {version}");
    let message = match is_delete {
        true => cause,
        false => format!(
            "the object provided is unrecognized (must be of type {}): {cause} ({})",
            target.kind(),
            summary(bytes)
        ),
    };
    Some(status::bad_request(&message))
}

/// YAML becomes JSON before it is read, with sorted keys.
fn yaml_body(target: &Target, call: &Call, bytes: &Bytes) -> Received {
    match one_document(bytes) {
        Ok(body) if !matches!(body.value, Value::Map(_)) => no_object(target, &body, bytes),
        Ok(body) => {
            let unreadable = odd_version(target, call, &body, bytes);
            Received { body: Some(sorted(&body)), objections: objections(bytes), unreadable }
        }
        Err(cause) => {
            let cause = cause.strip_prefix("line 1: ").unwrap_or(&cause);
            let message = format!(
                "the object provided is unrecognized (must be of type {}): yaml: {cause} ({})",
                target.kind(),
                summary(bytes)
            );
            Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
        }
    }
}

fn sorted(node: &Node) -> Node {
    match &node.value {
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries.into_iter().map(|(key, node)| (key.clone(), sorted(node)));
            Node::new(entries.collect::<Map>(), node.origin)
        }
        Value::List(list) => Node::new(list.iter().map(sorted).collect::<List>(), node.origin),
        _ => node.clone(),
    }
}

/// The map that an apply sends, as YAML 1.1.
fn apply_body(bytes: &Bytes) -> Received {
    // JSON is YAML, and much faster to read.
    if bytes.first() == Some(&b'{')
        && let Ok(body) = json::read(bytes, Origin::NONE)
    {
        return Received { body: Some(body), ..Received::default() };
    }
    let refused = |message: &str| Received {
        unreadable: Some(status::bad_request(message)),
        ..Received::default()
    };
    let node = match one_document(bytes) {
        Ok(node) => node,
        Err(cause) => {
            return refused(&format!(
                "error decoding YAML: error converting YAML to JSON: yaml: {cause}"
            ));
        }
    };
    let what = match &node.value {
        Value::Map(_) => {
            let objections = objections(bytes);
            return Received { body: Some(node), objections, unreadable: None };
        }
        Value::List(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    refused(&format!(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
         {what} into Go value of type map[string]interface {{}}"
    ))
}

/// The first document, in words of Go's YAML reader where it is none.
fn one_document(bytes: &Bytes) -> Result<Node, String> {
    let documents = Reader::new().read(bytes, FileName::new("body"), Flavor::Config);
    match documents {
        Ok(documents) => Ok(documents.into_iter().next().unwrap_or_else(|| map([]))),
        Err(error) => {
            let cause = error.to_string();
            let cause = cause.split(" while ").next().unwrap_or_default();
            Err(format!("line 1: {cause}"))
        }
    }
}

/// Keys that are there twice.
fn objections(bytes: &Bytes) -> Vec<String> {
    let Err(error) = Reader::new().read(bytes, FileName::new("body"), Flavor::Resource) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(bytes);
    let line = error.origin.line();
    let key = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let key = key.trim().split(':').next().unwrap_or_default();
    vec![format!(
        "error converting YAML to JSON: yaml: unmarshal errors:\n  line {line}: key \"{key}\" already \
         set in map"
    )]
}
