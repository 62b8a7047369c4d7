//! The entries of a kustomization's lists, but for the generators.

use manifest::{Diagnostic, Gvk, Key, Node, Origin, Text};

use crate::config::decode_specs;
use crate::decode::{Fields, Located};
use crate::fieldspec::FieldSpecs;

/// An entry of `labels`.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    pub(crate) pairs: Vec<(Key, Located<Text>)>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) fields: FieldSpecs,
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

impl Labels {
    pub(super) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Labels {
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
    pub(super) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Patch {
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
    pub(super) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Var {
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
