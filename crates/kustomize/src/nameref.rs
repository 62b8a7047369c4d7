//! Name references: fields that name a renamed object get its new name
//! (`accumulator/namereferencetransformer.go`, `api/filters/nameref`).

use manifest::{Diagnostic, Gvk, Node, Origin, Text, Value, Via};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::accumulated::Accumulated;
use crate::config::{BackReference, Config};
use crate::fieldspec::{Create, Fault, FieldSpec};
use crate::id::{Id, NO_NAMESPACE, is_selected};
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::Schema;

/// Updates all references in all resources.
///
/// # Errors
/// A reference could mean several resources, or its field is of a wrong type.
pub(crate) fn update(
    accumulated: &mut Accumulated,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let config = accumulated.config.clone();
    let resources = &mut accumulated.resources;
    resources.iter().try_for_each(check_accounts)?;
    let targets = Targets::of(resources);
    let referrers = ByKind::of(&config);
    for at in 0..resources.len() {
        let Some(resource) = resources.get(at) else { break };
        let specs = referrers.specs(&resource.original_id().gvk);
        if specs.is_empty() {
            continue;
        }
        let referrer = Referrer::of(resource);
        let mut node = resource.node().clone();
        let mut changed = false;
        for (target, spec) in specs {
            if !spec.any(&node, &mut |value| targets.may_be_named(value)) {
                continue;
            }
            let choice = Choice { targets: &targets, resources, referrer: &referrer, target, spec };
            spec.visit(&mut node, Create::Nothing, Origin::NONE, &mut |value| {
                changed |= choice.update(value)?;
                Ok(())
            })
            .map_err(|fault| {
                let cause = format!("{}: {}", resource.id(), fault.cause);
                Diagnostic::error(fault.origin, cause).related(resource.origin(), "the resource")
            })?;
        }
        if let Some(resource) = resources.get_mut(at).filter(|_| changed) {
            *resource.node_mut() = node;
            if resource.refresh(schema) {
                resources.renamed();
            }
        }
    }
    Ok(Vec::new())
}

/// The namespace of a bound service account, where there is one, is text.
fn check_accounts(resource: &Resource) -> Result<(), Diagnostic> {
    if resource.id().gvk.kind != "RoleBinding" || resource.id().is_cluster_scoped() {
        return Ok(());
    }
    let subjects = resource.node().get("subjects").and_then(Node::as_list).unwrap_or_default();
    for subject in subjects.iter().filter(|s| s.str_at(&["kind"]) == Some("ServiceAccount")) {
        let namespace = subject.get("namespace");
        if let Some(node) = namespace.filter(|node| node.as_str().is_none()) {
            let cause = format!("{}: the namespace of a subject is blank", resource.id());
            return Err(
                Diagnostic::error(node.origin, cause).help("name it, or leave the line out")
            );
        }
    }
    Ok(())
}

/// The field specs by the kind they speak of, so that an object meets only its own.
struct ByKind<'a> {
    specs: FxHashMap<&'a str, Vec<(usize, &'a Gvk, &'a FieldSpec)>>,
}

impl<'a> ByKind<'a> {
    fn of(config: &'a Config) -> ByKind<'a> {
        let mut specs: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        let mut order = 0;
        for BackReference { target, referrers } in &config.name_reference {
            for spec in referrers.iter() {
                specs.entry(spec.gvk.kind.as_str()).or_default().push((order, target, spec));
                order += 1;
            }
        }
        ByKind { specs }
    }

    /// Those for objects of `gvk`, in the order of the configuration.
    fn specs(&self, gvk: &Gvk) -> Vec<(&'a Gvk, &'a FieldSpec)> {
        let of_kind = self.specs.get(gvk.kind.as_str()).into_iter().flatten();
        let of_any = self.specs.get("").into_iter().flatten();
        let mut found: Vec<_> =
            of_kind.chain(of_any).filter(|(_, _, spec)| is_selected(gvk, &spec.gvk)).collect();
        found.sort_by_key(|(order, _, _)| *order);
        found.into_iter().map(|&(_, target, spec)| (target, spec)).collect()
    }
}

/// The renamed resources.
struct Targets {
    by_previous_name: FxHashMap<Text, Vec<usize>>,
    /// The original namespaces that there are, each with the resources in it.
    by_original_namespace: FxHashMap<Text, Vec<usize>>,
}

impl Targets {
    fn of(resources: &Resources) -> Targets {
        let mut targets = Targets {
            by_previous_name: FxHashMap::default(),
            by_original_namespace: FxHashMap::default(),
        };
        for (at, resource) in resources.iter().enumerate() {
            let mut names = FxHashSet::default();
            for previous in &resource.previous {
                if names.insert(&previous.name) {
                    targets.by_previous_name.entry(previous.name.clone()).or_default().push(at);
                }
            }
            let namespace = resource.original_id().namespace;
            targets.by_original_namespace.entry(namespace).or_default().push(at);
        }
        targets
    }

    /// Whether a field's value could name a renamed resource. True for what has no name at all, so
    /// that it is complained about.
    fn may_be_named(&self, value: &Node) -> bool {
        match &value.value {
            Value::Null | Value::Unknown(_) => false,
            Value::Map(map) => map.get("name").is_none_or(|name| self.may_be_named(name)),
            Value::List(list) => list.iter().any(|item| self.may_be_named(item)),
            Value::String(text) => self.by_previous_name.contains_key(text),
            _ => value.scalar_text().is_some_and(|text| self.by_previous_name.contains_key(&text)),
        }
    }
}

/// What a resource that names others is like.
struct Referrer {
    id: Id,
    resource: Resource,
    /// Namespaces of the service accounts that a RoleBinding binds.
    account_namespaces: FxHashSet<Text>,
    role: Option<Gvk>,
}

impl Referrer {
    fn of(resource: &Resource) -> Referrer {
        let node = resource.node();
        let mut account_namespaces = FxHashSet::default();
        if resource.id().gvk.kind == "RoleBinding" {
            let subjects = node.get("subjects").and_then(Node::as_list).unwrap_or_default();
            let accounts = subjects
                .iter()
                .filter(|subject| subject.str_at(&["kind"]) == Some("ServiceAccount"));
            account_namespaces.extend(
                accounts.filter_map(|subject| subject.str_at(&["namespace"])).map(Text::from),
            );
        }
        let role = || {
            let part = |field| node.at(&["roleRef", field]).and_then(Node::scalar_text);
            Some(Gvk { group: part("apiGroup")?, version: Text::new(), kind: part("kind")? })
        };
        Referrer {
            id: resource.id().clone(),
            role: role(),
            resource: resource.clone(),
            account_namespaces,
        }
    }

    /// Whether it can name `target` at all.
    fn sees(&self, target: &Resource) -> bool {
        self.id.is_cluster_scoped()
            || target.id().is_cluster_scoped()
            || target.id().namespace == self.id.namespace
            || self.account_namespaces.contains(&target.written_namespace())
    }

    /// Whether both are in one namespace, as far as that matters.
    fn shares_namespace_with(&self, target: &Resource) -> bool {
        self.id.is_cluster_scoped()
            || target.id().is_cluster_scoped()
            || target.id().gvk.kind == "ServiceAccount"
            || target.id().namespace == self.id.namespace
    }
}

/// One field of one referrer, and the kind it names.
struct Choice<'a> {
    targets: &'a Targets,
    resources: &'a Resources,
    referrer: &'a Referrer,
    target: &'a Gvk,
    spec: &'a FieldSpec,
}

impl Choice<'_> {
    /// Updates the value of the field. Returns whether it changed.
    fn update(&self, value: &mut Node) -> Result<bool, Fault> {
        match &mut value.value {
            Value::Null | Value::Unknown(_) => Ok(false),
            Value::Map(_) => self.update_map(value),
            Value::List(list) => {
                let mut changed = false;
                for item in list.make_mut() {
                    changed |= match &item.value {
                        Value::Null | Value::Unknown(_) => false,
                        Value::Map(_) => self.update_map(item)?,
                        Value::List(_) => {
                            return Err(Fault::new("a list of lists names nothing", item.origin));
                        }
                        _ => self.update_scalar(item)?,
                    };
                }
                Ok(changed)
            }
            _ => self.update_scalar(value),
        }
    }

    fn update_scalar(&self, value: &mut Node) -> Result<bool, Fault> {
        let Some(name) = value.scalar_text() else { return Ok(false) };
        let candidates = self.named(&name);
        let Some(found) = self.select(candidates, false, value.origin)? else { return Ok(false) };
        if found.id().name == name {
            return Ok(false);
        }
        *value = Node::string(found.id().name.clone(), self.via(found));
        Ok(true)
    }

    fn update_map(&self, value: &mut Node) -> Result<bool, Fault> {
        let Some(name) = value.get("name") else {
            return Err(Fault::new("there is no `name` in the reference", value.origin));
        };
        let name = name.scalar_text().unwrap_or_default();
        let mut candidates = self.named(&name);
        if let Some(namespace) = value.get("namespace").and_then(Node::scalar_text) {
            let listed = self.targets.by_original_namespace.get(&namespace);
            let any_original = namespace != NO_NAMESPACE
                && listed.is_some_and(|found| found.iter().any(|&at| self.is_seen(at)));
            candidates.retain(|resource| {
                if any_original {
                    resource.original_id().namespace == namespace
                } else {
                    resource.id().namespace == namespace
                }
            });
        }
        let Some(found) = self.select(candidates, true, value.origin)? else { return Ok(false) };
        let namespace = found.written_namespace();
        if found.id().name == name && namespace.is_empty() {
            return Ok(false);
        }
        let via = self.via(found);
        let new_name = found.id().name.clone();
        let Some(map) = value.as_map_mut() else { return Ok(false) };
        let mut set = |key: &str, text: Text| {
            let same = map.get(key).is_some_and(|node| node.as_str() == Some(&text));
            if !same {
                map.set(key, Node::string(text, via));
            }
            !same
        };
        let renamed = set("name", new_name);
        let moved = !namespace.is_empty() && set("namespace", namespace);
        Ok(renamed || moved)
    }

    fn via(&self, found: &Resource) -> Origin {
        let name = found.node().at(&["metadata", "name"]);
        name.map_or(found.origin(), |name| name.origin).via(Via::NameReference)
    }

    fn is_seen(&self, at: usize) -> bool {
        self.resources.get(at).is_some_and(|resource| self.referrer.sees(resource))
    }

    /// The resources within sight that were called `name`.
    fn named(&self, name: &Text) -> Vec<&Resource> {
        let found = self.targets.by_previous_name.get(name).into_iter().flatten();
        found
            .filter_map(|&at| self.resources.get(at))
            .filter(|resource| self.referrer.sees(resource))
            .collect()
    }

    /// The one that is meant.
    fn select<'r>(
        &self,
        mut candidates: Vec<&'r Resource>,
        with_namespace: bool,
        origin: Origin,
    ) -> Result<Option<&'r Resource>, Fault> {
        let was = |resource: &Resource, gvk: &Gvk| {
            resource.previous.iter().any(|p| is_selected(&resource.previous_id(p).gvk, gvk))
        };
        candidates.retain(|resource| was(resource, self.target));
        if self.spec.path.ends_with("roleRef/name")
            && let Some(role) = &self.referrer.role
        {
            candidates.retain(|resource| was(resource, role));
        }
        candidates.retain(|resource| self.referrer.shares_namespace_with(resource));
        if candidates.len() > 1 {
            let referrer = &self.referrer.resource;
            candidates.retain(|resource| resource.same_layers(referrer, true));
            if candidates.len() > 1 {
                candidates.retain(|resource| resource.same_layers(referrer, false));
            }
        }
        let Some((first, rest)) = candidates.split_first() else { return Ok(None) };
        let same = |other: &&Resource| {
            other.id().name == first.id().name
                && (!with_namespace || other.written_namespace() == first.written_namespace())
        };
        if rest.iter().all(same) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = candidates.iter().map(|r| r.id().to_string()).collect();
        Err(Fault::new(format!("the reference could mean any of {}", ids.join(", ")), origin))
    }
}
