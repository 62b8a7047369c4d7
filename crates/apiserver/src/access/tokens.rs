//! Tokens of service accounts: JSON Web Tokens signed with ES256 (Kubernetes' `pkg/serviceaccount`).
//!
//! What a token says, and whether one that says so is good, are functions of values; the [`Signer`] is
//! the key of a cluster.

mod signer;

use std::collections::BTreeMap;

use manifest::{Node, Text};

use signer::claimed;
pub(crate) use signer::{NoKey, Signer};

use super::names::{service_account, service_account_groups};
use super::{Identity, User};
use crate::make::{int, list, map, meta, text};

/// Who says that a token is good, and whom tokens are for that say no one.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc";
/// How far clocks may be apart.
const LEEWAY: i64 = 60;
const INVALIDATED: &str = "service account token has been invalidated";

/// What a new token is for.
pub(crate) struct Request<'a> {
    /// The service account.
    pub(crate) account: &'a Node,
    /// The object without which it is no good, as `pod`, `secret` or `node`.
    pub(crate) bound: Option<(&'static str, &'a Node)>,
    /// The node of the pod that it is bound to: a name, and the node if it is there.
    pub(crate) node: Option<(&'a str, Option<&'a Node>)>,
    pub(crate) audiences: Vec<Text>,
    /// Seconds since 1970.
    pub(crate) now: i64,
    pub(crate) seconds: i64,
    /// A name of its own.
    pub(crate) id: Text,
}

fn reference(name: &str, uid: &str) -> Node {
    let parts = [("name", name), ("uid", uid)].into_iter().filter(|(_, value)| !value.is_empty());
    map(parts.map(|(key, value)| (key, text(value))))
}

/// What a token says, with keys in the order of Go's maps.
pub(crate) fn claims(request: &Request<'_>) -> Node {
    let of = |object: &Node| reference(meta(object, "name"), meta(object, "uid"));
    let (namespace, name) = (meta(request.account, "namespace"), meta(request.account, "name"));
    let mut own = vec![("namespace", text(namespace))];
    if let Some((_, node)) = request.bound.filter(|(kind, _)| *kind == "node") {
        own.push(("node", of(node)));
    }
    if let Some((name, node)) = request.node {
        let uid = node.map(|node| meta(node, "uid")).unwrap_or_default();
        own.push(("node", reference(name, uid)));
    }
    own.extend(
        request.bound.filter(|(kind, _)| *kind != "node").map(|(kind, node)| (kind, of(node))),
    );
    own.push(("serviceaccount", of(request.account)));
    let audiences = request.audiences.iter().map(|audience| text(audience.clone()));
    map([
        ("aud", list(audiences)),
        ("exp", int(request.now.saturating_add(request.seconds))),
        ("iat", int(request.now)),
        ("iss", text(ISSUER)),
        ("jti", text(request.id.clone())),
        ("kubernetes.io", map(own)),
        ("nbf", int(request.now)),
        ("sub", text(service_account(namespace, name))),
    ])
}

/// A token that is good, for some who may ask for it.
pub(crate) struct Bearer {
    pub(crate) user: User,
    /// For whom of those asked for.
    pub(crate) audiences: Vec<Text>,
}

/// Who shows a token that says `claims` and was signed by the cluster, at `now`. It has to be for one of
/// `audiences`; `find` gives the objects of the cluster by plural, namespace and name.
///
/// # Errors
/// Why it is no good, in the words of the API server.
pub(crate) fn check(
    claims: &Node,
    now: i64,
    audiences: &[Text],
    find: impl Fn(&str, &str, &str) -> Option<Node>,
) -> Result<Bearer, String> {
    let issuer = claims.str_at(&["iss"]).unwrap_or_default();
    if issuer != ISSUER {
        return Err(format!("token issuer {issuer:?} is invalid"));
    }
    let own = claims.get("aud").and_then(Node::as_list).unwrap_or_default();
    let own: Vec<Text> = own.iter().filter_map(Node::as_str).map(Text::from).collect();
    let common: Vec<Text> =
        own.iter().filter(|audience| audiences.contains(audience)).cloned().collect();
    if common.is_empty() {
        return Err(format!(
            "token audiences {} is invalid for the target audiences {}",
            super::rules::quoted(&own),
            super::rules::quoted(audiences)
        ));
    }
    check_times(claims, now)?;
    let user = check_objects(claims, now, find)?;
    Ok(Bearer { user, audiences: common })
}

fn check_times(claims: &Node, now: i64) -> Result<(), String> {
    let time = |key: &str| claims.get(key).and_then(Node::as_int);
    let why = if time("nbf").is_some_and(|start| now + LEEWAY < start) {
        "service account token is not valid yet"
    } else if time("exp").is_none_or(|end| now - LEEWAY > end) {
        "service account token has expired"
    } else if time("iat").is_some_and(|issued| now + LEEWAY < issued) {
        "service account token is issued in the future"
    } else {
        return Ok(());
    };
    Err(why.to_owned())
}

/// What a token stands on has to be there, and to be the same.
fn check_objects(
    claims: &Node,
    now: i64,
    find: impl Fn(&str, &str, &str) -> Option<Node>,
) -> Result<User, String> {
    let own = |path: &[&str]| {
        claims.get("kubernetes.io").and_then(|own| own.str_at(path)).unwrap_or_default()
    };
    let namespace = own(&["namespace"]);
    let (name, uid) = (own(&["serviceaccount", "name"]), own(&["serviceaccount", "uid"]));
    let is_deleted = |object: &Node| {
        let at = meta(object, "deletionTimestamp").parse::<jiff::Timestamp>();
        at.is_ok_and(|at| at.as_second() < now - LEEWAY)
    };
    let account = find("serviceaccounts", namespace, name)
        .ok_or_else(|| format!("serviceaccounts {name:?} not found"))?;
    let found = meta(&account, "uid");
    if found != uid {
        return Err(format!("service account UID ({found}) does not match claim ({uid})"));
    }
    if is_deleted(&account) {
        return Err(format!("service account {namespace}/{name} has been deleted"));
    }
    let has = |kind: &str| claims.get("kubernetes.io").is_some_and(|own| own.get(kind).is_some());
    for (kind, plural) in [("secret", "secrets"), ("pod", "pods"), ("node", "nodes")] {
        // The node of a pod is only told.
        if !has(kind) || kind == "node" && has("pod") {
            continue;
        }
        let (name, uid) = (own(&[kind, "name"]), own(&[kind, "uid"]));
        let place = if kind == "node" { "" } else { namespace };
        let object = find(plural, place, name).ok_or(INVALIDATED)?;
        let found = meta(&object, "uid");
        if found != uid {
            return Err(format!(
                "{kind} UID ({found}) does not match service account {kind} ref claim ({uid})"
            ));
        }
        if is_deleted(&object) {
            return Err(INVALIDATED.to_owned());
        }
    }
    Ok(bearer_of(claims, own, (namespace, name, uid)))
}

/// The user that a good token says.
fn bearer_of<'c>(
    claims: &Node,
    own: impl Fn(&[&str]) -> &'c str,
    (namespace, name, uid): (&str, &str, &str),
) -> User {
    let mut extra: BTreeMap<Text, Vec<Text>> = BTreeMap::new();
    let mut say = |key: &str, value: &str| {
        if !value.is_empty() {
            let key = ecow::eco_format!("authentication.kubernetes.io/{key}");
            extra.insert(key, vec![value.into()]);
        }
    };
    say("pod-name", own(&["pod", "name"]));
    say("pod-uid", own(&["pod", "uid"]));
    say("node-name", own(&["node", "name"]));
    say("node-uid", own(&["node", "uid"]));
    let id = claims.str_at(&["jti"]).unwrap_or_default();
    if !id.is_empty() {
        say("credential-id", &format!("JTI={id}"));
    }
    let mut identity = Identity {
        name: service_account(namespace, name),
        uid: uid.into(),
        groups: service_account_groups(namespace).to_vec(),
        extra,
    };
    identity.authenticated();
    User::from(identity)
}

/// The document that says who issues tokens (`/.well-known/openid-configuration`); `host` is where the
/// cluster is reached.
pub(crate) fn configuration(host: &str) -> Node {
    let one = |value: &str| list([text(value)]);
    map([
        ("issuer", text(ISSUER)),
        ("jwks_uri", text(format!("https://{host}/openid/v1/jwks"))),
        ("response_types_supported", one("id_token")),
        ("subject_types_supported", one("public")),
        ("id_token_signing_alg_values_supported", one("ES256")),
    ])
}

/// Whether a token says that it is one of a cluster's service accounts.
pub(crate) fn is_ours(token: &str) -> bool {
    claimed(token).is_some_and(|claims| claims.str_at(&["iss"]) == Some(ISSUER))
}

#[cfg(test)]
mod tests;
