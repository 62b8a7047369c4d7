//! Reading: text to nodes, with limits on everything that text can ask for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, eco_format};
use libyaml_safer::{Event, EventData, Parser, ScalarStyle};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scalar::resolve;
use crate::{FileName, Key, List, Map, Node, Origin, Text, Value};

/// How deep maps and lists may nest.
const MAX_DEPTH: usize = 500;

/// How many nodes the aliases of one document may add.
const MAX_ALIASED: usize = 1_000_000;

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
}

/// Reads documents; keeps the long keys that it saw, so that each is stored once.
#[derive(Default)]
pub struct Reader {
    keys: FxHashSet<EcoString>,
}

impl Reader {
    /// A reader that has seen no key yet.
    pub fn new() -> Reader {
        Reader::default()
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
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if let Err(error) = std::str::from_utf8(text) {
            let before = text.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            return Err(fault(Origin::new(file, line), "not valid UTF-8"));
        }
        let terminated = with_line_end(text);
        let input = terminated.as_deref().unwrap_or(text);
        let mut parser = Parser::<&[u8]>::new();
        parser.set_input(input);
        let mut documents = Documents {
            parser,
            added_line: terminated.is_some().then(|| line_at_end(input)),
            file,
            flavor,
            keys: &mut self.keys,
            anchors: FxHashMap::default(),
            aliased: 0,
            line: 0,
        };
        // The library panics on a few texts that are no YAML (a tag glued to a comma: `[!,`).
        catch_unwind(AssertUnwindSafe(|| documents.all())).unwrap_or_else(|_| {
            let cause =
                "the YAML cannot be read from here on; is there a `!` that should be quoted?";
            Err(fault(Origin::new(file, documents.line), cause))
        })
    }
}

/// `text` with a line end, where its last line has none: the library panics on a block scalar there.
fn with_line_end(text: &[u8]) -> Option<Vec<u8>> {
    let line = text.iter().rev().take_while(|byte| !matches!(byte, b'\n' | b'\r'));
    let is_blank = line.copied().all(|byte| byte == b' ');
    (!is_blank).then(|| [text, b"\n"].concat())
}

/// How many lines end in `text`.
fn line_at_end(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'\n').count()
}

fn fault(origin: Origin, cause: impl Into<EcoString>) -> ReadError {
    ReadError { origin, cause: cause.into() }
}

/// What a node is to Kubernetes, as far as that counts here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Object,
    /// `items`: objects, where this is a list of them.
    Items,
    Metadata,
    Annotations,
    Annotation,
    Other,
}

impl Part {
    fn of(self, key: &str) -> Part {
        match (self, key) {
            (Part::Object, "items") => Part::Items,
            (Part::Object, "metadata") => Part::Metadata,
            (Part::Metadata, "annotations") => Part::Annotations,
            (Part::Annotations, _) => Part::Annotation,
            _ => Part::Other,
        }
    }
}

/// The value of an annotation. They are text, so what is no number stays as it was written, where its
/// value would lose that: `True`, a date.
fn as_written(value: Value, text: Text) -> Value {
    match value {
        Value::Bool(_) if !matches!(&*text, "true" | "false") => Value::String(text),
        Value::String(_) => Value::String(text),
        value => value,
    }
}

struct Documents<'a> {
    parser: Parser<&'a [u8]>,
    /// The line after the last one, where that was given its end: no block scalar has it.
    added_line: Option<usize>,
    file: FileName,
    flavor: Flavor,
    keys: &'a mut FxHashSet<EcoString>,
    /// Each anchor's node and its size; `None` while the node is being read.
    anchors: FxHashMap<String, Option<(Node, usize)>>,
    aliased: usize,
    /// The line of the last event.
    line: usize,
}

impl Documents<'_> {
    fn all(&mut self) -> Result<Vec<Node>, ReadError> {
        let mut nodes = Vec::new();
        loop {
            let event = self.next()?;
            let at = self.origin(&event);
            match event.data {
                EventData::StreamEnd => return Ok(nodes),
                EventData::DocumentStart { version_directive: Some(_), .. } => {
                    return Err(fault(at, "a %YAML directive is not supported"));
                }
                EventData::DocumentStart { implicit, .. } => {
                    let first = self.next()?;
                    let same_line = !implicit && self.origin(&first).line() == at.line();
                    let node = self.node(first, 0, Part::Object)?;
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

    fn next(&mut self) -> Result<Event, ReadError> {
        let event = self.parser.parse();
        if let Ok(event) = &event {
            self.line = event.start_mark.line as usize + 1;
        }
        event.map_err(|error| {
            let line = error.problem_mark().map_or(0, |mark| mark.line as usize + 1);
            let line = self.added_line.map_or(line, |last| line.min(last));
            let cause = match error.context() {
                Some(context) => eco_format!("{} {context}", error.problem()),
                None => error.problem().into(),
            };
            fault(Origin::new(self.file, line), cause)
        })
    }

    fn origin(&self, event: &Event) -> Origin {
        Origin::new(self.file, event.start_mark.line as usize + 1)
    }

    fn node(&mut self, event: Event, depth: usize, part: Part) -> Result<Node, ReadError> {
        let mut origin = self.origin(&event);
        let ends_input = self.added_line == Some(event.end_mark.line as usize);
        if depth > MAX_DEPTH {
            return Err(fault(origin, eco_format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let (anchor, value) = match event.data {
            EventData::Alias { anchor } => return self.alias(&anchor, origin),
            EventData::Scalar { anchor, tag, mut value, style, .. } => {
                let plain = style == ScalarStyle::Plain;
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && ends_input && value.ends_with('\n') {
                    value.pop();
                }
                match (plain, value.is_empty()) {
                    (false, _) => origin = origin.quoted(true),
                    (true, true) => origin = origin.blank(true),
                    (true, false) => {}
                }
                let keeps_spelling =
                    plain && part == Part::Annotation && self.flavor != Flavor::Config;
                let written = keeps_spelling.then(|| Text::from(&*value));
                let value = self.scalar(value, tag.as_deref(), plain, origin)?;
                let value = match written {
                    Some(text) => as_written(value, text),
                    None => value,
                };
                (anchor, value)
            }
            EventData::SequenceStart { anchor, .. } => {
                self.announce(anchor.as_deref());
                (anchor, Value::List(self.list(depth, part)?))
            }
            EventData::MappingStart { anchor, .. } => {
                self.announce(anchor.as_deref());
                (anchor, Value::Map(self.map(depth, part)?))
            }
            _ => return Err(fault(origin, "unexpected end of the document")),
        };
        let node = Node { value, origin };
        if let Some(anchor) = anchor {
            let size = node.size();
            self.anchors.insert(anchor, Some((node.clone(), size)));
        }
        Ok(node)
    }

    fn announce(&mut self, anchor: Option<&str>) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.to_owned(), None);
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
        text: String,
        tag: Option<&str>,
        plain: bool,
        origin: Origin,
    ) -> Result<Value, ReadError> {
        let resolved = |text: &str| resolve(text, self.flavor).map_err(|why| fault(origin, why));
        let kind = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag));
        match kind {
            None if plain => resolved(&text),
            None | Some("!" | "str") => Ok(Value::String(text.into())),
            Some("binary") => binary(&text).map(Value::String).ok_or_else(|| {
                fault(origin, "the base64 of a !!binary value does not decode to text")
            }),
            Some(tag @ ("int" | "float" | "bool" | "null")) => {
                let value = resolved(&text)?;
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
            Some("timestamp") => resolved(&text),
            // Other tags mean nothing to Kubernetes; the text is what counts.
            Some(_) => Ok(Value::String(text.into())),
        }
    }

    fn list(&mut self, depth: usize, part: Part) -> Result<List, ReadError> {
        let part = if part == Part::Items { Part::Object } else { Part::Other };
        let mut list = List::new();
        loop {
            let event = self.next()?;
            if event.data == EventData::SequenceEnd {
                return Ok(list);
            }
            list.push(self.node(event, depth + 1, part)?);
        }
    }

    fn map(&mut self, depth: usize, part: Part) -> Result<Map, ReadError> {
        let mut map = Map::new();
        let mut merged: Option<Node> = None;
        let mut seen: FxHashSet<Key> = FxHashSet::default();
        loop {
            let event = self.next()?;
            if event.data == EventData::MappingEnd {
                break;
            }
            let at = self.origin(&event);
            let merges = is_merge_key(&event.data);
            let key = self.key(event, depth)?;
            let first = self.next()?;
            let node = self.node(first, depth + 1, part.of(&key))?;
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

    fn key(&mut self, event: Event, depth: usize) -> Result<Key, ReadError> {
        let node = self.node(event, depth + 1, Part::Other)?;
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
        if text.len() <= INLINE_KEY {
            return Ok(Key::new(text));
        }
        if let Some(known) = self.keys.get(&text) {
            return Ok(Key::new(known.clone()));
        }
        self.keys.insert(text.clone());
        Ok(Key::new(text))
    }
}

fn is_merge_key(event: &EventData) -> bool {
    matches!(event, EventData::Scalar { value, style: ScalarStyle::Plain, tag: None, .. } if value == "<<")
        || matches!(event, EventData::Scalar { tag: Some(tag), .. } if tag == "tag:yaml.org,2002:merge")
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
