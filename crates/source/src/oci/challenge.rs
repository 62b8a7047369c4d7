//! What a server wants to be shown (RFC 9110, 11.6.1), and where tokens come from.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// How a registry is to be asked again.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Challenge {
    /// With a user and a password.
    Basic,
    /// With a token.
    Bearer(Bearer),
}

/// Where a token comes from.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Bearer {
    pub(crate) realm: String,
    pub(crate) service: Option<String>,
    pub(crate) scope: Option<String>,
}

impl Challenge {
    /// The first one of an answer that can be met.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Challenge> {
        let lines = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(read).find_map(|(scheme, parameters)| {
            let get = |name: &str| {
                let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone())
            };
            match scheme.to_ascii_lowercase().as_str() {
                "basic" => Some(Challenge::Basic),
                "bearer" => {
                    let (service, scope) = (get("service"), get("scope"));
                    Some(Challenge::Bearer(Bearer { realm: get("realm")?, service, scope }))
                }
                _ => None,
            }
        })
    }
}

/// Schemes and their parameters.
fn read(line: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut challenges: Vec<(String, Vec<_>)> = Vec::new();
    let mut rest = line.trim_start_matches([' ', ',']);
    while !rest.is_empty() {
        let end = rest.find([' ', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = value_of(value);
                if let Some((_, parameters)) = challenges.last_mut() {
                    parameters.push((word.to_owned(), value));
                }
                after
            }
            None => {
                challenges.push((word.to_owned(), Vec::new()));
                after
            }
        };
        rest = rest.trim_start_matches([' ', ',']);
    }
    challenges
}

/// The value that a text begins with, quoted or not, and what comes after it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_at(text.find([' ', ',']).unwrap_or(text.len()));
        return (value.to_owned(), after);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => break,
            '\\' => value.extend(chars.next()),
            char => value.push(char),
        }
    }
    (value, chars.as_str())
}

impl Bearer {
    /// Why no token is asked for there: it is not encrypted although the registry is, or it is an address that
    /// only this machine or its network has although the registry is elsewhere (go-containerregistry,
    /// `pkg/v1/remote/transport/bearer.go` `validateRealmURL`).
    pub(crate) fn objection(&self, registry: &str) -> Option<&'static str> {
        let (scheme, rest) = self.realm.split_once("://").unwrap_or(("", &self.realm));
        let is_encrypted = scheme == "https";
        let is_plain = scheme == "http" && registry.starts_with("http://");
        if !is_encrypted && !is_plain {
            return Some("it is not encrypted");
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains('@') {
            return Some("there is a user in it");
        }
        let registry = registry.split_once("://").map_or(registry, |(_, host)| host);
        (is_near(host) && !is_near(registry)).then_some("it is inside of a network")
    }
}

/// Whether a host is an address of this machine or of a private network.
fn is_near(host: &str) -> bool {
    use std::net::IpAddr;
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    match name.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        Ok(IpAddr::V6(address)) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || address.to_ipv4_mapped().is_some()
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests;
