//! Writes answers in the form in which they are wanted.

use bytes::Bytes;
use futures::Stream;
use http::{HeaderValue, Response, StatusCode, header};
use manifest::{Node, json, yaml};

use super::Body;
use super::accept::{Accept, Format, Shape};
use crate::call::Answer;
use crate::make::{self, list, map};
use crate::query::Query;
use crate::server::Server;
use crate::target::Target;
use crate::{status, table};

/// A text for people.
pub(super) fn text_of(node: &Node, format: Format, is_pretty: bool) -> (String, &'static str) {
    let mut out = String::new();
    match format {
        Format::Json => {
            let options = json::Options { expose: true, pretty: is_pretty, ..Default::default() };
            json::write(node, options, &mut out);
            out.push('\n');
            (out, "application/json")
        }
        Format::Yaml => {
            yaml::write::write_with(node, yaml::write::Options { expose: true }, &mut out);
            (out, "application/yaml")
        }
    }
}

pub(super) fn text(code: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::whole(text.to_owned()));
    *response.status_mut() = code;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// An answer as JSON.
pub(super) fn plain(answer: &Answer) -> Response<Body> {
    with(&Accept::JSON, answer)
}

/// An answer as it is, in the format that is wanted.
pub(crate) fn with(accept: &Accept, answer: &Answer) -> Response<Body> {
    let (text, kind) = text_of(&answer.body, accept.format, false);
    finished(answer, text, kind)
}

fn finished(answer: &Answer, text: String, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::whole(text));
    *response.status_mut() =
        StatusCode::from_u16(answer.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    let after = answer.body.at(&["details", "retryAfterSeconds"]).and_then(Node::as_int);
    if let Some(seconds) = after.filter(|seconds| *seconds > 0 && !answer.is_success()) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    for warning in &answer.warnings {
        let text = warning.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{text}\"")) {
            headers.append(header::WARNING, value);
        }
    }
    response
}

/// An answer in the form that is wanted.
pub(super) fn shaped(
    server: &Server,
    target: &Target,
    query: Query<'_>,
    accept: &Accept,
    answer: Answer,
) -> Response<Body> {
    let answer = if answer.is_success() && answer.body.str_at(&["kind"]) != Some("Status") {
        let warnings = answer.warnings;
        match shape(server, target, query, accept.shape, &answer.body) {
            Ok(body) => Answer { code: answer.code, body, warnings },
            Err(refused) => refused,
        }
    } else {
        answer
    };
    let (text, kind) = text_of(&answer.body, accept.format, query.flag("pretty"));
    finished(&answer, text, kind)
}

fn shape(
    server: &Server,
    target: &Target,
    query: Query<'_>,
    shape: Shape,
    body: &Node,
) -> Result<Node, Answer> {
    let items = body.get("items").filter(|_| target.name.is_empty()).and_then(Node::as_list);
    match (shape, items) {
        (Shape::Partial, None) => Ok(partial(body)),
        (Shape::PartialList, Some(items)) => Ok(partial_list(body, items)),
        (Shape::Partial | Shape::PartialList, _) => {
            let (wanted, is) = match items {
                Some(_) => ("PartialObjectMetadata", "is a list"),
                None => ("PartialObjectMetadataList", "is not a list"),
            };
            let message = format!(
                "you requested {wanted}, but the requested object {is} (*core.{})",
                body.str_at(&["kind"]).unwrap_or_default()
            );
            Err(status::failure(406, "NotAcceptable", &message, None))
        }
        (Shape::Table, items) => {
            let include = table::include(query.get("includeObject").unwrap_or_default())?;
            let resource = (&target.resource.info, target.definition());
            let mut table = table::shaped(resource, body, items, include, server.now());
            if table.str_at(&["metadata", "continue"]) == Some("")
                && let Some(metadata) = make::metadata(&mut table)
            {
                metadata.remove("continue");
            }
            Ok(table)
        }
        (Shape::Whole, _) => Ok(body.clone()),
    }
}

fn partial_list(body: &Node, items: &[Node]) -> Node {
    let mut metadata = body.get("metadata").cloned().unwrap_or_default();
    if metadata.str_at(&["continue"]) == Some("")
        && let Some(map) = metadata.as_map_mut()
    {
        map.remove("continue");
    }
    // Go's empty list.
    let nothing = Node::default();
    map([
        ("kind", make::text("PartialObjectMetadataList")),
        ("apiVersion", make::text("meta.k8s.io/v1")),
        ("metadata", metadata),
        ("items", if items.is_empty() { nothing } else { list(items.iter().map(partial)) }),
    ])
}

/// The metadata of an object.
pub(crate) fn partial(object: &Node) -> Node {
    map([
        ("kind", make::text("PartialObjectMetadata")),
        ("apiVersion", make::text("meta.k8s.io/v1")),
        ("metadata", object.get("metadata").cloned().unwrap_or_default()),
    ])
}

/// The events of a watch, each a line.
pub(super) fn stream(
    _accept: &Accept,
    events: impl Stream<Item = Bytes> + Send + 'static,
) -> Response<Body> {
    let mut response = Response::new(Body::pieces(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}
