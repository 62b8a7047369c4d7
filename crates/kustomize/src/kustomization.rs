//! A kustomization file, decoded: every field of kustomize 5.8.1 with the place it stands at.

use manifest::{Diagnostic, Gvk, Key, Node, Origin, Text};

use crate::config::decode_specs;
use crate::decode::{Fields, Located};
use crate::fieldspec::FieldSpecs;
use crate::order::Order;
use crate::replacement::Replacement;
use crate::resource::Behavior;

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

/// An entry of `labels`.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    pub(crate) pairs: Vec<(Key, Located<Text>)>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) fields: FieldSpecs,
}

/// Which kind a generator makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GeneratedKind {
    ConfigMap,
    Secret,
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) kind: GeneratedKind,
    pub(crate) origin: Origin,
    pub(crate) name: Text,
    pub(crate) namespace: Text,
    pub(crate) behavior: Behavior,
    pub(crate) literals: Vec<Located<Text>>,
    pub(crate) files: Vec<Located<Text>>,
    pub(crate) envs: Vec<Located<Text>>,
    pub(crate) options: GeneratorOptions,
    /// A Secret's type; empty for `Opaque`.
    pub(crate) secret_type: Text,
}

/// `generatorOptions`, or a generator's own `options`.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Vec<(Key, Located<Text>)>,
    pub(crate) annotations: Vec<(Key, Located<Text>)>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

/// Which resources something concerns; every text an anchored regular expression, empty for any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(crate) origin: Origin,
    pub(crate) gvk: Gvk,
    pub(crate) name: Text,
    pub(crate) namespace: Text,
    pub(crate) label_selector: Text,
    pub(crate) annotation_selector: Text,
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    pub(crate) origin: Origin,
    pub(crate) path: Option<Located<Text>>,
    pub(crate) patch: Option<Located<Text>>,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
}

/// An entry of `images`.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) origin: Origin,
    pub(crate) name: Text,
    pub(crate) new_name: Text,
    pub(crate) new_tag: Text,
    pub(crate) tag_suffix: Text,
    pub(crate) digest: Text,
}

/// An entry of `replicas`.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) origin: Origin,
    pub(crate) name: Text,
    pub(crate) count: i64,
}

/// An entry of `vars`.
#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) origin: Origin,
    pub(crate) name: Text,
    pub(crate) gvk: Gvk,
    pub(crate) object: Text,
    pub(crate) namespace: Text,
    /// `.`-separated; `metadata.name` where none is given.
    pub(crate) field_path: Text,
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
        let fields = Fields::of(node, "a kustomization", FIELDS, diagnostics);
        let d = diagnostics;
        let kind = decode_kind(&fields, d);
        for (old, new) in DEPRECATED {
            if let Some(node) = fields.get(old) {
                d.push(
                    Diagnostic::warning(node.origin, format!("`{old}` is deprecated"))
                        .help(format!("use `{new}`")),
                );
            }
        }
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
        let known = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
        let build_metadata = fields.texts("buildMetadata", d);
        for option in build_metadata.iter().filter(|o| !known.contains(&o.value.as_str())) {
            let cause = format!("`buildMetadata` has no option `{}`", option.value);
            d.push(
                Diagnostic::warning(option.origin, cause)
                    .help_if(manifest::diagnostic::did_you_mean(&option.value, known)),
            );
        }
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
            build_metadata: build_metadata.into_iter().map(|option| option.value).collect(),
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

fn decode_kind(fields: &Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Kind {
    let kind = match fields.located("kind", diagnostics) {
        None => Kind::Kustomization,
        Some(kind) if kind.value == "Kustomization" => Kind::Kustomization,
        Some(kind) if kind.value == "Component" => Kind::Component,
        Some(kind) => {
            let cause = format!("kind `{}` is no kustomization", kind.value);
            diagnostics.push(
                Diagnostic::error(kind.origin, cause).help("it is Kustomization or Component"),
            );
            Kind::Kustomization
        }
    };
    let wanted = match kind {
        Kind::Kustomization => "kustomize.config.k8s.io/v1beta1",
        Kind::Component => "kustomize.config.k8s.io/v1alpha1",
    };
    if let Some(version) = fields.located("apiVersion", diagnostics) {
        if version.value != wanted {
            let cause = format!("apiVersion `{}` of a {kind:?} is not known", version.value);
            let mut diagnostic = Diagnostic::error(version.origin, cause);
            diagnostic =
                diagnostic.help(if version.value.starts_with("kustomize.toolkit.fluxcd") {
                    "this is an object of Flux; list its file under `resources` of a kustomization"
                        .into()
                } else {
                    format!("write `{wanted}`")
                });
            diagnostics.push(diagnostic);
        }
    }
    if let Some(metadata) = fields.get("metadata") {
        const METADATA: &[&str] = &["name", "namespace", "labels", "annotations"];
        let metadata = Fields::of(metadata, "metadata", METADATA, diagnostics);
        metadata.text("name", diagnostics);
        metadata.text_map("labels", diagnostics);
        metadata.text_map("annotations", diagnostics);
    }
    kind
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
        (other, _) => {
            let cause = format!("`sortOptions.order` is `{other}`");
            diagnostics
                .push(Diagnostic::error(fields.origin, cause).help("it is `fifo` or `legacy`"));
            Order::Fifo
        }
    }
}

impl Labels {
    fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Labels {
        const FIELDS: &[&str] = &["pairs", "includeSelectors", "includeTemplates", "fields"];
        let fields = Fields::of(node, "an entry of `labels`", FIELDS, diagnostics);
        Labels {
            pairs: fields.text_map("pairs", diagnostics),
            include_selectors: fields.bool("includeSelectors", diagnostics).unwrap_or_default(),
            include_templates: fields.bool("includeTemplates", diagnostics).unwrap_or_default(),
            fields: decode_specs(&fields, "fields", diagnostics),
        }
    }
}

impl GeneratorOptions {
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> GeneratorOptions {
        const FIELDS: &[&str] = &["labels", "annotations", "disableNameSuffixHash", "immutable"];
        let fields = Fields::of(node, "generator options", FIELDS, diagnostics);
        GeneratorOptions {
            labels: fields.text_map("labels", diagnostics),
            annotations: fields.text_map("annotations", diagnostics),
            disable_name_suffix_hash: fields
                .bool("disableNameSuffixHash", diagnostics)
                .unwrap_or_default(),
            immutable: fields.bool("immutable", diagnostics).unwrap_or_default(),
        }
    }

    /// The options under a generator's own: its labels and annotations win, its `false` does not.
    fn merge_global(&mut self, global: &GeneratorOptions) {
        let merge = |own: &mut Vec<(Key, Located<Text>)>, more: &[(Key, Located<Text>)]| {
            for (key, value) in more {
                if !own.iter().any(|(there, _)| there == key) {
                    own.push((key.clone(), value.clone()));
                }
            }
        };
        merge(&mut self.labels, &global.labels);
        merge(&mut self.annotations, &global.annotations);
        self.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        self.immutable |= global.immutable;
    }
}

fn decode_generated(
    fields: &Fields<'_>,
    global: Option<&GeneratorOptions>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Generated> {
    let lists = [
        ("configMapGenerator", GeneratedKind::ConfigMap),
        ("secretGenerator", GeneratedKind::Secret),
    ];
    let mut result = Vec::new();
    for (name, kind) in lists {
        for item in fields.list(name, diagnostics) {
            let mut generated = Generated::decode(item, kind, &[], diagnostics);
            if let Some(global) = global {
                generated.options.merge_global(global);
            }
            result.push(generated);
        }
    }
    result
}

impl Generated {
    /// Reads an entry; `more` are names of fields that the caller reads by itself.
    pub(crate) fn decode(
        node: &Node,
        kind: GeneratedKind,
        more: &[&'static str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Generated {
        let mut known =
            vec!["name", "namespace", "behavior", "literals", "files", "envs", "env", "options"];
        known.extend(more);
        if kind == GeneratedKind::Secret {
            known.push("type");
        }
        let fields = Fields::of(node, "a generator", &known, diagnostics);
        let mut envs = fields.texts("envs", diagnostics);
        envs.extend(fields.located("env", diagnostics));
        let behavior = fields.located("behavior", diagnostics);
        let options = fields.get("options");
        Generated {
            kind,
            origin: node.origin,
            name: fields.text("name", diagnostics).unwrap_or_default(),
            namespace: fields.text("namespace", diagnostics).unwrap_or_default(),
            behavior: behavior.map_or(Behavior::Create, |behavior| match behavior.value.as_str() {
                "replace" => Behavior::Replace,
                "merge" => Behavior::Merge,
                "create" => Behavior::Create,
                other => {
                    let cause = format!("`behavior: {other}` is taken as `create`");
                    diagnostics.push(
                        Diagnostic::warning(behavior.origin, cause)
                            .help("it is `create`, `replace` or `merge`"),
                    );
                    Behavior::Create
                }
            }),
            literals: fields.texts("literals", diagnostics),
            files: fields.texts("files", diagnostics),
            envs,
            options: options
                .map(|node| GeneratorOptions::decode(node, diagnostics))
                .unwrap_or_default(),
            secret_type: fields.text("type", diagnostics).unwrap_or_default(),
        }
    }
}

impl Selector {
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Selector {
        const FIELDS: &[&str] = &[
            "group",
            "version",
            "kind",
            "name",
            "namespace",
            "labelSelector",
            "annotationSelector",
        ];
        let fields = Fields::of(node, "a selector", FIELDS, diagnostics);
        Selector {
            origin: node.origin,
            gvk: fields.gvk(diagnostics),
            name: fields.text("name", diagnostics).unwrap_or_default(),
            namespace: fields.text("namespace", diagnostics).unwrap_or_default(),
            label_selector: fields.text("labelSelector", diagnostics).unwrap_or_default(),
            annotation_selector: fields.text("annotationSelector", diagnostics).unwrap_or_default(),
        }
    }
}

impl Patch {
    fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Patch {
        const FIELDS: &[&str] = &["path", "patch", "target", "options"];
        const OPTIONS: &[&str] = &["allowNameChange", "allowKindChange"];
        let fields = Fields::of(node, "a patch", FIELDS, diagnostics);
        let options = fields
            .get("options")
            .map(|node| Fields::of(node, "the options of a patch", OPTIONS, diagnostics));
        let mut option = |name| {
            let fields = options.as_ref()?;
            fields.bool(name, diagnostics)
        };
        let allow_name_change = option("allowNameChange").unwrap_or_default();
        let allow_kind_change = option("allowKindChange").unwrap_or_default();
        Patch {
            origin: node.origin,
            path: fields.located("path", diagnostics),
            patch: fields.located("patch", diagnostics),
            target: fields.get("target").map(|node| Selector::decode(node, diagnostics)),
            allow_name_change,
            allow_kind_change,
        }
    }
}

impl Image {
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Image {
        const FIELDS: &[&str] = &["name", "newName", "newTag", "tagSuffix", "digest"];
        let fields = Fields::of(node, "an image", FIELDS, diagnostics);
        let mut text = |name| fields.text(name, diagnostics).unwrap_or_default();
        Image {
            origin: node.origin,
            name: text("name"),
            new_name: text("newName"),
            new_tag: text("newTag"),
            tag_suffix: text("tagSuffix"),
            digest: text("digest"),
        }
    }
}

impl Replica {
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Replica {
        let fields = Fields::of(node, "an entry of `replicas`", &["name", "count"], diagnostics);
        Replica {
            origin: node.origin,
            name: fields.text("name", diagnostics).unwrap_or_default(),
            count: fields.int("count", diagnostics).unwrap_or_default(),
        }
    }
}

impl Var {
    fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Var {
        const OBJECT: &[&str] = &["apiVersion", "group", "version", "kind", "name", "namespace"];
        let fields = Fields::of(node, "a var", &["name", "objref", "fieldref"], diagnostics);
        let nothing = Node::default();
        let object = fields.get("objref").unwrap_or(&nothing);
        let object = Fields::of(object, "objref", OBJECT, diagnostics);
        let field = fields.get("fieldref").unwrap_or(&nothing);
        let field = Fields::of(field, "fieldref", &["fieldPath"], diagnostics);
        let mut gvk = object.gvk(diagnostics);
        if let Some(api_version) = object.text("apiVersion", diagnostics) {
            let named = Gvk::new(&api_version, &gvk.kind);
            gvk.version = named.version;
            if api_version.contains('/') {
                gvk.group = named.group;
            }
        }
        Var {
            origin: node.origin,
            name: fields.text("name", diagnostics).unwrap_or_default(),
            gvk,
            object: object.text("name", diagnostics).unwrap_or_default(),
            namespace: object.text("namespace", diagnostics).unwrap_or_default(),
            field_path: field
                .text("fieldPath", diagnostics)
                .unwrap_or_else(|| "metadata.name".into()),
        }
    }
}
