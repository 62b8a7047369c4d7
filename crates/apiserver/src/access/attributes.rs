//! What a request is, as far as rights go (apiserver's `RequestInfo` and `Attributes`).

use http::Method;
use manifest::Text;

use super::User;
use super::names::is_path_segment;
use crate::selector::FieldSelector;

/// What somebody wants to do: a verb, and a resource or a path.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Attributes {
    pub(crate) verb: Text,
    pub(crate) is_resource: bool,
    pub(crate) group: Text,
    pub(crate) resource: Text,
    pub(crate) subresource: Text,
    pub(crate) namespace: Text,
    pub(crate) name: Text,
    /// Where it is no resource.
    pub(crate) path: Text,
}

impl Attributes {
    /// What a request over HTTP is; `path` and `query` are decoded.
    pub(crate) fn of_request(
        method: &Method,
        path: &str,
        query: &[(String, String)],
    ) -> Attributes {
        let mut attributes = Attributes {
            verb: method.as_str().to_ascii_lowercase().into(),
            path: path.into(),
            ..Attributes::default()
        };
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (group, parts) = match parts.as_slice() {
            ["api", _, rest @ ..] if !rest.is_empty() => ("", rest),
            ["apis", group, _, rest @ ..] if !rest.is_empty() => (*group, rest),
            _ => return attributes,
        };
        attributes.is_resource = true;
        attributes.group = group.into();
        let parts = match parts {
            [verb @ ("watch" | "proxy"), rest @ ..] if !rest.is_empty() => {
                attributes.verb = (*verb).into();
                rest
            }
            _ => {
                attributes.verb = verb_of(method).into();
                parts
            }
        };
        attributes.set_place(parts);
        attributes.set_collection(query);
        attributes
    }

    fn set_place(&mut self, parts: &[&str]) {
        let parts = match parts {
            ["namespaces", namespace, rest @ ..] => {
                self.namespace = (*namespace).into();
                match rest {
                    [] | ["status" | "finalize", ..] => parts,
                    _ => rest,
                }
            }
            _ => parts,
        };
        let part = |index: usize| parts.get(index).copied().unwrap_or_default().into();
        self.resource = part(0);
        self.name = part(1);
        if self.verb != "proxy" {
            self.subresource = part(2);
        }
    }

    /// What has no name is a collection, unless its parameters name one object.
    fn set_collection(&mut self, query: &[(String, String)]) {
        if !self.name.is_empty() {
            return;
        }
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        match self.verb.as_str() {
            "get" => {
                let is_watch = get("watch").is_some_and(|value| {
                    !matches!(value.to_ascii_lowercase().as_str(), "false" | "0")
                });
                self.verb = if is_watch { "watch" } else { "list" }.into();
                let selector =
                    get("fieldSelector").and_then(|text| FieldSelector::parse(text).ok());
                let name = selector.as_ref().and_then(|selector| selector.exact("metadata.name"));
                if let Some(name) = name.filter(|name| is_path_segment(name)) {
                    self.name = name.into();
                }
            }
            "delete" => self.verb = "deletecollection".into(),
            _ => {}
        }
    }

    /// Something about a resource, without an object of it.
    pub(crate) fn resource(verb: impl Into<Text>, group: &str, resource: &str) -> Attributes {
        Attributes {
            verb: verb.into(),
            is_resource: true,
            group: group.into(),
            resource: resource.into(),
            ..Attributes::default()
        }
    }

    /// The same in a namespace.
    pub(crate) fn within(self, namespace: impl Into<Text>) -> Attributes {
        Attributes { namespace: namespace.into(), ..self }
    }

    /// The same for one object.
    pub(crate) fn named(self, name: impl Into<Text>) -> Attributes {
        Attributes { name: name.into(), ..self }
    }

    /// That a user may not, in the words of the API server.
    pub(super) fn refusal(&self, user: &User) -> String {
        let (user, verb) = (user.name(), &self.verb);
        if !self.is_resource {
            return format!("User {user:?} cannot {verb} path {:?}", self.path);
        }
        let resource = match self.subresource.is_empty() {
            true => self.resource.to_string(),
            false => format!("{}/{}", self.resource, self.subresource),
        };
        let place = match self.namespace.is_empty() {
            true => "at the cluster scope".to_owned(),
            false => format!("in the namespace {:?}", self.namespace),
        };
        let group = &self.group;
        format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {place}")
    }
}

fn verb_of(method: &Method) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::GET | Method::HEAD => "get",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "",
    }
}
