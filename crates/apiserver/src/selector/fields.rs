//! Field selectors (apimachinery's `fields` package), and which fields a kind can be selected by.

use manifest::{Node, Text};

use crate::model::Resource;

/// Requirements that all have to be met.
#[derive(Clone, Default, Debug)]
pub(crate) struct FieldSelector(Vec<Requirement>);

#[derive(Clone, Debug)]
struct Requirement {
    field: String,
    value: String,
    negated: bool,
}

/// What kinds can be selected by, other than name and namespace.
const FIELDS: &[(&str, &str, &[&str])] = &[
    (
        "",
        "Pod",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    ("", "Event", EVENT),
    ("events.k8s.io", "Event", EVENT),
    ("", "Namespace", &["status.phase"]),
    ("", "Secret", &["type"]),
    ("", "Service", &["spec.clusterIP", "spec.type"]),
    ("", "ReplicationController", &["status.replicas"]),
    ("", "Node", &["spec.unschedulable"]),
    ("apps", "ReplicaSet", &["status.replicas"]),
    ("batch", "Job", &["status.successful"]),
    ("certificates.k8s.io", "CertificateSigningRequest", &["spec.signerName"]),
    ("resource.k8s.io", "ResourceSlice", &["spec.nodeName", "spec.driver"]),
];

const EVENT: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

impl FieldSelector {
    pub(crate) fn parse(text: &str) -> Result<FieldSelector, String> {
        let mut requirements = Vec::new();
        for part in split(text) {
            let signs = ["!=", "==", "="];
            let at = |sign: &str| part.find(sign).map(|at| (at, sign.len()));
            let first = signs
                .into_iter()
                .filter_map(at)
                .min_by_key(|(at, length)| (*at, usize::MAX - length));
            let Some((at, length)) = first else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            let (field, rest) = part.split_at(at);
            let (sign, value) = rest.split_at(length);
            let value = unescaped(value);
            requirements.push(Requirement {
                field: field.to_owned(),
                value,
                negated: sign == "!=",
            });
        }
        Ok(FieldSelector(requirements))
    }

    /// Whether a resource can be selected by these fields.
    pub(crate) fn check(&self, resource: &Resource) -> Result<(), String> {
        let info = &resource.info;
        let own = FIELDS.iter().find(|(group, kind, _)| *group == info.group && *kind == info.kind);
        let custom: Vec<String> = resource
            .definition
            .as_ref()
            .and_then(|version| version.get("selectableFields")?.as_list())
            .unwrap_or_default()
            .iter()
            .filter_map(|field| {
                Some(field.str_at(&["jsonPath"])?.trim_start_matches('.').to_owned())
            })
            .collect();
        for requirement in &self.0 {
            let field = requirement.field.as_str();
            let is_known = matches!(field, "metadata.name" | "metadata.namespace")
                || own.is_some_and(|(_, _, fields)| fields.contains(&field))
                || custom.iter().any(|own| own == field);
            if is_known {
                continue;
            }
            return Err(match own {
                Some(_) => format!("field label not supported: {field}"),
                None if resource.is_custom() => format!("field label not supported: {field}"),
                None => format!(
                    "\"{field}\" is not a known field selector: only \"metadata.name\", \
                     \"metadata.namespace\""
                ),
            });
        }
        Ok(())
    }

    /// Asks for a value on top of everything else.
    pub(crate) fn require(&mut self, field: &str, value: &str) {
        let (field, value) = (field.to_owned(), value.to_owned());
        self.0.push(Requirement { field, value, negated: false });
    }

    /// The value that a field has to have.
    pub(crate) fn exact(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|own| own.field == field && !own.negated)?;
        Some(&found.value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, object: &Node) -> bool {
        self.0.iter().all(|requirement| {
            let value = value(object, &requirement.field);
            (value == requirement.value.as_str()) != requirement.negated
        })
    }
}

/// The parts between commas that are not escaped.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut is_escaped) = (0, false);
    for (at, char) in text.char_indices() {
        if char == ',' && !is_escaped {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        is_escaped = char == '\\' && !is_escaped;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts.retain(|part| !part.is_empty());
    parts
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.extend(chars.next()),
            _ => out.push(char),
        }
    }
    out
}

/// What a field of an object is compared as.
fn value(object: &Node, field: &str) -> Text {
    let path: Vec<&str> = match field {
        "source" => vec!["source", "component"],
        "reportingComponent" => vec!["reportingComponent"],
        "status.successful" => vec!["status", "succeeded"],
        _ => field.split('.').collect(),
    };
    let found = object.at(&path).and_then(Node::scalar_text);
    match (field, found) {
        ("source", None) => object.str_at(&["reportingComponent"]).unwrap_or_default().into(),
        (_, Some(text)) => text,
        ("spec.unschedulable" | "spec.hostNetwork", None) => "false".into(),
        ("status.replicas" | "status.successful", None) => "0".into(),
        _ => Text::new(),
    }
}
