//! Transformer configuration: kustomize's defaults, and what `configurations:` and `crds:` add.

use std::sync::{Arc, LazyLock};

use manifest::{Diagnostic, Gvk, Node};

use crate::decode::Fields;
use crate::fieldspec::{FieldSpec, FieldSpecs};

mod crds;
#[rustfmt::skip]
mod defaults;

pub(crate) use crds::config_of_crds;

/// Which fields every transformer touches (`builtinconfig.TransformerConfig`).
#[derive(Clone, Default, Debug)]
pub(crate) struct Config {
    pub(crate) name_prefix: FieldSpecs,
    pub(crate) name_suffix: FieldSpecs,
    pub(crate) namespace: FieldSpecs,
    pub(crate) common_labels: FieldSpecs,
    pub(crate) labels: FieldSpecs,
    pub(crate) template_labels: FieldSpecs,
    pub(crate) common_annotations: FieldSpecs,
    pub(crate) name_reference: Vec<BackReference>,
    pub(crate) var_reference: FieldSpecs,
    pub(crate) images: FieldSpecs,
    pub(crate) replicas: FieldSpecs,
}

/// Objects of one kind, and the fields of other kinds that name them.
#[derive(Clone, Debug)]
pub(crate) struct BackReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: FieldSpecs,
}

static DEFAULT: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::built_in()));

static EMPTY: LazyLock<Arc<Config>> = LazyLock::new(Arc::default);

fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk { group: group.into(), version: version.into(), kind: kind.into() }
}

fn specs(rows: &[defaults::Row]) -> FieldSpecs {
    let spec = |&(group, version, kind, path, create): &defaults::Row| {
        FieldSpec::new(gvk(group, version, kind), path, create)
    };
    FieldSpecs(rows.iter().map(spec).collect())
}

impl Config {
    /// kustomize's defaults.
    pub(crate) fn default_config() -> Arc<Config> {
        DEFAULT.clone()
    }

    /// No field specs at all: what a kustomization starts from.
    pub(crate) fn empty() -> Arc<Config> {
        EMPTY.clone()
    }

    /// `there` with what `more` adds. The order of merging shows: a spec for some kinds that is there
    /// stands in for a later one for all kinds, which is how `configurations:` restrict the defaults.
    ///
    /// # Errors
    /// See [`Config::merge`].
    pub(crate) fn merged(there: &Arc<Config>, more: &Arc<Config>) -> Result<Arc<Config>, String> {
        if Arc::ptr_eq(there, more) || Arc::ptr_eq(more, &EMPTY) {
            return Ok(there.clone());
        }
        if Arc::ptr_eq(there, &EMPTY) && Arc::ptr_eq(more, &DEFAULT) {
            return Ok(more.clone());
        }
        let mut merged = Config::clone(there);
        merged.merge(more)?;
        Ok(Arc::new(merged))
    }

    fn built_in() -> Config {
        let name_reference = defaults::NAME_REFERENCE
            .iter()
            .map(|&((group, version, kind), rows)| BackReference {
                target: gvk(group, version, kind),
                referrers: specs(rows),
            })
            .collect();
        let mut config = Config {
            name_prefix: specs(defaults::NAME_PREFIX),
            name_suffix: specs(defaults::NAME_SUFFIX),
            namespace: specs(defaults::NAMESPACE),
            common_labels: specs(defaults::COMMON_LABELS),
            labels: FieldSpecs::default(),
            template_labels: specs(defaults::TEMPLATE_LABELS),
            common_annotations: specs(defaults::COMMON_ANNOTATIONS),
            name_reference,
            var_reference: specs(defaults::VAR_REFERENCE),
            images: specs(defaults::IMAGES),
            replicas: specs(defaults::REPLICAS),
        };
        config.sort();
        config
    }

    /// This one and what `other` adds.
    ///
    /// # Errors
    /// Both speak of a field with another `create`.
    pub(crate) fn merge(&mut self, other: &Config) -> Result<(), String> {
        self.name_prefix.merge(&other.name_prefix)?;
        self.name_suffix.merge(&other.name_suffix)?;
        self.namespace.merge(&other.namespace)?;
        self.common_annotations.merge(&other.common_annotations)?;
        self.common_labels.merge(&other.common_labels)?;
        self.labels.merge(&other.labels)?;
        self.template_labels.merge(&other.template_labels)?;
        self.var_reference.merge(&other.var_reference)?;
        for reference in &other.name_reference {
            self.merge_reference(reference)?;
        }
        self.images.merge(&other.images)?;
        self.replicas.merge(&other.replicas)?;
        self.sort();
        Ok(())
    }

    fn merge_reference(&mut self, other: &BackReference) -> Result<(), String> {
        match self.name_reference.iter_mut().find(|there| there.target == other.target) {
            Some(there) => there.referrers.merge(&other.referrers),
            None => {
                self.name_reference.push(other.clone());
                Ok(())
            }
        }
    }

    fn lists(&mut self) -> [&mut FieldSpecs; 10] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ]
    }

    fn sort(&mut self) {
        for list in self.lists() {
            list.0.sort_by(|a, b| crate::order::by_kind(&a.gvk, &b.gvk));
        }
        self.name_reference.sort_by(|a, b| crate::order::by_kind(&a.target, &b.target));
    }

    /// Reads a file of `configurations:`.
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Config {
        const FIELDS: &[&str] = &[
            "namePrefix",
            "nameSuffix",
            "namespace",
            "commonLabels",
            "labels",
            "templateLabels",
            "commonAnnotations",
            "nameReference",
            "varReference",
            "images",
            "replicas",
        ];
        let fields = Fields::of(node, "a transformer configuration", FIELDS, diagnostics);
        let mut config = Config {
            name_prefix: decode_specs(&fields, "namePrefix", diagnostics),
            name_suffix: decode_specs(&fields, "nameSuffix", diagnostics),
            namespace: decode_specs(&fields, "namespace", diagnostics),
            common_labels: decode_specs(&fields, "commonLabels", diagnostics),
            labels: decode_specs(&fields, "labels", diagnostics),
            template_labels: decode_specs(&fields, "templateLabels", diagnostics),
            common_annotations: decode_specs(&fields, "commonAnnotations", diagnostics),
            name_reference: Vec::new(),
            var_reference: decode_specs(&fields, "varReference", diagnostics),
            images: decode_specs(&fields, "images", diagnostics),
            replicas: decode_specs(&fields, "replicas", diagnostics),
        };
        for item in fields.list("nameReference", diagnostics) {
            const FIELDS: &[&str] = &["group", "version", "kind", "fieldSpecs"];
            let fields = Fields::of(item, "a name reference", FIELDS, diagnostics);
            let referrers = decode_specs(&fields, "fieldSpecs", diagnostics);
            config
                .name_reference
                .push(BackReference { target: fields.gvk(diagnostics), referrers });
        }
        config.sort();
        config
    }
}

const SPEC: &[&str] = &["group", "version", "kind", "path", "create"];

/// Reads a list of field specs.
pub(crate) fn decode_specs(
    fields: &Fields<'_>,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> FieldSpecs {
    let items = fields.list(name, diagnostics);
    let spec = |item| {
        let known = if fields.takes_scalars() {
            Fields::lenient(item, SPEC, diagnostics)
        } else {
            Fields::of(item, "a field spec", SPEC, diagnostics)
        };
        let path = known.text("path", diagnostics).unwrap_or_default();
        let create = known.bool("create", diagnostics).unwrap_or_default();
        FieldSpec::new(known.gvk(diagnostics), &path, create)
    };
    FieldSpecs(items.iter().map(spec).collect())
}
