//! One cluster of a fleet: its API server, its listener, its agent.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use agent::Progress;
use api::Source;
use apiserver::pki::Authority;
use apiserver::{Options, Server};
use client::{Apply, Client};
use source::Latest;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::by_hand::ByHand;
use crate::clock;
use crate::disk;
use crate::failure::chain;
use crate::kubeconfig::Access;

/// The field manager of the definitions that every cluster gets.
const INSTALLER: &str = "nauarch-install";

/// What a cluster is started with.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// 0 for any.
    pub(crate) port: u16,
    /// Where its data is kept; nowhere without.
    pub(crate) data: Option<PathBuf>,
}

/// A cluster that answers.
pub(crate) struct Running {
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) access: Access,
    pub(crate) by_hand: ByHand,
}

/// Starts the API server and its listener, with the definitions of Flux's kinds.
///
/// # Errors
/// What does not work, with the next step.
pub(crate) async fn start(
    plan: Plan,
    namespace: String,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Running, String> {
    let Plan { name, port, data } = plan;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} is in use; choose others with --port-base")
        }
        _ => format!("{address} cannot be listened on: {}", disk::reason(&error)),
    })?;
    let address = listener.local_addr().map_err(|error| disk::reason(&error))?;
    let authority = Authority::new(&name, clock::now()).map_err(|error| chain(&error))?;
    let tls = authority.server_config(&["127.0.0.1", "localhost"]).map_err(|error| chain(&error))?;
    let token = token()?;
    let options = Options {
        seed: fastrand::u64(..),
        data,
        token: token.clone(),
        schemaless: true,
        simulate: true,
        ..Options::new(name.clone(), Arc::new(clock::now))
    };
    let server = Server::open(options).map_err(|error| chain(&error))?;
    let (served, stopped) = (server.clone(), stop.clone());
    tasks.spawn(async move { served.serve(listener, tls, stopped).await });
    let client = Client::in_process(server.service());
    install(&client).await.map_err(|error| format!("Flux's kinds cannot be defined: {}", chain(&error)))?;
    let access = Access {
        cluster: name.clone(),
        server: format!("https://{address}"),
        authority: authority.ca_pem().to_owned(),
        token,
        namespace,
    };
    Ok(Running { name, server, client, access, by_hand: ByHand::default() })
}

/// Defines Flux's kinds.
async fn install(client: &Client) -> Result<(), client::Error> {
    let how = Apply { manager: INSTALLER, force: true, dry_run: false, subresource: "" };
    for definition in api::crds() {
        let info = client.kind(definition.api_version(), definition.kind()).await?;
        client.apply(&info, &definition, &how).await?;
    }
    client.refresh_kinds().await.map(drop)
}

/// A token that nobody can guess.
fn token() -> Result<String, String> {
    let mut bytes = [0; 32];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| "there is no randomness".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Running {
    /// Runs its agent until `stop`.
    pub(crate) fn run_agent(
        &self,
        served: Vec<(Source, watch::Receiver<Latest>)>,
        mode: render::Mode,
        progress: mpsc::UnboundedSender<Progress>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let options = agent::Options {
            cluster: self.name.clone(),
            client: self.client.clone(),
            clock: Arc::new(clock::now),
            mode,
            served,
            progress,
        };
        tasks.spawn(agent::run(options, stop.clone()));
    }
}
