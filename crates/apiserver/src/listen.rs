//! The cluster on a socket: TLS, HTTP/1.1 and HTTP/2.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::{Caller, Service};
use crate::pki;
use crate::server::Server;

/// How long a client may take to greet.
const GREETING: Duration = Duration::from_secs(10);
/// How often a silent HTTP/2 connection is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long open connections may go on once the listener stops.
const GRACE: Duration = Duration::from_secs(1);

impl Server {
    /// Serves a listener until `stop`; who comes shows a token, a certificate, or nothing. Connections that
    /// are still open a moment later are closed.
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Arc<rustls::ServerConfig>,
        stop: CancellationToken,
    ) {
        let acceptor = TlsAcceptor::from(tls);
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let work = connection(stream, acceptor.clone(), self.clone(), stop.clone());
                    connections.spawn(work);
                }
                // Out of file descriptors, say: wait for connections to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        connections.close();
        // Watches have no end of their own.
        let _ = tokio::time::timeout(GRACE, connections.wait()).await;
    }
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    server: Server,
    stop: CancellationToken,
) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let greeting = tokio::time::timeout(GREETING, acceptor.accept(stream));
    let Ok(Ok(stream)) = greeting.await else { return };
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(GREETING);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE)
        .max_concurrent_streams(1000);
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let user = certificates.first().and_then(|certificate| pki::user_of(certificate));
    let caller = user.map_or(Caller::Anyone, Caller::Certified);
    let service = TowerToHyperService::new(Service::new(server, caller));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            // What a client does wrong on its connection is its own affair.
            _ = connection.as_mut() => return,
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep(GRACE), if is_stopping => return,
        }
    }
}
