//! Strategic merge patches as kustomize applies them: kyaml's `merge2` over `walk`, lists growing at
//! the front.
//!
//! What there is to know about it, beyond what the Kubernetes documentation says:
//!
//! * A list merges by keys only where the [`Schema`] says so; every other list is replaced as a whole,
//!   directives inside of it included.
//! * `null` deletes, in what the patch adds as well. A null that stands in the object stays, but not
//!   one for which nothing was written (`key:`).
//! * A number or bool that replaces quoted text becomes text: the style of what is there stays.
//! * `$patch: replace` on a whole object, or on an element of a list that has it already, changes
//!   nothing. `$setElementOrder`, `$retainKeys` and `$deleteFromPrimitiveList` are fields like others.
//! * Merged lists are tidied even where the patch does not touch them (see `merge/list.rs`).
//!
//! [`Value::Unknown`] in the object stays unknown under a patch of its fields and is replaced by
//! anything else; in a patch it makes unknown what it replaces.

mod error;
mod keys;
mod list;
mod patch;
mod settle;

use manifest::{Map, Node, Value};
use rustc_hash::FxHashMap;

use crate::schema::{Schema, TypeRef};

pub(crate) use error::MergeError;
pub(crate) use patch::Patch;
use settle::Side;

/// What became of the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Outcome {
    /// It is there, changed or not.
    Kept,
    /// The patch deleted it; what the target holds now means nothing.
    Deleted,
}

/// Merges `patch` into `target`. What the patch does not touch stays shared with other holders.
///
/// The type is that of the target's `apiVersion` and `kind`, else of the patch's. Those two, the name
/// and the namespace are merged like any other field; keeping them is up to the caller.
///
/// # Errors
/// A map where the target has a list or scalar, and the like; an unknown `$patch`. The target is half
/// merged then.
pub(crate) fn merge(
    target: &mut Node,
    patch: &Patch,
    schema: &Schema,
) -> Result<Outcome, MergeError> {
    let (Value::Map(base), Value::Map(changes)) = (&mut target.value, &patch.node().value) else {
        return Err(MergeError::mismatch(target, patch.node()));
    };
    let mut merger = Merger { schema, tidy: true };
    let ty = merger.described(Type::Open, base, Some(changes));
    let directive = directive(changes)?;
    match directive {
        Some(Directive::Delete) => return Ok(Outcome::Deleted),
        Some(Directive::Replace) => {
            // kyaml returns the patch, and kustomize does not look at what it returns.
            merger.replacement(patch.node(), ty)?;
            return Ok(Outcome::Kept);
        }
        Some(Directive::Merge) | None => {}
    }
    merger.tidy = merger.fields_are_tidy(base, ty, Side::Base);
    merger.merge_fields(base, changes, directive.is_some(), ty)?;
    Ok(if base.is_empty() { Outcome::Deleted } else { Outcome::Kept })
}

/// What the schema says of the place being merged.
#[derive(Clone, Copy)]
enum Type {
    Known(TypeRef),
    /// The schema knows it and nothing merges in it.
    Opaque,
    /// The schema does not know it: an object inside may say itself what it is.
    Open,
}

/// Whether a place is to stay.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Clear,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Delete,
    Replace,
    Merge,
}

/// The field that holds a directive.
const DIRECTIVE: &str = "$patch";

/// The directive of a map, if it has one.
fn directive(map: &Map) -> Result<Option<Directive>, MergeError> {
    let Some(node) = map.get(DIRECTIVE) else { return Ok(None) };
    match keys::raw_text(node).as_str() {
        "delete" => Ok(Some(Directive::Delete)),
        "replace" => Ok(Some(Directive::Replace)),
        "merge" => Ok(Some(Directive::Merge)),
        _ => Err(MergeError::directive(node)),
    }
}

/// Maps whose sizes multiply to more than this are merged by hash.
const SCANNED_PAIRS: usize = 4096;

struct Merger<'a> {
    schema: &'a Schema,
    /// Whether nothing in the target wants tidying, so that what the patch leaves alone can be left
    /// alone.
    tidy: bool,
}

impl Merger<'_> {
    /// The type of a map: an object of unknown type may have `apiVersion` and `kind`.
    fn described(&self, ty: Type, map: &Map, patch: Option<&Map>) -> Type {
        if !matches!(ty, Type::Open) {
            return ty;
        }
        // A patch for selected objects has no version of its own, see `Patch::for_selected`.
        let root = |of: &Map| {
            let version = of.get("apiVersion").or_else(|| map.get("apiVersion"))?;
            self.schema.root(version.as_str()?, of.get("kind")?.as_str()?)
        };
        root(map).or_else(|| root(patch?)).map_or(Type::Open, Type::Known)
    }

    fn field(&self, of: Type, key: &str) -> Type {
        match of {
            Type::Known(of) => self.schema.field(of, key).map_or(Type::Opaque, Type::Known),
            Type::Opaque | Type::Open => Type::Open,
        }
    }

    fn element(&self, of: Type) -> Type {
        match of {
            Type::Known(of) => self.schema.elements(of).map_or(Type::Opaque, Type::Known),
            Type::Opaque | Type::Open => Type::Open,
        }
    }

    /// Merges the fields of `changes`, a directive among them left out.
    fn merge_fields(
        &self,
        base: &mut Map,
        changes: &Map,
        directed: bool,
        ty: Type,
    ) -> Result<(), MergeError> {
        if base.len() * changes.len() > SCANNED_PAIRS {
            return self.merge_many(base, changes, directed, ty);
        }
        if !self.tidy {
            self.settle_fields(base, |key| changes.contains(key), ty, Side::Base)?;
        }
        for (key, change) in changes.iter().filter(|(key, _)| !(directed && &***key == DIRECTIVE)) {
            let field = self.field(ty, key);
            let Some(node) = base.get(key) else {
                let added = self.add(change, field).map_err(|error| error.within(key))?;
                added.into_iter().for_each(|node| base.push_new(key.clone(), node));
                continue;
            };
            if restated(node, change) {
                continue;
            }
            let Some(node) = base.get_mut(key) else { continue };
            let fate = self.merge_node(node, change, field).map_err(|error| error.within(key))?;
            if fate == Fate::Clear {
                base.remove(key);
            }
        }
        Ok(())
    }

    /// [`Merger::merge_fields`] in one pass over each map.
    fn merge_many(
        &self,
        base: &mut Map,
        changes: &Map,
        directed: bool,
        ty: Type,
    ) -> Result<(), MergeError> {
        let mut pending: FxHashMap<&str, &Node> =
            changes.iter().map(|(key, node)| (key.as_str(), node)).collect();
        if directed {
            pending.remove(DIRECTIVE);
        }
        let mut merged = Map::new();
        merged.reserve(base.len() + changes.len());
        for (key, node) in base.iter() {
            let field = self.field(ty, key);
            let mut node = node.clone();
            let fate = match pending.remove(key.as_str()) {
                Some(change) => self.merge_node(&mut node, change, field),
                None if self.tidy => Ok(Fate::Keep),
                None => self.settle(&mut node, field, Side::Base),
            };
            if fate.map_err(|error| error.within(key))? == Fate::Keep {
                merged.push_new(key.clone(), node);
            }
        }
        for (key, change) in changes.iter().filter(|(key, _)| pending.contains_key(key.as_str())) {
            let added = self.add(change, self.field(ty, key)).map_err(|error| error.within(key))?;
            added.into_iter().for_each(|node| merged.push_new(key.clone(), node));
        }
        *base = merged;
        Ok(())
    }

    /// Merges into a field that is there.
    fn merge_node(&self, base: &mut Node, change: &Node, ty: Type) -> Result<Fate, MergeError> {
        match (&mut base.value, &change.value) {
            (_, Value::Null) => return Ok(Fate::Clear),
            (_, Value::Unknown(_)) => *base = change.clone(),
            (Value::Null, _) => match self.add(change, ty)? {
                Some(node) => *base = node,
                None => return Ok(Fate::Clear),
            },
            (Value::Map(map), Value::Map(changes)) => {
                let directive = directive(changes)?;
                match directive {
                    Some(Directive::Delete) => return Ok(Fate::Clear),
                    Some(Directive::Replace) => *base = self.replacement(change, ty)?,
                    Some(Directive::Merge) | None => {
                        let ty = self.described(ty, map, Some(changes));
                        self.merge_fields(map, changes, directive.is_some(), ty)?;
                    }
                }
            }
            (Value::List(_), Value::List(changes)) => {
                let noted = [base.origin, change.origin].map(|origin| self.schema.noted(origin));
                let ty = noted.into_iter().flatten().next().map_or(ty, Type::Known);
                return self.merge_list(base, change, changes, ty);
            }
            (Value::Unknown(_), _) => return self.merge_unknown(base, change, ty),
            (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => {
                return Err(MergeError::mismatch(base, change));
            }
            _ => put(base, change),
        }
        Ok(Fate::Keep)
    }

    /// Merges into something that cannot be known: what only changes parts of it leaves it so.
    fn merge_unknown(&self, base: &mut Node, change: &Node, ty: Type) -> Result<Fate, MergeError> {
        let directive = match &change.value {
            Value::Map(changes) => directive(changes)?,
            Value::List(changes) if self.keys(ty).is_some() => list::directive(changes)?,
            _ => Some(Directive::Replace),
        };
        match directive {
            Some(Directive::Delete) => return Ok(Fate::Clear),
            Some(Directive::Replace) => *base = self.replacement(change, ty)?,
            Some(Directive::Merge) | None => {}
        }
        Ok(Fate::Keep)
    }
}

/// Whether a patch says of a scalar what is there already. The origin stays then: a patch that repeats
/// the name of its target did not name it.
fn restated(base: &Node, change: &Node) -> bool {
    let scalar = !matches!(change.value, Value::Map(_) | Value::List(_) | Value::Null);
    scalar && base.value == change.value
}

/// Puts a scalar over a scalar. Of the old one its style stays, and what is quoted is text.
fn put(base: &mut Node, change: &Node) {
    let quoted = base.origin.is_quoted();
    let value = match &change.value {
        Value::Bool(_) | Value::Int(_) | Value::Number(_) if quoted => {
            Value::String(change.scalar_text().unwrap_or_default())
        }
        Value::String(_) if quoted => Value::String(change.written_text().unwrap_or_default()),
        value => value.clone(),
    };
    let is_date = change.origin.is_blank() && !quoted;
    *base = Node { value, origin: change.origin.quoted(quoted).blank(is_date) };
}

#[cfg(test)]
mod tests;
