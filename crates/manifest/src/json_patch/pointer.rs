//! JSON pointers (RFC 6901).

use std::borrow::Cow;

use super::Dialect;
use super::error::Cause;
use crate::Text;

/// A path to a part of a document.
#[derive(Clone, Debug)]
pub(super) struct Pointer(Text);

impl Pointer {
    pub(super) fn new(text: &str) -> Pointer {
        Pointer(text.into())
    }

    /// Whether it is the whole document's.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps to the parent, with the path to where each is taken, and the last step.
    /// An error where there is none.
    pub(super) fn split(&self, dialect: Dialect) -> Result<(Steps<'_>, Step<'_>), Cause> {
        if self.is_root() {
            return Err(Cause::WholeDocument);
        }
        // v4 splits at every slash and never looks at the first piece.
        let start = match (self.0.find('/'), dialect) {
            (Some(0), _) => 0,
            (Some(start), Dialect::Lenient) => start,
            _ => return Err(Cause::NotAPointer { path: self.0.clone() }),
        };
        let last = self.0.rfind('/').unwrap_or(start);
        Ok((Steps { text: &self.0[..last], at: start }, Step { text: &self.0, slash: last }))
    }

    /// There is nothing at this path.
    pub(super) fn missing(&self) -> Cause {
        Cause::Missing { path: self.0.clone() }
    }
}

/// One step of a pointer.
#[derive(Clone, Copy)]
pub(super) struct Step<'p> {
    /// The pointer up to and including the step.
    text: &'p str,
    /// Where the slash before the step is.
    slash: usize,
}

impl<'p> Step<'p> {
    /// The step as written.
    pub(super) fn raw(self) -> &'p str {
        // A slash is one byte, and is there.
        &self.text[self.slash + 1..]
    }

    /// The map key that the step is, `~1` and `~0` replaced.
    pub(super) fn key(self) -> Cow<'p, str> {
        let raw = self.raw();
        if !raw.contains('~') {
            return Cow::Borrowed(raw);
        }
        // In this order, so that `~01` is `~1`.
        Cow::Owned(raw.replace("~1", "/").replace("~0", "~"))
    }

    /// The path that the step starts at.
    pub(super) fn parent(self) -> Text {
        self.text[..self.slash].into()
    }

    /// There is nothing at this step.
    pub(super) fn missing(self) -> Cause {
        Cause::Missing { path: self.text.into() }
    }

    /// The step starts at something that has no parts.
    pub(super) fn not_a_collection(self, found: &'static str) -> Cause {
        Cause::NotACollection { path: self.parent(), found }
    }

    /// The index that the step is in a list with this many places to choose from; `length` is the
    /// number of its items.
    pub(super) fn index(
        self,
        places: usize,
        length: usize,
        dialect: Dialect,
    ) -> Result<usize, Cause> {
        let step = self.key();
        let plain = step.bytes().all(|byte| byte.is_ascii_digit())
            && (step.len() == 1 || !step.starts_with('0'));
        let number: i64 = match step.parse() {
            Ok(number) if plain || dialect == Dialect::Lenient => number,
            _ => return Err(Cause::NotAnIndex { path: self.parent(), step: step.as_ref().into() }),
        };
        let index = usize::try_from(number.unsigned_abs()).ok().and_then(|distance| {
            if number < 0 { places.checked_sub(distance) } else { Some(distance) }
        });
        index.filter(|index| *index < places).ok_or_else(|| Cause::OutOfRange {
            path: self.parent(),
            step: step.as_ref().into(),
            length,
        })
    }
}

/// The steps of a pointer but for the last.
pub(super) struct Steps<'p> {
    text: &'p str,
    /// Where the slash before the next step is.
    at: usize,
}

impl<'p> Iterator for Steps<'p> {
    type Item = Step<'p>;

    fn next(&mut self) -> Option<Step<'p>> {
        let slash = self.at;
        let rest = self.text.get(slash + 1..)?;
        self.at = rest.find('/').map_or(self.text.len(), |end| slash + 1 + end);
        Some(Step { text: &self.text[..self.at], slash })
    }
}
