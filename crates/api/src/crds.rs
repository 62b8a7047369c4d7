//! The definitions of Flux's kinds, made from one table: what a cluster must know before it can hold
//! the objects of a fleet's repository.
//!
//! Groups, versions, names and columns are those of Flux 2.9 (`config/crd/bases` of its controllers).
//! A kind that we read has the schema of its table of fields; the others keep whatever is written.

mod schema;

use manifest::{Map, Node, Object, Origin, Value};

use crate::kustomization::FIELDS as KUSTOMIZATION;
use crate::source::{
    BUCKET_FIELDS as BUCKET, BUCKET_RULES, GIT_FIELDS as GIT_REPOSITORY,
    OCI_FIELDS as OCI_REPOSITORY,
};
use crate::table::Field;

/// One kind.
struct Kind {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    /// The category besides `all` and `fluxcd`.
    category: &'static str,
    columns: &'static [Column],
    status: Status,
    /// The fields of `spec`, where we read the kind.
    spec: Option<&'static [Field]>,
    /// Rules of `spec` in CEL, and what they say.
    rules: &'static [(&'static str, &'static str)],
}

/// What a kind has for a status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    /// None.
    No,
    /// One that is empty at first.
    Empty,
    /// One that says at first that no generation was observed.
    Unobserved,
}

/// A column that kubectl prints.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    path: &'static str,
    /// `string` or `date`.
    type_name: &'static str,
    /// Only with `-o wide`.
    wide: bool,
}

const fn column(name: &'static str, path: &'static str) -> Column {
    Column { name, path, type_name: "string", wide: false }
}

const fn wide(name: &'static str, path: &'static str) -> Column {
    Column { name, path, type_name: "string", wide: true }
}

const AGE: Column =
    Column { name: "Age", path: ".metadata.creationTimestamp", type_name: "date", wide: false };
const READY: Column = column("Ready", r#".status.conditions[?(@.type=="Ready")].status"#);
const STATUS: Column = column("Status", r#".status.conditions[?(@.type=="Ready")].message"#);
const URL: Column = column("URL", ".spec.url");

const SOURCES: &str = "source.toolkit.fluxcd.io";
const IMAGES: &str = "image.toolkit.fluxcd.io";
const NOTIFICATIONS: &str = "notification.toolkit.fluxcd.io";

/// What most kinds have in common.
const fn kind(group: &'static str, version: &'static str, kind: &'static str) -> Kind {
    Kind {
        group,
        version,
        kind,
        plural: "",
        short: &[],
        category: "fluxcd-sources",
        columns: &[AGE, READY, STATUS],
        status: Status::Unobserved,
        spec: None,
        rules: &[],
    }
}

/// All of them.
static KINDS: &[Kind] = &[
    Kind {
        plural: "kustomizations",
        short: &["ks"],
        category: "fluxcd-appliers",
        spec: Some(KUSTOMIZATION),
        ..kind("kustomize.toolkit.fluxcd.io", "v1", "Kustomization")
    },
    Kind {
        plural: "helmreleases",
        short: &["hr"],
        category: "fluxcd-appliers",
        ..kind("helm.toolkit.fluxcd.io", "v2", "HelmRelease")
    },
    Kind {
        plural: "buckets",
        columns: &[column("Endpoint", ".spec.endpoint"), AGE, READY, STATUS],
        spec: Some(BUCKET),
        rules: BUCKET_RULES,
        ..kind(SOURCES, "v1", "Bucket")
    },
    Kind {
        plural: "externalartifacts",
        short: &["ea"],
        columns: &[AGE, READY, STATUS, column("Source", ".spec.sourceRef.name")],
        status: Status::Empty,
        ..kind(SOURCES, "v1", "ExternalArtifact")
    },
    Kind {
        plural: "gitrepositories",
        short: &["gitrepo"],
        columns: &[URL, AGE, READY, STATUS],
        spec: Some(GIT_REPOSITORY),
        ..kind(SOURCES, "v1", "GitRepository")
    },
    Kind {
        plural: "helmcharts",
        short: &["hc"],
        columns: &[
            column("Chart", ".spec.chart"),
            column("Version", ".spec.version"),
            column("Source Kind", ".spec.sourceRef.kind"),
            column("Source Name", ".spec.sourceRef.name"),
            AGE,
            READY,
            STATUS,
        ],
        ..kind(SOURCES, "v1", "HelmChart")
    },
    Kind {
        plural: "helmrepositories",
        short: &["helmrepo"],
        columns: &[URL, AGE, READY, STATUS],
        ..kind(SOURCES, "v1", "HelmRepository")
    },
    Kind {
        plural: "ocirepositories",
        short: &["ocirepo"],
        columns: &[URL, READY, STATUS, AGE],
        spec: Some(OCI_REPOSITORY),
        ..kind(SOURCES, "v1", "OCIRepository")
    },
    Kind {
        plural: "artifactgenerators",
        short: &["ag"],
        status: Status::Empty,
        ..kind("source.extensions.fluxcd.io", "v1beta1", "ArtifactGenerator")
    },
    Kind {
        plural: "imagerepositories",
        short: &["imgrepo", "imagerepo"],
        category: "fluxcd-images",
        columns: &[
            column("Image", ".spec.image"),
            column("Tags", ".status.lastScanResult.tagCount"),
            READY,
            STATUS,
            wide("Last scan", ".status.lastScanResult.scanTime"),
            AGE,
        ],
        ..kind(IMAGES, "v1", "ImageRepository")
    },
    Kind {
        plural: "imagepolicies",
        short: &["imgpol", "imagepol"],
        category: "fluxcd-images",
        columns: &[
            column("Image", ".status.latestRef.name"),
            column("Tag", ".status.latestRef.tag"),
            READY,
            STATUS,
            AGE,
        ],
        ..kind(IMAGES, "v1", "ImagePolicy")
    },
    Kind {
        plural: "imageupdateautomations",
        short: &["iua", "imgupd", "imgauto"],
        category: "fluxcd-images",
        columns: &[READY, STATUS, wide("Last run", ".status.lastAutomationRunTime"), AGE],
        ..kind(IMAGES, "v1", "ImageUpdateAutomation")
    },
    Kind {
        plural: "alerts",
        category: "fluxcd-notifications",
        columns: &[AGE],
        status: Status::No,
        ..kind(NOTIFICATIONS, "v1beta3", "Alert")
    },
    Kind {
        plural: "providers",
        category: "fluxcd-notifications",
        columns: &[AGE],
        status: Status::No,
        ..kind(NOTIFICATIONS, "v1beta3", "Provider")
    },
    Kind {
        plural: "receivers",
        category: "fluxcd-notifications",
        ..kind(NOTIFICATIONS, "v1", "Receiver")
    },
];

/// The CustomResourceDefinitions of all of Flux's kinds.
pub fn crds() -> Vec<Object> {
    // Each has an apiVersion, a kind and a name.
    KINDS.iter().filter_map(|kind| Object::new(definition(kind)).ok()).collect()
}

fn definition(kind: &Kind) -> Node {
    let name = format!("{}.{}", kind.plural, kind.group);
    let mut names = vec![
        ("categories", texts(&["all", "fluxcd", kind.category])),
        ("kind", text(kind.kind)),
        ("listKind", text(&format!("{}List", kind.kind))),
        ("plural", text(kind.plural)),
    ];
    if !kind.short.is_empty() {
        names.push(("shortNames", texts(kind.short)));
    }
    names.push(("singular", text(&kind.kind.to_lowercase())));
    map([
        ("apiVersion", text("apiextensions.k8s.io/v1")),
        ("kind", text("CustomResourceDefinition")),
        ("metadata", map([("name", text(&name))])),
        (
            "spec",
            map([
                ("group", text(kind.group)),
                ("names", map(names)),
                ("scope", text("Namespaced")),
                ("versions", list([version(kind)])),
            ]),
        ),
    ])
}

fn version(kind: &Kind) -> Node {
    let mut entries = vec![
        ("additionalPrinterColumns", list(kind.columns.iter().map(printer_column))),
        ("name", text(kind.version)),
        ("schema", map([("openAPIV3Schema", schema::of_kind(kind))])),
        ("served", boolean(true)),
        ("storage", boolean(true)),
    ];
    if kind.status != Status::No {
        entries.push(("subresources", map([("status", map([]))])));
    }
    map(entries)
}

fn printer_column(column: &Column) -> Node {
    let mut entries = vec![("jsonPath", text(column.path)), ("name", text(column.name))];
    if column.wide {
        entries.push(("priority", Node::new(1_i64, Origin::NONE)));
    }
    entries.push(("type", text(column.type_name)));
    map(entries)
}

fn text(text: &str) -> Node {
    Node::string(text, Origin::NONE)
}

fn boolean(value: bool) -> Node {
    Node::new(value, Origin::NONE)
}

fn map(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    let entries: Map = entries.into_iter().map(|(key, node)| (key.into(), node)).collect();
    Node::new(entries, Origin::NONE)
}

fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node { value: Value::List(items.into_iter().collect()), origin: Origin::NONE }
}

fn texts(texts: &[&str]) -> Node {
    list(texts.iter().map(|item| text(item)))
}

#[cfg(test)]
mod tests;
