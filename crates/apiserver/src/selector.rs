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

#[cfg(test)]
mod tests;
