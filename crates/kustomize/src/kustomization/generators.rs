//! Generators of ConfigMaps and Secrets, and their options.

use manifest::{Diagnostic, Key, Node, Origin, Text};

use crate::decode::{Fields, Located};
use crate::resource::Behavior;

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

pub(super) fn decode_generated(
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
