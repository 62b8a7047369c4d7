//! A kustomization file, decoded: every field of kustomize 5.8.1 with the place it stands at.

use manifest::diagnostic::did_you_mean;
use manifest::{Diagnostic, Key, Node, Origin, Text};

use crate::decode::{Fields, Located};
use crate::order::Order;
use crate::replacement::Replacement;

mod entries;
mod generators;

pub(crate) use entries::{Image, Labels, Patch, Replica, Selector, Var};
use generators::decode_generated;
pub(crate) use generators::{Generated, GeneratedKind, GeneratorOptions};

/// File names of a kustomization; a directory has exactly one.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What kind of file it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Kind {
    #[default]
    Kustomization,
    Component,
}

/// One file. Lists keep the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) origin: Origin,
    pub(crate) kind: Kind,
    /// `resources`, then `bases`.
    pub(crate) resources: Vec<Located<Text>>,
    pub(crate) components: Vec<Located<Text>>,
    pub(crate) crds: Vec<Located<Text>>,
    pub(crate) configurations: Vec<Located<Text>>,
    pub(crate) generators: Vec<Located<Text>>,
    pub(crate) transformers: Vec<Located<Text>>,
    pub(crate) validators: Vec<Located<Text>>,
    pub(crate) openapi_path: Option<Located<Text>>,
    pub(crate) openapi_version: Option<Located<Text>>,
    pub(crate) namespace: Option<Located<Text>>,
    pub(crate) name_prefix: Option<Located<Text>>,
    pub(crate) name_suffix: Option<Located<Text>>,
    pub(crate) labels: Vec<Labels>,
    pub(crate) common_labels: Vec<(Key, Located<Text>)>,
    pub(crate) common_annotations: Vec<(Key, Located<Text>)>,
    pub(crate) generated: Vec<Generated>,
    pub(crate) patches_strategic_merge: Vec<Located<Text>>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) patches_json6902: Vec<Patch>,
    /// `images`, then `imageTags`.
    pub(crate) images: Vec<Image>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) replacements: Vec<Replacement>,
    pub(crate) vars: Vec<Var>,
    pub(crate) order: Option<Order>,
    pub(crate) build_metadata: Vec<Text>,
    /// The first entry of `helmCharts` or `helmChartInflationGenerator`.
    pub(crate) helm: Option<Origin>,
}

const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

/// Deprecated fields and what to write instead.
const DEPRECATED: [(&str, &str); 6] = [
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
];

impl Kustomization {
    /// Reads the file; what is wrong with it goes to `diagnostics`.
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Kustomization {
        let mut unknown = Vec::new();
        let fields = Fields::of(node, "a kustomization", FIELDS, &mut unknown);
        let Some(kind) = decode_kind(&fields, diagnostics) else {
            // What is wrong with its fields is beside the point.
            return Kustomization { origin: node.origin, ..Kustomization::default() };
        };
        diagnostics.append(&mut unknown);
        let d = diagnostics;
        warn(&fields, d);
        decode_metadata(&fields, d);
        let mut resources = fields.texts("resources", d);
        resources.extend(fields.texts("bases", d));
        let openapi =
            fields.get("openapi").map(|node| Fields::of(node, "openapi", &["path", "version"], d));
        let global = fields.get("generatorOptions").map(|node| GeneratorOptions::decode(node, d));
        let mut images: Vec<Image> = decode_list(&fields, "images", d, Image::decode);
        images.extend(decode_list(&fields, "imageTags", d, Image::decode));
        let helm = ["helmCharts", "helmChartInflationGenerator"]
            .iter()
            .find_map(|name| fields.list(name, d).first().map(|chart| chart.origin));
        Kustomization {
            origin: node.origin,
            kind,
            resources,
            components: fields.texts("components", d),
            crds: fields.texts("crds", d),
            configurations: fields.texts("configurations", d),
            generators: fields.texts("generators", d),
            transformers: fields.texts("transformers", d),
            validators: fields.texts("validators", d),
            openapi_path: openapi.as_ref().and_then(|fields| fields.located("path", d)),
            openapi_version: openapi.as_ref().and_then(|fields| fields.located("version", d)),
            namespace: fields.located("namespace", d),
            name_prefix: fields.located("namePrefix", d),
            name_suffix: fields.located("nameSuffix", d),
            labels: decode_list(&fields, "labels", d, Labels::decode),
            common_labels: fields.text_map("commonLabels", d),
            common_annotations: fields.text_map("commonAnnotations", d),
            generated: decode_generated(&fields, global.as_ref(), d),
            patches_strategic_merge: fields.texts("patchesStrategicMerge", d),
            patches: decode_list(&fields, "patches", d, Patch::decode),
            patches_json6902: decode_list(&fields, "patchesJson6902", d, Patch::decode),
            images,
            replicas: decode_list(&fields, "replicas", d, Replica::decode),
            replacements: decode_list(&fields, "replacements", d, Replacement::decode),
            vars: decode_list(&fields, "vars", d, Var::decode),
            order: fields.get("sortOptions").map(|node| decode_order(node, d)),
            build_metadata: texts(fields.texts("buildMetadata", d)),
            helm,
        }
    }

    /// Whether a `buildMetadata` option is set.
    pub(crate) fn has_metadata(&self, option: &str) -> bool {
        self.build_metadata.iter().any(|there| there == option)
    }
}

fn decode_list<T>(
    fields: &Fields<'_>,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
    decode: impl Fn(&Node, &mut Vec<Diagnostic>) -> T,
) -> Vec<T> {
    fields.list(name, diagnostics).iter().map(|item| decode(item, diagnostics)).collect()
}

fn texts(located: Vec<Located<Text>>) -> Vec<Text> {
    located.into_iter().map(|text| text.value).collect()
}

/// Warns of what works, but hardly as meant.
fn warn(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (old, new) in DEPRECATED {
        if let Some(node) = fields.get(old) {
            let cause = format!("`{old}` is deprecated");
            diagnostics.push(Diagnostic::warning(node.origin, cause).help(format!("use `{new}`")));
        }
    }
    let known = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
    let options = fields.get("buildMetadata").and_then(Node::as_list).unwrap_or_default();
    for option in options {
        let Some(text) = option.as_str().filter(|text| !known.contains(text)) else { continue };
        let cause = format!("`buildMetadata` has no option `{text}`");
        diagnostics
            .push(Diagnostic::warning(option.origin, cause).help_if(did_you_mean(text, known)));
    }
}

/// The kind of the file; `None` where it is no kustomization at all.
fn decode_kind(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Kind> {
    let version = fields.located("apiVersion", diagnostics);
    let is_flux =
        version.as_ref().is_some_and(|v| v.value.starts_with("kustomize.toolkit.fluxcd.io/"));
    let kind = match fields.located("kind", diagnostics) {
        None => Kind::Kustomization,
        Some(kind) if kind.value == "Component" => Kind::Component,
        Some(kind) if kind.value == "Kustomization" && !is_flux => Kind::Kustomization,
        Some(kind) => {
            let flux = if is_flux { " of Flux" } else { "" };
            let cause =
                format!("a {}{flux} stands where a kustomization of kustomize should", kind.value);
            let help = "list its file under `resources` of a kustomization.yaml";
            diagnostics.push(Diagnostic::error(kind.origin, cause).help(help));
            return None;
        }
    };
    let wanted = match kind {
        Kind::Kustomization => "kustomize.config.k8s.io/v1beta1",
        Kind::Component => "kustomize.config.k8s.io/v1alpha1",
    };
    if let Some(version) = version.filter(|version| version.value != wanted) {
        let cause = format!("apiVersion `{}` of a {kind:?} is not known", version.value);
        let help = format!("write `{wanted}`");
        diagnostics.push(Diagnostic::error(version.origin, cause).help(help));
    }
    Some(kind)
}

fn decode_metadata(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(metadata) = fields.get("metadata") else { return };
    const METADATA: &[&str] = &["name", "namespace", "labels", "annotations"];
    let metadata = Fields::of(metadata, "metadata", METADATA, diagnostics);
    metadata.text("name", diagnostics);
    metadata.text_map("labels", diagnostics);
    metadata.text_map("annotations", diagnostics);
}

fn decode_order(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Order {
    let fields = Fields::of(node, "sortOptions", &["order", "legacySortOptions"], diagnostics);
    let lists = fields.get("legacySortOptions");
    let order = fields.located("order", diagnostics);
    match (order.as_ref().map_or("", |order| order.value.as_str()), lists) {
        ("legacy", None) => Order::legacy(),
        ("legacy", Some(lists)) => {
            let names = &["orderFirst", "orderLast"];
            let fields = Fields::of(lists, "legacySortOptions", names, diagnostics);
            let mut kinds =
                |name| fields.texts(name, diagnostics).into_iter().map(|kind| kind.value).collect();
            Order::Legacy { first: kinds("orderFirst"), last: kinds("orderLast") }
        }
        ("fifo", None) => Order::Fifo,
        ("fifo", Some(lists)) => {
            let cause = "`legacySortOptions` goes with `order: legacy` only";
            diagnostics.push(Diagnostic::error(lists.origin, cause));
            Order::Fifo
        }
        ("", _) if node.as_map().is_none() => Order::Fifo,
        (other, _) => {
            let cause = format!("`sortOptions.order` is `{other}`");
            diagnostics
                .push(Diagnostic::error(fields.origin, cause).help("it is `fifo` or `legacy`"));
            Order::Fifo
        }
    }
}
