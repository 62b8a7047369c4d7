//! Lists of resources with amounts, and what pods ask for altogether.

use std::collections::BTreeMap;

use manifest::Node;
use schema::quantity;

/// An amount of something, in billionths.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Amount {
    pub(super) nano: i128,
    /// Whether it is printed in powers of 1024.
    is_binary: bool,
}

pub(super) const ONE: i128 = 1_000_000_000;

/// Resources by name.
pub(super) type Amounts = BTreeMap<String, Amount>;

impl Amount {
    /// So many whole ones.
    pub(super) fn count(count: usize) -> Amount {
        Amount { nano: i128::try_from(count).unwrap_or(0) * ONE, is_binary: false }
    }

    pub(super) fn of(node: &Node) -> Option<Amount> {
        let text = node.scalar_text()?;
        let is_binary = text.ends_with('i');
        Some(Amount { nano: quantity::nano(&text)?, is_binary })
    }

    pub(super) fn plus(self, other: Amount) -> Amount {
        let is_binary = if self.nano == 0 { other.is_binary } else { self.is_binary };
        Amount { nano: self.nano.saturating_add(other.nano), is_binary }
    }

    pub(super) fn minus(self, other: Amount) -> Amount {
        Amount { nano: self.nano.saturating_sub(other.nano).max(0), ..self }
    }

    /// Rounded up to whole ones.
    pub(super) fn whole(self) -> Amount {
        Amount { nano: quantity::whole(self.nano) * ONE, ..self }
    }

    /// Its one spelling.
    pub(super) fn text(self) -> String {
        const UNITS: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        if self.is_binary && self.nano % ONE == 0 {
            let (mut whole, mut unit) = (self.nano / ONE, 0);
            while whole != 0 && whole % 1024 == 0 && unit + 1 < UNITS.len() {
                whole /= 1024;
                unit += 1;
            }
            return format!("{whole}{}", UNITS[unit]);
        }
        let text = match (self.nano % ONE, self.nano % 1_000_000) {
            (0, _) => (self.nano / ONE).to_string(),
            (_, 0) => format!("{}m", self.nano / 1_000_000),
            _ => format!("{}n", self.nano),
        };
        quantity::canonical(&text).map_or(text, |canonical| canonical.to_string())
    }
}

/// The amounts of a list.
pub(super) fn list(node: Option<&Node>) -> Amounts {
    let entries = node.and_then(Node::as_map).into_iter().flat_map(manifest::Map::iter);
    entries.filter_map(|(name, node)| Some((name.to_string(), Amount::of(node)?))).collect()
}

/// Adds amounts to others.
pub(super) fn add(into: &mut Amounts, others: &Amounts) {
    for (name, amount) in others {
        let sum = into.get(name).map_or(*amount, |own| own.plus(*amount));
        into.insert(name.clone(), sum);
    }
}

fn raise(into: &mut Amounts, others: &Amounts) {
    for (name, amount) in others {
        if into.get(name).is_none_or(|own| own.nano < amount.nano) {
            into.insert(name.clone(), *amount);
        }
    }
}

/// What a container requests, or is limited to.
pub(super) fn of_container(container: &Node, field: &str) -> Amounts {
    list(container.at(&["resources", field]))
}

/// The same of a pod, of which the containers run together and those of its start before them.
pub(super) fn of_pod(spec: &Node, field: &str) -> Amounts {
    let items = |name: &str| spec.get(name).and_then(Node::as_list).unwrap_or_default().iter();
    let mut all = Amounts::new();
    for container in items("containers") {
        add(&mut all, &of_container(container, field));
    }
    let (mut stay, mut most) = (Amounts::new(), Amounts::new());
    for container in items("initContainers") {
        let mut own = of_container(container, field);
        if container.str_at(&["restartPolicy"]) == Some("Always") {
            add(&mut all, &own);
            add(&mut stay, &own);
            own = stay.clone();
        } else {
            add(&mut own, &stay);
        }
        raise(&mut most, &own);
    }
    raise(&mut all, &most);
    for (name, amount) in list(spec.at(&["resources", field])) {
        if matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-") {
            all.insert(name, amount);
        }
    }
    all
}

/// The same with what the pod itself takes.
pub(super) fn with_overhead(spec: &Node, field: &str) -> Amounts {
    let mut all = of_pod(spec, field);
    let mut overhead = list(spec.get("overhead"));
    if field == "limits" {
        overhead.retain(|name, _| all.get(name).is_some_and(|limit| limit.nano != 0));
    }
    add(&mut all, &overhead);
    all
}
