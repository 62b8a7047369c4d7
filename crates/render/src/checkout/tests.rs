//! URLs that name one repository, and which source is the folder.

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;

#[test]
fn urls() {
    let fleet = "https://github.com/example/fleet";
    for same in [
        "https://github.com/example/fleet.git",
        "https://GitHub.com/example/fleet/",
        "ssh://git@github.com/example/fleet.git",
        "ssh://git@github.com:22/example/fleet",
        "git@github.com:example/fleet.git",
        "https://token@github.com/example/fleet",
    ] {
        assert!(same_repository(fleet, same), "{same}");
    }
    for other in ["https://gitlab.com/example/fleet", "https://github.com/example/Fleet", "", "/"] {
        assert!(!same_repository(fleet, other), "{other}");
    }
    assert!(!same_repository("", ""));
}

fn repository(name: &str) -> GitRepository {
    let text = format!(
        "{{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, \
         metadata: {{name: {name}, namespace: x}}, spec: {{url: 'https://example.org/{name}'}}}}"
    );
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    let object = manifest::Object::new(nodes.into_iter().next().unwrap()).unwrap();
    GitRepository::read(&object).value
}

#[track_caller]
fn check(remotes: &[&str], named: Option<&str>, repositories: &[&str], expected: Option<&str>) {
    let checkout = Checkout {
        remotes: remotes.iter().map(|&url| url.to_owned()).collect(),
        named: named.map(str::to_owned),
    };
    let repositories: Vec<GitRepository> =
        repositories.iter().map(|name| repository(name)).collect();
    let served = checkout.serves(&repositories).map(|served| served.to_string());
    assert_eq!(served.as_deref(), expected);
}

#[test]
fn the_source_that_is_the_folder() {
    let only = "GitRepository/x/a is this folder: there is no other GitRepository";
    check(&[], None, &["a"], Some(only));
    check(&["https://other.org/z"], None, &["a"], Some(only));
    check(&[], None, &["a", "a"], Some(only));
    check(&[], None, &["a", "b"], None);
    check(&[], None, &[], None);
    check(
        &["git@example.org:b.git"],
        None,
        &["a", "b"],
        Some(
            "GitRepository/x/b is this folder: its URL is that of the remote git@example.org:b.git",
        ),
    );
    let named = "GitRepository/x/b is this folder: it was named so";
    check(&["git@example.org:a"], Some("b"), &["a", "b"], Some(named));
    check(&[], Some("GitRepository/b"), &["a", "b"], Some(named));
    check(&[], Some("OCIRepository/b"), &["a", "b"], None);
}
