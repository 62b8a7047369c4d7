//! The server of `testkit`, over TLS.

use std::sync::Arc;

use rcgen::Certificate;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use testkit::server::{Answering, Asked, converse, listen};

/// Starts a server; its address and the certificate, PEM.
pub(crate) fn serve_tls(
    answering: impl Fn(&Asked) -> (String, Vec<u8>) + Send + Sync + 'static,
) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    serve_tls_with(&made.cert, made.signing_key.serialize_der(), answering)
}

/// The same with a certificate and its key.
pub(crate) fn serve_tls_with(
    certificate: &Certificate,
    key: Vec<u8>,
    answering: impl Fn(&Asked) -> (String, Vec<u8>) + Send + Sync + 'static,
) -> (String, String) {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let (config, answering): (_, Arc<Answering>) = (Arc::new(config), Arc::new(answering));
    let address = listen(move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        converse(rustls::StreamOwned::new(connection, stream), &*answering);
    });
    (format!("https://{address}"), certificate.pem())
}
