//! What is elsewhere: repositories behind URLs by branch, tag or commit, and files behind URLs.
//!
//! A repository is fetched one commit deep into a cache that has a bare repository for each commit, so a
//! commit is fetched once, whoever asks; where the URL names one in full, nobody is asked at all. A
//! repository on this disk is read where it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::remote::Direction;
use gix::remote::fetch::refmap::Source;
use gix_transport::client::blocking_io::http::Transport;
use manifest::{Content, FileTree};

use crate::http::{Client, git::Http};
use crate::{Access, Error, git};

/// How many bytes of files one repository may have.
const MAX_FILES: u64 = 256 << 20;

/// How large a file behind a URL may be.
const MAX_DOWNLOAD: u64 = 32 << 20;

/// How large an answer of a repository may be: the files of one commit, packed.
const MAX_PACK: u64 = 256 << 20;

/// What a branch, tag or commit of a repository holds.
#[derive(Debug)]
pub struct Clone {
    /// The commit, in full.
    pub commit: String,
    /// All its files.
    pub tree: FileTree,
}

/// A file behind a URL.
#[derive(Debug)]
pub struct File {
    /// What it holds.
    pub content: Content,
    /// Whether it is a page for people.
    pub is_page: bool,
}

/// The files of a repository: at `url`, as `git clone` takes it, at `reference` (HEAD where there is none).
/// What is fetched goes to the folder `cache`.
///
/// # Errors
/// It is not there, has no such reference, is over a limit, or it takes longer than `timeout`.
pub fn clone(
    url: &str,
    reference: Option<&str>,
    timeout: Duration,
    cache: &Path,
) -> Result<Clone, Error> {
    if let Some(path) = url.strip_prefix("file://") {
        return local(Path::new(path), reference.unwrap_or("HEAD"));
    }
    let known = reference.and_then(|reference| ObjectId::from_hex(reference.as_bytes()).ok());
    if let Some(commit) = known
        && let Some(clone) = cached(cache, commit)?
    {
        return Ok(clone);
    }
    let (url, cache) = (url.to_owned(), cache.to_owned());
    let reference = reference.unwrap_or("HEAD").to_owned();
    within(timeout, move |is_over| fetched(&url, &reference, &cache, (timeout, is_over)))
}

/// The file at a URL of `http` or `https`.
///
/// # Errors
/// The server has none, it is over a limit, or it takes longer than `timeout`.
pub fn download(url: &str, timeout: Duration) -> Result<File, Error> {
    let url = url.to_owned();
    within(timeout, move |_| {
        let (access, url) = Access::default().with_url(&url)?;
        let answer = Client::new(&access, timeout)?.get(&url, &[], MAX_DOWNLOAD)?;
        if !answer.status.is_success() {
            return Err(Error::Status { status: answer.status });
        }
        let is_page =
            answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        Ok(File { content: Content::from(answer.bytes()?.to_vec()), is_page })
    })
}

/// Does something on a thread of its own; what has not ended in time is told that it is over, and left
/// alone: it may wait for a server for good.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(&AtomicBool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (done, wait) = mpsc::channel();
    let is_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_over);
    std::thread::spawn(move || {
        // Nobody listens where it is over.
        let _ = done.send(work(&told));
    });
    wait.recv_timeout(limit).unwrap_or_else(|error| {
        is_over.store(true, Ordering::Relaxed);
        Err(match error {
            RecvTimeoutError::Timeout => Error::Slow { limit },
            RecvTimeoutError::Disconnected => {
                Error::TooMuch { what: "fetching has come to an unexpected end".to_owned() }
            }
        })
    })
}

/// A repository on this disk.
fn local(path: &Path, reference: &str) -> Result<Clone, Error> {
    let cannot = || Error::git(format!("there is no repository at `{}`", path.display()));
    let repository = gix::open_opts(path, gix::open::Options::isolated()).map_err(cannot())?;
    let no_reference = |_| Error::NoReference { reference: reference.to_owned() };
    let commit = repository
        .rev_parse_single(reference)
        .and_then(|id| id.object())
        .map_err(no_reference)?
        .peel_to_commit()
        .map_err(no_reference)?
        .id;
    read(&repository, commit)
}

fn read(repository: &gix::Repository, commit: ObjectId) -> Result<Clone, Error> {
    let tree = git::files(repository, commit, MAX_FILES)
        .map_err(Error::git(format!("the commit {commit} cannot be read")))?;
    Ok(Clone { commit: commit.to_string(), tree })
}

/// A commit that was fetched before.
fn cached(cache: &Path, commit: ObjectId) -> Result<Option<Clone>, Error> {
    let folder = cache.join(commit.to_string());
    let Ok(repository) = gix::open_opts(&folder, gix::open::Options::isolated()) else {
        return Ok(None);
    };
    read(&repository, commit).map(Some)
}

/// Fetches a commit, unless it turns out to be there already.
fn fetched(
    url: &str,
    reference: &str,
    cache: &Path,
    (timeout, is_over): (Duration, &AtomicBool),
) -> Result<Clone, Error> {
    let unfinished = Unfinished::new(cache)?;
    let cannot = |what: &'static str| Error::git(what);
    let repository =
        gix::init_bare(&unfinished.0).map_err(cannot("the cache cannot be written"))?;
    let remote = repository
        .remote_at(url)
        .and_then(|remote| remote.with_refspecs([reference], Direction::Fetch))
        .map_err(cannot("it is no address of a repository"))?
        .with_fetch_tags(gix::remote::fetch::Tags::None);
    let (address, version) =
        remote.sanitized_url_and_version(Direction::Fetch).map_err(cannot("its URL is refused"))?;
    let commit = if url.starts_with("http") {
        let client = Http::new(Client::new(&Access::default(), timeout)?, MAX_PACK);
        let transport = Transport::new_http(client, address, version, false);
        receive(
            &repository,
            remote.to_connection_with_transport(transport),
            reference,
            cache,
            is_over,
        )?
    } else {
        let connection = remote.connect(Direction::Fetch).map_err(cannot("it does not answer"))?;
        receive(&repository, connection, reference, cache, is_over)?
    };
    if let Some(clone) = cached(cache, commit)? {
        return Ok(clone);
    }
    let clone = read(&repository, commit)?;
    // Where that fails, somebody else has just fetched the same.
    let _ = fs::rename(&unfinished.0, cache.join(commit.to_string()));
    Ok(clone)
}

/// Finds out which commit a reference is, and receives it if the cache has it not.
fn receive<'a, T: gix_transport::client::blocking_io::Transport>(
    repository: &'a gix::Repository,
    mut connection: gix::remote::Connection<'_, 'a, '_, T>,
    reference: &str,
    cache: &Path,
    is_over: &AtomicBool,
) -> Result<ObjectId, Error> {
    let cannot = |what: &'static str| Error::git(what);
    let helpers = |url: gix::Url| repository.config_snapshot().credential_helpers(url);
    // Nobody is there to be asked for a password.
    connection.set_credentials(move |action| match &action {
        gix::credentials::helper::Action::Get(context) => {
            let url = context.url.as_ref().and_then(|url| gix::Url::from_bytes(url.as_bstr()).ok());
            let Some(url) = url else { return Ok(None) };
            let (mut helpers, _, prompt) = helpers(url).map_err(gix::Exn::from)?;
            let prompt = gix::prompt::Options { mode: gix::prompt::Mode::Disable, ..prompt };
            helpers.invoke(action, prompt)
        }
        _ => Ok(None),
    });
    let options = gix::remote::ref_map::Options::default();
    let prepared = connection
        .prepare_fetch(gix::progress::Discard, options)
        .map_err(cannot("it does not answer as a repository does"))?;
    let no_reference = || Error::NoReference { reference: reference.to_owned() };
    let sources = prepared.ref_map().mappings.iter().map(|mapping| &mapping.remote);
    // Of a tag and a branch of one name Git takes the tag.
    let source = sources.min_by_key(|source| match source.as_name() {
        Some(name) if name.starts_with(b"refs/heads/") => 1,
        _ => 0,
    });
    let commit = source.and_then(Source::peeled_id).ok_or_else(no_reference)?.to_owned();
    if cache.join(commit.to_string()).is_dir() {
        return Ok(commit);
    }
    prepared
        .with_shallow(gix::remote::fetch::Shallow::DepthAtRemote(std::num::NonZeroU32::MIN))
        .receive(gix::progress::Discard, is_over)
        .map_err(cannot("its files do not arrive"))?;
    Ok(commit)
}

/// A folder for what is being fetched; it goes away unless it gets another name.
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(cache: &Path) -> Result<Unfinished, Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = cache.join(format!("unfinished-{}-{number}", std::process::id()));
        // One of that name was left by a process that is no more.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(Error::disk(&folder, "written"))?;
        Ok(Unfinished(folder))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It harms nobody in the cache.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
