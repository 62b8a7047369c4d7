//! What object_store asks servers of tokens through: our own client.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, RetryConfig};

use crate::Error;
use crate::http::Client;

/// How many bytes an answer may have.
const MAX_ANSWER: usize = 1 << 20;

/// How often a question is asked again.
const MAX_RETRIES: usize = 2;

/// A way to servers of tokens; clones are the same one.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) client: Arc<Client>,
    /// What the last one said, for messages: no text of its own.
    said: Arc<Mutex<Option<String>>>,
}

impl Door {
    /// Over a client.
    pub(crate) fn new(client: &Arc<Client>) -> Door {
        Door { client: Arc::clone(client), said: Arc::default() }
    }

    /// How often servers are asked.
    pub(crate) fn retry(&self) -> RetryConfig {
        RetryConfig { max_retries: MAX_RETRIES, ..RetryConfig::default() }
    }

    /// That there are no credentials, and why.
    pub(crate) fn none(&self) -> Error {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).take();
        let what = match said {
            Some(said) => format!("no credentials: {said}"),
            None => "no credentials: this machine has none for it, name a Secret with some in \
                     `spec.secretRef`"
                .to_owned(),
        };
        Error::Access { what }
    }

    fn say(&self, said: String) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

impl HttpConnector for Door {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait::async_trait]
impl HttpService for Door {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let host = head.uri.host().unwrap_or_default().to_owned();
        let body = Full::new(body.collect().await?.to_bytes());
        let answer = self.client.request(http::Request::from_parts(head, body)).await;
        let answer = answer.map_err(|error| {
            self.say(format!("{host} cannot be reached"));
            HttpError::new(HttpErrorKind::Connect, error)
        })?;
        if !answer.status().is_success() {
            self.say(format!("{host} answers {}", answer.status()));
        }
        let broken = |error| HttpError::new_boxed(HttpErrorKind::Decode, error);
        let body = |body| HttpResponseBody::new(Limited::new(body, MAX_ANSWER).map_err(broken));
        Ok(answer.map(body))
    }
}
