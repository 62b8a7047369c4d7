//! What an apply and other managers disagree about.

use std::collections::BTreeMap;

use manifest::Text;

use super::entries::Id;
use super::{Entry, Operation};
use crate::fields::{Element, Set, path_text};

/// A field that another manager owns with another value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    pub(super) id: Id,
    pub(super) path: Vec<Element>,
}

/// All that an apply and other managers disagree about.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Conflicts(pub Vec<Conflict>);

impl Conflict {
    /// Who owns the field, as the API server prints it: `"kubectl" using apps/v1`.
    pub fn owner(&self) -> String {
        let mut text = format!("{:?}", self.id.manager.as_str());
        if !self.id.subresource.is_empty() {
            text.push_str(&format!(" with subresource {:?}", self.id.subresource.as_str()));
        }
        if self.id.operation == Operation::Update {
            text.push_str(&format!(" using {}", self.id.api_version));
        }
        text
    }

    /// The field manager that owns the field.
    pub fn manager(&self) -> &Text {
        &self.id.manager
    }

    /// The field, e.g. `.spec.replicas`.
    pub fn field(&self) -> String {
        path_text(&self.path)
    }
}

impl Conflicts {
    pub(super) fn add(&mut self, entry: &Entry, fields: &Set) {
        let id = entry.id();
        fields.visit(&mut |path| {
            self.0.push(Conflict { id: id.clone(), path: path.to_vec() });
        });
    }

    /// The message of the `Status`.
    pub fn message(&self) -> String {
        if let [conflict] = self.0.as_slice() {
            let (owner, field) = (conflict.owner(), conflict.field());
            return format!("Apply failed with 1 conflict: conflict with {owner}: {field}");
        }
        let mut by_owner: BTreeMap<String, Vec<&Conflict>> = BTreeMap::new();
        for conflict in &self.0 {
            by_owner.entry(conflict.id.text()).or_default().push(conflict);
        }
        let mut lines = Vec::new();
        for conflicts in by_owner.values() {
            if let Some(first) = conflicts.first() {
                lines.push(format!("conflicts with {}:", first.owner()));
            }
            lines.extend(conflicts.iter().map(|conflict| format!("- {}", conflict.field())));
        }
        format!("Apply failed with {} conflicts: {}", self.0.len(), lines.join("\n"))
    }

    /// The causes of the `Status`, of reason `FieldManagerConflict`: message and field.
    pub fn causes(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0
            .iter()
            .map(|conflict| (format!("conflict with {}", conflict.owner()), conflict.field()))
    }

    pub(super) fn set(&self) -> Set {
        let mut set = Set::new();
        for conflict in &self.0 {
            set.insert(&conflict.path);
        }
        set
    }
}
