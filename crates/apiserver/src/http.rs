//! The cluster as a tower service over HTTP.

mod accept;
mod body;
mod duplicates;
mod receive;
mod respond;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

pub(crate) use accept::{Accept, Shape};
pub use body::Body;
pub(crate) use respond::{partial, with as written};

use crate::call::{Answer, Call, PatchType, Verb};
use crate::metrics::Label;
use crate::model::Model;
use crate::query::Query;
use crate::route::{self, Place, Route};
use crate::server::Server;
use crate::target::Target;
use crate::{documents, status, verbs, watch};

const NO_PAGE: &str = "404 page not found\n";

/// A way into one cluster; a clone is the same way.
#[derive(Clone)]
pub struct Service {
    server: Server,
    /// Whether who comes this way is the administrator, without showing a token.
    trusted: bool,
}

/// What a service gives: an answer sooner or later.
pub type Responding = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service {
    pub(crate) fn new(server: Server, trusted: bool) -> Service {
        Service { server, trusted }
    }
}

impl<B> tower::Service<Request<B>> for Service
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Display,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Responding;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Responding {
        let (server, trusted) = (self.server.clone(), self.trusted);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let bytes = receive::collect(body).await;
            let response = respond(&server, trusted, &head, bytes);
            let is_write = !matches!(head.method, Method::GET | Method::HEAD);
            if is_write && let Err(error) = server.written().await {
                let message = format!("Internal error occurred: {error}");
                return Ok(respond::plain(&status::failure(500, "InternalError", &message, None)));
            }
            Ok(response)
        })
    }
}

fn respond(
    server: &Server,
    trusted: bool,
    head: &http::request::Parts,
    bytes: Result<Bytes, Answer>,
) -> Response<Body> {
    let path = head.uri.path();
    if is_health(path) {
        return respond::text(StatusCode::OK, "ok");
    }
    if !trusted && !is_admin(server, head) {
        let refused = status::failure(401, "Unauthorized", "Unauthorized", None);
        return respond::plain(&refused);
    }
    if path == "/metrics" {
        return respond::text(StatusCode::OK, &server.metrics().text());
    }
    if let Some(document) = documents::respond(server, path, header_text(head, &header::ACCEPT)) {
        return document;
    }
    match route::route(path) {
        Route::Resource(place) if server.serves_group(&place.api_version) => {
            resource(server, head, place, bytes)
        }
        Route::Resource(_) | Route::Other => respond::text(StatusCode::NOT_FOUND, NO_PAGE),
        _ => respond::text(StatusCode::NOT_FOUND, NO_PAGE),
    }
}

/// Whether a path asks how the server is, or a part of it: as it answers, it is well.
fn is_health(path: &str) -> bool {
    let rest = ["/healthz", "/livez", "/readyz"].iter().find_map(|start| path.strip_prefix(start));
    matches!(rest, Some("" | "/ping" | "/etcd" | "/log"))
}

fn is_admin(server: &Server, head: &http::request::Parts) -> bool {
    let given = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer "));
    let wanted = &server.options().token;
    !wanted.is_empty() && token.is_some_and(|token| is_same(token.trim(), wanted))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differences == 0
}

/// A request for a collection, an object or a subresource.
fn resource(
    server: &Server,
    head: &http::request::Parts,
    place: Place,
    bytes: Result<Bytes, Answer>,
) -> Response<Body> {
    let query = route::parameters(head.uri.query().unwrap_or_default());
    let user_agent = header_text(head, &header::USER_AGENT).to_owned();
    let is_watch = place.is_watch;
    let mut call = Call {
        verb: Verb::Get,
        api_version: place.api_version,
        plural: place.plural,
        namespace: place.namespace,
        name: place.name,
        subresource: place.subresource,
        query,
        body: None,
        user_agent,
    };
    let is_watch = is_watch
        || head.method == Method::GET && call.name.is_empty() && Query::of(&call).flag("watch");
    let word = verb(head, &mut call, is_watch);
    let response = perform(server, head, &mut call, word, bytes);
    count(server, &call, word, response.status().as_u16());
    response
}

/// What a request is to do, and the word that it is counted under.
fn verb(head: &http::request::Parts, call: &mut Call, is_watch: bool) -> &'static str {
    let is_named = !call.name.is_empty();
    let (verb, word) = match head.method {
        Method::GET if is_watch => (Verb::List, "WATCH"),
        Method::GET if is_named => (Verb::Get, "GET"),
        Method::GET => (Verb::List, "LIST"),
        Method::POST => (Verb::Create, "POST"),
        Method::PUT => (Verb::Update, "PUT"),
        Method::DELETE if is_named => (Verb::Delete, "DELETE"),
        Method::DELETE => (Verb::DeleteCollection, "DELETECOLLECTION"),
        Method::PATCH => match receive::patch_type(header_text(head, &header::CONTENT_TYPE)) {
            Some(PatchType::Apply) => (Verb::Patch(PatchType::Apply), "APPLY"),
            kind => (Verb::Patch(kind.unwrap_or(PatchType::Merge)), "PATCH"),
        },
        _ => (Verb::Get, ""),
    };
    call.verb = verb;
    word
}

fn perform(
    server: &Server,
    head: &http::request::Parts,
    call: &mut Call,
    word: &'static str,
    bytes: Result<Bytes, Answer>,
) -> Response<Body> {
    let accept =
        match Accept::of(header_text(head, &header::ACCEPT), matches!(word, "WATCH" | "LIST")) {
            Ok(accept) => accept,
            Err(refused) => return respond::plain(&refused),
        };
    let model = server.model();
    let target = match Target::of(&model, call) {
        Ok(target) => target,
        // The groups of custom resources know of nothing else.
        Err(answer)
            if answer.code == 404
                && answer.body.at(&["details", "name"]).is_none()
                && !Model::is_builtin(&call.api_version) =>
        {
            return respond::text(StatusCode::NOT_FOUND, NO_PAGE);
        }
        Err(answer) => return respond::with(&accept, &answer),
    };
    let answer = match word {
        "" => status::no_method(),
        "WATCH" => match watch::open(server, &target, Query::of(call), accept.clone()) {
            Ok(watch) => return respond::stream(&accept, watch),
            Err(answer) => answer,
        },
        _ => {
            let content_type = header_text(head, &header::CONTENT_TYPE);
            let received = match bytes {
                Ok(bytes) => receive::read(&target, call, content_type, &bytes),
                Err(answer) => Err(answer),
            };
            match received {
                Ok(received) => {
                    call.body = received.body;
                    let sent = verbs::Sent {
                        body: call.body.as_ref(),
                        unreadable: received.unreadable,
                        objections: received.objections,
                    };
                    verbs::answer(server, call, sent)
                }
                Err(answer) => answer,
            }
        }
    };
    respond::shaped(server, &target, Query::of(call), &accept, answer)
}

fn count(server: &Server, call: &Call, verb: &'static str, code: u16) {
    let (group, version) = call.api_version.rsplit_once('/').unwrap_or(("", &call.api_version));
    server.metrics().count(Label {
        verb,
        group: group.to_owned(),
        version: version.to_owned(),
        resource: call.plural.to_string(),
        subresource: call.subresource.to_string(),
        is_dry_run: Query::of(call).is_dry_run(),
        code,
    });
}

fn header_text<'h>(head: &'h http::request::Parts, name: &header::HeaderName) -> &'h str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
