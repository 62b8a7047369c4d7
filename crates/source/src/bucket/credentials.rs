//! Who asks for a bucket, as a Secret says it.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::Provider;
use crate::access::{certificate, wrong};
use crate::{Access, Error};

type Data = BTreeMap<String, Vec<u8>>;

/// Credentials for a bucket, and who vouches for its server. Nothing of it is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whom the server is trusted by, and the certificate of our own.
    pub(crate) connection: Access,
    pub(crate) identity: Identity,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    Nobody,
    /// Whoever the cloud says that this machine is.
    Machine,
    Keys {
        access: String,
        secret: String,
    },
    /// JSON.
    ServiceAccount(String),
    Application {
        tenant: String,
        client: String,
        secret: String,
        authority: Option<String>,
    },
    /// That of this machine with this name.
    Managed(String),
    AccountKey(String),
    Sas(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// What the `data` (decoded) of `spec.secretRef` and `spec.certSecretRef` say. The keys are those of Flux:
    /// `accesskey` and `secretkey` for S3; `serviceaccount` for Google; for Azure the first of `tenantId` with
    /// `clientId` and `clientSecret`, `clientId`, `accountKey`, `sasKey`. Without a Secret nobody asks of `generic`,
    /// and of the others this machine.
    ///
    /// # Errors
    /// Something is missing. No error shows what a Secret holds.
    pub fn of_secrets(
        provider: Provider,
        secret: Option<&Data>,
        certificates: Option<&Data>,
    ) -> Result<Credentials, Error> {
        let identity = match (secret, provider) {
            (None, Provider::Generic) => Identity::Nobody,
            (None, _) => Identity::Machine,
            (Some(data), Provider::Generic | Provider::Aws) => Identity::of_s3(data)?,
            (Some(data), Provider::Gcp) => {
                let none = || wrong("for a bucket of Google's it needs `serviceaccount`");
                Identity::ServiceAccount(text(data, "serviceaccount")?.ok_or_else(none)?)
            }
            (Some(data), Provider::Azure) => Identity::of_azure(data)?,
        };
        let mut connection = Access::default();
        if let Some(data) = certificates {
            connection.certificate = certificate(data)?;
            connection.authorities = data.get("ca.crt").filter(|bytes| !bytes.is_empty()).cloned();
            if connection.certificate.is_none() && connection.authorities.is_none() {
                return Err(wrong("it needs `ca.crt`, or `tls.crt` with `tls.key`"));
            }
            connection.trusts_machine = true;
        }
        Ok(Credentials { connection, identity })
    }

    /// Makes a digest of it one of these credentials.
    pub(crate) fn update(&self, hasher: &mut Sha256) {
        self.connection.update(hasher);
        let (kind, parts): (u8, Vec<&str>) = match &self.identity {
            Identity::Nobody => (0, vec![]),
            Identity::Machine => (1, vec![]),
            Identity::Keys { access, secret } => (2, vec![access, secret]),
            Identity::ServiceAccount(json) => (3, vec![json]),
            Identity::Application { tenant, client, secret, authority } => {
                (4, vec![tenant, client, secret, authority.as_deref().unwrap_or_default()])
            }
            Identity::Managed(client) => (5, vec![client]),
            Identity::AccountKey(key) => (6, vec![key]),
            Identity::Sas(sas) => (7, vec![sas]),
        };
        hasher.update([kind]);
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
}

impl Identity {
    fn of_s3(data: &Data) -> Result<Identity, Error> {
        let (Some(_), Some(_)) = (data.get("accesskey"), data.get("secretkey")) else {
            return Err(wrong("for a bucket it needs `accesskey` and `secretkey`"));
        };
        let (Some(access), Some(secret)) = (text(data, "accesskey")?, text(data, "secretkey")?)
        else {
            return Ok(Identity::Nobody);
        };
        if !access.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("its `accesskey` has a space or a line break in it"));
        }
        Ok(Identity::Keys { access, secret })
    }

    fn of_azure(data: &Data) -> Result<Identity, Error> {
        let text = |key: &'static str| text(data, key);
        let (tenant, client) = (text("tenantId")?, text("clientId")?);
        if let (Some(tenant), Some(client), Some(secret)) = (tenant, &client, text("clientSecret")?)
        {
            let (client, authority) = (client.clone(), text("authorityHost")?);
            return Ok(Identity::Application { tenant, client, secret, authority });
        }
        if data.contains_key("clientCertificate") {
            return Err(wrong("nauarch does not read `clientCertificate`: use `clientSecret`"));
        }
        if let Some(client) = client {
            return Ok(Identity::Managed(client));
        }
        if let Some(key) = text("accountKey")? {
            return Ok(Identity::AccountKey(key));
        }
        let none = "for a container of Azure's it needs `accountKey`, `sasKey`, or `clientId` with \
                    or without `tenantId` and `clientSecret`";
        text("sasKey")?.map(Identity::Sas).ok_or_else(|| wrong(none))
    }
}

/// The text of a key of a Secret, if there is some.
fn text(data: &Data, key: &'static str) -> Result<Option<String>, Error> {
    let bytes = data.get(key).filter(|bytes| !bytes.is_empty()).cloned();
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|_| wrong(&format!("its `{key}` is no text")))
}
