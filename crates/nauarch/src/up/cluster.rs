//! One cluster of a fleet: its API server, its listener, its file applied, its agent.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use agent::Progress;
use api::{GitRepository, Source};
use apiserver::Server;
use apiserver::pki::Authority;
use client::{Apply, Client};
use manifest::Object;
use source::{Latest, Stores};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::artifact;
use super::by_hand::ByHand;
use super::event::{Event, What};
use super::files::Files;
use super::members::lock;
use super::place::Place;
use super::stuck::Stuck;
use crate::clock;
use crate::disk;
use crate::failure::{Failure, chain};
use crate::kubeconfig::{self, Access};

/// The field manager of the definitions that every cluster gets.
const INSTALLER: &str = "nauarch-install";

/// Where clusters run, and whom they tell.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) mode: render::Mode,
    pub(crate) memory: Arc<render::Memory>,
    pub(crate) progress: mpsc::UnboundedSender<Progress>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) running: Arc<Mutex<BTreeMap<String, (Server, Access)>>>,
    /// Of whom it has been said that another branch is taken, and which.
    pub(crate) instead: Arc<Mutex<BTreeSet<String>>>,
    /// Repositories elsewhere.
    pub(crate) stores: Stores,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

/// What a cluster is started with.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// 0 for any.
    pub(crate) port: u16,
    /// The namespace of its Kustomizations.
    pub(crate) namespace: String,
    /// How its agent gets files.
    pub(crate) serve: agent::Serve,
    /// What is applied by hand, as it changes.
    pub(crate) objects: watch::Receiver<Vec<Object>>,
}

impl Site {
    /// Starts a cluster and keeps it up; what does not work becomes an event.
    pub(crate) fn start(&self, plan: Plan) {
        let site = self.clone();
        self.tasks.spawn(async move {
            let name = plan.name.clone();
            if let Err(cause) = site.run(plan).await {
                site.tell(Some(&name), What::Down { cause });
            }
        });
    }

    /// The clusters that answer.
    pub(crate) fn running(&self) -> BTreeMap<String, Server> {
        let running = lock(&self.running);
        running.iter().map(|(name, (server, _))| (name.clone(), server.clone())).collect()
    }

    /// Sends an event. Whoever does not listen any more is about to end.
    pub(crate) fn tell(&self, cluster: Option<&str>, what: What) {
        let event = Event { at: clock::now(), cluster: cluster.map(Into::into), what };
        let _ = self.events.send(event);
    }

    /// The files of a source; says so where they are not what the source names.
    pub(crate) fn files_of(
        &self,
        files: &Mutex<Files>,
        cluster: &str,
        source: &Source,
        repository: Option<&GitRepository>,
    ) -> watch::Receiver<Latest> {
        let (receiver, finding) = lock(files).of_source(source, repository);
        if let Some(finding) = finding
            && lock(&self.instead).insert(format!("{cluster} {}", finding.cause))
        {
            self.tell(Some(cluster), What::Finding(finding));
        }
        receiver
    }

    async fn run(&self, plan: Plan) -> Result<(), String> {
        let (server, access) = self.serve(&plan).await?;
        let client = Client::in_process(server.service());
        let installed = install(&client).await;
        installed.map_err(|error| format!("Flux's kinds cannot be defined: {}", chain(&error)))?;
        self.write_kubeconfigs(&plan.name, server.clone(), access)?;
        self.tell_stuck(&plan.name, &server);
        let Plan { name, serve, mut objects, .. } = plan;
        let unknown_kind = unknown_kind(server);
        let mut by_hand = ByHand::new(client.clone(), unknown_kind.clone());
        let wanted = objects.borrow_and_update().clone();
        self.apply(&name, &mut by_hand, &wanted).await;
        let options = agent::Options {
            cluster: name.as_str().into(),
            client: client.clone(),
            clock: Arc::new(clock::now),
            mode: self.mode,
            serve: artifact::serve(serve, self.stores.clone(), client.clone()),
            unknown_kind: Some(unknown_kind),
            progress: self.progress.clone(),
            memory: self.memory.clone(),
        };
        self.tasks.spawn(agent::run(options, self.stop.clone()));
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                changed = objects.changed() => if changed.is_err() {
                    return Ok(());
                },
            }
            let wanted = objects.borrow_and_update().clone();
            self.apply(&name, &mut by_hand, &wanted).await;
        }
    }

    /// Starts the API server and its listener.
    async fn serve(&self, plan: &Plan) -> Result<(Server, Access), String> {
        let Plan { name, port, .. } = plan;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} is in use; choose other ports with --port-base")
            }
            _ => format!("{address} cannot be listened on: {}", disk::reason(&error)),
        })?;
        let address = listener.local_addr().map_err(|error| disk::reason(&error))?;
        let authority = Authority::new(name, clock::now()).map_err(|error| chain(&error))?;
        let tls = authority.server_config(&["127.0.0.1", "localhost"]);
        let tls = tls.map_err(|error| chain(&error))?;
        let token = token()?;
        let options = apiserver::Options {
            seed: fastrand::u64(..),
            data: self.place.data_of(name),
            token: token.clone(),
            schemaless: true,
            simulate: true,
            ..apiserver::Options::new(name.clone(), Arc::new(clock::now))
        };
        let server = Server::open(options).map_err(|error| chain(&error))?;
        let (served, stop) = (server.clone(), self.stop.clone());
        self.tasks.spawn(async move { served.serve(listener, tls, stop).await });
        let access = Access {
            cluster: name.clone(),
            server: format!("https://{address}"),
            authority: authority.ca_pem().to_owned(),
            token,
            namespace: plan.namespace.clone(),
        };
        Ok((server, access))
    }

    /// Writes the kubeconfig of a cluster, and the one of all that answer.
    fn write_kubeconfigs(&self, name: &str, server: Server, access: Access) -> Result<(), String> {
        let path = self.place.kubeconfig_of(name);
        let saved = |saved: Result<(), Failure>| {
            saved.map_err(|failure| match failure {
                Failure::Usage(message) => message,
                other => format!("{other:?}"),
            })
        };
        saved(kubeconfig::save(&path, &kubeconfig::text(std::slice::from_ref(&access))))?;
        let url = access.server.clone();
        // One at a time: all write the same file.
        let mut running = lock(&self.running);
        running.insert(name.to_owned(), (server, access));
        let all: Vec<Access> = running.values().map(|(_, access)| access.clone()).collect();
        saved(kubeconfig::save(&self.place.kubeconfig(), &kubeconfig::text(&all)))?;
        drop(running);
        let kubeconfig = path.display().to_string();
        self.tell(Some(name), What::Serving { server: url, kubeconfig });
        Ok(())
    }

    /// Says which objects are being deleted and do not go.
    fn tell_stuck(&self, name: &str, server: &Server) {
        let (site, name) = (self.clone(), name.to_owned());
        let mut stuck = Stuck::new(server.changes());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = site.stop.cancelled() => return,
                    found = stuck.next() => match found {
                        Some(found) => site.tell(Some(&name), What::Finding(found)),
                        None => return,
                    },
                }
            }
        });
    }

    /// Applies a cluster's own file, and says what is not right with it.
    async fn apply(&self, name: &str, by_hand: &mut ByHand, wanted: &[Object]) {
        let findings = by_hand.apply(wanted).await;
        for (api_version, kind) in std::mem::take(&mut by_hand.undefined) {
            self.tell(Some(name), What::Agent(agent::What::NotRun { api_version, kind }));
        }
        for finding in findings {
            self.tell(Some(name), What::Finding(finding));
        }
    }
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

/// How an agent makes its cluster keep objects of a kind that nobody has defined.
fn unknown_kind(server: Server) -> agent::UnknownKind {
    Arc::new(move |api_version, kind, is_namespaced| {
        server.serve_schemaless(api_version, kind, is_namespaced).is_ok()
    })
}

/// A token that nobody can guess.
fn token() -> Result<String, String> {
    let mut bytes = [0; 32];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| "there is no randomness".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
