//! A relay before a server, whose connections break: after some bytes, and whenever a test says so.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How much a connection carries to its client before it breaks: lists come through, and long watches do not.
const CARRIES: std::ops::Range<u64> = 8_000..80_000;

pub(super) struct Relay {
    pub(super) port: u16,
    cut: watch::Sender<u64>,
}

impl Relay {
    pub(super) async fn start(to: SocketAddr, seed: u64) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = watch::Sender::new(0);
        let cuts = cut.subscribe();
        let mut chance = fastrand::Rng::with_seed(seed);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, to, chance.u64(CARRIES), cuts.clone()));
            }
        });
        Relay { port, cut }
    }

    /// Breaks all connections that there are.
    pub(super) fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}

async fn carry(mut client: TcpStream, to: SocketAddr, most: u64, mut cut: watch::Receiver<u64>) {
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    cut.mark_unchanged();
    let (mut from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = server.split();
    let mut from_server = from_server.take(most);
    tokio::select! {
        _ = copy(&mut from_server, &mut to_client) => {}
        _ = copy(&mut from_client, &mut to_server) => {}
        _ = cut.changed() => {}
    }
}
