//! Artifacts into registries, as `flux push artifact` makes them.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use manifest::{Key, Node, Origin, Value, json};

use super::address::is_tag_name;
use super::document::MANIFEST;
use super::registry::{Registry, Right};
use super::{Address, Digest};
use crate::http::{Question, redirected};
use crate::{Access, Error};

/// What fluxcd/pkg `oci/globals.go` calls its parts.
const CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";

/// The configuration of an artifact: it says nothing, but registries want one. This is what Flux 2.9 pushes.
const NO_CONFIG: &str = "{\"architecture\":\"\",\"created\":\"0001-01-01T00:00:00Z\",\"os\":\"\",\
    \"rootfs\":{\"type\":\"layers\",\"diff_ids\":null},\"config\":{}}";

/// How many bytes an answer to something that is pushed may have.
const MAX_ANSWER: u64 = 1 << 20;

/// Pushes an archive (tar, gzip) as an artifact, and calls it `tag`; its digest. The manifest is that of Flux's
/// own (fluxcd/pkg, `oci/push.go`), byte for byte where the archive is.
///
/// # Errors
/// The registry does not take it, cannot be reached, or takes longer than `limit`.
pub fn push(
    address: &Address,
    tag: &str,
    archive: Vec<u8>,
    annotations: &BTreeMap<String, String>,
    access: &Access,
    limit: Duration,
) -> Result<Digest, Error> {
    if !is_tag_name(tag) {
        return Err(Error::Artifact { what: format!("no tag can be called `{tag}`") });
    }
    let registry = Registry::new(address, access, Right::Push, limit)?;
    let archive = Bytes::from(archive);
    let config = Bytes::from_static(NO_CONFIG.as_bytes());
    let parts = [descriptor(CONFIG, &config), descriptor(CONTENT, &archive)];
    registry.upload(archive)?;
    registry.upload(config)?;
    registry.put_manifest(tag, manifest(parts, annotations))
}

/// The manifest of an artifact with one layer, as Go writes it.
fn manifest([config, layer]: [Node; 2], annotations: &BTreeMap<String, String>) -> Bytes {
    let annotations = annotations.iter().map(|(key, value)| (&**key, text(value)));
    let fields = [
        ("schemaVersion", Node::new(Value::Int(2), Origin::NONE)),
        ("mediaType", text(MANIFEST)),
        ("config", config),
        ("layers", Node::new(Value::List([layer].into_iter().collect()), Origin::NONE)),
        ("annotations", map(annotations)),
    ];
    let mut written = String::new();
    let options = json::Options { sort_keys: false, ..json::Options::GO };
    json::write(&map(fields), options, &mut written);
    written.into()
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Node {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    map([
        ("mediaType", text(media_type)),
        ("size", Node::new(Value::Int(size), Origin::NONE)),
        ("digest", text(Digest::of(bytes).as_str())),
    ])
}

fn text(text: &str) -> Node {
    Node::string(text, Origin::NONE)
}

fn map<'a>(fields: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    let fields = fields.into_iter().map(|(key, node)| (Key::from(key), node));
    Node::new(Value::Map(fields.collect()), Origin::NONE)
}

impl Registry {
    /// Pushes a layer, unless it is there; its digest.
    ///
    /// # Errors
    /// The registry does not take it.
    pub(crate) fn upload(&self, bytes: Bytes) -> Result<Digest, Error> {
        let digest = Digest::of(&bytes);
        let url = self.url(&format!("blobs/{digest}"))?;
        if self.ask(&Question::new(Method::HEAD, &url), MAX_ANSWER)?.status.is_success() {
            return Ok(digest);
        }
        let refused = || format!("{} is not taken", self.named(digest.as_str()));
        let url = self.url("blobs/uploads/")?;
        let answer = self.ask(&Question::new(Method::POST, &url), MAX_ANSWER)?;
        let answer = self.succeeded(answer, refused)?;
        if answer.status == StatusCode::CREATED {
            return Ok(digest);
        }
        let none = || {
            let what = format!("{}: it does not say where it goes", refused());
            Error::Artifact { what }
        };
        let location = redirected(&url, answer.header("location").ok_or_else(none)?);
        let between = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{between}digest={}", digest.as_str().replace(':', "%3A"));
        let headers = ["content-type: application/octet-stream".to_owned()];
        let asked = Question { headers: &headers, body: bytes, ..Question::new(Method::PUT, &url) };
        self.succeeded(self.ask(&asked, MAX_ANSWER)?, refused)?;
        Ok(digest)
    }

    /// Pushes a manifest and calls it so; its digest.
    ///
    /// # Errors
    /// The registry does not take it.
    pub(crate) fn put_manifest(&self, name: &str, bytes: Bytes) -> Result<Digest, Error> {
        self.put(name, bytes, MANIFEST)
    }

    pub(super) fn put(&self, name: &str, bytes: Bytes, media_type: &str) -> Result<Digest, Error> {
        let digest = Digest::of(&bytes);
        let url = self.url(&format!("manifests/{name}"))?;
        let headers = [format!("content-type: {media_type}")];
        let asked = Question { headers: &headers, body: bytes, ..Question::new(Method::PUT, &url) };
        let refused = || format!("{} is not taken", self.named(name));
        self.succeeded(self.ask(&asked, MAX_ANSWER)?, refused)?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests;
