//! `generators`, `transformers` and `validators`: configurations of the built-in plugins, from files
//! or written in place (`api/internal/plugins/loader`).

use manifest::{Diagnostic, Text};

use crate::accumulated::Accumulated;
use crate::builder::{Builder, Failed};
use crate::decode::Located;
use crate::inline;
use crate::metadata::Tracked;
use crate::resource::Resource;

mod generators;
mod transformers;
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
        let mut resource = generators::run(builder, directory, &plugin)?;
        if let Some(tracked) = tracked {
            tracked.mark_origin(&mut resource, &tracked.configured_by(&plugin));
        }
        let absorbed = accumulated.resources.absorb(resource, builder.schema());
        absorbed.map_err(|diagnostic| builder.fail(diagnostic))?;
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
        transformers::run(builder, directory, &plugin, &mut accumulated.resources)?;
        if let Some(tracked) = tracked {
            let configured = tracked.configured_by(&plugin);
            tracked.mark_transformed(accumulated.resources.iter_mut(), &configured);
        }
        accumulated.resources.drop_empty();
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
        transformers::run(builder, directory, &plugin, &mut accumulated.resources)?;
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
pub(crate) fn load(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
    tracked: Option<&Tracked>,
) -> Result<Vec<Resource>, Failed> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut plugins = Accumulated::new();
    let mut paths = Vec::new();
    for entry in entries {
        let nodes = match inline::objects(entry, &mut builder.schema) {
            Ok(Some(nodes)) => nodes,
            Ok(None) => {
                paths.push(entry.clone());
                continue;
            }
            Err(diagnostics) => return Err(builder.fail_all(diagnostics)),
        };
        for node in nodes {
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
    let help = match builder.options.enable_alpha_plugins {
        true => "KRM functions and exec plugins are not run yet",
        false => {
            "built-in ones have `apiVersion: builtin`; others need `--enable-alpha-plugins`, and \
             are not run yet"
        }
    };
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
        return Err(builder.fail_all(diagnostics));
    }
    Ok(value)
}
