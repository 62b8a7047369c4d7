//! What is asked of the server about itself: its version, discovery, OpenAPI.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use manifest::{Node, json};

use crate::access::tokens;
use crate::http::{Accept, Body, Shape, written};
use crate::server::Server;
use crate::{discovery, openapi, status};

/// The media type of both discovery documents as one.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// The media types of OpenAPI in protobuf.
const PROTOBUF: [&str; 2] = [
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
];

/// The answer to a path that is about the server; `None` where it is about anything else.
pub(crate) fn respond(
    server: &Server,
    head: &http::request::Parts,
    accept: &str,
) -> Option<Response<Body>> {
    let path = head.uri.path();
    let model = server.model();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let node = match parts.as_slice() {
        ["version"] => discovery::version(),
        ["api" | "apis"] if wants_aggregated(accept) => {
            let document = discovery::aggregated(&model.kinds, parts == ["api"]);
            return Some(aggregated(&document));
        }
        ["api"] => discovery::api_versions(""),
        ["apis"] => discovery::api_groups(&model.kinds),
        // A group that is not there is a page that is not there; a version of one is an object.
        ["apis", group] => discovery::api_group(&model.kinds, group)?,
        ["api", version] => return Some(resources(server, "", version, accept)),
        ["apis", group, version] => return Some(resources(server, group, version, accept)),
        ["openapi", "v2"] => {
            let document = openapi::v2(&model.kinds, &model.types);
            if PROTOBUF.iter().any(|kind| accept.contains(kind)) {
                return Some(protobuf(&document));
            }
            return Some(json_of(&document, "application/json"));
        }
        ["openapi", "v3"] => openapi::v3_index(&model.kinds, &model.types),
        ["openapi", "v3", "api", version] => {
            openapi::v3_group_version(&model.kinds, &model.types, "", version)?
        }
        ["openapi", "v3", "apis", group, version] => {
            openapi::v3_group_version(&model.kinds, &model.types, group, version)?
        }
        [".well-known", "openid-configuration"] => {
            return Some(public(&tokens::configuration(host(head)), "application/json"));
        }
        ["openid", "v1", "jwks"] => {
            return Some(match server.signer() {
                Ok(signer) => public(&signer.key_set(), "application/jwk-set+json"),
                Err(error) => {
                    let message = format!("Internal error occurred: {error}");
                    let failed = status::failure(500, "InternalError", &message, None);
                    written(&Accept::JSON, &failed)
                }
            });
        }
        _ => return None,
    };
    Some(formatted(&node, accept))
}

/// The resources of a version, or that there is no such version.
fn resources(server: &Server, group: &str, version: &str, accept: &str) -> Response<Body> {
    match discovery::api_resources(&server.model().kinds, group, version) {
        Some(node) => formatted(&node, accept),
        None => written(&Accept::JSON, &status::no_resource()),
    }
}

/// A document in the format that is wanted. There are no tables of it.
fn formatted(node: &Node, accept: &str) -> Response<Body> {
    let answer = crate::call::Answer { code: 200, body: node.clone(), warnings: Vec::new() };
    match Accept::of(accept, false) {
        Ok(accept) => written(&Accept { shape: Shape::Whole, ..accept }, &answer),
        Err(refused) => written(&Accept::JSON, &refused),
    }
}

/// Whether the form that a client likes best is the one document for all groups.
fn wants_aggregated(accept: &str) -> bool {
    let first = accept.split(',').next().unwrap_or_default();
    let words: Vec<&str> = first.split(';').map(str::trim).collect();
    let wanted = AGGREGATED.split(';');
    wanted.into_iter().all(|word| words.contains(&word))
}

fn aggregated(document: &Node) -> Response<Body> {
    json_of(document, AGGREGATED)
}

fn json_of(document: &Node, kind: &'static str) -> Response<Body> {
    let mut text = String::new();
    json::write(document, json::Options { expose: true, ..json::Options::default() }, &mut text);
    let mut response = Response::new(Body::whole(text));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Where a request found the cluster.
fn host(head: &http::request::Parts) -> &str {
    let header = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    authority.or(header).unwrap_or("kubernetes.default.svc")
}

/// A document that anybody may keep for a while.
fn public(document: &Node, kind: &'static str) -> Response<Body> {
    let mut response = json_of(document, kind);
    let kept = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    response
}

fn protobuf(document: &Node) -> Response<Body> {
    let bytes = openapi::v2_protobuf(document);
    let mut response = Response::new(Body::whole(Bytes::from(bytes)));
    let kind = HeaderValue::from_static(PROTOBUF[1]);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
