//! Azure and Google, as their documentation has them: nothing here was held against the real services.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testkit::server::{Asked, serve};

use super::*;
use crate::tests::server::serve_tls;

#[test]
fn azure() {
    let page = |name: &str, next: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs><Blob>{name}\
             <Properties><Etag>0x8D</Etag><Content-Length>1</Content-Length></Properties></Blob>\
             </Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
        )
    };
    let first = page("<Name>apps/a</Name>", "m 1");
    let second = page("<Name Encoded=\"true\">apps/%62</Name>", "");
    let answer = move |asked: &Asked| {
        let url = asked.url.replace("&sig=canary", "").replace("?sig=canary", "");
        let is_somebody = url != asked.url
            || asked.headers.get("authorization").is_some_and(|it| {
                it.starts_with("SharedKey account:") && asked.headers.contains_key("date")
            });
        let body = match url.as_str() {
            _ if !is_somebody => {
                let body = "<Error><Code>AuthenticationFailed</Code></Error>";
                return ("403 Forbidden".to_owned(), body.as_bytes().to_vec());
            }
            "/account/fleet?restype=container&comp=list&prefix=apps" => &first,
            "/account/fleet?restype=container&comp=list&marker=m%201&prefix=apps" => &second,
            "/account/fleet/apps/a" | "/account/fleet/apps/b" => "x",
            _ => {
                let body =
                    "\u{feff}<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>";
                return ("404 Not Found".to_owned(), body.as_bytes().to_vec());
            }
        };
        ("200 OK\r\nETag: \"0x8D\"".to_owned(), body.as_bytes().to_vec())
    };
    let url = serve(answer.clone());
    let (encrypted, certificate) = serve_tls(answer);
    let trust = data(&[("ca.crt", &certificate)]);
    let check = |url: &str, entries: &[(&str, &str)], expected: &str| {
        let scratch = Scratch::new("");
        let (data, trust) = (data(entries), Some(&trust));
        let credentials = Credentials::of_secrets(Provider::Azure, Some(&data), trust).unwrap();
        let endpoint = format!("{url}/account");
        let prefix = "apps".to_owned();
        let address = Address { provider: Provider::Azure, endpoint, prefix, ..address("") };
        let store = Store::new(scratch.at("store"), address, &credentials);
        check_eq(&shown(&store), expected);
        if let Some(last) = store.last() {
            // printf 'apps/a "0x8D"\napps/b "0x8D"\n' | sha256sum
            let revision =
                "sha256:63f48b0a2e7eed2cda10d707b3d16f8e95d5598ba140d6270035e9ed868c995f";
            check_eq(last.revision.as_str(), revision);
        }
    };
    check(&url, &[("accountKey", &STANDARD.encode("canary"))], "apps/a: x\napps/b: x");
    check(&encrypted, &[("sasKey", "?sig=canary")], "apps/a: x\napps/b: x");
    check(
        &url,
        &[("accountKey", "canary!")],
        "the Secret cannot be used: what it holds is no credential of Azure's",
    );
    check(
        &url,
        &[("sasKey", "?sig=canary")],
        "these credentials are not sent without TLS: write `https://` in `spec.endpoint`",
    );
    check(
        &encrypted,
        &[("clientId", "x")],
        "the credentials of this machine are shown to Azure's own servers only: name a Secret with \
         others in `spec.secretRef`",
    );
}

#[test]
fn google() {
    let object = |name: &str| {
        format!(r#"{{"name": "{name}", "etag": "CA=", "size": "1", "generation": "7"}}"#)
    };
    let page = |name: &str, next: &str| {
        format!(r#"{{"kind": "storage#objects", "items": [{}]{next}}}"#, object(name))
    };
    let (first, second) = (page("apps/a", r#", "nextPageToken": "t""#), page("apps/b", ""));
    let url = serve(move |asked| {
        let (path, query) = asked.url.split_once('?').unwrap();
        let body = match path {
            "/storage/v1/b/fleet/o" if query.contains("pageToken=t") => &second,
            "/storage/v1/b/fleet/o" => &first,
            "/storage/v1/b/fleet/o/apps%2Fa" => {
                assert_eq!(query, "alt=media&ifGenerationMatch=7");
                "x"
            }
            "/storage/v1/b/fleet/o/apps%2Fb" => "x",
            _ => return ("404 Not Found".to_owned(), b"No such object".to_vec()),
        };
        ("200 OK\r\nETag: other".to_owned(), body.as_bytes().to_vec())
    });
    let check = |key: &str, endpoint: &str, expected: &str| {
        let scratch = Scratch::new("");
        let data = data(&[("serviceaccount", key)]);
        let credentials = Credentials::of_secrets(Provider::Gcp, Some(&data), None).unwrap();
        let endpoint = endpoint.to_owned();
        let address = Address { provider: Provider::Gcp, endpoint, ..address("") };
        let store = Store::new(scratch.at("store"), address, &credentials);
        check_eq(&shown(&store), expected);
        if let Some(last) = store.last() {
            // printf 'apps/a CA=\napps/b CA=\n' | sha256sum
            check_eq(
                last.revision.as_str(),
                "sha256:6f5b27e5be530cedc93d43f4697124d1e4eeb845beac75f77851038f31b3fd11",
            );
        }
    };
    check("none for an emulator", &url, "apps/a: x\napps/b: x");
    let none = "the Secret cannot be used: its `serviceaccount` is no key of a service account";
    check("\"canary\"", "anywhere.test", none);
    check(r#"{"private_key": "canary"}"#, "storage.googleapis.com", none);
}

#[test]
fn tokens_of_azure() {
    let tokens = serve(|asked| {
        let body = String::from_utf8_lossy(&asked.body);
        match body.contains("client_secret=canary-1") {
            true => {
                ("200 OK".to_owned(), br#"{"access_token": "canary-2", "expires_in": 99}"#.to_vec())
            }
            false => ("401 Unauthorized".to_owned(), b"canary".to_vec()),
        }
    });
    let check = |secret: &str, authority: &str, expected: &str| {
        let scratch = Scratch::new("");
        let data = data(&[
            ("tenantId", "tenant"),
            ("clientId", "client"),
            ("clientSecret", secret),
            ("authorityHost", authority),
        ]);
        let credentials = Credentials::of_secrets(Provider::Azure, Some(&data), None).unwrap();
        let endpoint = "https://account.blob.localhost:1".to_owned();
        let address = Address { provider: Provider::Azure, endpoint, ..address("") };
        let store = Store::new(scratch.at("store"), address, &credentials);
        let said = shown(&store);
        assert!(said.starts_with(expected), "{said}");
    };
    let unreachable = "the bucket `fleet` at account.blob.localhost:1: it cannot be reached: ";
    check("canary-1", &tokens, unreachable);
    check("canary-3", &tokens, "no credentials: 127.0.0.1 answers 401 Unauthorized");
    check("canary-1", "http://127.0.0.1:1", "no credentials: 127.0.0.1 cannot be reached");
}
