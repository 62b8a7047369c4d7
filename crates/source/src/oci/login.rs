//! What a registry is shown: from Secrets, or from Docker's own file.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use manifest::{Node, Origin};

use super::Address;
use crate::access::{certificate, header, wrong};
use crate::{Access, Error};

/// Where a Secret has the credentials of registries.
const DOCKER_CONFIG: &str = ".dockerconfigjson";

/// The decoded `data` of a Secret.
type Data = BTreeMap<String, Vec<u8>>;

impl Access {
    /// What Secrets with credentials (`.dockerconfigjson`) and one with certificates (`ca.crt`, besides those
    /// that the machine trusts; `tls.crt` with `tls.key`) say for a repository: of the credentials the first ones for
    /// it. Flux's rules: source-controller, `ocirepository_controller.go` `keychain` and `getTLSConfig`.
    ///
    /// # Errors
    /// Something is missing, or is not what it should be. No error shows what a Secret holds.
    pub fn of_registry(
        address: &Address,
        logins: &[&Data],
        certificates: Option<&Data>,
    ) -> Result<Access, Error> {
        let mut access = Access::default();
        for data in logins {
            let none = || wrong(&format!("for a registry it needs `{DOCKER_CONFIG}`"));
            access = Access::of_docker_config(address, data.get(DOCKER_CONFIG).ok_or_else(none)?)?;
            if access.authorization.is_some() || access.refresh_token.is_some() {
                break;
            }
        }
        if let Some(data) = certificates {
            access.certificate = certificate(data)?;
            access.authorities = data.get("ca.crt").filter(|bytes| !bytes.is_empty()).cloned();
            if access.certificate.is_none() && access.authorities.is_none() {
                return Err(wrong("it needs `ca.crt`, or `tls.crt` with `tls.key`"));
            }
            access.trusts_machine = true;
        }
        Ok(access)
    }

    /// What Docker's configuration file says for a repository; nothing where it has nothing for it. The entry
    /// is found as Kubernetes finds it (go-containerregistry, `pkg/authn/kubernetes/keychain.go`): `*` in each
    /// part of the host, the path as a beginning, the longest first.
    ///
    /// # Errors
    /// It is no such file.
    pub fn of_docker_config(address: &Address, bytes: &[u8]) -> Result<Access, Error> {
        let none = |_| wrong(&format!("its `{DOCKER_CONFIG}` is no JSON"));
        let config = manifest::json::read(bytes, Origin::NONE).map_err(none)?;
        let entries = config.get("auths").and_then(Node::as_map);
        let mut entries: Vec<_> = entries
            .into_iter()
            .flat_map(manifest::Map::iter)
            .map(|(name, entry)| (place(name), entry))
            .filter(|(place, _)| is_for(place, address))
            .collect();
        entries.sort_by(|(one, _), (other, _)| other.cmp(one));
        entries.first().map_or_else(|| Ok(Access::default()), |(_, entry)| Access::of_entry(entry))
    }

    /// What is given as `user:password`, or as a token (fluxcd/pkg, `oci/login.go`).
    ///
    /// # Errors
    /// It cannot be sent.
    pub fn of_credentials(text: &str) -> Result<Access, Error> {
        let authorization = match text.split_once(':') {
            Some(_) => format!("Basic {}", STANDARD.encode(text)),
            None => format!("Bearer {text}"),
        };
        Ok(Access { authorization: Some(header(authorization)?), ..Access::default() })
    }

    fn of_entry(entry: &Node) -> Result<Access, Error> {
        let text =
            |key: &str| entry.str_at(&[key]).filter(|text| !text.is_empty()).map(str::to_owned);
        let refresh_token = text("identitytoken");
        let both = match text("auth") {
            Some(auth) => Some(decoded(auth.trim())?),
            None => text("username").zip(text("password")).map(|(user, it)| format!("{user}:{it}")),
        };
        let is_whole = |both: &String| {
            both.split_once(':')
                .is_some_and(|(user, password)| !(user.is_empty() || password.is_empty()))
        };
        let basic = both.filter(is_whole).map(|both| format!("Basic {}", STANDARD.encode(both)));
        let authorization = text("registrytoken").map(|token| format!("Bearer {token}")).or(basic);
        let authorization = authorization.map(header).transpose()?;
        Ok(Access { authorization, refresh_token, ..Access::default() })
    }
}

/// `user:password` in base64, with or without `=` at its end.
fn decoded(auth: &str) -> Result<String, Error> {
    let bytes = match auth.ends_with('=') {
        true => STANDARD.decode(auth),
        false => STANDARD_NO_PAD.decode(auth),
    };
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| text.contains(':'))
        .ok_or_else(|| wrong(&format!("an `auth` of its `{DOCKER_CONFIG}` is no `user:password`")))
}

/// Host and path that the name of an entry means.
fn place(name: &str) -> String {
    let name =
        name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    let (host, path) = name.find('/').map_or((name, ""), |at| name.split_at(at));
    let path = match path.starts_with("/v1/") || path.starts_with("/v2/") {
        true => &path[3..],
        false => path,
    };
    format!("{host}{}", if path == "/" { "" } else { path })
}

fn is_for(place: &str, address: &Address) -> bool {
    let (host, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
    let (host, port) = split_port(host);
    let (our_host, our_port) = split_port(&address.host);
    let mut parts = host.split('.');
    let mut ours = our_host.split('.');
    port == our_port
        && format!("/{}", address.repository).starts_with(path)
        && ours.by_ref().all(|ours| parts.next().is_some_and(|part| is_like(part, ours)))
        && parts.next().is_none()
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    host.rsplit_once(':').map_or((host, None), |(host, port)| (host, Some(port)))
}

/// Whether a name is like a pattern in which `*` is any text and `?` any character.
fn is_like(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let fits = |part: &str, name: &str| {
        part.len() <= name.len()
            && part.bytes().zip(name.bytes()).all(|(part, byte)| part == b'?' || part == byte)
    };
    let Some(first) = parts.next() else { return false };
    if !pattern.contains('*') {
        return pattern.len() == name.len() && fits(pattern, name);
    }
    if !fits(first, name) {
        return false;
    }
    let mut rest = name.get(first.len()..).unwrap_or_default();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let starts = 0..=rest.len();
        let is_last = parts.peek().is_none();
        let at = starts.into_iter().find(|at| {
            let left = rest.get(*at..).unwrap_or_default();
            fits(part, left) && (!is_last || left.len() == part.len())
        });
        let Some(at) = at else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests;
