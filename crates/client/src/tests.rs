//! An embedded cluster on a socket, and clients of it: ours, and those of the kube crate as anybody has them.

mod churn;
mod kube_rs;
mod relay;
mod writer;

use std::net::SocketAddr;
use std::sync::Arc;

use apiserver::pki::Authority;
use apiserver::{Options, Server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "secret";

/// A cluster that listens as long as this lives.
struct Listening {
    server: Server,
    authority: Authority,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Listening {
    async fn start() -> Listening {
        // Tokens expire, and certificates begin, by the clock of the machine.
        let clock = Arc::new(jiff::Timestamp::now);
        let options = Options { token: TOKEN.to_owned(), ..Options::new("test", clock) };
        let server = Server::open(options).unwrap();
        let authority = Authority::new("test", jiff::Timestamp::now()).unwrap();
        let tls = authority.server_config(&["127.0.0.1"]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (serving, until) = (server.clone(), stop.clone());
        tokio::spawn(async move { serving.serve(listener, tls, until).await });
        Listening { server, authority, address, stop }
    }

    /// A kubeconfig that finds it, through `port`.
    fn kubeconfig(&self, port: u16) -> String {
        crate::objects::tests::kubeconfig(port, self.authority.ca_pem(), TOKEN)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The kube crate's own client, as its users make it.
async fn kube_of(kubeconfig: kube::config::Kubeconfig) -> kube::Client {
    // rustls wants one to be chosen; somebody may have before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    kube::Client::try_from(config).unwrap()
}
