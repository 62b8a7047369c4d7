//! Quantities.

use super::canonical;

#[test]
fn one_spelling() {
    for (text, expected) in [
        ("0", "0"),
        ("2", "2"),
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1500m", "1500m"),
        ("1.5", "1500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("512Ki", "512Ki"),
        ("0.5Ki", "512"),
        ("1000k", "1M"),
        ("1e3", "1e3"),
        ("12E", "12E"),
        ("1000E", "1000E"),
        ("-100m", "-100m"),
        ("100u", "100u"),
        ("0.0000000001", "1n"),
    ] {
        assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
    }
    for text in ["", "x", "1x", "1.2.3", ".", "1 Gi"] {
        assert_eq!(canonical(text), None, "{text}");
    }
}
