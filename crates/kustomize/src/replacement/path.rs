//! Field paths: their syntax, reading one exactly, and reaching a place to write to (kyaml
//! `utils.SmarterPathSplitter`, `yaml.PathGetter`).

use manifest::diagnostic::did_you_mean;
use manifest::{List, Map, Node, Origin, Text, Value};

use crate::fieldspec::split_path;

/// Splits a path at dots. `\.` is a dot in a name, `[a.b]` a name with dots, `[key=a.b]` an entry.
pub(super) fn split(path: &str) -> Vec<Text> {
    let mut parts = split_path(path, '.').into_iter();
    let mut result = Vec::new();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part.into());
            continue;
        }
        let mut whole = part;
        for part in parts.by_ref() {
            whole.push('.');
            whole.push_str(&part);
            if part.ends_with(']') {
                break;
            }
        }
        result.push(match whole.contains('=') {
            true => whole.into(),
            false => whole.trim_matches(['[', ']']).into(),
        });
    }
    result
}

/// What a part of a path means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Part<'p> {
    /// A name, of a field or a map's key.
    Name(&'p str),
    Index(usize),
    Negative,
    /// `*`.
    Every,
    /// `[field=value]`; `[=value]` has an empty field.
    Entry {
        field: &'p str,
        value: &'p str,
    },
    /// Brackets without `=`.
    NoEntry,
}

impl Part<'_> {
    pub(super) fn of(part: &str) -> Part<'_> {
        if let Ok(number) = part.parse::<i64>() {
            return usize::try_from(number).map_or(Part::Negative, Part::Index);
        }
        match part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            _ if part == "*" => Part::Every,
            None => Part::Name(part),
            Some(inner) => match inner.split_once('=') {
                Some((field, value)) => Part::Entry { field, value },
                None => Part::NoEntry,
            },
        }
    }

    /// Whether it leads into a list. `*` does not count: nothing is made for it.
    pub(super) fn is_of_list(self) -> bool {
        matches!(self, Part::Index(_) | Part::Entry { .. } | Part::NoEntry)
    }
}

/// A step from a node to one in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Step {
    Key(Text),
    /// An item; the one after the last is a new one.
    Index(usize),
    /// A new item: a map with this one entry, or just the value where `field` is empty.
    New {
        field: Text,
        value: Text,
    },
}

/// The steps from the root of a resource to a node.
pub(super) type Location = Vec<Step>;

/// Why a path leads nowhere: a lowercase fragment, where the last node on it stands, what to do.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Problem {
    pub(super) cause: String,
    pub(super) origin: Origin,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(cause: impl Into<String>, origin: Origin) -> Problem {
        Problem { cause: cause.into(), origin, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// `part` asks for another type of node.
    pub(super) fn wrong_type(part: &str, got: &str, origin: Origin) -> Problem {
        let wanted = if Part::of(part).is_of_list() || part == "*" { "list" } else { "map" };
        let problem =
            Problem::new(format!("`{part}` needs a {wanted}, and there is a {got}"), origin);
        match (wanted, got) {
            ("map", "list") => {
                problem.help("name an item by `[name=…]`, by index, or take all by `*`")
            }
            _ => problem,
        }
    }

    /// The map has no field of this name.
    pub(super) fn no_field(name: &str, node: &Node) -> Problem {
        let keys = node.as_map().into_iter().flat_map(Map::keys).map(manifest::Key::as_str);
        Problem {
            cause: format!("there is no field `{name}`"),
            origin: node.origin,
            help: did_you_mean(name, keys),
        }
    }

    /// No item of the list has this value in this field.
    pub(super) fn no_entry(field: &str, value: &str, node: &Node) -> Problem {
        let items = node.as_list().unwrap_or_default().iter();
        let values = items.filter_map(|item| match field {
            "" => item.as_str(),
            _ => item.get(field)?.as_str(),
        });
        Problem {
            cause: format!("no item fits `[{field}={value}]`"),
            origin: node.origin,
            help: did_you_mean(value, values),
        }
    }

    pub(super) fn no_index(index: usize, len: usize, origin: Origin) -> Problem {
        let items = if len == 1 { "item" } else { "items" };
        Problem::new(format!("there is no item {index}, the list has {len} {items}"), origin)
    }
}

/// The node that `path` names, exactly one.
///
/// # Errors
/// There is none, or the path does not fit.
pub(super) fn lookup<'n>(root: &'n Node, path: &[Text]) -> Result<(Location, &'n Node), Problem> {
    let mut at = Location::new();
    let mut node = root;
    for part in path {
        if let Some((step, next)) = lookup_part(node, part)? {
            at.push(step);
            node = next;
        }
    }
    Ok((at, node))
}

/// The node one part further; `None` for an empty part, which counts for nothing.
pub(super) fn lookup_part<'n>(
    node: &'n Node,
    part: &str,
) -> Result<Option<(Step, &'n Node)>, Problem> {
    let part = part.trim();
    let wrong_type = || Problem::wrong_type(part, node.type_name(), node.origin);
    let items = || match &node.value {
        Value::List(list) => Ok(list.as_slice()),
        Value::Null => Ok(&[][..]),
        _ => Err(wrong_type()),
    };
    let at = match Part::of(part) {
        _ if part.is_empty() => return Ok(None),
        Part::Name("-") => items()?.len().saturating_sub(1),
        Part::Index(index) => index,
        Part::Negative => return Err(Problem::new("an index must not be negative", node.origin)),
        Part::Every => {
            let problem = Problem::new("`*` does not say which item to take", node.origin);
            return Err(problem.help("a source is one field: give an index or `[name=…]`"));
        }
        Part::NoEntry => return Err(no_entry_syntax(part, node.origin)),
        Part::Entry { field, value } => {
            let fits = |item: &Node| {
                let wanted = if field.is_empty() { Some(item) } else { item.get(field) };
                wanted.is_some_and(|node| node.scalar_text().unwrap_or_default() == value)
            };
            let found = items()?.iter().position(fits);
            found.ok_or_else(|| Problem::no_entry(field, value, node))?
        }
        Part::Name(name) => {
            return match &node.value {
                Value::Map(map) => match map.get(name) {
                    Some(next) => Ok(Some((Step::Key(name.into()), next))),
                    None => Err(Problem::no_field(name, node)),
                },
                Value::Null => Err(Problem::no_field(name, node)),
                _ => Err(wrong_type()),
            };
        }
    };
    let items = items()?;
    match items.get(at) {
        Some(next) => Ok(Some((Step::Index(at), next))),
        None => Err(Problem::no_index(at, items.len(), node.origin)),
    }
}

pub(super) fn no_entry_syntax(part: &str, origin: Origin) -> Problem {
    Problem::new(format!("`{part}` names no item"), origin)
        .help("write `[field=value]`; for a name with dots escape them: `\\.`")
}

/// The node at a location, made where it is missing.
pub(super) struct Reached<'n> {
    pub(super) node: &'n mut Node,
    /// Whether it is new, a null that takes any type.
    pub(super) is_new: bool,
    /// The location as it is from now on.
    pub(super) at: Location,
}

/// Goes to `location`, making what is missing on the way, with `origin`. Copies only the spine.
///
/// `None` where the location does not fit the tree, which one that was found in it does.
pub(super) fn reach<'n>(
    root: &'n mut Node,
    location: &[Step],
    origin: Origin,
) -> Option<Reached<'n>> {
    let mut node = root;
    let mut is_new = false;
    let mut at = Location::new();
    for (step, next) in location.iter().zip(location.iter().skip(1).map(Some).chain([None])) {
        let make = || match next {
            Some(Step::Key(_)) => Node::map(origin),
            Some(Step::Index(_) | Step::New { .. }) => Node::new(List::new(), origin),
            None => Node::new(Value::Null, origin),
        };
        match step {
            Step::Key(key) => {
                let map = node.as_map_mut()?;
                is_new |= !map.contains(key);
                node = map.entry(key, make);
                at.push(step.clone());
            }
            Step::Index(index) => {
                let list = node.as_list_mut()?;
                if *index == list.len() {
                    is_new = true;
                    list.push(make());
                }
                node = list.make_mut().get_mut(*index)?;
                at.push(step.clone());
            }
            Step::New { field, value } => {
                is_new = true;
                let list = node.as_list_mut()?;
                at.push(Step::Index(list.len()));
                list.push(new_item(field, value, origin));
                node = list.make_mut().last_mut()?;
            }
        }
    }
    Some(Reached { node, is_new, at })
}

fn new_item(field: &str, value: &str, origin: Origin) -> Node {
    let value = Node { value: super::copied::plain(value).unwrap_or_default(), origin };
    if field.is_empty() {
        return value;
    }
    Node { value: [(field.into(), value)].into_iter().collect(), origin }
}
