//! Where artifacts are: `oci://HOST/REPOSITORY`, in commands with a tag or a digest.

use std::fmt;

use super::{Digest, Reference};
use crate::Error;

/// What an address begins with.
const SCHEME: &str = "oci://";

/// The registry of those who name none.
const DOCKER: &str = "index.docker.io";

/// How long the name of a repository and a tag may be.
const MAX_REPOSITORY: usize = 255;
const MAX_TAG: usize = 128;

/// A repository of a registry.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    /// The registry, with its port where that is written.
    pub(crate) host: String,
    /// The repository in it.
    pub(crate) repository: String,
    /// Whether it is asked without TLS.
    pub(crate) is_insecure: bool,
}

/// `HOST/REPOSITORY`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)
    }
}

impl Address {
    /// Reads `oci://HOST/REPOSITORY` as go-containerregistry reads it (`pkg/name`): what has no dot, no port
    /// and is not `localhost` is no host, but a part of a repository of Docker's registry.
    ///
    /// # Errors
    /// It is something else, or has a tag.
    pub fn parse(url: &str) -> Result<Address, Error> {
        match Address::parse_artifact(url)? {
            (address, None) => Ok(address),
            (_, Some(reference)) => {
                let tag = reference.written();
                Err(wrong(url, &format!("it must not have a tag or digest: remove `{tag}`")))
            }
        }
    }

    /// Reads `oci://HOST/REPOSITORY`, `oci://HOST/REPOSITORY:TAG` or `oci://HOST/REPOSITORY@DIGEST`.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse_artifact(url: &str) -> Result<(Address, Option<Reference>), Error> {
        let name = url.strip_prefix(SCHEME).ok_or_else(|| wrong(url, "it begins otherwise"))?;
        let (name, digest) =
            name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
        let is_tag = |(_, tag): &(&str, &str)| !tag.contains('/');
        let (name, tag) = name
            .rsplit_once(':')
            .filter(is_tag)
            .map_or((name, None), |(name, tag)| (name, Some(tag)));
        let reference = match (digest, tag) {
            (Some(digest), _) => {
                let digest = Digest::parse(digest);
                Some(Reference::Digest(digest.ok_or_else(|| wrong(url, "its digest is none"))?))
            }
            (None, Some(tag)) if is_tag_name(tag) => Some(Reference::Tag(tag.to_owned())),
            (None, Some(_)) => return Err(wrong(url, "its tag is none")),
            (None, None) => None,
        };
        let (host, repository) = match name.split_once('/') {
            Some((host, rest)) if host == "localhost" || host.contains(['.', ':']) => (host, rest),
            _ => (DOCKER, name),
        };
        let host = if host == "docker.io" { DOCKER } else { host };
        let is_host = |char: char| char.is_ascii_alphanumeric() || ".:-_[]".contains(char);
        if !host.chars().all(is_host) {
            return Err(wrong(url, "its host is none"));
        }
        if !is_repository(repository) {
            return Err(wrong(url, "its repository is none"));
        }
        let is_bare = host == DOCKER && !repository.contains('/');
        let repository = format!("{}{repository}", if is_bare { "library/" } else { "" });
        Ok((Address { host: host.to_owned(), repository, is_insecure: false }, reference))
    }

    /// The same, asked without TLS if `is_insecure`.
    pub fn insecure(self, is_insecure: bool) -> Address {
        Address { is_insecure, ..self }
    }

    /// Whether the registry is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let name = match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &self.host,
        };
        matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost")
    }
}

/// Whether a tag may be called so (distribution specification).
pub(crate) fn is_tag_name(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = tag.bytes();
    tag.len() <= MAX_TAG
        && bytes.next().is_some_and(is_word)
        && bytes.all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn is_repository(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        part.bytes().next().is_some_and(is_letter)
            && part.bytes().all(|byte| is_letter(byte) || b"._-".contains(&byte))
    };
    name.len() <= MAX_REPOSITORY && name.split('/').all(is_part)
}

fn wrong(url: &str, why: &str) -> Error {
    let has_user = url.split_once('@').is_some_and(|(_, rest)| !rest.starts_with("sha256:"));
    let what = match has_user {
        // It may be a password.
        true => {
            "the URL of an artifact has no user in it: put the credentials elsewhere".to_owned()
        }
        false => format!("`{url}` is no address, {why}: write it as `oci://HOST/ORG/REPOSITORY`"),
    };
    Error::Artifact { what }
}

#[cfg(test)]
mod tests;
