//! Reading patches: from the entry itself or a file, and which kind they are.

use manifest::json_patch::JsonPatch;
use manifest::yaml::Flavor;
use manifest::{Diagnostic, Node, Origin, Text};

use crate::builder::{Builder, Failed};
use crate::decode::Located;
use crate::inline;
use crate::kustomization::{Patch, Selector};
use crate::merge;
use crate::metadata;
use crate::resource::Resource;
use crate::selector::Matcher;

/// A strategic merge patch.
pub(crate) struct Strategic {
    pub(super) resource: Resource,
    /// For the resource that the patch names.
    pub(super) named: merge::Patch,
    /// For resources that a target selects.
    pub(super) selected: merge::Patch,
    pub(super) allow_name_change: bool,
    pub(super) allow_kind_change: bool,
}

impl Strategic {
    /// A patch that may change the name or kind of what it patches. kustomize notes that in the
    /// patch's annotations, and so makes text of them: a null among them deletes nothing.
    fn renaming(mut resource: Resource, entry: &Patch) -> Strategic {
        if entry.allow_name_change || entry.allow_kind_change {
            let mut texts = resource.metadata_texts("annotations");
            if !texts.is_empty() {
                texts.iter_mut().for_each(|(_, node)| node.origin = node.origin.quoted(true));
                resource.set_metadata_texts("annotations", texts);
            }
        }
        Strategic {
            allow_name_change: entry.allow_name_change,
            allow_kind_change: entry.allow_kind_change,
            ..Strategic::new(resource)
        }
    }

    fn new(resource: Resource) -> Strategic {
        Strategic {
            named: merge::Patch::new(resource.node().clone()),
            selected: merge::Patch::for_selected(resource.node().clone()),
            resource,
            allow_name_change: false,
            allow_kind_change: false,
        }
    }
}

/// What an entry turned out to be.
pub(super) enum Content {
    Strategic(Vec<Strategic>),
    Json(JsonPatch),
}

/// An entry, read.
pub(crate) struct Loaded {
    /// The entry in the kustomization.
    pub(super) origin: Origin,
    pub(super) content: Content,
    pub(super) target: Option<Selector>,
    /// Whether it stands in `patchesJson6902`, which forgets what it renames.
    pub(super) is_json_only: bool,
}

/// Reads the entries of `patchesStrategicMerge`: YAML in the entry itself, else a file.
pub(crate) fn load_strategic(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Located<Text>],
) -> Result<Vec<Strategic>, Failed> {
    let mut patches = Vec::new();
    let mut failed = None;
    for entry in entries {
        let nodes = match inline::objects(entry, &mut builder.schema) {
            Ok(Some(nodes)) => {
                Ok(nodes.into_iter().map(|node| Resource::new(node, builder.schema())).collect())
            }
            Ok(None) => builder
                .load_file(directory, entry)
                .and_then(|(path, content)| builder.resources_of(&path, &content, entry.origin)),
            Err(diagnostics) => Err(builder.fail_all(diagnostics)),
        };
        match nodes {
            Ok(found) => patches.extend(found.into_iter().map(Strategic::new)),
            Err(error) => failed = Some(error),
        }
    }
    if let (None, true, Some(entry)) = (&failed, patches.is_empty(), entries.first()) {
        let diagnostic =
            Diagnostic::error(entry.origin, format!("the patch `{}` is empty", entry.value));
        return Err(builder.fail(diagnostic.help("write the patch, or remove the entry")));
    }
    failed.map_or(Ok(patches), Err)
}

/// Reads the entries of `patches`.
pub(crate) fn load_all(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Patch],
) -> Result<Vec<Loaded>, Failed> {
    load_each(entries, |entry| load(builder, directory, entry))
}

/// Reads the entries of `patchesJson6902`.
pub(crate) fn load_json(
    builder: &mut Builder<'_>,
    directory: &str,
    entries: &[Patch],
) -> Result<Vec<Loaded>, Failed> {
    load_each(entries, |entry| {
        let named = entry.target.as_ref().is_some_and(|target| !target.name.is_empty());
        if !named {
            let cause = "an entry of `patchesJson6902` needs a `target` with a name";
            return Err(builder.fail(Diagnostic::error(entry.origin, cause)));
        }
        let loaded = load(builder, directory, entry)?;
        match &loaded.content {
            Content::Json(patch) if !patch.is_empty() => {
                Ok(Loaded { is_json_only: true, ..loaded })
            }
            Content::Json(_) => {
                let diagnostic = Diagnostic::error(entry.origin, "the patch is empty");
                Err(builder.fail(diagnostic.help("write the patch, or remove the entry")))
            }
            Content::Strategic(_) => {
                let cause = "the patch is no list of JSON patch operations";
                let help = "use `patches` for a strategic merge";
                Err(builder.fail(Diagnostic::error(entry.origin, cause).help(help)))
            }
        }
    })
}

fn load_each(
    entries: &[Patch],
    mut load: impl FnMut(&Patch) -> Result<Loaded, Failed>,
) -> Result<Vec<Loaded>, Failed> {
    let mut loaded = Vec::new();
    let mut failed = None;
    for entry in entries {
        match load(entry) {
            Ok(patch) => loaded.push(patch),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(loaded), Err)
}

/// Reads one entry and finds out what kind of patch it is.
pub(crate) fn load(
    builder: &mut Builder<'_>,
    directory: &str,
    entry: &Patch,
) -> Result<Loaded, Failed> {
    let inline = entry.patch.as_ref().filter(|patch| !patch.value.trim().is_empty());
    let documents = match (inline, &entry.path) {
        (None, None) => {
            let cause = "a patch needs `patch` or `path`";
            return Err(builder.fail(Diagnostic::error(entry.origin, cause)));
        }
        (Some(_), Some(path)) => {
            let cause = "a patch has both `patch` and `path`";
            return Err(
                builder.fail(Diagnostic::error(path.origin, cause).help("keep one of them"))
            );
        }
        (Some(patch), None) => {
            let read = inline::documents(patch, Flavor::Patch, &mut builder.schema).and_then(
                |documents| match is_list(&documents) {
                    true => inline::documents(patch, Flavor::Config, &mut builder.schema),
                    false => Ok(documents),
                },
            );
            match read {
                Ok(documents) => documents,
                Err(diagnostic) => return Err(builder.fail(*diagnostic)),
            }
        }
        (None, Some(path)) => {
            let (file, content) = builder.load_file(directory, path)?;
            let documents = builder.documents(&file, &content, Flavor::Patch, path.origin)?;
            if is_list(&documents) {
                builder.documents(&file, &content, Flavor::Config, path.origin)?.to_vec()
            } else {
                documents.to_vec()
            }
        }
    };
    if let Some(Err(diagnostic)) = entry.target.as_ref().map(Matcher::new) {
        return Err(builder.fail(diagnostic));
    }
    let content = decode(builder, entry, &documents)?;
    let target = entry.target.clone();
    Ok(Loaded { origin: entry.origin, content, target, is_json_only: false })
}

/// Whether a patch is a list of JSON patch operations, which kustomize reads by YAML 1.1's rules.
fn is_list(documents: &[Node]) -> bool {
    documents.first().is_some_and(|node| node.as_list().is_some())
}

fn decode(builder: &mut Builder<'_>, entry: &Patch, documents: &[Node]) -> Result<Content, Failed> {
    if let Some(operations) = documents.first().filter(|node| node.as_list().is_some()) {
        let mut operations = operations.clone();
        // kustomize makes JSON of them first.
        manifest::yaml::restyle(&mut operations);
        return match JsonPatch::from_node(&operations) {
            Ok(patch) => Ok(Content::Json(patch)),
            Err(error) => {
                let place = error.origin();
                let origin = if place.is_some() { place } else { entry.origin };
                Err(builder.fail(Diagnostic::error(origin, error.full())))
            }
        };
    }
    match metadata::resources(documents) {
        Ok(nodes) => {
            let strategic =
                |node| Strategic::renaming(Resource::new(node, builder.schema()), entry);
            Ok(Content::Strategic(nodes.into_iter().map(strategic).collect()))
        }
        Err(diagnostics) => {
            for diagnostic in diagnostics {
                let diagnostic = diagnostic.related(entry.origin, "the patch");
                builder.fail(diagnostic.help(
                    "a patch is an object with apiVersion, kind and name, \
                                              or a list of JSON patch operations",
                ));
            }
            Err(Failed)
        }
    }
}
