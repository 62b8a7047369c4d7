//! Reads what a request brings: at most 3 MiB of JSON or YAML.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Origin, Value, json};
use schema::protobuf;

use crate::call::{Answer, Call, PatchType, Verb};
use crate::http::duplicates::duplicates;
use crate::make::map;
use crate::query::Query;
use crate::status;
use crate::target::Target;

/// How much of a body a message shows.
const SHOWN: usize = 28;
/// How large a body may be.
const LIMIT: usize = 3 * 1024 * 1024;

/// What a request brought.
#[derive(Default)]
pub(super) struct Received {
    pub(super) body: Option<Node>,
    /// Why the body cannot be read; said when its turn comes.
    pub(super) unreadable: Option<Answer>,
    /// What a strict reader objects to.
    pub(super) objections: Vec<String>,
}

/// All of a body.
pub(super) async fn collect<B>(body: B) -> Result<Bytes, Answer>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: std::fmt::Display,
{
    let mut body = std::pin::pin!(body);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.as_mut().frame().await {
        let frame = frame.map_err(|error| status::bad_request(&error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + rest.len() + data.len() > LIMIT {
            let message = format!("Request entity too large: limit is {LIMIT}");
            return Err(status::failure(413, "RequestEntityTooLarge", &message, None));
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
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
            let Some(kind) = patch_type(content_type) else {
                let message = "415: Unsupported Media Type";
                let details = Some(map([]));
                return Err(status::failure(415, "UnsupportedMediaType", message, details));
            };
            if kind == PatchType::Strategic && target.resource.is_custom() {
                let message = "the body of the request was in an unknown format - accepted media \
                               types include: application/json-patch+json, \
                               application/merge-patch+json, application/apply-patch+yaml";
                return Err(status::failure(415, "UnsupportedMediaType", message, None));
            }
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
        return Ok(yaml_body(target, bytes));
    }
    let is_patch = matches!(call.verb, Verb::Patch(_));
    Ok(match json::read(bytes, Origin::NONE) {
        Ok(body) if !is_patch && !matches!(body.value, Value::Map(_)) => {
            no_object(target, &body, bytes)
        }
        Ok(body) if !is_patch && is_defined(target) && has_no_kind(&body) => {
            let kind = target.kind();
            let text = String::from_utf8_lossy(bytes);
            let message = format!(
                "the object provided is unrecognized (must be of type {kind}): Object 'Kind' is \
                 missing in '{text}' ({})",
                beginning(bytes)
            );
            Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
        }
        Ok(body) => {
            let is_checked = Query::of(call).get("fieldValidation") != Some("Ignore");
            let objections = if is_checked { duplicates(bytes) } else { Vec::new() };
            Received { body: Some(body), unreadable: None, objections }
        }
        Err(error) => {
            let unreadable = Some(unreadable(target, call, bytes, &error.to_string()));
            Received { unreadable, ..Received::default() }
        }
    })
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
    let hex: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let message = format!(
        "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse \
         error: json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string \
         \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({hex})",
        target.kind()
    );
    Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
}

/// Why JSON cannot be read, as far as a message of Go's can be had from it.
fn unreadable(target: &Target, call: &Call, bytes: &Bytes, error: &str) -> Answer {
    let kind = target.kind();
    let cause = go_json_error(bytes, error);
    if matches!(call.verb, Verb::Patch(_)) {
        return status::bad_request(&format!("error decoding patch: {cause}"));
    }
    let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let shown = match (bytes.is_empty(), target.resource.is_custom() && !is_object) {
        (true, _) => "<empty>".to_owned(),
        // What is not even the start of an object is not taken for text.
        (false, true) => bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect(),
        (false, false) => beginning(bytes),
    };
    status::bad_request(&format!(
        "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json \
         parse error: {cause} ({shown})"
    ))
}

/// Whether objects are of a kind that somebody defined; only those have to say of which.
fn is_defined(target: &Target) -> bool {
    target.resource.is_custom() && !target.resource.schemaless
}

fn has_no_kind(body: &Node) -> bool {
    body.str_at(&["kind"]).is_none_or(str::is_empty)
}

/// As much of a body as messages show.
fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() { format!("{start} ...") } else { start }
}

/// Where a text that starts like one of the three words of JSON stops being it.
fn literal_error(text: &[u8], at: usize) -> Option<String> {
    let before = text.get(..at)?;
    for word in ["null", "true", "false"] {
        let is_first = |byte: &u8| word.as_bytes().first() == Some(byte);
        let Some(start) = before.iter().rposition(is_first) else { continue };
        let written = text.get(start..)?;
        let same =
            written.iter().zip(word.bytes()).take_while(|(one, other)| **one == *other).count();
        if let (Some(found), Some(wanted)) = (written.get(same), word.as_bytes().get(same)) {
            let (found, wanted) = (char::from(*found), char::from(*wanted));
            return Some(format!(
                "invalid character '{found}' in literal {word} (expecting '{wanted}')"
            ));
        }
    }
    None
}

/// The words of Go's JSON reader.
fn go_json_error(bytes: &[u8], error: &str) -> String {
    if error.starts_with("EOF") {
        return "unexpected end of JSON input".to_owned();
    }
    let at = error.rsplit_once("column ").and_then(|(_, column)| column.parse::<usize>().ok());
    let line =
        error.rsplit_once("line ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let line: usize = line.unwrap_or(1);
    let text = bytes.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    if error.starts_with("expected ident")
        && let Some(message) = at.and_then(|at| literal_error(text, at))
    {
        return message;
    }
    let found = at.and_then(|at| text.get(at.saturating_sub(1))).copied().unwrap_or(b'?');
    let place = if error.starts_with("trailing characters") {
        "after top-level value"
    } else if error.starts_with("key must be a string") || error.starts_with("trailing comma") {
        "looking for beginning of object key string"
    } else if error.starts_with("expected `,` or `}`") {
        "after object key:value pair"
    } else if error.starts_with("expected `,` or `]`") {
        "after array element"
    } else if error.starts_with("expected `:`") {
        "after object key"
    } else {
        "looking for beginning of value"
    };
    format!("invalid character '{}' {place}", char::from(found))
}

fn yaml_body(target: &Target, bytes: &Bytes) -> Received {
    match one_document(bytes) {
        Ok(body) if !matches!(body.value, Value::Map(_)) => no_object(target, &body, bytes),
        Ok(body) => Received { body: Some(body), objections: objections(bytes), unreadable: None },
        Err(cause) => {
            let cause = cause.strip_prefix("line 1: ").unwrap_or(&cause);
            let hex: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
            let message = format!(
                "the object provided is unrecognized (must be of type {}): yaml: {cause} ({hex})",
                target.kind()
            );
            Received { unreadable: Some(status::bad_request(&message)), ..Received::default() }
        }
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
