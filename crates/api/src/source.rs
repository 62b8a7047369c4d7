//! Flux's sources: where files come from. GitRepositories, OCIRepositories and Buckets are read; of the other
//! kinds a Kustomization needs the name only.
//!
//! Fields and rules are those of source-controller 1.10 (`api/v1/gitrepository_types.go`).

mod bucket;
mod oci;

use std::fmt;
use std::time::Duration;

use manifest::{Node, Object, Origin, Text};

use crate::read::{At, Read, Spec, namespace, text, text_or_empty};
use crate::table::Shape::{Bool, Duration as InUnits, List, OneOf, Starts, Str, Struct};
use crate::table::{Field, INTERVAL, Preset, REFERENCE, optional, preset, required};

pub use self::bucket::Bucket;
pub(crate) use self::bucket::{BUCKET_FIELDS, BUCKET_RULES};
pub(crate) use self::oci::OCI_FIELDS;
pub use self::oci::{OciReference, OciRepository};

/// The API group.
const GROUP: &str = "source.toolkit.fluxcd.io/";

/// `spec` of a GitRepository.
pub(crate) const GIT_FIELDS: &[Field] = &[
    required(
        "url",
        // The last is our own addition.
        Starts(&["http://", "https://", "ssh://", "file://"]),
        "e.g. `url: https://HOST/ORG/REPO`",
    ),
    optional("secretRef", REFERENCE),
    optional("provider", OneOf(&["generic", "aws", "azure", "github"])),
    optional("serviceAccountName", Str),
    required("interval", INTERVAL, "say how often it is looked at, e.g. `interval: 1m`"),
    preset("timeout", InUnits(&["ms", "s", "m"]), Preset::Str("60s")),
    optional("ref", Struct(GIT_REFERENCE)),
    optional("verify", Struct(VERIFY)),
    optional("proxySecretRef", REFERENCE),
    optional("ignore", Str),
    optional("suspend", Bool),
    optional("recurseSubmodules", Bool),
    optional("include", List(&Struct(INCLUDE))),
    optional("sparseCheckout", List(&Str)),
];

const GIT_REFERENCE: &[Field] = &[
    optional("branch", Str),
    optional("tag", Str),
    optional("semver", Str),
    optional("name", Str),
    optional("commit", Str),
];

const VERIFY: &[Field] = &[
    preset("mode", OneOf(&["head", "HEAD", "Tag", "TagAndHEAD"]), Preset::Str("HEAD")),
    required("secretRef", REFERENCE, ""),
];

const INCLUDE: &[Field] =
    &[required("repository", REFERENCE, ""), optional("fromPath", Str), optional("toPath", Str)];

/// The kinds of sources that a Kustomization can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    /// A Git repository.
    GitRepository,
    /// An OCI artifact.
    OciRepository,
    /// An object store's bucket.
    Bucket,
    /// What another controller made.
    ExternalArtifact,
}

impl SourceKind {
    /// The kinds as words, in the order of the definition.
    pub(crate) const WORDS: [&'static str; 4] =
        ["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"];

    /// The kind that `word` is.
    pub fn parse(word: &str) -> Option<SourceKind> {
        Some(match word {
            "GitRepository" => SourceKind::GitRepository,
            "OCIRepository" => SourceKind::OciRepository,
            "Bucket" => SourceKind::Bucket,
            "ExternalArtifact" => SourceKind::ExternalArtifact,
            _ => return None,
        })
    }

    /// The kind as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::GitRepository => "GitRepository",
            SourceKind::OciRepository => "OCIRepository",
            SourceKind::Bucket => "Bucket",
            SourceKind::ExternalArtifact => "ExternalArtifact",
        }
    }
}

/// A source by kind, namespace and name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl Source {
    /// The source that an object is; `None` for other kinds.
    pub fn of(object: &Object) -> Option<Source> {
        let kind = SourceKind::parse(object.kind())?;
        let namespace = namespace(object);
        object.api_version().starts_with(GROUP).then(|| Source {
            kind,
            namespace,
            name: object.name().into(),
        })
    }
}

/// `GitRepository/flux-system/fleet`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.as_str(), self.namespace, self.name)
    }
}

/// The mention of a source in a Kustomization.
#[derive(Clone, Debug)]
pub struct SourceRef {
    /// Which source.
    pub source: Source,
    /// Where it is named.
    pub origin: Origin,
}

impl SourceRef {
    /// Reads `sourceRef` of a Kustomization in `namespace`.
    pub(crate) fn read(node: &Node, namespace: &Text) -> Option<SourceRef> {
        let name = text(node, "name")?;
        let written = text_or_empty(node, "namespace");
        let namespace = if written.is_empty() { namespace.clone() } else { written };
        let kind = SourceKind::parse(node.str_at(&["kind"])?)?;
        Some(SourceRef {
            source: Source { kind, namespace, name: name.value },
            origin: name.origin,
        })
    }
}

/// A GitRepository of Flux's.
#[derive(Clone, Debug)]
pub struct GitRepository {
    /// Where the object begins.
    pub origin: Origin,
    /// By which name Kustomizations know it.
    pub source: Source,
    /// The address; empty where that was refused.
    pub url: At<Text>,
    /// Which commit.
    pub reference: GitReference,
    /// The Secret with the credentials.
    pub secret: Option<At<Text>>,
    /// What has to be signed, `HEAD` unless written, and the Secret with the keys.
    pub verify: Option<(Text, At<Text>)>,
    /// How often it is looked at; `None` where that was refused.
    pub interval: Option<Duration>,
    /// How long fetching may take; 60 seconds unless written.
    pub timeout: Duration,
    /// Files to leave out, in the syntax of `.gitignore`.
    pub ignore: Option<At<Text>>,
    /// `{repository, fromPath, toPath}` of repositories to put into this one.
    pub include: Vec<Node>,
    /// The directories to take; all where there are none.
    pub sparse_checkout: Vec<At<Text>>,
    /// Whether submodules are taken as well.
    pub recurse_submodules: bool,
    /// Whether it rests.
    pub suspend: bool,
}

/// Which commit of a repository. Of several, Flux takes `commit`, else `name`, else `tag`, else
/// `semver`, else `branch`, else the branch `master` (its code; its documentation swaps two).
#[derive(Clone, Debug, Default)]
pub struct GitReference {
    /// A branch.
    pub branch: Option<At<Text>>,
    /// A tag.
    pub tag: Option<At<Text>>,
    /// A range of versions, of which the highest tag is taken.
    pub semver: Option<At<Text>>,
    /// A whole reference, `refs/heads/main`.
    pub name: Option<At<Text>>,
    /// A commit.
    pub commit: Option<At<Text>>,
}

impl GitRepository {
    /// Whether an object is one, in whatever version.
    pub fn is(object: &Object) -> bool {
        object.kind() == "GitRepository" && object.api_version().starts_with(GROUP)
    }

    /// Reads one.
    pub fn read(object: &Object) -> Read<GitRepository> {
        const TIMEOUT: Duration = Duration::from_secs(60);
        let spec = Spec::of(object, GROUP, GIT_FIELDS);
        let reference = |key: &str| spec.get("ref").and_then(|node| text(node, key));
        let verify = |node: &Node| {
            let mode = node.str_at(&["mode"]).unwrap_or("HEAD");
            Some((mode.into(), text(node.get("secretRef")?, "name")?))
        };
        let item = |node: &Node| Some(At { value: node.as_str()?.into(), origin: node.origin });
        let value = GitRepository {
            origin: object.origin(),
            source: Source {
                kind: SourceKind::GitRepository,
                namespace: namespace(object),
                name: object.name().into(),
            },
            url: spec.text("url").unwrap_or(At { value: Text::new(), origin: object.origin() }),
            reference: GitReference {
                branch: reference("branch"),
                tag: reference("tag"),
                semver: reference("semver"),
                name: reference("name"),
                commit: reference("commit"),
            },
            secret: spec.reference("secretRef"),
            verify: spec.get("verify").and_then(verify),
            interval: spec.duration("interval"),
            timeout: spec.duration("timeout").unwrap_or(TIMEOUT),
            ignore: spec.text("ignore"),
            include: spec.list("include").to_vec(),
            sparse_checkout: spec.list("sparseCheckout").iter().filter_map(item).collect(),
            recurse_submodules: spec.flag("recurseSubmodules"),
            suspend: spec.flag("suspend"),
        };
        Read { value, diagnostics: spec.diagnostics, unknowns: spec.unknowns }
    }
}

#[cfg(test)]
mod tests;
