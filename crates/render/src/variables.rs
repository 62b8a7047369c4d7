//! The variables of one Kustomization: from ConfigMaps and Secrets, then its own.
//!
//! The rules are those of github.com/fluxcd/pkg v1.44.0, `kustomize/kustomize_varsub.go`: later
//! references win over earlier ones, inline variables over all; one name that is not valid fails the
//! whole substitution. Of a reference that cannot be known, every name that nothing else sets is
//! unknown; a name that another reference sets keeps that value, although the unknown one might set
//! it too: else one Secret in the cluster would make every variable of the repository unknown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use api::{FluxKustomization, PostBuild, SubstituteFrom};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Diagnostic, Map, Node, Object, Origin, Text, Value};

use crate::generate::describe;
use crate::need::ValueRef;
use crate::substitute::{self, valid_name};

/// What a reference led to.
pub(crate) enum Referent<'a> {
    /// An object of this rendering.
    Object(&'a Object),
    /// Data that somebody looked up.
    Data(&'a Map),
    /// It is known not to exist.
    Absent,
    /// It cannot be known: why.
    Unknown(&'a Text),
}

/// Names and values.
#[derive(Default)]
pub(crate) struct Variables {
    entries: BTreeMap<Text, Variable>,
    /// Why names that are not set may be set all the same.
    unknown: Option<Text>,
    /// Names that stand in for keys which are not valid: what is wrong has been told already.
    excused: Vec<String>,
}

struct Variable {
    value: Known,
    is_secret: bool,
}

enum Known {
    Text(Text),
    Unknown(Text),
}

/// A key that is no valid name, of an object that is substituted from.
pub(crate) struct InvalidKey {
    pub(crate) object: ValueRef,
    pub(crate) key: String,
    pub(crate) origin: Origin,
    /// Who uses it, and where.
    pub(crate) user: String,
    pub(crate) used_at: Origin,
}

/// What gathering variables found wrong.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) invalid_keys: Vec<InvalidKey>,
}

/// The object that a reference of `view` names.
pub(crate) fn value_ref(view: &FluxKustomization, from: &SubstituteFrom) -> ValueRef {
    ValueRef { kind: from.kind.clone(), namespace: view.namespace.clone(), name: from.name.clone() }
}

impl Variables {
    /// Gathers the variables of `view`. `find` leads from a reference to what is there.
    pub(crate) fn gather<'a>(
        view: &FluxKustomization,
        post_build: &PostBuild,
        find: impl Fn(&ValueRef) -> Referent<'a>,
        faults: &mut Faults,
    ) -> Variables {
        let mut variables = Variables::default();
        for from in &post_build.substitute_from {
            let reference = value_ref(view, from);
            let source = Source { view, from, reference: &reference };
            match find(&reference) {
                Referent::Object(object) => variables.add_object(&source, object, faults),
                Referent::Data(data) => {
                    let entries =
                        data.iter().map(|(key, node)| (key.as_str(), Cow::Borrowed(node)));
                    variables.add(&source, entries, faults);
                }
                Referent::Absent if from.optional => {}
                Referent::Absent => {
                    let cause = format!("{}: there is no {reference}", describe(view));
                    let help = "make it, or write `optional: true`";
                    faults.diagnostics.push(Diagnostic::error(from.origin, cause).help(help));
                }
                Referent::Unknown(reason) => variables.unknown = Some(reason.clone()),
            }
        }
        for (name, node) in post_build.substitute.iter() {
            if valid_name(name) {
                variables.set(name, node, false);
            } else {
                let cause = format!(
                    "{}: `spec.postBuild.substitute.{name}` is no valid variable name",
                    describe(view)
                );
                faults.diagnostics.push(
                    Diagnostic::error(node.origin, cause)
                        .help(format!("rename it: `{name}` -> `{}`", as_name(name))),
                );
                variables.excused.push(as_name(name));
            }
        }
        variables
    }

    fn add_object(&mut self, source: &Source<'_>, object: &Object, faults: &mut Faults) {
        let root = object.root();
        let field =
            |name: &str| root.get(name).and_then(Node::as_map).into_iter().flat_map(Map::iter);
        let is_secret = source.reference.kind == "Secret";
        let is_encrypted = root.get("sops").is_some();
        let mut entries: Vec<(&str, Cow<'_, Node>)> = Vec::new();
        for (key, node) in field("data") {
            let value = match () {
                () if is_encrypted => Cow::Owned(encrypted(source.reference, node.origin)),
                () if is_secret => match decoded(node) {
                    Some(node) => Cow::Owned(node),
                    None => {
                        let cause = format!("{}: `{key}` is no base64 of text", source.reference);
                        faults.diagnostics.push(Diagnostic::error(node.origin, cause));
                        continue;
                    }
                },
                () => Cow::Borrowed(node),
            };
            entries.push((key, value));
        }
        // What is written plainly wins over the same key in base64.
        for (key, node) in field("stringData").filter(|_| is_secret) {
            let value = match is_encrypted {
                true => Cow::Owned(encrypted(source.reference, node.origin)),
                false => Cow::Borrowed(node),
            };
            entries.push((key, value));
        }
        self.add(source, entries.into_iter(), faults);
    }

    fn add<'n>(
        &mut self,
        source: &Source<'_>,
        entries: impl Iterator<Item = (&'n str, Cow<'n, Node>)>,
        faults: &mut Faults,
    ) {
        let is_secret = source.reference.kind == "Secret";
        for (key, node) in entries {
            if !valid_name(key) {
                self.excused.push(as_name(key));
                faults.invalid_keys.push(InvalidKey {
                    object: source.reference.clone(),
                    key: key.to_owned(),
                    origin: node.origin,
                    user: describe(source.view),
                    used_at: source.from.origin,
                });
                continue;
            }
            if !matches!(node.value, Value::String(_) | Value::Sensitive(_) | Value::Unknown(_)) {
                let kind = node.type_name();
                let cause = format!("{}: `{key}` is a {kind}, it must be text", source.reference);
                let help = node.scalar_text().map(|text| format!("quote it: `\"{text}\"`"));
                faults.diagnostics.push(Diagnostic::error(node.origin, cause).help_if(help));
            }
            self.set(key, &node, is_secret);
        }
    }

    fn set(&mut self, name: &str, node: &Node, is_secret: bool) {
        let is_secret = is_secret || matches!(node.value, Value::Sensitive(_));
        let value = match &node.value {
            Value::Unknown(reason) => Known::Unknown(reason.clone()),
            _ => Known::Text(node.scalar_text().unwrap_or_default()),
        };
        self.entries.insert(name.into(), Variable { value, is_secret });
    }

    /// Whether Flux would substitute nothing at all, unless told to do so always.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.unknown.is_none() && self.excused.is_empty()
    }

    /// Whether a variable comes from a Secret.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|variable| variable.is_secret)
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<substitute::Value<'_>> {
        match self.entries.get(name) {
            Some(Variable { value: Known::Text(text), .. }) => Some(substitute::Value::Text(text)),
            Some(Variable { value: Known::Unknown(reason), .. }) => {
                Some(substitute::Value::Unknown(reason))
            }
            None => self.unknown.as_deref().map(substitute::Value::Unknown),
        }
    }

    /// The names that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(Text::as_str)
    }

    /// Whether a name is not set only because its key is not valid.
    pub(crate) fn is_excused(&self, name: &str) -> bool {
        self.excused.iter().any(|excused| excused == name)
    }
}

/// A reference that is being followed.
struct Source<'a> {
    view: &'a FluxKustomization,
    from: &'a SubstituteFrom,
    reference: &'a ValueRef,
}

fn encrypted(reference: &ValueRef, origin: Origin) -> Node {
    let reason = ecow::eco_format!("the {reference} is encrypted");
    Node { value: Value::Unknown(reason), origin }
}

/// The plain text of a Secret's value in base64.
fn decoded(node: &Node) -> Option<Node> {
    if matches!(node.value, Value::Unknown(_)) {
        return Some(node.clone());
    }
    let packed: String = node.scalar_text()?.split_ascii_whitespace().collect();
    let text = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
    Some(Node::string(text, node.origin))
}

/// The valid name nearest to `key`: `cluster.name` to `cluster_name`.
pub(crate) fn as_name(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = key.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// What is wrong with keys that are no valid names, each told once, with all who use it.
pub(crate) fn report_invalid_keys(keys: &[InvalidKey]) -> Vec<Diagnostic> {
    let mut places: BTreeMap<(&ValueRef, &str), usize> = BTreeMap::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for used in keys {
        let at = *places.entry((&used.object, &used.key)).or_insert(diagnostics.len());
        let what = format!("{} uses it", used.user);
        match diagnostics.get_mut(at) {
            Some(there) => there.related.push((used.used_at, what)),
            None => diagnostics.push(invalid_key(used).related(used.used_at, what)),
        }
    }
    diagnostics
}

fn invalid_key(used: &InvalidKey) -> Diagnostic {
    let (object, key) = (&used.object, &used.key);
    let cause = format!(
        "{object}: the key `{key}` is no valid variable name, and Flux substitutes nothing from a \
         {} that has one",
        object.kind
    );
    let help = format!("rename it: `{key}` -> `{}`", as_name(key));
    Diagnostic::error(used.origin, cause).help(help)
}
