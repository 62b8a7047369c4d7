//! Who asks for a bucket: what a Secret says, and what becomes of that for one conversation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::header::HeaderMap;
use http::{HeaderName, HeaderValue, Request};
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::azure::{AzureAuthorizer, AzureCredential, MicrosoftAzureBuilder};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::gcp::GoogleCloudStorageBuilder;
use sha2::{Digest, Sha256};

use super::address::Place;
use super::door::Door;
use super::{Address, Provider};
use crate::access::{certificate, header, wrong};
use crate::http::Client;
use crate::{Access, Error};

/// What Azure is told of the form of the questions.
const AZURE_VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-ms-version"), HeaderValue::from_static("2023-11-03"));

type Data = BTreeMap<String, Vec<u8>>;

/// Credentials for a bucket, and who vouches for its server. Nothing of it is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whom the server is trusted by, and the certificate of our own.
    pub(crate) connection: Access,
    identity: Identity,
}

#[derive(Clone, PartialEq, Eq)]
enum Identity {
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

    /// What the server is shown in this conversation, over `client` where a server of tokens gives it.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) fn login(
        &self,
        address: &Address,
        place: &Place,
        client: &Arc<Client>,
    ) -> Result<Login, Error> {
        // An emulator on this machine wants nothing.
        if address.provider == Provider::Gcp && !place.is_encrypted() {
            return Ok(Login::Nobody);
        }
        let is_of_machine = matches!(self.identity, Identity::Machine | Identity::Managed(_));
        if is_of_machine && address.provider == Provider::Azure && !place.is_microsoft() {
            let what = "the credentials of this machine are shown to Azure's own servers only: name a \
                        Secret with others in `spec.secretRef`";
            return Err(Error::Access { what: what.to_owned() });
        }
        let door = Door::new(client);
        let login = match (&self.identity, address.provider) {
            (Identity::Nobody, _) => return Ok(Login::Nobody),
            (Identity::Keys { access, secret }, _) => {
                let (key_id, secret_key) = (access.clone(), secret.clone());
                let credential = AwsCredential { key_id, secret_key, token: None };
                return Ok(Login::Amazon(Arc::new(credential)));
            }
            (Identity::ServiceAccount(json), _) => {
                let builder = GoogleCloudStorageBuilder::new().with_service_account_key(json);
                google(builder, &door)?
            }
            (Identity::Machine, Provider::Gcp) => {
                google(GoogleCloudStorageBuilder::from_env(), &door)?
            }
            (Identity::Machine, Provider::Generic | Provider::Aws) => {
                let builder = AmazonS3Builder::from_env()
                    .with_region(address.first_region())
                    .with_bucket_name(&address.bucket)
                    .with_retry(door.retry())
                    .with_http_connector(door.clone());
                let store = builder.build().map_err(|_| door.none())?;
                let credential = client.in_time(store.credentials().get_credential())?;
                Login::Amazon(credential.map_err(|_| door.none())?)
            }
            (identity, _) => azure(identity, place, &door)?,
        };
        // A key signs, anything else is shown as it is.
        let is_shown = match &login {
            Login::Azure { credential, .. } => {
                !matches!(**credential, AzureCredential::AccessKey(_))
            }
            _ => false,
        };
        if is_shown && !place.is_encrypted() {
            let what = "these credentials are not sent without TLS: write `https://` in \
                        `spec.endpoint`";
            return Err(Error::Access { what: what.to_owned() });
        }
        Ok(login)
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

fn google(builder: GoogleCloudStorageBuilder, door: &Door) -> Result<Login, Error> {
    let builder = builder.with_bucket_name("x").with_retry(door.retry());
    let store = builder.with_http_connector(door.clone()).build();
    // Its own message shows what it could not read.
    let store = store.map_err(|_| wrong("its `serviceaccount` is no key of a service account"))?;
    let credential = door.client.in_time(store.credentials().get_credential())?;
    let credential = credential.map_err(|_| door.none())?;
    Ok(Login::Google(header(format!("Bearer {}", credential.bearer))?))
}

fn azure(identity: &Identity, place: &Place, door: &Door) -> Result<Login, Error> {
    let Some(account) = place.account().map(str::to_owned) else {
        let what = "`spec.endpoint` does not name the account: it is such as \
                    `https://ACCOUNT.blob.core.windows.net`";
        return Err(Error::Artifact { what: what.to_owned() });
    };
    let new = MicrosoftAzureBuilder::new;
    let builder = match identity {
        Identity::Application { tenant, client, secret, authority } => {
            let builder = new().with_client_secret_authorization(client, secret, tenant);
            match authority {
                Some(authority) => builder.with_authority_host(authority.trim_end_matches('/')),
                None => builder,
            }
        }
        Identity::Managed(client) => {
            new().with_client_id(client).with_credential_type("managed_identity")
        }
        Identity::AccountKey(key) => new().with_access_key(key),
        Identity::Sas(sas) => {
            let pairs = object_store::azure::split_sas(sas.trim_start_matches('?'));
            new().with_sas_authorization(pairs.map_err(|_| wrong("its `sasKey` is none"))?)
        }
        _ => MicrosoftAzureBuilder::from_env(),
    };
    let builder = builder.with_account(&account).with_container_name("x").with_retry(door.retry());
    let store = builder.with_http_connector(door.clone()).build();
    let store = store.map_err(|_| wrong("what it holds is no credential of Azure's"))?;
    let credential = door.client.in_time(store.credentials().get_credential())?;
    Ok(Login::Azure { credential: credential.map_err(|_| door.none())?, account })
}

/// What a server is shown in one conversation.
pub(crate) enum Login {
    Nobody,
    Amazon(Arc<AwsCredential>),
    /// The header.
    Google(HeaderValue),
    Azure {
        credential: Arc<AzureCredential>,
        account: String,
    },
}

impl Login {
    /// Whether it is anything.
    pub(crate) fn is_somebody(&self) -> bool {
        !matches!(self, Login::Nobody)
    }

    /// The URL and the headers with which `url` is asked for.
    ///
    /// # Errors
    /// It cannot be signed.
    pub(crate) fn sign(&self, url: &str, region: &str) -> Result<(String, HeaderMap), Error> {
        let mut request: HttpRequest = Request::new(HttpRequestBody::empty());
        *request.uri_mut() = url.parse().map_err(Error::http("what is asked for is no URL"))?;
        let unsigned = |_| Error::Access { what: "the question cannot be signed".to_owned() };
        match self {
            Login::Nobody => {}
            Login::Amazon(credential) => {
                let authorizer = AwsAuthorizer::new(credential, "s3", region);
                authorizer.try_authorize(&mut request, None).map_err(unsigned)?;
            }
            Login::Google(token) => {
                request.headers_mut().insert(http::header::AUTHORIZATION, token.clone());
            }
            Login::Azure { credential, account } => {
                let (name, version) = AZURE_VERSION;
                request.headers_mut().insert(name, version);
                let authorizer = AzureAuthorizer::new(credential, account);
                authorizer.try_authorize(&mut request).map_err(unsigned)?;
            }
        }
        Ok((request.uri().to_string(), std::mem::take(request.headers_mut())))
    }
}
