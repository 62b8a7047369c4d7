//! Connections that are opened and never come to anything. They have no socket, so that the clock may stand
//! still and yet all their time go by.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Empty;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use testkit::check_eq;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::http::tests::connector;
use crate::pki::Authority;
use crate::tests::{cluster, runtime};

/// A cluster that is there for connections.
struct Listening {
    server: Server,
    tls: Arc<rustls::ServerConfig>,
    roots: rustls::RootCertStore,
}

type Tls = tokio_rustls::client::TlsStream<DuplexStream>;

impl Listening {
    fn new() -> Listening {
        let server = cluster();
        let authority = Authority::new("test", server.now()).unwrap();
        let tls = authority.server_config(&["localhost"]).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap();
        roots.add(certificate).unwrap();
        Listening { server, tls, roots }
    }

    fn open(&self) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let acceptor = TlsAcceptor::from(self.tls.clone());
        let stop = CancellationToken::new();
        tokio::spawn(connection(theirs, acceptor, self.server.clone(), stop));
        ours
    }

    async fn greet(&self, protocol: &[u8]) -> Tls {
        let name = ServerName::try_from("localhost").unwrap();
        connector(&self.roots, protocol, None).connect(name, self.open()).await.unwrap()
    }

    /// What comes of something that is sent after the greeting, until the connection is closed.
    async fn send(&self, protocol: &[u8], sent: &[u8]) -> String {
        let (mut read, mut write) = tokio::io::split(self.greet(protocol).await);
        // Who is refused is not listened to any further.
        let writing = async {
            let _ = write.write_all(sent).await;
            let _ = write.flush().await;
        };
        tokio::join!(told(&mut read), writing).0
    }
}

/// The first line of what comes until the connection is closed.
async fn told(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        all.extend_from_slice(&piece[..length]);
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let line = text.lines().next().filter(|line| line.starts_with("HTTP/")).unwrap_or_default();
    format!("{line} closed").trim_start().to_owned()
}

const TOKEN: &str = "Host: localhost\r\nAuthorization: Bearer secret\r\n";

#[test]
fn what_is_never_finished_is_closed() {
    let got = runtime().block_on(async {
        let listening = Listening::new();
        let mut silent = listening.open();
        let mut half = listening.open();
        half.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
        let mut other = listening.open();
        other.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        // They are there, and others are served.
        let served = format!("GET /readyz HTTP/1.1\r\n{TOKEN}Connection: close\r\n\r\n");
        let served = listening.send(b"http/1.1", served.as_bytes()).await;
        let body = "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nContent-Length: 100\r\n";
        let chunked =
            "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nTransfer-Encoding: chunked\r\n";
        let large = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(4 * HEAD));
        let long = format!("GET /?{} HTTP/1.1\r\n\r\n", "x".repeat(70_000));
        let lines = [
            ("another client", served),
            ("no greeting", told(&mut silent).await),
            ("half a greeting", told(&mut half).await),
            ("no TLS", told(&mut other).await),
            ("no request", listening.send(b"http/1.1", b"").await),
            ("half a head", listening.send(b"http/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n").await),
            ("no head", listening.send(b"http/1.1", b"\x00\x01\x02\r\n\r\n").await),
            ("too large a head", listening.send(b"http/1.1", large.as_bytes()).await),
            ("too long a URL", listening.send(b"http/1.1", long.as_bytes()).await),
            ("HTTP/2 without a preface", listening.send(b"h2", b"").await),
            ("HTTP/2 that is none", listening.send(b"h2", b"GET / HTTP/1.1\r\n\r\n").await),
            (
                "half a body",
                listening.send(b"http/1.1", format!("{body}{TOKEN}\r\n{{").as_bytes()).await,
            ),
            (
                "half a body of nobody",
                listening.send(b"http/1.1", format!("{body}Host: x\r\n\r\n{{").as_bytes()).await,
            ),
            (
                "no more chunks",
                listening
                    .send(b"http/1.1", format!("{chunked}{TOKEN}\r\n1\r\n{{\r\n").as_bytes())
                    .await,
            ),
            (
                "no chunks",
                listening.send(b"http/1.1", format!("{chunked}{TOKEN}\r\nx\r\n").as_bytes()).await,
            ),
        ];
        lines.map(|(what, came)| format!("{what}: {came}\n")).concat()
    });
    check_eq(
        &got,
        "\
another client: HTTP/1.1 200 OK closed
no greeting: closed
half a greeting: closed
no TLS: closed
no request: closed
half a head: closed
no head: HTTP/1.1 400 Bad Request closed
too large a head: HTTP/1.1 431 Request Header Fields Too Large closed
too long a URL: HTTP/1.1 414 URI Too Long closed
HTTP/2 without a preface: closed
HTTP/2 that is none: closed
half a body: HTTP/1.1 504 Gateway Timeout closed
half a body of nobody: HTTP/1.1 403 Forbidden closed
no more chunks: HTTP/1.1 504 Gateway Timeout closed
no chunks: HTTP/1.1 400 Bad Request closed
",
    );
}

/// Requests that follow each other on one connection, as long as they come in time.
#[test]
fn connections_are_kept_for_a_while() {
    let idle = runtime().block_on(async {
        let mut stream = Listening::new().greet(b"http/1.1").await;
        let request = format!("GET /readyz HTTP/1.1\r\n{TOKEN}\r\n");
        let mut piece = [0; 512];
        for _ in 0..4 {
            // Nothing comes, not its end either.
            let soon = tokio::time::timeout(Duration::from_secs(80), stream.read(&mut piece));
            assert!(soon.await.is_err());
            stream.write_all(request.as_bytes()).await.unwrap();
            assert_ne!(stream.read(&mut piece).await.unwrap(), 0);
        }
        let answered = tokio::time::Instant::now();
        assert_eq!(told(&mut stream).await, "closed");
        answered.elapsed().as_secs()
    });
    assert_eq!(idle, IDLE.as_secs());
}

/// A watch is a request under way, however long nothing happens.
#[test]
fn a_silent_watch_is_no_idle_connection() {
    let lasted = runtime().block_on(async {
        let mut stream = Listening::new().greet(b"http/1.1").await;
        let path = "/api/v1/configmaps?watch=true&resourceVersion=1&timeoutSeconds=3000";
        let request = format!("GET {path} HTTP/1.1\r\n{TOKEN}Connection: close\r\n\r\n");
        let begun = tokio::time::Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        told(&mut stream).await;
        begun.elapsed().as_secs()
    });
    assert_eq!(lasted, 3000);
}

/// Watchers over HTTP/2 who take nothing of what they are told.
#[test]
fn watchers_that_do_not_read_keep_nobody_from_being_served() {
    runtime().block_on(async {
        let listening = Listening::new();
        let mut answers = Vec::new();
        for _ in 0..4 {
            let stream = TokioIo::new(listening.greet(b"h2").await);
            let (mut sender, connection) =
                hyper::client::conn::http2::Builder::new(TokioExecutor::new())
                    .initial_stream_window_size(1 << 10)
                    .handshake::<_, Empty<Bytes>>(stream)
                    .await
                    .unwrap();
            tokio::spawn(connection);
            for _ in 0..500 {
                let path = "https://localhost/api/v1/configmaps?watch=true&resourceVersion=1";
                let request = Request::get(path).header("authorization", "Bearer secret");
                let request = request.body(Empty::<Bytes>::new()).unwrap();
                sender.ready().await.unwrap();
                answers.push(sender.send_request(request).await.unwrap());
            }
        }
        let head = "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nConnection: close\r\n";
        for number in 0..20 {
            let body = format!(
                r#"{{"metadata":{{"name":"map-{number}"}},"data":{{"x":"{}"}}}}"#,
                "x".repeat(10_000)
            );
            let length = body.len();
            let request = format!("{head}Content-Length: {length}\r\n{TOKEN}\r\n{body}");
            let told = listening.send(b"http/1.1", request.as_bytes()).await;
            assert_eq!(told, "HTTP/1.1 201 Created closed");
        }
        assert!(answers.iter().all(|answer| answer.status() == 200));
        assert_eq!(answers.len(), 2000);
    });
}
