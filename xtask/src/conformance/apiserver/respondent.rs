//! Who answers the requests of a case: a cluster in this process, the same over its socket, or a
//! real kube-apiserver.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use apiserver::{Options, Server, pki};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::https::Https;
use crate::real::cluster::{Cluster, TOKEN};

/// How long a real server gets for what it does by itself, and until managed fields are of another second.
const SETTLED: Duration = Duration::from_millis(1200);
/// How often a step is tried again.
const RETRIES: u32 = 50;
/// How long a real server gets between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// What cases are replayed against.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Against {
    /// The embedded server, called in this process
    InProcess,
    /// The embedded server, over TLS
    Tls,
    /// The kube-apiserver and etcd of `cargo xtask real`
    Real,
}

/// What a respondent answers with.
pub(super) type Body = Either<apiserver::Body, Incoming>;

/// Where respondents come from.
pub(crate) enum Servers {
    InProcess,
    Tls,
    Real(Box<Cluster>),
}

impl Servers {
    /// Starts the real server, where it is asked.
    pub(crate) async fn start(against: Against) -> Result<Servers> {
        Ok(match against {
            Against::InProcess => Servers::InProcess,
            Against::Tls => Servers::Tls,
            Against::Real => Servers::Real(Box::new(Cluster::start().await?)),
        })
    }

    /// Whether all respondents are one server.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Servers::Real(_))
    }

    /// One for a case.
    pub(crate) async fn one(&self) -> Result<Respondent> {
        match self {
            Servers::InProcess => Respondent::in_process(),
            Servers::Tls => Respondent::tls().await,
            Servers::Real(cluster) => Respondent::real(cluster),
        }
    }
}

pub(crate) struct Respondent {
    way: Way,
    time: Time,
}

enum Way {
    Service(Server),
    Socket { https: Box<Https>, _listener: Option<DropGuard> },
}

enum Time {
    /// Seconds since 1970, moved by the case.
    Ours(Arc<AtomicI64>),
    Theirs,
}

impl Respondent {
    /// An embedded cluster of the case's own.
    fn in_process() -> Result<Respondent> {
        let (server, seconds) = embedded()?;
        Ok(Respondent { way: Way::Service(server), time: Time::Ours(seconds) })
    }

    /// The same, listening.
    async fn tls() -> Result<Respondent> {
        let (server, seconds) = embedded()?;
        let authority = pki::Authority::new("case", jiff::Timestamp::now())?;
        let tls = authority.server_config(&["127.0.0.1"])?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen")?;
        let address = listener.local_addr()?.to_string();
        let stop = CancellationToken::new();
        let until = stop.clone();
        tokio::spawn(async move { server.serve(listener, tls, until).await });
        let https = Box::new(Https::new(&address, authority.ca_pem())?);
        let way = Way::Socket { https, _listener: Some(stop.drop_guard()) };
        Ok(Respondent { way, time: Time::Ours(seconds) })
    }

    /// A real server that cases share.
    fn real(cluster: &Cluster) -> Result<Respondent> {
        let way = Way::Socket { https: Box::new(cluster.https()?), _listener: None };
        Ok(Respondent { way, time: Time::Theirs })
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>> {
        Ok(match &self.way {
            Way::Service(server) => {
                let response = server.guarded_service().oneshot(request).await?;
                response.map(Either::Left)
            }
            Way::Socket { https, .. } => https.send(request).await?.map(Either::Right),
        })
    }

    /// Waits until what the server does by itself is done, and the next second has begun.
    pub(super) async fn settle(&self) {
        match &self.time {
            Time::Ours(seconds) => drop(seconds.fetch_add(1, Ordering::Relaxed)),
            Time::Theirs => tokio::time::sleep(SETTLED).await,
        }
    }

    /// Whether a step may be tried once more, after what the server needs in between.
    pub(super) async fn may_retry(&self, tries: u32) -> bool {
        if matches!(self.time, Time::Theirs) {
            tokio::time::sleep(PAUSE).await;
        }
        tries < RETRIES
    }
}

fn embedded() -> Result<(Server, Arc<AtomicI64>)> {
    let seconds = Arc::new(AtomicI64::new(1_767_225_600));
    let clock = {
        let seconds = seconds.clone();
        move || jiff::Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap_or_default()
    };
    let mut options = Options::new("case", Arc::new(clock));
    TOKEN.clone_into(&mut options.token);
    Ok((Server::open(options)?, seconds))
}
