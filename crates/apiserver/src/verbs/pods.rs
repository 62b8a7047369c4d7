//! What is created below pods and service accounts: evictions, bindings, tokens.

use manifest::{Node, Origin};
use schema::apply::Writer;
use schema::fields::Set;
use schema::validation::Wrong;

use super::{Act, Asked};
use crate::access::tokens::{self, ISSUER};
use crate::call::Answer;
use crate::make::{int, list, map, meta, metadata, text};
use crate::selector::matches;
use crate::store::Write;
use crate::target::Target;
use crate::{make, status};

/// The version of requests for tokens.
const TOKENS: &str = "authentication.k8s.io/v1";

/// How long a token is good for that says nothing about it.
const HOUR: i64 = 3600;

impl Asked<'_> {
    /// Creates something below an object.
    pub(super) fn create_below(&mut self) -> Result<Answer, Answer> {
        if matches!(self.target.subresource.as_str(), "eviction" | "binding" | "token") {
            let shown = self.shown_below(self.body()?);
            self.reviewed(Act::of(&shown, None))?;
        }
        match self.target.subresource.as_str() {
            "eviction" => self.evict(),
            "binding" => self.bind(),
            "token" => self.token(),
            "exec" | "attach" | "portforward" | "proxy" => Err(nothing_runs()),
            _ => Err(status::no_method()),
        }
    }

    /// What is sent below an object, as webhooks see it.
    fn shown_below(&self, body: &Node) -> Node {
        let mut shown = body.clone();
        if let Some(metadata) = metadata(&mut shown) {
            metadata.entry("namespace", || text(self.target.namespace.clone()));
        }
        match self.target.subresource.as_str() {
            "binding" => self.owned_below(&shown, "v1", "Binding"),
            _ => shown,
        }
    }

    fn evict(&mut self) -> Result<Answer, Answer> {
        let body = self.body()?.clone();
        if meta(&body, "name") != self.target.name {
            return Err(status::bad_request("name in URL does not match name in Eviction object"));
        }
        let (pod, _) = self.live().ok_or_else(|| self.target.not_found())?;
        let phase = pod.str_at(&["status", "phase"]).unwrap_or_default();
        let is_free = matches!(phase, "Succeeded" | "Failed" | "Pending")
            || !meta(&pod, "deletionTimestamp").is_empty();
        if !is_free {
            self.take_disruption(&pod)?;
        }
        let options = body.get("deleteOptions").cloned();
        self.target = self.target.whole();
        let deleted = self.delete_for(options.as_ref())?;
        if !deleted.is_success() {
            return Err(deleted);
        }
        Ok(status::created())
    }

    /// Asks the budget of a pod whether it can spare it, and takes one disruption of it.
    fn take_disruption(&mut self, pod: &Node) -> Result<(), Answer> {
        let namespace = self.target.namespace.clone();
        let budgets = self.server.objects("policy", "poddisruptionbudgets");
        let mut covering = budgets.into_iter().filter(|budget| {
            let selector = budget.at(&["spec", "selector"]);
            meta(budget, "namespace") == namespace.as_str()
                && selector.is_some_and(|selector| matches(selector, pod))
        });
        let Some(budget) = covering.next() else { return Ok(()) };
        if covering.next().is_some() {
            let message = "This pod has more than one PodDisruptionBudget, which the eviction \
                           subresource does not support.";
            return Err(status::failure(500, "", message, None));
        }
        let name = meta(&budget, "name").to_owned();
        let number = |path: &[&str]| budget.at(path).and_then(Node::as_int).unwrap_or(0);
        if !is_ready(pod) {
            let policy = budget.str_at(&["spec", "unhealthyPodEvictionPolicy"]);
            let (healthy, desired) =
                (number(&["status", "currentHealthy"]), number(&["status", "desiredHealthy"]));
            // It does not count towards what is healthy.
            if policy == Some("AlwaysAllow") || healthy >= desired && desired > 0 {
                return Ok(());
            }
        }
        if number(&["status", "observedGeneration"]) < number(&["metadata", "generation"]) {
            let why =
                format!("The disruption budget {name} is still being processed by the server.");
            return Err(too_many(&why, Some(10)));
        }
        let allowed = number(&["status", "disruptionsAllowed"]);
        if allowed <= 0 {
            let why = format!(
                "The disruption budget {name} needs {} healthy pods and has {} currently",
                number(&["status", "desiredHealthy"]),
                number(&["status", "currentHealthy"])
            );
            return Err(too_many(&why, None));
        }
        if self.query.is_dry_run() {
            return Ok(());
        }
        self.spend(&budget, allowed - 1, meta(pod, "name"))
    }

    fn spend(&self, budget: &Node, left: i64, pod: &str) -> Result<(), Answer> {
        let resource = self.model.resource_of("policy", "PodDisruptionBudget");
        let Some(resource) = resource else { return Ok(()) };
        let target = Target {
            resource: resource.clone(),
            namespace: self.target.namespace.clone(),
            name: meta(budget, "name").into(),
            subresource: "status".into(),
        };
        let mut new = budget.clone();
        let now = self.server.now_text();
        if let Some(status) = new.map_entry("status", Origin::NONE) {
            status.set("disruptionsAllowed", int(left));
            let pods = status.entry("disruptedPods", || map([]));
            if pods.is_null() {
                *pods = map([]);
            }
            if let Some(pods) = pods.as_map_mut() {
                pods.set(pod, text(now.clone()));
            }
        }
        let is_left = left > 0;
        let condition = map([
            ("type", text("DisruptionAllowed")),
            ("status", text(if is_left { "True" } else { "False" })),
            ("observedGeneration", int(number_at(budget, "observedGeneration"))),
            ("lastTransitionTime", text(now)),
            ("reason", text(if is_left { "SufficientPods" } else { "InsufficientPods" })),
            ("message", text("")),
        ]);
        set_condition(&mut new, condition);
        if self.write_status(&target, budget, &new) {
            return Ok(());
        }
        Err(too_many("The disruption budget was changed meanwhile; try again.", Some(1)))
    }

    /// Puts a pod on a node.
    pub(super) fn bind(&mut self) -> Result<Answer, Answer> {
        let body = self.body()?.clone();
        if self.target.subresource.is_empty() {
            // Through the collection of bindings: the pod is the one of the same name.
            let pods = self.model.resource("v1", "pods").cloned();
            self.target.resource = pods.ok_or_else(status::no_resource)?;
            self.target.name = meta(&body, "name").into();
        }
        self.target = self.target.whole();
        self.until_stored(|asked| asked.bind_once(&body))?;
        Ok(status::created())
    }

    fn bind_once(&mut self, body: &Node) -> Result<Option<Answer>, Answer> {
        let (mut pod, revision) = self.live().ok_or_else(|| self.target.not_found())?;
        let node = body.str_at(&["target", "name"]).unwrap_or_default();
        let kind = body.str_at(&["target", "kind"]).unwrap_or_default();
        if !matches!(kind, "" | "Node") {
            let message = format!(
                "target.kind: Unsupported value: {kind:?}: supported values: \"Node\", \"<empty>\""
            );
            return Err(status::failure(500, "", &message, None));
        }
        if node.is_empty() {
            return Err(status::failure(500, "", "target.name: Required value", None));
        }
        let name = self.target.name.clone();
        let conflict = |why: &str| status::conflict(&name, "", "pods/binding", why);
        let assigned = pod.str_at(&["spec", "nodeName"]).unwrap_or_default();
        if !assigned.is_empty() {
            let why = format!("pod {name} is already assigned to node \"{assigned}\"");
            return Err(conflict(&why));
        }
        let gates = pod.at(&["spec", "schedulingGates"]).and_then(Node::as_list);
        if gates.is_some_and(|gates| !gates.is_empty()) {
            return Err(conflict(&format!("pod {name} has non-empty .spec.schedulingGates")));
        }
        assign(&mut pod, node, body, self.server.now_text());
        if self.query.is_dry_run() {
            return Ok(Some(Answer::new(200, pod)));
        }
        let stored =
            self.server.commit(&self.model, &self.target, Some(revision), Write::Put(pod)).ok();
        Ok(stored.map(|pod| Answer::new(200, pod)))
    }

    /// A token of a service account.
    fn token(&mut self) -> Result<Answer, Answer> {
        let mut body = self.body()?.clone();
        for field in ["name", "namespace"] {
            let (given, own) = (
                meta(&body, field),
                match field {
                    "name" => &self.target.name,
                    _ => &self.target.namespace,
                },
            );
            if !given.is_empty() && given != own.as_str() {
                let why = format!("must match the service account {field} if specified");
                let field = format!("metadata.{field}");
                let wrong = [Wrong::invalid(field, &format!("{given:?}"), &why)];
                return Err(wrong_token(&self.target.name, &wrong));
            }
        }
        let (account, _) = self.live().ok_or_else(|| self.target.not_found())?;
        let (given, uid) = (meta(&body, "uid"), meta(&account, "uid"));
        if !given.is_empty() && given != uid {
            let why = format!(
                "the UID in the token request ({given}) does not match the UID of the service account \
                 ({uid})"
            );
            let (group, kind) = ("authentication.k8s.io", "TokenRequest");
            return Err(status::conflict(&self.target.name, group, kind, &why));
        }
        let Some(spec) = body.map_entry("spec", Origin::NONE) else {
            return Err(status::bad_request("spec is no object"));
        };
        let given = spec.get("expirationSeconds").and_then(Node::as_int);
        let seconds = given.unwrap_or(HOUR);
        spec.set("expirationSeconds", int(seconds));
        let managed = self.owners_of_request(&body);
        if let Some(spec) = body.map_entry("spec", Origin::NONE) {
            let audiences = spec.get("audiences").and_then(Node::as_list);
            if audiences.is_none_or(<[Node]>::is_empty) {
                spec.set("audiences", list([text(ISSUER)]));
            }
            // Shown though there is nothing.
            spec.entry("boundObjectRef", Node::default);
        }
        let why = match seconds {
            ..600 => Some("may not specify a duration less than 10 minutes"),
            4_294_967_297.. => Some("may not specify a duration larger than 2^32 seconds"),
            _ => None,
        };
        if let Some(why) = why {
            let wrong = Wrong::invalid("spec.expirationSeconds", &seconds.to_string(), why);
            return Err(wrong_token("", &[wrong]));
        }
        if let Some(bound) = body.at(&["spec", "boundObjectRef"]).filter(|node| !node.is_null()) {
            self.check_bound(bound)?;
        }
        let spec = body.get("spec").cloned().unwrap_or_default();
        let token = self.signed_token(&account, &spec, seconds)?;
        let now = self.server.now();
        let end = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
        let status = map([
            ("token", text(token)),
            (
                "expirationTimestamp",
                text(ecow::eco_format!("{}", end.strftime("%Y-%m-%dT%H:%M:%SZ"))),
            ),
        ]);
        let mut metadata = map([
            ("name", text(self.target.name.clone())),
            ("namespace", text(self.target.namespace.clone())),
            ("uid", text(uid)),
            ("creationTimestamp", text(self.server.now_text())),
        ]);
        if let (Some(managed), Some(metadata)) = (managed, metadata.as_map_mut()) {
            metadata.set("managedFields", managed);
        }
        let body = map([
            ("kind", text("TokenRequest")),
            ("apiVersion", text(TOKENS)),
            ("metadata", metadata),
            ("spec", body.get("spec").cloned().unwrap_or_default()),
            ("status", status),
        ]);
        Ok(Answer::new(201, body))
    }

    /// Who wrote which fields of a request for a token.
    fn owners_of_request(&self, body: &Node) -> Option<Node> {
        let request = map([
            ("apiVersion", text(TOKENS)),
            ("kind", text("TokenRequest")),
            ("metadata", map([])),
            ("spec", body.get("spec").cloned().unwrap_or_default()),
        ]);
        self.owned_below(&request, TOKENS, "TokenRequest")
            .at(&["metadata", "managedFields"])
            .cloned()
    }

    /// What is sent below an object, with who wrote which of its fields.
    fn owned_below(&self, object: &Node, api_version: &str, kind: &str) -> Node {
        let writer = Writer {
            manager: self.query.manager(),
            api_version,
            kind,
            subresource: &self.target.subresource,
            now: &self.server.now_text(),
            reset: &Set::default(),
        };
        schema::apply::update(&self.model.types, None, object, writer)
    }

    /// A token of an account as a `TokenRequest` wants it, that has been found right.
    fn signed_token(&self, account: &Node, spec: &Node, seconds: i64) -> Result<String, Answer> {
        let namespace = &self.target.namespace;
        let reference = spec.get("boundObjectRef").filter(|node| !node.is_null());
        let bound = reference.and_then(|bound| {
            let name = bound.str_at(&["name"]).unwrap_or_default();
            let (kind, plural, namespace) = match bound.str_at(&["kind"])? {
                "Pod" => ("pod", "pods", namespace.as_str()),
                "Secret" => ("secret", "secrets", namespace.as_str()),
                "Node" => ("node", "nodes", ""),
                _ => return None,
            };
            Some((kind, self.server.object("", plural, namespace, name)?))
        });
        let pod = bound.as_ref().filter(|(kind, _)| *kind == "pod").map(|(_, pod)| pod);
        let node_name = pod.and_then(|pod| pod.str_at(&["spec", "nodeName"]));
        let node_name = node_name.filter(|name| !name.is_empty());
        let node = node_name.and_then(|name| self.server.object("", "nodes", "", name));
        let audiences = spec.get("audiences").and_then(Node::as_list).unwrap_or_default();
        let claims = tokens::claims(&tokens::Request {
            account,
            bound: bound.as_ref().map(|(kind, object)| (*kind, object)),
            node: node_name.map(|name| (name, node.as_ref())),
            audiences: audiences.iter().filter_map(Node::as_str).map(Into::into).collect(),
            now: self.server.now().as_second(),
            seconds,
            id: self.server.new_uid(),
        });
        let signed = self.server.signer().and_then(|signer| signer.sign(&claims));
        signed.map_err(|error| {
            let message = format!("Internal error occurred: failed to generate token: {error}");
            status::failure(500, "InternalError", &message, None)
        })
    }

    /// What a token is bound to has to be there.
    fn check_bound(&self, bound: &Node) -> Result<(), Answer> {
        let part = |key: &str| bound.str_at(&[key]).unwrap_or_default();
        let (kind, name, uid) = (part("kind"), part("name"), part("uid"));
        let version = part("apiVersion");
        let resource = self.model.resource_of("", kind);
        let resource = resource.filter(|_| !version.contains('/'));
        let Some(resource) = resource.filter(|_| matches!(kind, "Pod" | "Node" | "Secret")) else {
            let (group, short) = version.rsplit_once('/').unwrap_or(("", version));
            return Err(status::bad_request(&format!(
                "cannot bind token to object of type {group}/{short}, Kind={kind}"
            )));
        };
        let namespace = if resource.is_namespaced() { self.target.namespace.as_str() } else { "" };
        let plural = &resource.info.plural;
        let Some(object) = self.server.object("", plural, namespace, name) else {
            return Err(status::not_found(name, "", plural));
        };
        let account = object.str_at(&["spec", "serviceAccountName"]);
        if kind == "Pod" && account != Some(self.target.name.as_str()) {
            return Err(status::bad_request(&format!(
                "cannot bind token for serviceaccount {:?} to pod running with different \
                 serviceaccount name.",
                self.target.name
            )));
        }
        if uid.is_empty() || uid == meta(&object, "uid") {
            return Ok(());
        }
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object \
             might have been deleted and then recreated"
        );
        Err(status::conflict(name, "", kind, &why))
    }
}

fn wrong_token(name: &str, wrong: &[Wrong]) -> Answer {
    status::invalid(name, "authentication.k8s.io", "TokenRequest", wrong)
}

fn is_ready(pod: &Node) -> bool {
    let conditions = pod.at(&["status", "conditions"]).and_then(Node::as_list).unwrap_or_default();
    conditions.iter().any(|condition| {
        condition.str_at(&["type"]) == Some("Ready")
            && condition.str_at(&["status"]) == Some("True")
    })
}

fn number_at(object: &Node, field: &str) -> i64 {
    object.at(&["status", field]).and_then(Node::as_int).unwrap_or(0)
}

/// Sets a condition; one that stays what it was keeps its time.
fn set_condition(object: &mut Node, mut condition: Node) {
    let Some(status) = object.map_entry("status", Origin::NONE) else { return };
    let conditions = status.entry("conditions", || make::list([]));
    if conditions.is_null() {
        *conditions = make::list([]);
    }
    let Some(conditions) = conditions.as_list_mut() else { return };
    let same = |other: &Node, field: &str| other.get(field) == condition.get(field);
    let before = conditions.iter().position(|other| same(other, "type"));
    let Some(before) = before else { return conditions.push(condition) };
    let Some(other) = conditions.make_mut().get_mut(before) else { return };
    let time = other.get("lastTransitionTime").cloned().filter(|_| same(other, "status"));
    if let (Some(time), Some(condition)) = (time, condition.as_map_mut()) {
        condition.set("lastTransitionTime", time);
    }
    *other = condition;
}

/// That there is nothing behind simulated pods.
pub(super) fn nothing_runs() -> Answer {
    status::bad_request(
        "the pods of an embedded cluster are simulated: nothing runs in them, so there are no logs, \
         no shell and no ports",
    )
}

fn too_many(why: &str, seconds: Option<i64>) -> Answer {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let cause = map([("reason", text("DisruptionBudget")), ("message", text(why))]);
    let mut details = vec![("causes", list([cause]))];
    details.extend(seconds.map(|seconds| ("retryAfterSeconds", int(seconds))));
    status::failure(429, "TooManyRequests", message, Some(map(details)))
}

fn assign(pod: &mut Node, node: &str, body: &Node, now: manifest::Text) {
    if let Some(spec) = pod.map_entry("spec", Origin::NONE) {
        spec.set("nodeName", text(node));
    }
    if let Some(annotations) = body.at(&["metadata", "annotations"]).and_then(Node::as_map)
        && let Some(metadata) = metadata(pod)
    {
        let own = metadata.entry("annotations", || map([]));
        if own.is_null() {
            *own = map([]);
        }
        if let Some(own) = own.as_map_mut() {
            for (key, value) in annotations.iter() {
                own.set(key.clone(), value.clone());
            }
        }
    }
    let condition = map([
        ("type", text("PodScheduled")),
        ("status", text("True")),
        ("lastProbeTime", Node::default()),
        ("lastTransitionTime", text(now)),
    ]);
    let Some(status) = pod.map_entry("status", Origin::NONE) else { return };
    let conditions = status.entry("conditions", || make::list([]));
    if conditions.is_null() {
        *conditions = make::list([]);
    }
    if let Some(conditions) = conditions.as_list_mut() {
        conditions.retain(|other| other.str_at(&["type"]) != Some("PodScheduled"));
        conditions.push(condition);
    }
}
