//! The manifest of an artifact, as go-containerregistry 0.21.6 made it for the same parts.

use testkit::check_eq;

use super::*;

#[test]
fn a_manifest() {
    let annotations = [
        ("org.opencontainers.image.source", "https://x/y?a=1&b=<2>"),
        ("org.opencontainers.image.created", "1970-01-01T00:00:00Z"),
        ("a", "b"),
    ];
    let annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let parts = [descriptor(CONFIG, NO_CONFIG.as_bytes()), descriptor(CONTENT, b"hello")];
    let bytes = manifest(parts, &annotations);
    let expected = "sha256:694fe0c7a5b44ceaa19d03874c6710f27e57708c77987b923675cb32b765a1c2";
    check_eq(Digest::of(&bytes).as_str(), expected);
}
