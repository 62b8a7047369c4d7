//! A YAML text by lines, and its nodes by their places: what [`super::comments`] looks at.

use manifest::yaml::parse::{Data, Mark, ScalarStyle};

use super::layout::Item;

/// What a line has besides blanks.
#[derive(Default)]
pub(super) struct Line {
    /// The column of its first content.
    pub(super) first: Option<usize>,
    pub(super) starts_with_dash: bool,
    /// The column of its last dash, if dashes are all its content.
    pub(super) dash: Option<usize>,
    pub(super) ends_with_colon: bool,
    /// Whether it ends with an anchor or a tag of what is on the next line.
    pub(super) ends_with_property: bool,
    /// The column of its comment, and the comment.
    pub(super) comment: Option<(usize, String)>,
}

/// The lines of the first document of a text.
pub(super) struct Lines(pub(super) Vec<Line>);

impl Lines {
    pub(super) fn of(text: &str, tree: &Tree) -> Lines {
        let last = tree.nodes.last().map_or(0, |node| node.end.0);
        let is_end = |number, text: &str| {
            number > last && (text.starts_with("---") || text.starts_with("..."))
        };
        let spans = tree.scalars();
        let lines = text.lines().enumerate().take_while(|(number, text)| !is_end(*number, text));
        let spans_on = |number| spans.get(number).map(Vec::as_slice).unwrap_or_default();
        Lines(lines.map(|(number, text)| line(text, spans_on(number))).collect())
    }
}

/// Looks a line over, of which `spans` are columns in scalars.
fn line(text: &str, spans: &[(usize, usize)]) -> Line {
    let mut line = Line::default();
    let chars: Vec<char> = text.chars().collect();
    for (column, &c) in chars.iter().enumerate() {
        let is_scalar = spans.iter().any(|(start, end)| (*start..*end).contains(&column));
        let before = column.checked_sub(1).and_then(|before| chars.get(before));
        if !is_scalar && c.is_whitespace() {
            continue;
        }
        if !is_scalar && c == '#' && before.is_none_or(|c| c.is_whitespace()) {
            let comment: String = chars.iter().skip(column).collect();
            line.comment = Some((column, comment.trim_end().to_owned()));
            break;
        }
        let is_dash = !is_scalar && c == '-';
        let is_start = line.first.is_none();
        if is_start {
            line.first = Some(column);
            line.starts_with_dash = is_dash;
        }
        line.dash = (is_dash && (is_start || line.dash.is_some())).then_some(column);
        line.ends_with_colon = !is_scalar && c == ':';
        if before.is_none_or(|c| c.is_whitespace()) {
            line.ends_with_property = !is_scalar && matches!(c, '&' | '!');
        }
    }
    line
}

/// A line and a column.
type At = (usize, usize);

/// A scalar, alias, map or list.
struct Node {
    item: usize,
    start: At,
    end: At,
    kind: Kind,
    /// The map or list that it is in, by its number among the nodes.
    parent: Option<usize>,
    /// The key that it is the value of.
    key: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Leaf,
    Plain,
    /// A scalar in block style.
    Block,
    /// A scalar of no characters.
    Empty,
    Flow,
    List,
    Map,
}

/// A block map or list that a node is in.
pub(super) struct Block {
    pub(super) start: usize,
    pub(super) indent: usize,
    pub(super) is_map: bool,
    /// The key or item in it that leads to the node.
    pub(super) entry: usize,
}

/// The nodes of a document, in order of their starts.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

fn at(mark: Mark) -> At {
    (mark.line as usize, mark.column as usize)
}

impl Tree {
    pub(super) fn of(items: &[Item<'_>]) -> Tree {
        let mut nodes: Vec<Node> = Vec::new();
        // The open maps and lists; of a map, the key whose value is next.
        let mut open: Vec<(usize, Option<usize>)> = Vec::new();
        for (item, Item { event, .. }) in items.iter().enumerate() {
            let (start, end) = (at(event.start), at(event.end));
            let kind = match &event.data {
                Data::SequenceEnd | Data::MappingEnd => {
                    if let Some((collection, _)) = open.pop()
                        && let Some(node) = nodes.get_mut(collection)
                    {
                        node.end = end;
                    }
                    continue;
                }
                Data::SequenceStart { is_flow: true, .. } => Kind::Flow,
                Data::MappingStart { is_flow: true, .. } => Kind::Flow,
                Data::SequenceStart { .. } => Kind::List,
                Data::MappingStart { .. } => Kind::Map,
                Data::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => {
                    Kind::Block
                }
                _ if start == end => Kind::Empty,
                Data::Scalar { style: ScalarStyle::Plain, .. } => Kind::Plain,
                _ => Kind::Leaf,
            };
            let number = nodes.len();
            let parent = open.last().map(|(collection, _)| *collection);
            let is_in_map = parent.is_some_and(|parent| is_map(items, &nodes, parent));
            let mut key = None;
            if let Some((_, pending)) = open.last_mut().filter(|_| is_in_map) {
                key = pending.take();
                if key.is_none() {
                    *pending = Some(number);
                }
            }
            nodes.push(Node { item, start, end, kind, parent, key });
            if matches!(event.data, Data::SequenceStart { .. } | Data::MappingStart { .. }) {
                open.push((number, None));
            }
        }
        Tree { nodes }
    }

    /// By line, the columns that are in scalars.
    fn scalars(&self) -> Vec<Vec<(usize, usize)>> {
        let mut lines: Vec<Vec<(usize, usize)>> = Vec::new();
        for node in &self.nodes {
            let is_block = node.kind == Kind::Block;
            if !(is_block || matches!(node.kind, Kind::Leaf | Kind::Plain)) {
                continue;
            }
            if lines.len() <= node.end.0 {
                lines.resize(node.end.0 + 1, Vec::new());
            }
            let on = lines.iter_mut().enumerate().take(node.end.0 + 1).skip(node.start.0);
            for (number, line) in on {
                let start = if number == node.start.0 { node.start.1 } else { 0 };
                let end = match number {
                    // What stands behind its sign is a comment.
                    _ if is_block && number == node.start.0 => start + 1,
                    _ if number == node.end.0 => node.end.1,
                    _ => usize::MAX,
                };
                line.push((start, end));
            }
        }
        lines
    }

    /// The last scalar, alias or flow collection that ends before a place.
    pub(super) fn last_before(&self, line: usize, column: usize) -> Option<usize> {
        let at = (line, column);
        let ends_before = |number: &usize| {
            self.nodes.get(*number).is_some_and(|node| match node.kind {
                Kind::Leaf | Kind::Plain | Kind::Flow => node.end <= at,
                Kind::Block => true,
                Kind::Empty | Kind::List | Kind::Map => false,
            })
        };
        let before = self.nodes.partition_point(|node| node.start <= at);
        let last = (0..before).rev().find(ends_before)?;
        // What it is in may have ended since.
        let flows = self.ancestors(last).take_while(|number| self.is(*number, Kind::Flow));
        let whole = flows.filter(ends_before).last().unwrap_or(last);
        self.nodes.get(whole).map(|node| node.item)
    }

    /// The first node that begins after a place.
    pub(super) fn first_after(&self, line: usize, column: usize) -> Option<usize> {
        let first = self.nodes.partition_point(|node| node.start <= (line, column));
        self.nodes.get(first).map(|node| node.item)
    }

    /// The first scalar, alias or flow collection that begins at or after a place.
    pub(super) fn first_from(&self, line: usize, column: usize) -> Option<usize> {
        let first = self.nodes.partition_point(|node| node.start < (line, column));
        let mut nodes = self.nodes.iter().skip(first);
        nodes.find(|node| !matches!(node.kind, Kind::List | Kind::Map)).map(|node| node.item)
    }

    /// Whether a place is inside of a flow collection.
    pub(super) fn is_in_flow(&self, line: usize, column: usize) -> bool {
        let at = (line, column);
        let Some(last) = self.nodes.partition_point(|node| node.start < at).checked_sub(1) else {
            return false;
        };
        self.ancestors(last).chain([last]).any(|number| {
            let node = self.nodes.get(number);
            node.is_some_and(|node| node.kind == Kind::Flow && at < node.end)
        })
    }

    /// The block maps and lists that a node is in, innermost first.
    pub(super) fn blocks(&self, item: usize) -> impl Iterator<Item = Block> {
        let mut number = self.number(item);
        std::iter::from_fn(move || {
            loop {
                let node = self.nodes.get(number?)?;
                let parent = self.nodes.get(node.parent?)?;
                let entry = node.key.and_then(|key| self.nodes.get(key)).unwrap_or(node);
                number = node.parent;
                if matches!(parent.kind, Kind::List | Kind::Map) {
                    return Some(Block {
                        start: parent.item,
                        indent: parent.start.1,
                        is_map: parent.kind == Kind::Map,
                        entry: entry.item,
                    });
                }
            }
        })
    }

    /// The key or item of the innermost block that leads to a node.
    pub(super) fn entry(&self, item: usize) -> Option<usize> {
        self.blocks(item).next().map(|block| block.entry)
    }

    /// The indentation of the innermost block that a node is in.
    pub(super) fn indent(&self, item: usize) -> usize {
        self.blocks(item).next().map_or(0, |block| block.indent)
    }

    fn number(&self, item: usize) -> Option<usize> {
        self.nodes.binary_search_by_key(&item, |node| node.item).ok()
    }

    /// Whether a node is a map or list in brackets.
    pub(super) fn is_flow(&self, item: usize) -> bool {
        self.number(item).is_some_and(|number| self.is(number, Kind::Flow))
    }

    /// Whether a node is text without quotes.
    pub(super) fn is_plain(&self, item: usize) -> bool {
        self.number(item).is_some_and(|number| self.is(number, Kind::Plain))
    }

    /// Whether a comment beside a node would stand on this line.
    pub(super) fn is_on(&self, item: usize, line: usize) -> bool {
        let node = self.number(item).and_then(|number| self.nodes.get(number));
        node.is_some_and(|node| match node.kind {
            Kind::Block => node.start.0 == line,
            _ => node.end.0 == line,
        })
    }

    fn is(&self, number: usize, kind: Kind) -> bool {
        self.nodes.get(number).is_some_and(|node| node.kind == kind)
    }

    /// What a node is in, by number, innermost first.
    fn ancestors(&self, number: usize) -> impl Iterator<Item = usize> {
        let parent = move |number: usize| self.nodes.get(number)?.parent;
        std::iter::successors(parent(number), move |number| parent(*number))
    }
}

fn is_map(items: &[Item<'_>], nodes: &[Node], number: usize) -> bool {
    let item = nodes.get(number).and_then(|node| items.get(node.item));
    item.is_some_and(|item| matches!(item.event.data, Data::MappingStart { .. }))
}
