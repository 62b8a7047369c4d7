//! What the expressions of policies may name (apiserver's `admission/plugin/cel/compile.go`).

use std::sync::{Arc, LazyLock};

use expression::shape::{FieldShape, Merge, ObjectShape, Shape, ShapeKind};
use expression::{Environment, Type};
use manifest::Text;

fn object(name: &str, fields: Vec<(&str, ShapeKind)>) -> ShapeKind {
    let fields = fields.into_iter().map(|(key, kind)| FieldShape {
        name: key.into(),
        key: key.into(),
        shape: Arc::new(Shape { nullable: true, ..Shape::new(kind, 2) }),
    });
    ShapeKind::Object(Arc::new(ObjectShape { name: name.into(), fields: fields.collect() }))
}

fn list(items: ShapeKind) -> ShapeKind {
    ShapeKind::List { items: Arc::new(Shape::new(items, 2)), merge: Merge::Atomic }
}

fn map(values: ShapeKind) -> ShapeKind {
    ShapeKind::Map(Arc::new(Shape::new(values, 2)))
}

/// The form of `request`.
pub(super) static REQUEST: LazyLock<Arc<Shape>> = LazyLock::new(|| {
    let text = || ShapeKind::String;
    let kind = || {
        let fields = vec![("group", text()), ("version", text()), ("kind", text())];
        object("kubernetes.GroupVersionKind", fields)
    };
    let resource = || {
        let fields = vec![("group", text()), ("version", text()), ("resource", text())];
        object("kubernetes.GroupVersionResource", fields)
    };
    let user = vec![
        ("username", text()),
        ("uid", text()),
        ("groups", list(text())),
        ("extra", map(list(text()))),
    ];
    let request = vec![
        ("kind", kind()),
        ("resource", resource()),
        ("subResource", text()),
        ("requestKind", kind()),
        ("requestResource", resource()),
        ("requestSubResource", text()),
        ("name", text()),
        ("namespace", text()),
        ("operation", text()),
        ("userInfo", object("kubernetes.UserInfo", user)),
        ("dryRun", ShapeKind::Bool),
        ("options", ShapeKind::Dyn),
    ];
    Arc::new(Shape::new(object("kubernetes.AdmissionRequest", request), 2))
});

/// The form of `namespaceObject`.
pub(super) static NAMESPACE: LazyLock<Arc<Shape>> = LazyLock::new(|| {
    let text = || ShapeKind::String;
    let metadata = vec![
        ("name", text()),
        ("generateName", text()),
        ("namespace", text()),
        ("labels", map(text())),
        ("annotations", map(text())),
        ("UID", text()),
        ("creationTimestamp", ShapeKind::DateTime),
        ("deletionGracePeriodSeconds", ShapeKind::Int),
        ("deletionTimestamp", ShapeKind::DateTime),
        ("generation", ShapeKind::Int),
        ("resourceVersion", text()),
        ("finalizers", list(text())),
    ];
    let condition = vec![
        ("status", text()),
        ("type", text()),
        ("lastTransitionTime", ShapeKind::DateTime),
        ("message", text()),
        ("reason", text()),
    ];
    let condition = object("kubernetes.NamespaceCondition", condition);
    let status = vec![("conditions", list(condition)), ("phase", text())];
    let namespace = vec![
        ("metadata", object("kubernetes.NamespaceMetadata", metadata)),
        ("spec", object("kubernetes.NamespaceSpec", vec![("finalizers", list(text()))])),
        ("status", object("kubernetes.NamespaceStatus", status)),
    ];
    let kind = object("kubernetes.Namespace", namespace);
    Arc::new(Shape { nullable: true, ..Shape::new(kind, 2) })
});

/// What there is: the object before and after, its namespace, the request, and `params` where the
/// policy has them.
pub(super) fn base(has_params: bool) -> Environment {
    let environment = Environment::new()
        .with("object", Type::Dyn)
        .with("oldObject", Type::Dyn)
        .with("namespaceObject", NAMESPACE.to_type())
        .with("request", REQUEST.to_type());
    if has_params { environment.with("params", Type::Dyn) } else { environment }
}

/// The same with variables; what is no variable is an undefined field.
pub(super) fn with_variables(environment: Environment, variables: &[(Text, Type)]) -> Environment {
    let none = ObjectShape { name: "kubernetes.variables".into(), fields: Vec::new() };
    let environment = environment.with("variables", Type::Object(Arc::new(none)));
    variables.iter().fold(environment, |environment, (name, of)| {
        environment.with(&format!("variables.{name}"), of.clone())
    })
}
