//! Signatures by PGP keys (RFC 9580), over what go-crypto asks of them for Flux (ProtonMail/go-crypto v1.4.1,
//! `openpgp/read.go` and `openpgp/keys.go`; Flux calls it without a configuration).
//!
//! A signature counts by a primary key or a subkey that may sign, and that its owner vouched for. Neither may be
//! revoked or expired, nor the signature. Go-crypto refuses MD5 and RIPEMD-160, but takes SHA-1 in signatures of
//! version 4. Here SHA-1 is refused for commits and tags, as two of them may have one digest; keys may be bound with
//! it, as many old ones are, and the library looks for known ways to collisions.

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, SubpacketData};
use pgp::types::{Duration, KeyDetails, Tag, Timestamp};

/// How many signatures of one object are looked at.
const MAX_SIGNATURES: usize = 16;

/// The public key of somebody who may sign, with its subkeys.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key(SignedPublicKey);

impl Key {
    /// The keys of an armored block; nothing where none can be read.
    pub(super) fn all(bytes: &[u8]) -> Option<Vec<Key>> {
        let (keys, _) = SignedPublicKey::from_armor_many_buf(bytes).ok()?;
        // What this cannot read, others may sign with; the keys beside it count.
        let keys: Vec<Key> = keys.filter_map(Result::ok).map(Key).collect();
        (!keys.is_empty()).then_some(keys)
    }

    /// The ID of the primary key, as Flux shows it.
    pub(super) fn name(&self) -> String {
        id(&self.0.primary_key)
    }

    /// The newest good signatures by which the owner says what the primary key is for: with a user ID, and alone.
    fn vouches(&self) -> Vec<&Signature> {
        let key = &self.0.primary_key;
        let details = &self.0.details;
        let users = details.users.iter().filter_map(|user| {
            let good = user.signatures.iter().filter(|it| {
                is_strong(it) && it.verify_certification(key, Tag::UserId, &user.id).is_ok()
            });
            // The newest counts, and it may take the name back.
            newest(good).filter(|it| it.typ() != Some(SignatureType::CertRevocation))
        });
        let direct = details.direct_signatures.iter();
        let direct = newest(direct.filter(|it| is_strong(it) && it.verify_key(key).is_ok()));
        newest(users).into_iter().chain(direct).collect()
    }

    /// Why nothing may be signed with the primary key now, if so.
    fn fault(&self, now: Timestamp) -> Option<&'static str> {
        let key = &self.0.primary_key;
        let mut revocations = self.0.details.revocation_signatures.iter();
        if revocations.any(|it| it.verify_key(key).is_ok()) {
            return Some("is revoked");
        }
        let vouches = self.vouches();
        if vouches.is_empty() {
            return Some("has no user ID that it signed itself");
        }
        fault(key.created_at(), &vouches, now)
    }

    /// Why nothing may be signed with one of its subkeys now, if so.
    fn fault_of_subkey(&self, subkey: &SignedPublicSubKey, now: Timestamp) -> Option<&'static str> {
        let primary = &self.0.primary_key;
        let good = |it: &&Signature| it.verify_subkey_binding(primary, &subkey.key).is_ok();
        let is_revocation = |it: &&Signature| it.typ() == Some(SignatureType::SubkeyRevocation);
        if subkey.signatures.iter().filter(is_revocation).any(|it| good(&it)) {
            return Some("is revoked");
        }
        let bindings = subkey.signatures.iter().filter(|it| is_strong(it) && good(it));
        let Some(binding) = newest(bindings) else {
            return Some("is not bound to its primary key");
        };
        if !binding.key_flags().sign() {
            return Some("is not for signing");
        }
        // The subkey says as well that it belongs there; else somebody may have taken it in.
        let back = binding.embedded_signature();
        let Some(back) = back.filter(|it| {
            is_strong(it) && it.verify_primary_key_binding(&subkey.key, primary).is_ok()
        }) else {
            return Some("does not say that it belongs to its primary key");
        };
        let of_signatures = signature_fault(back, now);
        fault(subkey.key.created_at(), &[binding], now).or(of_signatures)
    }
}

/// Whose signature of `content` it is: the ID of the primary key.
///
/// # Errors
/// It is by nobody of `keys`, of something else, or does not count any more.
pub(super) fn signer(keys: &[Key], signature: &str, content: &[u8]) -> Result<String, String> {
    let unreadable = || "its PGP signature cannot be read: sign it again".to_owned();
    let (signatures, _) = DetachedSignature::from_armor_many_buf(signature.trim().as_bytes())
        .map_err(|_| unreadable())?;
    let signatures: Vec<Signature> = signatures
        .take(MAX_SIGNATURES)
        .map_while(Result::ok)
        .map(|detached| detached.signature)
        .collect();
    if signatures.is_empty() {
        return Err(unreadable());
    }
    let now = Timestamp::now();
    let mut why = None;
    for signature in &signatures {
        for key in keys {
            match of_key(key, signature, content, now) {
                Some(Ok(())) => return Ok(key.name()),
                Some(Err(error)) => why = Some(error),
                None => {}
            }
        }
    }
    let issuer = signatures.iter().find_map(issuer).unwrap_or_else(|| "of unknown ID".to_owned());
    Err(why.unwrap_or_else(|| {
        format!(
            "it is signed by the PGP key {issuer}, which is not in `spec.verify.secretRef`: \
             if it may sign, add its public key as `NAME.asc`"
        )
    }))
}

/// Whether a signature is a good one by a key or a subkey; nothing where it says that it is by none of them.
fn of_key(
    key: &Key,
    signature: &Signature,
    content: &[u8],
    now: Timestamp,
) -> Option<Result<(), String>> {
    let primary = &key.0.primary_key;
    if is_by(signature, primary) {
        let vouches = key.vouches();
        let not_for =
            (!vouches.iter().any(|it| it.key_flags().sign())).then_some("is not for signing");
        let fault = key.fault(now).or(not_for);
        let is_good = signature.verify(primary, content).is_ok();
        return Some(judged(&id(primary), signature, is_good, fault, now));
    }
    let subkey = key.0.public_subkeys.iter().find(|it| is_by(signature, &it.key))?;
    let fault = key.fault(now).or_else(|| key.fault_of_subkey(subkey, now));
    let is_good = signature.verify(&subkey.key, content).is_ok();
    Some(judged(&id(&subkey.key), signature, is_good, fault, now))
}

fn judged(
    name: &str,
    signature: &Signature,
    is_good: bool,
    fault: Option<&'static str>,
    now: Timestamp,
) -> Result<(), String> {
    let by = format!("its signature by the PGP key {name}");
    let is_of_data = matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text));
    let is_sha1 = signature.hash_alg() == Some(HashAlgorithm::Sha1);
    if !is_of_data {
        return Err(format!("{by} is not one of a file: sign it again"));
    }
    if !is_strong(signature) || is_sha1 {
        return Err(format!("{by} has a weak digest (MD5 or SHA-1): sign it again with SHA-256"));
    }
    if !is_good {
        return Err(format!("{by} is not good: it was changed after it was signed"));
    }
    if let Some(fault) = fault {
        return Err(format!(
            "it is signed by the PGP key {name}, which {fault}: sign it with another key, or put \
             the key as it is now into `spec.verify.secretRef`"
        ));
    }
    match signature_fault(signature, now) {
        Some(fault) => Err(format!("{by} {fault}: sign it again")),
        None => Ok(()),
    }
}

/// Why a key does not count that was made then, and of which this is said.
fn fault(made: Timestamp, said: &[&Signature], now: Timestamp) -> Option<&'static str> {
    let is_over = said.iter().any(|it| {
        let lifetime = it.key_expiration_time().map_or(0, Duration::as_secs);
        is_over(made, lifetime, now)
    });
    match is_over {
        true => Some("has expired"),
        false => said.iter().find_map(|it| signature_fault(it, now)),
    }
}

/// Why a signature does not count, if so.
fn signature_fault(signature: &Signature, now: Timestamp) -> Option<&'static str> {
    let lifetime = signature.signature_expiration_time().map_or(0, Duration::as_secs);
    let is_expired = signature.created().is_none_or(|made| is_over(made, lifetime, now));
    if is_expired {
        return Some("has expired");
    }
    // What is critical and not known must not be passed over.
    let mut said = signature.config().into_iter().flat_map(SignatureConfig::hashed_subpackets);
    let unknown = said.any(|it| {
        let is_known = !matches!(
            it.data,
            SubpacketData::Notation(_) | SubpacketData::Experimental(..) | SubpacketData::Other(..)
        );
        it.is_critical && !is_known
    });
    unknown.then_some("has a condition that is not known here")
}

/// Whether it is over, or not yet begun. No lifetime is for ever.
fn is_over(made: Timestamp, lifetime: u32, now: Timestamp) -> bool {
    let (made, now) = (u64::from(made.as_secs()), u64::from(now.as_secs()));
    made > now || (lifetime != 0 && now > made + u64::from(lifetime))
}

/// Whether a digest counts at all.
fn is_strong(signature: &Signature) -> bool {
    !matches!(
        signature.hash_alg(),
        None | Some(HashAlgorithm::None | HashAlgorithm::Md5 | HashAlgorithm::Ripemd160)
    )
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|it| it.created().map_or(0, Timestamp::as_secs))
}

/// Whether a signature says that it is by a key.
fn is_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    signature.issuer_key_id().into_iter().any(|id| *id == key.legacy_key_id())
        || signature.issuer_fingerprint().into_iter().any(|it| *it == key.fingerprint())
}

fn issuer(signature: &Signature) -> Option<String> {
    let id = signature.issuer_key_id().into_iter().next().map(|id| hex(id.as_ref()));
    let of_fingerprint = || {
        let fingerprint = signature.issuer_fingerprint().into_iter().next();
        fingerprint.map(|it| hex(it.as_bytes()))
    };
    id.or_else(of_fingerprint)
}

fn id(key: &impl KeyDetails) -> String {
    hex(key.legacy_key_id().as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
