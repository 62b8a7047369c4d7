//! Which objects a list or a watch is about: label and field selectors.

mod fields;
mod labels;

use manifest::Node;

pub(crate) use fields::FieldSelector;
pub(crate) use labels::LabelSelector;

use crate::call::Answer;
use crate::query::Query;
use crate::status;
use crate::target::Target;

/// What both selectors of a request say.
#[derive(Clone, Default, Debug)]
pub(crate) struct Selectors {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selectors {
    /// The selectors of a request for a collection, or for one object where it has a name.
    pub(crate) fn of(target: &Target, query: Query<'_>) -> Result<Selectors, Answer> {
        let refused = |message: String| status::bad_request(&message);
        let labels = query.given("labelSelector").unwrap_or_default();
        let fields = query.given("fieldSelector").unwrap_or_default();
        let labels = LabelSelector::parse(labels).map_err(refused)?;
        let mut fields = FieldSelector::parse(fields).map_err(refused)?;
        fields.check(&target.resource).map_err(refused)?;
        if !target.name.is_empty() {
            fields.require("metadata.name", &target.name);
        }
        Ok(Selectors { labels, fields })
    }

    /// Whether everything is selected.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Node) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }
}

/// Whether an object's labels are what a `LabelSelector` in another object asks for. An empty one asks
/// for nothing, so it selects everything.
pub(crate) fn matches(selector: &Node, object: &Node) -> bool {
    let label = |key: &str| object.str_at(&["metadata", "labels", key]);
    let wanted = selector.get("matchLabels").and_then(Node::as_map);
    let has_labels =
        wanted.is_none_or(|map| map.iter().all(|(key, value)| label(key) == value.as_str()));
    let expressions = selector.get("matchExpressions").and_then(Node::as_list).unwrap_or_default();
    let holds = |expression: &Node| {
        let found = label(expression.str_at(&["key"]).unwrap_or_default());
        let values = expression.get("values").and_then(Node::as_list).unwrap_or_default();
        let is_one = || found.is_some() && values.iter().any(|value| value.as_str() == found);
        match expression.str_at(&["operator"]) {
            Some("In") => is_one(),
            Some("NotIn") => !is_one(),
            Some("Exists") => found.is_some(),
            Some("DoesNotExist") => found.is_none(),
            _ => false,
        }
    };
    has_labels && expressions.iter().all(holds)
}

#[cfg(test)]
mod tests;
