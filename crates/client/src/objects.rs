//! Reading and writing objects.

use bytes::Bytes;
use http::Method;
use manifest::{Map, Node, Object, Origin, Text, Value};
use schema::KindInfo;

use crate::path::{add_query, path};
use crate::request::Request;
use crate::{Client, Error};

/// How many objects a list brings at once.
const PAGE: &str = "500";

/// Which objects.
#[derive(Clone, Default, Debug)]
pub struct Query {
    /// A label selector, e.g. `app=web`; empty for all.
    pub labels: Text,
    /// A field selector, e.g. `metadata.name=web`; empty for all.
    pub fields: Text,
}

/// How to apply.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Take fields away from others.
    pub force: bool,
    /// Let the server say what would come of it.
    pub dry_run: bool,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
}

/// A patch.
#[derive(Clone, Debug)]
pub enum Patch {
    /// A list of operations, RFC 6902.
    Json(Node),
    /// A merge patch, RFC 7396.
    Merge(Node),
}

/// How to patch.
#[derive(Clone, Copy, Default, Debug)]
pub struct PatchHow<'a> {
    /// The field manager; empty for the server's idea of one.
    pub manager: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// Let the server say what would come of it.
    pub dry_run: bool,
}

/// What becomes of the objects that an object owns.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Clone, Default, Debug)]
pub struct Delete {
    /// What becomes of the objects that it owns.
    pub propagation: Propagation,
    /// Only where it is still this very object.
    pub uid: Option<Text>,
    /// Only where it is still as it was.
    pub resource_version: Option<Text>,
}

/// What came of a deletion.
#[derive(Clone, PartialEq, Debug)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It goes when its finalizers are done; this is what it is until then.
    Going(Object),
    /// It was not there.
    Missing,
}

impl Client {
    /// One object; `None` where there is none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(
        &self,
        kind: &KindInfo,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Object>, Error> {
        let request = Request::get(path(kind, namespace, name, ""));
        match self.ask(&request).await {
            Ok(node) => self.object(&request, node).map(Some),
            Err(cause) if cause.is_not_found() => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// All objects of a kind, in one namespace or in all.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(
        &self,
        kind: &KindInfo,
        namespace: Option<&str>,
        query: &Query,
    ) -> Result<Vec<Object>, Error> {
        self.list_at(kind, namespace, query).await.map(|(objects, _)| objects)
    }

    /// All objects of a kind, and the resource version that the list is of.
    pub(crate) async fn list_at(
        &self,
        kind: &KindInfo,
        namespace: Option<&str>,
        query: &Query,
    ) -> Result<(Vec<Object>, Text), Error> {
        let base = query.on(path(kind, namespace.unwrap_or_default(), "", ""));
        let (mut objects, mut next, mut is_whole) = (Vec::new(), Text::new(), false);
        loop {
            let mut path = base.clone();
            if !is_whole {
                add_query(&mut path, "limit", PAGE);
            }
            if !next.is_empty() {
                add_query(&mut path, "continue", &next);
            }
            let request = Request::get(path);
            let list = match self.ask(&request).await {
                // The pages to come are forgotten: all of it in one piece.
                Err(cause) if cause.is_expired() && !next.is_empty() => {
                    objects.clear();
                    (next, is_whole) = (Text::new(), true);
                    continue;
                }
                list => list?,
            };
            let metadata = |key: &str| list.str_at(&["metadata", key]).unwrap_or_default();
            next = metadata("continue").into();
            let version = metadata("resourceVersion").into();
            self.push_items(&request, kind, &list, &mut objects)?;
            if next.is_empty() {
                return Ok((objects, version));
            }
        }
    }

    /// The objects of a list; the items do not say what they are, the list does.
    fn push_items(
        &self,
        request: &Request,
        kind: &KindInfo,
        list: &Node,
        objects: &mut Vec<Object>,
    ) -> Result<(), Error> {
        let Some(items) = list.get("items") else {
            return Err(self.unreadable(request, &"a list without items"));
        };
        let api_version = kind.api_version();
        for item in items.as_list().unwrap_or_default() {
            let mut item = item.clone();
            let names = [("apiVersion", &api_version), ("kind", &kind.kind)];
            for (key, value) in names.into_iter().rev() {
                if item.get(key).is_none()
                    && let Some(map) = item.as_map_mut()
                {
                    let name = Node::string(value.clone(), Origin::NONE);
                    let before = std::mem::take(map);
                    map.push_new(key.into(), name);
                    before.iter().for_each(|(key, node)| map.push_new(key.clone(), node.clone()));
                }
            }
            objects.push(self.object(request, item)?);
        }
        Ok(())
    }

    /// Applies an object, server-side. What it does not name stays as it is.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::is_conflict`] where others own fields and `force` is not set.
    pub async fn apply(
        &self,
        kind: &KindInfo,
        object: &Object,
        how: &Apply<'_>,
    ) -> Result<Object, Error> {
        let mut path = path(kind, object.namespace(), object.name(), how.subresource);
        add_query(&mut path, "fieldManager", how.manager);
        if how.force {
            add_query(&mut path, "force", "true");
        }
        add_dry_run(&mut path, how.dry_run);
        let content_type = "application/apply-patch+yaml";
        let request = Request::write(Method::PATCH, path, content_type, object.root()).idempotent();
        self.write(&request, Some(object)).await
    }

    /// Creates an object.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::is_already_exists`] where there is one.
    pub async fn create(&self, kind: &KindInfo, object: &Object) -> Result<Object, Error> {
        self.create_with(kind, object, &PatchHow::default()).await
    }

    /// Creates an object, under the name of a manager or on trial.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::is_already_exists`] where there is one.
    pub async fn create_with(
        &self,
        kind: &KindInfo,
        object: &Object,
        how: &PatchHow<'_>,
    ) -> Result<Object, Error> {
        let mut path = path(kind, object.namespace(), "", "");
        how.add_to(&mut path);
        let request = Request::write(Method::POST, path, "application/json", object.root());
        self.write(&request, Some(object)).await
    }

    /// Patches an object.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn patch(
        &self,
        kind: &KindInfo,
        namespace: &str,
        name: &str,
        patch: &Patch,
        how: &PatchHow<'_>,
    ) -> Result<Object, Error> {
        let mut path = path(kind, namespace, name, how.subresource);
        how.add_to(&mut path);
        let request = match patch {
            Patch::Json(operations) => {
                Request::write(Method::PATCH, path, "application/json-patch+json", operations)
            }
            Patch::Merge(node) => {
                Request::write(Method::PATCH, path, "application/merge-patch+json", node)
                    .idempotent()
            }
        };
        self.write(&request, None).await
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::is_conflict`] where it is not the one that was meant.
    pub async fn delete(
        &self,
        kind: &KindInfo,
        namespace: &str,
        name: &str,
        how: &Delete,
    ) -> Result<Deleted, Error> {
        let path = path(kind, namespace, name, "");
        let mut request = Request::write(Method::DELETE, path, "application/json", &how.options());
        // Of two deletions the second finds nothing, or the same object on its way.
        request.is_idempotent = true;
        match self.ask(&request).await {
            Ok(node) if node.str_at(&["kind"]) == Some("Status") => Ok(Deleted::Gone),
            Ok(node) => {
                let object = self.object(&request, node)?;
                let is_going = object.root().at(&["metadata", "deletionTimestamp"]).is_some();
                let waits = object.root().at(&["metadata", "finalizers"]).is_some();
                let has_grace = object.root().at(&["metadata", "deletionGracePeriodSeconds"]);
                let has_grace = has_grace.and_then(Node::as_int).is_some_and(|grace| grace > 0);
                let is_namespace = kind.group.is_empty() && kind.kind == "Namespace";
                if is_going && (waits || has_grace || is_namespace) {
                    return Ok(Deleted::Going(object));
                }
                Ok(Deleted::Gone)
            }
            Err(cause) if cause.is_not_found() => Ok(Deleted::Missing),
            Err(cause) => Err(cause),
        }
    }

    /// The text that is served at a path, e.g. `/metrics`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn raw_text(&self, path: &str) -> Result<String, Error> {
        let request = Request::get(path.to_owned());
        let body: Bytes = self.fetch(&request, "*/*").await?;
        String::from_utf8(body.into()).map_err(|cause| self.unreadable(&request, &cause))
    }

    async fn write(&self, request: &Request, written: Option<&Object>) -> Result<Object, Error> {
        let node = self.ask(request).await;
        let node = node.map_err(|cause| match written {
            Some(object) => without_secrets(cause, object),
            None => cause,
        })?;
        self.object(request, node)
    }

    fn object(&self, request: &Request, node: Node) -> Result<Object, Error> {
        Object::new(node).map_err(|cause| {
            self.unreadable(request, &format_args!("no object, it has {}", cause.missing))
        })
    }
}

impl Query {
    pub(crate) fn on(&self, mut path: String) -> String {
        for (key, value) in [("labelSelector", &self.labels), ("fieldSelector", &self.fields)] {
            if !value.is_empty() {
                add_query(&mut path, key, value);
            }
        }
        path
    }
}

impl PatchHow<'_> {
    fn add_to(&self, path: &mut String) {
        if !self.manager.is_empty() {
            add_query(path, "fieldManager", self.manager);
        }
        add_dry_run(path, self.dry_run);
    }
}

impl Delete {
    /// As `DeleteOptions`.
    fn options(&self) -> Node {
        let text = |text: &str| Node::string(text, Origin::NONE);
        let mut options = Map::new();
        options.push_new("apiVersion".into(), text("v1"));
        options.push_new("kind".into(), text("DeleteOptions"));
        let propagation = match self.propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        options.push_new("propagationPolicy".into(), text(propagation));
        let mut conditions = Map::new();
        let wanted = [("uid", &self.uid), ("resourceVersion", &self.resource_version)];
        for (key, value) in wanted {
            if let Some(value) = value {
                conditions.push_new(key.into(), text(value));
            }
        }
        if !conditions.is_empty() {
            options.push_new("preconditions".into(), Node::new(conditions, Origin::NONE));
        }
        Node::new(options, Origin::NONE)
    }
}

fn add_dry_run(path: &mut String, dry_run: bool) {
    if dry_run {
        add_query(path, "dryRun", "All");
    }
}

/// An error that repeats nothing of what a Secret has: servers quote what they do not like.
fn without_secrets(error: Error, object: &Object) -> Error {
    let Error::Status { code, reason, mut message, mut causes, retry_after } = error else {
        return error;
    };
    if object.kind() == "Secret" && object.gvk().group.is_empty() {
        for field in ["data", "stringData"] {
            let entries = object.root().get(field).and_then(Node::as_map);
            for (_, node) in entries.into_iter().flat_map(Map::iter) {
                let text = match &node.value {
                    Value::Sensitive(text) => text.expose(),
                    Value::String(text) => text.as_str(),
                    _ => continue,
                };
                // A short text is part of many words; it is told from them by its quotes.
                let found = if text.len() < 4 { format!("\"{text}\"") } else { text.to_owned() };
                message = message.replace(&found, manifest::MASK);
                for cause in &mut causes {
                    cause.message = cause.message.replace(&found, manifest::MASK);
                }
            }
        }
    }
    Error::Status { code, reason, message, causes, retry_after }
}

#[cfg(test)]
pub(crate) mod tests;
