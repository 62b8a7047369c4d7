//! Flux's kinds as its command line shows them: words, columns, messages.

use manifest::{Node, Object};
use schema::{KindInfo, Kinds};

use crate::failure::Failure;
use crate::printing::shorten;

/// A kind.
pub(crate) struct FluxKind {
    /// Its API version.
    pub(crate) api_version: &'static str,
    /// Its name.
    pub(crate) kind: &'static str,
    /// What flux calls it in sentences.
    pub(crate) human: &'static str,
    /// What it is called on the command line, below `source` or by itself.
    pub(crate) words: &'static [&'static str],
    columns: &'static [Column],
}

/// A column of `get`.
#[derive(Clone, Copy)]
enum Column {
    /// The field at a path, as it is.
    Field(&'static str, &'static [&'static str]),
    /// The revision at a path, its hash cut.
    Revision(&'static [&'static str]),
    /// `Kind/namespace/name` at a path.
    Reference(&'static str, &'static [&'static str]),
    Suspended,
    Ready,
    Message,
    /// Ready, whatever the object says: it has no status.
    Always(&'static str),
}

const ARTIFACT: Column = Column::Revision(&["status", "artifact", "revision"]);
const SOURCE: &[Column] = &[ARTIFACT, Column::Suspended, Column::Ready, Column::Message];

const SOURCES: &str = "source.toolkit.fluxcd.io/v1";
const IMAGES: &str = "image.toolkit.fluxcd.io/v1";

/// Kustomizations.
pub(crate) static KUSTOMIZATION: FluxKind = FluxKind {
    api_version: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    human: "kustomization",
    words: &["kustomization", "kustomizations", "ks"],
    columns: &[
        Column::Revision(&["status", "lastAppliedRevision"]),
        Column::Suspended,
        Column::Ready,
        Column::Message,
    ],
};

const fn with_artifact(
    kind: &'static str,
    human: &'static str,
    words: &'static [&'static str],
) -> FluxKind {
    FluxKind { api_version: SOURCES, kind, human, words, columns: SOURCE }
}

/// Sources, in the order in which flux lists them.
pub(crate) static ALL_SOURCES: &[FluxKind] = &[
    with_artifact("OCIRepository", "source oci", &["oci", "ocirepository"]),
    with_artifact("Bucket", "source bucket", &["bucket"]),
    with_artifact("GitRepository", "source git", &["git", "gitrepository"]),
    with_artifact("HelmRepository", "source helm", &["helm", "helmrepository"]),
    with_artifact("HelmChart", "source chart", &["chart", "helmchart"]),
    FluxKind {
        api_version: SOURCES,
        kind: "ExternalArtifact",
        human: "source external-artifact",
        words: &["external", "externalartifact"],
        columns: &[
            ARTIFACT,
            Column::Reference("Source", &["spec", "sourceRef"]),
            Column::Ready,
            Column::Message,
        ],
    },
];

/// What `get all` lists besides sources and Kustomizations.
pub(crate) static OTHERS: &[FluxKind] = &[
    FluxKind {
        api_version: IMAGES,
        kind: "ImageRepository",
        human: "image repository",
        words: &[],
        columns: &[
            Column::Field("Last scan", &["status", "lastScanResult", "scanTime"]),
            Column::Suspended,
            Column::Ready,
            Column::Message,
        ],
    },
    FluxKind {
        api_version: IMAGES,
        kind: "ImagePolicy",
        human: "image policy",
        words: &[],
        columns: &[
            Column::Field("Image", &["status", "latestRef", "name"]),
            Column::Field("Tag", &["status", "latestRef", "tag"]),
            Column::Ready,
            Column::Message,
        ],
    },
    FluxKind {
        api_version: IMAGES,
        kind: "ImageUpdateAutomation",
        human: "image update automation",
        words: &[],
        columns: &[
            Column::Field("Last run", &["status", "lastAutomationRunTime"]),
            Column::Suspended,
            Column::Ready,
            Column::Message,
        ],
    },
    FluxKind {
        api_version: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        human: "helmrelease",
        words: &[],
        columns: &[
            Column::Revision(&["status", "lastAttemptedRevision"]),
            Column::Suspended,
            Column::Ready,
            Column::Message,
        ],
    },
    FluxKind {
        api_version: "notification.toolkit.fluxcd.io/v1",
        kind: "Receiver",
        human: "receiver",
        words: &[],
        columns: &[Column::Suspended, Column::Ready, Column::Message],
    },
    FluxKind {
        api_version: "notification.toolkit.fluxcd.io/v1beta3",
        kind: "Provider",
        human: "alert provider",
        words: &[],
        columns: &[Column::Always("Provider is Ready")],
    },
    FluxKind {
        api_version: "notification.toolkit.fluxcd.io/v1beta3",
        kind: "Alert",
        human: "alert",
        words: &[],
        columns: &[Column::Suspended, Column::Always("Alert is Ready")],
    },
];

/// The kind of sources that a word of the command line means.
///
/// # Errors
/// There is none.
pub(crate) fn source(word: &str) -> Result<&'static FluxKind, Failure> {
    let word = word.to_lowercase();
    let found = ALL_SOURCES.iter().find(|kind| kind.words.contains(&word.as_str()));
    found.ok_or_else(|| {
        let words: Vec<_> = ALL_SOURCES.iter().filter_map(|kind| kind.words.first()).collect();
        let words = words.iter().map(|word| **word).collect::<Vec<_>>().join(", ");
        Failure::Usage(format!("there is no kind of source `{word}`; there are {words}"))
    })
}

impl FluxKind {
    /// What Kubernetes has to know of it.
    pub(crate) fn info(&self) -> Option<KindInfo> {
        let definitions = api::crds();
        Kinds::with_crds(&definitions).info(self.api_version, self.kind).cloned()
    }

    /// The headers of its columns after the name's.
    pub(crate) fn headers(&self) -> Vec<&'static str> {
        let mut headers = Vec::new();
        for column in self.columns {
            match column {
                Column::Field(name, _) | Column::Reference(name, _) => headers.push(*name),
                Column::Revision(_) => headers.push("Revision"),
                Column::Suspended => headers.push("Suspended"),
                Column::Ready => headers.push("Ready"),
                Column::Message => headers.push("Message"),
                Column::Always(_) => headers.extend(["Ready", "Message"]),
            }
        }
        headers
    }

    /// An object's cells in these columns.
    pub(crate) fn cells(&self, object: &Object) -> Vec<String> {
        let root = object.root();
        let text = |path: &[&str]| root.at(path).and_then(Node::scalar_text).unwrap_or_default();
        let ready = condition(object, "Ready");
        let mut cells = Vec::new();
        for column in self.columns {
            match column {
                Column::Field(_, path) => cells.push(text(path).to_string()),
                Column::Revision(path) => cells.push(shorten(&text(path))),
                Column::Reference(_, path) => {
                    let reference = root.at(path);
                    cells.push(reference.map(reference_text).unwrap_or_default());
                }
                Column::Suspended => cells.push(title(is_suspended(object)).to_owned()),
                Column::Ready => {
                    let status = ready.and_then(|ready| ready.str_at(&["status"]));
                    cells.push(status.unwrap_or("False").to_owned());
                }
                Column::Message => {
                    let message = ready.map(|ready| ready.str_at(&["message"]).unwrap_or_default());
                    cells.push(shorten(message.unwrap_or("waiting to be reconciled")));
                }
                Column::Always(message) => {
                    cells.extend(["True".to_owned(), (*message).to_owned()]);
                }
            }
        }
        cells
    }
}

/// The condition of a type.
pub(crate) fn condition<'o>(object: &'o Object, type_name: &str) -> Option<&'o Node> {
    let conditions = object.root().at(&["status", "conditions"])?.as_list()?;
    conditions.iter().find(|condition| {
        condition.str_at(&["type"]).is_some_and(|name| name.eq_ignore_ascii_case(type_name))
    })
}

/// Whether an object rests.
pub(crate) fn is_suspended(object: &Object) -> bool {
    object.root().at(&["spec", "suspend"]).and_then(Node::as_bool).unwrap_or_default()
}

fn reference_text(reference: &Node) -> String {
    let part = |key: &str| reference.str_at(&[key]).unwrap_or_default();
    format!("{}/{}/{}", part("kind"), part("namespace"), part("name"))
}

fn title(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
