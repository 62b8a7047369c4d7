//! Questions that are asked by creating them: who am I, and may I. The administrator may everything.

use manifest::Node;
use schema::validation::Wrong;

use super::Asked;
use crate::call::Answer;
use crate::make::{boolean, list, map, meta, text};
use crate::status;

impl Asked<'_> {
    /// The answer to a question; `None` where the endpoint keeps objects.
    pub(super) fn question(&mut self) -> Result<Option<Answer>, Answer> {
        let kind = self.target.resource.info.kind.clone();
        let body = match (self.target.group(), kind.as_str()) {
            ("authorization.k8s.io" | "authentication.k8s.io", _) => self.body()?.clone(),
            _ => return Ok(None),
        };
        self.check_body(&body)?;
        let status = match kind.as_str() {
            "SelfSubjectReview" => map([(
                "userInfo",
                map([
                    ("username", text("admin")),
                    ("uid", text(ADMIN)),
                    ("groups", list([text("system:masters"), text("system:authenticated")])),
                ]),
            )]),
            "SelfSubjectRulesReview" => rules(),
            "TokenReview" => self.token_review(&body),
            _ => {
                Self::check_attributes(&body)?;
                allowed(&body, &kind)
            }
        };
        let mut metadata: Vec<(&str, Node)> = Vec::new();
        if kind == "SelfSubjectReview" {
            metadata.push(("creationTimestamp", text(self.server.now_text())));
        }
        for name in ["name", "namespace"] {
            if !meta(&body, name).is_empty() {
                metadata.push((name, text(meta(&body, name))));
            }
        }
        let mut entries = vec![
            ("kind", text(kind)),
            ("apiVersion", text(self.target.resource.api_version.clone())),
            ("metadata", map(metadata)),
        ];
        if let Some(spec) = body.get("spec") {
            entries.push(("spec", spec.clone()));
        }
        entries.push(("status", status));
        Ok(Some(Answer::new(201, map(entries))))
    }

    fn token_review(&self, body: &Node) -> Node {
        let token = body.str_at(&["spec", "token"]).unwrap_or_default();
        if token.is_empty() || token != self.server.options().token {
            return map([("user", map([]))]);
        }
        let groups = list([text("system:masters"), text("system:authenticated")]);
        let user = map([("username", text("admin")), ("uid", text(ADMIN)), ("groups", groups)]);
        map([("authenticated", boolean(true)), ("user", user)])
    }

    fn check_attributes(body: &Node) -> Result<(), Answer> {
        let given = |field: &str| body.at(&["spec", field]).filter(|node| !node.is_null());
        let (resource, other) = (given("resourceAttributes"), given("nonResourceAttributes"));
        let wrong = match (resource, other) {
            (None, None) => Wrong::invalid(
                "spec.resourceAttributes",
                "null",
                "exactly one of nonResourceAttributes or resourceAttributes must be specified",
            ),
            (Some(_), Some(other)) => {
                let part = |key: &str| other.str_at(&[key]).unwrap_or_default().to_owned();
                let value = format!("{{\"Path\":{:?},\"Verb\":{:?}}}", part("path"), part("verb"));
                let why = "cannot be specified in combination with resourceAttributes";
                Wrong::invalid("spec.nonResourceAttributes", &value, why)
            }
            _ => return Ok(()),
        };
        Err(status::invalid("", "authorization.k8s.io", "", &[wrong]))
    }
}

/// The uid of the administrator: there is one.
const ADMIN: &str = "00000000-0000-4000-8000-000000000001";

/// Who else than the administrator is asked about has no rights here.
fn allowed(body: &Node, kind: &str) -> Node {
    let user = body.str_at(&["spec", "user"]).unwrap_or_default();
    let groups = body.at(&["spec", "groups"]).and_then(Node::as_list).unwrap_or_default();
    let is_admin = kind == "SelfSubjectAccessReview"
        || user == "admin"
        || groups.iter().any(|group| group.as_str() == Some("system:masters"));
    map([("allowed", boolean(is_admin))])
}

fn rules() -> Node {
    let all = || list([text("*")]);
    let resource = map([("verbs", all()), ("apiGroups", all()), ("resources", all())]);
    let other = map([("verbs", all()), ("nonResourceURLs", all())]);
    map([
        ("resourceRules", list([resource])),
        ("nonResourceRules", list([other])),
        ("incomplete", boolean(false)),
    ])
}
