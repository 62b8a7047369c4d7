//! What a parser says of a text.

use std::borrow::Cow;

/// A place in a text, all counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Mark {
    /// In bytes from the beginning.
    pub offset: u32,
    /// The line. U+0085, U+2028 and U+2029 end lines too.
    pub line: u32,
    /// In characters from the beginning of the line.
    pub column: u32,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// A block, `|`.
    Literal,
    /// A block, `>`.
    Folded,
}

impl ScalarStyle {
    /// Whether it is a block.
    pub fn is_block(self) -> bool {
        matches!(self, ScalarStyle::Literal | ScalarStyle::Folded)
    }
}

/// An anchor and a tag. Most nodes have neither.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Property<'t> {
    /// `&anchor`.
    pub anchor: Option<Cow<'t, str>>,
    /// The tag in full: `!!str` is `tag:yaml.org,2002:str`.
    pub tag: Option<Cow<'t, str>>,
}

/// The [`Property`] of a node that has one.
pub type Properties<'t> = Option<Box<Property<'t>>>;

impl<'t> Property<'t> {
    /// The anchor of a node.
    pub fn anchor_of<'p>(properties: &'p Properties<'t>) -> Option<&'p str> {
        properties.as_ref()?.anchor.as_deref()
    }

    /// The tag of a node.
    pub fn tag_of<'p>(properties: &'p Properties<'t>) -> Option<&'p str> {
        properties.as_ref()?.tag.as_deref()
    }
}

/// One event, and the text that it stands for.
#[derive(Clone, PartialEq, Debug)]
pub struct Event<'t> {
    /// What it is.
    pub data: Data<'t>,
    /// Where it begins; of a node with properties, where these begin.
    pub start: Mark,
    /// Where it ends.
    pub end: Mark,
}

/// What an event is.
#[derive(Clone, PartialEq, Debug)]
pub enum Data<'t> {
    /// The end of the text.
    StreamEnd,
    /// A document begins.
    DocumentStart {
        /// Without `---`.
        is_implicit: bool,
        /// After a `%YAML` directive.
        has_version: bool,
    },
    /// A document ends.
    DocumentEnd {
        /// Without `...`.
        is_implicit: bool,
    },
    /// `*anchor`.
    Alias {
        /// The anchor.
        anchor: Cow<'t, str>,
    },
    /// Text.
    Scalar {
        /// Its anchor and tag.
        properties: Properties<'t>,
        /// The text that it stands for.
        value: Cow<'t, str>,
        /// How it is written.
        style: ScalarStyle,
    },
    /// A list begins.
    SequenceStart {
        /// Its anchor and tag.
        properties: Properties<'t>,
        /// Whether it is in brackets.
        is_flow: bool,
    },
    /// A list ends.
    SequenceEnd,
    /// A map begins: keys and values in turn.
    MappingStart {
        /// Its anchor and tag.
        properties: Properties<'t>,
        /// Whether it is in braces.
        is_flow: bool,
    },
    /// A map ends.
    MappingEnd,
}
