//! The built-in transformers, in kustomize's fixed order (`configureBuiltinTransformers`).

use manifest::{Diagnostic, Origin};

use crate::accumulated::Accumulated;
use crate::builder::{Builder, Failed};
use crate::fieldspec::{Fault, FieldSpec, FieldSpecs};
use crate::kustomization::{Image, Kustomization, Labels};
use crate::metadata::Tracked;
use crate::replacement::{self, Replacement};
use crate::resource::Resource;

pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod patches;
pub(crate) mod replicas;

/// What transformers read from files.
pub(crate) struct Loaded {
    strategic: Vec<patches::Strategic>,
    either: Vec<patches::Loaded>,
    json: Vec<patches::Loaded>,
    replacements: Vec<Replacement>,
}

/// Reads what the transformers need.
///
/// # Errors
/// Something cannot be read; all such things are reported.
pub(crate) fn load(
    builder: &mut Builder<'_>,
    directory: &str,
    k: &Kustomization,
) -> Result<Loaded, Failed> {
    let strategic = patches::load_strategic(builder, directory, &k.patches_strategic_merge);
    let either = patches::load_all(builder, directory, &k.patches);
    let json = patches::load_json(builder, directory, &k.patches_json6902);
    let replacements = load_replacements(builder, directory, &k.replacements);
    Ok(Loaded { strategic: strategic?, either: either?, json: json?, replacements: replacements? })
}

/// Runs the transformers that the kustomization's fields ask for.
///
/// # Errors
/// One of them fails.
pub(crate) fn run(
    builder: &mut Builder<'_>,
    directory: &str,
    (k, loaded): (&Kustomization, &Loaded),
    accumulated: &mut Accumulated,
    tracked: Option<&Tracked>,
) -> Result<(), Failed> {
    let mut steps = Steps { builder, directory, accumulated, tracked, failed: None };
    steps.run_each("PatchStrategicMergeTransformer", &loaded.strategic, |patch, b, a| {
        patches::apply_strategic(patch, &mut a.resources, b.schema())
    });
    for patch in &loaded.either {
        steps.run("PatchTransformer", |b, a| patches::apply(patch, &mut a.resources, b.schema()));
    }
    steps.check()?;
    names_and_labels(&mut steps, k)?;
    for patch in &loaded.json {
        steps.run("PatchJson6902Transformer", |b, a| {
            patches::apply(patch, &mut a.resources, b.schema())
        });
    }
    for replica in &k.replicas {
        steps.run("ReplicaCountTransformer", |_, a| {
            replicas::set(replica, &a.config.replicas, &mut a.resources)
        });
    }
    images(&mut steps, &k.images);
    steps.check()?;
    if !loaded.replacements.is_empty() {
        steps.run("ReplacementTransformer", |b, a| {
            replacement::apply(&loaded.replacements, &mut a.resources, b.schema())
        });
    }
    steps.check()
}

/// All entries look at the same resources: an image that is changed is still one.
fn images(steps: &mut Steps<'_, '_>, images: &[Image]) {
    if images.is_empty() {
        return;
    }
    let accumulated = &steps.accumulated;
    let holders = images::holders(&accumulated.config.images, &accumulated.resources);
    for image in images {
        steps.run("ImageTagTransformer", |_, a| {
            images::set(image, &a.config.images, &mut a.resources, &holders)
        });
    }
}

fn names_and_labels(steps: &mut Steps<'_, '_>, k: &Kustomization) -> Result<(), Failed> {
    if let Some(namespace) = &k.namespace {
        let args = names::Namespace::new(namespace);
        steps.run("NamespaceTransformer", |b, a| {
            names::set_namespace(&args, &a.config.namespace, &mut a.resources, b.schema())
        });
    }
    if let Some(prefix) = &k.name_prefix {
        let affix = names::Affix::Prefix(prefix);
        steps.run("PrefixTransformer", |b, a| {
            names::add(affix, &a.config.name_prefix, &mut a.resources, b.schema())
        });
    }
    if let Some(suffix) = &k.name_suffix {
        let affix = names::Affix::Suffix(suffix);
        steps.run("SuffixTransformer", |b, a| {
            names::add(affix, &a.config.name_suffix, &mut a.resources, b.schema())
        });
    }
    for entry in &k.labels {
        steps.run("LabelTransformer", |_, a| {
            let specs = label_specs(entry, a).map_err(|why| Diagnostic::error(k.origin, why))?;
            labels::set_labels(&entry.pairs, &specs, &mut a.resources)
        });
    }
    if !(k.labels.is_empty() && k.common_labels.is_empty()) {
        steps.run("LabelTransformer", |_, a| {
            labels::set_labels(&k.common_labels, &a.config.common_labels, &mut a.resources)
        });
    }
    if !k.common_annotations.is_empty() {
        steps.run("AnnotationsTransformer", |_, a| {
            let specs = &a.config.common_annotations;
            labels::set_annotations(&k.common_annotations, specs, &mut a.resources)
        });
    }
    steps.check()
}

/// The fields that an entry of `labels` touches.
fn label_specs(entry: &Labels, accumulated: &Accumulated) -> Result<FieldSpecs, String> {
    let config = &accumulated.config;
    let mut specs = entry.fields.clone();
    specs.merge(&config.labels)?;
    if entry.include_selectors {
        specs.merge(&config.common_labels)?;
        return Ok(specs);
    }
    if entry.include_templates {
        specs.merge(&config.template_labels)?;
    }
    specs.merge_one(&FieldSpec::new(manifest::Gvk::default(), "metadata/labels", true))?;
    Ok(specs)
}

fn load_replacements(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Replacement],
) -> Result<Vec<Replacement>, Failed> {
    let mut loaded = Vec::new();
    let mut failed = None;
    for entry in entries {
        let Some(path) = entry.path() else {
            loaded.push(entry.clone());
            continue;
        };
        match load_replacement_file(builder, directory, path) {
            Ok(more) => loaded.extend(more),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(loaded), Err)
}

pub(crate) fn load_replacement_file(
    builder: &mut Builder<'_>,
    directory: &str,
    path: &crate::decode::Located<manifest::Text>,
) -> Result<Vec<Replacement>, Failed> {
    let (file, content) = builder.load_file(directory, path)?;
    let documents =
        builder.documents(&file, &content, manifest::yaml::Flavor::Config, path.origin)?;
    let mut diagnostics = Vec::new();
    let replacements = replacement::decode_file(&documents, &mut diagnostics);
    match diagnostics.iter().any(Diagnostic::is_error) {
        true => Err(builder.fail_all(diagnostics)),
        false => {
            diagnostics.into_iter().for_each(|diagnostic| builder.warn(diagnostic));
            Ok(replacements)
        }
    }
}

/// What every step has at hand.
struct Steps<'s, 'b> {
    builder: &'s mut Builder<'b>,
    directory: &'s str,
    accumulated: &'s mut Accumulated,
    tracked: Option<&'s Tracked>,
    failed: Option<Failed>,
}

impl Steps<'_, '_> {
    /// Runs a transformer, notes it on the resources where the build tracks, and drops what it deleted.
    /// What follows up to the next [`Steps::check`] runs even where it fails: those errors do not
    /// depend on each other.
    fn run(
        &mut self,
        name: &str,
        step: impl FnOnce(&Builder<'_>, &mut Accumulated) -> Result<Vec<Diagnostic>, Diagnostic>,
    ) {
        let done = step(self.builder, self.accumulated);
        match self.builder.check(done) {
            Ok(()) => self.finish(name),
            Err(failed) => self.failed = Some(failed),
        }
    }

    /// Runs a transformer that takes all `items` at once.
    fn run_each<T>(
        &mut self,
        name: &str,
        items: &[T],
        step: impl Fn(&T, &Builder<'_>, &mut Accumulated) -> Result<Vec<Diagnostic>, Diagnostic>,
    ) {
        for item in items {
            let done = step(item, self.builder, self.accumulated);
            if let Err(failed) = self.builder.check(done) {
                self.failed = Some(failed);
            }
        }
        if !items.is_empty() {
            self.finish(name);
        }
    }

    fn finish(&mut self, name: &str) {
        if let Some(tracked) = self.tracked {
            let file = self.builder.kustomization_name(self.directory);
            let configured = tracked.configured(&file, name);
            tracked.mark_transformed(self.accumulated.resources.iter_mut(), &configured);
        }
        self.accumulated.resources.drop_empty();
    }

    /// Whether all steps so far have succeeded.
    fn check(&mut self) -> Result<(), Failed> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// An error about a field of `resource`, as a transformer at `at` met it.
pub(crate) fn field_error(resource: &Resource, fault: &Fault, at: Origin) -> Diagnostic {
    let cause = format!("{}: {}", resource.id(), fault.cause);
    let place = if fault.origin.is_some() { fault.origin } else { resource.origin() };
    Diagnostic::error(at, cause).related(place, "the field")
}
