//! The clusters of a fleet: which ones there are, each of them started and kept up with the
//! repository.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent::{Key, Progress};
use api::{FluxKustomization, GitRepository, Source};
use futures::future::select_all;
use manifest::{Diagnostic, FileTree, Object, Origin};
use render::{Checkout, Cluster, Memory, Registry, Start};
use source::Latest;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cluster::{Plan, Site};
use super::event::{Event, What};
use super::files::Files;
use super::fleet::{Link, Links};
use super::place::Place;
use super::{Options, what_next};
use crate::failure::Failure;
use crate::remote::cache_of;

/// How long whatever still runs may take to stop.
const GRACE: Duration = Duration::from_secs(5);

/// The clusters.
pub(crate) struct Members {
    site: Site,
    files: Arc<Mutex<Files>>,
    repository: String,
    checkout: Checkout,
    memory: Arc<Memory>,
    /// The state of the repository that says which clusters there are.
    registry: watch::Receiver<Latest>,
    members: BTreeMap<String, Member>,
    /// Clusters that are not in the repository any more.
    left: BTreeSet<String>,
    /// Findings of the state of the repository that was looked at last, and of the one before.
    found: BTreeSet<String>,
    found_before: BTreeSet<String>,
    has_bad_input: bool,
    next_port: Option<u16>,
    is_example: bool,
}

/// A cluster that is there, or on its way.
struct Member {
    /// The state of the repository that counts for it.
    files: watch::Receiver<Latest>,
    /// Its own file as it is meant to be.
    wanted: watch::Sender<Vec<Object>>,
    /// The source that is the repository at hand.
    served: Arc<Mutex<Option<Source>>>,
}

impl Members {
    /// Reads which clusters there are.
    ///
    /// # Errors
    /// There is no repository, it has no commit, or there are no clusters in it.
    pub(crate) fn open(
        options: &Options,
        place: Place,
        repository: &std::path::Path,
        events: mpsc::UnboundedSender<Event>,
    ) -> Result<Members, Failure> {
        let files = Files::open(repository, options.worktree)?;
        let registry = files.checked_out();
        let checkout = Checkout { remotes: files.remotes.clone(), named: options.source.clone() };
        let memory = Arc::new(Memory::default());
        let members = Members {
            site: Site {
                place,
                mode: options.mode,
                memory: memory.clone(),
                progress: forward(events.clone()),
                events,
                running: Arc::default(),
                instead: Arc::default(),
                stores: source::Stores::new(cache_of("sources")),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
            },
            files: Arc::new(Mutex::new(files)),
            repository: repository.display().to_string(),
            checkout,
            memory,
            registry,
            members: BTreeMap::new(),
            left: BTreeSet::new(),
            found: BTreeSet::new(),
            found_before: BTreeSet::new(),
            has_bad_input: false,
            next_port: options.port_base,
            is_example: options.repository.is_none(),
        };
        let read = members.read_registry(&members.registry);
        if let Some((_, registry)) = read.filter(|(_, registry)| registry.clusters.is_empty()) {
            return Err(Failure::Input(registry.diagnostics));
        }
        Ok(members)
    }

    /// Starts all clusters that the repository has and that are not there yet, and tells those that
    /// are what their files say now.
    pub(crate) fn refresh(&mut self) {
        self.registry.mark_unchanged();
        for member in self.members.values_mut() {
            member.files.mark_unchanged();
        }
        let Some((latest, registry)) = self.read_registry(&self.registry) else { return };
        self.found_before = std::mem::take(&mut self.found);
        for diagnostic in registry.diagnostics.clone() {
            self.find(None, diagnostic);
        }
        let clusters = distinct(&registry);
        let is_new = clusters.iter().any(|cluster| !self.members.contains_key(&cluster.name));
        if is_new {
            let mut names: Vec<String> = self.members.keys().cloned().collect();
            names.extend(clusters.iter().map(|cluster| cluster.name.clone()));
            names.sort();
            names.dedup();
            let what = What::Fleet {
                repository: self.repository.clone(),
                revision: latest,
                clusters: names,
                kubeconfig: self.site.place.kubeconfig().display().to_string(),
            };
            self.site.tell(None, what);
        }
        for cluster in &clusters {
            self.left.remove(&cluster.name);
            match self.members.contains_key(&cluster.name) {
                true => self.keep_up(&cluster.name),
                false => self.add(cluster),
            }
        }
        self.tell_left(&registry);
    }

    /// Waits until the repository has changed.
    pub(crate) async fn changed(&mut self) {
        let members = self.members.values_mut().map(|member| &mut member.files);
        let all = members.chain([&mut self.registry]).map(|files| {
            Box::pin(async move {
                if files.changed().await.is_err() {
                    // Nobody follows it any more.
                    std::future::pending::<()>().await;
                }
            })
        });
        select_all(all).await;
    }

    /// Stops everything.
    pub(crate) async fn stop(&self) {
        self.site.stop.cancel();
        self.site.tasks.close();
        // What does not stop in time is stopped by the end of the process.
        let _ = tokio::time::timeout(GRACE, self.site.tasks.wait()).await;
    }

    /// Whether any input was bad.
    pub(crate) fn has_bad_input(&self) -> bool {
        self.has_bad_input
    }

    /// What to try on a fleet that is up.
    pub(crate) fn what_next(&self) -> String {
        let running = self.site.running();
        what_next::text(&self.site.place, &self.repository, self.is_example, &running)
    }

    /// What the Kustomizations in the clusters need.
    pub(crate) fn links(&self) -> Links {
        let link = |object: Object| {
            let view = FluxKustomization::read(&object).value;
            let key = Key { namespace: view.namespace.clone(), name: view.name.clone() };
            let depends_on = view.depends_on.iter();
            let depends_on = depends_on
                .map(|other| Key { namespace: other.namespace.clone(), name: other.name.clone() });
            let depends_on = depends_on.collect();
            (key, Link { source: view.source.map(|reference| reference.source), depends_on })
        };
        let clusters = self.site.running();
        let of_cluster = |server: &apiserver::Server| {
            let nodes = server.objects("kustomize.toolkit.fluxcd.io", "kustomizations");
            nodes.into_iter().filter_map(|node| Object::new(node).ok()).map(link).collect()
        };
        clusters.iter().map(|(name, server)| (name.as_str().into(), of_cluster(server))).collect()
    }

    /// The name of a state of the repository, and its clusters.
    fn read_registry(&self, files: &watch::Receiver<Latest>) -> Option<(String, Registry)> {
        let latest = files.borrow().artifact.clone()?;
        let registry = render::registry(&latest.tree, &self.memory);
        Some((latest.revision.to_string(), registry))
    }

    fn add(&mut self, cluster: &Cluster) {
        let mut files = self.registry.clone();
        let mut start = self.read_start(&cluster.name, &files);
        let served = start.as_ref().and_then(|start| start.served.clone());
        match served.as_ref().zip(start.as_ref()) {
            Some((served, first)) => {
                let repository = repository(first, &served.source);
                files = self.site.files_of(
                    &self.files,
                    &cluster.name,
                    &served.source,
                    repository.as_ref(),
                );
                // What counts is the file at that branch, where it has one.
                start = self.read_start(&cluster.name, &files).or(start);
            }
            None => {
                let has_remotes = !self.checkout.remotes.is_empty();
                self.find(Some(&cluster.name), not_served(has_remotes));
            }
        }
        let served = Arc::new(Mutex::new(served.map(|served| served.source)));
        let objects = start.map(|start| self.take_start(&cluster.name, start)).unwrap_or_default();
        let namespace = objects.iter().find(|object| FluxKustomization::is(object));
        let namespace = namespace.map_or_else(String::new, |object| object.namespace().to_owned());
        let (wanted, objects) = watch::channel(objects);
        let plan = Plan {
            name: cluster.name.clone(),
            port: self.take_port(),
            namespace,
            serve: self.serve(&cluster.name, &served),
            objects,
        };
        self.site.start(plan);
        self.members.insert(cluster.name.clone(), Member { files, wanted, served });
    }

    /// How the agent of a cluster gets the files of a source.
    fn serve(&self, cluster: &str, served: &Arc<Mutex<Option<Source>>>) -> agent::Serve {
        let (site, files) = (self.site.clone(), self.files.clone());
        let (cluster, served) = (cluster.to_owned(), served.clone());
        Arc::new(move |source, object| {
            if lock(&served).as_ref() != Some(source) {
                return None;
            }
            let repository = GitRepository::is(object).then(|| GitRepository::read(object).value);
            Some(site.files_of(&files, &cluster, source, repository.as_ref()))
        })
    }

    fn take_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.and_then(|port| port.checked_add(1));
        port.unwrap_or_default()
    }

    /// Tells a cluster what its file says now.
    fn keep_up(&mut self, name: &str) {
        let Some(files) = self.members.get(name).map(|member| member.files.clone()) else { return };
        let Some(start) = self.read_start(name, &files) else { return };
        let is_whole = start.unit.gaps.is_empty();
        if let Some((member, served)) = self.members.get(name).zip(start.served.as_ref()) {
            *lock(&member.served) = Some(served.source.clone());
        }
        let objects = self.take_start(name, start);
        // Half a file would delete the other half.
        if let Some(member) = self.members.get(name).filter(|_| is_whole) {
            member.wanted.send_if_modified(|wanted| {
                let is_changed = *wanted != objects;
                *wanted = objects;
                is_changed
            });
        }
    }

    /// What a cluster starts from in a state of the repository; `None` where that does not have it.
    fn read_start(&self, name: &str, files: &watch::Receiver<Latest>) -> Option<Start> {
        let latest = files.borrow().artifact.clone()?;
        let tree: &FileTree = &latest.tree;
        let registry = render::registry(tree, &self.memory);
        let cluster = registry.find(name).ok()?;
        Some(render::start(tree, &registry, cluster, &self.checkout, &self.memory))
    }

    /// Says what is wrong with what a cluster starts from, and gives its objects.
    fn take_start(&mut self, name: &str, start: Start) -> Vec<Object> {
        for diagnostic in start.diagnostics {
            self.find(Some(name), diagnostic);
        }
        for need in start.needs {
            let cause = format!(
                "{need} is needed for the cluster's own objects, and is not in the repository"
            );
            self.find(Some(name), Diagnostic::error(Origin::NONE, cause));
        }
        start.unit.objects
    }

    fn tell_left(&mut self, registry: &Registry) {
        let names = registry.names();
        let gone: Vec<String> =
            self.members.keys().filter(|name| !names.contains(&name.as_str())).cloned().collect();
        for name in gone {
            if self.left.insert(name.clone()) {
                self.site.tell(Some(&name), What::Left);
            }
        }
    }

    /// Says a finding, unless the state before had it as well.
    fn find(&mut self, cluster: Option<&str>, diagnostic: Diagnostic) {
        self.has_bad_input |= diagnostic.is_error();
        let text = format!("{cluster:?} {diagnostic}");
        let is_old = self.found_before.contains(&text);
        if self.found.insert(text) && !is_old {
            self.site.tell(cluster, What::Finding(diagnostic));
        }
    }
}

/// The clusters whose name is theirs alone.
fn distinct(registry: &Registry) -> Vec<Cluster> {
    let count = |name: &str| registry.names().into_iter().filter(|other| *other == name).count();
    registry.clusters.iter().filter(|cluster| count(&cluster.name) == 1).cloned().collect()
}

fn repository(start: &Start, source: &Source) -> Option<GitRepository> {
    let mut objects = start.unit.objects.iter();
    let object = objects.find(|object| {
        GitRepository::is(object) && Source::of(object).is_some_and(|there| there == *source)
    })?;
    Some(GitRepository::read(object).value)
}

fn not_served(has_remotes: bool) -> Diagnostic {
    let why = match has_remotes {
        true => "none has the URL of one of the repository's remotes",
        false => "the repository has no remote to tell it by",
    };
    let cause = format!("no source of this cluster is the repository at hand: {why}");
    Diagnostic::warning(Origin::NONE, cause).help("say which one it is with --source NAME")
}

/// What agents say, as events.
fn forward(events: mpsc::UnboundedSender<Event>) -> mpsc::UnboundedSender<Progress> {
    let (sender, mut progress) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(progress) = progress.recv().await {
            if events.send(Event::of(progress)).is_err() {
                return;
            }
        }
    });
    sender
}

/// What is locked is whole, whoever died over it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
