//! What kustomize knows of types: which lists merge by which keys, and which kinds live in a
//! namespace.
//!
//! The built-in facts are a table of 8 KB, read once on first use. A build that names its own
//! `openapi: path` has a [`Schema`] of its own; nothing here is shared between builds but that table.

mod notes;
mod openapi;

use std::sync::{Arc, LazyLock};

use ecow::EcoString;
use manifest::FileName;
use rustc_hash::FxHashMap;

/// The facts of one build. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Arc<Facts>);

/// A type in the [`Schema`] that gave it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct TypeRef(u32);

#[derive(Clone, Default, Debug)]
struct Facts {
    types: Vec<Type>,
    /// Sorted by kind, then API version.
    kinds: Vec<Kind>,
    /// The types that a reference can name.
    names: FxHashMap<EcoString, TypeRef>,
    /// The types of lists that have one noted beside them, by file and line.
    notes: FxHashMap<(FileName, usize), TypeRef>,
}

/// One type: of a map (`fields`, `values`) or of a list (`elements`, `merge`).
#[derive(Clone, Default, Debug)]
struct Type {
    fields: Vec<(EcoString, TypeRef)>,
    /// The type of the values of all other fields.
    values: Option<TypeRef>,
    elements: Option<TypeRef>,
    /// The keys by which the list merges; none for a set of scalars.
    merge: Option<Vec<EcoString>>,
}

#[derive(Clone, Default, Debug)]
struct Kind {
    kind: EcoString,
    api_version: EcoString,
    root: Option<TypeRef>,
    namespaced: Option<bool>,
}

static BUILTIN: LazyLock<Schema> =
    LazyLock::new(|| Schema(Arc::new(parse(include_str!("schema/v1.21.2.txt")))));

impl Schema {
    /// What every kustomize v5 has built in: Kubernetes v1.21.2 and kustomize's own Kustomization.
    pub(crate) fn builtin() -> Schema {
        BUILTIN.clone()
    }

    /// The type of objects of this kind. `None` where nothing in them merges by keys: lists are
    /// replaced as a whole.
    pub(crate) fn root(&self, api_version: &str, kind: &str) -> Option<TypeRef> {
        self.kind(api_version, kind)?.root
    }

    /// The type of field `key`. `None` where nothing in the field merges, or it is not known.
    pub(crate) fn field(&self, of: TypeRef, key: &str) -> Option<TypeRef> {
        let ty = self.get(of)?;
        let field = ty.fields.iter().find(|(name, _)| name == key);
        field.map(|(_, field)| *field).or(ty.values)
    }

    /// The type of the elements of a list. `None` where nothing in them merges.
    pub(crate) fn elements(&self, of: TypeRef) -> Option<TypeRef> {
        self.get(of)?.elements
    }

    /// The keys by which a list merges, none for a set of scalars; `None` for a list that a patch
    /// replaces.
    pub(crate) fn list_merge(&self, of: TypeRef) -> Option<&[EcoString]> {
        self.get(of)?.merge.as_deref()
    }

    /// Whether objects of this kind live in a namespace; `None` where that is not known, as for all
    /// custom resources. What kustomize has computed beforehand wins over a schema of the build's own
    /// (kyaml/openapi `IsNamespaceScoped`).
    pub(crate) fn is_namespace_scoped(&self, api_version: &str, kind: &str) -> Option<bool> {
        let builtin = BUILTIN.kind(api_version, kind).and_then(|kind| kind.namespaced);
        builtin.or_else(|| self.kind(api_version, kind)?.namespaced)
    }

    /// Whether this kind is known to live outside of namespaces.
    pub(crate) fn is_certainly_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        self.is_namespace_scoped(api_version, kind) == Some(false)
    }

    fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        let kinds = &self.0.kinds;
        let order = |known: &Kind| {
            (known.kind.as_str(), known.api_version.as_str()).cmp(&(kind, api_version))
        };
        kinds.get(kinds.binary_search_by(order).ok()?)
    }

    fn get(&self, of: TypeRef) -> Option<&Type> {
        self.0.types.get(of.0 as usize)
    }
}

impl Facts {
    fn push(&mut self, ty: Type) -> TypeRef {
        // A schema's types come from a file of far fewer than 2^32 bytes.
        let at = TypeRef(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        at
    }

    fn sort(&mut self) {
        self.kinds.sort_by(|a, b| (&a.kind, &a.api_version).cmp(&(&b.kind, &b.api_version)));
    }
}

/// Reads the table, whose form its own head describes.
fn parse(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut current = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match (words.as_slice(), line.starts_with(' ')) {
            (["=", api_version, kind, scope, root], _) => {
                let root = facts.names.get(*root).copied();
                facts.kinds.push(Kind {
                    kind: (*kind).into(),
                    api_version: (*api_version).into(),
                    root,
                    namespaced: match *scope {
                        "namespaced" => Some(true),
                        "cluster" => Some(false),
                        _ => None,
                    },
                });
            }
            ([name], false) => {
                let at = facts.push(Type::default());
                facts.names.insert((*name).into(), at);
                current = Some(at);
            }
            ([field, rest @ ..], true) => {
                let named = |at: usize| facts.names.get(*rest.get(at)?).copied();
                let ty = match rest.first().and_then(|word| list_keys(word)) {
                    Some(keys) => {
                        let elements = named(1);
                        Some(facts.push(Type { elements, merge: Some(keys), ..Type::default() }))
                    }
                    None => named(0),
                };
                let holder = current.and_then(|at: TypeRef| facts.types.get_mut(at.0 as usize));
                if let (Some(holder), Some(ty)) = (holder, ty) {
                    holder.fields.push(((*field).into(), ty));
                }
            }
            _ => {}
        }
    }
    facts.sort();
    facts
}

/// The keys in `[a,b]`.
fn list_keys(word: &str) -> Option<Vec<EcoString>> {
    let keys = word.strip_prefix('[')?.strip_suffix(']')?;
    Some(keys.split(',').filter(|key| !key.is_empty()).map(EcoString::from).collect())
}

#[cfg(test)]
mod tests;
