//! Signatures of artifacts by key, as cosign makes them: bundles that refer to an artifact (version 3), and before
//! that a manifest that is tagged after it (sigstore/cosign, `specs/SIGNATURE_SPEC.md` and `specs/BUNDLE_SPEC.md`).
//!
//! An artifact counts as signed where one signature is good: by one of the keys, over a text that names its digest. No
//! log of signatures is asked, as Flux does not for keys (source-controller, `internal/oci/cosign/cosign.go`).

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Node, Origin};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;
use webpki::ring::{ECDSA_P256_SHA256, ECDSA_P384_SHA256, ED25519, RSA_PKCS1_2048_8192_SHA256};

use super::Digest;
use super::registry::Registry;
use crate::Error;
use crate::access::wrong;

/// How the keys that cosign makes and takes are verified with.
const ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 4] =
    [ECDSA_P256_SHA256, ECDSA_P384_SHA256, ED25519, RSA_PKCS1_2048_8192_SHA256];

/// How many signatures of an artifact are looked at, and how large one may be.
const MAX_SIGNATURES: usize = 64;
const MAX_SIGNATURE: u64 = 1 << 20;

/// Where a layer has its signature.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// What the layers of bundles are.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// Public keys of those who may sign artifacts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Keys(Vec<SubjectPublicKeyInfoDer<'static>>);

impl Keys {
    /// The keys of a Secret: what it has under names that end in `.pub`, PEM.
    ///
    /// # Errors
    /// There is none, or one is no key.
    pub fn of_secret(data: &BTreeMap<String, Vec<u8>>) -> Result<Keys, Error> {
        let written = data.iter().filter(|(name, _)| name.ends_with(".pub"));
        let keys: Result<Vec<_>, Error> = written
            .map(|(name, pem)| {
                let none = |_| wrong(&format!("`{name}` is no public key in PEM"));
                let key = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(none)?;
                RawPublicKeyEntity::try_from(&key)
                    .map_err(|_| wrong(&format!("`{name}` is no public key")))?;
                Ok(key)
            })
            .collect();
        let keys = keys?;
        if keys.is_empty() {
            return Err(wrong("it has no key under a name that ends in `.pub`"));
        }
        Ok(Keys(keys))
    }

    /// Looks for a good signature of the artifact that a digest is.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub(super) fn verify(&self, registry: &Registry, digest: &Digest) -> Result<(), Error> {
        let signatures = Signature::all(registry, digest)?;
        let is_good = |signature: &Signature| signature.names(digest) && self.signed(signature);
        if signatures.iter().any(is_good) {
            return Ok(());
        }
        let why = match signatures.len() {
            0 => "it is not signed: sign it with `cosign sign --key KEY`".to_owned(),
            count => {
                format!("of its {count} signatures none is by a key of `spec.verify.secretRef`")
            }
        };
        let what = format!("{}: {why}", registry.named(digest.as_str()));
        Err(Error::Unsigned { what, reason: "VerificationError" })
    }

    fn signed(&self, signature: &Signature) -> bool {
        self.0.iter().filter_map(|key| RawPublicKeyEntity::try_from(key).ok()).any(|key| {
            ALGORITHMS.into_iter().any(|algorithm| {
                key.verify_signature(algorithm, &signature.message, &signature.signature).is_ok()
            })
        })
    }
}

/// A signature.
struct Signature {
    /// What was signed.
    message: Vec<u8>,
    /// The part of that which names the artifact, JSON.
    claim: Vec<u8>,
    signature: Vec<u8>,
}

impl Signature {
    /// All of an artifact. What cannot be read as one is none.
    fn all(registry: &Registry, digest: &Digest) -> Result<Vec<Signature>, Error> {
        let mut signatures = Vec::new();
        let hex = digest.hex();
        for manifest in registry.referrers(digest)?.iter().take(MAX_SIGNATURES) {
            let Some(manifest) = read(&registry.manifest(manifest.as_str())?) else { continue };
            let is_bundle = |layer: &Layer| layer.media_type.starts_with(BUNDLE);
            for layer in layers(&manifest).into_iter().filter(is_bundle).take(1) {
                let bundle = read(&small(registry, &layer.digest)?);
                signatures.extend(bundle.and_then(|bundle| Signature::of_bundle(&bundle)));
            }
        }
        // What is tagged after the artifact is from before there were bundles.
        let before = registry.manifest_if_any(&format!("sha256-{hex}.sig"))?;
        let before = before.and_then(|bytes| read(&bytes));
        for layer in before.iter().flat_map(layers).take(MAX_SIGNATURES) {
            let Some(signature) = layer.signature.and_then(|text| decoded(&text)) else { continue };
            let message = small(registry, &layer.digest)?;
            signatures.push(Signature { claim: message.clone(), message, signature });
        }
        Ok(signatures)
    }

    /// That of a bundle (DSSE, `protocol.md`).
    fn of_bundle(bundle: &Node) -> Option<Signature> {
        let envelope = bundle.get("dsseEnvelope")?;
        let kind = envelope.str_at(&["payloadType"])?;
        let claim = decoded(envelope.str_at(&["payload"])?)?;
        let signature = envelope.get("signatures")?.as_list()?.first()?.str_at(&["sig"])?;
        let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), claim.len()).into_bytes();
        message.extend_from_slice(&claim);
        Some(Signature { message, claim, signature: decoded(signature)? })
    }

    /// Whether it is for that artifact.
    fn names(&self, digest: &Digest) -> bool {
        let Some(claim) = read(&self.claim) else { return false };
        let before = claim.str_at(&["critical", "image", "docker-manifest-digest"]);
        let subjects = claim.get("subject").and_then(Node::as_list).unwrap_or_default();
        let is_it = |subject: &Node| subject.str_at(&["digest", "sha256"]) == Some(digest.hex());
        before == Some(digest.as_str()) || subjects.iter().any(is_it)
    }
}

/// A layer that may have to do with a signature.
struct Layer {
    media_type: String,
    digest: Digest,
    signature: Option<String>,
}

fn layers(manifest: &Node) -> Vec<Layer> {
    let layers = manifest.get("layers").and_then(Node::as_list).unwrap_or_default();
    let layer = |node: &Node| {
        Some(Layer {
            media_type: node.str_at(&["mediaType"]).unwrap_or_default().to_owned(),
            digest: Digest::parse(node.str_at(&["digest"])?)?,
            signature: node.str_at(&["annotations", SIGNATURE]).map(str::to_owned),
        })
    };
    layers.iter().filter_map(layer).collect()
}

/// A small layer, if it is what its digest says; else nothing.
fn small(registry: &Registry, digest: &Digest) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut body = registry.blob(digest, MAX_SIGNATURE)?;
    registry.in_time(body.read_to_end(&mut bytes).map_err(Error::of_io))?;
    if Digest::of(&bytes) != *digest {
        bytes.clear();
    }
    Ok(bytes)
}

fn read(bytes: &[u8]) -> Option<Node> {
    manifest::json::read(bytes, Origin::NONE).ok()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
