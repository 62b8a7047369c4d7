//! TLS as fetching wants it: who is trusted, and what we show of ourselves.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Access, Error};

/// Who is trusted, and what the client shows of itself.
pub(super) fn tls(access: &Access) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::http("no connection can be made"))?;
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = &access.authorities {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(Error::http("the authority is no certificate"))?;
            roots.add(certificate).map_err(Error::http("the authority is no certificate"))?;
        }
        if roots.is_empty() {
            let what = "there is no certificate in the authority".to_owned();
            return Err(Error::Access { what });
        }
    }
    if access.authorities.is_none() || access.trusts_machine {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let builder = builder.with_root_certificates(roots);
    let Some((certificates, key)) = &access.certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(Error::http("`tls.crt` is no certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(Error::http("`tls.key` is no key"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(Error::http("`tls.crt` and `tls.key` do not belong together"))
}
