//! Questions that are asked by creating them: who am I, and who may what (Kubernetes'
//! `pkg/registry/authorization` and `authentication`).

use std::collections::BTreeMap;

use manifest::{Map, Node, Origin, Text};
use schema::apply;
use schema::validation::Wrong;

use super::Asked;
use crate::access::tokens::ISSUER;
use crate::access::{Attributes, Identity, Rule, User, joined};
use crate::call::Answer;
use crate::make::{self, boolean, list, map, meta, text};
use crate::selector::{FieldSelector, LabelSelector};
use crate::status;

impl Asked<'_> {
    /// The answer to a question; `None` where the endpoint keeps objects.
    pub(super) fn question(&mut self) -> Result<Option<Answer>, Answer> {
        if !matches!(self.target.group(), "authorization.k8s.io" | "authentication.k8s.io") {
            return Ok(None);
        }
        self.check_write_options("CreateOptions")?;
        let mut body = self.body()?.clone();
        self.check_body(&body)?;
        self.place(&mut body)?;
        let asked = self.owned(&body);
        let kind = self.target.resource.info.kind.clone();
        let answer = match kind.as_str() {
            "SelfSubjectReview" => {
                let metadata = map([("creationTimestamp", text(self.server.now_text()))]);
                let status = map([("userInfo", self.call.user.info())]);
                self.answered(metadata, None, status)
            }
            "SelfSubjectRulesReview" => {
                let status = self.rules(&asked)?;
                self.answered(map([]), Some(map([])), status)
            }
            _ => {
                let status = match kind.as_str() {
                    "TokenReview" => self.token_review(&asked)?,
                    _ => self.access_review(&asked)?,
                };
                let metadata = asked.get("metadata").cloned().unwrap_or_else(|| map([]));
                self.answered(metadata, asked.get("spec").cloned(), status)
            }
        };
        Ok(Some(Answer::new(201, answer)))
    }

    fn answered(&self, metadata: Node, spec: Option<Node>, status: Node) -> Node {
        let mut entries = vec![
            ("kind", text(self.target.resource.info.kind.clone())),
            ("apiVersion", text(self.target.resource.api_version.clone())),
            ("metadata", metadata),
        ];
        entries.extend(spec.map(|spec| ("spec", spec)));
        entries.push(("status", status));
        map(entries)
    }

    /// A question is in the namespace of its path.
    fn place(&self, body: &mut Node) -> Result<(), Answer> {
        let (given, wanted) = (meta(body, "namespace").to_owned(), &self.target.namespace);
        if !given.is_empty() && !wanted.is_empty() && given != *wanted {
            return Err(status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the \
                 request",
            ));
        }
        if let Some(metadata) = make::metadata(body) {
            match wanted.is_empty() {
                true => drop(metadata.remove("namespace")),
                false => metadata.set("namespace", text(wanted.clone())),
            }
            for gone in ["uid", "creationTimestamp", "deletionTimestamp", "selfLink"] {
                metadata.remove(gone);
            }
        }
        Ok(())
    }

    /// A question with who asked it.
    fn owned(&self, body: &Node) -> Node {
        let body = self.accepted(body);
        let reset = self.target.reset();
        let now = self.server.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        schema::normalize(&apply::update(&self.model.types, None, &body, writer))
    }

    fn token_review(&self, body: &Node) -> Result<Node, Answer> {
        let token = body.str_at(&["spec", "token"]).unwrap_or_default();
        if token.is_empty() {
            let message = "token is required for TokenReview in authentication";
            return Err(status::bad_request(message));
        }
        let audiences = spec(body, &["audiences"]).map(items).unwrap_or_default();
        let audiences = if audiences.is_empty() { vec![ISSUER.into()] } else { audiences };
        Ok(match self.server.bearer(token, &audiences) {
            Ok(bearer) => map([
                ("authenticated", boolean(true)),
                ("user", bearer.user.info()),
                ("audiences", texts(&bearer.audiences)),
            ]),
            Err(error) => map([("user", map([])), ("error", text(error))]),
        })
    }

    fn rules(&self, body: &Node) -> Result<Node, Answer> {
        let namespace = body.str_at(&["spec", "namespace"]).unwrap_or_default();
        if namespace.is_empty() {
            return Err(status::bad_request("no namespace on request"));
        }
        let policy = self.server.policy();
        let (rules, errors) = policy.rules_for(&self.call.user, namespace);
        let resources = rules.iter().filter(|rule| !rule.resources.is_empty());
        let others = rules.iter().filter(|rule| !rule.urls.is_empty());
        let mut status = vec![
            ("resourceRules", list(resources.map(|rule| resource_rule(rule)))),
            ("nonResourceRules", list(others.map(|rule| url_rule(rule)))),
            ("incomplete", boolean(false)),
        ];
        status.extend(joined(&errors).map(|errors| ("evaluationError", text(errors))));
        Ok(map(status))
    }

    /// Whether somebody may do something.
    fn access_review(&self, body: &Node) -> Result<Node, Answer> {
        let kind = self.target.kind();
        let wrong = wrong_review(body, kind);
        if !wrong.is_empty() {
            return Err(status::invalid("", "authorization.k8s.io", "", &wrong));
        }
        let user = match kind {
            "SelfSubjectAccessReview" => self.call.user.clone(),
            _ => subject(body),
        };
        let policy = self.server.policy();
        let (is_allowed, reason) = match policy.decide(&user, &attributes(body)) {
            Ok(grant) => (true, grant.reason()),
            Err(reason) => (false, reason),
        };
        let mut status = vec![("allowed", boolean(is_allowed))];
        if !reason.is_empty() {
            status.push(("reason", text(reason)));
        }
        status.extend(ignored(body).map(|error| ("evaluationError", text(error))));
        Ok(map(status))
    }
}

fn texts(texts: &[Text]) -> Node {
    list(texts.iter().map(|value| text(value.clone())))
}

fn resource_rule(rule: &Rule) -> Node {
    let parts = [
        ("apiGroups", &rule.groups),
        ("resources", &rule.resources),
        ("resourceNames", &rule.names),
    ];
    let given = parts.into_iter().filter(|(_, values)| !values.is_empty());
    let given = given.map(|(name, values)| (name, texts(values)));
    map([("verbs", texts(&rule.verbs))].into_iter().chain(given))
}

fn url_rule(rule: &Rule) -> Node {
    map([("verbs", texts(&rule.verbs)), ("nonResourceURLs", texts(&rule.urls))])
}

fn spec<'n>(body: &'n Node, path: &[&str]) -> Option<&'n Node> {
    body.get("spec")?.at(path).filter(|node| !node.is_null())
}

/// The texts of a list.
fn items(node: &Node) -> Vec<Text> {
    let items = node.as_list().unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(Text::from).collect()
}

/// The user that a review is about.
fn subject(body: &Node) -> User {
    let part = |key: &str| body.str_at(&["spec", key]).unwrap_or_default().into();
    let extra = spec(body, &["extra"]).and_then(Node::as_map).into_iter().flat_map(Map::iter);
    let extra: BTreeMap<Text, Vec<Text>> =
        extra.map(|(key, values)| (key.as_str().into(), items(values))).collect();
    let groups = spec(body, &["groups"]).map(items).unwrap_or_default();
    User::from(Identity { name: part("user"), uid: part("uid"), groups, extra })
}

/// What a review asks about.
fn attributes(body: &Node) -> Attributes {
    let part =
        |of: &str, key: &str| Text::from(body.str_at(&["spec", of, key]).unwrap_or_default());
    if spec(body, &["resourceAttributes"]).is_none() {
        let part = |key| part("nonResourceAttributes", key);
        return Attributes { verb: part("verb"), path: part("path"), ..Attributes::default() };
    }
    let part = |key| part("resourceAttributes", key);
    Attributes {
        verb: part("verb"),
        is_resource: true,
        group: part("group"),
        resource: part("resource"),
        subresource: part("subresource"),
        namespace: part("namespace"),
        name: part("name"),
        path: Text::new(),
    }
}

/// What of a review is not looked at, as it cannot be understood.
fn ignored(body: &Node) -> Option<String> {
    let raw = |field: &str| spec(body, &["resourceAttributes", field, "rawSelector"])?.as_str();
    let is_wrong = [
        (
            "fieldSelector",
            raw("fieldSelector").is_some_and(|text| FieldSelector::parse(text).is_err()),
        ),
        (
            "labelSelector",
            raw("labelSelector").is_some_and(|text| LabelSelector::parse(text).is_err()),
        ),
    ];
    let errors: Vec<String> = is_wrong
        .into_iter()
        .filter(|(_, is_wrong)| *is_wrong)
        .map(|(field, _)| format!("spec.resourceAttributes.{field} ignored due to parse error"))
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// What is wrong with a review (`pkg/apis/authorization/validation`).
fn wrong_review(body: &Node, kind: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let (resource, other) =
        (spec(body, &["resourceAttributes"]), spec(body, &["nonResourceAttributes"]));
    let shown_other = |other: &Node| {
        let part = |key: &str| other.str_at(&[key]).unwrap_or_default().to_owned();
        format!("{{\"Path\":{:?},\"Verb\":{:?}}}", part("path"), part("verb"))
    };
    match (resource, other) {
        (None, None) => wrong.push(Wrong::invalid(
            "spec.resourceAttributes",
            "null",
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )),
        (Some(_), Some(other)) => {
            let why = "cannot be specified in combination with resourceAttributes";
            let field = "spec.nonResourceAttributes";
            wrong.push(Wrong::invalid(field, &shown_other(other), why));
        }
        _ => {}
    }
    let is_local = kind == "LocalSubjectAccessReview";
    if kind != "SelfSubjectAccessReview" {
        let user = body.str_at(&["spec", "user"]).unwrap_or_default();
        let groups = spec(body, &["groups"]).and_then(Node::as_list).unwrap_or_default();
        if user.is_empty() && groups.is_empty() {
            let why = "at least one of user or group must be specified";
            wrong.push(Wrong::invalid("spec.user", "\"\"", why));
        }
    }
    for field in ["fieldSelector", "labelSelector"] {
        wrong_selector(body, field, &mut wrong);
    }
    wrong.extend(wrong_metadata(body, is_local));
    if is_local {
        let namespace = meta(body, "namespace");
        let asked = resource.map(|asked| asked.str_at(&["namespace"]).unwrap_or_default());
        if let Some(asked) = asked.filter(|asked| *asked != namespace) {
            let field = "spec.resourceAttributes.namespace";
            let why = "must match metadata.namespace";
            wrong.push(Wrong::invalid(field, &format!("{asked:?}"), why));
        }
        if let Some(other) = other {
            let why = "disallowed on this kind of request";
            wrong.push(Wrong::invalid("spec.nonResourceAttributes", &shown_other(other), why));
        }
    }
    wrong
}

/// Reviews are not kept, so they have no names.
fn wrong_metadata(body: &Node, is_local: bool) -> Option<Wrong> {
    let metadata = body.get("metadata")?.as_map()?;
    let is_fine = |key: &str| key == "managedFields" || is_local && key == "namespace";
    if metadata.iter().all(|(key, _)| is_fine(key)) {
        return None;
    }
    let mut shown = String::new();
    let node = Node::new(metadata.clone(), Origin::NONE);
    manifest::json::write(&node, manifest::json::Options::default(), &mut shown);
    let why = if is_local { "must be empty except for namespace" } else { "must be empty" };
    Some(Wrong::invalid("metadata", &shown, why))
}

fn wrong_selector(body: &Node, field: &str, wrong: &mut Vec<Wrong>) {
    let Some(selector) = spec(body, &["resourceAttributes", field]) else { return };
    let raw = selector.str_at(&["rawSelector"]).unwrap_or_default();
    let requirements = selector.get("requirements").and_then(Node::as_list).unwrap_or_default();
    let at = format!("spec.resourceAttributes.{field}");
    match (raw.is_empty(), requirements.is_empty()) {
        (false, false) => {
            let why = "may not specified at the same time as requirements";
            wrong.push(Wrong::invalid(format!("{at}.rawSelector"), &format!("{raw:?}"), why));
        }
        (true, true) => {
            let message = format!(
                "Required value: when {at} is specified, requirements or rawSelector is required"
            );
            wrong.push(Wrong { message, ..Wrong::required(format!("{at}.requirements")) });
        }
        _ => {}
    }
}
