//! A bucket as one conversation sees it.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderName, Method, StatusCode};

use super::address::Place;

use super::listing::{Object, Page, Refusal, bare, is_word, quoted};
use super::login::Login;
use super::{Address, Credentials, Provider};
use crate::Error;
use crate::http::{Answer, Client, Question};
use crate::oci::Digest;
use crate::oci::blobs::Blobs;

/// How many bytes a page of the list may have, and how many pages there may be.
const MAX_PAGE: u64 = 16 << 20;
const MAX_PAGES: usize = 1_000;

/// How much of a refusal is read.
const MAX_REFUSAL: u64 = 64 << 10;

/// The header in which Amazon says where a bucket is.
const REGION: &str = "x-amz-bucket-region";

/// A bucket, for one conversation.
pub(crate) struct Service {
    client: Arc<Client>,
    place: Place,
    login: Login,
    /// Where the bucket is, as far as that is known.
    region: Mutex<String>,
}

/// An object that was fetched.
pub(crate) struct Got {
    /// Its etag now, where the server says it.
    pub(crate) etag: Option<String>,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

impl Service {
    /// For what is to be over `limit` from now. Of the bucket nothing is asked yet.
    ///
    /// # Errors
    /// The address is none, or there are no credentials to be had.
    pub(crate) fn new(
        address: &Address,
        credentials: &Credentials,
        limit: Duration,
    ) -> Result<Service, Error> {
        let place = address.place()?;
        let client = Client::new(&credentials.connection, limit)?;
        let login = Login::new(&credentials.identity, address, &place, &client);
        let login = login.map_err(|error| match error {
            Error::Slow { .. } => {
                let what = format!(
                    "nobody has given credentials within {} s: name a Secret with some in \
                     `spec.secretRef`, or raise `spec.timeout`",
                    limit.as_secs_f64()
                );
                Error::Access { what }
            }
            error => error,
        })?;
        let region = Mutex::new(address.first_region());
        Ok(Service { client, place, login, region })
    }

    /// Goes over all objects that the prefix leaves.
    ///
    /// # Errors
    /// There is no such bucket, or there are too many objects, or `visit` does not want them.
    pub(crate) fn list(
        &self,
        mut visit: impl FnMut(Object) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let url = |region: &str| self.place.list_url(region, next.as_deref());
            let answer = self.ask(url, MAX_PAGE)?.map_err(|no| self.refused(no, None))?;
            let bytes = self.in_time(answer.bytes())?;
            let page = Page::read(self.place.provider, &bytes)?;
            page.objects.into_iter().try_for_each(&mut visit)?;
            match page.next {
                Some(token) => next = Some(token),
                None => return Ok(()),
            }
        }
        Err(Error::TooMuch { what: format!("its list of objects has over {MAX_PAGES} pages") })
    }

    /// Fetches an object of at most `most` bytes into `blobs`; `None` where there is none.
    ///
    /// # Errors
    /// There is no answer, a refusal, or it is too large.
    pub(crate) fn fetch(
        &self,
        blobs: &Blobs,
        key: &str,
        generation: Option<&str>,
        most: u64,
    ) -> Result<Option<Got>, Error> {
        let provider = self.place.provider;
        let url = |region: &str| self.place.object_url(region, key, generation);
        let answer = match self.ask(url, most)? {
            Ok(answer) => answer,
            Err(no) if no.is_missing_object(provider) => return Ok(None),
            Err(no) => return Err(self.refused(no, Some(key))),
        };
        let etag = answer.header("etag").and_then(|etag| match provider {
            Provider::Generic | Provider::Aws => Some(bare(etag).to_owned()),
            // Google's header has the etag of something else.
            Provider::Gcp => None,
            Provider::Azure => Some(quoted(etag)),
        });
        let added = blobs.add(answer.body).map_err(|error| match error {
            Error::Http { what, source } => {
                Error::Http { what: format!("`{key}`: {what}"), source }
            }
            Error::TooMuch { what } => Error::TooMuch { what: format!("`{key}`: {what}") },
            error => error,
        });
        let (digest, size) = self.in_time(added)?;
        Ok(Some(Got { etag, digest, size }))
    }

    /// Asks for what has this URL, and again in the region that the server then names.
    fn ask(&self, url: impl Fn(&str) -> String, most: u64) -> Result<Result<Answer, No>, Error> {
        let region = self.region.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let said = self.send(&url(&region), &region, most)?;
        let named = said.as_ref().err().and_then(|no| no.refusal.region.clone());
        match named.filter(|named| *named != region) {
            Some(named) => {
                let said = self.send(&url(&named), &named, most);
                *self.region.lock().unwrap_or_else(PoisonError::into_inner) = named;
                said
            }
            None => Ok(said),
        }
    }

    /// Redirects are not followed: a signature is for one server.
    fn send(&self, url: &str, region: &str, most: u64) -> Result<Result<Answer, No>, Error> {
        let (url, headers) = self.login.sign(url, region)?;
        let text = |(name, value): (&HeaderName, &http::HeaderValue)| {
            Some(format!("{name}: {}", value.to_str().ok()?))
        };
        let headers: Vec<String> = headers.iter().filter_map(text).collect();
        let asked = Question { headers: &headers, ..Question::new(Method::GET, &url) };
        let answer = self.in_time(self.client.ask_only(&asked, most))?;
        match answer.status.is_success() {
            true => Ok(Ok(answer)),
            false => Ok(Err(No::read(answer, self.place.provider))),
        }
    }

    /// Why something is refused, and what to do.
    fn refused(&self, no: No, key: Option<&str>) -> Error {
        let No { status, refusal: Refusal { code, .. } } = no;
        let is_missing = match code.as_deref() {
            Some("NoSuchBucket" | "ContainerNotFound") => true,
            code => status == StatusCode::NOT_FOUND && code.is_none() && key.is_none(),
        };
        let hint = match status {
            _ if is_missing => "there is no such bucket: look for a name that is misspelt",
            StatusCode::PRECONDITION_FAILED => {
                "it was written while it was read: it is fetched again next time"
            }
            _ if code.as_deref() == Some("RequestTimeTooSkewed") => "set the clock of this machine",
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.login.is_somebody() => {
                "it does not let these credentials in"
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "it wants credentials: name a Secret with some in `spec.secretRef`"
            }
            status if status.is_redirection() => {
                "the bucket is elsewhere: write its own server and region in `spec.endpoint` and \
                 `spec.region`"
            }
            _ => "look into its log",
        };
        let key = key.filter(|_| !is_missing);
        let what = key.map_or_else(String::new, |key| format!("`{key}`: "));
        Error::Refused { what, status, code, hint }
    }

    /// What goes wrong, with what to do where it is too slow.
    fn in_time<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        done.map_err(|error| match error {
            Error::Slow { limit } => {
                let (host, limit) = (self.place.host_name(), limit.as_secs_f64());
                let what =
                    format!("{host} has not answered within {limit} s: raise `spec.timeout`");
                Error::TooMuch { what }
            }
            error => error,
        })
    }
}

/// An answer that is none.
struct No {
    status: StatusCode,
    refusal: Refusal,
}

impl No {
    fn read(answer: Answer, provider: Provider) -> No {
        let status = answer.status;
        let region = answer.header(REGION).filter(|region| is_word(region)).map(str::to_owned);
        let mut body = Vec::new();
        // What breaks off says nothing.
        let read = answer.body.take(MAX_REFUSAL).read_to_end(&mut body);
        let said = read.map_or_else(|_| Refusal::default(), |_| Refusal::read(provider, &body));
        No { status, refusal: Refusal { region: region.or(said.region), ..said } }
    }

    /// Whether it is the object that is missing, and not its bucket.
    fn is_missing_object(&self, provider: Provider) -> bool {
        let code = self.refusal.code.as_deref();
        // Google has no codes here; that there is a bucket its list says.
        let is_no_object = matches!(code, Some("NoSuchKey" | "BlobNotFound"));
        self.status == StatusCode::NOT_FOUND && (is_no_object || provider == Provider::Gcp)
    }
}
