//! A client for HTTPS on loopback that trusts one authority: what suites and benches ask servers with.

use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A server that is asked over its socket. A clone shares its connections.
#[derive(Clone)]
pub(crate) struct Https {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Arc<str>,
}

impl Https {
    /// Asks the server at `address` (`127.0.0.1:6443`), whose certificate one of `authorities` (PEM)
    /// has signed, over HTTP/2 where it speaks that.
    ///
    /// # Errors
    /// The authorities are no certificates.
    pub(crate) fn new(address: &str, authorities: &str) -> Result<Https> {
        let mut roots = rustls::RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(authorities.as_bytes());
        for certificate in certificates {
            let certificate = certificate.context("an authority is no certificate")?;
            // A file may hold the server's own certificate beside its authority's.
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("no TLS")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are small and waited for.
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_all_versions()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Https { client, address: address.into() })
    }

    /// Sends a request whose URI has a path and parameters only.
    ///
    /// # Errors
    /// The URI is none, or the server cannot be reached.
    pub(crate) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let asked = format!("{} {path}", request.method());
        *request.uri_mut() = format!("https://{}{path}", self.address).parse()?;
        self.client.request(request).await.with_context(|| format!("no answer to {asked}"))
    }
}
