//! What objects can have. `{"$one": [...]}` stands for one of several values, `{"$whole": ...}` for something
//! that is there as a whole or not at all.

use serde_json::{Value, json};

const JSON: &str = include_str!("templates.json");

/// What the objects of a kind can have.
pub(super) struct Template {
    pub(super) kind: String,
    pub(super) api_version: String,
    /// The path of the collection.
    pub(super) folder: String,
    pub(super) is_custom: bool,
    pub(super) object: Value,
    /// Null where the kind has no status of its own endpoint.
    pub(super) status: Value,
    /// Steps that come first.
    pub(super) before: Vec<Value>,
}

/// All of them.
pub(super) fn all() -> Vec<Template> {
    let all: Value = serde_json::from_str(JSON).unwrap_or_default();
    let read = |template: &Value| {
        let text = |key: &str| template[key].as_str().unwrap_or_default().to_owned();
        let (api_version, plural) = (text("apiVersion"), text("plural"));
        let root = if api_version.contains('/') { "apis" } else { "api" };
        let metadata = json!({
            "labels": {"app": {"$one": ["a", "b"]}, "team": {"$one": ["x", "y", ""]}},
            "annotations": {"note": {"$one": ["1", "2"]}, "example.com/link": "z"},
        });
        let mut object = template["object"].clone();
        object["metadata"] = metadata;
        Template {
            kind: text("kind"),
            folder: format!("/{root}/{api_version}/namespaces/{{ns}}/{plural}"),
            is_custom: template.get("before").is_some(),
            object,
            status: template["status"].clone(),
            before: template["before"].as_array().cloned().unwrap_or_default(),
            api_version,
        }
    };
    all.as_array().into_iter().flatten().map(read).collect()
}
