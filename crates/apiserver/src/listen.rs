//! The cluster on a socket: TLS, HTTP/1.1 and HTTP/2.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::{Body, Caller, Service};
use crate::pki;
use crate::server::Server;

/// How long a client may take to greet.
const GREETING: Duration = Duration::from_secs(10);
/// How long a connection may have no request under way, be it that none comes or that one does not come to
/// the end of its head. As kube-apiserver's, and as long as clients keep connections for another request.
const IDLE: Duration = Duration::from_secs(90);
/// How large the head of a request may be: as large as a URL can be here, and as much again.
const HEAD: usize = 128 << 10;
/// How much of an answer waits for a client that does not read.
const UNREAD: usize = 64 << 10;
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
                    // Answers are small and waited for.
                    let _ = stream.set_nodelay(true);
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

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    acceptor: TlsAcceptor,
    server: Server,
    stop: CancellationToken,
) {
    let greeting = tokio::time::timeout(GREETING, acceptor.accept(stream));
    let Ok(Ok(stream)) = greeting.await else { return };
    let builder = Builder::new(TokioExecutor::new());
    // What was agreed on is not looked for in what comes.
    let mut builder = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => builder.http2_only(),
        _ => builder.http1_only(),
    };
    // Heads have no time of their own: it would count between requests as well.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE)
        .max_header_list_size(HEAD as u32)
        .max_send_buf_size(UNREAD)
        .max_concurrent_streams(1000);
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let user = certificates.first().and_then(|certificate| pki::user_of(certificate));
    let caller = user.map_or(Caller::Anyone, Caller::Certified);
    let open = Arc::new(watch::Sender::new(0));
    let mut idle = std::pin::pin!(idle(open.subscribe()));
    let service = Counted { service: Service::new(server, caller), open };
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            // What a client does wrong on its connection is its own affair.
            _ = connection.as_mut() => return,
            () = stop.cancelled(), if !is_stopping => {}
            () = idle.as_mut(), if !is_stopping => {}
            () = tokio::time::sleep(GRACE), if is_stopping => return,
        }
        is_stopping = true;
        connection.as_mut().graceful_shutdown();
    }
}

/// Waits until there has been no request for too long.
async fn idle(mut open: watch::Receiver<usize>) {
    loop {
        // Who counts lives as long as the connection.
        if open.wait_for(|open| *open == 0).await.is_err() {
            return std::future::pending().await;
        }
        if tokio::time::timeout(IDLE, open.changed()).await.is_err() {
            return;
        }
    }
}

/// A service that counts the requests that are under way, to the end of their answers.
#[derive(Clone)]
struct Counted {
    service: Service,
    open: Arc<watch::Sender<usize>>,
}

impl tower::Service<Request<Incoming>> for Counted {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let open = Open::new(self.open.clone());
        let response = self.service.call(request);
        Box::pin(async move { Ok(response.await?.map(|body| body.holding(open))) })
    }
}

/// A request that is under way.
struct Open(Arc<watch::Sender<usize>>);

impl Open {
    fn new(open: Arc<watch::Sender<usize>>) -> Open {
        open.send_modify(|open| *open += 1);
        Open(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

#[cfg(test)]
mod tests;
