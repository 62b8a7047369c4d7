//! Labels and annotations that share a node in kustomize.
//!
//! What one `labels`, `commonLabels` or `commonAnnotations` adds to several maps of a resource (its
//! metadata, its selector, its template) is one YAML node there: who writes over one of them later
//! writes over all. A JSON patch makes them nodes of their own.

use std::fmt;
use std::sync::Arc;

use ecow::EcoVec;
use manifest::{Diagnostic, Key, Node, Origin, Text, Value};

use crate::fieldspec::FieldSpec;
use crate::resource::Resource;

/// A step from a node to one in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Key(Text),
    Index(usize),
}

/// Maps with an entry of one key that is the same node.
pub(crate) struct Group {
    key: Key,
    value: Value,
    /// The maps, each with its origin: one that has been replaced has another.
    maps: Vec<(Vec<Step>, Origin)>,
}

/// The groups of a resource.
pub(crate) type Aliases = EcoVec<Arc<Group>>;

/// What is about to be added where.
#[derive(Default)]
pub(crate) struct Added<'s> {
    /// The specs that were followed, and how many maps each led to.
    specs: Vec<(&'s FieldSpec, usize)>,
    /// For each map in order, which of the keys it did not have, as bits.
    missing: Vec<u64>,
}

impl<'s> Added<'s> {
    /// Begins with the maps of a spec.
    pub(crate) fn follow(&mut self, spec: &'s FieldSpec) {
        self.specs.push((spec, 0));
    }

    /// A map of the spec, before the keys are set in it.
    pub(crate) fn note<'k>(&mut self, map: &manifest::Map, keys: impl Iterator<Item = &'k Key>) {
        let missing = keys.take(64).enumerate().filter(|(_, key)| !map.contains(key));
        self.missing.push(missing.fold(0, |all, (bit, _)| all | 1 << bit));
        if let Some((_, count)) = self.specs.last_mut() {
            *count += 1;
        }
    }

    /// Makes groups of what has been added to several maps of `resource`.
    pub(crate) fn share<'k>(
        self,
        resource: &mut Resource,
        keys: impl Iterator<Item = &'k Key> + Clone,
    ) {
        let (mut once, mut twice) = (0_u64, 0_u64);
        for missing in &self.missing {
            twice |= once & missing;
            once |= missing;
        }
        if twice == 0 {
            return;
        }
        let mut places = Vec::new();
        for (spec, count) in &self.specs {
            let found = spec.places(resource.node());
            if found.len() != *count {
                return;
            }
            places.extend(found);
        }
        for (bit, key) in keys.take(64).enumerate().filter(|(bit, _)| twice & (1 << bit) != 0) {
            let with = self.missing.iter().zip(&places);
            let with = with.filter(|(missing, _)| **missing & (1 << bit) != 0);
            let maps: Vec<(Vec<Step>, Origin)> = with
                .filter_map(|(_, steps)| Some((steps.clone(), at(resource.node(), steps)?.origin)))
                .collect();
            let first = maps.first().and_then(|(steps, _)| at(resource.node(), steps)?.get(key));
            if let Some(value) = first.map(|node| node.value.clone()) {
                resource.aliases.push(Arc::new(Group { key: key.clone(), value, maps }));
            }
        }
    }
}

fn at<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.as_list()?.get(*index),
    })
}

fn at_mut<'n>(node: &'n mut Node, steps: &[Step]) -> Option<&'n mut Node> {
    steps.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.as_map_mut()?.get_mut(key),
        Step::Index(index) => node.as_list_mut()?.make_mut().get_mut(*index),
    })
}

impl Group {
    /// The group after its resource was written to; `None` where nothing has changed. What was written
    /// to one map goes to all, of which `findings` get a warning where that changes a selector.
    fn settled(&self, resource: &mut Resource, findings: &mut Vec<Diagnostic>) -> Option<Group> {
        let mut written: Option<Node> = None;
        let mut maps = Vec::new();
        let mut unwritten = None;
        for (steps, origin) in &self.maps {
            let map = at(resource.node(), steps).filter(|map| map.origin == *origin);
            let Some(node) = map.and_then(|map| map.get(&self.key)) else { continue };
            if node.value != self.value {
                written = Some(node.clone());
            } else if unwritten.is_none() && selects(steps) {
                unwritten = Some((steps, node.origin));
            }
            maps.push((steps.clone(), *origin));
        }
        if let (Some(node), Some((steps, shared))) = (&written, unwritten) {
            findings.push(self.warning(resource, node, steps, shared));
        }
        if written.is_none() && maps.len() == self.maps.len() {
            return None;
        }
        let mut value = self.value.clone();
        if let Some(node) = written {
            value = node.value.clone();
            for (steps, _) in &maps {
                let map = at_mut(resource.node_mut(), steps).and_then(Node::as_map_mut);
                if let Some(entry) = map.and_then(|map| map.get_mut(&self.key)) {
                    *entry = node.clone();
                }
            }
        }
        Some(Group { key: self.key.clone(), value, maps })
    }

    /// That writing `node` changes the selector at `steps`, which shares it since `shared`.
    fn warning(&self, of: &Resource, node: &Node, steps: &[Step], shared: Origin) -> Diagnostic {
        let path: String = steps.iter().map(|step| format!("{step}.")).collect();
        let cause = format!(
            "{}: `{path}{}` changes as well: one entry has set it and the label",
            of.id(),
            self.key
        );
        let help =
            "a selector cannot change in a cluster; to change the label alone, write a JSON patch";
        Diagnostic::warning(node.origin, cause)
            .related(shared, "set both")
            .related(of.origin(), "the resource")
            .help(help)
    }
}

/// Whether a map chooses objects by their labels.
fn selects(map: &[Step]) -> bool {
    let is_selector = |step: &Step| matches!(step, Step::Key(key) if key.to_ascii_lowercase().ends_with("selector"));
    map.iter().any(is_selector)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}

impl Resource {
    /// Makes nodes of their own of the object's annotations, as kustomize does whenever it notes something there.
    pub(crate) fn part_annotations(&mut self) {
        let is_annotations = |steps: &[Step]| {
            let [Step::Key(metadata), Step::Key(annotations)] = steps else { return false };
            metadata.as_str() == "metadata" && annotations.as_str() == "annotations"
        };
        let parted = |group: &Arc<Group>| {
            if !group.maps.iter().any(|(steps, _)| is_annotations(steps)) {
                return Arc::clone(group);
            }
            let others = group.maps.iter().filter(|(steps, _)| !is_annotations(steps));
            let (key, value) = (group.key.clone(), group.value.clone());
            Arc::new(Group { key, value, maps: others.cloned().collect() })
        };
        if !self.aliases.is_empty() {
            self.aliases = self.aliases.iter().map(parted).collect();
        }
    }

    /// Carries what was written to one node of a group to the others. Returns warnings of selectors that
    /// change thereby.
    pub(crate) fn settle_aliases(&mut self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        if self.aliases.is_empty() {
            return findings;
        }
        let mut groups = std::mem::take(&mut self.aliases);
        for group in groups.make_mut() {
            if let Some(settled) = group.settled(self, &mut findings) {
                *group = Arc::new(settled);
            }
        }
        groups.retain(|group| group.maps.len() > 1);
        self.aliases = groups;
        findings
    }
}
