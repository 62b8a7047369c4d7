//! What webhooks are asked about a request, and what comes of it.

use std::sync::Arc;

use manifest::json_patch::Dialect;
use manifest::{Node, Text};
use schema::decode::mismatch;
use schema::policy::Request;

use super::Asked;
use crate::call::{Answer, Verb};
use crate::make;
use crate::status;
use crate::webhooks::{self, Circumstances, Hook, Hooks, Occasion, Operation, Said, Wanted};

/// A write that webhooks may have something to say about.
#[derive(Clone, Copy)]
pub(crate) struct Act<'a> {
    operation: Operation,
    /// What is there afterwards; nothing where it goes.
    object: Option<&'a Node>,
    /// What was there before.
    old: Option<&'a Node>,
}

impl<'a> Act<'a> {
    /// An object that is created, or takes the place of another.
    pub(crate) fn of(object: &'a Node, old: Option<&'a Node>) -> Act<'a> {
        let operation = if old.is_some() { Operation::Update } else { Operation::Create };
        Act { operation, object: Some(object), old }
    }

    fn deletion(old: &'a Node) -> Act<'a> {
        Act { operation: Operation::Delete, object: None, old: Some(old) }
    }
}

impl Asked<'_> {
    /// The webhooks of the cluster, where there are any that are asked about such objects.
    fn hooks(&self) -> Option<Arc<Hooks>> {
        let hooks = self.hooks.clone().filter(|_| self.memory.is_some())?;
        let is_exempt = self.target.group() == "admissionregistration.k8s.io"
            && (self.target.kind().contains("Webhook") || self.target.kind().contains("Policy"));
        (!is_exempt).then_some(hooks)
    }

    /// What mutating webhooks make of a new object. A name that was generated they do not see yet.
    pub(super) fn mutated_new(&mut self, mut object: Node) -> Result<Node, Answer> {
        if self.hooks().is_none_or(|hooks| hooks.mutating.is_empty()) {
            return Ok(object);
        }
        if self.has_generated_name
            && let Some(metadata) = make::metadata(&mut object)
        {
            metadata.remove("name");
        }
        let mut object = self.mutated(object, None)?;
        if let Some(metadata) = make::metadata(&mut object) {
            metadata.set("name", make::text(self.target.name.clone()));
        }
        Ok(object)
    }

    /// What mutating webhooks make of a new or changed object.
    pub(super) fn mutated(&mut self, object: Node, old: Option<&Node>) -> Result<Node, Answer> {
        let Some(hooks) = self.hooks().filter(|hooks| !hooks.mutating.is_empty()) else {
            return Ok(object);
        };
        let mut object = object;
        // Those that were asked before the last change, and want to be asked again.
        let (mut earlier, mut again) = (Vec::new(), Vec::new());
        let mut has_changed = false;
        for hook in &hooks.mutating {
            let changed = self.mutate(hook, &mut object, old, false)?;
            let Some(changed) = changed else { continue };
            if changed {
                has_changed = true;
                again.append(&mut earlier);
            }
            if hook.asks_again {
                earlier.push(hook);
            }
        }
        if has_changed {
            for hook in &hooks.mutating {
                if again.iter().any(|other| Arc::ptr_eq(other, hook)) {
                    self.mutate(hook, &mut object, old, true)?;
                }
            }
        }
        Ok(object)
    }

    /// What one webhook makes of an object, and whether it changed it; `None` where it is not asked.
    fn mutate(
        &mut self,
        hook: &Arc<Hook>,
        object: &mut Node,
        old: Option<&Node>,
        again: bool,
    ) -> Result<Option<bool>, Answer> {
        let act = Act::of(object, old);
        let Some((wanted, version)) = self.wanted_of(hook, act, again)? else { return Ok(None) };
        let shown = wanted.request.get("object").cloned().unwrap_or_default();
        let Some(said) = self.said(hook, wanted)? else { return Ok(Some(false)) };
        let Some(patch) = said.patch else { return Ok(Some(false)) };
        let mut patched = shown.clone();
        patch
            .apply(&mut patched, Dialect::Lenient)
            .map_err(|error| webhooks::internal(&error.full()))?;
        if patched == shown {
            return Ok(Some(false));
        }
        if version != self.version() {
            let own = self.target.api_version();
            let converted = schema::convert(&self.model.types, &patched, own);
            patched = converted.ok_or_else(|| {
                webhooks::internal(&format!("{} cannot be converted to {own}", hook.name))
            })?;
        }
        if let Some(why) = mismatch(self.target.api_version(), self.target.kind(), &patched) {
            return Err(webhooks::internal(&why));
        }
        *object = self.accepted(&patched);
        Ok(Some(true))
    }

    /// Asks validating webhooks, all at once.
    pub(crate) fn reviewed(&mut self, act: Act<'_>) -> Result<(), Answer> {
        let Some(hooks) = self.hooks().filter(|hooks| !hooks.validating.is_empty()) else {
            return Ok(());
        };
        let mut refused = None;
        let mut is_open = false;
        for hook in &hooks.validating {
            let Some((wanted, _)) = self.wanted_of(hook, act, false)? else { continue };
            match self.said(hook, wanted) {
                Ok(_) => {}
                Err(answer) if answer.is_unfinished() => is_open = true,
                Err(answer) => drop(refused.get_or_insert(answer)),
            }
        }
        match refused {
            _ if is_open => Err(Answer::unfinished()),
            Some(refused) => Err(refused),
            None => Ok(()),
        }
    }

    /// Asks both kinds of webhooks about a deletion. There is nothing to change in it.
    pub(super) fn reviewed_deletion(&mut self, live: &Node) -> Result<(), Answer> {
        let Some(hooks) = self.hooks() else { return Ok(()) };
        let act = Act::deletion(live);
        for hook in &hooks.mutating {
            let Some((wanted, _)) = self.wanted_of(hook, act, false)? else { continue };
            if self.said(hook, wanted)?.is_some_and(|said| said.patch.is_some()) {
                return Err(webhooks::internal(&format!(
                    "admission webhook {:?} attempted to modify the object, which is not supported for \
                     this operation",
                    hook.name
                )));
            }
        }
        self.reviewed(act)
    }

    /// What a webhook says to a question.
    fn said(&mut self, hook: &Hook, wanted: Wanted) -> Result<Option<Said>, Answer> {
        if let Some(warning) = self.simulated_service(hook) {
            self.warn(warning);
            return Ok(None);
        }
        let answered = self.memory.as_mut().and_then(|memory| memory.answer(wanted));
        let answered = answered.ok_or_else(Answer::unfinished)?;
        let said = webhooks::said(hook, answered)?;
        if let Some(said) = &said {
            for warning in said.warnings.clone() {
                self.warn(warning);
            }
        }
        Ok(said)
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Where workloads are simulated, so is the webhook behind a Service: it says yes.
    fn simulated_service(&self, hook: &Hook) -> Option<String> {
        let service = hook.client.get("service").filter(|node| !node.is_null())?;
        let word = |key: &str| service.str_at(&[key]).unwrap_or_default();
        let (name, namespace) = (word("name"), word("namespace"));
        self.server.options().simulate.then(|| {
            format!(
                "admission webhook {:?} was not asked: workloads are simulated, and nothing answers \
                 behind service {namespace}/{name}",
                hook.name
            )
        })
    }

    /// What a webhook is asked about a write, and the version of the resource that it sees; `None` where
    /// it is not concerned.
    fn wanted_of(
        &self,
        hook: &Arc<Hook>,
        act: Act<'_>,
        again: bool,
    ) -> Result<Option<(Wanted, Text)>, Answer> {
        let target = &self.target;
        let others = self.other_versions();
        let namespace = match target.resource.is("", "Namespace") {
            true => &target.name,
            false => &target.namespace,
        };
        let own = self.version();
        let occasion = Occasion {
            operation: act.operation,
            group: target.group(),
            version: &own,
            plural: target.plural(),
            subresource: &target.subresource,
            namespace,
            object: act.object,
            old: act.old,
            others: &others,
        };
        let found = || self.server.object("", "namespaces", "", namespace);
        let version = hook
            .version(&occasion, found)
            .map_err(|_| status::not_found(namespace, "", "namespaces"))?;
        let Some(version) = version else { return Ok(None) };
        let is_dry_run = self.is_dry_run();
        let version = Text::from(version);
        let seen = |node: Option<&Node>| {
            let node = node?.clone();
            if version == own {
                return Some(node);
            }
            let wanted = match target.group() {
                "" => version.clone(),
                group => ecow::eco_format!("{group}/{version}"),
            };
            Some(schema::convert(&self.model.types, &node, &wanted).unwrap_or(node))
        };
        let (object, old) = (seen(act.object), seen(act.old));
        if !self.holds(hook, act, &version, (object.as_ref(), old.as_ref()))? {
            return Ok(None);
        }
        if is_dry_run && !hook.works_on_dry_run {
            let why = format!("admission webhook {:?} does not support dry run", hook.name);
            return Err(status::bad_request(&why));
        }
        let circumstances = Circumstances {
            name: self.shown_name(act),
            user: &self.call.user,
            is_dry_run,
            options: self.options_of(act.operation),
        };
        let request = webhooks::request(&occasion, &version, circumstances, object, old);
        Ok(Some((Wanted { hook: hook.clone(), again, request }, version)))
    }

    /// Whether the conditions of a webhook hold for a write.
    fn holds(
        &self,
        hook: &Hook,
        act: Act<'_>,
        version: &str,
        (object, old): (Option<&Node>, Option<&Node>),
    ) -> Result<bool, Answer> {
        if hook.conditions.is_empty() {
            return Ok(true);
        }
        let target = &self.target;
        let api_version = match target.group() {
            "" => Text::from(version),
            group => ecow::eco_format!("{group}/{version}"),
        };
        let (user, options) = (self.call.user.info(), self.options_of(act.operation));
        let request = Request {
            operation: act.operation.word(),
            api_version: &api_version,
            kind: target.kind(),
            resource: target.plural(),
            subresource: &target.subresource,
            name: self.shown_name(act),
            namespace: &target.namespace,
            object,
            old_object: old,
            namespace_object: None,
            user: &user,
            options: &options,
            is_dry_run: self.is_dry_run(),
        };
        match hook.conditions.hold(&request, None) {
            Err(_) if hook.fails_open => Ok(false),
            held => held.map_err(|why| target.forbidden(&why)),
        }
    }

    /// What is created with a generated name has none yet where it is changed; what is deleted with its
    /// collection is told without.
    fn shown_name<'s>(&'s self, act: Act<'s>) -> &'s str {
        match act.object {
            Some(object) if act.old.is_none() && self.target.subresource.is_empty() => {
                make::meta(object, "name")
            }
            _ if self.call.verb == Verb::DeleteCollection => "",
            _ => &self.target.name,
        }
    }

    /// The version of the endpoint, without its group.
    fn version(&self) -> Text {
        self.target.resource.info.version.clone()
    }

    fn other_versions(&self) -> Vec<Text> {
        let (info, own) = (&self.target.resource.info, self.version());
        let versions = self.model.kinds.versions(&info.group, &info.kind);
        versions.iter().map(|info| info.version.clone()).filter(|other| *other != own).collect()
    }

    fn options_of(&self, operation: Operation) -> Node {
        let kind = match operation {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete => "DeleteOptions",
        };
        let sent = self
            .sent
            .body
            .filter(|_| matches!(self.call.verb, Verb::Delete | Verb::DeleteCollection));
        let mut options = webhooks::options(kind, &self.call.query);
        let own = sent.and_then(Node::as_map).into_iter().flat_map(manifest::Map::iter);
        if let Some(map) = options.as_map_mut() {
            for (key, value) in
                own.filter(|(key, _)| !matches!(key.as_str(), "kind" | "apiVersion"))
            {
                map.set(key.clone(), value.clone());
            }
        }
        options
    }
}
