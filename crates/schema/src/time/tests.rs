//! What Go 1.26 makes of these texts.

use super::{Layout, canonical};

fn check(text: &str, layout: Layout, expected: &str) {
    let got = canonical(text, layout).unwrap_or_else(|error| error);
    assert_eq!(got, expected, "{text}");
}

#[test]
fn seconds() {
    let check = |text: &str, expected: &str| check(text, Layout::Seconds, expected);
    check("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z");
    check("2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z");
    check("2026-01-02T00:04:05+01:00", "2026-01-01T23:04:05Z");
    check("2026-01-02T3:04:05Z", "2026-01-02T03:04:05Z");
    let layout = "\"2006-01-02T15:04:05Z07:00\"";
    check("soon", &format!("parsing time \"soon\" as {layout}: cannot parse \"soon\" as \"2006\""));
    check(
        "2026-1-02T03:04:05Z",
        &format!(
            "parsing time \"2026-1-02T03:04:05Z\" as {layout}: cannot parse \"1-02T03:04:05Z\" as \"01\""
        ),
    );
    check(
        "2026-01-02",
        &format!("parsing time \"2026-01-02\" as {layout}: cannot parse \"\" as \"T\""),
    );
    check(
        "2026-01-02T03:04:05",
        &format!(
            "parsing time \"2026-01-02T03:04:05\" as {layout}: cannot parse \"\" as \"Z07:00\""
        ),
    );
    check("2026-13-02T03:04:05Z", "parsing time \"2026-13-02T03:04:05Z\": month out of range");
    check("2026-02-30T03:04:05Z", "parsing time \"2026-02-30T03:04:05Z\": day out of range");
    check("2026-01-02T24:04:05Z", "parsing time \"2026-01-02T24:04:05Z\": hour out of range");
    check(
        "2026-01-02T03:04:05Zulu",
        "parsing time \"2026-01-02T03:04:05Zulu\": extra text: \"ulu\"",
    );
}

#[test]
fn micros() {
    let check = |text: &str, expected: &str| check(text, Layout::Micros, expected);
    check("2026-01-02T03:04:05.000007Z", "2026-01-02T03:04:05.000007Z");
    check("2026-01-02T03:04:05.500000+00:30", "2026-01-02T02:34:05.500000Z");
    let layout = "\"2006-01-02T15:04:05.000000Z07:00\"";
    for (text, rest) in [("2026-01-02T03:04:05.5Z", ".5Z"), ("2026-01-02T03:04:05Z", "Z")] {
        let why =
            format!("parsing time {text:?} as {layout}: cannot parse {rest:?} as \".000000\"");
        check(text, &why);
    }
}
