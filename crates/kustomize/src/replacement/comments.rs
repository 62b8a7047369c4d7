//! Comments of YAML text: which node each belongs to (go-yaml v3's scanner and parser), so that
//! [`super::emit`] can put it back.
//!
//! A comment on lines of its own is the head of what follows, unless a blank line or the indentation
//! says that it is the foot of what it comes after. Comments inside flow collections are left out.

use super::layout::Item;
use super::lines::{Block, Line, Lines, Tree};

/// The comments of a node, their lines as written; an empty one is a blank line.
#[derive(Default)]
pub(super) struct Comments {
    /// Above it.
    pub(super) head: Vec<String>,
    /// At the end of its line.
    pub(super) line: Vec<String>,
    /// Below the entry that the key or item begins.
    pub(super) foot: Vec<String>,
}

#[derive(Clone, Copy)]
enum Place {
    Head,
    Line,
    Foot,
}

/// Comments that belong to the whole document.
#[derive(Default)]
pub(super) struct Around {
    pub(super) top: Vec<String>,
    pub(super) bottom: Vec<String>,
}

/// Gives every comment of `text` to the item that it belongs to.
pub(super) fn attach(text: &str, items: &mut [Item<'_>]) -> Around {
    let mut around = Around::default();
    if !text.contains('#') {
        return around;
    }
    let tree = Tree::of(items);
    let lines = Lines::of(text, &tree);
    let mut found: Vec<(usize, Place, Vec<String>)> = Vec::new();
    let mut gap = Gap::default();
    for (number, line) in lines.0.iter().enumerate() {
        if line.first.is_none() {
            gap.lines.push((number, line));
            continue;
        }
        gap.end(&tree, next_of(number, line, &tree), &mut found, &mut around);
        gap = Gap { lines: Vec::new(), before: Some((number, line)) };
        let Some((column, comment)) = &line.comment else { continue };
        if tree.is_in_flow(number, *column) {
            continue;
        }
        if line.dash.is_some() {
            // Beside a dash alone it is one with the lines below.
            gap.lines.push((number, line));
        } else if let Some(item) = match line.ends_with_property {
            true => tree.first_from(number, *column),
            false => tree.last_before(number, *column).filter(|item| tree.is_on(*item, number)),
        } {
            found.push((item, Place::Line, vec![comment.clone()]));
        }
    }
    gap.end(&tree, None, &mut found, &mut around);
    for (item, place, lines) in found {
        add(items, item, place, lines);
    }
    around
}

fn add(items: &mut [Item<'_>], at: usize, place: Place, lines: Vec<String>) {
    let Some(Item { comments, .. }) = items.get_mut(at) else { return };
    match place {
        Place::Head => comments.head.extend(lines),
        Place::Line => comments.line.extend(lines),
        Place::Foot => comments.foot.extend(lines),
    }
}

/// What a comment before this line would be the head of.
fn next_of(number: usize, line: &Line, tree: &Tree) -> Option<Next> {
    let column = line.first?;
    let first = tree.first_from(number, column)?;
    let item = if line.starts_with_dash { tree.first_after(number, column)? } else { first };
    Some(Next { item, column, first })
}

/// What comes after a gap.
#[derive(Clone, Copy)]
struct Next {
    item: usize,
    column: usize,
    /// The first scalar, alias or flow collection.
    first: usize,
}

impl Next {
    /// What takes a foot that comes too late. The start of a flow collection takes it and loses it.
    fn taker(self, tree: &Tree) -> Option<usize> {
        Some(self.first).filter(|item| !tree.is_flow(*item))
    }
}

/// Lines without content, and the line before them.
#[derive(Default)]
struct Gap<'l> {
    before: Option<(usize, &'l Line)>,
    lines: Vec<(usize, &'l Line)>,
}

/// What a group of comment lines is.
#[derive(Clone, Copy)]
enum Group {
    Head,
    /// The foot of the entry that it follows.
    Foot,
    /// A foot at this column, further out than the entry that it follows.
    OuterFoot(usize),
    /// A foot at this column after another comment.
    LateFoot(usize),
}

impl Gap<'_> {
    /// Sorts the comments of the gap, now that it is known what follows.
    fn end(
        &self,
        tree: &Tree,
        next: Option<Next>,
        found: &mut Vec<(usize, Place, Vec<String>)>,
        around: &mut Around,
    ) {
        let Some(&(first, _)) = self.lines.first() else { return };
        if tree.is_in_flow(first, 0) {
            return;
        }
        let last = self.before.and_then(|_| tree.last_before(first, 0));
        let dash = self.before.and_then(|(_, line)| line.dash);
        let indent = dash.or(last.map(|last| tree.indent(last))).unwrap_or(0);
        let groups = self.groups(tree, indent, next.map(|next| next.column));
        for (index, (group, lines)) in groups.into_iter().enumerate() {
            match (group, next) {
                (Group::Head, Some(next)) if self.before.is_none() => {
                    let (top, head) = split_top(lines);
                    around.top = top;
                    found.push((next.item, Place::Head, head));
                }
                (Group::Head, Some(next)) => found.push((next.item, Place::Head, lines)),
                (Group::Head, None) => around.bottom.extend(lines),
                (Group::Foot, Some(next)) if dash.is_some() => {
                    found.extend(next.taker(tree).map(|item| (item, Place::Foot, lines)));
                }
                (Group::Foot, _) => {
                    let entry = last.and_then(|last| tree.entry(last));
                    found.extend(entry.map(|entry| (entry, Place::Foot, lines)));
                }
                (Group::LateFoot(_), None) => around.bottom.extend(lines),
                (Group::OuterFoot(column), None) => {
                    match last.and_then(|last| ending(tree, last, column, index == 0)) {
                        Some(entry) => found.push((entry, Place::Foot, lines)),
                        None => around.bottom.extend(lines),
                    }
                }
                (Group::OuterFoot(column) | Group::LateFoot(column), Some(next)) => {
                    let entry = last.and_then(|last| outer(tree, last, next, column));
                    found.extend(entry.map(|entry| (entry, Place::Foot, lines)));
                }
            }
        }
    }

    /// The comments of the gap, cut where one ends and another begins (`yaml_parser_scan_comments`).
    /// `indent` is the indentation of what is before, `next` the column of what comes after.
    fn groups(&self, tree: &Tree, indent: usize, next: Option<usize>) -> Vec<(Group, Vec<String>)> {
        let mut groups = Vec::new();
        let mut text: Vec<String> = Vec::new();
        let (mut start_line, mut start) = (0, 0);
        let mut is_first = self.lines.first().is_some_and(|(_, line)| line.comment.is_some());
        let mut was_blank = false;
        // A comment right below a line belongs to it if nothing is right below the comment, unless
        // the line ends with a colon, or is the first one and ends with anything but plain text.
        let foot_line = self.before.map(|(number, _)| number + 1);
        let foot_line = foot_line.filter(|number| *number > 1 || self.is_after_plain(tree));
        let after_colon = self.before.is_some_and(|(_, line)| line.ends_with_colon);
        let end = [None];
        let lines =
            self.lines.iter().map(Some).chain(end.iter().copied().filter(|_| next.is_none()));
        for entry in lines {
            let comment = entry.and_then(|(number, line)| Some((*number, line.comment.as_ref()?)));
            match comment {
                Some((number, (column, comment))) => {
                    if !text.is_empty() && *column < indent && *column != start {
                        groups.push((foot(&groups, start), std::mem::take(&mut text)));
                    }
                    if text.is_empty() {
                        (start_line, start) = (number, *column);
                    }
                    text.push(comment.clone());
                    was_blank = false;
                }
                None => {
                    let is_foot = Some(start_line) == foot_line && !after_colon;
                    if !was_blank && !text.is_empty() {
                        if is_first && start < indent {
                            groups.push((Group::OuterFoot(start), std::mem::take(&mut text)));
                        } else if is_first && is_foot {
                            groups.push((Group::Foot, std::mem::take(&mut text)));
                        } else if entry.is_some() {
                            text.push(String::new());
                        }
                    }
                    is_first = false;
                    was_blank = true;
                }
            }
        }
        if !text.is_empty() {
            let is_foot = next.is_some_and(|next| next < indent && next != start);
            groups.push((if is_foot { foot(&groups, start) } else { Group::Head }, text));
        }
        groups
    }
}

/// A foot at a column. Only the first group of a gap can belong to what is right before.
fn foot(groups: &[(Group, Vec<String>)], column: usize) -> Group {
    if groups.is_empty() { Group::Foot } else { Group::LateFoot(column) }
}

impl Gap<'_> {
    fn is_after_plain(&self, tree: &Tree) -> bool {
        self.before.is_some_and(|(number, line)| {
            let last = tree.last_before(number, usize::MAX);
            line.comment.is_none() && last.is_some_and(|last| tree.is_plain(last))
        })
    }
}

/// Cuts a comment at the top of the text after its last blank line: what is before belongs to the
/// document.
fn split_top(mut lines: Vec<String>) -> (Vec<String>, Vec<String>) {
    match lines.iter().rposition(String::is_empty) {
        Some(blank) => {
            let head = lines.split_off(blank + 1);
            lines.pop();
            (lines, head)
        }
        None => (Vec::new(), lines),
    }
}

/// The entry that a foot at the end of the text belongs to: the one in the map of its column, or
/// else, if no other comment is before it, in the outermost.
fn ending(tree: &Tree, last: usize, column: usize, is_first: bool) -> Option<usize> {
    let maps: Vec<Block> = tree.blocks(last).filter(|block| block.is_map).collect();
    let aligned = maps.iter().find(|block| block.indent == column);
    aligned.or(maps.last().filter(|_| is_first)).map(|block| block.entry)
}

/// The entry that a foot at an outer column belongs to: the one in the block of that column if the
/// block ends here, else the one before what follows.
fn outer(tree: &Tree, last: usize, next: Next, column: usize) -> Option<usize> {
    let maps = tree.blocks(last).filter(|block| block.is_map);
    let mut ending = maps.take_while(|block| block.indent > next.column);
    let aligned = ending.find(|block| block.indent == column);
    let before_next = || {
        let block = tree.blocks(next.item).next()?;
        tree.blocks(last)
            .find(|other| other.start == block.start && block.is_map)
            .map(|other| other.entry)
    };
    aligned.map(|block| block.entry).or_else(before_next).or_else(|| next.taker(tree))
}
