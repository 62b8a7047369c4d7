//! What admission policies say to a write (apiserver's `admission/plugin/policy/validating`).

use manifest::{Map, Node, Text};
use schema::policy::{self, Denial, Policy, Request};

use super::Asked;
use crate::call::{Answer, Verb};
use crate::make::{self, list, map, meta, text};
use crate::policies::Bound;

/// A refusal, and who refuses.
struct Refusal {
    policy: Text,
    binding: Option<Text>,
    denial: Denial,
}

impl Refusal {
    fn message(&self) -> String {
        let said = &self.denial.message;
        match &self.binding {
            Some(binding) => format!(
                "ValidatingAdmissionPolicy '{}' with binding '{binding}' denied request: {said}",
                self.policy
            ),
            None => {
                format!("ValidatingAdmissionPolicy '{}' denied request: {said}", self.policy)
            }
        }
    }
}

impl Asked<'_> {
    /// Asks the policies of the cluster about an object, or about its update.
    pub(crate) fn judged(&mut self, object: &Node, old: Option<&Node>) -> Result<(), Answer> {
        let operation = if old.is_some() { "UPDATE" } else { "CREATE" };
        self.judge(operation, Some(object), old)
    }

    /// Asks them about the deletion of the object that is there.
    pub(super) fn judged_deletion(&mut self) -> Result<(), Answer> {
        if self.server.policies().is_none() {
            return Ok(());
        }
        match self.live() {
            Some((live, _)) => self.judge("DELETE", None, Some(&live)),
            None => Ok(()),
        }
    }

    fn judge(
        &mut self,
        operation: &'static str,
        object: Option<&Node>,
        old: Option<&Node>,
    ) -> Result<(), Answer> {
        let is_exempt = self.target.group() == "admissionregistration.k8s.io"
            && self.target.kind().contains("AdmissionPolicy");
        let Some(policies) = self.server.policies().filter(|_| !is_exempt && !self.is_judged)
        else {
            return Ok(());
        };
        let target = self.target.clone();
        let namespace = match target.resource.is("", "Namespace") {
            true => target.name.clone(),
            false => target.namespace.clone(),
        };
        let found = match target.namespace.as_str() {
            "" => None,
            name => self.server.object("", "namespaces", "", name),
        };
        let (user, options) = (self.call.user.info(), self.policy_options(operation));
        let request = Request {
            operation,
            api_version: target.api_version(),
            kind: if self.is_scale() { "Scale" } else { target.kind() },
            resource: target.plural(),
            subresource: &target.subresource,
            name: if self.has_no_name_yet(operation) { "" } else { &target.name },
            namespace: &namespace,
            object,
            old_object: old,
            namespace_object: found.as_ref(),
            user: &user,
            options: &options,
            is_dry_run: self.is_dry_run(),
        };
        let mut refusals = Vec::new();
        for bound in &policies.0 {
            self.ask(bound, &request, &mut refusals);
        }
        match refusals.first() {
            Some(refusal) => Err(self.refused(refusal)),
            None => Ok(()),
        }
    }

    /// What one policy says, through each of its bindings.
    fn ask(&mut self, bound: &Bound, request: &Request<'_>, refusals: &mut Vec<Refusal>) {
        let policy = bound.policy();
        if !policy::matches(&policy.constraints, request) {
            return;
        }
        let failed = |binding: Option<&Node>, why: &str| {
            let what = if binding.is_some() { "binding" } else { "policy" };
            let message = format!("failed to configure {what}: {why}");
            let refusal = Refusal {
                policy: policy.name.clone(),
                binding: binding.map(|binding| meta(binding, "name").into()),
                denial: Denial { message, reason: "Invalid".into() },
            };
            (!policy.ignores_failures).then_some(refusal)
        };
        if let Some((version, kind)) = &policy.param_kind
            && self.model.kinds.info(version, kind).is_none()
        {
            let why = format!(
                "failed to find resource referenced by paramKind: '{version}, Kind={kind}'"
            );
            refusals.extend(failed(None, &why));
            return;
        }
        for binding in &bound.bindings {
            let resources = binding.at(&["spec", "matchResources"]);
            let resources = resources.filter(|resources| !resources.is_null());
            if resources.is_some_and(|resources| !policy::matches(resources, request)) {
                continue;
            }
            let params = match self.params(policy, binding, &self.target.namespace) {
                Ok(params) => params,
                Err(why) => {
                    refusals.extend(failed(Some(binding), &why));
                    continue;
                }
            };
            let name = Text::from(meta(binding, "name"));
            let actions = binding.at(&["spec", "validationActions"]).and_then(Node::as_list);
            let actions: Vec<&str> =
                actions.unwrap_or_default().iter().filter_map(Node::as_str).collect();
            for param in params {
                for denial in policy.evaluate(request, param.as_ref()) {
                    if actions.contains(&"Warn") {
                        let warning = format!(
                            "Validation failed for ValidatingAdmissionPolicy '{}' with binding \
                             '{name}': {}",
                            policy.name, denial.message
                        );
                        if !self.warnings.contains(&warning) {
                            self.warnings.push(warning);
                        }
                    }
                    if actions.contains(&"Deny") {
                        let (policy, binding) = (policy.name.clone(), Some(name.clone()));
                        refusals.push(Refusal { policy, binding, denial });
                    }
                }
            }
        }
    }

    /// The parameter objects of a binding; one that is nothing where it has none.
    fn params(
        &self,
        policy: &Policy,
        binding: &Node,
        namespace: &str,
    ) -> Result<Vec<Option<Node>>, String> {
        let reference = binding.at(&["spec", "paramRef"]).filter(|node| !node.is_null());
        let (Some((version, kind)), Some(reference)) = (&policy.param_kind, reference) else {
            return Ok(vec![None]);
        };
        let Some(info) = self.model.kinds.info(version, kind) else { return Ok(vec![None]) };
        let own = reference.str_at(&["namespace"]).unwrap_or_default();
        let namespace = match (info.is_namespaced(), own) {
            (true, "") if namespace.is_empty() => {
                return Err("cannot use namespaced paramRef in policy binding that matches \
                            cluster-scoped resources"
                    .to_owned());
            }
            (true, "") => namespace,
            (false, "") => "",
            (false, _) => {
                return Err("paramRef.namespace must not be provided for a cluster-scoped \
                            `paramKind`"
                    .to_owned());
            }
            (true, own) => own,
        };
        let found: Vec<Node> = match reference.str_at(&["name"]).filter(|name| !name.is_empty()) {
            Some(name) => {
                self.server.object(&info.group, &info.plural, namespace, name).into_iter().collect()
            }
            None => {
                let selector = reference.get("selector").cloned().unwrap_or_default();
                let labels =
                    |node: &Node| node.at(&["metadata", "labels"]).and_then(Node::as_map).cloned();
                let mut all = self.server.objects(&info.group, &info.plural);
                all.retain(|node| {
                    (!info.is_namespaced() || meta(node, "namespace") == namespace)
                        && policy::selects(&selector, labels(node).as_ref())
                });
                all
            }
        };
        if found.is_empty() && reference.str_at(&["parameterNotFoundAction"]) == Some("Deny") {
            return Err(
                "no params found for policy binding with `Deny` parameterNotFoundAction".to_owned()
            );
        }
        let shown = |node: Node| schema::convert(&self.model.types, &node, version).unwrap_or(node);
        Ok(found.into_iter().map(|node| Some(shown(node))).collect())
    }

    fn refused(&self, refusal: &Refusal) -> Answer {
        let message = refusal.message();
        let mut answer = self.target.forbidden(&message);
        let code = match refusal.denial.reason.as_str() {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        answer.code = code;
        if let Some(body) = answer.body.as_map_mut() {
            body.set("reason", text(refusal.denial.reason.clone()));
            body.set("code", make::int(i64::from(code)));
        }
        let causes = list([map([("message", text(message))])]);
        if let Some(details) = answer.body.map_entry("details", manifest::Origin::NONE) {
            details.set("causes", causes);
        }
        answer
    }

    /// What is created with a generated name has none where it is judged.
    fn has_no_name_yet(&self, operation: &str) -> bool {
        let sent = self.sent.body.map(|body| meta(body, "name")).unwrap_or_default();
        operation == "CREATE" && self.call.name.is_empty() && sent.is_empty()
    }

    /// The parameters of the request, as `request.options` has them.
    fn policy_options(&self, operation: &str) -> Node {
        let kind = match operation {
            "CREATE" => "CreateOptions",
            "DELETE" => "DeleteOptions",
            _ => "UpdateOptions",
        };
        let mut options = Map::new();
        options.set("kind", text(kind));
        options.set("apiVersion", text("meta.k8s.io/v1"));
        if self.is_dry_run() {
            options.set("dryRun", list([text("All")]));
        }
        for key in ["fieldManager", "fieldValidation", "propagationPolicy"] {
            if let Some(given) = self.query.given(key) {
                options.set(key, text(given));
            }
        }
        let is_deletion = matches!(self.call.verb, Verb::Delete | Verb::DeleteCollection);
        let sent = self.sent.body.filter(|_| is_deletion).and_then(Node::as_map);
        for (key, value) in sent.into_iter().flat_map(Map::iter) {
            if !matches!(key.as_str(), "kind" | "apiVersion") {
                options.set(key.clone(), value.clone());
            }
        }
        Node::new(options, manifest::Origin::NONE)
    }
}
