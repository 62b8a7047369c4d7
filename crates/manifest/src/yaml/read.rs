//! Reading: text to nodes, with limits on everything that text can ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, EcoVec, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use super::parse::{Data, Event, Fault, Parser, Property, ScalarStyle};
use super::scalar::resolve;
use crate::{Diagnostic, FileName, Key, List, Map, Node, Origin, Text, Value};

/// How deep maps and lists may nest.
const MAX_DEPTH: usize = 500;

/// How many nodes the aliases of one document may add.
const MAX_ALIASED: usize = 1_000_000;

/// The length of a date without a time.
const DATE: usize = "2006-01-02".len();

/// Keys up to this length are held inline and need no sharing.
const INLINE_KEY: usize = 15;

/// Maps larger than this check for repeated keys by hash.
const SCANNED_KEYS: usize = 16;

/// Which reader of kustomize's to follow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flavor {
    /// Resources and patches: go-yaml v3. `yes` is text, repeated keys are an error.
    Resource,
    /// Patches: as resources, but a key may be a number, bool or null; it stands for its text.
    Patch,
    /// Kustomization and configuration files: sigs.k8s.io/yaml, hence YAML 1.1. `yes` is true, of
    /// repeated keys the last one counts, and keys may be any scalar.
    Config,
}

/// Why a text is no YAML that we can take, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ReadError {
    /// The file and line at fault.
    pub origin: Origin,
    /// The cause, a lowercase fragment.
    pub cause: EcoString,
    /// Another place that has to do with it, and what is there.
    pub related: Option<(Origin, &'static str)>,
    /// The next step, where there is one to name.
    pub help: Option<&'static str>,
}

impl ReadError {
    /// It as a finding.
    pub fn diagnostic(self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.origin, self.cause.as_str());
        let diagnostic = diagnostic.help_if(self.help.map(str::to_owned));
        match self.related {
            Some((origin, what)) => diagnostic.related(origin, what),
            None => diagnostic,
        }
    }
}

/// JSON in a comment beside the key of a list, as kyaml takes schemas from:
/// `items: # {"x-kubernetes-patch-strategy": "merge"}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where the list is.
    pub list: Origin,
    /// The text from its `{` on.
    pub text: Text,
}

/// Paths of values that are text whatever they look like, from the top of a document; `*` is any item
/// of a list or entry of a map.
pub type Paths = &'static [&'static [&'static str]];

/// Reads documents; keeps the long keys that it saw, so that each is stored once.
#[derive(Default)]
pub struct Reader {
    keys: FxHashSet<EcoString>,
    as_written: Paths,
    notes: EcoVec<Note>,
}

impl Reader {
    /// A reader that has seen no key yet.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// A reader that keeps the spelling of plain scalars at these paths, at most eight, but for numbers
    /// and null: `True` stays so, and a date.
    pub fn keeping(as_written: Paths) -> Reader {
        Reader { as_written, ..Reader::default() }
    }

    /// Reads all documents of `text`. Empty ones (nothing, a comment, `null`) are left out.
    ///
    /// # Errors
    /// The first thing that is not YAML, or not JSON's data, or over a limit: nesting over 500
    /// levels, aliases that expand to over a million nodes.
    pub fn read(
        &mut self,
        text: &[u8],
        file: FileName,
        flavor: Flavor,
    ) -> Result<Vec<Node>, ReadError> {
        let text = std::str::from_utf8(text).map_err(|error| {
            let before = text.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            let help = "save the file as UTF-8; bytes that are no text belong into a `binaryData`";
            ReadError { help: Some(help), ..fault(Origin::new(file, line), "not valid UTF-8") }
        })?;
        let paths = if flavor == Flavor::Config { &[] } else { self.as_written };
        self.notes.clear();
        let mut documents = Documents {
            text,
            parser: Parser::new(text),
            file,
            flavor,
            keys: &mut self.keys,
            notes: &mut self.notes,
            paths,
            anchors: FxHashMap::default(),
            aliased: 0,
        };
        documents.all()
    }

    /// The notes of the text that was read last; most have none. Those of lists in brackets are left out.
    pub fn take_notes(&mut self) -> EcoVec<Note> {
        std::mem::take(&mut self.notes)
    }
}

fn fault(origin: Origin, cause: impl Into<EcoString>) -> ReadError {
    ReadError { origin, cause: cause.into(), related: None, help: None }
}

/// Where in a document a node is: the number of maps and lists around it, and which of
/// [`Reader::keeping`]'s paths lead on from there, as bits.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    paths: u8,
}

/// A value that stays as it was written, where its meaning would lose that. In a patch null means more than
/// its spelling.
fn as_written(value: Value, text: &str, flavor: Flavor) -> Value {
    match value {
        Value::Null if flavor == Flavor::Resource && matches!(text, "Null" | "NULL") => {
            Value::String(text.into())
        }
        Value::Bool(_) if !matches!(text, "true" | "false") => Value::String(text.into()),
        Value::String(_) => Value::String(text.into()),
        value => value,
    }
}

struct Documents<'t, 'k> {
    text: &'t str,
    parser: Parser<'t>,
    file: FileName,
    flavor: Flavor,
    keys: &'k mut FxHashSet<EcoString>,
    notes: &'k mut EcoVec<Note>,
    paths: Paths,
    /// Each anchor's node and its size; `None` while the node is being read.
    anchors: FxHashMap<EcoString, Option<(Node, usize)>>,
    aliased: usize,
}

impl<'t> Documents<'t, '_> {
    fn all(&mut self) -> Result<Vec<Node>, ReadError> {
        let mut nodes = Vec::new();
        let paths = (0..self.paths.len().min(8)).fold(0, |all, path| all | 1 << path);
        loop {
            let event = self.next()?;
            let at = self.origin(&event);
            match event.data {
                Data::StreamEnd => return Ok(nodes),
                Data::DocumentStart { has_version: true, .. } => {
                    return Err(fault(at, "a %YAML directive is not supported"));
                }
                Data::DocumentStart { is_implicit, .. } => {
                    let first = self.next()?;
                    let same_line = !is_implicit && self.origin(&first).line() == at.line();
                    let node = self.node(first, Place { depth: 0, paths })?;
                    if same_line && !node.is_null() && !nodes.is_empty() {
                        return Err(fault(at, "text after the document separator `---`"));
                    }
                    if !node.is_null() {
                        nodes.push(node);
                    }
                    self.anchors.clear();
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Event<'t>, ReadError> {
        self.parser.next_event().map_err(|wrong| {
            let Fault { line, problem, context, related, help } = *wrong;
            let cause = match context {
                "" => problem.into(),
                context => eco_format!("{problem} {context}"),
            };
            // What is missing at the end is missing in the last line that has something.
            let last = self.text.trim_end().bytes().filter(|&byte| byte == b'\n').count();
            let origin = |line: u32| Origin::new(self.file, last.min(line as usize) + 1);
            let at = origin(line);
            let related = related.map(|(line, what)| (origin(line), what));
            let related = related.filter(|(origin, _)| *origin != at);
            ReadError { related, help, ..fault(at, cause) }
        })
    }

    fn origin(&self, event: &Event<'_>) -> Origin {
        Origin::new(self.file, event.start.line as usize + 1)
    }

    /// The place of what a key leads to, or of an item of a list.
    fn enter(&self, place: Place, key: Option<&str>) -> Place {
        let depth = place.depth + 1;
        if place.paths == 0 {
            return Place { depth, paths: 0 };
        }
        let leads_on = |path: usize| {
            let step = self.paths.get(path).and_then(|path| path.get(place.depth));
            step.is_some_and(|step| *step == "*" || Some(*step) == key)
        };
        let on = |path: &usize| place.paths & (1 << path) != 0 && leads_on(*path);
        let paths = (0..self.paths.len().min(8)).filter(on).fold(0, |all, path| all | 1 << path);
        Place { depth, paths }
    }

    fn keeps_spelling(&self, place: Place) -> bool {
        let is_end = |path: usize| {
            let is_on = place.paths & (1 << path) != 0;
            is_on && self.paths.get(path).is_some_and(|path| path.len() == place.depth)
        };
        place.paths != 0 && (0..self.paths.len().min(8)).any(is_end)
    }

    fn node(&mut self, event: Event<'t>, place: Place) -> Result<Node, ReadError> {
        let mut origin = self.origin(&event);
        if place.depth > MAX_DEPTH {
            return Err(fault(origin, eco_format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let (properties, value) = match event.data {
            Data::Scalar { properties, value, style } => {
                let is_plain = style == ScalarStyle::Plain;
                match (is_plain, value.is_empty()) {
                    (false, _) => origin = origin.quoted(true),
                    (true, true) => origin = origin.blank(true),
                    (true, false) => {}
                }
                let tag = Property::tag_of(&properties);
                let mut read = self.scalar(&value, tag, is_plain, origin)?;
                if let Value::String(text) = &read
                    && is_plain
                    && value.len() == DATE
                    && text.len() > DATE
                {
                    origin = origin.blank(true);
                }
                if is_plain && self.keeps_spelling(place) {
                    read = as_written(read, &value, self.flavor);
                    origin = origin.quoted(read == Value::Null && value == "~");
                }
                (properties, read)
            }
            Data::Alias { anchor } => return self.alias(&anchor, origin),
            Data::SequenceStart { properties, .. } => {
                self.announce(Property::anchor_of(&properties));
                (properties, Value::List(self.list(place)?))
            }
            Data::MappingStart { properties, .. } => {
                self.announce(Property::anchor_of(&properties));
                (properties, Value::Map(self.map(place)?))
            }
            _ => return Err(fault(origin, "unexpected end of the document")),
        };
        let node = Node { value, origin };
        if let Some(anchor) = Property::anchor_of(&properties) {
            let size = node.size();
            self.anchors.insert(anchor.into(), Some((node.clone(), size)));
        }
        Ok(node)
    }

    fn announce(&mut self, anchor: Option<&str>) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.into(), None);
        }
    }

    fn alias(&mut self, anchor: &str, origin: Origin) -> Result<Node, ReadError> {
        match self.anchors.get(anchor) {
            None => Err(fault(origin, eco_format!("unknown anchor `{anchor}` referenced"))),
            Some(None) => Err(fault(origin, eco_format!("anchor `{anchor}` contains itself"))),
            Some(Some((node, size))) => {
                self.aliased += size;
                if self.aliased > MAX_ALIASED {
                    let cause = eco_format!("aliases expand to over {MAX_ALIASED} values");
                    return Err(fault(origin, cause));
                }
                Ok(node.clone())
            }
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        tag: Option<&str>,
        plain: bool,
        origin: Origin,
    ) -> Result<Value, ReadError> {
        let resolved = |text: &str| resolve(text, self.flavor).map_err(|why| fault(origin, why));
        let kind = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag));
        match kind {
            None if plain => resolved(text),
            None | Some("!" | "str") => Ok(Value::String(text.into())),
            Some("binary") => binary(text).map(Value::String).ok_or_else(|| {
                fault(origin, "the base64 of a !!binary value does not decode to text")
            }),
            Some(tag @ ("int" | "float" | "bool" | "null")) => {
                let value = resolved(text)?;
                let fits = matches!(
                    (&value, tag),
                    (Value::Int(_) | Value::Number(_), "int" | "float")
                        | (Value::Bool(_), "bool")
                        | (Value::Null, "null")
                );
                if fits {
                    return Ok(value);
                }
                Err(fault(origin, eco_format!("`{text}` is no !!{tag}")))
            }
            Some("timestamp") => resolved(text),
            // Other tags mean nothing to Kubernetes; the text is what counts.
            Some(_) => Ok(Value::String(text.into())),
        }
    }

    fn list(&mut self, place: Place) -> Result<List, ReadError> {
        let place = self.enter(place, None);
        let mut list = List::new();
        loop {
            let event = self.next()?;
            if event.data == Data::SequenceEnd {
                return Ok(list);
            }
            list.push(self.node(event, place)?);
        }
    }

    fn map(&mut self, place: Place) -> Result<Map, ReadError> {
        let mut map = Map::new();
        let mut merged: Option<Node> = None;
        let mut seen: FxHashSet<Key> = FxHashSet::default();
        loop {
            let event = self.next()?;
            if event.data == Data::MappingEnd {
                break;
            }
            let at = self.origin(&event);
            let merges = is_merge_key(&event.data);
            let line = event.end.line;
            let key = self.key(event, place.depth)?;
            let first = self.next()?;
            if let Data::SequenceStart { .. } = first.data
                && let Some(text) = self.parser.note(line)
            {
                self.notes.push(Note { list: self.origin(&first), text: text.into() });
            }
            let node = self.node(first, self.enter(place, Some(&key)))?;
            if merges {
                if merged.replace(node).is_some() {
                    return Err(fault(at, "repeated merge key `<<`"));
                }
                continue;
            }
            if map.len() == SCANNED_KEYS {
                seen.extend(map.keys().cloned());
            }
            let repeated = match map.len() {
                ..SCANNED_KEYS => map.contains(&key),
                _ => !seen.insert(key.clone()),
            };
            if !repeated {
                map.push_new(key, node);
            } else if self.flavor == Flavor::Config {
                map.set(key, node);
            } else {
                return Err(fault(at, eco_format!("the key `{key}` is there twice")));
            }
        }
        match merged {
            Some(node) => merge_into(map, &node),
            None => Ok(map),
        }
    }

    fn key(&mut self, event: Event<'t>, depth: usize) -> Result<Key, ReadError> {
        // Nearly every key is a word that means nothing but itself.
        if let Data::Scalar { properties: None, value, style } = &event.data
            && (*style != ScalarStyle::Plain || is_word(value))
        {
            return Ok(self.shared_key(value));
        }
        let node = self.node(event, Place { depth: depth + 1, paths: 0 })?;
        let text: Text = match (&node.value, self.flavor) {
            (Value::String(text), _) => text.clone(),
            (
                Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Null,
                Flavor::Config | Flavor::Patch,
            ) => node.scalar_text().unwrap_or_default(),
            (Value::List(_) | Value::Map(_), _) => {
                return Err(fault(node.origin, "a map key must be text"));
            }
            _ => {
                let text = node.scalar_text().unwrap_or_default();
                let kind = node.type_name();
                let cause = eco_format!("the key `{text}` is a {kind}, not text: quote it");
                return Err(fault(node.origin, cause));
            }
        };
        Ok(self.shared_key(&text))
    }

    fn shared_key(&mut self, text: &str) -> Key {
        if text.len() <= INLINE_KEY {
            return Key::new(text);
        }
        if let Some(known) = self.keys.get(text) {
            return Key::new(known.clone());
        }
        let key = EcoString::from(text);
        self.keys.insert(key.clone());
        Key::new(key)
    }
}

/// Whether plain text is a word that is text in every flavor; not all are found.
fn is_word(text: &str) -> bool {
    // `true`, `null`, `yes`, `off` and their like are shorter.
    let may_mean_more = |first| {
        matches!(first, b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'y' | b'Y' | b'o' | b'O')
    };
    text.as_bytes().first().is_some_and(|first| {
        first.is_ascii_alphabetic() && (text.len() > 5 || !may_mean_more(*first))
    })
}

fn is_merge_key(data: &Data<'_>) -> bool {
    let Data::Scalar { properties, value, style } = data else { return false };
    match Property::tag_of(properties) {
        None => *style == ScalarStyle::Plain && value == "<<",
        Some(tag) => tag == "tag:yaml.org,2002:merge",
    }
}

/// Adds what `<<` names: own entries win, then the earlier map of a list.
fn merge_into(mut map: Map, source: &Node) -> Result<Map, ReadError> {
    let sources: Vec<&Node> = match &source.value {
        Value::List(list) => list.iter().collect(),
        _ => vec![source],
    };
    for source in sources {
        let Some(entries) = source.as_map() else {
            return Err(fault(source.origin, "the merge key `<<` takes a map or a list of maps"));
        };
        for (key, node) in entries.iter() {
            if !map.contains(key) {
                map.push_new(key.clone(), node.clone());
            }
        }
    }
    Ok(map)
}

/// The text in base64 as go-yaml decodes it: standard alphabet, line breaks skipped.
fn binary(text: &str) -> Option<Text> {
    let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    String::from_utf8(STANDARD.decode(packed).ok()?).ok().map(Text::from)
}

#[cfg(test)]
mod tests;
