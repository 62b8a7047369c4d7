//! `namespace`, `namePrefix` and `nameSuffix`.

use manifest::{Diagnostic, Gvk, Node, Origin, Text, Value, Via};

use super::field_error;
use crate::decode::Located;
use crate::fieldspec::{Create, Fault, FieldSpec, FieldSpecs};
use crate::id::is_selected;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::Schema;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Subjects {
    /// Those called `default`.
    #[default]
    DefaultOnly,
    AllServiceAccounts,
    None,
}

/// How to set a namespace.
pub(crate) struct Namespace<'a> {
    pub(crate) namespace: &'a Located<Text>,
    /// Only where there is none.
    pub(crate) unset_only: bool,
    pub(crate) subjects: Subjects,
}

impl<'a> Namespace<'a> {
    pub(crate) fn new(namespace: &'a Located<Text>) -> Namespace<'a> {
        Namespace { namespace, unset_only: false, subjects: Subjects::default() }
    }

    fn set(&self, node: &mut Node) -> Result<(), Fault> {
        match &node.value {
            Value::Map(_) | Value::List(_) => {
                Err(Fault::new("a namespace belongs into text", node.origin))
            }
            Value::String(text) if self.unset_only && !text.is_empty() => Ok(()),
            Value::String(text) if *text == self.namespace.value => Ok(()),
            _ => {
                let origin = self.namespace.origin.via(Via::Namespace);
                *node = Node::string(self.namespace.value.clone(), origin);
                Ok(())
            }
        }
    }
}

/// Sets the namespace on everything that is not certainly cluster-scoped, and where the specs say
/// (`api/filters/namespace`).
///
/// # Errors
/// A spec leads to something that is no text, or two resources become one.
pub(crate) fn set_namespace(
    args: &Namespace<'_>,
    specs: &FieldSpecs,
    resources: &mut Resources,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let at = args.namespace.origin;
    for resource in resources.renaming() {
        let helm = resource.node().at(&["metadata", "annotations", "helm.kustomize.io/generated"]);
        if helm.is_some_and(|node| node.as_str() == Some("true")) {
            continue;
        }
        resource.remember();
        set_in(args, specs, resource).map_err(|fault| field_error(resource, &fault, at))?;
        resource.refresh(schema);
    }
    for position in 0..resources.len() {
        let Some(id) = resources.get(position).map(|resource| resource.id().clone()) else { break };
        let found = resources.with_current_id(&id);
        if let [first, second, ..] = found.as_slice() {
            return Err(collision(args, resources, *first, *second));
        }
    }
    Ok(Vec::new())
}

fn collision(args: &Namespace<'_>, resources: &Resources, a: usize, b: usize) -> Diagnostic {
    let places = [a, b].map(|at| resources.get(at));
    let id = places[0].map(|resource| resource.id().to_string()).unwrap_or_default();
    let before = places.map(|resource| {
        resource.and_then(|r| Some((r.origin(), r.previous_id(r.previous.last()?))))
    });
    let is_namespace = places[0].is_some_and(|resource| resource.id().gvk.kind == "Namespace");
    let cause = if is_namespace {
        format!(
            "`namespace: {}` renames Namespace objects too, and makes several of them {id}",
            args.namespace.value
        )
    } else {
        format!("`namespace: {}` makes two resources the same: {id}", args.namespace.value)
    };
    let mut diagnostic = Diagnostic::error(args.namespace.origin, cause);
    for (origin, name) in before.into_iter().flatten() {
        diagnostic = diagnostic.related(origin, format!("was `{name}`"));
    }
    diagnostic.help(if is_namespace {
        "keep Namespace objects in a kustomization of their own, without `namespace:`"
    } else {
        "give them different names"
    })
}

fn set_in(args: &Namespace<'_>, specs: &FieldSpecs, resource: &mut Resource) -> Result<(), Fault> {
    let gvk = resource.id().gvk.clone();
    let origin = args.namespace.origin.via(Via::Namespace);
    if !resource.id().is_cluster_scoped() {
        let spec = FieldSpec::new(Gvk::default(), "metadata/namespace", true);
        spec.visit(resource.node_mut(), Create::Scalar, origin, &mut |node| args.set(node))?;
    }
    let is_binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
    if is_binding {
        set_subjects(args, resource.node_mut())?;
    }
    for spec in specs.iter().filter(|spec| spec.applies_to(&gvk)) {
        let path = spec.path.as_str();
        let handled = path == "metadata/namespace"
            || (path == "metadata/name" && gvk.api_version() != "v1")
            || (is_binding && spec.gvk.kind.ends_with("Binding") && path == "subjects/namespace");
        if !handled && (spec.create || spec.any(resource.node(), &mut |_| true)) {
            spec.visit(resource.node_mut(), Create::Scalar, origin, &mut |node| args.set(node))?;
        }
    }
    Ok(())
}

fn set_subjects(args: &Namespace<'_>, node: &mut Node) -> Result<(), Fault> {
    let concerned = |subject: &Node| match args.subjects {
        Subjects::None => false,
        Subjects::DefaultOnly => subject.str_at(&["name"]) == Some("default"),
        Subjects::AllServiceAccounts => subject.str_at(&["kind"]) == Some("ServiceAccount"),
    };
    let subjects = node.get("subjects").filter(|subjects| !subjects.is_null());
    let Some(subjects) = subjects.filter(|_| args.subjects != Subjects::None) else {
        return Ok(());
    };
    let wrong = |node: &Node, wanted: &str| {
        Err(Fault::new(
            format!("`subjects` holds a {}, not {wanted}", node.type_name()),
            node.origin,
        ))
    };
    let subjects = match &subjects.value {
        Value::List(list) => list,
        Value::Unknown(_) => return Ok(()),
        _ => return wrong(subjects, "a list"),
    };
    let is_subject =
        |node: &Node| matches!(node.value, Value::Map(_) | Value::Null | Value::Unknown(_));
    if let Some(other) = subjects.iter().find(|subject| !is_subject(subject)) {
        return wrong(other, "maps");
    }
    if !subjects.iter().any(concerned) {
        return Ok(());
    }
    let subjects = node.as_map_mut().and_then(|map| map.get_mut("subjects"));
    for subject in subjects.and_then(Node::as_list_mut).into_iter().flat_map(ecow::EcoVec::make_mut)
    {
        if concerned(subject) {
            let origin = args.namespace.origin.via(Via::Namespace);
            if let Some(map) = subject.as_map_mut() {
                args.set(map.entry("namespace", || Node::string("", origin)))?;
            }
        }
    }
    Ok(())
}

/// What is added to names.
#[derive(Clone, Copy)]
pub(crate) enum Affix<'a> {
    Prefix(&'a Located<Text>),
    Suffix(&'a Located<Text>),
}

/// Adds a prefix or suffix to names (`PrefixTransformer`, `SuffixTransformer`).
///
/// # Errors
/// A spec leads into a scalar.
pub(crate) fn add(
    affix: Affix<'_>,
    specs: &FieldSpecs,
    resources: &mut Resources,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let (text, via) = match affix {
        Affix::Prefix(text) => (text, Via::NamePrefix),
        Affix::Suffix(text) => (text, Via::NameSuffix),
    };
    let origin = text.origin.via(via);
    for resource in resources.renaming() {
        let original = resource.original_id().gvk;
        if keeps_its_name(&original) {
            continue;
        }
        for spec in specs.iter().filter(|spec| is_selected(&original, &spec.gvk)) {
            if spec.path == "metadata/name" && !text.value.is_empty() {
                match affix {
                    Affix::Prefix(_) => resource.prefixes.push(text.value.clone()),
                    Affix::Suffix(_) => resource.suffixes.push(text.value.clone()),
                }
                resource.remember();
            }
            let mut set = |node: &mut Node| rename(node, affix, origin);
            let visited = spec.applies_to(&resource.id().gvk)
                && (spec.create || spec.any(resource.node(), &mut |_| true));
            if visited {
                spec.visit(resource.node_mut(), Create::Scalar, origin, &mut set)
                    .map_err(|fault| field_error(resource, &fault, text.origin))?;
            }
        }
        resource.refresh(schema);
    }
    Ok(Vec::new())
}

fn rename(node: &mut Node, affix: Affix<'_>, origin: Origin) -> Result<(), Fault> {
    if matches!(node.value, Value::Unknown(_)) {
        return Ok(());
    }
    let Some(old) = node.scalar_text() else {
        return Err(Fault::new("a name belongs into text", node.origin));
    };
    let name = match affix {
        Affix::Prefix(prefix) => format!("{}{old}", prefix.value),
        Affix::Suffix(suffix) => format!("{old}{}", suffix.value),
    };
    *node = Node::string(name, origin);
    Ok(())
}

/// Kinds whose names mean something outside the repository.
fn keeps_its_name(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
