//! What the server of a bucket is shown in one conversation, and how that is had.

use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderMap};
use http::{HeaderName, HeaderValue, Request};
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::azure::{AzureAuthorizer, AzureCredential, MicrosoftAzureBuilder};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::gcp::GoogleCloudStorageBuilder;

use super::address::Place;
use super::credentials::Identity;
use super::door::Door;
use super::{Address, Provider};
use crate::Error;
use crate::access::{header, wrong};
use crate::http::Client;

/// What Azure is told of the form of the questions.
const AZURE_VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-ms-version"), HeaderValue::from_static("2023-11-03"));

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
    /// That of an identity, over `client` where a server of tokens gives it.
    ///
    /// # Errors
    /// There is none to be had, or it would be shown to others than it is for.
    pub(crate) fn new(
        identity: &Identity,
        address: &Address,
        place: &Place,
        client: &Arc<Client>,
    ) -> Result<Login, Error> {
        let door = Door::new(client);
        match (identity, address.provider) {
            (Identity::Nobody, _) => Ok(Login::Nobody),
            // An emulator on this machine wants nothing.
            (_, Provider::Gcp) if !place.is_encrypted() => Ok(Login::Nobody),
            (Identity::Keys { access, secret }, _) => {
                let (key_id, secret_key) = (access.clone(), secret.clone());
                Ok(Login::Amazon(Arc::new(AwsCredential { key_id, secret_key, token: None })))
            }
            (Identity::ServiceAccount(json), _) => {
                google(GoogleCloudStorageBuilder::new().with_service_account_key(json), &door)
            }
            (Identity::Machine, Provider::Gcp) => {
                google(GoogleCloudStorageBuilder::from_env(), &door)
            }
            (Identity::Machine, Provider::Generic | Provider::Aws) => amazon(address, &door),
            (identity, _) => azure(identity, place, &door),
        }
    }

    /// Whether it is anything.
    pub(crate) fn is_somebody(&self) -> bool {
        !matches!(self, Login::Nobody)
    }

    /// The URL and the headers with which `url` is asked for.
    ///
    /// # Errors
    /// It is no URL, or cannot be signed.
    pub(crate) fn sign(&self, url: &str, region: &str) -> Result<(String, HeaderMap), Error> {
        let none = || {
            let what = "`spec.endpoint` and `spec.bucketName` make no URL of a server";
            Error::Artifact { what: what.to_owned() }
        };
        let mut request: HttpRequest = Request::new(HttpRequestBody::empty());
        *request.uri_mut() = url.parse().map_err(|_| none())?;
        // Who signs takes it for granted.
        url::Url::parse(url).map_err(|_| none())?;
        let unsigned = |_| Error::Access { what: "the question cannot be signed".to_owned() };
        match self {
            Login::Nobody => {}
            Login::Amazon(credential) => {
                let authorizer = AwsAuthorizer::new(credential, "s3", region);
                authorizer.try_authorize(&mut request, None).map_err(unsigned)?;
            }
            Login::Google(token) => {
                request.headers_mut().insert(AUTHORIZATION, token.clone());
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

/// What this machine is for Amazon.
fn amazon(address: &Address, door: &Door) -> Result<Login, Error> {
    let builder = AmazonS3Builder::from_env()
        .with_region(address.first_region())
        .with_bucket_name(&address.bucket)
        .with_retry(door.retry());
    let store = builder.with_http_connector(door.clone()).build().map_err(|_| door.none())?;
    let credential = door.client.in_time(store.credentials().get_credential())?;
    Ok(Login::Amazon(credential.map_err(|_| door.none())?))
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
    let refused = |what: &str| Err(Error::Access { what: what.to_owned() });
    let is_of_machine = matches!(identity, Identity::Machine | Identity::Managed(_));
    if is_of_machine && !place.is_microsoft() {
        return refused(
            "the credentials of this machine are shown to Azure's own servers only: name a Secret \
             with others in `spec.secretRef`",
        );
    }
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
    let credential = credential.map_err(|_| door.none())?;
    // A key signs, anything else is shown as it is.
    let is_shown = !matches!(*credential, AzureCredential::AccessKey(_));
    if is_shown && !place.is_encrypted() {
        return refused(
            "these credentials are not sent without TLS: write `https://` in `spec.endpoint`",
        );
    }
    Ok(Login::Azure { credential, account })
}
