//! Who is measured over a socket: the embedded cluster or a real one, asked in the same way.

use std::sync::Arc;

use anyhow::{Context, Result};
use apiserver::{Options, Server, pki};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::https::Https;
use crate::real::cluster::{Cluster, TOKEN};

/// A server over HTTPS, with several connections to it.
pub(super) struct Peer {
    pub(super) name: &'static str,
    connections: Vec<Https>,
    _listener: Option<DropGuard>,
    _cluster: Option<Cluster>,
}

/// An embedded cluster in this process.
pub(super) fn server() -> Result<Server> {
    let mut options = Options::new("bench", Arc::new(Timestamp::now));
    TOKEN.clone_into(&mut options.token);
    Ok(Server::open(options)?)
}

impl Peer {
    /// The embedded cluster, listening.
    pub(super) async fn embedded(connections: usize) -> Result<Peer> {
        let server = server()?;
        let authority = pki::Authority::new("bench", Timestamp::now())?;
        let tls = authority.server_config(&["127.0.0.1"])?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen")?;
        let address = listener.local_addr()?.to_string();
        let stop = CancellationToken::new();
        let until = stop.clone();
        tokio::spawn(async move { server.serve(listener, tls, until).await });
        let connect = || Https::new(&address, authority.ca_pem());
        let connections = (0..connections).map(|_| connect()).collect::<Result<_>>()?;
        Ok(Peer {
            name: "embedded",
            connections,
            _listener: Some(stop.drop_guard()),
            _cluster: None,
        })
    }

    /// A kube-apiserver with etcd; `None` where the cache has none, which is said.
    pub(super) async fn real(connections: usize) -> Option<Peer> {
        let start = async {
            let cluster = Cluster::start().await?;
            let connections = (0..connections).map(|_| cluster.https()).collect::<Result<_>>()?;
            Ok::<_, anyhow::Error>(Peer {
                name: "kube-apiserver",
                connections,
                _listener: None,
                _cluster: Some(cluster),
            })
        };
        start.await.map_err(|error| println!("left out: {error:#}")).ok()
    }

    /// Sends a request over one of the connections.
    pub(super) async fn send(
        &self,
        number: usize,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>> {
        let https = self.connections.get(number % self.connections.len());
        https.context("no connection")?.send(request).await
    }

    /// Sends a request and reads its answer.
    pub(super) async fn ask(&self, number: usize, request: Request<Full<Bytes>>) -> Result<Bytes> {
        let response = self.send(number, request).await?;
        let status = response.status();
        let body = response.into_body().collect().await.context("an answer broke off")?.to_bytes();
        anyhow::ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}

/// A server-side apply of `body` at `path`.
pub(super) fn apply(path: &str, body: Bytes) -> Result<Request<Full<Bytes>>> {
    Ok(Request::patch(format!("{path}?fieldManager=bench&force=true"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/apply-patch+yaml")
        .header("accept", "application/json")
        .body(Full::new(body))?)
}

/// A read of `path`.
pub(super) fn get(path: &str) -> Result<Request<Full<Bytes>>> {
    let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
    Ok(request.header("accept", "application/json").body(Full::default())?)
}
