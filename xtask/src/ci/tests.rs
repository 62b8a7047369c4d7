//! What runs, and what is said when it does not.

use super::{failure, steps, suites};

#[test]
fn suites_that_run() {
    let all = vec!["kustomize", "ssa", "apiserver", "durability", "source"];
    assert_eq!(suites(|_| true, |_| true), (all, Vec::new()));
}

#[test]
fn suites_that_are_left_out() {
    let (run, left_out) = suites(|_| true, |_| false);
    assert_eq!(run, ["apiserver", "durability", "source"]);
    assert_eq!(
        left_out,
        [
            "conformance kustomize: no ../shared/cases/kustomize beside this checkout",
            "conformance ssa: no ../shared/cases/apiserver/ssa beside this checkout",
        ]
    );
    let (run, left_out) = suites(|_| false, |_| true);
    assert!(run.is_empty());
    assert_eq!(
        left_out,
        [
            "conformance kustomize: there is no `cargo xtask conformance` yet",
            "conformance ssa: there is no `cargo xtask conformance` yet",
            "conformance apiserver: there is no `cargo xtask conformance` yet",
            "conformance durability: there is no `cargo xtask conformance` yet",
            "conformance source: there is no `cargo xtask conformance` yet",
        ]
    );
}

#[test]
fn a_failure_names_what_did_not_run() {
    let steps = steps(&["kustomize"]);
    assert_eq!(failure(&steps, 2), "failed: clippy; not run: tidy, test, conformance kustomize");
    assert_eq!(failure(&steps, 5), "failed: conformance kustomize");
}
