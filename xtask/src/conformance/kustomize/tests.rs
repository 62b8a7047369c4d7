//! How results are counted and held against the list.

use std::path::PathBuf;

use super::case::{Case, Verdict};
use super::{Results, failures, summary, violations};
use crate::conformance::known::Known;

fn results() -> Results {
    let case = |name: &str, is_refused, verdict| {
        let mut case = Case::new(name.to_owned(), PathBuf::new());
        case.is_refused = is_refused;
        (case, verdict)
    };
    vec![
        case("equal", false, Verdict::Equal("line 3".to_owned())),
        case("identical", false, Verdict::Identical),
        case("refused", true, Verdict::Refused),
        case("wrong", false, Verdict::Wrong("/a is missing".to_owned())),
        case("wrongly-built", true, Verdict::Wrong("is built".to_owned())),
    ]
}

#[test]
fn counts() {
    assert_eq!(
        summary(&results()),
        "kustomize: 1 of 3 outputs byte-identical, 2 of 3 equal, 1 of 2 errors refused"
    );
}

#[test]
fn lines_and_violations() {
    let known = Known::parse("equal quotes\nidentical once failed\n").unwrap();
    assert_eq!(
        failures(&results(), &known),
        "equal [quotes]: equal, not identical: line 3\nwrong: /a is missing\nwrongly-built: is built\n"
    );
    assert_eq!(
        violations(&results(), &known, true),
        [
            "wrong: fails, and is not on the list",
            "wrongly-built: fails, and is not on the list",
            "identical: passes; take it off the list",
        ]
    );
}
