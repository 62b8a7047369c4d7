//! The cluster as a tower service over HTTP.

mod accept;
mod access;
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
pub(crate) use receive::ROOM;
pub(crate) use respond::{partial, with as written};

use crate::access::User;
use crate::call::{Answer, Call, PatchType, Verb};
use crate::metrics::Label;
use crate::model::Model;
use crate::query::Query;
use crate::route::{self, Place, Route};
use crate::server::Server;
use crate::target::Target;
use crate::webhooks::{self, Memory};
use crate::{documents, status, verbs, watch};

const NO_PAGE: &str = "404 page not found\n";

/// A way into one cluster; a clone is the same way.
#[derive(Clone)]
pub struct Service {
    server: Server,
    caller: Caller,
}

/// Who comes a way.
#[derive(Clone)]
pub(crate) enum Caller {
    /// The administrator, without showing anything.
    Administrator,
    /// Whoever shows a token, or nothing.
    Anyone,
    /// Who has shown a certificate.
    Certified(User),
}

/// What a service gives: an answer sooner or later.
pub type Responding = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service {
    pub(crate) fn new(server: Server, caller: Caller) -> Service {
        Service { server, caller }
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
        let Service { server, caller } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            // Who may not is not listened to.
            let user = match access::admit(&server, &caller, &head) {
                Ok(user) => user,
                Err(refused) => {
                    receive::forget(body).await;
                    return Ok(refusal(&head, &refused));
                }
            };
            let room = receive::room(&server, &body);
            let bytes = match room {
                Ok(_) => receive::collect(body).await,
                Err(ref refused) => Err(refused.clone()),
            };
            let mut memory = Memory::default();
            let response = loop {
                if let Some(response) = respond(&server, &user, &head, &bytes, &mut memory) {
                    break response;
                }
                let wanted = std::mem::take(&mut memory.wanted);
                memory.learn(webhooks::ask(&server, wanted).await);
            };
            let is_write = !matches!(head.method, Method::GET | Method::HEAD);
            if is_write && let Err(error) = server.written().await {
                let message = format!("Internal error occurred: {error}");
                return Ok(respond::plain(&status::failure(500, "InternalError", &message, None)));
            }
            Ok(response)
        })
    }
}

/// The answer; nothing where webhooks have to be asked before there is one.
fn respond(
    server: &Server,
    user: &User,
    head: &http::request::Parts,
    bytes: &Result<Bytes, Answer>,
    memory: &mut Memory,
) -> Option<Response<Body>> {
    let path = head.uri.path();
    let accept = header_text(head, &header::ACCEPT);
    if is_health(path) {
        return Some(respond::text(StatusCode::OK, "ok"));
    }
    if path == "/metrics" {
        return Some(respond::text(StatusCode::OK, &server.metrics().text()));
    }
    if let Some(document) = documents::respond(server, head, accept) {
        return Some(document);
    }
    match route::route(path) {
        Route::Resource(place) if server.serves_group(&place.api_version) => {
            resource(server, user.clone(), head, place, bytes, memory)
        }
        _ => Some(respond::text(StatusCode::NOT_FOUND, NO_PAGE)),
    }
}

/// That a request may not be made.
fn refusal(head: &http::request::Parts, refused: &Answer) -> Response<Body> {
    let accept = header_text(head, &header::ACCEPT);
    let accept = Accept::of(accept, true).unwrap_or(Accept::JSON);
    respond::with(&accept, refused)
}

/// Whether a path asks how the server is, or a part of it: as it answers, it is well.
fn is_health(path: &str) -> bool {
    let rest = ["/healthz", "/livez", "/readyz"].iter().find_map(|start| path.strip_prefix(start));
    matches!(rest, Some("" | "/ping" | "/etcd" | "/log"))
}

/// A request for a collection, an object or a subresource.
fn resource(
    server: &Server,
    user: User,
    head: &http::request::Parts,
    place: Place,
    bytes: &Result<Bytes, Answer>,
    memory: &mut Memory,
) -> Option<Response<Body>> {
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
        user,
    };
    let is_watch = is_watch
        || head.method == Method::GET && call.name.is_empty() && Query::of(&call).flag("watch");
    let word = verb(head, &mut call, is_watch);
    let response = perform(server, head, &mut call, word, bytes, memory)?;
    count(server, &call, word, response.status().as_u16());
    Some(response)
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
    bytes: &Result<Bytes, Answer>,
    memory: &mut Memory,
) -> Option<Response<Body>> {
    let accept =
        match Accept::of(header_text(head, &header::ACCEPT), matches!(word, "WATCH" | "LIST")) {
            Ok(accept) => accept,
            Err(refused) if Model::is_builtin(&call.api_version) => {
                return Some(respond::plain(&refused));
            }
            // Custom resources have one word for it.
            Err(_) => return Some(respond::plain(&Accept::refused())),
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
            return Some(respond::text(StatusCode::NOT_FOUND, NO_PAGE));
        }
        Err(answer) => return Some(respond::with(&accept, &answer)),
    };
    let answer = match word {
        "" => status::no_method(),
        "WATCH" => match watch::open(server, &target, Query::of(call), accept.clone()) {
            Ok(watch) => return Some(respond::stream(&accept, watch)),
            Err(answer) => answer,
        },
        _ => {
            let content_type = header_text(head, &header::CONTENT_TYPE);
            let received = match bytes {
                Ok(bytes) => receive::read(&target, call, content_type, bytes),
                Err(answer) => Err(answer.clone()),
            };
            match received {
                Ok(received) => {
                    call.body = received.body;
                    let sent = verbs::Sent {
                        body: call.body.as_ref(),
                        unreadable: received.unreadable,
                        objections: received.objections,
                    };
                    verbs::answer(server, call, sent, Some(memory))
                }
                Err(answer) => answer,
            }
        }
    };
    if answer.is_unfinished() {
        return None;
    }
    Some(respond::shaped(server, &target, Query::of(call), &accept, answer))
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
pub(crate) mod tests;
