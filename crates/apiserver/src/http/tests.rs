//! Requests over HTTP: bodies, formats, watches, TLS.

mod limits;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Body;
use crate::Server;
use crate::tests::{cluster, runtime, show};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str) -> String {
    format!(r#"{{"metadata":{{"name":"{name}"}}}}"#)
}

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    server.service().oneshot(request).await.unwrap()
}

/// The next lines of a watch, each as its type, name and revision from 1 on.
async fn lines(body: &mut Body, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.len() < count {
        let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.unwrap();
        let Some(frame) = frame else { break };
        let bytes = frame.unwrap().into_data().unwrap();
        let event: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let object = &event["object"];
        let name = object["metadata"]["name"].as_str().or(object["message"].as_str());
        let end = object["metadata"]["annotations"]["k8s.io/initial-events-end"].as_str();
        let end = if end.is_some() { " end" } else { "" };
        lines.push(format!("{} {}{end}", event["type"].as_str().unwrap(), name.unwrap_or("-")));
    }
    lines
}

#[test]
fn formats() {
    let server = cluster();
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
    runtime().block_on(async {
        let path = format!("{MAPS}/a");
        let yaml = get(&server, &path, &[("accept", "application/yaml")]).await;
        assert_eq!(yaml.headers()["content-type"], "application/yaml");
        let text = yaml.into_body().collect().await.unwrap().to_bytes();
        assert!(text.starts_with(b"apiVersion: v1\nkind: ConfigMap\n"));
        let proto = [("accept", "application/vnd.kubernetes.protobuf,application/json")];
        let json = get(&server, &path, &proto).await;
        assert_eq!(json.headers()["content-type"], "application/json");
        let none = get(&server, &path, &[("accept", "text/html")]).await;
        assert_eq!(none.status(), 406);
    });
}

#[test]
fn bodies_have_a_limit() {
    let large =
        format!(r#"{{"metadata":{{"name":"a"}},"data":{{"k":"{}"}}}}"#, "x".repeat(3 << 20));
    let (code, body) = show(&cluster(), "POST", MAPS, &large);
    assert_eq!(code, 413);
    assert!(body.contains("Request entity too large: limit is 3145728"), "{body}");
}

#[test]
fn unknown_fields_warn() {
    let server = cluster();
    let body = r#"{"metadata":{"name":"a"},"datas":{}}"#;
    runtime().block_on(async {
        let request = Request::post(MAPS).body(Full::<Bytes>::from(body)).unwrap();
        let response = server.service().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["warning"], r#"299 - "unknown field \"datas\"""#);
    });
    let (code, body) = show(&server, "POST", &format!("{MAPS}?fieldValidation=Strict"), body);
    assert_eq!(code, 400);
    assert!(body.contains(r#"strict decoding error: unknown field \"datas\""#), "{body}");
}

#[test]
fn a_watch_tells_what_happens() {
    let server = cluster();
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
    runtime().block_on(async {
        let path = format!(
            "{MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&\
             allowWatchBookmarks=true"
        );
        let mut body = get(&server, &path, &[]).await.into_body();
        assert_eq!(lines(&mut body, 2).await, ["ADDED a", "BOOKMARK - end"]);
        let post = |name: &str| {
            let request = Request::post(MAPS).body(Full::<Bytes>::from(map(name))).unwrap();
            server.service().oneshot(request)
        };
        post("b").await.unwrap();
        let request = Request::delete(format!("{MAPS}/a")).body(Full::<Bytes>::default()).unwrap();
        server.service().oneshot(request).await.unwrap();
        assert_eq!(lines(&mut body, 2).await, ["ADDED b", "DELETED a"]);
        let other = format!("{MAPS}?watch=true&resourceVersion=1");
        let mut body = get(&server, &other, &[]).await.into_body();
        assert_eq!(lines(&mut body, 3).await, ["ADDED a", "ADDED b", "DELETED a"]);
        drop(body);
        server.compact();
        let mut body = get(&server, &other, &[]).await.into_body();
        let last = lines(&mut body, 2).await;
        assert_eq!(last.len(), 1);
        assert!(last[0].starts_with("ERROR too old resource version: 1 ("), "{last:?}");
    });
}

#[test]
fn a_watch_sees_objects_come_into_a_selector_and_leave_it() {
    let server = cluster();
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
    let path = format!("{MAPS}/a");
    let label = |value| format!(r#"{{"metadata":{{"labels":{{"x":{value}}}}}}}"#);
    for value in ["1", "2", "1"] {
        assert_eq!(show(&server, "PATCH", &path, &label(format!("{value:?}"))).0, 200);
    }
    runtime().block_on(async {
        let path = format!("{MAPS}?watch=true&resourceVersion=1&labelSelector=x%3D1");
        let mut body = get(&server, &path, &[]).await.into_body();
        assert_eq!(lines(&mut body, 3).await, ["ADDED a", "DELETED a", "ADDED a"]);
    });
}

#[test]
fn watches_end_with_a_bookmark() {
    let server = cluster();
    runtime().block_on(async {
        let path = format!("{MAPS}?watch=true&resourceVersion=1&timeoutSeconds=4");
        let mut body = get(&server, &path, &[]).await.into_body();
        assert_eq!(lines(&mut body, 1).await, Vec::<String>::new());
        let path = format!("{path}&allowWatchBookmarks=true");
        let mut body = get(&server, &path, &[]).await.into_body();
        assert_eq!(lines(&mut body, 2).await, ["BOOKMARK -"]);
    });
}

#[test]
fn requests_are_counted() {
    let server = cluster();
    show(&server, "POST", MAPS, &map("a"));
    show(&server, "APPLY", &format!("{MAPS}/a?fieldManager=x&dryRun=All"), "{}");
    let (_, text) = show(&server, "GET", "/metrics", "");
    let counts: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        counts,
        [
            "apiserver_request_total{code=\"400\",component=\"apiserver\",dry_run=\"All\",group=\"\",\
             resource=\"configmaps\",subresource=\"\",verb=\"APPLY\",version=\"v1\"} 1",
            "apiserver_request_total{code=\"201\",component=\"apiserver\",dry_run=\"\",group=\"\",\
             resource=\"configmaps\",subresource=\"\",verb=\"POST\",version=\"v1\"} 1",
        ]
    );
}

/// A clock that shows the time of the test cluster.
#[derive(Debug)]
struct Standing;

impl rustls::time_provider::TimeProvider for Standing {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = crate::tests::options().clock.as_ref()().as_second();
        let since = Duration::from_secs(u64::try_from(seconds).unwrap());
        Some(rustls::pki_types::UnixTime::since_unix_epoch(since))
    }
}

/// A request over a TLS connection of its own; `protocol` is what is agreed on.
async fn over_tls(
    address: std::net::SocketAddr,
    roots: &rustls::RootCertStore,
    protocol: &[u8],
    token: &str,
) -> (u16, Vec<u8>) {
    let connector = connector(roots, protocol, None);
    let stream = TcpStream::connect(address).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, stream).await.unwrap();
    let agreed = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
    let authorization = ("authorization", format!("Bearer {token}"));
    let response = ask(stream, protocol == b"h2", MAPS, &[authorization]).await;
    (response.status().as_u16(), agreed)
}

/// What connects to a listener, with a certificate and its key where there is one.
pub(crate) fn connector(
    roots: &rustls::RootCertStore,
    protocol: &[u8],
    identity: Option<(&str, &str)>,
) -> tokio_rustls::TlsConnector {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = match identity {
        // A listener looks at the time of the machine when it looks at certificates.
        Some(_) => rustls::ClientConfig::builder_with_provider(provider),
        None => rustls::ClientConfig::builder_with_details(provider, Arc::new(Standing)),
    };
    let builder = builder
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots.clone());
    let mut config = match identity {
        Some((certificate, key)) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

type Stream = tokio_rustls::client::TlsStream<TcpStream>;

/// The answer to a GET over a connection.
async fn ask(
    stream: Stream,
    is_h2: bool,
    path: &str,
    headers: &[(&str, String)],
) -> Response<hyper::body::Incoming> {
    let mut request = Request::get(format!("https://localhost{path}")).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let io = TokioIo::new(stream);
    if is_h2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }
}

#[test]
fn tls_with_a_token() {
    let server = cluster();
    // Sockets take real time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let authority = crate::pki::Authority::new("test", server.now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = authority.server_config(&["localhost", "127.0.0.1"]).unwrap();
        let stop = CancellationToken::new();
        let serving = {
            let (server, stop) = (server.clone(), stop.clone());
            tokio::spawn(async move { server.serve(listener, tls, stop).await })
        };
        let mut roots = rustls::RootCertStore::empty();
        use rustls::pki_types::pem::PemObject;
        let pem = authority.ca_pem().as_bytes();
        roots.add(rustls::pki_types::CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
        for protocol in [&b"h2"[..], &b"http/1.1"[..]] {
            let (code, agreed) = over_tls(address, &roots, protocol, "secret").await;
            assert_eq!((code, agreed.as_slice()), (200, protocol));
            let (code, _) = over_tls(address, &roots, protocol, "other").await;
            assert_eq!(code, 401);
        }
        stop.cancel();
        serving.await.unwrap();
    });
}

/// The answer to a request with headers: the status, the reason and the message.
async fn told(server: &Server, path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let response = server.guarded_service().oneshot(request).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let status: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    format!("{code} {}", status["message"].as_str().unwrap_or_default())
}

#[test]
fn who_shows_nothing() {
    let server = cluster();
    runtime().block_on(async {
        let forbidden = "403 configmaps is forbidden: User \"system:anonymous\" cannot list resource \
                         \"configmaps\" in API group \"\" in the namespace \"default\"";
        assert_eq!(told(&server, MAPS, &[]).await, forbidden);
        assert_eq!(told(&server, MAPS, &[("authorization", "Basic eDp5")]).await, forbidden);
        assert_eq!(told(&server, "/readyz", &[]).await, "200 ");
        let wrong = [("authorization", "Bearer other")];
        assert_eq!(told(&server, "/readyz", &wrong).await, "401 Unauthorized");
        let admin = ("authorization", "bearer secret");
        assert_eq!(told(&server, MAPS, &[admin]).await, "200 ");
        let group = ("impersonate-group", "g");
        let extra = ("impersonate-extra-acme.com%2fteam", "a");
        assert_eq!(
            told(&server, MAPS, &[admin, group, extra]).await,
            "400 requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"g\"}, \
             Extra:map[string][]string{\"acme.com/team\":[]string{\"a\"}}} without impersonating a user \
             name"
        );
    });
}

#[test]
fn tokens_of_service_accounts() {
    let server = cluster();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert_eq!(show(&server, "POST", accounts, &map("sa")).0, 201);
    let body = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"#;
    let (code, body) = show(&server, "POST", &format!("{accounts}/sa/token"), body);
    assert_eq!(code, 201, "{body}");
    let request: serde_json::Value = serde_json::from_str(&body).unwrap();
    let token = request["status"]["token"].as_str().unwrap();
    let review = format!(r#"{{"spec":{{"token":"{token}"}}}}"#);
    let reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    let (_, body) = show(&server, "POST", reviews, &review);
    assert!(body.contains("\"username\":\"system:serviceaccount:default:sa\""), "{body}");
    let bearer = format!("Bearer {token}");
    runtime().block_on(async {
        let headers = [("authorization", bearer.as_str())];
        let forbidden = "403 configmaps is forbidden: User \"system:serviceaccount:default:sa\" cannot list \
                         resource \"configmaps\" in API group \"\" in the namespace \"default\"";
        assert_eq!(told(&server, MAPS, &headers).await, forbidden);
        assert_eq!(told(&server, "/openid/v1/jwks", &headers).await, "200 ");
        assert_eq!(told(&server, "/.well-known/openid-configuration", &headers).await, "200 ");
        let path = "/openid/v1/jwks";
        assert!(told(&server, path, &[]).await.starts_with("403 "));
    });
    assert_eq!(show(&server, "DELETE", &format!("{accounts}/sa"), "").0, 200);
    let (_, body) = show(&server, "POST", reviews, &review);
    assert!(
        body.contains(r#""error":"[invalid bearer token, serviceaccounts \"sa\" not found]""#),
        "{body}"
    );
}

#[test]
fn tls_with_a_certificate() {
    let server = cluster();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // The listener looks at the time of the machine.
        let authority = crate::pki::Authority::new("test", jiff::Timestamp::now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = authority.server_config(&["localhost"]).unwrap();
        let stop = CancellationToken::new();
        let serving = {
            let (server, stop) = (server.clone(), stop.clone());
            tokio::spawn(async move { server.serve(listener, tls, stop).await })
        };
        let mut roots = rustls::RootCertStore::empty();
        use rustls::pki_types::pem::PemObject;
        let pem = authority.ca_pem().as_bytes();
        roots.add(rustls::pki_types::CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
        for (group, code) in [(Some("system:masters"), 200), (Some("devs"), 403), (None, 403)] {
            let (certificate, key) = authority.client_certificate("alice", group).unwrap();
            let connector = connector(&roots, b"h2", Some((&certificate, &key)));
            let stream = TcpStream::connect(address).await.unwrap();
            let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
            let stream = connector.connect(name, stream).await.unwrap();
            assert_eq!(ask(stream, true, MAPS, &[]).await.status(), code, "{group:?}");
        }
        stop.cancel();
        serving.await.unwrap();
    });
}
