//! Signatures by key, in both of cosign's forms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

use super::*;
use crate::oci::cosign::Keys;

fn keys(pairs: &[&KeyPair]) -> Result<Keys, Error> {
    let name = |(number, pair): (usize, &&KeyPair)| {
        (format!("{number}.pub"), pair.public_key_pem().into_bytes())
    };
    Keys::of_secret(&pairs.iter().enumerate().map(name).collect())
}

fn sign(pair: &KeyPair, message: &[u8]) -> String {
    let (pkcs8, random) = (pair.serialize_der(), SystemRandom::new());
    let signature = match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8) {
        Ok(key) => key.sign(message).as_ref().to_vec(),
        Err(_) => {
            let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let key = EcdsaKeyPair::from_pkcs8(signing, &pkcs8, &random).unwrap();
            key.sign(&random, message).unwrap().as_ref().to_vec()
        }
    };
    STANDARD.encode(signature)
}

/// What is signed of an artifact, before there were bundles.
fn claim(digest: &Digest) -> String {
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":""}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
    )
}

struct Signer<'a> {
    registry: Registry,
    pair: &'a KeyPair,
}

impl Signer<'_> {
    fn manifest(&self, layer: &str, media_type: &str, annotations: &str) -> String {
        let digest = self.registry.upload(layer.to_owned().into()).unwrap();
        let config = self.registry.upload("{}".into()).unwrap();
        let size = layer.len();
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{{"mediaType":"x","digest":"{config}","size":2}},
            "layers":[{{"mediaType":"{media_type}","digest":"{digest}","size":{size},"annotations":{{{annotations}}}}}]}}"#
        )
    }

    /// Tags a signature after `signed` that says it is for `named`.
    fn tag(&self, signed: &Digest, named: &Digest) {
        let claim = claim(named);
        let signature = sign(self.pair, claim.as_bytes());
        let annotations = format!(r#""dev.cosignproject.cosign/signature":"{signature}""#);
        let kind = "application/vnd.dev.cosign.simplesigning.v1+json";
        let manifest = self.manifest(&claim, kind, &annotations);
        self.registry
            .put_manifest(&format!("sha256-{}.sig", signed.hex()), manifest.into())
            .unwrap();
    }

    /// Has a bundle refer to an artifact, as in a registry that does not list what refers.
    fn refer(&self, signed: &Digest) {
        let kind = "application/vnd.in-toto+json";
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{}"}}}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{{}}}}"#,
            signed.hex()
        );
        let message = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
        let (payload, signature) =
            (STANDARD.encode(&statement), sign(self.pair, message.as_bytes()));
        let bundle = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{"hint":"x"}}}},"dsseEnvelope":{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"sig":"{signature}"}}]}}}}"#
        );
        let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let manifest = self.manifest(&bundle, media_type, "");
        let (digest, size) = (Digest::of(manifest.as_bytes()), manifest.len());
        self.registry.put_manifest(digest.as_str(), manifest.into()).unwrap();
        let index = format!(
            r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"mediaType":"{MANIFEST}","digest":"{digest}","size":{size},"artifactType":"{media_type}"}}]}}"#
        );
        self.registry.put(&format!("sha256-{}", signed.hex()), index.into(), INDEX).unwrap();
    }
}

#[test]
fn who_signed() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (url, anyone) = (registry.url("org/app"), Access::default());
    let store = store(&registry, &anyone);
    let (pair, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let edwards = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let trusted = keys(&[&edwards, &pair]).unwrap();
    let signer = |pair| Signer {
        registry: Registry::new(&Address::parse(&url).unwrap(), &anyone, Right::Push, LONG)
            .unwrap(),
        pair,
    };
    let put = |name: &str| put(&url, name, &[("a", name)], &anyone);
    let said = |reference: Reference, keys: &Keys| {
        let keys = Some(keys.clone());
        shown(&store, &Wanted { reference, layer: Selector::default(), keys })
    };
    let check = |name: &str, digest: &Digest, why: Option<&str>| {
        let tagged = said(Reference::Tag(name.to_owned()), &trusted);
        let named = said(Reference::Digest(digest.clone()), &trusted);
        match why {
            None => {
                check_eq(&tagged, &format!("{name}@{digest}\na: {name}\n"));
                check_eq(&named, &format!("{digest}\na: {name}\n"));
            }
            Some(why) => {
                check_eq(&tagged, &format!("HOST/org/app@{digest}: {why}"));
                check_eq(&named, &tagged);
            }
        }
    };
    let none = "it is not signed: sign it with `cosign sign --key KEY`";
    let strange = "of its 1 signatures none is by a key of `spec.verify.secretRef`";

    let digest = put("bare");
    check("bare", &digest, Some(none));
    let digest = put("strange");
    signer(&stranger).tag(&digest, &digest);
    check("strange", &digest, Some(strange));
    let other = put("tagged");
    signer(&pair).tag(&other, &other);
    check("tagged", &other, None);
    // A good signature of something else.
    let digest = put("moved");
    signer(&pair).tag(&digest, &other);
    check("moved", &digest, Some(strange));
    let digest = put("bundled");
    signer(&pair).refer(&digest);
    check("bundled", &digest, None);
    let digest = put("edwards");
    signer(&edwards).refer(&digest);
    check("edwards", &digest, None);
    let digest = put("strangely-bundled");
    signer(&stranger).refer(&digest);
    check("strangely-bundled", &digest, Some(strange));
    // What was good by other keys is not good by these, and is not fetched without a look.
    let others = keys(&[&stranger]).unwrap();
    let wanted = Wanted { keys: Some(others), ..tag("tagged") };
    assert_eq!(store.last(&wanted), None);
    assert!(shown(&store, &wanted).contains(strange));
}

#[test]
fn keys_of_secrets() {
    let check = |entries: &[(&str, &str)], expected: &str| {
        let entries =
            entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec()));
        let error = Keys::of_secret(&entries.collect()).unwrap_err().chain();
        check_eq(&error, &format!("the Secret cannot be used: {expected}"));
    };
    check(&[("a.pem", "x")], "it has no key under a name that ends in `.pub`");
    check(&[("a.pub", "canary")], "`a.pub` is no public key in PEM");
    let empty = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    check(&[("a.pub", empty)], "`a.pub` is no public key");
    let large = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    assert!(keys(&[&large]).is_ok());
}
