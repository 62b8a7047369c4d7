//! `replacements:`: a value copied from one field to others, or given as text
//! (`api/filters/replacement`, `api/types/replacement.go`).
//!
//! ```text
//! source ─ lookup ─▶ Copied ─ select, reject ─▶ resources ─ find ─▶ fields ─ put ─▶ written
//!                                                  └─ text that holds YAML or JSON ─ structured
//! ```
//!
//! What comes out is kustomize's, but for: text that is not of its target's type is refused at once,
//! even if a later replacement would overwrite it; a pattern whose item never fits it is refused,
//! where kustomize does not end; a name that `namePrefix` has changed stays text; and in YAML inside
//! of text, comments in brackets are dropped, and a copied value has neither the brackets nor the
//! single quotes that it had.

mod apply;
mod comments;
mod copied;
mod emit;
mod find;
mod layout;
mod lines;
mod path;
mod scalar;
mod select;
mod structured;

use manifest::{Diagnostic, Gvk, Node, Origin, Text};

use crate::decode::{Fields, Located};
use crate::kustomization::Selector;

pub(crate) use apply::apply;

/// An entry of `replacements`.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    origin: Origin,
    path: Option<Located<Text>>,
    source: Source,
    targets: Vec<Target>,
}

/// Where the value comes from.
#[derive(Clone, Debug)]
enum Source {
    Field(SourceField),
    /// `sourceValue`.
    Text(Located<Text>),
    /// Nothing was given; the entry is a `path`, or an error has been noted.
    Missing,
}

/// A field of a resource.
#[derive(Clone, Debug)]
struct SourceField {
    origin: Origin,
    gvk: Gvk,
    name: Text,
    namespace: Text,
    field_path: Located<Text>,
    options: FieldOptions,
}

/// Which fields of which resources it goes to.
#[derive(Clone, Debug)]
struct Target {
    select: Selector,
    reject: Vec<Selector>,
    field_paths: Vec<Located<Text>>,
    options: FieldOptions,
}

/// How to read or write a field.
#[derive(Clone, Debug, Default)]
struct FieldOptions {
    origin: Origin,
    /// Splits the text; empty for not at all.
    delimiter: Text,
    /// Which part of it.
    index: i64,
    /// Whether to make what is missing.
    create: bool,
}

const DEFAULT_FIELD: &str = "metadata.name";

/// Whether unknown fields are an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// They are: a kustomization file.
    Strict,
    /// They mean nothing, and a warning says so: a file of its own.
    Lenient,
}

impl Replacement {
    /// Reads an entry of a kustomization: a replacement, or the `path` of a file with some.
    pub(crate) fn decode(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Replacement {
        Replacement::decode_as(node, Strictness::Strict, diagnostics)
    }

    /// The file that has the replacements.
    pub(crate) fn path(&self) -> Option<&Located<Text>> {
        self.path.as_ref()
    }

    fn decode_as(node: &Node, how: Strictness, d: &mut Vec<Diagnostic>) -> Replacement {
        const FIELDS: &[&str] = &["source", "sourceValue", "targets", "path"];
        let fields = fields_of(node, "a replacement", FIELDS, how, d);
        let path = fields.located("path", d).filter(|_| how == Strictness::Strict);
        let listed = fields.get("targets").is_some();
        let targets: Vec<Target> =
            fields.list("targets", d).iter().map(|node| Target::decode(node, how, d)).collect();
        let field = fields.get("source").map(|node| SourceField::decode(node, how, d));
        let text = fields.get("sourceValue").and_then(|node| match node.as_str() {
            Some(text) => Some(Located::new(text.into(), node.origin)),
            None => {
                // Complains about anything but text.
                let _ = fields.text("sourceValue", d);
                None
            }
        });
        if let Some(path) = &path {
            if field.is_some() || !targets.is_empty() {
                let cause = "a replacement has a `path` or a source and targets, not both";
                d.push(Diagnostic::error(path.origin, cause).help("make two entries of it"));
            }
        } else if (field.is_none() && fields.get("sourceValue").is_none())
            || !listed
            // An empty list is lost on its way from a kustomization to its transformer.
            || (targets.is_empty() && how == Strictness::Strict)
        {
            let cause = "a replacement needs a source and at least one target";
            d.push(
                Diagnostic::error(node.origin, cause)
                    .help("write `source` or `sourceValue`, and `targets`"),
            );
        } else if let (Some(_), Some(text)) = (&field, &text) {
            let cause = "a replacement has a `source` or a `sourceValue`, not both";
            d.push(Diagnostic::error(text.origin, cause).help("remove one of them"));
        }
        let source = match (field, text) {
            (Some(field), _) => Source::Field(field),
            (None, Some(text)) => Source::Text(text),
            (None, None) => Source::Missing,
        };
        Replacement { origin: node.origin, path, source, targets }
    }
}

/// Reads the file that a `path` names: one replacement or a list of them.
pub(crate) fn decode_file(documents: &[Node], d: &mut Vec<Diagnostic>) -> Vec<Replacement> {
    let Some(node) = documents.first() else {
        let cause = "there is no replacement in the file that a `path` of `replacements` names";
        d.push(Diagnostic::error(Origin::NONE, cause).help("write one, or a list of them"));
        return Vec::new();
    };
    if let Some(list) = node.as_list() {
        list.iter().map(|node| Replacement::decode_as(node, Strictness::Lenient, d)).collect()
    } else if node.as_map().is_some() {
        vec![Replacement::decode_as(node, Strictness::Lenient, d)]
    } else {
        let cause = format!("a {} is no replacement", node.type_name());
        d.push(Diagnostic::error(node.origin, cause).help("write one, or a list of them"));
        Vec::new()
    }
}

/// The known fields of `node`; unknown ones as `how` says.
fn fields_of<'n>(
    node: &'n Node,
    what: &str,
    known: &[&'static str],
    how: Strictness,
    diagnostics: &mut Vec<Diagnostic>,
) -> Fields<'n> {
    let mut found = Vec::new();
    let fields = Fields::of(node, what, known, &mut found);
    let is_map = node.as_map().is_some();
    diagnostics.extend(found.into_iter().map(|diagnostic| match how {
        Strictness::Lenient if is_map => {
            Diagnostic { severity: manifest::Severity::Warning, ..diagnostic }
        }
        _ => diagnostic,
    }));
    fields
}

impl SourceField {
    fn decode(node: &Node, how: Strictness, d: &mut Vec<Diagnostic>) -> SourceField {
        const FIELDS: &[&str] =
            &["group", "version", "kind", "name", "namespace", "fieldPath", "options"];
        let fields = fields_of(node, "the source of a replacement", FIELDS, how, d);
        SourceField {
            origin: node.origin,
            gvk: fields.gvk(d),
            name: fields.text("name", d).unwrap_or_default(),
            namespace: fields.text("namespace", d).unwrap_or_default(),
            field_path: fields
                .located("fieldPath", d)
                .unwrap_or_else(|| Located::new(DEFAULT_FIELD.into(), node.origin)),
            options: FieldOptions::decode(fields.get("options"), how, d),
        }
    }
}

impl Target {
    fn decode(node: &Node, how: Strictness, d: &mut Vec<Diagnostic>) -> Target {
        const FIELDS: &[&str] = &["select", "reject", "fieldPaths", "options"];
        let fields = fields_of(node, "a target of a replacement", FIELDS, how, d);
        let select = fields.get("select");
        if select.is_none() {
            let cause = "a target of a replacement must select resources";
            d.push(
                Diagnostic::error(node.origin, cause).help("write `select`, e.g. with a `kind`"),
            );
        }
        let mut field_paths = fields.texts("fieldPaths", d);
        if field_paths.is_empty() {
            field_paths.push(Located::new(DEFAULT_FIELD.into(), node.origin));
        }
        Target {
            select: select.map(|node| selector(node, how, d)).unwrap_or_default(),
            reject: fields.list("reject", d).iter().map(|node| selector(node, how, d)).collect(),
            field_paths,
            options: FieldOptions::decode(fields.get("options"), how, d),
        }
    }
}

fn selector(node: &Node, how: Strictness, d: &mut Vec<Diagnostic>) -> Selector {
    let mut found = Vec::new();
    let selector = Selector::decode(node, &mut found);
    let is_unknown =
        |diagnostic: &Diagnostic| diagnostic.cause.starts_with("a selector has no field");
    d.extend(found.into_iter().map(|diagnostic| match how {
        Strictness::Lenient if is_unknown(&diagnostic) => {
            Diagnostic { severity: manifest::Severity::Warning, ..diagnostic }
        }
        _ => diagnostic,
    }));
    selector
}

impl FieldOptions {
    fn decode(node: Option<&Node>, how: Strictness, d: &mut Vec<Diagnostic>) -> FieldOptions {
        const FIELDS: &[&str] = &["delimiter", "index", "encoding", "create"];
        let Some(node) = node else { return FieldOptions::default() };
        let fields = fields_of(node, "the options of a replacement", FIELDS, how, d);
        if let Some(encoding) = fields.located("encoding", d) {
            let cause = "`encoding` of a replacement does nothing";
            d.push(Diagnostic::warning(encoding.origin, cause).help("remove it"));
        }
        FieldOptions {
            origin: node.origin,
            delimiter: fields.text("delimiter", d).unwrap_or_default(),
            index: fields.int("index", d).unwrap_or_default(),
            create: fields.bool("create", d).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
