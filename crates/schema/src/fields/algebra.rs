//! What sets of fields make of each other. All of it walks two sorted lists side by side; what only
//! one side has is shared, not copied.

use std::cmp::Ordering;

use ecow::EcoVec;

use super::{Element, Set};
use crate::types::Type;

impl Set {
    /// All paths of both.
    #[must_use]
    pub fn union(&self, other: &Set) -> Set {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let mut members = EcoVec::with_capacity(self.members.len().max(other.members.len()));
        zip(
            &self.members,
            &other.members,
            |a| a,
            |a, b| {
                members.extend(a.or(b).cloned());
            },
        );
        let mut children = EcoVec::with_capacity(self.children.len().max(other.children.len()));
        zip(
            &self.children,
            &other.children,
            |(key, _)| key,
            |a, b| match (a, b) {
                (Some((key, a)), Some((_, b))) => children.push((key.clone(), a.union(b))),
                (a, b) => children.extend(a.or(b).cloned()),
            },
        );
        Set { members, children }
    }

    /// The paths that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Set) -> Set {
        let mut set = Set::new();
        zip(
            &self.members,
            &other.members,
            |a| a,
            |a, b| {
                if let (Some(a), Some(_)) = (a, b) {
                    set.members.push(a.clone());
                }
            },
        );
        zip(
            &self.children,
            &other.children,
            |(key, _)| key,
            |a, b| {
                if let (Some((key, a)), Some((_, b))) = (a, b) {
                    set.push_child(key, a.intersection(b));
                }
            },
        );
        set
    }

    /// The paths that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Set) -> Set {
        self.without(other, false)
    }

    /// The paths that are not in the other, nor below a path of the other.
    #[must_use]
    pub fn recursive_difference(&self, other: &Set) -> Set {
        self.without(other, true)
    }

    fn without(&self, other: &Set, recursive: bool) -> Set {
        if other.is_empty() {
            return self.clone();
        }
        let mut set = Set::new();
        zip(
            &self.members,
            &other.members,
            |a| a,
            |a, b| {
                if let (Some(a), None) = (a, b) {
                    set.members.push(a.clone());
                }
            },
        );
        zip(
            &self.children,
            &other.children,
            |(key, _)| key,
            |a, b| {
                let Some((key, a)) = a else { return };
                if recursive && other.has_member(key) {
                    return;
                }
                match b {
                    Some((_, b)) => set.push_child(key, a.without(b, recursive)),
                    None => set.children.push((key.clone(), a.clone())),
                }
            },
        );
        set
    }

    fn push_child(&mut self, key: &Element, set: Set) {
        if !set.is_empty() {
            self.children.push((key.clone(), set));
        }
    }

    /// The same set where the named fields on the way to a member are members too.
    #[must_use]
    pub(crate) fn with_named_fields(&self, of: Option<Type<'_>>) -> Set {
        let map = of.and_then(Type::map);
        let list = of.and_then(Type::list);
        let mut members: Vec<Element> = self.members.to_vec();
        let mut children = EcoVec::with_capacity(self.children.len());
        for (element, set) in &self.children {
            let below = match (element, map, list) {
                (Element::Field(name), Some(map), _) => {
                    if map.field(name).is_some() {
                        members.push(element.clone());
                    }
                    map.entry(name)
                }
                (Element::Key(_), _, Some(list)) => Some(list.elements()),
                _ => None,
            };
            children.push((element.clone(), set.with_named_fields(below)));
        }
        members.sort_unstable();
        members.dedup();
        Set { members: members.into_iter().collect(), children }
    }
}

/// Calls `visit` with each element that one of two sorted lists has, or both have.
fn zip<'s, T>(
    a: &'s [T],
    b: &'s [T],
    key: impl Fn(&T) -> &Element,
    mut visit: impl FnMut(Option<&'s T>, Option<&'s T>),
) {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (Some(left), Some(right)) => key(left).cmp(key(right)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        match order {
            Ordering::Less => visit(a.next(), None),
            Ordering::Greater => visit(None, b.next()),
            Ordering::Equal => visit(a.next(), b.next()),
        }
    }
}
