//! An embedded cluster that listens for as long as it is kept, in a runtime of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use apiserver::{Options, Server, pki};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::kubeconfig::{self, Way};

const TOKEN: &str = "a-token-of-the-suite";

pub(super) struct Embedded {
    /// What serves as long as this lives.
    _runtime: Runtime,
    stop: CancellationToken,
    server: Server,
    address: String,
    authority: pki::Authority,
}

impl Embedded {
    /// A fresh cluster, with or without its simulated controllers.
    pub(super) fn start(simulate: bool) -> Result<Embedded> {
        let runtime = Runtime::new().context("no runtime")?;
        let stop = CancellationToken::new();
        let authority = pki::Authority::new("suite", Timestamp::now())?;
        let tls = authority.server_config(&["127.0.0.1"])?;
        let mut options = Options::new("suite", Arc::new(Timestamp::now));
        TOKEN.clone_into(&mut options.token);
        options.simulate = simulate;
        let server = {
            let _entered = runtime.enter();
            Server::open(options)?
        };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?.to_string();
        let until = stop.clone();
        let serving = server.clone();
        runtime.spawn(async move { serving.serve(listener, tls, until).await });
        Ok(Embedded { _runtime: runtime, stop, server, address, authority })
    }

    /// The cluster, to be asked in this process.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Writes a kubeconfig of it into a folder.
    pub(super) fn write_kubeconfig(&self, folder: &Path) -> Result<PathBuf> {
        let certificate =
            self.authority.client_certificate(kubeconfig::USER, Some(kubeconfig::GROUP))?;
        let way = Way {
            address: &self.address,
            authorities: self.authority.ca_pem(),
            token: TOKEN,
            certificate: &certificate,
        };
        kubeconfig::write(folder, &way)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
