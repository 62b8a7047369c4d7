//! What is refused.

use super::illegal_base64;

#[test]
fn base64_as_go_reads_it() {
    for (text, expected) in [
        ("", None),
        ("YQ==", None),
        ("YWI=", None),
        ("YW\nJj", None),
        ("%%", Some(0)),
        ("YQ=", Some(3)),
        ("YQ", Some(2)),
        ("YWJj=", Some(4)),
    ] {
        assert_eq!(illegal_base64(text), expected, "{text}");
    }
}
