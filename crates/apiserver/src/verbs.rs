//! What a request does: one file a verb.

mod apply;
mod create;
mod decode;
mod delete;
mod patch;
mod pods;
mod policies;
mod questions;
mod read;
mod update;
mod webhooks;

use std::sync::Arc;

use manifest::{Node, Text};
use schema::validation::Wrong;

pub(crate) use delete::delete_internally;
pub(crate) use webhooks::Act;

use crate::access::{self, Attributes};
use crate::call::{Answer, Call, PatchType, Verb};
use crate::make::{meta, text};
use crate::model::Model;
use crate::query::Query;
use crate::server::Server;
use crate::store::Write;
use crate::target::Target;
use crate::webhooks::{Hooks, Memory};
use crate::{crds, make, scale, services, status, strategy};

/// What came with a request.
pub(crate) struct Sent<'a> {
    /// The body, where there is one that can be read.
    pub(crate) body: Option<&'a Node>,
    /// Why the body cannot be read.
    pub(crate) unreadable: Option<Answer>,
    /// What a strict reader objects to.
    pub(crate) objections: Vec<String>,
}

impl<'a> Sent<'a> {
    /// What a call brings.
    pub(crate) fn of(call: &'a Call) -> Sent<'a> {
        Sent { body: call.body.as_ref(), unreadable: None, objections: Vec::new() }
    }
}

/// A request on its way.
pub(crate) struct Asked<'a> {
    pub(crate) server: &'a Server,
    pub(crate) model: Arc<Model>,
    pub(crate) call: &'a Call,
    pub(crate) query: Query<'a>,
    pub(crate) target: Target,
    pub(crate) sent: Sent<'a>,
    pub(crate) warnings: Vec<String>,
    /// The webhooks of the cluster, where there are any.
    hooks: Option<Arc<Hooks>>,
    /// What the request remembers of an earlier attempt; nothing where no webhooks are asked.
    pub(crate) memory: Option<&'a mut Memory>,
    /// Whether the name of the new object was generated.
    has_generated_name: bool,
    /// Whether policies have been asked already.
    pub(crate) is_judged: bool,
}

/// How often a write that others overtake is tried again.
const ATTEMPTS: usize = 64;

/// Answers a request. With a memory, webhooks are asked: the answer may be unfinished, and what is wanted
/// stands in the memory then.
pub(crate) fn answer<'a>(
    server: &'a Server,
    call: &'a Call,
    sent: Sent<'a>,
    mut memory: Option<&'a mut Memory>,
) -> Answer {
    let (model, hooks) = server.model_and_hooks();
    if let (Some(memory), Some(_)) = (&mut memory, &hooks) {
        memory.now.get_or_insert_with(|| server.now_text());
    }
    let target = match Target::of(&model, call) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    let query = Query::of(call);
    let mut warnings = Vec::new();
    if target.resource.schemaless && !matches!(call.verb, Verb::Get | Verb::List) {
        warnings.push(format!(
            "{} {} has no definition in this cluster: objects are kept as they are sent, and nothing \
             acts on them",
            target.api_version(),
            target.kind()
        ));
    }
    let has_generated_name = false;
    let mut asked = Asked {
        server,
        model,
        call,
        query,
        target,
        sent,
        warnings,
        hooks,
        memory,
        has_generated_name,
        is_judged: false,
    };
    let mut answer = asked.perform().unwrap_or_else(|failure| failure);
    answer.warnings.append(&mut asked.warnings);
    answer
}

/// Creates what the cluster's own controllers make, which costs less than a request: what they send
/// is known to be readable, and nobody owns its fields.
pub(crate) fn create_unowned(server: &Server, call: &Call) -> Answer {
    let model = server.model();
    let target = match Target::of(&model, call) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    let mut asked = Asked {
        server,
        model,
        call,
        query: Query::of(call),
        target,
        sent: Sent::of(call),
        warnings: Vec::new(),
        hooks: None,
        memory: None,
        has_generated_name: false,
        is_judged: false,
    };
    asked.create_unowned().unwrap_or_else(|failure| failure)
}

impl Asked<'_> {
    fn perform(&mut self) -> Result<Answer, Answer> {
        let is_named = !self.target.name.is_empty();
        match self.call.verb {
            Verb::Get => self.get(),
            Verb::List => self.list(),
            Verb::Create => self.create(),
            Verb::Update if is_named => self.update(),
            Verb::Patch(PatchType::Apply) if is_named => self.apply(),
            Verb::Patch(kind) if is_named => self.patch(kind),
            Verb::Delete if is_named => self.delete(),
            Verb::DeleteCollection => self.delete_collection(),
            _ => Err(status::no_method()),
        }
    }

    /// The body, that has to be there and readable.
    fn body(&self) -> Result<&Node, Answer> {
        if let Some(unreadable) = &self.sent.unreadable {
            return Err(unreadable.clone());
        }
        self.sent.body.ok_or_else(|| status::bad_request("unexpected EOF"))
    }

    /// The object that the target names, in the endpoint's version, and its revision.
    fn live(&self) -> Option<(Node, u64)> {
        let stored = self.server.stored(&self.target)?;
        Some((self.server.shown(&self.model, &self.target, &stored.node), stored.revision))
    }

    /// A body in the form in which objects are kept.
    fn accepted(&self, body: &Node) -> Node {
        let mut body = body.clone();
        if let Some(map) = body.as_map_mut() {
            map.entry("apiVersion", || text(self.target.resource.api_version.clone()));
            map.entry("kind", || text(self.target.resource.info.kind.clone()));
        }
        self.prune(&mut body);
        schema::complete(&self.model.types, &body)
    }

    /// Takes out of an object of a custom kind what its schema does not know.
    fn prune(&self, object: &mut Node) {
        if let Some(schema) = self.model.types.schema(self.target.api_version(), self.target.kind())
        {
            schema::custom::prune(object, schema);
        }
    }

    /// New objects need a namespace that is there to stay.
    fn check_namespace(&self) -> Result<(), Answer> {
        let target = &self.target;
        if !target.resource.is_namespaced() {
            return Ok(());
        }
        let state = self.server.state();
        let namespace = state.store.get("namespaces", "", &target.namespace);
        let Some(namespace) = namespace else {
            return Err(status::not_found(&target.namespace, "", "namespaces"));
        };
        if meta(&namespace.node, "deletionTimestamp").is_empty() {
            return Ok(());
        }
        Err(status::terminating(target))
    }

    fn check_names(&self, object: &mut Node) -> Result<(), Answer> {
        let target = &self.target;
        let given = |key: &str| meta(object, key).to_owned();
        let (namespace, name) = (given("namespace"), given("name"));
        if target.namespace.is_empty()
            && !namespace.is_empty()
            && let Some(metadata) = make::metadata(object)
        {
            metadata.remove("namespace");
        } else if !namespace.is_empty() && namespace != target.namespace {
            return Err(status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the \
                 request",
            ));
        }
        if name.is_empty() {
            return Err(status::bad_request(&format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                target.name
            )));
        }
        if name != target.name {
            return Err(status::bad_request(&format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                target.name
            )));
        }
        Ok(())
    }

    /// What the validation of an object, or of its update, says.
    fn validate(
        &self,
        object: &Node,
        live: Option<&Node>,
        mut wrong: Vec<Wrong>,
    ) -> Result<(), Answer> {
        let below = self.target.subresource.as_str();
        wrong.extend(schema::validation::validate(&self.model.types, object, live, below));
        wrong.extend(scale::wrong(&self.target, object));
        if wrong.is_empty() && meta(object, "name").is_empty() {
            let message = "Required value: name or generateName is required".to_owned();
            wrong.push(Wrong { message, ..Wrong::required("metadata.name") });
        }
        if wrong.is_empty() { Ok(()) } else { Err(self.target.invalid(&wrong)) }
    }

    /// Asks the quotas of a namespace for what an object uses.
    fn charge(&self, object: &Node, live: Option<&Node>) -> Result<(), Answer> {
        let resource = self.model.resource_of("", "ResourceQuota");
        let is_there = live.is_none() && self.server.stored(&self.target).is_some();
        let Some(resource) = resource.filter(|_| !is_there) else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            let charges = strategy::charges(self.server, &self.target, object, live)?;
            if self.query.is_dry_run() {
                return Ok(());
            }
            let is_stored = charges.iter().all(|charge| {
                let target = Target {
                    resource: resource.clone(),
                    namespace: self.target.namespace.clone(),
                    name: meta(&charge.quota, "name").into(),
                    subresource: "status".into(),
                };
                self.write_status(&target, &charge.quota, &charge.charged)
            });
            if is_stored {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Writes a status in the name of the server; whether nobody was in between.
    fn write_status(&self, target: &Target, live: &Node, new: &Node) -> bool {
        let (reset, now) = (target.reset(), self.server.now_text());
        let writer = target.writer("kube-apiserver", &now, &reset);
        let new = schema::apply::update(&self.model.types, Some(live), new, writer);
        let revision = crate::store::revision_of(live);
        self.server.commit(&self.model, target, Some(revision), Write::Put(new)).is_ok()
    }

    fn settle_families(&self, object: &mut Node, live: Option<&Node>) -> Result<(), Answer> {
        let wrong = services::settle_families(object, live);
        if wrong.is_empty() { Ok(()) } else { Err(self.target.invalid(&wrong)) }
    }

    /// Checks that who writes an object gives no rights away that they do not have.
    fn check_escalation(&self, object: &Node, live: Option<&Node>) -> Result<(), Answer> {
        let user = &self.call.user;
        if user.is_privileged() || self.target.group() != access::GROUP {
            return Ok(());
        }
        let change =
            access::Change { target: &self.target, path_name: &self.call.name, object, live };
        access::check_escalation(&self.server.policy(), user, &change)
    }

    /// Checks that who updates what is not there may create it.
    fn check_may_create(&self) -> Result<(), Answer> {
        let target = &self.target;
        let attributes = Attributes::resource("create", target.group(), target.plural());
        let attributes = attributes.within(target.namespace.clone()).named(target.name.clone());
        self.server.authorize(&self.call.user, &attributes)
    }

    /// What the validation, the policies and the webhooks say to an object, or to its update.
    fn check_object(
        &mut self,
        object: &Node,
        live: Option<&Node>,
        wrong: Vec<Wrong>,
    ) -> Result<(), Answer> {
        self.validate(object, live, wrong)?;
        self.warn_of(object, live);
        strategy::check_admission(self.server, &self.target, object, live)?;
        self.judged(object, live)?;
        self.reviewed(Act::of(object, live))?;
        self.charge(object, live)
    }

    /// Warns of what is new in a custom object's finalizers, and of formats in a
    /// CustomResourceDefinition that nobody checks.
    fn warn_of(&mut self, object: &Node, live: Option<&Node>) {
        let target = &self.target;
        if !target.subresource.is_empty() {
            return;
        }
        let mut found = Vec::new();
        if target.resource.is_custom() {
            found = schema::validation::finalizer_warnings(object, live);
        } else if target.resource.is("apiextensions.k8s.io", crds::KIND) {
            let before = live.map(schema::unknown_formats).unwrap_or_default();
            found.extend(schema::unknown_formats(object));
            found.retain(|format| !before.contains(format));
            for format in &mut found {
                *format = format!("unrecognized format {format:?}");
            }
        }
        for warning in found {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// The time of the request.
    pub(crate) fn now_text(&self) -> Text {
        let own = self.memory.as_ref().and_then(|memory| memory.now.clone());
        own.unwrap_or_else(|| self.server.now_text())
    }

    /// The uid of the object that the request creates.
    fn new_uid(&mut self) -> Text {
        match &mut self.memory {
            Some(memory) => memory.uid.get_or_insert_with(|| self.server.new_uid()).clone(),
            None => self.server.new_uid(),
        }
    }

    /// Stores a new object; `None` where one came to be meanwhile.
    pub(crate) fn store_new(&mut self, mut object: Node) -> Result<Option<Answer>, Answer> {
        let (server, uid, now) = (self.server, self.new_uid(), self.now_text());
        strategy::admit(server, &self.target, &mut object)?;
        let mut object = self.mutated_new(object)?;
        strategy::prepare_create(&self.target, &mut object, (uid.clone(), now));
        self.check_escalation(&object, None)?;
        // Who creates a Service by its status gives it no addresses: that is the work of the whole's endpoint.
        let mut wrong = Vec::new();
        if self.target.subresource.is_empty() {
            self.settle_families(&mut object, None)?;
            wrong = services::allocate(server, &mut object, None);
        }
        let stored = self.check_object(&object, None, wrong).map(|()| {
            schema::defaults::late(&mut object);
            if self.query.is_dry_run() {
                return Some((object.clone(), true));
            }
            let write = Write::Put(object);
            server.commit(&self.model, &self.target, None, write).ok().map(|node| (node, false))
        });
        if !matches!(stored, Ok(Some((_, false)))) {
            services::give_back(server, &self.target, &uid, None);
        }
        Ok(stored?.map(|(object, _)| Answer::new(201, object)))
    }

    /// Stores what became of a live object; `None` where that is no longer what it was.
    pub(crate) fn store_update(
        &mut self,
        (live, revision): (&Node, u64),
        object: Node,
    ) -> Result<Option<Answer>, Answer> {
        let server = self.server;
        let mut object = self.mutated(object, Some(live))?;
        strategy::prepare_update(&self.target, live, &mut object);
        self.check_escalation(&object, Some(live))?;
        if self.target.subresource.is_empty() {
            services::drop_unneeded(&mut object, live);
            self.settle_families(&mut object, Some(live))?;
        }
        let wrong = services::allocate(server, &mut object, Some(live));
        let stored = self.store_prepared(live, revision, object, wrong);
        if !matches!(stored, Ok(Some((_, true)))) {
            let uid = Text::from(meta(live, "uid"));
            services::give_back(server, &self.target, &uid, Some(live));
        }
        Ok(stored?.map(|(object, _)| Answer::new(200, object)))
    }

    /// The object as it is now, and whether it was stored.
    fn store_prepared(
        &mut self,
        live: &Node,
        revision: u64,
        mut object: Node,
        wrong: Vec<Wrong>,
    ) -> Result<Option<(Node, bool)>, Answer> {
        self.check_object(&object, Some(live), wrong)?;
        schema::apply::keep_times(live, &mut object);
        if self.query.is_dry_run() || object == *live {
            return Ok(Some((object, false)));
        }
        let is_gone = strategy::is_gone(&object);
        let write =
            if is_gone { Write::Delete(object.clone()) } else { Write::Put(object.clone()) };
        let stored = self.server.commit(&self.model, &self.target, Some(revision), write);
        let shown = |node| if is_gone { object } else { node };
        Ok(stored.ok().map(|node| (shown(node), true)))
    }

    fn is_scale(&self) -> bool {
        self.target.subresource == "scale"
    }

    fn scale_shape(&self) -> Result<scale::Shape, Answer> {
        scale::Shape::of(&self.target).ok_or_else(status::no_resource)
    }

    /// Does `attempt` until nobody was in between.
    fn until_stored(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<Option<Answer>, Answer>,
    ) -> Result<Answer, Answer> {
        for _ in 0..ATTEMPTS {
            if let Some(answer) = attempt(self)? {
                return Ok(answer);
            }
        }
        Err(self.target.conflict(
            "the object has been modified; please apply your changes to the latest version and try \
             again",
        ))
    }
}
