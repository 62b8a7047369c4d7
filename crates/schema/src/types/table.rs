//! The tables that types are looked up in.

use manifest::{Node, Text};
use rustc_hash::FxHashMap;

/// The index of the type of anything, where lists and maps are one value.
pub(super) const UNTYPED: usize = 0;
/// The index of the type of anything, where maps merge and lists are one value.
pub(super) const DEDUCED: usize = 1;

/// Types that refer to each other.
#[derive(Default, Debug)]
pub(super) struct Table {
    defs: Vec<Def>,
    /// `apiVersion` and kind to the index of a type.
    roots: FxHashMap<Text, Vec<(Text, usize)>>,
    /// The names of the types that have one.
    pub(super) names: FxHashMap<usize, Text>,
    /// The schema that the types were made from, where there is one.
    pub(super) schema: Option<Node>,
    /// The same, read.
    pub(super) structural: Option<std::sync::Arc<crate::custom::Structural>>,
}

/// One type: each of the things that it may be.
#[derive(Clone, Default, Debug)]
pub(super) struct Def {
    pub(super) scalar: Option<Format>,
    pub(super) list: Option<ListDef>,
    pub(super) map: Option<MapDef>,
}

#[derive(Clone, Debug)]
pub(super) struct ListDef {
    pub(super) items: Ref,
    pub(super) relation: Relation,
}

#[derive(Clone, Debug)]
pub(super) enum Relation {
    Atomic,
    Set,
    Keys(Vec<Text>),
}

#[derive(Clone, Debug)]
pub(super) struct MapDef {
    /// In the order of their declaration.
    pub(super) fields: Vec<Field>,
    /// Positions in `fields`, by name.
    by_name: Vec<u16>,
    /// The positions of those that are always written.
    pub(super) always: Vec<u16>,
    pub(super) values: Option<Ref>,
    pub(super) atomic: bool,
}

/// A named field of a map.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Text,
    pub(super) of: Ref,
    /// What it is where it is left out and something needs it.
    pub default: Option<Node>,
    /// Whether OpenAPI says that it has to be there.
    pub required: bool,
    /// Whether the server tells an empty value from none.
    pub pointer: bool,
    /// Whether the server writes it even when it is empty.
    pub always: bool,
    /// What a strategic merge patch does to it.
    pub patch: Patch,
    /// The values that it may have; any where there are none.
    pub options: Vec<Text>,
    /// Its number in protobuf, below those of the messages that Go embeds it in; empty where it has
    /// none.
    pub numbers: Vec<u32>,
}

/// What a strategic merge patch does to a field.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Patch {
    /// Whether a list is merged instead of replaced.
    pub merge: bool,
    /// Whether `$retainKeys` is understood.
    pub retain_keys: bool,
    /// The field that items of a merged list are known by.
    pub merge_key: Option<Text>,
}

/// Where a type stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ref {
    /// In the same table.
    Own(usize),
    /// In the table of built-in types.
    Builtin(usize),
}

/// What kind of scalar a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Text.
    Text,
    /// Text of base64.
    Bytes,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// A number.
    Double,
    /// A bool.
    Bool,
    /// A time in whole seconds.
    Time,
    /// A time in microseconds.
    MicroTime,
    /// A quantity: number or text.
    Quantity,
    /// An integer or text.
    IntOrString,
    /// Any scalar.
    Any,
}

impl Table {
    pub(super) fn def(&self, index: usize) -> &Def {
        // An index is made from the table that it is used on, once all its types are there.
        &self.defs[index]
    }

    pub(super) fn push(&mut self, def: Def) -> usize {
        self.defs.push(def);
        self.defs.len() - 1
    }

    pub(super) fn set(&mut self, index: usize, def: Def) {
        self.defs[index] = def;
    }

    pub(super) fn root(&self, api_version: &str, kind: &str) -> Option<usize> {
        let kinds = self.roots.get(api_version)?;
        kinds.iter().find(|(name, _)| name == kind).map(|(_, index)| *index)
    }

    /// The kinds whose objects are of a type, with their `apiVersion`.
    pub(super) fn kinds_of(&self, index: usize) -> Vec<(Text, Text)> {
        let roots = self.roots.iter().flat_map(|(api_version, kinds)| {
            kinds.iter().map(move |(kind, at)| (api_version.clone(), kind.clone(), *at))
        });
        let mut kinds: Vec<(Text, Text)> = roots
            .filter(|(_, _, at)| *at == index)
            .map(|(api_version, kind, _)| (api_version, kind))
            .collect();
        kinds.sort();
        kinds
    }

    pub(super) fn add_root(&mut self, api_version: &str, kind: &str, index: usize) {
        self.roots.entry(api_version.into()).or_default().push((kind.into(), index));
    }
}

impl Def {
    pub(super) fn scalar(format: Format) -> Def {
        Def { scalar: Some(format), ..Def::default() }
    }

    pub(super) fn list(items: Ref, relation: Relation) -> Def {
        Def { list: Some(ListDef { items, relation }), ..Def::default() }
    }

    pub(super) fn map(map: MapDef) -> Def {
        Def { map: Some(map), ..Def::default() }
    }

    /// Anything; `values` is the type of a map's values, its items are untyped.
    pub(super) fn anything(values: Ref, atomic: bool) -> Def {
        Def {
            scalar: Some(Format::Any),
            list: Some(ListDef { items: Ref::Builtin(UNTYPED), relation: Relation::Atomic }),
            map: Some(MapDef::new(Vec::new(), Some(values), atomic)),
        }
    }
}

impl MapDef {
    pub(super) fn new(fields: Vec<Field>, values: Option<Ref>, atomic: bool) -> MapDef {
        let mut by_name: Vec<u16> = (0..=u16::MAX).take(fields.len()).collect();
        by_name.sort_by_key(|at| fields.get(usize::from(*at)).map(|field| field.name.clone()));
        let positions = (0..=u16::MAX).zip(&fields);
        let always = positions.filter(|(_, field)| field.always).map(|(at, _)| at).collect();
        MapDef { fields, by_name, always, values, atomic }
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.position(name)?)
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let name_of = |at: &u16| self.fields.get(usize::from(*at)).map(|field| field.name.as_str());
        let found = self.by_name.binary_search_by(|at| name_of(at).cmp(&Some(name))).ok()?;
        self.by_name.get(found).map(|at| usize::from(*at))
    }
}

impl Field {
    pub(super) fn new(name: impl Into<Text>, of: Ref) -> Field {
        Field {
            name: name.into(),
            of,
            default: None,
            required: false,
            pointer: false,
            always: false,
            patch: Patch::default(),
            options: Vec::new(),
            numbers: Vec::new(),
        }
    }
}
