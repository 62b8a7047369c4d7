//! Doing the replacements: sources and targets chosen, values carried over
//! (`api/filters/replacement/replacement.go`).

use manifest::diagnostic::did_you_mean;
use manifest::{Diagnostic, Node, Origin, Text, Value, Via};
use rustc_hash::{FxHashMap, FxHashSet};

use super::copied::{Age, Copied};
use super::find::{Shape, find};
use super::path::{self, Location, Problem, Step};
use super::select::Chosen;
use super::structured::{self, Outcome};
use super::{Replacement, Source, SourceField, Target};
use crate::decode::Located;
use crate::id::is_selected;
use crate::resource::{Resource, as_text};
use crate::resources::Resources;
use crate::schema::Schema;

/// Does all replacements, in order. Entries that name a file do nothing; the caller has put what is
/// in it in their place.
///
/// # Errors
/// A source or a field of a target is not there or not the only one, or a value does not fit.
pub(crate) fn apply(
    replacements: &[Replacement],
    resources: &mut Resources,
    schema: &Schema,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut run = Run {
        resources,
        schema,
        untagged: FxHashSet::default(),
        renamed: false,
        warnings: Vec::new(),
    };
    let done = replacements.iter().try_for_each(|replacement| run.replacement(replacement));
    let Run { renamed, warnings, .. } = run;
    done?;
    if renamed {
        resources.renamed();
        check_unique(resources)?;
    }
    Ok(warnings)
}

/// A replacement may have given a resource the name of another; kustomize panics.
fn check_unique(resources: &Resources) -> Result<(), Diagnostic> {
    let mut seen = FxHashMap::default();
    for resource in resources.iter() {
        if let Some(other) = seen.insert(resource.id(), resource.origin()) {
            let cause = format!("replacements leave {} there twice", resource.id());
            return Err(Diagnostic::error(resource.origin(), cause)
                .related(other, "the other one")
                .help("let `select` choose one of them, or `reject` the other"));
        }
    }
    Ok(())
}

struct Run<'r> {
    resources: &'r mut Resources,
    schema: &'r Schema,
    /// Scalars that were made here, whose type the next text over them may change.
    untagged: FxHashSet<(usize, Location)>,
    renamed: bool,
    warnings: Vec<Diagnostic>,
}

/// A value being written.
struct Carried<'r> {
    replacement: &'r Replacement,
    copied: Copied,
    /// Where the value stands, if it is taken whole: writing there changes what is written next.
    live: Option<(usize, Location)>,
}

impl Run<'_> {
    fn replacement(&mut self, replacement: &Replacement) -> Result<(), Diagnostic> {
        let (copied, live) = match &replacement.source {
            Source::Missing => return Ok(()),
            Source::Text(text) => (Copied::text(text.value.clone()), None),
            Source::Field(source) => self.source(source)?,
        };
        let mut carried = Carried { replacement, copied, live };
        replacement.targets.iter().try_for_each(|target| self.target(target, &mut carried))
    }

    /// The value of a source.
    fn source(
        &self,
        source: &SourceField,
    ) -> Result<(Copied, Option<(usize, Location)>), Diagnostic> {
        let mut found =
            self.resources.iter().enumerate().filter(|(_, resource)| source.selects(resource));
        let Some((index, resource)) = found.next() else { return Err(self.no_source(source)) };
        if let Some((_, other)) = found.next() {
            let cause = format!("the source {source} of a replacement is more than one resource");
            return Err(Diagnostic::error(source.origin, cause)
                .related(resource.origin(), resource.id().to_string())
                .related(other.origin(), other.id().to_string())
                .help("name one by `group`, `version`, `kind`, `name` and `namespace`"));
        }
        let path = &source.field_path;
        let fail = |problem: Problem| {
            let cause = format!("`{}` of {}: {}", path.value, resource.id(), problem.cause);
            Diagnostic::error(path.origin, cause)
                .related(resource.origin(), "the source of the replacement")
                .related(problem.origin, "what there is")
                .help_if(problem.help)
        };
        let (location, node) =
            path::lookup(resource.node(), &path::split(&path.value)).map_err(fail)?;
        let is_empty = match &node.value {
            Value::Null => true,
            Value::List(list) => list.is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        if is_empty {
            let problem = Problem::new("there is nothing in it", node.origin);
            return Err(fail(problem.help("a source needs a value")));
        }
        let key = (index, location);
        let copied = Copied::of(node, self.untagged.contains(&key));
        let copied = copied.refined(&source.options).map_err(fail)?;
        Ok((copied, Some(key).filter(|_| source.options.delimiter.is_empty())))
    }

    fn no_source(&self, source: &SourceField) -> Diagnostic {
        let cause = format!("the source {source} of a replacement is no resource");
        let is_of_kind = |resource: &&Resource| is_selected(&resource.id().gvk, &source.gvk);
        let of_kind: Vec<&Resource> = self.resources.iter().filter(is_of_kind).collect();
        let diagnostic = Diagnostic::error(source.origin, cause);
        if of_kind.is_empty() {
            let kinds = self.resources.iter().map(|resource| resource.id().gvk.kind.as_str());
            return diagnostic.help_if(did_you_mean(&source.gvk.kind, kinds));
        }
        let names = of_kind.iter().map(|resource| resource.id().name.as_str());
        let same_name = of_kind.iter().find(|resource| resource.id().name == source.name);
        match same_name {
            Some(resource) => {
                let namespace = &resource.id().namespace;
                diagnostic.help(format!("it is in another namespace: `{namespace}`"))
            }
            None => diagnostic.help_if(did_you_mean(&source.name, names)),
        }
    }

    fn target(&mut self, target: &Target, carried: &mut Carried<'_>) -> Result<(), Diagnostic> {
        let chosen = Chosen::new(target)?;
        for index in 0..self.resources.len() {
            if self.resources.get(index).is_some_and(|resource| chosen.has(resource)) {
                for path in &target.field_paths {
                    self.field(index, target, path, carried)?;
                }
            }
        }
        Ok(())
    }

    /// Writes one path of a target in one resource.
    fn field(
        &mut self,
        index: usize,
        target: &Target,
        path: &Located<Text>,
        carried: &mut Carried<'_>,
    ) -> Result<(), Diagnostic> {
        let Some(resource) = self.resources.get(index) else { return Ok(()) };
        let (plan, warning) = plan(resource, target, path, carried)
            .map_err(|problem| failure(path, resource, carried.replacement, problem))?;
        self.warnings.extend(warning);
        let done = match plan {
            Plan::Text(location, node) => self.write(index, &location, carried, |target, _, _| {
                *target = node;
                Ok(())
            }),
            Plan::Fields(locations) => locations.iter().try_for_each(|location| {
                let origin = carried.origin();
                self.write(index, location, carried, |node, age, copied| {
                    copied.put(node, age, &target.options, origin)
                })
            }),
        };
        done.map_err(|problem| match self.resources.get(index) {
            Some(resource) => failure(path, resource, carried.replacement, problem),
            None => Diagnostic::error(path.origin, problem.cause),
        })
    }

    /// Writes to one place, and notes what the writing changed.
    fn write(
        &mut self,
        index: usize,
        location: &[Step],
        carried: &mut Carried<'_>,
        put: impl FnOnce(&mut Node, Age, &Copied) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let Some(resource) = self.resources.get_mut(index) else { return Ok(()) };
        let gone = || Problem::new("the place is gone", Origin::NONE);
        let reached =
            path::reach(resource.node_mut(), location, carried.origin()).ok_or_else(gone)?;
        let place = (index, reached.at);
        let age = match self.untagged.contains(&place) {
            _ if reached.is_new => Age::New,
            true => Age::Untagged,
            false => Age::Old,
        };
        let is_simple = matches!(Shape::of(reached.node), Shape::Scalar | Shape::Null);
        if is_annotation(&place.1) && is_simple && age == Age::Old {
            // Text may go where a number or null stands: all of them are text.
            *reached.node = as_text(reached.node);
        }
        put(reached.node, age, &carried.copied)?;
        if is_annotation(&place.1) {
            as_annotation(reached.node, carried.copied.scalar_text());
        }
        let is_scalar = matches!(Shape::of(reached.node), Shape::Scalar | Shape::Null);
        if age == Age::New && is_scalar {
            self.untagged.insert(place.clone());
        }
        self.warnings.extend(resource.settle_aliases());
        if changes_id(&place.1) {
            self.renamed |= resource.refresh(self.schema);
            let id = resource.id();
            if id.name.is_empty() && !id.gvk.kind.ends_with("List") || id.gvk.kind.is_empty() {
                return Err(Problem::new("the resource would lose its kind or name", Origin::NONE));
            }
        }
        if let Some((source, at)) = &carried.live
            && *source == index
            && place.1.starts_with(at)
            && let Some(node) = node_at(resource.node(), at)
        {
            carried.copied = Copied::of(node, self.untagged.contains(&(index, at.clone())));
        }
        Ok(())
    }
}

impl Carried<'_> {
    /// The origin of what is written.
    fn origin(&self) -> Origin {
        self.replacement.origin.via(Via::Replacements)
    }
}

/// What to write where.
enum Plan {
    /// A text, in which something was replaced.
    Text(Location, Node),
    /// The value, to each of these.
    Fields(Vec<Location>),
}

/// Finds what `path` names in a resource, and what there is to warn of.
fn plan(
    resource: &Resource,
    target: &Target,
    path: &Located<Text>,
    carried: &Carried<'_>,
) -> Result<(Plan, Option<Diagnostic>), Problem> {
    let root = resource.node();
    let parts = path::split(&path.value);
    let create = target.options.create.then(|| carried.copied.shape());
    let kept = |why: &str| {
        let cause = format!("`{}` of {} stays as it is: {why}", path.value, resource.id());
        Diagnostic::warning(path.origin, cause).related(resource.origin(), "the target")
    };
    match structured::write(root, &parts, &carried.copied, create, carried.origin()) {
        Outcome::Written(location, node) => return Ok((Plan::Text(location, node), None)),
        Outcome::Kept(why) => return Ok((Plan::Fields(Vec::new()), Some(kept(&why)))),
        Outcome::NotHere => {}
    }
    let found = find(root, &parts, create)?;
    if found.is_nothing() {
        let nothing = || Problem::new("there is nothing", root.origin);
        return Err(found.miss.unwrap_or_else(nothing));
    }
    Ok((Plan::Fields(found.locations), found.lost.first().map(|why| kept(why))))
}

/// A target that could not be written.
fn failure(
    path: &Located<Text>,
    resource: &Resource,
    replacement: &Replacement,
    problem: Problem,
) -> Diagnostic {
    let cause = format!("cannot replace `{}` of {}: {}", path.value, resource.id(), problem.cause);
    let mut diagnostic = Diagnostic::error(path.origin, cause)
        .related(replacement.origin, "the replacement")
        .related(resource.origin(), "the target");
    if problem.origin != resource.origin() {
        diagnostic = diagnostic.related(problem.origin, "what there is");
    }
    diagnostic.help_if(problem.help)
}

/// What `text`, written where nothing was, is as an annotation: itself, where others would be null or a time.
fn as_annotation(node: &mut Node, text: &str) {
    match node.as_str() {
        None if node.is_null() && text.is_empty() => node.origin = node.origin.blank(true),
        Some(there) if there.strip_prefix(text) == Some("T00:00:00Z") => {
            node.value = Value::String(text.into());
        }
        _ => {}
    }
}

fn is_annotation(at: &[Step]) -> bool {
    let [Step::Key(metadata), Step::Key(annotations), Step::Key(_)] = at else { return false };
    metadata.as_str() == "metadata" && annotations.as_str() == "annotations"
}

/// Whether the id of a resource may change with this place.
fn changes_id(at: &[Step]) -> bool {
    match at.first() {
        Some(Step::Key(key)) => ["apiVersion", "kind", "metadata"].contains(&key.as_str()),
        _ => true,
    }
}

fn node_at<'n>(root: &'n Node, location: &[Step]) -> Option<&'n Node> {
    location.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.as_list()?.get(*index),
        Step::New { .. } => None,
    })
}
