//! Who asks, and who answers.

use rcgen::{CertificateParams, KeyPair};

use super::*;

/// What comes of fetching, without the name of the bucket.
fn said(host: &str, credentials: &Credentials, insecure: bool) -> String {
    let scratch = Scratch::new("");
    let address = Address { insecure, ..address(host) };
    let said = shown(&Store::new(scratch.at("store"), address, credentials));
    said.strip_prefix("the bucket `fleet` at HOST: ").unwrap_or(&said).to_owned()
}

#[test]
fn keys_that_do_not_fit() {
    let server = Server::new(&[("a", "x")], false);
    let host = server.start();
    let check = |credentials: &Credentials, expected: &str| {
        check_eq(&said(&host, credentials, true), expected);
    };
    let refused = "`.sourceignore`: the server answers 403 Forbidden";
    let hint = "it does not let these credentials in";
    check(&keys("canary-1", "canary-2"), "a: x");
    check(&keys("canary-1", "canary-3"), &format!("{refused} (SignatureDoesNotMatch), {hint}"));
    check(&keys("canary-4", "canary-2"), &format!("{refused} (NotSignedUp), {hint}"));
    let nobody_hint = "it wants credentials: name a Secret with some in `spec.secretRef`";
    check(&nobody(), &format!("{refused} (AccessDenied), {nobody_hint}"));
}

#[test]
fn a_bucket_that_is_not_there() {
    let server = Server::new(&[], true);
    let (host, scratch) = (server.start(), Scratch::new(""));
    let address = Address { bucket: "fleets".to_owned(), ..address(&host) };
    let store = Store::new(scratch.at("store"), address, &nobody());
    check_eq(
        &shown(&store),
        "the bucket `fleets` at HOST: the server answers 404 Not Found (NoSuchBucket), \
         there is no such bucket: look for a name that is misspelt",
    );
    let error = store.fetch(all, LONG).unwrap_err();
    assert_eq!(error.condition(failure::BUCKET), ("FetchFailed", failure::BUCKET));
}

#[test]
fn secrets() {
    let check = |provider: &str, entries: &[(&str, &str)], expected: &str| {
        let provider = Provider::parse(provider).unwrap();
        let error = Credentials::of_secrets(provider, Some(&data(entries)), None).err();
        let condition = error.as_ref().map(|error| error.condition(failure::BUCKET));
        assert!(condition.is_none_or(|it| it == ("FetchFailed", "AuthenticationFailed")));
        let error = error.map_or_else(String::new, |error| error.chain());
        check_eq(error.strip_prefix("the Secret cannot be used: ").unwrap_or(&error), expected);
    };
    let key = [("accesskey", "canary")];
    check("generic", &key, "for a bucket it needs `accesskey` and `secretkey`");
    check("aws", &key, "for a bucket it needs `accesskey` and `secretkey`");
    check("generic", &[("accesskey", ""), ("secretkey", "")], "");
    check(
        "generic",
        &[("accesskey", "canary\n"), ("secretkey", "canary")],
        "its `accesskey` has a space or a line break in it",
    );
    check("gcp", &key, "for a bucket of Google's it needs `serviceaccount`");
    let azure = "for a container of Azure's it needs `accountKey`, `sasKey`, or `clientId` with or \
                 without `tenantId` and `clientSecret`";
    check("azure", &key, azure);
    check("azure", &[("tenantId", "x"), ("clientSecret", "canary")], azure);
    check("azure", &[("clientId", "x")], "");
    check(
        "azure",
        &[("tenantId", "x"), ("clientId", "x"), ("clientCertificate", "canary")],
        "nauarch does not read `clientCertificate`: use `clientSecret`",
    );
    let certificates = Credentials::of_secrets(Provider::Generic, None, Some(&data(&[])));
    let needs = "the Secret cannot be used: it needs `ca.crt`, or `tls.crt` with `tls.key`";
    check_eq(&certificates.unwrap_err().chain(), needs);
    assert_eq!(format!("{:?}", keys("canary", "canary")), "Credentials");
}

#[test]
fn certificates() {
    let server = Server::new(&[("a", "x")], false);
    let (host, certificate) = server.start_tls();
    let trusting = |certificate: &str| {
        let keys = data(&[("accesskey", "canary-1"), ("secretkey", "canary-2")]);
        let certificates = data(&[("ca.crt", certificate)]);
        Credentials::of_secrets(Provider::Generic, Some(&keys), Some(&certificates)).unwrap()
    };
    check_eq(&said(&host, &trusting(&certificate), false), "a: x");
    let contains = |said: String, part: &str| assert!(said.contains(part), "{said}");
    contains(said(&host, &keys("canary-1", "canary-2"), false), "UnknownIssuer");

    let key = KeyPair::generate().unwrap();
    let mut expired = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let (made, pem) = (expired.self_signed(&key).unwrap(), key.serialize_der());
    let (url, certificate) = crate::tests::server::serve_tls_with(&made, pem, {
        let server = server.clone();
        move |asked| server.answer(asked)
    });
    let host = url.replace("https://", "");
    contains(said(&host, &trusting(&certificate), false), "certificate expired");
}

#[test]
fn nobody_answers() {
    let contains = |said: String, part: &str| assert!(said.contains(part), "{said}");
    contains(said("127.0.0.1:1", &nobody(), true), "it cannot be reached: ");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let scratch = Scratch::new("");
    let store = Store::new(scratch.at("store"), address(&host), &nobody());
    let error = store.fetch(all, Duration::from_millis(50)).unwrap_err().chain();
    let who = format!("the bucket `fleet` at {host}: {host}");
    check_eq(&error, &format!("{who} has not answered within 0.05 s: raise `spec.timeout`"));
}

#[test]
fn endpoints_that_are_no_servers() {
    for host in ["minio.test:99999", "1.2.3.999", "[::1", "a:b:c", "xn--0", "-"] {
        let said = said(host, &keys("canary-1", "canary-2"), true);
        let none = said == "`spec.endpoint` and `spec.bucketName` make no URL of a server";
        assert!(none || said.starts_with("it cannot be reached"), "{host}: {said}");
    }
}

#[test]
fn credentials_go_nowhere_else() {
    let elsewhere = Server::new(&[("a", "x")], true);
    let url = format!("http://{}/fleet/", elsewhere.start());
    let host = testkit::server::serve(move |_| {
        (format!("307 Temporary Redirect\r\nLocation: {url}"), Vec::new())
    });
    check_eq(
        &said(&host.replace("http://", ""), &keys("canary-1", "canary-2"), true),
        "`.sourceignore`: the server answers 307 Temporary Redirect, the bucket is elsewhere: \
         write its own server and region in `spec.endpoint` and `spec.region`",
    );
    check_eq(&elsewhere.asked(), "");
}
