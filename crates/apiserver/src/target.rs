//! What a path means.

use std::sync::Arc;

use manifest::{Node, Text};
use schema::apply::Writer;
use schema::fields::Set;
use schema::validation::Wrong;

use crate::call::{Answer, Call};
use crate::model::{Model, Resource};
use crate::status;

/// An object, a collection, or a subresource of an object.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: Text,
    pub(crate) name: Text,
    pub(crate) subresource: Text,
}

impl Target {
    /// What a call is for.
    pub(crate) fn of(model: &Model, call: &Call) -> Result<Target, Answer> {
        let resource = model.resource(&call.api_version, &call.plural);
        let resource = resource.ok_or_else(status::no_resource)?;
        if !call.namespace.is_empty() && !resource.is_namespaced() {
            return Err(status::no_resource());
        }
        let is_asked_only = resource.info.verbs == ["create"];
        if is_asked_only && !call.name.is_empty() && call.subresource.is_empty() {
            return Err(status::no_resource());
        }
        if !call.name.is_empty() && call.namespace.is_empty() && resource.is_namespaced() {
            return Err(status::no_resource());
        }
        if !call.subresource.is_empty() && !has_subresource(model, resource, &call.subresource) {
            if resource.is_custom() && matches!(call.subresource.as_str(), "status" | "scale") {
                let (group, plural) = (&resource.info.group, &resource.info.plural);
                return Err(status::not_found(&call.name, group, plural));
            }
            return Err(status::no_resource());
        }
        Ok(Target {
            resource: resource.clone(),
            namespace: call.namespace.clone(),
            name: call.name.clone(),
            subresource: call.subresource.clone(),
        })
    }

    pub(crate) fn group(&self) -> &str {
        &self.resource.info.group
    }

    pub(crate) fn plural(&self) -> &str {
        &self.resource.info.plural
    }

    pub(crate) fn kind(&self) -> &str {
        &self.resource.info.kind
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.resource.api_version
    }

    /// The kind of a list of such objects.
    pub(crate) fn list_kind(&self) -> Text {
        ecow::eco_format!("{}List", self.kind())
    }

    /// Whether objects of the endpoint can be read.
    pub(crate) fn is_read(&self) -> bool {
        self.resource.info.verbs.contains(&"get")
    }

    /// The same object, without the subresource.
    pub(crate) fn whole(&self) -> Target {
        Target { subresource: Text::new(), ..self.clone() }
    }

    pub(crate) fn not_found(&self) -> Answer {
        // This kind's own storage has its own word for it.
        let plural = match self.plural() {
            "componentstatuses" if self.group().is_empty() => "componentstatus",
            plural => plural,
        };
        status::not_found(&self.name, self.group(), plural)
    }

    pub(crate) fn conflict(&self, why: &str) -> Answer {
        status::conflict(&self.name, self.group(), self.plural(), why)
    }

    pub(crate) fn already_exists(&self) -> Answer {
        status::already_exists(&self.name, self.group(), self.plural())
    }

    pub(crate) fn forbidden(&self, why: &str) -> Answer {
        status::forbidden(&self.name, self.group(), self.plural(), why)
    }

    pub(crate) fn invalid(&self, wrong: &[Wrong]) -> Answer {
        status::invalid(&self.name, self.group(), self.kind(), wrong)
    }

    /// The fields that this endpoint leaves alone.
    pub(crate) fn reset(&self) -> Set {
        if self.resource.is_custom() {
            return schema::custom_reset_fields(self.resource.has_status(), &self.subresource);
        }
        schema::reset_fields(self.api_version(), self.kind(), &self.subresource).clone()
    }

    /// Who writes through this endpoint.
    pub(crate) fn writer<'a>(
        &'a self,
        manager: &'a str,
        now: &'a str,
        reset: &'a Set,
    ) -> Writer<'a> {
        Writer {
            manager,
            api_version: self.api_version(),
            kind: self.kind(),
            subresource: &self.subresource,
            now,
            reset,
        }
    }

    /// The part of the definition that says what the scale subresource shows.
    pub(crate) fn definition(&self) -> Option<&Node> {
        self.resource.definition.as_ref()
    }
}

fn has_subresource(model: &Model, resource: &Resource, name: &str) -> bool {
    model.kinds.subresources(&resource.info).iter().any(|subresource| subresource.name == name)
}
