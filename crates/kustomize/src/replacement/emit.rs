//! Writing a [`super::layout::Layout`] as go-yaml v3 does: two blanks of indentation, lists not
//! indented below their key, no line folded, comments where they were.

use manifest::yaml::parse::{Data, Properties, Property};

use super::comments::Around;
use super::layout::Item;
use super::scalar::Scalar;

const INDENT: usize = 2;

/// The longest key that needs no `?`.
const MAX_KEY: usize = 128;

const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// The text of a document.
pub(super) fn emit(items: &[Item<'_>], around: &Around) -> String {
    let mut emitter = Emitter {
        items,
        out: String::new(),
        column: 0,
        is_spaced: true,
        is_indention: true,
        indent: None,
        flow: 0,
        foot_indent: None,
        head: &around.top,
        line: &[],
        key_line: &[],
        foot: &[],
        tail: &[],
    };
    emitter.document(&around.bottom);
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Item,
    Value,
    /// A key, without or with `?`.
    Key {
        is_simple: bool,
    },
    Root,
}

pub(super) struct Emitter<'d> {
    items: &'d [Item<'d>],
    pub(super) out: String,
    pub(super) column: usize,
    /// Whether what comes next need not be set off by a blank.
    pub(super) is_spaced: bool,
    /// Whether the line has nothing but indentation and dashes so far.
    pub(super) is_indention: bool,
    indent: Option<usize>,
    pub(super) flow: usize,
    /// The indentation of a foot just written: what comes next there stands off by a blank line.
    foot_indent: Option<usize>,
    /// Comments that wait for their place.
    head: &'d [String],
    line: &'d [String],
    key_line: &'d [String],
    foot: &'d [String],
    tail: &'d [String],
}

impl<'d> Emitter<'d> {
    fn document(&mut self, bottom: &'d [String]) {
        if !self.head.is_empty() {
            self.head_comment();
            self.line_break();
        }
        self.take_comments(0);
        self.head_comment();
        self.node(0, Context::Root);
        self.foot_comment();
        self.foot_indent = Some(0);
        self.foot = bottom;
        self.foot_comment();
    }

    fn data(&self, at: usize) -> Option<&'d Data<'d>> {
        self.items.get(at).map(|item| &item.event.data)
    }

    fn is_end(&self, at: usize) -> bool {
        matches!(self.data(at), None | Some(Data::SequenceEnd | Data::MappingEnd))
    }

    /// Has the comments of an item wait for their places.
    fn take_comments(&mut self, at: usize) {
        let Some(Item { comments, .. }) = self.items.get(at) else { return };
        if !comments.head.is_empty() {
            self.head = &comments.head;
        }
        if !comments.line.is_empty() {
            self.line = &comments.line;
        }
        // The foot of a key waits until its value is written.
        if !comments.foot.is_empty() {
            self.foot = &comments.foot;
        }
    }

    /// Writes the node at `at`, whose comments have been taken. Returns the place after it.
    fn node(&mut self, at: usize, context: Context) -> usize {
        let is_empty = self.is_end(at + 1);
        match self.data(at) {
            Some(Data::Alias { anchor }) => {
                self.indicator("*", true, false, false);
                self.word(anchor);
                self.beside(context);
                at + 1
            }
            Some(Data::Scalar { properties, value, style }) => {
                self.properties(properties);
                let outer = self.deepen(true, false);
                let is_simple_key = context == Context::Key { is_simple: true };
                self.scalar(&Scalar::new(value), *style, is_simple_key);
                self.indent = outer;
                self.beside(context);
                at + 1
            }
            Some(Data::SequenceStart { properties, is_flow }) => {
                self.properties(properties);
                if self.flow > 0 || *is_flow || is_empty {
                    return self.flow_list(at);
                }
                self.block_list(at, context)
            }
            Some(Data::MappingStart { properties, is_flow }) => {
                self.properties(properties);
                if self.flow > 0 || *is_flow || is_empty {
                    return self.flow_map(at);
                }
                self.block_map(at)
            }
            _ => at + 1,
        }
    }

    /// What is written after a scalar: its comments, but a key's wait for the value.
    fn beside(&mut self, context: Context) {
        if !matches!(context, Context::Key { .. }) && self.flow == 0 {
            self.line_comment(false);
            self.foot_comment();
        }
    }

    /// Goes one level in; returns the indentation to go back to.
    fn deepen(&mut self, is_flow: bool, is_compact: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(match outer {
            None if is_flow => INDENT,
            None => 0,
            Some(indent) if is_compact => indent,
            Some(indent) => indent + INDENT,
        });
        outer
    }

    fn block_list(&mut self, at: usize, context: Context) -> usize {
        let is_of_map = !matches!(context, Context::Item | Context::Root);
        let is_compact = is_of_map && (self.column == 0 || !self.is_indention);
        let outer = self.deepen(false, is_compact);
        let mut next = at + 1;
        while !self.is_end(next) {
            self.take_comments(next);
            self.head_comment();
            self.write_indent();
            self.indicator("-", true, false, true);
            next = self.node(next, Context::Item);
        }
        self.indent = outer;
        next + 1
    }

    fn block_map(&mut self, at: usize) -> usize {
        let outer = self.deepen(false, false);
        let mut next = at + 1;
        while !self.is_end(next) {
            self.take_comments(next);
            let foot = std::mem::take(&mut self.foot);
            self.head_comment();
            self.write_indent();
            if !self.line.is_empty() {
                self.key_line = std::mem::take(&mut self.line);
            }
            let is_simple = self.is_simple_key(next);
            if !is_simple {
                self.indicator("?", true, false, true);
            }
            next = self.node(next, Context::Key { is_simple });
            if !is_simple {
                self.write_indent();
            }
            self.indicator(":", !is_simple, false, !is_simple);
            self.take_comments(next);
            self.key_comment(next);
            next = self.node(next, Context::Value);
            self.tail = foot;
        }
        self.head_comment();
        self.indent = outer;
        next + 1
    }

    /// A comment beside a key goes behind the colon, where a block follows; else behind the value.
    fn key_comment(&mut self, value: usize) {
        match self.data(value) {
            _ if self.key_line.is_empty() => {}
            // Of two the value's own stays.
            Some(Data::Scalar { .. }) if !self.line.is_empty() => {}
            Some(Data::Scalar { .. }) => self.line = std::mem::take(&mut self.key_line),
            Some(
                Data::SequenceStart { is_flow: false, .. }
                | Data::MappingStart { is_flow: false, .. },
            ) => {
                std::mem::swap(&mut self.line, &mut self.key_line);
                self.line_comment(false);
                std::mem::swap(&mut self.line, &mut self.key_line);
            }
            _ => {}
        }
    }

    fn flow_list(&mut self, at: usize) -> usize {
        let outer = self.open("[");
        let mut next = at + 1;
        while !self.is_end(next) {
            self.separate(next > at + 1);
            next = self.node(next, Context::Item);
        }
        self.close("]", outer);
        next + 1
    }

    fn flow_map(&mut self, at: usize) -> usize {
        let outer = self.open("{");
        let mut next = at + 1;
        while !self.is_end(next) {
            self.separate(next > at + 1);
            let is_simple = self.is_simple_key(next);
            if !is_simple {
                self.indicator("?", true, false, false);
            }
            next = self.node(next, Context::Key { is_simple });
            self.indicator(":", !is_simple, false, false);
            next = self.node(next, Context::Value);
        }
        if self.flow == 1 && !self.foot.is_empty() && next > at + 1 {
            // As go-yaml has it.
            self.indicator(",", false, false, false);
        }
        self.close("}", outer);
        next + 1
    }

    fn open(&mut self, bracket: &str) -> Option<usize> {
        self.indicator(bracket, true, true, false);
        self.flow += 1;
        self.deepen(true, false)
    }

    fn separate(&mut self, is_later: bool) {
        if is_later {
            self.indicator(",", false, false, false);
        }
    }

    fn close(&mut self, bracket: &str, outer: Option<usize>) {
        self.flow -= 1;
        self.indent = outer;
        self.indicator(bracket, false, false, false);
        if self.flow == 0 {
            self.line_comment(false);
            self.foot_comment();
        }
    }

    /// Whether a key needs no `?`.
    fn is_simple_key(&self, at: usize) -> bool {
        let length = |properties: &Properties<'_>| {
            let anchor = Property::anchor_of(properties).map_or(0, str::len);
            anchor + shown_tag(properties).map_or(0, str::len)
        };
        let length = match self.data(at) {
            Some(Data::Alias { anchor }) => anchor.len(),
            Some(Data::Scalar { value, .. }) if Scalar::new(value).is_multiline => {
                return false;
            }
            Some(Data::Scalar { properties, value, .. }) => length(properties) + value.len(),
            _ if !self.is_end(at + 1) => return false,
            Some(Data::SequenceStart { properties, .. })
            | Some(Data::MappingStart { properties, .. }) => length(properties),
            _ => return false,
        };
        length <= MAX_KEY
    }

    fn properties(&mut self, properties: &Properties<'_>) {
        if let Some(anchor) = Property::anchor_of(properties) {
            self.indicator("&", true, false, false);
            self.word(anchor);
        }
        self.tag(shown_tag(properties));
    }

    fn tag(&mut self, tag: Option<&str>) {
        let Some(tag) = tag else { return };
        let text = match tag.strip_prefix(YAML_TAGS) {
            Some(name) => format!("!!{name}"),
            None if tag.starts_with('!') => tag.to_owned(),
            None => format!("!<{tag}>"),
        };
        self.indicator(&text, true, false, false);
    }

    /// Writes text that belongs to what is before it.
    fn word(&mut self, text: &str) {
        self.push(text);
        self.is_spaced = false;
        self.is_indention = false;
    }

    /// Writes syntax. `needs_space`: it is set off by a blank; `gives_space`: what follows needs none;
    /// `is_indention`: it counts as such.
    pub(super) fn indicator(
        &mut self,
        text: &str,
        needs_space: bool,
        gives_space: bool,
        is_indention: bool,
    ) {
        if needs_space && !self.is_spaced {
            self.push(" ");
        }
        self.push(text);
        self.is_spaced = gives_space;
        self.is_indention &= is_indention;
    }

    /// Writes text without line breaks.
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    pub(super) fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.is_indention = true;
    }

    /// Goes to the indentation, on a new line unless this one has nothing yet.
    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        let is_used = self.column > indent || (self.column == indent && !self.is_spaced);
        if !self.is_indention || is_used {
            self.line_break();
        }
        if self.foot_indent == Some(indent) {
            self.line_break();
        }
        while self.column < indent {
            self.push(" ");
        }
        self.is_spaced = true;
        self.foot_indent = None;
    }

    /// The comment above what comes next, after the one below what was before.
    fn head_comment(&mut self) {
        let tail = std::mem::take(&mut self.tail);
        if !tail.is_empty() {
            self.write_indent();
            self.comment(tail);
            self.foot_indent = self.indent.or(Some(0));
        }
        let head = std::mem::take(&mut self.head);
        if !head.is_empty() {
            self.write_indent();
            self.comment(head);
        }
    }

    /// The comment at the end of the line. `ends_line`: the line ends even without one.
    pub(super) fn line_comment(&mut self, ends_line: bool) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            if !self.is_spaced {
                self.push(" ");
            }
            self.comment(line);
        } else if ends_line {
            self.line_break();
        }
    }

    fn foot_comment(&mut self) {
        let foot = std::mem::take(&mut self.foot);
        if !foot.is_empty() {
            self.write_indent();
            self.comment(foot);
            self.foot_indent = self.indent.or(Some(0));
        }
    }

    /// Writes the lines of a comment and ends the line; the first one stands where the text is now.
    fn comment(&mut self, lines: &[String]) {
        let last = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        for (index, line) in lines.iter().take(last).enumerate() {
            if index > 0 {
                self.line_break();
            }
            if !line.is_empty() {
                if index > 0 {
                    self.write_indent();
                }
                self.push(line);
                self.is_indention = false;
            }
        }
        self.line_break();
        self.is_spaced = true;
    }
}

/// The tag of a node, but for `!`, which says nothing.
fn shown_tag<'p>(properties: &'p Properties<'_>) -> Option<&'p str> {
    Property::tag_of(properties).filter(|tag| *tag != "!")
}
