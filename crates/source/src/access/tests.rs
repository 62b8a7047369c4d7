//! Secrets in, what is shown to a server or what is wrong out.

use testkit::check_eq;

use super::*;

fn check(url: &str, entries: &[(&str, &str)], expected: &str) {
    let entries = entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec()));
    let said = match Access::of_secret(url, &entries.collect()) {
        Ok(Access { authorization, authorities, certificate, ssh, .. }) => {
            let header = authorization.map(|value| value.to_str().unwrap_or_default().to_owned());
            let has = [authorities.is_some(), certificate.is_some(), ssh.is_some()];
            format!("{header:?} {has:?}")
        }
        Err(error) => error.to_string(),
    };
    check_eq(&said, expected);
}

#[test]
fn secrets() {
    let https = "https://a.test/b";
    let wrong = |what: &str| format!("the Secret cannot be used: {what}");
    check(https, &[], "None [false, false, false]");
    let both = [("username", "a"), ("password", "b")];
    check(https, &both, "Some(\"Basic YTpi\") [false, false, false]");
    check(https, &[("bearerToken", "t")], "Some(\"Bearer t\") [false, false, false]");
    check(https, &both[..1], &wrong("it needs both `username` and `password`"));
    check(https, &both[1..], &wrong("it needs both `username` and `password`"));
    let three = [both[0], both[1], ("bearerToken", "t")];
    check(https, &three, &wrong("it has `bearerToken` and `password`: keep one of them"));
    let broken = [("bearerToken", "a\nb")];
    check(https, &broken, &wrong("what it holds cannot be sent: it has line breaks in it"));
    check(https, &[("ca.crt", "x")], "None [true, false, false]");
    check(https, &[("tls.crt", "x")], &wrong("it needs both `tls.crt` and `tls.key`"));
    check(https, &[("tls.crt", "x"), ("tls.key", "y")], "None [false, true, false]");
    let ssh = "ssh://git@a.test/b";
    check(ssh, &both, &wrong("for ssh it needs `identity` and `known_hosts`"));
    let key = [("identity", "k"), ("known_hosts", "h")];
    check(ssh, &key, "None [false, false, true]");
}
