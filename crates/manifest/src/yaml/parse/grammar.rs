//! Tokens to events: the grammar, as a machine with a stack.

use std::borrow::Cow;

use super::fault::{Context, Fault, Result};
use super::scanner::{Here, Scanner};
use super::token::{Kind, Token};
use super::{Data, Event, Mark, Properties, Property, ScalarStyle};

const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    FirstDocument,
    Document,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequence,
    /// A list whose dashes stand below the key that it belongs to.
    IndentlessSequence,
    BlockKey,
    BlockValue,
    FlowSequenceFirst,
    FlowSequence,
    /// A map of one entry without braces, in a list: its key, value and end.
    PairKey,
    PairValue,
    PairEnd,
    FlowKeyFirst,
    FlowKey,
    FlowValue,
    /// The value of a key without `:`.
    FlowNoValue,
    End,
}

/// Text to events.
pub struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    /// Where the open maps and lists begin.
    marks: Vec<Mark>,
    /// Handles of tags and what they stand for, of this document.
    tags: Vec<(&'t str, Cow<'t, str>)>,
    /// Whether the `:` of the last key has been gone over.
    is_colon_taken: bool,
    is_checked: bool,
}

impl<'t> Parser<'t> {
    /// A parser at the beginning of `text`.
    pub fn new(text: &'t str) -> Parser<'t> {
        Parser {
            scanner: Scanner::new(text),
            state: State::FirstDocument,
            states: Vec::with_capacity(16),
            marks: Vec::with_capacity(16),
            tags: Vec::new(),
            is_colon_taken: false,
            is_checked: false,
        }
    }

    /// The next event; after the last one, [`Data::StreamEnd`] again.
    ///
    /// # Errors
    /// The text is no YAML from here on. What is asked for after that means nothing.
    pub fn next_event(&mut self) -> Result<Event<'t>> {
        if !self.is_checked {
            self.scanner.check()?;
            self.is_checked = true;
        }
        match self.state {
            State::FirstDocument => self.document_start(true),
            State::Document => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequence => self.block_entry(),
            State::IndentlessSequence => self.indentless_entry(),
            State::BlockKey => self.block_key(),
            State::BlockValue => self.block_value(),
            State::FlowSequenceFirst => self.flow_entry(true),
            State::FlowSequence => self.flow_entry(false),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => self.pair_end(),
            State::FlowKeyFirst => self.flow_key(true),
            State::FlowKey => self.flow_key(false),
            State::FlowValue => self.flow_value(),
            State::FlowNoValue => {
                let mark = self.scanner.peek()?.start;
                self.state = State::FlowKey;
                Ok(nothing(mark))
            }
            State::End => Ok(event(Data::StreamEnd, Mark::default(), Mark::default())),
        }
    }

    /// The comment at the end of a line, without its `#`, where it begins as JSON does and the last event
    /// began behind it. It is kyaml's way of writing a schema beside a field.
    pub fn note(&self, line: u32) -> Option<&'t str> {
        self.scanner.note(line)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn document_start(&mut self, is_first: bool) -> Result<Event<'t>> {
        while !is_first && self.scanner.kind()? == Kind::DocumentEnd {
            self.scanner.advance();
        }
        let token = self.scanner.peek()?;
        let (kind, start, end) = (token.kind, token.start, token.end);
        let is_explicit = matches!(kind, Kind::Version | Kind::TagDirective | Kind::DocumentStart);
        if kind == Kind::StreamEnd {
            self.state = State::End;
            return Ok(event(Data::StreamEnd, start, end));
        }
        if is_first && !is_explicit {
            self.states.push(State::DocumentEnd);
            self.state = State::BlockNode;
            let data = Data::DocumentStart { is_implicit: true, has_version: false };
            return Ok(event(data, start, end));
        }
        let has_version = self.directives()?;
        let token = self.scanner.peek()?;
        if token.kind != Kind::DocumentStart {
            return Err(Fault::at(token.start, "did not find expected <document start>"));
        }
        let end = token.end;
        self.scanner.advance();
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(event(Data::DocumentStart { is_implicit: false, has_version }, start, end))
    }

    /// Reads directives; whether a version is among them.
    fn directives(&mut self) -> Result<bool> {
        let mut has_version = false;
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match token.kind {
                Kind::Version if has_version => {
                    return Err(Fault::at(start, "found duplicate %YAML directive"));
                }
                Kind::Version if token.text != "1.1" => {
                    return Err(Fault::at(start, "found incompatible YAML document"));
                }
                Kind::Version => has_version = true,
                Kind::TagDirective => {
                    let (prefix, handle) = (std::mem::take(&mut token.text), token.handle);
                    let handle = self.scanner.handle_of(handle);
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return Err(Fault::at(start, "found duplicate %TAG directive"));
                    }
                    self.tags.push((handle, prefix));
                }
                _ => return Ok(has_version),
            }
            self.scanner.advance();
        }
    }

    fn document_content(&mut self) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let is_empty = matches!(
            token.kind,
            Kind::Version
                | Kind::TagDirective
                | Kind::DocumentStart
                | Kind::DocumentEnd
                | Kind::StreamEnd
        );
        if !is_empty {
            return self.node(true, false);
        }
        let mark = token.start;
        self.pop_state();
        Ok(nothing(mark))
    }

    fn document_end(&mut self) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let (start, mut end) = (token.start, token.start);
        let is_implicit = token.kind != Kind::DocumentEnd;
        if !is_implicit {
            end = token.end;
            self.scanner.advance();
        }
        self.tags.clear();
        self.state = State::Document;
        Ok(event(Data::DocumentEnd { is_implicit }, start, end))
    }

    /// A node. `is_block`: blocks may stand here; `may_be_indentless`: also a list that is not
    /// indented.
    #[inline]
    fn node(&mut self, is_block: bool, may_be_indentless: bool) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::Scalar(style) => {
                let value = std::mem::take(&mut token.text);
                self.scanner.advance();
                self.pop_state();
                Ok(event(Data::Scalar { properties: None, value, style }, start, end))
            }
            Kind::Alias => {
                let anchor = std::mem::take(&mut token.text);
                self.scanner.advance();
                self.pop_state();
                Ok(event(Data::Alias { anchor }, start, end))
            }
            Kind::Anchor | Kind::Tag => self.node_with_properties(is_block, may_be_indentless),
            _ => self.content(None, (start, start), is_block, may_be_indentless),
        }
    }

    fn node_with_properties(
        &mut self,
        is_block: bool,
        may_be_indentless: bool,
    ) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let (start, mut end) = (token.start, token.end);
        let mut property = Property::default();
        let mut tag: Option<(Token<'t>, Mark)> = None;
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                Kind::Anchor if property.anchor.is_none() => {
                    property.anchor = Some(std::mem::take(&mut token.text));
                }
                Kind::Tag if tag.is_none() => {
                    let mark = token.start;
                    let whole = Token::new(Kind::Tag, mark, mark);
                    tag = Some((std::mem::replace(token, whole), mark));
                }
                _ => break,
            }
            end = self.scanner.peek()?.end.max(end);
            self.scanner.advance();
        }
        if let Some((token, mark)) = tag {
            end = end.max(token.end);
            property.tag = Some(self.full_tag(token, start, mark)?);
        }
        self.content(Some(Box::new(property)), (start, end), is_block, may_be_indentless)
    }

    fn full_tag(&self, token: Token<'t>, start: Mark, mark: Mark) -> Result<Cow<'t, str>> {
        let handle = self.scanner.handle_of(token.handle);
        if handle.is_empty() {
            return Ok(token.text);
        }
        let own = self.tags.iter().find(|(known, _)| *known == handle);
        let prefix = match (own, handle) {
            (Some((_, prefix)), _) => prefix,
            (None, "!") => "!",
            (None, "!!") => YAML_TAGS,
            _ => {
                let context = Context("while parsing a node", start);
                return Err(Fault::within(context, mark, "found undefined tag handle"));
            }
        };
        Ok(Cow::Owned(format!("{prefix}{}", token.text)))
    }

    /// What comes after anchor and tag.
    fn content(
        &mut self,
        properties: Properties<'t>,
        (start, properties_end): (Mark, Mark),
        is_block: bool,
        may_be_indentless: bool,
    ) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let (kind, end) = (token.kind, token.end);
        let began = token.start;
        match kind {
            Kind::BlockEntry if may_be_indentless => {
                self.state = State::IndentlessSequence;
                Ok(event(Data::SequenceStart { properties, is_flow: false }, start, end))
            }
            Kind::Scalar(style) => {
                let value = std::mem::take(&mut token.text);
                self.scanner.advance();
                self.pop_state();
                Ok(event(Data::Scalar { properties, value, style }, start, end))
            }
            Kind::FlowSequenceStart => {
                self.enter(State::FlowSequenceFirst, began);
                Ok(event(Data::SequenceStart { properties, is_flow: true }, start, end))
            }
            Kind::FlowMappingStart => {
                self.enter(State::FlowKeyFirst, began);
                Ok(event(Data::MappingStart { properties, is_flow: true }, start, end))
            }
            Kind::BlockSequenceStart if is_block => {
                self.enter(State::BlockSequence, began);
                Ok(event(Data::SequenceStart { properties, is_flow: false }, start, end))
            }
            Kind::BlockMappingStart if is_block => {
                self.enter(State::BlockKey, began);
                Ok(event(Data::MappingStart { properties, is_flow: false }, start, end))
            }
            _ if properties.is_some() => {
                self.pop_state();
                let (value, style) = (Cow::Borrowed(""), ScalarStyle::Plain);
                Ok(event(Data::Scalar { properties, value, style }, start, properties_end))
            }
            _ => {
                let context = match is_block {
                    true => "while parsing a block node",
                    false => "while parsing a flow node",
                };
                let problem = "did not find expected node content";
                Err(Fault::within(Context(context, start), began, problem))
            }
        }
    }

    /// Goes into a map or list, whose token is next.
    fn enter(&mut self, state: State, mark: Mark) {
        self.marks.push(mark);
        self.scanner.advance();
        self.state = state;
    }

    /// Leaves a map or list, whose last token is next.
    fn leave(&mut self, data: Data<'t>, start: Mark, end: Mark) -> Event<'t> {
        self.pop_state();
        self.marks.pop();
        self.scanner.advance();
        event(data, start, end)
    }

    /// Something else stands where an entry of a map or list should.
    fn misplaced(&mut self, context: &'static str, at: Mark, problem: &'static str) -> Box<Fault> {
        let began = self.marks.pop().unwrap_or_default();
        Fault::within(Context(context, began), at, problem)
    }

    /// A map or list that begins here, as the short way has seen.
    fn enter_block(&mut self, after: State, inside: State) -> Event<'t> {
        let mark = self.scanner.enter_block();
        self.states.push(after);
        self.marks.push(mark);
        self.state = inside;
        let data = match inside {
            State::BlockKey => Data::MappingStart { properties: None, is_flow: false },
            _ => Data::SequenceStart { properties: None, is_flow: false },
        };
        event(data, mark, mark)
    }

    /// The map or list has ended, as the short way has seen.
    fn leave_block(&mut self, data: Data<'t>) -> Event<'t> {
        let mark = self.scanner.leave_block();
        self.pop_state();
        self.marks.pop();
        event(data, mark, mark)
    }

    /// Text that begins here, unless it is a key.
    fn text(&mut self, after: State) -> Result<Option<Event<'t>>> {
        Ok(self.scanner.take_text()?.map(|Token { kind, start, end, text: value, .. }| {
            self.state = after;
            let style = match kind {
                Kind::Scalar(style) => style,
                _ => ScalarStyle::Plain,
            };
            event(Data::Scalar { properties: None, value, style }, start, end)
        }))
    }

    fn block_entry(&mut self) -> Result<Event<'t>> {
        match self.scanner.look() {
            Here::Outside => return Ok(self.leave_block(Data::SequenceEnd)),
            Here::Dash { is_deeper: false } => return self.item(State::BlockSequence),
            _ => {}
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::BlockEntry => {
                self.scanner.advance();
                if matches!(self.scanner.kind()?, Kind::BlockEntry | Kind::BlockEnd) {
                    return Ok(nothing(end));
                }
                self.states.push(State::BlockSequence);
                self.node(true, false)
            }
            Kind::BlockEnd => Ok(self.leave(Data::SequenceEnd, start, end)),
            _ => {
                let context = "while parsing a block collection";
                Err(self.misplaced(context, start, "did not find expected '-' indicator"))
            }
        }
    }

    /// What follows a dash that stands here.
    fn item(&mut self, after: State) -> Result<Event<'t>> {
        self.scanner.take_dash();
        let end = self.scanner.mark();
        match self.scanner.look() {
            Here::Key { is_deeper: true, .. } => {
                return Ok(self.enter_block(after, State::BlockKey));
            }
            Here::Dash { is_deeper: true } => {
                return Ok(self.enter_block(after, State::BlockSequence));
            }
            Here::Text => {
                if let Some(event) = self.text(after)? {
                    return Ok(event);
                }
            }
            _ => {}
        }
        let kind = self.scanner.kind()?;
        let may_be_key = after == State::IndentlessSequence;
        let is_over = matches!(kind, Kind::BlockEntry | Kind::BlockEnd)
            || (may_be_key && matches!(kind, Kind::Key | Kind::Value));
        if is_over {
            self.state = after;
            return Ok(nothing(end));
        }
        self.states.push(after);
        self.node(true, false)
    }

    fn indentless_entry(&mut self) -> Result<Event<'t>> {
        match self.scanner.look() {
            Here::Dash { is_deeper: false } => return self.item(State::IndentlessSequence),
            Here::Outside | Here::Key { is_deeper: false, .. } => {
                let mark = self.scanner.mark();
                self.pop_state();
                return Ok(event(Data::SequenceEnd, mark, mark));
            }
            _ => {}
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        if token.kind != Kind::BlockEntry {
            self.pop_state();
            return Ok(event(Data::SequenceEnd, start, end));
        }
        self.scanner.advance();
        let kind = self.scanner.kind()?;
        if matches!(kind, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd) {
            return Ok(nothing(end));
        }
        self.states.push(State::IndentlessSequence);
        self.node(true, false)
    }

    fn block_key(&mut self) -> Result<Event<'t>> {
        match self.scanner.look() {
            Here::Outside => return Ok(self.leave_block(Data::MappingEnd)),
            Here::Key { length, is_deeper: false } => {
                let (key, start, end) = self.scanner.take_key(length);
                self.is_colon_taken = true;
                self.state = State::BlockValue;
                let (value, style) = (Cow::Borrowed(key), ScalarStyle::Plain);
                return Ok(event(Data::Scalar { properties: None, value, style }, start, end));
            }
            _ => {}
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::Key => {
                self.scanner.advance();
                if matches!(self.scanner.kind()?, Kind::Key | Kind::Value | Kind::BlockEnd) {
                    self.state = State::BlockValue;
                    return Ok(nothing(end));
                }
                self.states.push(State::BlockValue);
                self.node(true, true)
            }
            Kind::BlockEnd => Ok(self.leave(Data::MappingEnd, start, end)),
            _ => {
                let context = "while parsing a block mapping";
                Err(self.misplaced(context, start, "did not find expected key"))
            }
        }
    }

    fn block_value(&mut self) -> Result<Event<'t>> {
        self.state = State::BlockKey;
        let end;
        if std::mem::take(&mut self.is_colon_taken) {
            end = self.scanner.mark();
            if let Some(event) = self.value_here(end)? {
                return Ok(event);
            }
        } else {
            let token = self.scanner.peek()?;
            if token.kind != Kind::Value {
                return Ok(nothing(token.start));
            }
            end = token.end;
            self.scanner.advance();
        }
        if matches!(self.scanner.kind()?, Kind::Key | Kind::Value | Kind::BlockEnd) {
            return Ok(nothing(end));
        }
        self.states.push(State::BlockKey);
        self.node(true, true)
    }

    /// The value that begins here, after a colon at `end`, if the short way sees it.
    fn value_here(&mut self, end: Mark) -> Result<Option<Event<'t>>> {
        Ok(match self.scanner.look() {
            Here::Text => self.text(State::BlockKey)?,
            Here::Key { is_deeper: true, .. } => {
                Some(self.enter_block(State::BlockKey, State::BlockKey))
            }
            Here::Dash { is_deeper: true } => {
                Some(self.enter_block(State::BlockKey, State::BlockSequence))
            }
            Here::Dash { is_deeper: false } => {
                let start = self.scanner.mark();
                let end = Mark { offset: start.offset + 1, column: start.column + 1, ..start };
                self.states.push(State::BlockKey);
                self.state = State::IndentlessSequence;
                let data = Data::SequenceStart { properties: None, is_flow: false };
                Some(event(data, start, end))
            }
            Here::Outside | Here::Key { is_deeper: false, .. } => Some(nothing(end)),
            Here::Other => None,
        })
    }

    fn flow_entry(&mut self, is_first: bool) -> Result<Event<'t>> {
        if !is_first {
            self.comma(
                Kind::FlowSequenceEnd,
                "while parsing a flow sequence",
                "did not find expected ',' or ']'",
            )?;
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::Key => {
                self.state = State::PairKey;
                self.scanner.advance();
                let data = Data::MappingStart { properties: None, is_flow: true };
                Ok(event(data, start, end))
            }
            Kind::FlowSequenceEnd => Ok(self.leave(Data::SequenceEnd, start, end)),
            _ => {
                self.states.push(State::FlowSequence);
                self.node(false, false)
            }
        }
    }

    /// Goes over the comma between two entries.
    fn comma(&mut self, end: Kind, context: &'static str, problem: &'static str) -> Result<()> {
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            Kind::FlowEntry => {
                self.scanner.advance();
                Ok(())
            }
            kind if kind == end => Ok(()),
            _ => Err(self.misplaced(context, start, problem)),
        }
    }

    fn pair_key(&mut self) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let end = token.end;
        if matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
            // As libyaml has it, which thereby loses the value of `[? : x]`.
            self.scanner.advance();
            self.state = State::PairValue;
            return Ok(nothing(end));
        }
        self.states.push(State::PairValue);
        self.node(false, false)
    }

    fn pair_value(&mut self) -> Result<Event<'t>> {
        if self.scanner.kind()? == Kind::Value {
            self.scanner.advance();
            if !matches!(self.scanner.kind()?, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                self.states.push(State::PairEnd);
                return self.node(false, false);
            }
        }
        let mark = self.scanner.peek()?.start;
        self.state = State::PairEnd;
        Ok(nothing(mark))
    }

    fn pair_end(&mut self) -> Result<Event<'t>> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        self.state = State::FlowSequence;
        Ok(event(Data::MappingEnd, start, end))
    }

    fn flow_key(&mut self, is_first: bool) -> Result<Event<'t>> {
        if !is_first {
            self.comma(
                Kind::FlowMappingEnd,
                "while parsing a flow mapping",
                "did not find expected ',' or '}'",
            )?;
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            Kind::Key => {
                self.scanner.advance();
                let token = self.scanner.peek()?;
                let start = token.start;
                if matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd) {
                    self.state = State::FlowValue;
                    return Ok(nothing(start));
                }
                self.states.push(State::FlowValue);
                self.node(false, false)
            }
            Kind::FlowMappingEnd => Ok(self.leave(Data::MappingEnd, start, end)),
            _ => {
                self.states.push(State::FlowNoValue);
                self.node(false, false)
            }
        }
    }

    fn flow_value(&mut self) -> Result<Event<'t>> {
        if self.scanner.kind()? == Kind::Value {
            self.scanner.advance();
            if !matches!(self.scanner.kind()?, Kind::FlowEntry | Kind::FlowMappingEnd) {
                self.states.push(State::FlowKey);
                return self.node(false, false);
            }
        }
        let mark = self.scanner.peek()?.start;
        self.state = State::FlowKey;
        Ok(nothing(mark))
    }
}

#[inline]
fn event<'t>(data: Data<'t>, start: Mark, end: Mark) -> Event<'t> {
    Event { data, start, end }
}

/// A node for which nothing is written.
fn nothing<'t>(mark: Mark) -> Event<'t> {
    let (value, style) = (Cow::Borrowed(""), ScalarStyle::Plain);
    event(Data::Scalar { properties: None, value, style }, mark, mark)
}
