//! Who may what: the RBAC objects of a cluster, found by subject (Kubernetes'
//! `plugin/pkg/auth/authorizer/rbac` and `pkg/registry/rbac/validation`).
//!
//! The index follows the store, write by write. Clusters begin with the same one, and share it until
//! one of them has a role or a binding of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use manifest::{Node, Text};
use rustc_hash::FxHashMap;

use super::names::service_account;
use super::{Attributes, GROUP, Rule, User};
use crate::make::meta;
use crate::store;

/// The RBAC objects, indexed.
#[derive(Clone, Default, Debug)]
pub(crate) struct Policy {
    /// By name, or namespace and name.
    roles: FxHashMap<Text, Arc<[Rule]>>,
    bindings: FxHashMap<Text, Arc<Binding>>,
    /// By namespace (empty for those that hold everywhere) and name.
    by_user: FxHashMap<Text, FxHashMap<Text, Vec<Arc<Binding>>>>,
    by_group: FxHashMap<Text, FxHashMap<Text, Vec<Arc<Binding>>>>,
}

/// A role given to subjects.
#[derive(PartialEq, Eq, Debug)]
struct Binding {
    /// Empty for one that holds everywhere.
    namespace: Text,
    name: Text,
    role: RoleRef,
    subjects: Vec<Subject>,
}

/// The role that a binding names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RoleRef {
    pub(crate) group: Text,
    pub(crate) kind: Text,
    pub(crate) name: Text,
}

#[derive(PartialEq, Eq, Debug)]
struct Subject {
    kind: Text,
    namespace: Text,
    name: Text,
}

/// Why somebody may do something.
pub(crate) enum Grant<'p> {
    /// Nobody asks such a user.
    Privileged,
    /// A binding says so, to this subject of it.
    Bound(GrantedBy<'p>),
}

/// A binding and that one of its subjects that a user is.
pub(crate) struct GrantedBy<'p> {
    binding: &'p Binding,
    subject: Option<&'p Subject>,
}

impl RoleRef {
    /// The `roleRef` of a binding.
    pub(crate) fn of(binding: &Node) -> RoleRef {
        let part = |key: &str| Text::from(binding.str_at(&["roleRef", key]).unwrap_or_default());
        RoleRef { group: part("apiGroup"), kind: part("kind"), name: part("name") }
    }
}

impl Policy {
    /// Takes up a write of an RBAC object; any other is none of its business.
    pub(crate) fn follow(&mut self, collection: &str, object: &Node, is_gone: bool) {
        let Some((plural, GROUP)) = collection.split_once('.') else { return };
        let (namespace, name) = (meta(object, "namespace"), meta(object, "name"));
        let key = store::key(namespace, name);
        match plural {
            "roles" | "clusterroles" if is_gone => drop(self.roles.remove(&key)),
            "roles" | "clusterroles" => {
                self.roles.insert(key, Rule::all_of(object).into());
            }
            "rolebindings" | "clusterrolebindings" => {
                self.unbind(&key);
                if !is_gone {
                    self.bind(key, Binding::of(object));
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, key: Text, binding: Binding) {
        let binding = Arc::new(binding);
        for subject in &binding.subjects {
            let (index, name) = match subject.kind.as_str() {
                "User" => (&mut self.by_user, subject.name.clone()),
                "Group" => (&mut self.by_group, subject.name.clone()),
                "ServiceAccount" => {
                    let Some(user) = subject.account(&binding.namespace) else { continue };
                    (&mut self.by_user, user)
                }
                _ => continue,
            };
            let of_namespace = index.entry(binding.namespace.clone()).or_default();
            let bound = of_namespace.entry(name).or_default();
            if !bound.iter().any(|other| Arc::ptr_eq(other, &binding)) {
                bound.push(binding.clone());
            }
        }
        self.bindings.insert(key, binding);
    }

    fn unbind(&mut self, key: &Text) {
        let Some(binding) = self.bindings.remove(key) else { return };
        for index in [&mut self.by_user, &mut self.by_group] {
            let Some(of_namespace) = index.get_mut(&binding.namespace) else { continue };
            of_namespace.retain(|_, bound| {
                bound.retain(|other| !Arc::ptr_eq(other, &binding));
                !bound.is_empty()
            });
            if of_namespace.is_empty() {
                index.remove(&binding.namespace);
            }
        }
    }

    /// Whether a user may do something, and why; the error is what went wrong on the way to a no.
    pub(crate) fn decide(&self, user: &User, attributes: &Attributes) -> Result<Grant<'_>, String> {
        if user.is_privileged() {
            return Ok(Grant::Privileged);
        }
        let mut errors = Vec::new();
        for binding in self.bindings_of(user, &attributes.namespace) {
            match self.rules_of(&binding.role, &binding.namespace) {
                Ok(rules) if rules.iter().any(|rule| rule.allows(attributes)) => {
                    let subject = binding
                        .subjects
                        .iter()
                        .find(|subject| subject.is(user, &binding.namespace));
                    return Ok(Grant::Bound(GrantedBy { binding, subject }));
                }
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
        let errors = one_of(&errors);
        Err(if errors.is_empty() { errors } else { format!("RBAC: {errors}") })
    }

    /// Whether a user may do something.
    pub(crate) fn allows(&self, user: &User, attributes: &Attributes) -> bool {
        self.decide(user, attributes).is_ok()
    }

    /// All rules that hold for a user in a namespace, and the roles that are missing.
    pub(crate) fn rules_for(&self, user: &User, namespace: &str) -> (Vec<&Rule>, Vec<String>) {
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for binding in self.bindings_of(user, namespace) {
            match self.rules_of(&binding.role, &binding.namespace) {
                Ok(found) => rules.extend(found),
                Err(error) => errors.push(error),
            }
        }
        (rules, errors)
    }

    /// The rules of a role that a binding in a namespace names.
    pub(crate) fn rules_of(&self, role: &RoleRef, namespace: &str) -> Result<&[Rule], String> {
        let (kind, namespace) = match role.kind.as_str() {
            "Role" => ("role", namespace),
            "ClusterRole" => ("clusterrole", ""),
            other => return Err(format!("unsupported role reference kind: {other:?}")),
        };
        let rules = self.roles.get(&store::key(namespace, &role.name));
        rules
            .map(|rules| &**rules)
            .ok_or_else(|| format!("{kind}.{GROUP} {:?} not found", role.name))
    }

    /// The bindings that a user is a subject of: those that hold everywhere first, each kind by name.
    fn bindings_of(&self, user: &User, namespace: &str) -> Vec<&Binding> {
        let mut found: Vec<&Binding> = Vec::new();
        let namespaces = if namespace.is_empty() { &[""][..] } else { &["", namespace] };
        for namespace in namespaces {
            let first = found.len();
            if let Some(names) = self.by_user.get(*namespace)
                && let Some(bound) = names.get(user.name())
            {
                found.extend(bound.iter().map(|binding| &**binding));
            }
            if let Some(names) = self.by_group.get(*namespace) {
                let bound = user.groups().iter().filter_map(|group| names.get(group));
                found.extend(bound.flatten().map(|binding| &**binding));
            }
            if let Some(part) = found.get_mut(first..) {
                part.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            }
        }
        // A user may be several subjects of one binding.
        found.dedup_by(|a, b| std::ptr::eq(*a, *b));
        found
    }
}

/// Errors as Go joins them: each once, and in brackets where they are several.
fn one_of(errors: &[String]) -> String {
    let mut seen = BTreeSet::new();
    let errors: Vec<&str> =
        errors.iter().map(String::as_str).filter(|error| seen.insert(*error)).collect();
    match errors.as_slice() {
        [error] => (*error).to_owned(),
        [] => String::new(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// What is missing, as the answer to a question shows it; nothing where nothing is.
pub(crate) fn joined(errors: &[String]) -> Option<String> {
    (!errors.is_empty()).then(|| one_of(errors))
}

impl Binding {
    fn of(node: &Node) -> Binding {
        let subjects = node.get("subjects").and_then(Node::as_list).unwrap_or_default();
        let subject = |node: &Node| {
            let part = |key: &str| Text::from(node.str_at(&[key]).unwrap_or_default());
            Subject { kind: part("kind"), namespace: part("namespace"), name: part("name") }
        };
        Binding {
            namespace: meta(node, "namespace").into(),
            name: meta(node, "name").into(),
            role: RoleRef::of(node),
            subjects: subjects.iter().map(subject).collect(),
        }
    }
}

impl Subject {
    /// The user that a service account is. It is in the binding's namespace where it says no other.
    fn account(&self, binding: &str) -> Option<Text> {
        let namespace = self.namespace_in(binding);
        (!namespace.is_empty()).then(|| service_account(namespace, &self.name))
    }

    fn namespace_in<'s>(&'s self, binding: &'s str) -> &'s str {
        if self.namespace.is_empty() { binding } else { &self.namespace }
    }

    fn is(&self, user: &User, binding: &str) -> bool {
        match self.kind.as_str() {
            "User" => user.name() == self.name,
            "Group" => user.groups().contains(&self.name),
            "ServiceAccount" => self.account(binding).is_some_and(|account| account == user.name()),
            _ => false,
        }
    }
}

impl Grant<'_> {
    /// Why, as reviews tell it.
    pub(crate) fn reason(&self) -> String {
        let Grant::Bound(GrantedBy { binding, subject }) = self else { return String::new() };
        let (of, name) = match binding.namespace.is_empty() {
            true => ("ClusterRoleBinding", binding.name.to_string()),
            false => ("RoleBinding", format!("{}/{}", binding.name, binding.namespace)),
        };
        let RoleRef { kind, name: role, .. } = &binding.role;
        let to = subject.map(|subject| match subject.kind.as_str() {
            "ServiceAccount" => {
                let namespace = subject.namespace_in(&binding.namespace);
                format!("ServiceAccount {:?}", format!("{}/{namespace}", subject.name))
            }
            kind => format!("{kind} {:?}", subject.name),
        });
        let to = to.unwrap_or_default();
        format!("RBAC: allowed by {of} {name:?} of {kind} {role:?} to {to}")
    }
}
