//! Addresses in, their parts or what is wrong out.

use testkit::check_eq;

use super::*;

fn check(url: &str, expected: &str) {
    let said = match Address::parse_artifact(url) {
        Ok((address, reference)) => {
            let reference = reference.map(|reference| reference.written());
            format!("{} {} {reference:?}", address.host, address.repository)
        }
        Err(error) => error.to_string(),
    };
    check_eq(&said, expected);
}

#[test]
fn addresses() {
    check("oci://ghcr.test/org/app", "ghcr.test org/app None");
    check("oci://ghcr.test:5000/app:v1", "ghcr.test:5000 app Some(\":v1\")");
    check("oci://localhost/a/b:x", "localhost a/b Some(\":x\")");
    check("oci://org/app", "index.docker.io org/app None");
    check("oci://docker.io/app", "index.docker.io library/app None");
    check("oci://[::1]:5000/a__b-c.d", "[::1]:5000 a__b-c.d None");
    let digest = format!("sha256:{}", "0a".repeat(32));
    check(
        &format!("oci://ghcr.test/org/app:v1@{digest}"),
        &format!("ghcr.test org/app Some(\"@{digest}\")"),
    );
}

#[test]
fn what_is_no_address() {
    let wrong = |url: &str, why: &str| {
        let write = "write it as `oci://HOST/ORG/REPOSITORY`";
        check(url, &format!("`{url}` is no address, {why}: {write}"));
    };
    wrong("https://ghcr.test/org/app", "it begins otherwise");
    wrong("oci://ghcr.test/Org", "its repository is none");
    wrong("oci://ghcr.test/a//b", "its repository is none");
    wrong("oci://ghcr.test/a/../b", "its repository is none");
    wrong("oci://ghcr.test/", "its repository is none");
    wrong("oci://ghcr.test/a:", "its tag is none");
    wrong("oci://ghcr.test/a@sha256:1", "its digest is none");
    wrong("oci://gh%63r.test/a", "its host is none");
    let user = "the URL of an artifact has no user in it: put the credentials elsewhere";
    check("oci://me:canary-1@ghcr.test/a", user);
    check(&format!("oci://me:canary-1@ghcr.test/a@sha256:{}", "0a".repeat(32)), user);
    let tagged = Address::parse("oci://ghcr.test/a:v1").unwrap_err().to_string();
    check_eq(
        &tagged,
        "`oci://ghcr.test/a:v1` is no address, it must not have a tag or digest: remove `:v1`: \
         write it as `oci://HOST/ORG/REPOSITORY`",
    );
}

#[test]
fn registries_on_this_machine() {
    for (host, expected) in [
        ("localhost:5000", true),
        ("127.0.0.1", true),
        ("[::1]:5000", true),
        ("registry.localhost", true),
        ("10.0.0.1:5000", false),
        ("ghcr.test", false),
    ] {
        let address = Address::parse(&format!("oci://{host}/a")).unwrap();
        assert_eq!(address.is_loopback(), expected, "{host}");
    }
}
