//! Headers in, what is to be shown out.

use http::HeaderValue;
use testkit::check_eq;

use super::*;

fn check(lines: &[&'static str], expected: &str) {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(line));
    }
    let said = match Challenge::of(&headers) {
        Some(Challenge::Bearer(Bearer { realm, service, scope })) => {
            format!("{realm} {service:?} {scope:?}")
        }
        other => format!("{other:?}"),
    };
    check_eq(&said, expected);
}

#[test]
fn challenges() {
    check(&[], "None");
    check(&["Basic realm=\"x\""], "Some(Basic)");
    let all = r#"Bearer realm="https://a.test/t",service="a, b",scope="repository:x/y:pull,push""#;
    check(&[all], r#"https://a.test/t Some("a, b") Some("repository:x/y:pull,push")"#);
    check(&["Negotiate abc==, BEARER Realm=https://a.test"], "https://a.test None None");
    check(&["Negotiate", "Basic"], "Some(Basic)");
    check(&[r#"Bearer service="no realm""#, "Basic"], "Some(Basic)");
    check(&[r#"Bearer realm="a\"b"#], "a\"b None None");
    check(&["Digest x=1,,"], "None");
}

#[test]
fn where_no_token_is_asked_for() {
    let check = |realm: &str, registry: &str, expected: Option<&str>| {
        let bearer = Bearer { realm: realm.to_owned(), service: None, scope: None };
        assert_eq!(bearer.objection(registry), expected, "{realm} for {registry}");
    };
    let (inside, plain) = (Some("it is inside of a network"), Some("it is not encrypted"));
    check("https://auth.test/t", "https://ghcr.test", None);
    check("http://auth.test/t", "https://ghcr.test", plain);
    check("http://auth.test/t", "http://ghcr.test", None);
    check("file:///etc", "http://ghcr.test", plain);
    check("https://me@auth.test/", "https://ghcr.test", Some("there is a user in it"));
    for near in ["127.0.0.1:1", "10.1.2.3", "169.254.169.254", "localhost", "[::1]", "[fd00::1]"] {
        check(&format!("https://{near}/t"), "https://ghcr.test", inside);
        check(&format!("https://{near}/t"), "https://10.0.0.1:5000", None);
    }
}
