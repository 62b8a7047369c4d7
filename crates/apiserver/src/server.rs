//! One embedded cluster.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use manifest::{Node, Object, Text};
use rustc_hash::FxHashMap;
use tokio::sync::Semaphore;

use crate::access::tokens::{self, Bearer, ISSUER, NoKey, Signer};
use crate::access::{Attributes, Mode, Policy, User, Wanted, bootstrap};
use crate::call::{Answer, Call};
use crate::data::{self, DataError, Journal};
use crate::http::{Caller, ROOM, Service};
use crate::metrics::Metrics;
use crate::model::Model;
use crate::policies::{self, Policies};
use crate::services::Allocations;
use crate::store::{Changes, Stale, Store, Stored, Write};
use crate::target::Target;
use crate::watch::Told;
use crate::webhooks::{self, Hooks};
use crate::{access, crds, make, services, simulate, table, verbs};

/// Of how many users it is remembered how they may be somebody else.
const IMPERSONATIONS: usize = 10_000;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

/// What a cluster is made with.
#[derive(Clone)]
pub struct Options {
    /// Its name, for messages.
    pub name: String,
    /// The time that objects are stamped with.
    pub clock: Clock,
    /// What uids and generated names come from.
    pub seed: u64,
    /// The file that keeps the objects; nothing is kept without one.
    pub data: Option<PathBuf>,
    /// The bearer token of the administrator.
    pub token: String,
    /// Whether kinds that nobody defined may be served; see [`Server::serve_schemaless`].
    pub schemaless: bool,
    /// How long a step of the simulated controllers takes.
    pub pace: Duration,
    /// Whether controllers are simulated.
    pub simulate: bool,
}

impl Options {
    /// A cluster without data file, schemaless kinds and simulation.
    pub fn new(name: impl Into<String>, clock: Clock) -> Options {
        Options {
            name: name.into(),
            clock,
            seed: 0,
            data: None,
            token: String::new(),
            schemaless: false,
            pace: Duration::from_millis(100),
            simulate: false,
        }
    }
}

/// Why a cluster does not come up.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file with its objects cannot be used.
    #[error("cluster {name} does not open")]
    Data {
        /// The cluster.
        name: String,
        /// Why.
        #[source]
        source: DataError,
    },
}

/// One embedded cluster; a clone is the same one.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

/// A server that may be gone.
pub(crate) struct WeakServer(Weak<Inner>);

impl WeakServer {
    pub(crate) fn upgrade(&self) -> Option<Server> {
        self.0.upgrade().map(Server)
    }
}

struct Inner {
    options: Options,
    state: Mutex<State>,
    chance: Mutex<fastrand::Rng>,
    allocations: Mutex<Allocations>,
    metrics: Metrics,
    told: Mutex<Told>,
    /// How those who asked as somebody else were allowed to the last time.
    impersonations: Mutex<FxHashMap<Text, Mode>>,
    /// What signs tokens, once one has been needed.
    signer: OnceLock<Signer>,
    /// Room for the bodies of requests.
    room: Arc<Semaphore>,
}

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) model: Arc<Model>,
    pub(crate) policy: Arc<Policy>,
    /// The webhooks, where there are any.
    pub(crate) hooks: Option<Arc<Hooks>>,
    /// The admission policies, where any is bound.
    policies: Option<Arc<Policies>>,
}

impl State {
    /// Takes up the webhooks that are configured now.
    fn find_hooks(&mut self) {
        let of = |collection| self.store.list(collection, "").map(|(_, stored)| &stored.node);
        let hooks = Hooks::new(of(webhooks::MUTATING), of(webhooks::VALIDATING));
        self.hooks = (!hooks.is_empty()).then(|| Arc::new(hooks));
    }

    /// Takes up the admission policies that there are now.
    fn find_policies(&mut self) {
        let of = |collection| self.store.list(collection, "").map(|(_, stored)| &stored.node);
        let (all, bindings) = (of(policies::POLICIES), of(policies::BINDINGS));
        self.policies = Policies::of(all, bindings, self.policies.as_deref());
    }
}

impl Server {
    /// A cluster with its namespaces, or as it was left in its data file. Controllers are tasks, so
    /// with them it has to be called in a runtime.
    ///
    /// # Errors
    /// The data file cannot be read; see [`OpenError`].
    pub fn open(options: Options) -> Result<Server, OpenError> {
        let mut chance = fastrand::Rng::with_seed(options.seed);
        let (mut store, mut kinds) = (Store::new(), Vec::new());
        let signer = OnceLock::new();
        if let Some(file) = &options.data {
            let restored = data::open(file).map_err(|source| {
                let name = options.name.clone();
                OpenError::Data { name, source }
            })?;
            (store, kinds) = (restored.store, restored.kinds);
            store.journal = Some(restored.journal);
            if let Some(signer_of) = restored.token_key.and_then(|key| Signer::new(&key).ok()) {
                let _ = signer.set(signer_of);
            }
            // What came out of the first run's chance is taken.
            chance = fastrand::Rng::with_seed(options.seed ^ store.revision());
        }
        let simulated = options.simulate;
        for (collection, objects) in &*bootstrap::objects(&born(&store, &options), simulated) {
            store.lay_over(collection, objects);
        }
        let policy = bootstrap::policy(simulated);
        let server = Server(Arc::new(Inner {
            state: Mutex::new(State {
                store,
                model: Arc::default(),
                policy,
                hooks: None,
                policies: None,
            }),
            chance: Mutex::new(chance),
            allocations: Mutex::default(),
            metrics: Metrics::default(),
            told: Mutex::default(),
            impersonations: Mutex::default(),
            signer,
            room: Arc::new(Semaphore::new(ROOM)),
            options,
        }));
        server.take_up(kinds);
        server.make_namespaces();
        if server.options().simulate {
            simulate::start(&server, server.options().pace);
        }
        Ok(server)
    }

    /// Answers a request of a user whom nobody asks for rights, at once. It is not counted as a request,
    /// may be answered before it is on the disk, and webhooks are not asked.
    pub fn call(&self, call: &Call) -> Answer {
        verbs::answer(self, call, verbs::Sent::of(call), None)
    }

    /// The cluster as a service that trusts whoever calls it: requests are the administrator's.
    pub fn service(&self) -> Service {
        Service::new(self.clone(), Caller::Administrator)
    }

    /// The cluster as a service for whoever comes: requests show a token, or are nobody's.
    pub fn guarded_service(&self) -> Service {
        Service::new(self.clone(), Caller::Anyone)
    }

    /// Every change of every object from now on.
    pub fn changes(&self) -> Changes {
        self.state().store.follow()
    }

    /// The objects of a collection as they are kept, in the order of namespace and name.
    pub fn objects(&self, group: &str, plural: &str) -> Vec<Node> {
        let collection = crate::model::collection(group, plural);
        let state = self.state();
        state.store.list(&collection, "").map(|(_, stored)| stored.node.clone()).collect()
    }

    /// One object as it is kept.
    pub fn object(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Node> {
        let collection = crate::model::collection(group, plural);
        let stored = self.state().store.get(&collection, namespace, name).cloned();
        stored.map(|stored| stored.node)
    }

    /// Forgets the changes that led to the objects as they are now: who watches from an earlier
    /// revision has to list again.
    pub fn compact(&self) {
        self.state().store.compact();
    }

    /// Whether there is anything in a group and version.
    pub(crate) fn serves_group(&self, api_version: &str) -> bool {
        self.model().serves(api_version)
    }

    /// Waits until what was written so far is on the disk, where there is a data file.
    ///
    /// # Errors
    /// The file cannot be written to. What was written is lost with the process.
    pub async fn written(&self) -> Result<(), DataError> {
        let waiting = self.state().store.journal.as_ref().map(Journal::waiting);
        match waiting {
            Some(waiting) => waiting.finish().await,
            None => Ok(()),
        }
    }

    /// Serves what restored objects define, and books what they have.
    fn take_up(&self, kinds: Vec<(Text, Node)>) {
        let mut state = self.state();
        let mut model = Model::default();
        let mut services = Vec::new();
        for (collection, objects) in state.store.collections() {
            match collection.as_str() {
                "customresourcedefinitions.apiextensions.k8s.io" => {
                    for object in objects {
                        let name = make::meta(&object.node, "name");
                        model = model.with(name, Object::new(object.node.clone()).ok());
                    }
                }
                "services" => services.extend(objects.map(|object| object.node.clone())),
                _ => {}
            }
        }
        let mut policy = state.policy.clone();
        for (collection, object) in state.store.all() {
            if collection.ends_with(access::GROUP) {
                Arc::make_mut(&mut policy).follow(&collection, &object, false);
            }
        }
        state.policy = policy;
        state.find_hooks();
        for (name, definition) in kinds {
            if let Ok(definition) = Object::new(definition)
                && model.definition(&name).is_none()
            {
                model = model.with_made_up(&name, definition);
            }
        }
        state.model = Arc::new(model);
        state.find_policies();
        drop(state);
        for service in services {
            services::keep(self, &service);
        }
    }

    /// A table of one row, for a watch; its columns are told once.
    pub(crate) fn table_row(
        &self,
        target: &Target,
        object: &Node,
        include: &str,
        has_columns: bool,
    ) -> Node {
        let include = table::include(include).unwrap_or(table::Include::Metadata);
        let resource = (&target.resource.info, target.definition());
        let mut shaped = table::shaped(resource, object, None, include, self.now());
        if let (false, Some(entries)) = (has_columns, shaped.as_map_mut()) {
            entries.set("columnDefinitions", Node::default());
        }
        shaped
    }

    /// All objects that were written, each with its collection.
    pub(crate) fn everything(&self) -> Vec<(Text, Node)> {
        self.state().store.all().collect()
    }

    /// The same server, which this does not keep.
    pub(crate) fn downgrade(&self) -> WeakServer {
        WeakServer(Arc::downgrade(&self.0))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// What watchers were told last.
    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for the bodies of requests.
    pub(crate) fn room(&self) -> Arc<Semaphore> {
        self.0.room.clone()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn allocations(&self) -> MutexGuard<'_, Allocations> {
        self.0.allocations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn model(&self) -> Arc<Model> {
        self.state().model.clone()
    }

    /// The admission policies, where any is bound.
    pub(crate) fn policies(&self) -> Option<Arc<Policies>> {
        self.state().policies.clone()
    }

    /// Who shows a token that is for one of `audiences`: the administrator's is for the API server.
    ///
    /// # Errors
    /// Why it is not good, in the words of the API server.
    pub(crate) fn bearer(&self, token: &str, audiences: &[Text]) -> Result<Bearer, String> {
        let invalid = || "invalid bearer token".to_owned();
        let own = &self.0.options.token;
        if !own.is_empty() && is_same(token, own) {
            let audiences: Vec<Text> =
                audiences.iter().filter(|audience| *audience == ISSUER).cloned().collect();
            let is_for_us = !audiences.is_empty();
            return is_for_us
                .then(|| Bearer { user: User::default(), audiences })
                .ok_or_else(invalid);
        }
        if !tokens::is_ours(token) {
            return Err(invalid());
        }
        let signer = self.signer().map_err(|error| error.to_string())?;
        let find =
            |plural: &str, namespace: &str, name: &str| self.object("", plural, namespace, name);
        signer
            .verify(token)
            .and_then(|claims| tokens::check(&claims, self.now().as_second(), audiences, find))
            // A server asks all who know tokens, and tells what each of them says.
            .map_err(|why| format!("[invalid bearer token, {why}]"))
    }

    /// Who a request is from that wants to be somebody else than `requestor`.
    ///
    /// # Errors
    /// The answer to who may not.
    pub(crate) fn impersonate(
        &self,
        requestor: &User,
        wanted: &Wanted,
        attributes: &Attributes,
    ) -> Result<User, Answer> {
        let modes = || self.0.impersonations.lock().unwrap_or_else(PoisonError::into_inner);
        let first = modes().get(requestor.name()).copied();
        let policy = self.policy();
        let (user, mode) = access::impersonate(&policy, requestor, wanted, attributes, first)?;
        if first != Some(mode) {
            let mut modes = modes();
            if modes.len() >= IMPERSONATIONS {
                modes.clear();
            }
            modes.insert(requestor.name().into(), mode);
        }
        Ok(user)
    }

    /// What signs the tokens of this cluster; made when it is first needed, and kept with its data.
    pub(crate) fn signer(&self) -> Result<&Signer, NoKey> {
        if let Some(signer) = self.0.signer.get() {
            return Ok(signer);
        }
        let key = Signer::generate()?;
        let new = Signer::new(&key)?;
        Ok(self.0.signer.get_or_init(|| {
            if let Some(journal) = &mut self.state().store.journal {
                journal.token_key(&key);
            }
            new
        }))
    }

    /// Who may what, now.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        self.state().policy.clone()
    }

    /// Checks that a user may do something.
    ///
    /// # Errors
    /// The answer that says no.
    pub(crate) fn authorize(&self, user: &User, attributes: &Attributes) -> Result<(), Answer> {
        match self.policy().decide(user, attributes) {
            Ok(_) => Ok(()),
            Err(reason) => Err(access::forbidden(user, attributes, &reason)),
        }
    }

    pub(crate) fn model_and_hooks(&self) -> (Arc<Model>, Option<Arc<Hooks>>) {
        let state = self.state();
        (state.model.clone(), state.hooks.clone())
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        (self.0.options.clock)()
    }

    /// The time as objects have it: whole seconds.
    pub(crate) fn now_text(&self) -> Text {
        make::time(self.now())
    }

    pub(crate) fn with_chance<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.0.chance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn new_uid(&self) -> Text {
        make::uid(self.with_chance(|chance| chance.u128(..)))
    }

    /// The object that a target names, as it is kept.
    pub(crate) fn stored(&self, target: &Target) -> Option<Stored> {
        let state = self.state();
        state.store.get(&target.resource.collection, &target.namespace, &target.name).cloned()
    }

    /// An object in the version of an endpoint.
    pub(crate) fn shown(&self, model: &Model, target: &Target, node: &Node) -> Node {
        let converted = schema::convert(&model.types, node, target.api_version());
        let mut object = converted.unwrap_or_else(|| node.clone());
        if target.resource.has_defaults
            && let Some(schema) = model.types.schema(target.api_version(), target.kind())
        {
            // A default may have come after the object.
            schema::custom::set_defaults(&mut object, schema);
        }
        object
    }

    /// Writes what a target names, if it is still at `expected`. The answer is in the endpoint's
    /// version.
    pub(crate) fn commit(
        &self,
        model: &Model,
        target: &Target,
        expected: Option<u64>,
        write: Write,
    ) -> Result<Node, Stale> {
        let resource = &target.resource;
        let stored =
            |node: Node| schema::convert(&model.types, &node, &resource.stored_as).unwrap_or(node);
        let (write, deleted) = match write {
            Write::Put(node) => (Write::Put(stored(node)), false),
            Write::Delete(node) => (Write::Delete(stored(node)), true),
        };
        let written = {
            let (namespace, name) = (&target.namespace, &target.name);
            let mut state = self.state();
            let written =
                state.store.write(&resource.collection, namespace, name, expected, write)?;
            if target.group() == access::GROUP {
                let policy = Arc::make_mut(&mut state.policy);
                policy.follow(&resource.collection, &written, deleted);
            }
            if webhooks::is_configuration(&resource.collection) {
                state.find_hooks();
            }
            if policies::is_policy(&resource.collection) {
                state.find_policies();
            }
            written
        };
        if resource.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            crds::changed(self, &written, deleted);
        }
        if !deleted {
            services::keep(self, &written);
        } else {
            services::free(self, &written);
            if resource.is_custom() {
                crds::instance_gone(self, target);
            }
        }
        Ok(self.shown(model, target, &written))
    }

    /// Creates the system's namespaces, those that are missing: a process may have been killed before it
    /// had made them, and a real server brings them back too.
    fn make_namespaces(&self) {
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            let metadata = make::map([("name", make::text(name))]);
            let call = Call {
                verb: crate::Verb::Create,
                api_version: "v1".into(),
                plural: "namespaces".into(),
                body: Some(make::map([("metadata", metadata)])),
                user_agent: "kube-apiserver".into(),
                ..Call::default()
            };
            self.call(&call);
        }
    }
}

/// When a cluster began: with its first namespace, or now.
fn born(store: &Store, options: &Options) -> Text {
    let first = store.get("namespaces", "", "kube-system");
    let created = first.map(|stored| make::meta(&stored.node, "creationTimestamp"));
    match created {
        Some(created) if !created.is_empty() => created.into(),
        _ => make::time((options.clock)()),
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differences == 0
}
