//! The generators among the built-in plugins.

use manifest::{Diagnostic, Node};

use super::{decoded, kind_of, not_a};
use crate::builder::{Builder, Failed};
use crate::kustomization::{Generated, GeneratedKind};
use crate::resource::Resource;

/// What a generator's configuration asks for.
pub(super) fn run(
    builder: &mut Builder<'_>,
    directory: &str,
    plugin: &Resource,
) -> Result<Resource, Failed> {
    let config = plugin.node();
    match kind_of(builder, plugin)?.as_str() {
        "ConfigMapGenerator" => generated(builder, directory, config, GeneratedKind::ConfigMap),
        "SecretGenerator" => generated(builder, directory, config, GeneratedKind::Secret),
        "IAMPolicyGenerator" => service_account(builder, config),
        other => Err(not_a(builder, plugin, other, "generator")),
    }
}

fn generated(
    builder: &mut Builder<'_>,
    directory: &str,
    config: &Node,
    kind: GeneratedKind,
) -> Result<Resource, Failed> {
    let mut arguments = config.clone();
    if let Some(map) = arguments.as_map_mut() {
        let known = [
            "name",
            "namespace",
            "behavior",
            "literals",
            "files",
            "envs",
            "env",
            "options",
            "type",
        ];
        map.retain(|key, _| known.iter().any(|name| name.eq_ignore_ascii_case(key)));
    }
    let generated = decoded(builder, |d| {
        let mut generated = Generated::decode(&arguments, kind, &["type"], d);
        let of_object = |field| config.str_at(&["metadata", field]).unwrap_or_default();
        if generated.name.is_empty() {
            generated.name = of_object("name").into();
        }
        if generated.namespace.is_empty() {
            generated.namespace = of_object("namespace").into();
        }
        generated
    })?;
    crate::generate::generate(builder, directory, &generated)
}

/// The one thing that the IAMPolicyGenerator makes: a ServiceAccount bound to one of GKE's.
fn service_account(builder: &mut Builder<'_>, config: &Node) -> Result<Resource, Failed> {
    let text = |path: &[&str]| config.str_at(path).unwrap_or_default();
    if text(&["cloud"]) != "gke" {
        let cause = format!("the cloud `{}` is not known", text(&["cloud"]));
        return Err(builder.fail(Diagnostic::error(config.origin, cause).help("it is `gke`")));
    }
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        text(&["serviceAccount", "name"]),
        text(&["serviceAccount", "projectId"])
    );
    let string = |text: &str| Node::string(text, config.origin);
    let entry = |key: &str, node: Node| (manifest::Key::from(key), node);
    let map = |entries: Vec<(manifest::Key, Node)>| Node {
        value: entries.into_iter().collect(),
        origin: config.origin,
    };
    let annotations = map(vec![entry("iam.gke.io/gcp-service-account", string(&account))]);
    let mut metadata = vec![
        entry("annotations", annotations),
        entry("name", string(text(&["kubernetesService", "name"]))),
    ];
    let namespace = text(&["kubernetesService", "namespace"]);
    if !namespace.is_empty() {
        metadata.push(entry("namespace", string(namespace)));
    }
    let node = map(vec![
        entry("apiVersion", string("v1")),
        entry("kind", string("ServiceAccount")),
        entry("metadata", map(metadata)),
    ]);
    Ok(Resource::new(node, builder.schema()))
}
