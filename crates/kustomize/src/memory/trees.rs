//! The last trees that were built from, and what differs between them.

use std::sync::Arc;

use manifest::FileTree;
use manifest::tree::Stamp;

/// How many trees are kept to compare others with.
const KEPT: usize = 3;

/// How many comparisons are kept.
const COMPARED: usize = 16;

/// The paths at which two trees differ.
pub(super) type Changed = Arc<[Arc<str>]>;

#[derive(Default)]
pub(super) struct Trees {
    /// Newest last.
    trees: Vec<FileTree>,
    compared: Vec<(Stamp, Stamp, Changed)>,
}

impl Trees {
    pub(super) fn remember(&mut self, tree: &FileTree) {
        if self.trees.iter().any(|known| known.stamp() == tree.stamp()) {
            return;
        }
        if self.trees.len() >= KEPT {
            self.trees.remove(0);
        }
        self.trees.push(tree.clone());
    }

    /// The paths at which `tree` differs from the one of a stamp; `None` where that is not known any
    /// more.
    pub(super) fn changed(&mut self, from: &Stamp, tree: &FileTree) -> Option<Changed> {
        let to = tree.stamp();
        let known = self.compared.iter().find(|(a, b, _)| a == from && *b == to);
        if let Some((_, _, changed)) = known {
            return Some(Arc::clone(changed));
        }
        let before = self.trees.iter().find(|known| known.stamp() == *from)?;
        let changed: Changed = before.differences(tree).into();
        if self.compared.len() >= COMPARED {
            self.compared.remove(0);
        }
        self.compared.push((from.clone(), to, Arc::clone(&changed)));
        self.remember(tree);
        Some(changed)
    }
}
