//! Objects that SOPS encrypted. Until somebody has the key, what they hold is unknown.
//!
//! Which objects Flux decrypts: `internal/decryptor/decryptor.go` of kustomize-controller 1.10.

use api::FluxKustomization;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Diagnostic, Node, Object, Text, Value};

use crate::generate::describe;

/// The annotation that keeps an object encrypted.
const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";

/// What SOPS puts around each value.
const ENCRYPTED: &str = "ENC[";

/// By what files encrypted as a whole are known, in the formats that SOPS has.
const MARKS: [&str; 4] = ["\"mac\": \"ENC[", "sops_mac=ENC[", "[sops]", "mac: ENC["];

/// The object as it is after decryption, with unknown values where encrypted ones were.
///
/// # Errors
/// A Secret is encrypted, and the Kustomization does not decrypt: Flux refuses it.
pub(crate) fn decrypt(object: Object, view: &FluxKustomization) -> Result<Node, Diagnostic> {
    let is_secret = object.kind() == "Secret" && object.api_version() == "v1";
    let is_encrypted = object.root().get("sops").is_some();
    let is_disabled =
        object.annotation(DECRYPT).is_some_and(|value| value.eq_ignore_ascii_case("disabled"));
    if is_disabled || !(is_encrypted || is_secret) {
        return Ok(object.into_root());
    }
    if view.decryption.is_none() {
        if is_encrypted && is_secret {
            let about = object.id();
            let cause = format!("{about} is encrypted, and {} does not decrypt", describe(view));
            let help = "add `decryption: {provider: sops, secretRef: {name: NAME}}` to its `spec`";
            let diagnostic = Diagnostic::error(object.origin(), cause).help(help);
            return Err(diagnostic.related(view.origin, describe(view)));
        }
        return Ok(object.into_root());
    }
    let reason: Text = ecow::eco_format!("the {} is encrypted", object.id());
    let mut root = object.into_root();
    if is_encrypted {
        if let Some(map) = root.as_map_mut() {
            map.remove("sops");
        }
        conceal(&mut root, &|text| text.starts_with(ENCRYPTED), &reason);
    } else if let Some(data) = root.as_map_mut().and_then(|map| map.get_mut("data")) {
        conceal(data, &is_encrypted_file, &reason);
    }
    Ok(root)
}

/// Makes the texts unknown of which `is_encrypted` says so.
fn conceal(node: &mut Node, is_encrypted: &dyn Fn(&str) -> bool, reason: &Text) {
    match &mut node.value {
        Value::String(text) if is_encrypted(text) => node.value = Value::Unknown(reason.clone()),
        Value::List(list) => {
            list.make_mut().iter_mut().for_each(|item| conceal(item, is_encrypted, reason));
        }
        Value::Map(map) => map.iter_mut().for_each(|(_, item)| conceal(item, is_encrypted, reason)),
        _ => {}
    }
}

/// Whether a Secret's value is a file that was encrypted as a whole.
fn is_encrypted_file(packed: &str) -> bool {
    let packed: String = packed.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    MARKS.iter().any(|mark| text.contains(mark))
}
