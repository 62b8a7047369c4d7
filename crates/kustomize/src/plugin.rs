//! `generators`, `transformers` and `validators`: configurations of the built-in plugins, from files
//! or written in place (`api/internal/plugins/loader`).

use manifest::yaml::{Flavor, Reader};
use manifest::{Diagnostic, Node, Text};

use crate::accumulate::Accumulated;
use crate::builder::{Builder, Failed};
use crate::config::decode_specs;
use crate::decode::{Fields, Located, all_text};
use crate::fieldspec::FieldSpecs;
use crate::kustomization::{Generated, GeneratedKind, Image, Patch, Replica, Selector};
use crate::metadata::{self, Tracked};
use crate::replacement;
use crate::replacement::Replacement;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::transform::{images, labels, load_replacement_file, names, patches, replicas};

mod value_add;

/// The apiVersion of configurations for built-in plugins.
const BUILT_IN: &str = "builtin";

/// Runs the generators that `entries` configure.
pub(crate) fn generate(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
    accumulated: &mut Accumulated,
    tracked: Option<&Tracked>,
) -> Result<(), Failed> {
    for plugin in load(builder, directory, entries, tracked)? {
        let config = plugin.node().clone();
        let resources = match kind_of(builder, &plugin)?.as_str() {
            "ConfigMapGenerator" => {
                vec![generated(builder, directory, &config, GeneratedKind::ConfigMap)?]
            }
            "SecretGenerator" => {
                vec![generated(builder, directory, &config, GeneratedKind::Secret)?]
            }
            "IAMPolicyGenerator" => vec![service_account(builder, &config)?],
            other => return Err(not_a(builder, &plugin, other, "generator")),
        };
        for mut resource in resources {
            if let Some(tracked) = tracked {
                tracked.mark_origin(&mut resource, &tracked.configured_by(&plugin));
            }
            let absorbed = accumulated.resources.absorb(resource, builder.schema());
            absorbed.map_err(|diagnostic| builder.fail(diagnostic))?;
        }
    }
    Ok(())
}

/// Runs the transformers that `entries` configure.
pub(crate) fn transform(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
    accumulated: &mut Accumulated,
    tracked: Option<&Tracked>,
) -> Result<(), Failed> {
    for plugin in load(builder, directory, entries, tracked)? {
        run(builder, directory, &plugin, &mut accumulated.resources)?;
        if let Some(tracked) = tracked {
            let configured = tracked.configured_by(&plugin);
            tracked.mark_transformed(accumulated.resources.iter_mut(), &configured);
        }
        accumulated.resources.retain(|resource| !resource.is_empty());
    }
    Ok(())
}

/// Runs transformers as validators: they must not change anything but the `validated-by` label.
pub(crate) fn validate(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
    accumulated: &mut Accumulated,
    tracked: Option<&Tracked>,
) -> Result<(), Failed> {
    const VALIDATED_BY: &str = "validated-by";
    for plugin in load(builder, directory, entries, tracked)? {
        let before = accumulated.resources.clone();
        run(builder, directory, &plugin, &mut accumulated.resources)?;
        let without_label = |resource: &Resource| {
            let mut copy = resource.clone();
            let mut labels = copy.metadata_texts("labels");
            if labels.iter().any(|(key, _)| key.as_str() == VALIDATED_BY) {
                labels.retain(|(key, _)| key.as_str() != VALIDATED_BY);
                copy.set_metadata_texts("labels", labels);
            }
            copy.into_node()
        };
        let after = &accumulated.resources;
        let same = before.len() == after.len()
            && before.iter().zip(after.iter()).all(|(old, new)| *old.node() == without_label(new));
        if !same {
            let cause = format!("the validator {} changes resources", plugin.id());
            let diagnostic = Diagnostic::error(plugin.origin(), cause)
                .help("list it under `transformers` if it should");
            return Err(builder.fail(diagnostic));
        }
    }
    Ok(())
}

/// The configurations: objects written in an entry first, then those in files and directories.
fn load(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
    tracked: Option<&Tracked>,
) -> Result<Vec<Resource>, Failed> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut plugins = Accumulated {
        resources: Resources::new(),
        config: crate::config::Config::empty(),
        vars: Vec::new(),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let file = entry.origin.file();
        let read = Reader::new().read(entry.value.as_bytes(), file, Flavor::Resource);
        let Some(nodes) = read.ok().and_then(|nodes| metadata::resources(&nodes).ok()) else {
            paths.push(entry.clone());
            continue;
        };
        for mut node in nodes {
            node.shift_lines(entry.origin.line());
            let mut resources = [Resource::new(node, builder.schema())];
            if let Some(tracked) = tracked {
                let name = builder.kustomization_name(directory);
                tracked.mark_file(&mut resources, &name);
            }
            for resource in resources {
                let appended = plugins.resources.append(resource);
                appended.map_err(|diagnostic| builder.fail(diagnostic))?;
            }
        }
    }
    builder.add_resources(directory, &paths, &mut plugins, tracked)?;
    Ok(plugins.resources.into_vec())
}

fn kind_of(builder: &mut Builder<'_>, plugin: &Resource) -> Result<Text, Failed> {
    let gvk = &plugin.id().gvk;
    if gvk.group.is_empty() && gvk.version == BUILT_IN {
        return Ok(gvk.kind.clone());
    }
    let cause = format!("{} is no built-in plugin", plugin.id());
    let help =
        "KRM functions and exec plugins are not run yet; built-in ones have `apiVersion: builtin`";
    Err(builder.fail(Diagnostic::error(plugin.origin(), cause).help(help)))
}

fn not_a(builder: &mut Builder<'_>, plugin: &Resource, kind: &str, what: &str) -> Failed {
    let cause = format!("there is no built-in {what} `{kind}`");
    builder.fail(Diagnostic::error(plugin.origin(), cause))
}

fn decoded<T>(
    builder: &mut Builder<'_>,
    decode: impl FnOnce(&mut Vec<Diagnostic>) -> T,
) -> Result<T, Failed> {
    let mut diagnostics = Vec::new();
    let value = decode(&mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.into_iter().for_each(|diagnostic| drop(builder.fail(diagnostic)));
        return Err(Failed);
    }
    Ok(value)
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

/// What a transformer's configuration asks for.
fn run(
    builder: &mut Builder<'_>,
    directory: &str,
    plugin: &Resource,
    resources: &mut Resources,
) -> Result<(), Failed> {
    let node = plugin.node().clone();
    match kind_of(builder, plugin)?.as_str() {
        "AnnotationsTransformer" => {
            let (pairs, specs) = pairs(builder, &node, "annotations")?;
            let done = labels::set_annotations(&pairs, &specs, resources);
            builder.check(done)
        }
        "LabelTransformer" => {
            let (pairs, specs) = pairs(builder, &node, "labels")?;
            let done = labels::set_labels(&pairs, &specs, resources);
            builder.check(done)
        }
        "HashTransformer" => {
            crate::hash::add_to_names(resources);
            Ok(())
        }
        "ImageTagTransformer" => {
            let (image, specs) = decoded(builder, |d| {
                let fields = Fields::lenient(&node, &["imageTag", "fieldSpecs"], d);
                let nothing = Node::default();
                let image = all_text(fields.get("imageTag").unwrap_or(&nothing));
                let image = Image::decode(&image, d);
                (image, decode_specs(&fields, "fieldSpecs", d))
            })?;
            let done = images::set(&image, &specs, resources);
            builder.check(done)
        }
        "ReplicaCountTransformer" => {
            let (replica, specs) = decoded(builder, |d| {
                let fields = Fields::lenient(&node, &["replica", "fieldSpecs"], d);
                let nothing = Node::default();
                let replica = Replica::decode(fields.get("replica").unwrap_or(&nothing), d);
                (replica, decode_specs(&fields, "fieldSpecs", d))
            })?;
            let done = replicas::set(&replica, &specs, resources);
            builder.check(done)
        }
        "NamespaceTransformer" => namespace(builder, &node, resources),
        "PrefixTransformer" => affix(builder, &node, resources, &["prefix"]),
        "SuffixTransformer" => affix(builder, &node, resources, &["suffix"]),
        "PrefixSuffixTransformer" => affix(builder, &node, resources, &["prefix", "suffix"]),
        "PatchTransformer" => patch(builder, directory, &node, resources, "patch"),
        "PatchJson6902Transformer" => patch(builder, directory, &node, resources, "jsonOp"),
        "PatchStrategicMergeTransformer" => strategic(builder, directory, &node, resources),
        "ReplacementTransformer" => replacements(builder, directory, &node, resources),
        "ValueAddTransformer" => value_add::run(builder, directory, &node, resources),
        other => Err(not_a(builder, plugin, other, "transformer")),
    }
}

type Pairs = Vec<(manifest::Key, Located<Text>)>;

fn pairs(
    builder: &mut Builder<'_>,
    node: &Node,
    name: &'static str,
) -> Result<(Pairs, FieldSpecs), Failed> {
    decoded(builder, |d| {
        let fields = Fields::lenient(node, &[name, "fieldSpecs"], d);
        (fields.text_map(name, d), decode_specs(&fields, "fieldSpecs", d))
    })
}

fn namespace(
    builder: &mut Builder<'_>,
    node: &Node,
    resources: &mut Resources,
) -> Result<(), Failed> {
    let nothing = Node::default();
    let known = &["fieldSpecs", "unsetOnly", "setRoleBindingSubjects"];
    let metadata = node.get("metadata").unwrap_or(&nothing);
    let (namespace, unset_only, subjects, specs) = decoded(builder, |d| {
        let metadata = Fields::lenient(metadata, &["namespace"], d);
        let fields = Fields::lenient(node, known, d);
        let subjects = fields.located("setRoleBindingSubjects", d);
        let subjects = match subjects.as_ref().map_or("", |s| s.value.as_str()) {
            "" | "defaultOnly" => names::Subjects::DefaultOnly,
            "allServiceAccounts" => names::Subjects::AllServiceAccounts,
            "none" => names::Subjects::None,
            other => {
                let cause = format!("`setRoleBindingSubjects` is `{other}`");
                d.push(
                    Diagnostic::error(node.origin, cause)
                        .help("it is `defaultOnly`, `allServiceAccounts` or `none`"),
                );
                names::Subjects::None
            }
        };
        (
            metadata.located("namespace", d),
            fields.bool("unsetOnly", d).unwrap_or_default(),
            subjects,
            decode_specs(&fields, "fieldSpecs", d),
        )
    })?;
    let Some(namespace) = namespace else { return Ok(()) };
    let args = names::Namespace { namespace: &namespace, unset_only, subjects };
    let done = names::set_namespace(&args, &specs, resources, builder.schema());
    builder.check(done)
}

fn affix(
    builder: &mut Builder<'_>,
    node: &Node,
    resources: &mut Resources,
    which: &[&'static str],
) -> Result<(), Failed> {
    for name in which {
        let (text, specs, has_specs) = decoded(builder, |d| {
            let fields = Fields::lenient(node, &[*name, "fieldSpecs"], d);
            let text = fields.located(name, d).unwrap_or_default();
            (text, decode_specs(&fields, "fieldSpecs", d), fields.get("fieldSpecs").is_some())
        })?;
        if !has_specs {
            let diagnostic = Diagnostic::error(node.origin, "`fieldSpecs` is missing");
            return Err(builder.fail(diagnostic));
        }
        let affix = match *name {
            "prefix" => names::Affix::Prefix(&text),
            _ => names::Affix::Suffix(&text),
        };
        let done = names::add(affix, &specs, resources, builder.schema());
        builder.check(done)?;
    }
    Ok(())
}

fn patch(
    builder: &mut Builder<'_>,
    directory: &str,
    node: &Node,
    resources: &mut Resources,
    text: &'static str,
) -> Result<(), Failed> {
    let entry = decoded(builder, |d| {
        let fields = Fields::lenient(node, &["path", text, "target", "options"], d);
        let option =
            |name: &str| fields.get("options").and_then(|o| o.get(name)).and_then(Node::as_bool);
        Patch {
            origin: node.origin,
            path: fields.located("path", d),
            patch: fields.located(text, d),
            target: fields.get("target").map(|target| Selector::decode(&all_text(target), d)),
            allow_name_change: option("allowNameChange").unwrap_or_default(),
            allow_kind_change: option("allowKindChange").unwrap_or_default(),
        }
    })?;
    let loaded = match text {
        "jsonOp" => patches::load_json(builder, directory, &[entry])?,
        _ => vec![patches::load(builder, directory, &entry)?],
    };
    for patch in &loaded {
        let done = patches::apply(patch, resources, builder.schema());
        builder.check(done)?;
    }
    Ok(())
}

fn strategic(
    builder: &mut Builder<'_>,
    directory: &str,
    node: &Node,
    resources: &mut Resources,
) -> Result<(), Failed> {
    let entries = decoded(builder, |d| {
        let fields = Fields::lenient(node, &["paths", "patches"], d);
        let mut entries = fields.texts("paths", d);
        entries.extend(fields.located("patches", d));
        entries
    })?;
    if entries.is_empty() {
        return Err(builder.fail(Diagnostic::error(node.origin, "there is no path and no patch")));
    }
    let loaded = patches::load_strategic(builder, directory, &entries)?;
    let done = patches::apply_strategic(&loaded, resources, builder.schema());
    builder.check(done)
}

fn replacements(
    builder: &mut Builder<'_>,
    directory: &str,
    node: &Node,
    resources: &mut Resources,
) -> Result<(), Failed> {
    let entries = decoded(builder, |d| {
        let fields = Fields::lenient(node, &["replacements"], d);
        let items = fields.list("replacements", d).iter();
        items.map(|item| Replacement::decode(item, d)).collect::<Vec<_>>()
    })?;
    let mut loaded = Vec::new();
    for entry in entries {
        match entry.path() {
            Some(path) => loaded.extend(load_replacement_file(builder, directory, path)?),
            None => loaded.push(entry),
        }
    }
    let done = replacement::apply(&loaded, resources, builder.schema());
    builder.check(done)
}
