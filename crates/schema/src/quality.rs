//! How sure a pod can be of what it asks for (`pkg/apis/core/helper/qos`).

use std::collections::BTreeMap;

use manifest::{Map, Node};

use crate::quantity;

/// The class of a pod with this spec: `Guaranteed`, `Burstable` or `BestEffort`.
pub fn of(spec: &Node) -> &'static str {
    let own = spec.get("resources");
    let is_own = own.is_some_and(|own| {
        ["requests", "limits"]
            .iter()
            .any(|part| own.get(part).and_then(Node::as_map).is_some_and(|m| !m.is_empty()))
    });
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    let mut is_guaranteed = true;
    let mut add = |resources: Option<&Node>| {
        let part = |name: &str| resources.and_then(|resources| resources.get(name));
        sum(part("requests"), &mut requests);
        is_guaranteed &= sum(part("limits"), &mut limits) == 2;
    };
    if is_own {
        add(own);
    } else {
        for list in ["containers", "initContainers"] {
            for container in spec.get(list).and_then(Node::as_list).unwrap_or_default() {
                add(container.get("resources"));
            }
        }
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    let is_equal = requests.iter().all(|(name, amount)| limits.get(name) == Some(amount));
    if is_guaranteed && is_equal && requests.len() == limits.len() {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

type Amounts = BTreeMap<String, i128>;

/// Adds what is asked of processors and memory, and says of how many of the two.
fn sum(amounts: Option<&Node>, total: &mut Amounts) -> usize {
    let mut count = 0;
    for (name, amount) in amounts.and_then(Node::as_map).into_iter().flat_map(Map::iter) {
        let amount = quantity::of(amount).unwrap_or(0);
        if matches!(name.as_str(), "cpu" | "memory") && amount != 0 {
            let own = total.entry(name.to_string()).or_default();
            *own = own.saturating_add(amount);
            count += 1;
        }
    }
    count
}
