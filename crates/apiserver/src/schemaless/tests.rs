//! Kinds without a definition.

use super::*;
use crate::tests::{cluster, show};
use crate::{Options, Server};

#[test]
fn plurals() {
    let check = |kind, expected: &str| assert_eq!(plural(kind), expected, "{kind}");
    check("Gateway", "gatewaies");
    check("Policy", "policies");
    check("Ingress", "ingresses");
    check("HelmRelease", "helmreleases");
}

#[test]
fn a_kind_is_served_until_it_is_defined() {
    let server = Server::open(Options { schemaless: true, ..crate::tests::options() }).unwrap();
    let made_up = server.serve_schemaless("example.com/v1", "Foo", true).unwrap();
    assert_eq!(made_up.plural, "foos");
    assert_eq!(server.serve_schemaless("example.com/v1", "Foo", true), Ok(made_up.clone()));
    let text =
        r#"{"apiVersion":"example.com/v1","kind":"Foo","metadata":{"name":"a"},"spec":{"x":[1]}}"#;
    let answer = show(&server, "POST", "/apis/example.com/v1/namespaces/default/foos", text);
    assert_eq!(answer.0, 201);
    assert!(answer.1.contains(r#""spec":{"x":[1]}"#), "{}", answer.1);
    assert_eq!(server.schemaless_kinds(), [made_up]);
    let other = server.serve_schemaless("example.com/v2", "Foo", true).unwrap_err();
    assert_eq!(other.to_string(), "Foo is already served as example.com/v1");
    let own = server.serve_schemaless("apps/v1", "Deployment", true).unwrap_err();
    assert_eq!(own.to_string(), "Deployment is already served as apps/v1");
}

#[test]
fn not_unless_the_cluster_does_it() {
    let refused = cluster().serve_schemaless("example.com/v1", "Foo", true).unwrap_err();
    assert_eq!(refused.to_string(), "cluster test serves defined kinds only");
}
