//! A command at the other end of an ssh connection: what it reads and writes, on a thread that may wait.
//!
//! The key of the server has to be known; the own key comes from the Secret of a source.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use russh::ChannelStream;
use russh::client::{self, AuthResult, Handle, Handler, Msg};
use russh::keys::known_hosts::{check_known_hosts_path, known_host_keys_path};
use russh::keys::ssh_key::Algorithm;
use russh::keys::{
    HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key,
};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::runtime::Runtime;
use tokio::time::timeout_at;

use crate::Error;
use crate::access::Identity;

/// Where a repository is: `ssh://git@example.org:22/repo`.
pub(crate) struct Address {
    user: String,
    host: String,
    port: u16,
    path: String,
}

/// A connection with a command at its other end.
pub(crate) struct Session {
    /// The connection ends with it; dropped before the runtime that works on it.
    _handle: Handle<Server>,
    runtime: Runtime,
    until: (Instant, Duration),
}

/// What the command writes.
pub(crate) struct Reader(Half<ReadHalf<ChannelStream<Msg>>>);

/// What the command reads.
pub(crate) struct Writer(Half<WriteHalf<ChannelStream<Msg>>>);

/// One direction of a connection.
struct Half<T> {
    session: Arc<Session>,
    /// There until it is dropped.
    stream: Option<T>,
}

impl<T> Drop for Half<T> {
    fn drop(&mut self) {
        // It says goodbye, which is work for the runtime.
        let _guard = self.session.runtime.enter();
        self.stream = None;
    }
}

impl Address {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// It is no URL of ssh with a host and a path.
    pub(crate) fn parse(url: &str) -> Result<Address, Error> {
        let wrong =
            || Error::Access { what: "the URL has to be `ssh://USER@HOST/PATH`".to_owned() };
        let rest = url.strip_prefix("ssh://").ok_or_else(wrong)?;
        let (authority, path) = rest.split_once('/').ok_or_else(wrong)?;
        let (user, place) = authority.rsplit_once('@').unwrap_or(("git", authority));
        // A password in it is none of ours.
        let user = user.split(':').next().unwrap_or_default();
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !place.ends_with(']') => {
                (host, port.parse().map_err(|_| wrong())?)
            }
            _ => (place, 22),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if user.is_empty() || host.is_empty() || path.is_empty() {
            return Err(wrong());
        }
        let (user, host) = (user.to_owned(), host.to_owned());
        Ok(Address { user, host, port, path: format!("/{path}") })
    }

    /// The path of the repository at its server.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Runs `git-upload-pack` for the repository at `address`. The known hosts are written to a file in `folder`.
///
/// # Errors
/// The server cannot be reached, is not the one that is known, or does not take the key.
pub(crate) fn upload_pack(
    address: &Address,
    identity: &Identity,
    folder: &Path,
    limit: Duration,
) -> Result<(Reader, Writer), Error> {
    let key = decoded(identity)?;
    let hosts = folder.join("known_hosts");
    fs::write(&hosts, &identity.known_hosts).map_err(Error::disk(&hosts, "written"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Error::http("no connection can be made"))?;
    let until = Instant::now() + limit;
    let work = async {
        let (handle, stream) = connect(address, key, &hosts).await?;
        Ok::<_, Error>((handle, tokio::io::split(stream)))
    };
    let done = runtime.block_on(async { timeout_at(until.into(), work).await });
    let (handle, (read, write)) = done.map_err(|_| Error::Slow { limit })??;
    let session = Arc::new(Session { _handle: handle, runtime, until: (until, limit) });
    let read = Half { session: Arc::clone(&session), stream: Some(read) };
    Ok((Reader(read), Writer(Half { session, stream: Some(write) })))
}

fn decoded(identity: &Identity) -> Result<PrivateKey, Error> {
    let wrong = |what: &str| Error::Access { what: format!("the Secret cannot be used: {what}") };
    let text =
        std::str::from_utf8(&identity.key).map_err(|_| wrong("its `identity` is no text"))?;
    decode_secret_key(text, identity.password.as_deref()).map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted => {
            wrong("its `identity` is encrypted, and there is no `password`")
        }
        _ => wrong("its `identity` is no private key, or `password` is not the one of it"),
    })
}

async fn connect(
    address: &Address,
    key: PrivateKey,
    hosts: &Path,
) -> Result<(Handle<Server>, ChannelStream<Msg>), Error> {
    let known = known_host_keys_path(&address.host, address.port, hosts)
        .map_err(Error::http("the Secret cannot be used: its `known_hosts` cannot be read"))?;
    let mut config = client::Config { nodelay: true, ..client::Config::default() };
    if !known.is_empty() {
        // The server shows one of its keys: one of a kind that is known.
        let known: Vec<Algorithm> =
            known.iter().flat_map(|(_, key)| signed_by(key.algorithm())).collect();
        config.preferred.key = known.into();
    }
    let objection = Arc::new(Mutex::new(None));
    let server = Server {
        place: (address.host.clone(), address.port),
        hosts: hosts.to_owned(),
        objection: Arc::clone(&objection),
    };
    let place = (address.host.as_str(), address.port);
    let mut handle = match client::connect(Arc::new(config), place, server).await {
        Ok(handle) => handle,
        Err(error) => {
            let objection = objection.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(match objection {
                Some(what) => Error::Access { what },
                None => Error::http(format!("{} cannot be reached", address.place()))(error),
            });
        }
    };
    let broken = |error| Error::http(format!("{} breaks off", address.place()))(error);
    let hash = match key.algorithm() {
        Algorithm::Rsa { .. } => handle
            .best_supported_rsa_hash()
            .await
            .map_err(broken)?
            .flatten()
            .or(Some(HashAlg::Sha256)),
        _ => None,
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    let answer = handle.authenticate_publickey(&address.user, key).await.map_err(broken)?;
    if !matches!(answer, AuthResult::Success) {
        let what = format!(
            "{} does not take the key of the Secret for `{}`: add its public half there",
            address.place(),
            address.user
        );
        return Err(Error::Access { what });
    }
    let channel = handle.channel_open_session().await.map_err(broken)?;
    // A server that does not take it speaks an older version.
    channel.set_env(false, "GIT_PROTOCOL", "version=2").await.map_err(broken)?;
    let path = address.path.replace('\'', "'\\''");
    channel.exec(true, format!("git-upload-pack '{path}'")).await.map_err(broken)?;
    Ok((handle, channel.into_stream()))
}

/// What a key of a kind may sign with, the best first.
fn signed_by(algorithm: Algorithm) -> Vec<Algorithm> {
    match algorithm {
        Algorithm::Rsa { .. } => [HashAlg::Sha512, HashAlg::Sha256]
            .map(|hash| Algorithm::Rsa { hash: Some(hash) })
            .to_vec(),
        other => vec![other],
    }
}

/// Judges the key that a server shows.
pub(crate) struct Server {
    place: (String, u16),
    hosts: std::path::PathBuf,
    /// What is wrong with it.
    objection: Arc<Mutex<Option<String>>>,
}

impl Handler for Server {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let (host, port) = &self.place;
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let print = key.fingerprint(HashAlg::Sha256);
        let what = match check_known_hosts_path(host, *port, key, &self.hosts) {
            Ok(true) => return Ok(true),
            Err(russh::keys::Error::KeyChanged { line }) => format!(
                "{host}:{port} shows a key that is not the one in line {line} of `known_hosts` ({print}): somebody \
                 may be in between, or the server has a new key"
            ),
            Ok(false) | Err(_) => format!(
                "the key of {host}:{port} ({print}) is not in `known_hosts`: add the line that `ssh-keyscan` gives, \
                 if the fingerprint is the server's"
            ),
        };
        *self.objection.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
        Ok(false)
    }
}

impl<T> Half<T> {
    /// Does something with the stream as long as there is time.
    fn in_time<R>(&mut self, work: impl AsyncFnOnce(&mut T) -> io::Result<R>) -> io::Result<R> {
        let Half { session, stream } = self;
        let (until, limit) = session.until;
        let Some(stream) = stream else { return Err(io::ErrorKind::NotConnected.into()) };
        let done = session.runtime.block_on(async { timeout_at(until.into(), work(stream)).await });
        done.unwrap_or_else(|_| Err(io::Error::other(Error::Slow { limit })))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.in_time(async |stream| stream.read(buffer).await)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.in_time(async |stream| stream.write(bytes).await)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.in_time(async |stream| stream.flush().await)
    }
}
