//! Certificates of an embedded cluster: an authority of its own, what its listener shows, and what
//! clients show.

mod subject;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use manifest::Text;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use sha2::{Digest, Sha256};

use crate::access::{Identity, User};

/// How long certificates are good for.
const DAYS: i64 = 365;

/// An authority that signs the certificates of one cluster.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
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
        let certificate = params.self_signed(&key).map_err(failed)?;
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Ok(Authority { issuer: Issuer::new(params, key), der, pem, now })
    }

    /// What a listener for `hosts` (names or addresses) shows; HTTP/2 and HTTP/1.1 are offered. Clients
    /// may show a certificate of this authority.
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
        let unusable = |source| Error::Tls { name: name.clone(), source };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.der.clone()).map_err(unusable)?;
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .allow_unauthenticated()
            .build()
            .map_err(|error| unusable(rustls::Error::General(error.to_string())))?;
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let builder = builder.with_client_cert_verifier(clients);
                builder.with_single_cert(vec![certificate.der().clone()], key)
            });
        let mut config = config.map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// A certificate that says that a client is `user`, and in a group, and its private key, both as
    /// kubeconfigs have them.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn client_certificate(
        &self,
        user: &str,
        group: Option<&str>,
    ) -> Result<(String, String), Error> {
        let failed = |source| Error::Certificate { name: user.to_owned(), source };
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = dated(CertificateParams::default(), self.now);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, user);
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// The authority's certificate, as kubeconfigs have it.
    pub fn ca_pem(&self) -> &str {
        &self.pem
    }
}

/// The user that a certificate is for, that TLS has found good: its common name, in the groups that are
/// its organizations (Kubernetes' `authentication/request/x509`). Nobody where it has no common name.
pub(crate) fn user_of(certificate: &[u8]) -> Option<User> {
    let (name, groups) = subject::subject(certificate)?;
    if name.is_empty() {
        return None;
    }
    let hash: String =
        Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = Text::from(format!("X509SHA256={hash}"));
    let extra = [("authentication.kubernetes.io/credential-id".into(), vec![id])].into();
    let mut identity = Identity { name, groups, extra, ..Identity::default() };
    identity.authenticated();
    Some(User::from(identity))
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
