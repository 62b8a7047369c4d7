//! Ways to a server: through a kubeconfig, or straight into a service of this process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tower::{BoxError, Service, ServiceExt};

use crate::{Client, Error, Shared, discovery};

/// The body of a request, as an in-process service gets it.
pub type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// How long an answer may take unless said otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// A client of a service in this process; no socket is opened. Needs a Tokio runtime around it.
    pub fn in_process<S, B>(service: S) -> Client
    where
        S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service.map_request(|request: http::Request<kube::client::Body>| {
            request.map(|body| body.map_err(BoxError::from).boxed_unsync())
        });
        let kube = kube::Client::new(service, "default");
        Client::of_kube(kube, "the API server in this process".into(), "default".into())
    }

    /// A client of the server that a kubeconfig names. Without `path` it is looked for as kubectl
    /// does, and then in the Pod that this runs in; without `context` the current one counts.
    ///
    /// # Errors
    /// There is no such file or context, or it cannot be read.
    pub async fn from_kubeconfig(
        path: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Client, Error> {
        let named = path.map_or("the kubeconfig".to_owned(), |path| path.display().to_string());
        let fail = |cause: BoxError| Error::config(named.clone(), cause);
        if path.is_none() && context.is_none() {
            install_provider();
            let config = Config::infer().await.map_err(|cause| fail(cause.into()))?;
            return of_config(config).map_err(|cause| fail(cause.into()));
        }
        let kubeconfig = match path {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        of_kubeconfig(kubeconfig.map_err(|cause| fail(cause.into()))?, context, fail).await
    }

    /// A client of the server that the text of a kubeconfig names.
    ///
    /// # Errors
    /// It is no kubeconfig, or has no such context.
    pub async fn from_kubeconfig_text(text: &str, context: Option<&str>) -> Result<Client, Error> {
        let fail = |cause: BoxError| Error::config("the kubeconfig given".to_owned(), cause);
        let kubeconfig = Kubeconfig::from_yaml(text).map_err(|cause| fail(cause.into()))?;
        of_kubeconfig(kubeconfig, context, fail).await
    }

    fn of_kube(kube: kube::Client, server: manifest::Text, namespace: manifest::Text) -> Client {
        let shared = Shared {
            kube,
            server,
            default_namespace: namespace,
            patience: PATIENCE,
            kinds: discovery::Known::default(),
            seed: 0,
        };
        Client { shared: Arc::new(shared) }
    }
}

async fn of_kubeconfig(
    kubeconfig: Kubeconfig,
    context: Option<&str>,
    fail: impl Fn(BoxError) -> Error,
) -> Result<Client, Error> {
    install_provider();
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..Default::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let config = config.map_err(|cause| fail(cause.into()))?;
    of_config(config).map_err(|cause| fail(cause.into()))
}

fn of_config(mut config: Config) -> Result<Client, kube::Error> {
    // Its own retries go on for up to a quarter of an hour; ours are bounded and know the request.
    config.default_retry = false;
    let server = config.cluster_url.to_string().trim_end_matches('/').into();
    let namespace = config.default_namespace.as_str().into();
    Ok(Client::of_kube(kube::Client::try_from(config)?, server, namespace))
}

/// The process's cryptography, unless somebody chose before: rustls asks for a choice.
fn install_provider() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
