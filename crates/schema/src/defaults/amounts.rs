//! Amounts of resources are whole thousandths.

use manifest::Node;

use super::each_at;
use crate::quantity;

/// Rounds the amounts of the list at a place up.
pub(super) fn round(object: &mut Node, at: &str) {
    if !is_any_fine(object, at) {
        return;
    }
    each_at(object, at, &mut |list| {
        let Some(list) = list.as_map_mut() else { return };
        let fine: Vec<_> = list.iter().filter(|(_, node)| is_fine(node)).collect();
        let rounded: Vec<_> = fine
            .into_iter()
            .filter_map(|(name, node)| {
                let milli = quantity::of(node)?.div_euclid(1_000_000);
                let rest = quantity::of(node)?.rem_euclid(1_000_000);
                let text = format!("{}m", milli + i128::from(rest > 0));
                Some((name.clone(), quantity::canonical(&text)?))
            })
            .collect();
        for (name, text) in rounded {
            list.set(name, Node::string(text, manifest::Origin::default()));
        }
    });
}

fn is_any_fine(node: &Node, at: &str) -> bool {
    if at.is_empty() {
        return node.as_map().is_some_and(|map| map.iter().any(|(_, node)| is_fine(node)));
    }
    let (step, rest) = at.split_once('.').unwrap_or((at, ""));
    match step.strip_suffix("[]") {
        Some(list) => {
            let items = node.get(list).and_then(Node::as_list).unwrap_or_default();
            items.iter().any(|item| is_any_fine(item, rest))
        }
        None => node.get(step).is_some_and(|node| is_any_fine(node, rest)),
    }
}

/// Whether an amount in its one spelling has something smaller than thousandths.
fn is_fine(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.ends_with(['n', 'u']) || text.contains("e-"))
}
