//! A registry as one conversation sees it (distribution specification, version 1.1).

use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use manifest::{Node, Origin};

use super::address::is_tag_name;
use super::challenge::{Bearer, Challenge};
use super::{Address, Digest, document};
use crate::access::header;
use crate::http::{Answer, Client, Question, origin, redirected, shown};
use crate::{Access, Error};

/// How many bytes a manifest may have (the specification's own advice), and any other small answer.
pub(crate) const MAX_MANIFEST: u64 = 4 << 20;
const MAX_TOKEN: u64 = 64 << 10;
const MAX_PAGE: u64 = 8 << 20;

/// How many tags a repository may have, on how many pages.
const MAX_TAGS: usize = 100_000;
const MAX_PAGES: usize = 1_000;

/// What somebody wants to do there.
#[derive(Clone, Copy)]
pub(crate) enum Right {
    Pull,
    Push,
}

/// A repository of a registry, for one conversation.
pub(crate) struct Registry {
    client: Arc<Client>,
    access: Access,
    address: Address,
    right: Right,
    /// How long the conversation has.
    limit: Duration,
    /// Where it answers, once that is known.
    found: OnceLock<String>,
    /// What it was content with.
    authorization: Mutex<Option<HeaderValue>>,
}

impl Registry {
    /// For what is to be over `limit` from now; nothing is asked yet.
    ///
    /// # Errors
    /// The system has no threads or certificates to give, or those of `access` are none.
    pub(crate) fn new(
        address: &Address,
        access: &Access,
        right: Right,
        limit: Duration,
    ) -> Result<Registry, Error> {
        Ok(Registry {
            client: Client::new(access, limit)?,
            access: access.clone(),
            address: address.clone(),
            right,
            limit,
            found: OnceLock::new(),
            authorization: Mutex::default(),
        })
    }

    /// The digest of what a tag or digest is.
    ///
    /// # Errors
    /// There is no such thing, or no answer.
    pub(crate) fn digest(&self, name: &str) -> Result<Digest, Error> {
        let url = self.url(&format!("manifests/{name}"))?;
        let headers = [document::accept()];
        let asked = Question { headers: &headers, ..Question::new(Method::HEAD, &url) };
        let answer = self.ask(&asked, MAX_MANIFEST)?;
        let digest = answer.header("docker-content-digest").and_then(Digest::parse);
        match digest.filter(|_| answer.status.is_success()) {
            Some(digest) => Ok(digest),
            // Some do not tell; and why there is none is said to this question only.
            None => Ok(Digest::of(&self.manifest(name)?)),
        }
    }

    /// The manifest that a tag or digest is, as it came.
    ///
    /// # Errors
    /// There is no such thing, or no answer.
    pub(crate) fn manifest(&self, name: &str) -> Result<Bytes, Error> {
        let url = self.url(&format!("manifests/{name}"))?;
        let headers = [document::accept()];
        let asked = Question { headers: &headers, ..Question::new(Method::GET, &url) };
        let answer = self.ask(&asked, MAX_MANIFEST)?;
        let answer = self.succeeded(answer, || self.named(name))?;
        self.in_time(answer.bytes())
    }

    /// The same, or nothing where there is no such thing.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn manifest_if_any(&self, name: &str) -> Result<Option<Bytes>, Error> {
        match self.manifest(name) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::Registry { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What refers to a manifest: of a registry that does not list it, what is listed under a tag instead.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn referrers(&self, digest: &Digest) -> Result<Vec<Digest>, Error> {
        let url = self.url(&format!("referrers/{digest}"))?;
        let answer = self.ask(&Question::new(Method::GET, &url), MAX_MANIFEST)?;
        let is_list =
            answer.header("content-type").is_some_and(|it| it.starts_with(document::INDEX));
        let list = match answer.status.is_success() && is_list {
            true => Some(self.in_time(answer.bytes())?),
            false => self.manifest_if_any(&format!("sha256-{}", digest.hex()))?,
        };
        let list = list.and_then(|bytes| manifest::json::read(&bytes, Origin::NONE).ok());
        let listed = list.as_ref().and_then(|list| list.get("manifests")?.as_list());
        let listed = listed.unwrap_or_default().iter();
        Ok(listed.filter_map(|it| it.str_at(&["digest"])).filter_map(Digest::parse).collect())
    }

    /// The bytes of a layer, at most `limit`, as they come.
    ///
    /// # Errors
    /// It is not there, or there is no answer.
    pub(crate) fn blob(&self, digest: &Digest, limit: u64) -> Result<impl Read, Error> {
        let url = self.url(&format!("blobs/{digest}"))?;
        let answer = self.ask(&Question::new(Method::GET, &url), limit)?;
        Ok(self.succeeded(answer, || self.named(digest.as_str()))?.body)
    }

    /// All tags.
    ///
    /// # Errors
    /// There are too many, or there is no answer.
    pub(crate) fn tags(&self) -> Result<Vec<String>, Error> {
        let mut tags = Vec::new();
        let mut url = self.url("tags/list?n=1000")?;
        for _ in 0..MAX_PAGES {
            let answer = self.ask(&Question::new(Method::GET, &url), MAX_PAGE)?;
            let answer =
                self.succeeded(answer, || format!("{} has no list of tags", self.address))?;
            let next = answer.header("link").and_then(next_page);
            let next = next.map(|next| redirected(&url, next));
            let page = manifest::json::read(&self.in_time(answer.bytes())?, Origin::NONE)
                .map_err(Error::http("the list of tags is no JSON"))?;
            let names = page.get("tags").and_then(Node::as_list).unwrap_or_default();
            let names = names.iter().filter_map(Node::as_str).filter(|name| is_tag_name(name));
            tags.extend(names.map(str::to_owned));
            if tags.len() > MAX_TAGS {
                break;
            }
            match next {
                // It is for this registry to say.
                Some(next) if origin(&next) == origin(&url) => url = next,
                _ => return Ok(tags),
            }
        }
        Err(Error::TooMuch { what: format!("{} has over {MAX_TAGS} tags", self.address) })
    }

    /// A tag or digest of this repository, for messages.
    pub(crate) fn named(&self, name: &str) -> String {
        let between = if Digest::parse(name).is_some() { '@' } else { ':' };
        format!("{}{between}{name}", self.address)
    }

    /// The URL of something of this repository.
    ///
    /// # Errors
    /// The registry does not answer.
    pub(crate) fn url(&self, path: &str) -> Result<String, Error> {
        let start = match self.found.get() {
            Some(start) => start,
            None => {
                let start = self.find()?;
                self.found.get_or_init(|| start)
            }
        };
        Ok(format!("{start}/v2/{}/{path}", self.address.repository))
    }

    /// Where the registry answers. One on this machine may do without certificates, though nobody said so, as
    /// for go-containerregistry (`pkg/name/registry.go` `Scheme`).
    fn find(&self) -> Result<String, Error> {
        let host = &self.address.host;
        let (plain, encrypted) = (format!("http://{host}"), format!("https://{host}"));
        if self.address.is_insecure {
            return Ok(plain);
        }
        if self.address.is_loopback() {
            let answers = |start: &str| {
                let url = format!("{start}/v2/");
                let answer = self.client.ask(&Question::new(Method::GET, &url), MAX_TOKEN)?;
                let is_registry =
                    answer.status.is_success() || answer.status == StatusCode::UNAUTHORIZED;
                Ok::<_, Error>(is_registry)
            };
            if let Err(error) = answers(&encrypted) {
                return match answers(&plain) {
                    Ok(true) => Ok(plain),
                    _ => Err(self.slow(error)),
                };
            }
        }
        Ok(encrypted)
    }

    /// Asks something, and again with what the registry wants to be shown.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn ask(&self, asked: &Question, limit: u64) -> Result<Answer, Error> {
        let known = || self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let send = |authorization: Option<&HeaderValue>| {
            let headers = asked.headers;
            let (method, body) = (asked.method.clone(), asked.body.clone());
            let asked = Question { method, url: asked.url, headers, authorization, body };
            self.in_time(self.client.ask(&asked, limit))
        };
        let start = self.url("")?;
        let is_ours = |url: &str| origin(url) == origin(&start);
        let before = known().filter(|_| is_ours(asked.url));
        let answer = send(before.as_ref())?;
        // Where a registry leads to, nobody is told who asks.
        if answer.status != StatusCode::UNAUTHORIZED || !is_ours(asked.url) || !is_ours(&answer.url)
        {
            return Ok(answer);
        }
        let given = &self.access.authorization;
        let is_token = given.as_ref().is_some_and(|given| given.as_bytes().starts_with(b"Bearer"));
        let authorization = match Challenge::of(&answer.headers) {
            Some(Challenge::Basic) if !is_token => given.clone(),
            Some(Challenge::Bearer(_)) if is_token => given.clone(),
            Some(Challenge::Bearer(bearer)) => Some(self.token(&bearer)?),
            _ => None,
        };
        if authorization.is_none() || authorization == before {
            return Ok(answer);
        }
        self.authorization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&authorization);
        send(authorization.as_ref())
    }

    /// A token for this repository (distribution, `docs/spec/auth/token.md` and `oauth.md`).
    fn token(&self, bearer: &Bearer) -> Result<HeaderValue, Error> {
        let realm = &bearer.realm;
        let start = self.url("")?;
        if let Some(why) = bearer.objection(origin(&start)) {
            let what = format!("the registry sends for a token to `{}`: {why}", shown(realm));
            return Err(Error::Access { what });
        }
        let actions = match self.right {
            Right::Pull => "pull",
            Right::Push => "pull,push",
        };
        let ours = format!("repository:{}:{actions}", self.address.repository);
        let theirs = bearer.scope.clone().filter(|scope| *scope != ours);
        let mut answer = None;
        if let Some(refresh_token) = &self.access.refresh_token {
            let scope = [Some(ours.clone()), theirs.clone()].into_iter().flatten();
            let scope = scope.collect::<Vec<_>>().join(" ");
            let service = bearer.service.as_deref().unwrap_or_default();
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", "nauarch"),
                ("service", service),
                ("scope", &scope),
                ("refresh_token", refresh_token),
            ];
            let headers = ["content-type: application/x-www-form-urlencoded".to_owned()];
            let body = Bytes::from(query(fields));
            let asked = Question { headers: &headers, body, ..Question::new(Method::POST, realm) };
            let answered = self.in_time(self.client.ask(&asked, MAX_TOKEN))?;
            // Not all have this way.
            answer = Some(answered).filter(|answer| answer.status != StatusCode::NOT_FOUND);
        }
        let answer = match answer {
            Some(answer) => answer,
            None => {
                let service = bearer.service.iter().map(|it| ("service", it.as_str()));
                let scopes = [Some(&ours), theirs.as_ref()].into_iter().flatten();
                let fields = query(service.chain(scopes.map(|scope| ("scope", scope.as_str()))));
                let between = if realm.contains('?') { '&' } else { '?' };
                let url = format!("{realm}{between}{fields}");
                let authorization = self.access.authorization.as_ref();
                let asked = Question { authorization, ..Question::new(Method::GET, &url) };
                self.in_time(self.client.ask(&asked, MAX_TOKEN))?
            }
        };
        let answer = self.succeeded(answer, || format!("no token for {}", self.address))?;
        let page = manifest::json::read(&self.in_time(answer.bytes())?, Origin::NONE);
        let page = page.map_err(Error::http("the server of tokens does not answer in JSON"))?;
        let text = |key: &str| page.str_at(&[key]).filter(|text| !text.is_empty());
        let token = text("access_token").or_else(|| text("token"));
        let none = || Error::Access { what: "the server of tokens gives none".to_owned() };
        header(format!("Bearer {}", token.ok_or_else(none)?))
    }

    /// The answer, if it is a good one.
    ///
    /// # Errors
    /// It is not: what was asked for, the status, and what to do.
    pub(crate) fn succeeded(
        &self,
        answer: Answer,
        what: impl FnOnce() -> String,
    ) -> Result<Answer, Error> {
        let status = answer.status;
        if status.is_success() {
            return Ok(answer);
        }
        let has_credentials =
            self.access.authorization.is_some() || self.access.refresh_token.is_some();
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if has_credentials => {
                "it does not let these credentials in"
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "it wants credentials",
            StatusCode::NOT_FOUND => "look for a name that is misspelt or was never pushed",
            _ => "look into its log",
        };
        let mut body = Vec::new();
        // What breaks off has no code.
        let read = answer.body.take(MAX_TOKEN).read_to_end(&mut body);
        let code = read.ok().and_then(|_| code(&body));
        Err(Error::Registry { what: what(), status, code, hint })
    }

    /// What goes wrong, with what to do where it is too slow.
    pub(crate) fn in_time<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        done.map_err(|error| self.slow(error))
    }

    fn slow(&self, error: Error) -> Error {
        match error {
            Error::Slow { .. } => {
                let (name, limit) = (&self.address.host, self.limit.as_secs_f64());
                let what =
                    format!("{name} has not answered within {limit} s: give it a longer timeout");
                Error::TooMuch { what }
            }
            Error::Http { what, source } => {
                Error::Http { what: format!("{}: {what}", self.address), source }
            }
            error => error,
        }
    }
}

/// The code of the first error of an answer: it is one of the specification's, and no other text is passed on.
fn code(body: &[u8]) -> Option<String> {
    let page = manifest::json::read(body, Origin::NONE).ok()?;
    let errors = page.get("errors")?.as_list()?;
    let code = errors.first()?.str_at(&["code"])?;
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    (code.len() <= 40 && code.bytes().all(is_code)).then(|| code.to_owned())
}

/// The page that a `Link` header leads to: `</v2/a/tags/list?last=b>; rel="next"`.
fn next_page(link: &str) -> Option<&str> {
    let (url, _) = link.trim().strip_prefix('<')?.split_once('>')?;
    Some(url).filter(|url| !url.is_empty())
}

/// Fields as a query, or as the body of a form.
fn query<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text += name;
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                byte => text += &format!("%{byte:02X}"),
            }
        }
    }
    text
}
