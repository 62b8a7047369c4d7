//! Roles that gather the rules of others (kube-controller-manager's `clusterroleaggregation`).

use manifest::Node;

use crate::make::{list, meta};
use crate::selector::matches;

/// The rules that a ClusterRole gathers from others; `None` where it gathers none. They come in the
/// order of the selectors, of each by the names of the roles, each once.
pub(crate) fn gathered<'r>(
    role: &Node,
    others: impl IntoIterator<Item = &'r Node>,
) -> Option<Vec<Node>> {
    let selectors = role.at(&["aggregationRule", "clusterRoleSelectors"])?.as_list()?;
    let mut others: Vec<&Node> = others.into_iter().collect();
    others.sort_by_key(|other| meta(other, "name"));
    let mut rules: Vec<Node> = Vec::new();
    for selector in selectors {
        let chosen =
            |other: &&&Node| meta(other, "name") != meta(role, "name") && matches(selector, other);
        for other in others.iter().filter(chosen) {
            let theirs = other.get("rules").and_then(Node::as_list).unwrap_or_default();
            for rule in theirs {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    Some(rules)
}

/// Gives the roles among `roles` that gather what they gather, until nothing changes any more: what one
/// has gathered another may gather again.
pub(super) fn aggregate(roles: &mut [Node]) {
    // A rule gets one role further in a round.
    for _ in 0..roles.len() {
        let mut has_changed = false;
        for index in 0..roles.len() {
            let Some(rules) = roles.get(index).and_then(|role| gathered(role, roles.iter())) else {
                continue;
            };
            let rules = if rules.is_empty() { Node::default() } else { list(rules) };
            let Some(role) = roles.get_mut(index) else { continue };
            if role.get("rules") != Some(&rules)
                && let Some(map) = role.as_map_mut()
            {
                map.set("rules", rules);
                has_changed = true;
            }
        }
        if !has_changed {
            return;
        }
    }
}
