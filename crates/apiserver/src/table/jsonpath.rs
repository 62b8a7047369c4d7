//! The part of Kubernetes' JSONPath that columns use: names, indexes, `*`, quoted names, and filters
//! that compare one path with a literal or ask whether there is such a path.

use manifest::Node;

/// The first value that a path finds; `None` where it finds none, or is none.
pub(super) fn first<'n>(path: &str, node: &'n Node) -> Option<&'n Node> {
    find(path, node)?.first().copied()
}

/// All values that a path finds; `None` where it cannot be read.
fn find<'n>(path: &str, node: &'n Node) -> Option<Vec<&'n Node>> {
    let path = path.trim();
    let path = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut found = vec![node];
    while !rest.is_empty() {
        let (step, after) = step(rest)?;
        found = found.into_iter().flat_map(|node| step.from(node)).collect();
        rest = after;
    }
    Some(found)
}

enum Step<'p> {
    Name(String),
    Index(i64),
    All,
    Filter(Filter<'p>),
}

struct Filter<'p> {
    path: &'p str,
    /// An operator, and what stands on its right.
    compare: Option<(&'p str, &'p str)>,
}

/// The first step of a path, and the rest of it.
fn step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(path) = path.strip_prefix("[?(") {
        let (inside, rest) = path.split_once(")]")?;
        return Some((Step::Filter(Filter::parse(inside)?), rest));
    }
    if let Some(path) = path.strip_prefix('[') {
        let (inside, rest) = path.split_once(']')?;
        let quoted = |quote: char| inside.strip_prefix(quote)?.strip_suffix(quote);
        return Some(match (quoted('\'').or_else(|| quoted('"')), inside) {
            (Some(name), _) => (Step::Name(name.to_owned()), rest),
            (None, "*") => (Step::All, rest),
            (None, number) => (Step::Index(number.parse().ok()?), rest),
        });
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    if let Some(rest) = path.strip_prefix('*') {
        return Some((Step::All, rest));
    }
    name(path)
}

/// A name up to the next dot or bracket; a backslash takes either into it.
fn name(path: &str) -> Option<(Step<'_>, &str)> {
    let mut name = String::new();
    let mut letters = path.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            '.' | '[' if !name.is_empty() => return Some((Step::Name(name), path.get(at..)?)),
            '.' | '[' => return None,
            _ => name.push(letter),
        }
    }
    (!name.is_empty()).then_some((Step::Name(name), ""))
}

impl Step<'_> {
    fn from<'n>(&self, node: &'n Node) -> Vec<&'n Node> {
        let items = node.as_list().unwrap_or_default();
        match self {
            Step::Name(name) => node.get(name).into_iter().collect(),
            Step::Index(at) => {
                let from_the_end = || i64::try_from(items.len()).ok()?.checked_add(*at);
                let at = if *at < 0 { from_the_end() } else { Some(*at) };
                let at = at.and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| items.get(at)).into_iter().collect()
            }
            Step::All => match node.as_map() {
                Some(map) => map.iter().map(|(_, value)| value).collect(),
                None => items.iter().collect(),
            },
            Step::Filter(filter) => items.iter().filter(|item| filter.keeps(item)).collect(),
        }
    }
}

impl<'p> Filter<'p> {
    fn parse(inside: &'p str) -> Option<Filter<'p>> {
        const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "<", ">"];
        let split = |operator: &&'p str| {
            let (left, right) = inside.split_once(operator)?;
            Some((left, (*operator, right.trim())))
        };
        let (left, compare) = match OPERATORS.iter().find_map(split) {
            Some((left, compare)) => (left, Some(compare)),
            None => (inside, None),
        };
        let path = left.trim().strip_prefix('@')?;
        Some(Filter { path, compare })
    }

    fn keeps(&self, item: &Node) -> bool {
        let Some(value) = first(self.path, item) else { return false };
        let Some((operator, right)) = self.compare else { return true };
        let quoted = |quote: char| right.strip_prefix(quote)?.strip_suffix(quote);
        let right = quoted('"').or_else(|| quoted('\'')).unwrap_or(right);
        let Some(left) = value.scalar_text() else { return false };
        let order = match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => left.partial_cmp(&right),
            _ => Some(left.as_str().cmp(right)),
        };
        let Some(order) = order else { return false };
        match operator {
            "==" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_ge(),
        }
    }
}
