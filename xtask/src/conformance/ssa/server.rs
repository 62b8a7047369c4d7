//! A server in memory: just as much of one as the cases need around the functions of `schema`.

use std::collections::BTreeMap;

use manifest::json_patch::{Dialect, JsonPatch};
use manifest::yaml::{Flavor, Reader};
use manifest::{Map, Node, Object, Origin, Value};
use schema::apply::{self, Writer};
use schema::fields::Set;
use schema::validation::Wrong;
use schema::{KindInfo, Kinds, Scope, Types, strategic};

use super::status::{self, Answer, bad_request, failure, list, map, not_found, text};
use super::{scale, strategy};

/// One request.
pub(super) struct Request {
    pub(super) verb: String,
    pub(super) path: String,
    pub(super) content_type: String,
    pub(super) accept: String,
    pub(super) user_agent: String,
    pub(super) body: String,
}

/// What a path means.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) info: KindInfo,
    pub(super) api_version: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) subresource: String,
}

impl Target {
    fn key(&self) -> Key {
        let text = |text: &str| text.to_owned();
        (text(&self.info.group), text(&self.info.plural), text(&self.namespace), text(&self.name))
    }

    pub(super) fn not_found(&self) -> Answer {
        not_found(&self.name, &self.info.group, &self.info.plural)
    }

    pub(super) fn invalid(&self, wrong: &[Wrong]) -> Answer {
        status::invalid(&self.name, &self.info.group, &self.info.kind, wrong)
    }
}

type Key = (String, String, String, String);

pub(super) struct Server {
    pub(super) types: Types,
    kinds: Kinds,
    definitions: Vec<Object>,
    pub(super) namespace: String,
    pub(super) objects: BTreeMap<Key, Node>,
    events: Vec<(Key, i64, &'static str, Node)>,
    revision: i64,
    seconds: u32,
}

/// The parameters of a request.
#[derive(Clone, Default)]
pub(super) struct Options {
    parameters: Vec<(String, String)>,
    user_agent: String,
}

impl Options {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn is_dry_run(&self) -> bool {
        self.get("dryRun") == Some("All")
    }

    fn force(&self) -> bool {
        self.get("force").is_some_and(|value| !matches!(value, "false" | "0"))
    }

    /// Who writes: what the request says, else the program that sent it.
    fn manager(&self) -> String {
        match self.get("fieldManager") {
            Some(manager) if !manager.is_empty() => manager.to_owned(),
            _ => self.user_agent.split('/').next().unwrap_or_default().to_owned(),
        }
    }
}

impl Server {
    pub(super) fn new(namespace: &str) -> Server {
        Server {
            types: Types::builtin(),
            kinds: Kinds::builtin(),
            definitions: Vec::new(),
            namespace: namespace.to_owned(),
            objects: BTreeMap::new(),
            events: Vec::new(),
            revision: 100,
            seconds: 0,
        }
    }

    /// Lets a second pass.
    pub(super) fn wait(&mut self) {
        self.seconds += 1;
    }

    pub(super) fn now(&self) -> String {
        format!("2026-01-01T00:{:02}:{:02}Z", self.seconds / 60, self.seconds % 60)
    }

    pub(super) fn next_uid(&mut self) -> String {
        self.revision += 1;
        format!("aaaaaaaa-0000-4000-8000-{:012}", self.revision)
    }

    /// The first events of a collection after the revision that a path asks for.
    pub(super) fn watch(&self, path: &str, count: usize) -> Vec<Node> {
        let (path, options) = parse(path, "");
        let since = options.get("resourceVersion").and_then(|text| text.parse().ok()).unwrap_or(0);
        let Ok(target) = self.target(&path) else { return Vec::new() };
        let (group, plural, namespace, _) = target.key();
        self.events
            .iter()
            .filter(|((g, p, n, _), revision, ..)| {
                (g, p, n) == (&group, &plural, &namespace) && *revision > since
            })
            .take(count)
            .map(|(_, _, kind, object)| map(vec![("type", text(kind)), ("object", object.clone())]))
            .collect()
    }

    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let (path, options) = parse(&request.path, &request.user_agent);
        let answer = self.route(request, &path, &options).unwrap_or_else(|failure| failure);
        if request.accept.contains("as=PartialObjectMetadata") && answer.0 < 300 {
            let metadata = answer.1.get("metadata").cloned().unwrap_or_default();
            let object = map(vec![
                ("kind", text("PartialObjectMetadata")),
                ("apiVersion", text("meta.k8s.io/v1")),
                ("metadata", metadata),
            ]);
            return (answer.0, object);
        }
        answer
    }

    fn route(
        &mut self,
        request: &Request,
        path: &str,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let target = self.target(path)?;
        match request.verb.as_str() {
            "GET" if target.name.is_empty() => Ok(self.list(&target)),
            "GET" => {
                let object = self.read(&target).ok_or_else(|| target.not_found())?;
                if target.subresource == "scale" {
                    let shape =
                        scale::Shape::of(self, &target).ok_or_else(|| target.not_found())?;
                    return Ok((200, shape.scale(&object)));
                }
                Ok((200, object))
            }
            "DELETE" => self.delete(&target),
            "POST" => self.post(&target, request, options),
            "PUT" => self.put(&target, request, options),
            "PATCH" => self.patch(&target, request, options),
            _ => Err(failure(405, "MethodNotAllowed", METHOD, Some(map(vec![])))),
        }
    }

    /// What a path means.
    fn target(&self, path: &str) -> Result<Target, Answer> {
        let gone = || {
            let message = "the server could not find the requested resource";
            failure(404, "NotFound", message, Some(map(vec![])))
        };
        let mut parts =
            path.trim_matches('/').split('/').collect::<std::collections::VecDeque<_>>();
        let api_version = match parts.pop_front() {
            Some("api") => parts.pop_front().unwrap_or_default().to_owned(),
            _ => {
                let group = parts.pop_front().unwrap_or_default();
                format!("{group}/{}", parts.pop_front().unwrap_or_default())
            }
        };
        let mut namespace = String::new();
        if parts.front() == Some(&"namespaces") && parts.len() > 2 {
            parts.pop_front();
            namespace = parts.pop_front().unwrap_or_default().to_owned();
        }
        let plural = parts.pop_front().unwrap_or_default();
        let infos: Vec<KindInfo> = self.kinds.named(plural).cloned().collect();
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let info = infos.into_iter().find(|info| info.group == group && info.plural == plural);
        let info = info.ok_or_else(gone)?;
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let versions = self.kinds.versions(&info.group, &info.kind);
        let info = versions.iter().find(|info| info.version == version).ok_or_else(gone)?.clone();
        Ok(Target {
            info,
            api_version,
            namespace,
            name: parts.pop_front().unwrap_or_default().to_owned(),
            subresource: parts.pop_front().unwrap_or_default().to_owned(),
        })
    }

    pub(super) fn read(&self, target: &Target) -> Option<Node> {
        let object = self.objects.get(&target.key())?;
        schema::convert(&self.types, object, &target.api_version)
    }

    fn list(&self, target: &Target) -> Answer {
        let (group, plural, namespace, _) = target.key();
        let items = self.objects.iter().filter(|((g, p, n, _), _)| {
            (g, p) == (&group, &plural) && (namespace.is_empty() || *n == namespace)
        });
        let items = items.map(|(_, object)| object.clone());
        let metadata = map(vec![
            ("continue", text("")),
            ("resourceVersion", text(&self.revision.to_string())),
        ]);
        let body = map(vec![
            ("apiVersion", text(&target.api_version)),
            ("kind", text(&format!("{}List", target.info.kind))),
            ("metadata", metadata),
            ("items", list(items)),
        ]);
        (200, body)
    }

    fn delete(&mut self, target: &Target) -> Result<Answer, Answer> {
        let mut object = self.read(target).ok_or_else(|| target.not_found())?;
        let is_definition = target.info.kind == "CustomResourceDefinition";
        if is_definition {
            strategy::terminate_definition(&mut object, &self.now());
        }
        let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
        if finalizers.is_some_and(|list| !list.is_empty()) {
            let now = self.now();
            if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
                metadata.set("deletionTimestamp", text(&now));
                if !is_definition {
                    metadata.set("deletionGracePeriodSeconds", Node::new(0, Origin::default()));
                }
            }
            return Ok((200, self.store(target, object)));
        }
        self.objects.remove(&target.key());
        let uid = object.str_at(&["metadata", "uid"]).unwrap_or_default();
        let mut details = vec![("name", text(&target.name))];
        if !target.info.group.is_empty() {
            details.push(("group", text(&target.info.group)));
        }
        details.extend([("kind", text(&target.info.plural)), ("uid", text(uid))]);
        let details = map(details);
        let body = map(vec![
            ("kind", text("Status")),
            ("apiVersion", text("v1")),
            ("metadata", map(vec![])),
            ("status", text("Success")),
            ("details", details),
        ]);
        Ok((200, body))
    }

    fn post(
        &mut self,
        target: &Target,
        request: &Request,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let body = read_body(&request.body)?;
        let mut target = target.clone();
        target.name = body.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
        if self.objects.contains_key(&target.key()) {
            let (group, plural) = (&target.info.group, &target.info.plural);
            return Err(status::already_exists(&target.name, group, plural));
        }
        self.check_namespace(&target)?;
        let new = self.accept(&target, &body);
        let reset = self.reset(&target);
        let manager = options.manager();
        let now = self.now();
        let writer = writer(&target, &manager, &now, &reset);
        let new = apply::update(&self.types, None, &new, writer);
        self.create(&target, new, options)
    }

    fn put(
        &mut self,
        target: &Target,
        request: &Request,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let body = read_body(&request.body)?;
        let live = self.read(target).ok_or_else(|| target.not_found())?;
        if target.subresource == "scale" {
            return scale::put(self, target, &live, &body, options);
        }
        let new = self.accept(target, &body);
        self.write_update(target, &live, &new, options)
    }

    /// Stores an update of `live` to `new`, and who owns what.
    pub(super) fn write_update(
        &mut self,
        target: &Target,
        live: &Node,
        new: &Node,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let reset = self.reset(target);
        let manager = options.manager();
        let now = self.now();
        let writer = writer(target, &manager, &now, &reset);
        let new = apply::update(&self.types, Some(live), new, writer);
        self.update(target, live, new, options)
    }

    fn patch(
        &mut self,
        target: &Target,
        request: &Request,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let content_type = request.content_type.split(';').next().unwrap_or_default();
        let is_apply = content_type == "application/apply-patch+yaml";
        if target.name.is_empty() {
            return Err(failure(405, "MethodNotAllowed", METHOD, Some(map(vec![]))));
        }
        let known = [
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
        ];
        if !is_apply && !known.contains(&content_type) {
            let message = "415: Unsupported Media Type";
            return Err(failure(415, "UnsupportedMediaType", message, Some(map(vec![]))));
        }
        let wrong = strategy::wrong_options(options, is_apply);
        if !wrong.is_empty() {
            return Err(status::invalid("", "meta.k8s.io", "PatchOptions", &wrong));
        }
        if is_apply {
            return self.apply(target, request, options);
        }
        let live = self.read(target).ok_or_else(|| target.not_found())?;
        let patch = read_body(&request.body)?;
        if target.subresource == "scale" {
            return scale::patch(self, target, &live, &patch, options);
        }
        let patched = patched(&self.types, target, &live, &patch, content_type)?;
        let new = self.accept(target, &patched);
        self.write_update(target, &live, &new, options)
    }

    fn apply(
        &mut self,
        target: &Target,
        request: &Request,
        options: &Options,
    ) -> Result<Answer, Answer> {
        self.check_namespace(target)?;
        let live = self.read(target);
        if target.subresource == "scale" {
            let live = live.ok_or_else(|| target.not_found())?;
            let body = read_yaml(&request.body)?;
            return scale::apply(self, target, &live, &body, options, options.force());
        }
        if live.is_none() && !target.subresource.is_empty() {
            return Err(target.not_found());
        }
        let body = read_yaml(&request.body)?;
        let reset = self.reset(target);
        let manager = options.manager();
        let now = self.now();
        let writer = writer(target, &manager, &now, &reset);
        let applied = apply::apply(&self.types, live.as_ref(), &body, writer, options.force())
            .map_err(|refused| status::refused(&refused))?;
        if options.get("fieldValidation") == Some("Strict") {
            strategy::strict_yaml(&request.body)?;
        }
        let mut object = applied.object;
        let uid = object.str_at(&["metadata", "uid"]).unwrap_or_default().to_owned();
        if live.is_none() && !uid.is_empty() {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was \
                 found"
            );
            let (group, plural) = (&target.info.group, &target.info.plural);
            return Err(status::conflict(&target.name, group, plural, &why));
        }
        self.check_names(target, &mut object)?;
        if let Some(schema) = self.types.schema(&target.api_version, &target.info.kind) {
            schema::custom::prune(&mut object, schema);
        }
        match live {
            Some(live) => self.update(target, &live, object, options),
            None => self.create(target, object, options),
        }
    }

    fn check_namespace(&self, target: &Target) -> Result<(), Answer> {
        if target.namespace.is_empty() || target.namespace == self.namespace {
            return Ok(());
        }
        Err(not_found(&target.namespace, "", "namespaces"))
    }

    fn check_names(&self, target: &Target, object: &mut Node) -> Result<(), Answer> {
        let given = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default().to_owned();
        let (namespace, name) = (given("namespace"), given("name"));
        if target.namespace.is_empty()
            && !namespace.is_empty()
            && let Some(metadata) = object.map_entry("metadata", Origin::default())
        {
            metadata.remove("namespace");
        } else if !namespace.is_empty() && namespace != target.namespace {
            return Err(bad_request(
                "the namespace of the provided object does not match the namespace sent on the \
                 request",
            ));
        }
        if name.is_empty() {
            return Err(bad_request(&format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                target.name
            )));
        }
        if name != target.name {
            return Err(bad_request(&format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                target.name
            )));
        }
        Ok(())
    }

    /// A body in the form in which objects are kept.
    fn accept(&self, target: &Target, body: &Node) -> Node {
        let mut body = body.clone();
        if let Some(map) = body.as_map_mut() {
            map.entry("apiVersion", || text(&target.api_version));
            map.entry("kind", || text(&target.info.kind));
        }
        if let Some(schema) = self.types.schema(&target.api_version, &target.info.kind) {
            schema::custom::prune(&mut body, schema);
        }
        schema::complete(&self.types, &body)
    }

    pub(super) fn reset(&self, target: &Target) -> Set {
        match self.definition(target) {
            Some(version) => {
                let has_status = version.at(&["subresources", "status"]).is_some();
                schema::custom_reset_fields(has_status, &target.subresource)
            }
            None => {
                let (api_version, kind) = (&target.api_version, &target.info.kind);
                schema::reset_fields(api_version, kind, &target.subresource).clone()
            }
        }
    }

    /// The version of a CustomResourceDefinition that a target is of.
    pub(super) fn definition(&self, target: &Target) -> Option<&Node> {
        let is_its = |object: &&Object| {
            object.root().str_at(&["spec", "group"]) == Some(&target.info.group)
                && object.root().str_at(&["spec", "names", "kind"]) == Some(&target.info.kind)
        };
        let definition = self.definitions.iter().find(is_its)?;
        let versions = definition.root().at(&["spec", "versions"])?.as_list()?;
        versions.iter().find(|version| version.str_at(&["name"]) == Some(&target.info.version))
    }

    fn create(
        &mut self,
        target: &Target,
        mut object: Node,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let (uid, now) = (self.next_uid(), self.now());
        let has_status = self.has_status(target);
        strategy::prepare_create(target, &mut object, &uid, &now, has_status);
        strategy::validate(self, target, &object, None)?;
        if options.is_dry_run() {
            return Ok((201, object));
        }
        let answer = self.store(target, object.clone());
        if target.info.kind == "CustomResourceDefinition" {
            self.establish(target, object);
        }
        Ok((201, answer))
    }

    pub(super) fn update(
        &mut self,
        target: &Target,
        live: &Node,
        mut object: Node,
        options: &Options,
    ) -> Result<Answer, Answer> {
        let has_status = self.has_status(target);
        strategy::prepare_update(target, live, &mut object, has_status);
        strategy::validate(self, target, &object, Some(live))?;
        apply::keep_times(live, &mut object);
        if options.is_dry_run() {
            return Ok((200, object));
        }
        if object == *live {
            return Ok((200, object));
        }
        if strategy::is_gone(&object) {
            self.objects.remove(&target.key());
            return Ok((200, object));
        }
        Ok((200, self.store(target, object)))
    }

    fn has_status(&self, target: &Target) -> bool {
        match self.definition(target) {
            Some(version) => version.at(&["subresources", "status"]).is_some(),
            None => true,
        }
    }

    fn store(&mut self, target: &Target, mut object: Node) -> Node {
        self.revision += 1;
        if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
            metadata.set("resourceVersion", text(&self.revision.to_string()));
        }
        let before = self.objects.insert(target.key(), object.clone());
        let kind = if before.is_some() { "MODIFIED" } else { "ADDED" };
        self.events.push((target.key(), self.revision, kind, object.clone()));
        object
    }

    /// Serves what a CustomResourceDefinition defines, and says so in its status.
    fn establish(&mut self, target: &Target, object: Node) {
        let established = strategy::established(&object, &self.now());
        let status = Target { subresource: "status".to_owned(), ..target.clone() };
        let (reset, now) = (self.reset(&status), self.now());
        let writer = writer(&status, "kube-apiserver", &now, &reset);
        let established = apply::update(&self.types, Some(&object), &established, writer);
        self.store(target, established);
        if let Ok(definition) = Object::new(object) {
            self.types = self.types.clone().with_crd(&definition);
            self.definitions.push(definition);
            self.kinds = Kinds::with_crds(&self.definitions);
        }
    }
}

const REJECTED: &str = "the server rejected our request due to an error in our request";
const METHOD: &str = "the server does not allow this method on the requested resource";

pub(super) fn writer<'a>(
    target: &'a Target,
    manager: &'a str,
    now: &'a str,
    reset: &'a Set,
) -> Writer<'a> {
    Writer {
        manager,
        api_version: &target.api_version,
        kind: &target.info.kind,
        subresource: &target.subresource,
        now,
        reset,
    }
}

fn parse(path: &str, user_agent: &str) -> (String, Options) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters = query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(key), decoded(value))
    });
    let options = Options { parameters: parameters.collect(), user_agent: user_agent.to_owned() };
    (path.to_owned(), options)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn read_body(body: &str) -> Result<Node, Answer> {
    serde_json::from_str(body)
        .map(|value| super::case::to_node(&value))
        .map_err(|error| bad_request(&error.to_string()))
}

/// The map that an apply sends, as YAML 1.1.
fn read_yaml(body: &str) -> Result<Node, Answer> {
    let mut reader = Reader::new();
    let file = manifest::FileName::new("body");
    let documents = match reader.read(body.as_bytes(), file, Flavor::Config) {
        Ok(documents) => documents,
        Err(error) => {
            let cause = strategy::go_yaml_error(body, &error.to_string());
            return Err(bad_request(&format!(
                "error decoding YAML: error converting YAML to JSON: yaml: {cause}"
            )));
        }
    };
    let Some(node) = documents.into_iter().next() else {
        return Ok(Node::map(Origin::default()));
    };
    let what = match &node.value {
        Value::Map(_) => return Ok(node),
        Value::List(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    Err(bad_request(&format!(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
         {what} into Go value of type map[string]interface {{}}"
    )))
}

/// An object after a patch that is no apply.
pub(super) fn patched(
    types: &Types,
    target: &Target,
    live: &Node,
    patch: &Node,
    content_type: &str,
) -> Result<Node, Answer> {
    match content_type {
        "application/json-patch+json" => {
            let mut object = live.clone();
            let patch = JsonPatch::from_node(patch).map_err(|e| bad_request(&e.to_string()))?;
            patch
                .apply(&mut object, Dialect::Lenient)
                .map_err(|_| failure(422, "Invalid", REJECTED, Some(map(vec![]))))?;
            Ok(object)
        }
        "application/strategic-merge-patch+json" => {
            let of = types.root(&target.api_version, &target.info.kind);
            Ok(strategic::patched(live, patch, of))
        }
        _ => Ok(merge_patch(live, patch)),
    }
}

fn merge_patch(node: &Node, patch: &Node) -> Node {
    let Some(changes) = patch.as_map() else { return patch.clone() };
    let mut out = node.as_map().cloned().unwrap_or_else(Map::new);
    for (key, change) in changes.iter() {
        if change.is_null() {
            out.remove(key);
        } else {
            let before = out.get(key).cloned().unwrap_or_default();
            out.set(key.clone(), merge_patch(&before, change));
        }
    }
    Node::new(out, node.origin)
}

/// Whether a kind lives in namespaces.
pub(super) fn is_namespaced(target: &Target) -> bool {
    target.info.scope == Scope::Namespaced
}
