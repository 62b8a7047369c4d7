//! Certificates of an embedded cluster: an authority of its own, and what its listener shows.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// How long certificates are good for.
const DAYS: i64 = 365;

/// An authority that signs the certificates of one cluster.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    now: Timestamp,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be made.
    #[error("cannot make a certificate for {name}")]
    Certificate {
        /// What it is for.
        name: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// What TLS needs of it is missing.
    #[error("cannot use the certificate for {name}")]
    Tls {
        /// What it is for.
        name: String,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Authority {
    /// A new authority that is good from `now` on.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn new(name: &str, now: Timestamp) -> Result<Authority, Error> {
        let failed = |source| Error::Certificate { name: name.to_owned(), source };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = dated(CertificateParams::default(), now);
        params.distinguished_name.push(DnType::CommonName, format!("{name} CA"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let pem = params.self_signed(&key).map_err(failed)?.pem();
        Ok(Authority { issuer: Issuer::new(params, key), pem, now })
    }

    /// What a listener for `hosts` (names or addresses) shows; HTTP/2 and HTTP/1.1 are offered.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn server_config(&self, hosts: &[&str]) -> Result<Arc<rustls::ServerConfig>, Error> {
        let name = hosts.join(", ");
        let failed = |source| Error::Certificate { name: name.clone(), source };
        let key = KeyPair::generate().map_err(failed)?;
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let mut params = dated(CertificateParams::new(hosts).map_err(failed)?, self.now);
        params.distinguished_name.push(DnType::CommonName, "nauarch embedded cluster");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key)
            });
        let mut config = config.map_err(|source| Error::Tls { name: name.clone(), source })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// The authority's certificate, as kubeconfigs have it.
    pub fn ca_pem(&self) -> &str {
        &self.pem
    }
}

fn dated(mut params: CertificateParams, now: Timestamp) -> CertificateParams {
    let date = |time: Timestamp| {
        let date = jiff::tz::TimeZone::UTC.to_datetime(time).date();
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    let day = SignedDuration::from_hours(24);
    let shifted = |days: i64| now.saturating_add(day * i32::try_from(days).unwrap_or(0));
    // A day of grace for clocks that are behind.
    params.not_before = date(shifted(-1).unwrap_or(now));
    params.not_after = date(shifted(DAYS).unwrap_or(now));
    params
}
