//! The words, and whole names.

use super::{Fate, fate, full_name};

#[test]
fn words_decide() {
    for (image, expected) in [
        ("nginx:1.27", Fate::Runs),
        ("registry.example.org/team/no-such-image:1", Fate::NotFound),
        ("nginx:does-not-exist", Fate::NotFound),
        ("team/crash-loop", Fate::Crashes),
    ] {
        assert_eq!(fate(image), expected, "{image}");
    }
}

#[test]
fn names_are_completed() {
    for (image, expected) in [
        ("nginx", "docker.io/library/nginx:latest"),
        ("team/app:2", "docker.io/team/app:2"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("ghcr.io/team/app@sha256:00", "ghcr.io/team/app@sha256:00"),
    ] {
        assert_eq!(full_name(image), expected);
    }
}
