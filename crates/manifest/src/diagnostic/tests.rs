use super::*;
use crate::FileName;

#[test]
fn suggests_what_is_near() {
    let check = |name: &str, candidates: &[&str], expected: Option<&str>| {
        let help = did_you_mean(name, candidates.iter().copied());
        assert_eq!(help.as_deref(), expected, "{name} among {candidates:?}");
    };
    check("resourcez", &["resources", "replicas"], Some("did you mean `resources`?"));
    check(
        "replica-count.yaml",
        &["patches/replica-count.yaml", "kustomization.yaml"],
        Some("did you mean `patches/replica-count.yaml`?"),
    );
    check("web", &["web-frontend", "api-backend"], Some("there is `api-backend`, `web-frontend`"));
    check("x", &[], None);
    check(
        "x",
        &["b1", "b2", "b3", "b4", "b5", "b6", "b7"],
        Some("there are `b1`, `b2`, `b3`, `b4`, `b5`, `b6` and 1 more"),
    );
    check("Resources", &["resources"], Some("did you mean `resources`?"));
}

#[test]
fn prints_place_cause_and_next_step() {
    let origin = Origin::new(FileName::new("a.yaml"), 3);
    let diagnostic = Diagnostic::error(origin, "no file `b.yaml`")
        .related(Origin::new(FileName::new("c.yaml"), 1), "read from here")
        .help("did you mean `c.yaml`?");
    assert_eq!(
        diagnostic.to_string(),
        "error: a.yaml:3: no file `b.yaml`\n  c.yaml:1: read from here\n  help: did you mean `c.yaml`?"
    );
}
