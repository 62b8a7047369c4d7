//! What a server is shown, and how it is known: from the Secret of a source, as Flux reads it.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::Error;

/// Credentials for a server, and who vouches for it. Nothing of it is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The header that says who asks.
    pub(crate) authorization: Option<HeaderValue>,
    /// The authorities of the server's certificate, PEM; those of the machine where there are none.
    pub(crate) authorities: Option<Vec<u8>>,
    /// Whether those of the machine count as well.
    pub(crate) trusts_machine: bool,
    /// A certificate of our own.
    pub(crate) certificate: Option<Certificate>,
    /// What a server is asked with over ssh.
    pub(crate) ssh: Option<Identity>,
    /// What the server of tokens of a registry is given instead of a password.
    pub(crate) refresh_token: Option<String>,
}

/// A certificate and its key, PEM.
pub(crate) type Certificate = (Vec<u8>, Vec<u8>);

/// A key for ssh, and the servers that are known.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The private key, PEM.
    pub(crate) key: Vec<u8>,
    /// What the key is encrypted with.
    pub(crate) password: Option<String>,
    /// Lines of a `known_hosts` file.
    pub(crate) known_hosts: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access")
    }
}

impl Access {
    /// What the `data` of a Secret (decoded) says for the server at `url`. The rules are those of fluxcd/pkg
    /// `git/options.go`: `username` and `password`, or `bearerToken`; `ca.crt`, else `caFile`;
    /// `tls.crt` with `tls.key`; for ssh `identity` with `known_hosts`, and `password` for the key.
    ///
    /// # Errors
    /// Something is missing, or there is too much of it. No error shows what a Secret holds.
    pub fn of_secret(url: &str, data: &BTreeMap<String, Vec<u8>>) -> Result<Access, Error> {
        let bytes = |key: &str| data.get(key).filter(|bytes| !bytes.is_empty());
        let text = |key: &'static str| {
            let text = bytes(key).map(|bytes| String::from_utf8(bytes.clone()));
            text.transpose().map_err(|_| wrong(&format!("its `{key}` is no text")))
        };
        if url.starts_with("ssh://") {
            let (Some(key), Some(known_hosts)) = (bytes("identity"), text("known_hosts")?) else {
                return Err(wrong("for ssh it needs `identity` and `known_hosts`"));
            };
            let password = text("password")?;
            let ssh = Some(Identity { key: key.clone(), password, known_hosts });
            return Ok(Access { ssh, ..Access::default() });
        }
        let (user, password, token) = (text("username")?, text("password")?, text("bearerToken")?);
        let has_both = token.is_some() && password.is_some();
        if has_both {
            return Err(wrong("it has `bearerToken` and `password`: keep one of them"));
        }
        let authorization = match (user, password, token) {
            (_, _, Some(token)) => Some(format!("Bearer {token}")),
            (None, None, None) => None,
            (user, password, None) => {
                let (Some(user), Some(password)) = (user, password) else {
                    return Err(wrong("it needs both `username` and `password`"));
                };
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
        };
        Ok(Access {
            authorization: authorization.map(header).transpose()?,
            authorities: bytes("ca.crt").or_else(|| bytes("caFile")).cloned(),
            certificate: certificate(data)?,
            ..Access::default()
        })
    }

    /// Makes a digest of it one of this access.
    pub(crate) fn update(&self, hasher: &mut Sha256) {
        let Access { authorization, authorities, trusts_machine, certificate, .. } = self;
        let Access { ssh, refresh_token, .. } = self;
        let (certificate, key) =
            certificate.as_ref().map_or((None, None), |(a, b)| (Some(a), Some(b)));
        let identity = ssh.as_ref().map(|ssh| &ssh.key);
        let hosts = ssh.as_ref().map(|ssh| ssh.known_hosts.as_bytes());
        let parts = [
            authorization.as_ref().map(HeaderValue::as_bytes),
            authorities.as_deref(),
            certificate.map(Vec::as_slice),
            key.map(Vec::as_slice),
            identity.map(Vec::as_slice),
            hosts,
            refresh_token.as_ref().map(String::as_bytes),
            trusts_machine.then_some(&[][..]),
        ];
        for part in parts {
            hasher.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hasher.update(part.unwrap_or_default());
        }
    }

    /// The same with the user and password that a URL holds, where there is nothing else to show; and the
    /// URL without them.
    ///
    /// # Errors
    /// They cannot be sent.
    pub(crate) fn with_url(&self, url: &str) -> Result<(Access, String), Error> {
        let mut access = self.clone();
        let Some((scheme, rest)) = url.split_once("://").filter(|(it, _)| it.starts_with("http"))
        else {
            return Ok((access, url.to_owned()));
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let Some(at) = rest[..end].rfind('@') else { return Ok((access, url.to_owned())) };
        if access.authorization.is_none() {
            let (user, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
            let both = [&decoded(user)[..], b":", &decoded(password)[..]].concat();
            access.authorization = Some(header(format!("Basic {}", STANDARD.encode(both)))?);
        }
        Ok((access, format!("{scheme}://{}", &rest[at + 1..])))
    }
}

/// The certificate of our own that a Secret holds, and its key.
pub(crate) fn certificate(data: &BTreeMap<String, Vec<u8>>) -> Result<Option<Certificate>, Error> {
    let bytes = |key: &str| data.get(key).filter(|bytes| !bytes.is_empty()).cloned();
    match (bytes("tls.crt"), bytes("tls.key")) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        _ => Err(wrong("it needs both `tls.crt` and `tls.key`")),
    }
}

pub(crate) fn wrong(what: &str) -> Error {
    Error::Access { what: format!("the Secret cannot be used: {what}") }
}

pub(crate) fn header(text: String) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| wrong("what it holds cannot be sent: it has line breaks in it"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Text of a URL without its percent signs.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(|_| byte == b'%') {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
