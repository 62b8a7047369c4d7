//! A set of paths, kept as a tree.

use std::fmt;

use ecow::EcoVec;

use super::Element;

/// A set of paths. Cloning shares.
///
/// A path is a member where its last element is among the `members` of the set that the elements
/// before it lead to through `children`. Both lists are sorted, and have every element once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Set {
    pub(super) members: EcoVec<Element>,
    pub(super) children: EcoVec<(Element, Set)>,
}

impl Set {
    /// No paths.
    pub fn new() -> Set {
        Set::default()
    }

    /// The paths given, each of field names.
    pub fn of_fields(paths: &[&[&str]]) -> Set {
        let mut set = Set::new();
        for path in paths {
            let path: Vec<Element> = path.iter().map(|name| Element::field(name)).collect();
            set.insert(&path);
        }
        set
    }

    /// From members and children in any order, with doubles among members.
    pub(crate) fn from_parts(mut members: Vec<Element>, mut children: Vec<(Element, Set)>) -> Set {
        if !members.is_sorted_by(|a, b| a < b) {
            members.sort_unstable();
            members.dedup();
        }
        children.retain(|(_, set)| !set.is_empty());
        if !children.is_sorted_by(|(a, _), (b, _)| a < b) {
            children.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let mut joined: EcoVec<(Element, Set)> = EcoVec::with_capacity(children.len());
        for (element, set) in children {
            let last = joined.len().wrapping_sub(1);
            match joined.get(last).filter(|(before, _)| *before == element) {
                Some((_, before)) => {
                    let both = before.union(&set);
                    joined.make_mut()[last].1 = both;
                }
                None => joined.push((element, set)),
            }
        }
        Set { members: members.into_iter().collect(), children: joined }
    }

    /// Adds a path; an empty one is nothing.
    pub fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                if let Err(at) = self.members.binary_search(last) {
                    self.members.insert(at, last.clone());
                }
            }
            [first, rest @ ..] => {
                let at = match self.position(first) {
                    Ok(at) => at,
                    Err(at) => {
                        self.children.insert(at, (first.clone(), Set::new()));
                        at
                    }
                };
                // The position was just found or made.
                self.children.make_mut()[at].1.insert(rest);
            }
        }
    }

    fn position(&self, element: &Element) -> Result<usize, usize> {
        self.children.binary_search_by(|(other, _)| other.cmp(element))
    }

    /// Whether a path is a member.
    pub fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.has_member(last),
            [first, rest @ ..] => self.child(first).is_some_and(|set| set.has(rest)),
        }
    }

    /// Whether the path of this one element is a member.
    pub fn has_member(&self, element: &Element) -> bool {
        self.members.binary_search(element).is_ok()
    }

    /// The rest of the paths that begin with an element.
    pub fn child(&self, element: &Element) -> Option<&Set> {
        let at = self.position(element).ok()?;
        self.children.get(at).map(|(_, set)| set)
    }

    /// The paths of one element, sorted.
    pub fn members(&self) -> &[Element] {
        &self.members
    }

    /// The first elements of longer paths, sorted, and what follows them.
    pub fn children(&self) -> &[(Element, Set)] {
        &self.children
    }

    /// Whether it has no paths.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.iter().all(|(_, set)| set.is_empty())
    }

    /// The number of paths.
    pub fn len(&self) -> usize {
        self.members.len() + self.children.iter().map(|(_, set)| set.len()).sum::<usize>()
    }

    /// Calls `visit` with every path: at each level members first, both in order.
    pub fn visit(&self, visit: &mut impl FnMut(&[Element])) {
        self.visit_below(&mut Vec::new(), visit);
    }

    fn visit_below(&self, path: &mut Vec<Element>, visit: &mut impl FnMut(&[Element])) {
        for member in &self.members {
            path.push(member.clone());
            visit(path);
            path.pop();
        }
        for (element, set) in &self.children {
            path.push(element.clone());
            set.visit_below(path, visit);
            path.pop();
        }
    }
}

/// Its paths, in order.
impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut paths = Vec::new();
        self.visit(&mut |path| paths.push(super::path_text(path)));
        f.debug_set().entries(paths).finish()
    }
}
