//! Where a node came from: file, line, and what put it there, in eight bytes.
//!
//! File names are interned in a process-wide, append-only table. That is the one piece of shared
//! state in the pure crates; it is invisible: nothing is decided by a name's number, equal names
//! have equal numbers, and the table holds each distinct name once for the life of the process.

use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// The name of a file as messages show it, e.g. `overlays/north/kustomization.yaml`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileName(u32);

#[derive(Default)]
struct Names {
    by_number: Vec<&'static str>,
    by_name: FxHashMap<&'static str, u32>,
}

static NAMES: LazyLock<RwLock<Names>> = LazyLock::new(|| RwLock::new(Names::with_none()));

impl Names {
    fn with_none() -> Names {
        let mut names = Names::default();
        names.intern("");
        names
    }

    fn intern(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.by_name.get(name) {
            return number;
        }
        // A repository has far fewer than 2^32 files; past that, names share the last number.
        let number = u32::try_from(self.by_number.len()).unwrap_or(u32::MAX);
        let kept: &'static str = Box::leak(name.into());
        self.by_number.push(kept);
        self.by_name.insert(kept, number);
        number
    }
}

impl FileName {
    /// No file: a value that code made.
    pub const NONE: FileName = FileName(0);

    /// The name for `name`; the same one for equal names.
    pub fn new(name: &str) -> FileName {
        let known = NAMES.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name).copied();
        FileName(
            known.unwrap_or_else(|| {
                NAMES.write().unwrap_or_else(PoisonError::into_inner).intern(name)
            }),
        )
    }

    /// The text of the name; empty for [`FileName::NONE`].
    pub fn as_str(self) -> &'static str {
        let names = NAMES.read().unwrap_or_else(PoisonError::into_inner);
        names.by_number.get(self.0 as usize).copied().unwrap_or_default()
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What put a value where it is. The vocabulary of explanations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Via {
    /// Written so in the file.
    #[default]
    File = 0,
    /// A strategic merge or JSON patch.
    Patch,
    /// `namespace:`.
    Namespace,
    /// `namePrefix:`.
    NamePrefix,
    /// `nameSuffix:`.
    NameSuffix,
    /// `labels:` or `commonLabels:`.
    Labels,
    /// `commonAnnotations:`.
    Annotations,
    /// `images:`.
    Images,
    /// `replicas:`.
    Replicas,
    /// `replacements:`.
    Replacements,
    /// `vars:`.
    Vars,
    /// `configMapGenerator:` or `secretGenerator:`.
    Generator,
    /// The hash suffix of a generated name.
    Hash,
    /// A reference that follows a renamed object.
    NameReference,
    /// `buildMetadata:`.
    BuildMetadata,
    /// Another transformer of kustomize's.
    Transformer,
    /// `postBuild` substitution of a Flux Kustomization.
    Substitution,
    /// A field of a Flux Kustomization, e.g. `commonMetadata`.
    Kustomization,
}

impl Via {
    const ALL: [Via; 18] = [
        Via::File,
        Via::Patch,
        Via::Namespace,
        Via::NamePrefix,
        Via::NameSuffix,
        Via::Labels,
        Via::Annotations,
        Via::Images,
        Via::Replicas,
        Via::Replacements,
        Via::Vars,
        Via::Generator,
        Via::Hash,
        Via::NameReference,
        Via::BuildMetadata,
        Via::Transformer,
        Via::Substitution,
        Via::Kustomization,
    ];

    /// The word that explanations use, e.g. `namePrefix`; empty for a value that stands in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Via::File => "",
            Via::Patch => "patch",
            Via::Namespace => "namespace",
            Via::NamePrefix => "namePrefix",
            Via::NameSuffix => "nameSuffix",
            Via::Labels => "labels",
            Via::Annotations => "annotations",
            Via::Images => "images",
            Via::Replicas => "replicas",
            Via::Replacements => "replacements",
            Via::Vars => "vars",
            Via::Generator => "generator",
            Via::Hash => "name hash",
            Via::NameReference => "name reference",
            Via::BuildMetadata => "buildMetadata",
            Via::Transformer => "transformer",
            Via::Substitution => "substitution",
            Via::Kustomization => "Kustomization",
        }
    }
}

/// The place a node came from: a file, a line in it (1-based, 0 for none), and what put it there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    file: FileName,
    /// The line in the upper 24 bits, then one bit each for [`QUOTED`] and [`BLANK`], [`Via`] in the
    /// lower 6.
    place: u32,
}

/// A string that its file has in quotes or as a block; of a null whose spelling is kept, that it is `~`.
const QUOTED: u32 = 0x80;

/// A null that its file has as nothing at all; text for which its file has a date without a time.
const BLANK: u32 = 0x40;

/// The bits of [`Via`].
const VIA: u32 = 0x3f;

/// The highest line that an origin can name; later lines are given as this one.
const LAST_LINE: usize = (1 << 24) - 1;

impl Origin {
    /// A value that no file holds.
    pub const NONE: Origin = Origin { file: FileName::NONE, place: 0 };

    /// `line` (1-based) of `file`, as written there.
    pub fn new(file: FileName, line: usize) -> Origin {
        // Bounded by LAST_LINE, hence within 24 bits.
        Origin { file, place: (line.min(LAST_LINE) as u32) << 8 }
    }

    /// The same place, put there by `via`.
    #[must_use]
    pub fn via(self, via: Via) -> Origin {
        Origin { file: self.file, place: (self.place & !VIA) | via as u32 }
    }

    /// The same, `lines` further down.
    #[must_use]
    pub fn shifted(self, lines: usize) -> Origin {
        let moved = Origin::new(self.file, self.line() + lines);
        Origin { place: moved.place | (self.place & 0xff), ..moved }
    }

    /// The file.
    pub fn file(self) -> FileName {
        self.file
    }

    /// The line, 1-based; 0 where there is none.
    pub fn line(self) -> usize {
        (self.place >> 8) as usize
    }

    /// What put the value there.
    pub fn by(self) -> Via {
        Via::ALL.get((self.place & VIA) as usize).copied().unwrap_or_default()
    }

    /// The same place, of a string in quotes or a block if `quoted`. kustomize's merge keeps the style
    /// of what it replaces, so whether text was quoted shows in its output.
    #[must_use]
    pub fn quoted(self, quoted: bool) -> Origin {
        Origin { place: (self.place & !QUOTED) | if quoted { QUOTED } else { 0 }, ..self }
    }

    /// Whether it is the place of a string in quotes or a block.
    pub fn is_quoted(self) -> bool {
        self.place & QUOTED != 0
    }

    /// The same place, of a null for which nothing was written (`key:`) if `blank`. kustomize's merge
    /// drops those and keeps `key: null`. Of text, it is that of a date whose time was not written: over quoted
    /// text it is only a date.
    #[must_use]
    pub fn blank(self, blank: bool) -> Origin {
        Origin { place: (self.place & !BLANK) | if blank { BLANK } else { 0 }, ..self }
    }

    /// Whether it is the place of a null for which nothing was written, or of a date without a time.
    pub fn is_blank(self) -> bool {
        self.place & BLANK != 0
    }

    /// Whether any file is named.
    pub fn is_some(self) -> bool {
        self.file != FileName::NONE
    }
}

impl Default for Origin {
    fn default() -> Origin {
        Origin::NONE
    }
}

/// `file:line`, or `file` where the line is unknown.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line() {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.by().as_str())
    }
}
