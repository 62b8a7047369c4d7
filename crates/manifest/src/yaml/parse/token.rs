//! Tokens: what the scanner hands to the grammar.

use std::borrow::Cow;

use super::{Mark, ScalarStyle};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    StreamEnd,
    /// `%YAML`; the token's text is the version.
    Version,
    /// `%TAG`; the token has the handle, and the prefix as its text.
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    /// The token has the handle, and what follows it as its text.
    Tag,
    Scalar(ScalarStyle),
}

#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) start: Mark,
    pub(super) end: Mark,
    pub(super) text: Cow<'t, str>,
    /// Of a tag, where its handle stands in the text.
    pub(super) handle: (u32, u32),
}

impl<'t> Token<'t> {
    pub(super) fn new(kind: Kind, start: Mark, end: Mark) -> Token<'t> {
        Token::with_text(kind, start, end, Cow::Borrowed(""))
    }

    pub(super) fn with_text(kind: Kind, start: Mark, end: Mark, text: Cow<'t, str>) -> Token<'t> {
        Token { kind, start, end, text, handle: (0, 0) }
    }
}
