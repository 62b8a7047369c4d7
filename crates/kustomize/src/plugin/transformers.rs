//! The transformers among the built-in plugins: the steps of a kustomization's own fields, with the
//! fields and field specs of a configuration.

use manifest::{Diagnostic, Node, Text};

use super::{decoded, kind_of, not_a, value_add};
use crate::builder::{Builder, Failed};
use crate::config::decode_specs;
use crate::decode::{Fields, Located, all_text};
use crate::fieldspec::FieldSpecs;
use crate::kustomization::{Image, Patch, Replica, Selector};
use crate::replacement::{self, Replacement};
use crate::resource::Resource;
use crate::resources::Resources;
use crate::transform::{images, labels, load_replacement_file, names, patches, replicas};

/// What a transformer's configuration asks for.
pub(super) fn run(
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
            let holders = images::holders(&specs, resources);
            let done = images::set(&image, &specs, resources, &holders);
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
    for patch in &loaded {
        let done = patches::apply_strategic(patch, resources, builder.schema());
        builder.check(done)?;
    }
    Ok(())
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
