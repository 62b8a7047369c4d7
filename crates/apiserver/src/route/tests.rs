//! Paths and what they name.

use super::*;

fn named(path: &str) -> String {
    match route(path) {
        Route::Resource(place) => {
            let Place { api_version, namespace, plural, name, subresource, is_watch } = place;
            let watch = if is_watch { " watch" } else { "" };
            format!("{api_version} [{namespace}] {plural} [{name}] [{subresource}]{watch}")
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn paths() {
    let check = |path, expected: &str| assert_eq!(named(path), expected, "{path}");
    check("/api", "Versions");
    check("/apis/", "Groups");
    check("/apis/apps", "Group(\"apps\")");
    check("/apis/apps/v1", "Resources(\"apps/v1\")");
    check("/api/v1", "Resources(\"v1\")");
    check("/api/v1/pods", "v1 [] pods [] []");
    check("/api/v1/namespaces", "v1 [] namespaces [] []");
    check("/api/v1/namespaces/a", "v1 [] namespaces [a] []");
    check("/api/v1/namespaces/a/finalize", "v1 [] namespaces [a] [finalize]");
    check("/api/v1/namespaces/a/pods/b", "v1 [a] pods [b] []");
    check("/api/v1/namespaces/a/pods/b%20c", "v1 [a] pods [b c] []");
    check("/apis/apps/v1/namespaces/a/deployments/b/scale", "apps/v1 [a] deployments [b] [scale]");
    check("/api/v1/namespaces/a/pods/b/c/d", "v1 [a] pods [b] [c/d]");
    check("/api/v1/watch/namespaces/a/pods", "v1 [a] pods [] [] watch");
    check("/version", "Other");
    check("//api/v1/pods", "Other");
}

#[test]
fn queries() {
    let text = |query| format!("{:?}", parameters(query));
    assert_eq!(text("a=b%3Dc&d=+e&f"), r#"[("a", "b=c"), ("d", " e"), ("f", "")]"#);
    assert_eq!(text("a=%zz%4"), r#"[("a", "%zz%4")]"#);
    assert_eq!(text(""), "[]");
}
