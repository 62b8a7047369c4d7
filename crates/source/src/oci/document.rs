//! What a registry says of an artifact: a manifest with layers, or an index of manifests.

use std::collections::BTreeMap;

use manifest::{Node, Origin};

use super::{Digest, Selector};
use crate::Error;

/// The media types that are asked for and understood.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// The header that asks for them.
pub(crate) fn accept() -> String {
    format!("accept: {MANIFEST}, {INDEX}, {DOCKER_MANIFEST}, {DOCKER_INDEX}")
}

/// What a digest leads to.
pub(crate) enum Document {
    Manifest(Manifest),
    /// The manifest of an index that is taken.
    Index(Digest),
}

/// The manifest of an artifact.
pub(crate) struct Manifest {
    pub(crate) layers: Vec<Layer>,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// A layer of an artifact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layer {
    /// What it is.
    pub media_type: String,
    /// Its name.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
    /// What is said of it.
    pub annotations: BTreeMap<String, String>,
}

impl Document {
    /// Reads what a registry answered. Of an index the manifest for Linux on amd64 is taken, as
    /// go-containerregistry takes it (`pkg/v1/remote/index.go`); one that names no platform is for that.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn read(bytes: &[u8]) -> Result<Document, Error> {
        let wrong = |why: &str| Error::Artifact { what: format!("its manifest is none: {why}") };
        let root =
            manifest::json::read(bytes, Origin::NONE).map_err(|error| wrong(&error.to_string()))?;
        let list = |key: &str| root.get(key).and_then(Node::as_list);
        match (list("layers"), list("manifests")) {
            (Some(layers), None) => {
                let layers: Option<Vec<_>> = layers.iter().map(Layer::read).collect();
                let layers = layers.ok_or_else(|| wrong("a layer has no digest or no size"))?;
                Ok(Document::Manifest(Manifest { layers, annotations: annotations(&root) }))
            }
            (None, Some(manifests)) => {
                let none = "it is an index without a manifest for linux/amd64";
                let taken = manifests.iter().find(|manifest| is_ours(manifest));
                let taken = taken.ok_or_else(|| wrong(none))?;
                let digest = taken.str_at(&["digest"]).and_then(Digest::parse);
                digest.map(Document::Index).ok_or_else(|| wrong("it is an index without digests"))
            }
            _ => Err(wrong("it has to have either `layers` or `manifests`")),
        }
    }
}

fn is_ours(manifest: &Node) -> bool {
    let Some(platform) = manifest.get("platform") else { return true };
    platform.str_at(&["os"]) == Some("linux") && platform.str_at(&["architecture"]) == Some("amd64")
}

fn annotations(node: &Node) -> BTreeMap<String, String> {
    let written = node.get("annotations").and_then(Node::as_map);
    let pair =
        |(key, value): (&manifest::Key, &Node)| Some((key.to_string(), value.as_str()?.to_owned()));
    written.into_iter().flat_map(manifest::Map::iter).filter_map(pair).collect()
}

impl Layer {
    fn read(node: &Node) -> Option<Layer> {
        Some(Layer {
            media_type: node.str_at(&["mediaType"]).unwrap_or_default().to_owned(),
            digest: Digest::parse(node.str_at(&["digest"])?)?,
            size: node.get("size")?.as_int()?.try_into().ok()?,
            annotations: annotations(node),
        })
    }
}

impl Manifest {
    /// The layer that is wanted.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn layer(&self, selector: &Selector) -> Result<&Layer, Error> {
        let is_wanted = |layer: &&Layer| {
            selector.media_type.as_ref().is_none_or(|wanted| layer.media_type == *wanted)
        };
        self.layers.iter().find(is_wanted).ok_or_else(|| {
            let what = match &selector.media_type {
                Some(wanted) => {
                    let mut there: Vec<_> =
                        self.layers.iter().map(|layer| layer.media_type.as_str()).collect();
                    there.dedup();
                    there.truncate(8);
                    let there = there.join(", ");
                    format!("the artifact has no layer of media type `{wanted}`; it has: {there}")
                }
                None => "the artifact has no layers".to_owned(),
            };
            Error::Artifact { what }
        })
    }
}
