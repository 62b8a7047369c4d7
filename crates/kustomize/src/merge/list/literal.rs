//! Lists whose elements lack a key or repeat one: kyaml's `walk/associative_sequence.go` and its
//! `ElementSetter`, step by step.
//!
//! kyaml builds a second list of merged elements and then sets each element of the first one in it. It
//! looks elements up by keys that may be empty, and setting, in this order, drops nulls and empty maps,
//! drops what has the keys, or everything that does not. Kubernetes refuses most objects with such
//! lists; the point here is that what kustomize makes of them is what is made of them. Like there, the
//! time taken grows with the square of the length.
//!
//! Elements are referred to by number, for kyaml's lists share them: a merge into an element is seen in
//! every list that has it.

use ecow::EcoString;
use manifest::{List, Node, Text, Value};
use rustc_hash::FxHashSet;

use super::super::keys::raw_text;
use super::super::settle::Side;
use super::super::{DIRECTIVE, Directive, Fate, MergeError, Merger, Type, directive};
use super::is_nothing;

impl Merger<'_> {
    /// Merges `changes` into `base`, or the list with itself where there are none.
    pub(super) fn merge_literally(
        &self,
        base: &[Node],
        changes: Option<&[Node]>,
        keys: &[EcoString],
        ty: Type,
    ) -> Result<List, MergeError> {
        let nodes: Vec<Node> = base.iter().chain(changes.unwrap_or_default()).cloned().collect();
        let work = Work {
            merger: self,
            base: (0..base.len()).collect(),
            changes: changes.map(|_| (base.len()..nodes.len()).collect()),
            texts: nodes.iter().map(|node| texts_of(node, keys)).collect(),
            nodes,
            keys,
            ty,
        };
        work.run()
    }
}

struct Work<'a> {
    merger: &'a Merger<'a>,
    /// All elements; the lists below hold their positions.
    nodes: Vec<Node>,
    /// For each element the text of each key; one text for an element of a set.
    texts: Vec<Vec<Option<Text>>>,
    base: Vec<usize>,
    /// `None` where it is the base itself.
    changes: Option<Vec<usize>>,
    /// None for a set of scalars.
    keys: &'a [EcoString],
    ty: Type,
}

/// The text that each key of an element has, `None` where it has not got the key; of an element of a
/// set, which has no keys, its own text.
fn texts_of(node: &Node, keys: &[EcoString]) -> Vec<Option<Text>> {
    match keys {
        [] => vec![Some(raw_text(node))],
        keys => keys.iter().map(|key| node.get(key).map(raw_text)).collect(),
    }
}

/// Positions of keys, each with the text wanted of it.
type Wanted = Vec<(usize, Text)>;

impl Work<'_> {
    fn run(mut self) -> Result<List, MergeError> {
        let rows = self.rows();
        let counting = counting(&rows, self.keys.len().max(1));
        let mut merged = Vec::new();
        for row in &rows {
            let wanted: Wanted =
                counting.iter().filter_map(|&key| Some((key, row.get(key)?.clone()))).collect();
            let found = self.merge_row(&wanted)?;
            match found.filter(|&at| !self.nodes.get(at).is_none_or(is_nothing)) {
                Some(at) => self.set(&mut merged, Some(at), &wanted)?,
                None => {
                    let mut base = std::mem::take(&mut self.base);
                    self.set(&mut base, None, &wanted)?;
                    self.base = base;
                }
            }
        }
        if !rows.is_empty() {
            for at in std::mem::take(&mut self.base) {
                self.set_left(&mut merged, at, &counting)?;
            }
            self.base = merged;
        }
        Ok(self.base.iter().filter_map(|&at| self.nodes.get(at).cloned()).collect())
    }

    /// What the elements have for the keys, the patch's first, each combination once.
    fn rows(&self) -> Vec<Vec<Text>> {
        let mut rows: Vec<Vec<Text>> = Vec::new();
        let mut seen = FxHashSet::default();
        for &at in self.changes.iter().chain([&self.base]).flatten() {
            let (Some(node), Some(texts)) = (self.nodes.get(at), self.texts.get(at)) else {
                continue;
            };
            // A null is no key, whatever stands for it.
            let null = |at: usize| {
                self.keys.get(at).and_then(|key| node.get(key)).is_some_and(Node::is_null)
            };
            let row: Vec<Text> = texts
                .iter()
                .enumerate()
                .map(|(at, text)| text.clone().filter(|_| !null(at)).unwrap_or_default())
                .collect();
            if seen.insert(row.clone()) {
                rows.push(row);
            }
        }
        if self.keys.len() > 1 {
            complete(&mut rows);
        }
        rows
    }

    /// Merges the elements of both lists that have these keys; the position of the result.
    fn merge_row(&mut self, wanted: &Wanted) -> Result<Option<usize>, MergeError> {
        let given: Wanted = wanted.iter().filter(|(_, text)| !text.is_empty()).cloned().collect();
        let wanted = if given.is_empty() { wanted } else { &given };
        let in_base = self.find(&self.base, wanted);
        let in_changes = match &self.changes {
            Some(changes) => self.find(changes, wanted),
            None => in_base,
        };
        let result = match (in_base, in_changes) {
            (None, None) => return Ok(None),
            (Some(at), None) => self.settle(at, Side::Base),
            (Some(at), Some(same)) if at == same => self.settle(at, Side::Patch),
            (None, Some(at)) => self.add(at),
            (Some(at), Some(change)) => self.merge_pair(at, change),
        };
        for at in [in_base, in_changes].into_iter().flatten() {
            if let (Some(node), Some(texts)) = (self.nodes.get(at), self.texts.get_mut(at)) {
                *texts = texts_of(node, self.keys);
            }
        }
        result.map_err(|error| match in_changes.or(in_base).and_then(|at| self.nodes.get(at)) {
            Some(element) => error.at_element(element, self.keys),
            None => error,
        })
    }

    /// The first element with these keys.
    fn find(&self, list: &[usize], wanted: &Wanted) -> Option<usize> {
        let fits = |texts: &Vec<Option<Text>>| {
            wanted
                .iter()
                .all(|(key, text)| texts.get(*key).is_some_and(|it| it.as_ref() == Some(text)))
        };
        list.iter().copied().find(|&at| self.texts.get(at).is_some_and(fits))
    }

    fn settle(&mut self, at: usize, side: Side) -> Result<Option<usize>, MergeError> {
        let Some(node) = self.nodes.get_mut(at) else { return Ok(None) };
        Ok((self.merger.settle(node, self.ty, side)? == Fate::Keep).then_some(at))
    }

    fn add(&mut self, at: usize) -> Result<Option<usize>, MergeError> {
        let Some(node) = self.nodes.get_mut(at) else { return Ok(None) };
        let added = self.merger.add(node, self.ty)?;
        let kept = added.is_some();
        match added {
            Some(added) => *node = added,
            None => strip(node),
        }
        Ok(kept.then_some(at))
    }

    fn merge_pair(&mut self, at: usize, change: usize) -> Result<Option<usize>, MergeError> {
        let Some(patch) = self.nodes.get(change).cloned() else { return Ok(None) };
        let Value::Map(map) = &patch.value else { return Ok(Some(change)) };
        let found = directive(map)?;
        if found.is_some()
            && let Some(patch) = self.nodes.get_mut(change)
        {
            // kyaml takes a directive out when it has read it, and may meet the element again.
            strip(patch);
        }
        if found == Some(Directive::Replace) {
            return self.settle(change, Side::Patch);
        }
        let Some(node) = self.nodes.get_mut(at) else { return Ok(None) };
        Ok((self.merger.merge_node(node, &patch, self.ty)? == Fate::Keep).then_some(at))
    }

    /// Puts `element` where `list` has the wanted keys, at the end where it has not; takes those out
    /// where there is no element.
    fn set(
        &self,
        list: &mut Vec<usize>,
        element: Option<usize>,
        wanted: &Wanted,
    ) -> Result<(), MergeError> {
        let (keys, texts): (Vec<usize>, Vec<&Text>) =
            wanted.iter().map(|(key, text)| (*key, text)).unzip();
        self.set_by(list, element, &keys, &texts)
    }

    /// [`Work::set`] with a text for each key or for the first ones only, which then are enough; for none
    /// of them nothing fits, and nothing is kept.
    fn set_by(
        &self,
        list: &mut Vec<usize>,
        element: Option<usize>,
        keys: &[usize],
        texts: &[&Text],
    ) -> Result<(), MergeError> {
        let wants_maps =
            !self.keys.is_empty() && texts.first().is_some_and(|text| !text.is_empty());
        let mut kept = Vec::with_capacity(list.len() + 1);
        let mut found = false;
        for at in list.drain(..) {
            let Some(node) = self.nodes.get(at).filter(|node| !is_nothing(node)) else { continue };
            if wants_maps && node.as_map().is_none() {
                kept.push(at);
                continue;
            }
            if self.fits(at, node, keys, texts)? {
                found = true;
                kept.extend(element);
            } else if !texts.is_empty() {
                kept.push(at);
            }
        }
        if let Some(at) = element
            && !found
            && !self.nodes.get(at).is_none_or(Node::is_null)
        {
            kept.push(at);
        }
        *list = kept;
        Ok(())
    }

    /// Whether an element has the texts. Any field fits the empty text.
    fn fits(
        &self,
        at: usize,
        node: &Node,
        keys: &[usize],
        texts: &[&Text],
    ) -> Result<bool, MergeError> {
        let Some(has) = self.texts.get(at).filter(|_| !texts.is_empty()) else { return Ok(false) };
        match &node.value {
            Value::Map(_) | Value::List(_) if self.keys.is_empty() => {
                Err(MergeError::element("scalar", node))
            }
            Value::Map(_) => Ok(keys.iter().zip(texts).all(|(key, text)| {
                let field = has.get(*key).and_then(Option::as_ref);
                field.is_some_and(|field| text.is_empty() || field == *text)
            })),
            _ if self.keys.is_empty() => {
                Ok(texts.iter().all(|text| has.iter().flatten().any(|it| it == *text)))
            }
            _ => Err(MergeError::element("map", node)),
        }
    }

    /// Sets an element that is left in the base by the keys that it has.
    fn set_left(
        &self,
        merged: &mut Vec<usize>,
        at: usize,
        counting: &[usize],
    ) -> Result<(), MergeError> {
        let (Some(node), Some(has)) = (self.nodes.get(at), self.texts.get(at)) else {
            return Ok(());
        };
        if !self.keys.is_empty() && !matches!(node.value, Value::Map(_) | Value::Null) {
            return Err(MergeError::element("map", node));
        }
        let mut texts = Vec::new();
        for &key in counting {
            match has.get(key) {
                Some(Some(text)) => texts.push(text),
                _ => merged.push(at),
            }
        }
        if counting.len() > 1 {
            self.set_by(merged, None, counting, &texts)?;
        }
        self.set_by(merged, Some(at), counting, &texts)
    }
}

/// The keys that any row has; all of them if none has any.
fn counting(rows: &[Vec<Text>], keys: usize) -> Vec<usize> {
    let has = |key: &usize| rows.iter().any(|row| row.get(*key).is_some_and(|it| !it.is_empty()));
    let counting: Vec<usize> = (0..keys).filter(has).collect();
    if counting.is_empty() { (0..keys).collect() } else { counting }
}

fn strip(node: &mut Node) {
    if let Value::Map(map) = &mut node.value {
        map.remove(DIRECTIVE);
    }
}

/// Lets rows that agree in one key, and in the other too or lack it, have the same keys.
fn complete(rows: &mut [Vec<Text>]) {
    if rows.iter().all(|row| row.iter().all(|text| !text.is_empty())) {
        return;
    }
    for at in 0..rows.len() {
        let Some(row) = rows.get(at).cloned() else { return };
        for other in 0..rows.len() {
            let Some(joined) = rows.get(other).and_then(|other| join(&row, other)) else {
                continue;
            };
            for place in [at, other] {
                if let Some(place) = rows.get_mut(place) {
                    place.clone_from(&joined);
                }
            }
        }
    }
}

fn join(one: &[Text], other: &[Text]) -> Option<Vec<Text>> {
    let fit = |(one, other): (&Text, &Text)| one == other || one.is_empty() || other.is_empty();
    if !one.iter().zip(other).all(fit) || !one.iter().zip(other).any(|(one, other)| one == other) {
        return None;
    }
    let longer =
        |(one, other): (&Text, &Text)| if one.is_empty() { other.clone() } else { one.clone() };
    Some(one.iter().zip(other).map(longer).collect())
}
