//! Secrets in, what a registry is shown or what is wrong out.

use testkit::check_eq;

use super::*;

fn address(host: &str) -> Address {
    Address::parse(&format!("oci://{host}/org/app")).unwrap()
}

/// What is shown for a repository, decoded.
fn check(config: &str, host: &str, expected: &str) {
    let data = [(DOCKER_CONFIG.to_owned(), config.as_bytes().to_vec())].into();
    let said = match Access::of_registry(&address(host), &[&data], None) {
        Ok(access) => {
            let header = access.authorization.map(|value| value.to_str().unwrap().to_owned());
            let header = header.unwrap_or_default();
            let basic = header.strip_prefix("Basic ").map(|text| STANDARD.decode(text).unwrap());
            let basic = basic.map(|bytes| String::from_utf8(bytes).unwrap());
            format!("{} {}", basic.unwrap_or(header), access.refresh_token.unwrap_or_default())
        }
        Err(error) => error.to_string(),
    };
    check_eq(said.trim(), expected);
}

#[test]
fn entries() {
    let one = |entry: &str| format!(r#"{{"auths": {{"ghcr.test": {entry}}}}}"#);
    let host = "ghcr.test";
    check(&one(r#"{"username": "a", "password": "b:c"}"#), host, "a:b:c");
    check(&one(r#"{"auth": "YTpi"}"#), host, "a:b");
    check(&one(r#"{"auth": "YTpiYw==", "username": "x", "password": "y"}"#), host, "a:bc");
    check(&one(r#"{"auth": "YTpiYw"}"#), host, "a:bc");
    check(&one(r#"{"registrytoken": "t"}"#), host, "Bearer t");
    check(&one(r#"{"auth": "YTo=", "identitytoken": "t"}"#), host, "t");
    check(&one("{}"), host, "");
    check("{}", host, "");
    let wrong = |what: &str| format!("the Secret cannot be used: {what}");
    check("canary", host, &wrong("its `.dockerconfigjson` is no JSON"));
    let auth = wrong("an `auth` of its `.dockerconfigjson` is no `user:password`");
    check(&one(r#"{"auth": "YWI="}"#), host, &auth);
    check(&one(r#"{"auth": "!"}"#), host, &auth);
    let broken = wrong("what it holds cannot be sent: it has line breaks in it");
    check(&one(r#"{"registrytoken": "a\nb"}"#), host, &broken);
    let none = Access::of_registry(&address(host), &[&Data::new()], None).unwrap_err();
    check_eq(&none.to_string(), &wrong("for a registry it needs `.dockerconfigjson`"));
    let none = Access::of_registry(&address(host), &[], Some(&Data::new())).unwrap_err();
    check_eq(&none.to_string(), &wrong("it needs `ca.crt`, or `tls.crt` with `tls.key`"));
}

#[test]
fn hosts() {
    let check = |name: &str, host: &str, expected: bool| {
        let config = format!(r#"{{"auths": {{"{name}": {{"username": "a", "password": "b"}}}}}}"#);
        check(&config, host, if expected { "a:b" } else { "" });
    };
    check("ghcr.test", "ghcr.test", true);
    check("https://ghcr.test/v1/", "ghcr.test", true);
    check("http://ghcr.test/v2/org", "ghcr.test", true);
    check("ghcr.test/org/", "ghcr.test", true);
    check("ghcr.test/other", "ghcr.test", false);
    check("ghcr.test", "ghcr.test:5000", false);
    check("ghcr.test:5000", "ghcr.test:5000", true);
    check("*.test", "ghcr.test", true);
    check("*.test", "a.ghcr.test", false);
    check("g*c?.t*t", "ghcr.test", true);
    check("g*x*.test", "ghcr.test", false);
    check("**.*", "ghcr.test", true);
    check("test", "ghcr.test", false);
    check("evil.ghcr.test", "ghcr.test", false);
    check("https://index.docker.io/v1/", "docker.io", true);
}

#[test]
fn the_longest_entry_counts() {
    let entry = |user: &str| format!(r#"{{"username": "{user}", "password": "p"}}"#);
    let (host, org) = (entry("host"), entry("org"));
    let config = format!(r#"{{"auths": {{"ghcr.test": {host}, "ghcr.test/org": {org}}}}}"#);
    check(&config, "ghcr.test", "org:p");
}

#[test]
fn credentials() {
    let check = |text: &str, expected: &str| {
        let access = Access::of_credentials(text).unwrap();
        check_eq(access.authorization.unwrap().to_str().unwrap(), expected);
    };
    check("a:b", "Basic YTpi");
    check("token", "Bearer token");
}
