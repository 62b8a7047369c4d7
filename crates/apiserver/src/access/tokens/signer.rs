//! The key of a cluster that signs the tokens of service accounts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use manifest::{Node, Origin, Text, json};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use sha2::{Digest, Sha256};

use crate::make::{list, map, text};

/// How long a token may be.
const LONGEST: usize = 16 * 1024;
/// What comes before a point of P-256 in a `SubjectPublicKeyInfo` (RFC 5480).
const PUBLIC_KEY_INFO: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A key pair of P-256.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    /// What the key is found by: the hash of its public half.
    id: Text,
}

/// There is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[error("the key that signs tokens cannot be {0}")]
pub(crate) struct NoKey(&'static str);

impl Signer {
    /// A new key, in PKCS #8.
    pub(crate) fn generate() -> Result<Vec<u8>, NoKey> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        made.map(|document| document.as_ref().to_vec()).map_err(|_| NoKey("made"))
    }

    /// The key that was made once.
    pub(crate) fn new(pkcs8: &[u8]) -> Result<Signer, NoKey> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| NoKey("read"))?;
        let info = [PUBLIC_KEY_INFO, pair.public_key().as_ref()].concat();
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(info)).into();
        Ok(Signer { pair, random, id })
    }

    /// A token that says `claims`.
    pub(crate) fn sign(&self, claims: &Node) -> Result<String, NoKey> {
        let encoded = |node: &Node| {
            let mut text = String::new();
            json::write(node, json::Options::default(), &mut text);
            URL_SAFE_NO_PAD.encode(text)
        };
        let header = map([("alg", text("ES256")), ("kid", text(self.id.clone()))]);
        let signed = format!("{}.{}", encoded(&header), encoded(claims));
        let signature =
            self.pair.sign(&self.random, signed.as_bytes()).map_err(|_| NoKey("used"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What a token says that this key has signed.
    ///
    /// # Errors
    /// Why it has not, in the words of the API server.
    pub(crate) fn verify(&self, token: &str) -> Result<Node, String> {
        let refused = || "go-jose/go-jose: error in cryptographic primitive".to_owned();
        let (signed, signature) = token.rsplit_once('.').ok_or_else(refused)?;
        let (header, _) = signed.split_once('.').ok_or_else(refused)?;
        let header = part(header).ok_or_else(refused)?;
        if header.str_at(&["kid"]).is_some_and(|id| !id.is_empty() && id != self.id) {
            return Err("invalid signature, no keys found".to_owned());
        }
        if header.str_at(&["alg"]) != Some("ES256") {
            return Err(refused());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| refused())?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        key.verify(signed.as_bytes(), &signature).map_err(|_| refused())?;
        claimed(token).ok_or_else(refused)
    }

    /// The public half, as a set of keys (RFC 7517).
    pub(crate) fn key_set(&self) -> Node {
        // An uncompressed point: 4, then both coordinates.
        let point = self.pair.public_key().as_ref();
        let coordinate = |range: std::ops::Range<usize>| {
            text(URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default()))
        };
        let key = map([
            ("use", text("sig")),
            ("kty", text("EC")),
            ("kid", text(self.id.clone())),
            ("crv", text("P-256")),
            ("alg", text("ES256")),
            ("x", coordinate(1..33)),
            ("y", coordinate(33..65)),
        ]);
        map([("keys", list([key]))])
    }
}

/// What a token says, whether anybody signed it or not; `None` where it is no token.
pub(crate) fn claimed(token: &str) -> Option<Node> {
    let mut parts = token.split('.');
    let (claims, end) = (parts.nth(1)?, parts.nth(1));
    if end.is_some() || token.len() > LONGEST {
        return None;
    }
    part(claims)
}

fn part(encoded: &str) -> Option<Node> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    json::read(&bytes, Origin::NONE).ok()
}
