//! Tables: what `kubectl get` prints, as a server of 1.36 prepares it.
//!
//! A built-in kind has an entry in the list of its group: its columns, and for each the cell of an
//! object. A custom kind has the columns of its definition. What nobody described has a name and
//! the time of its creation.

mod age;
mod column;
mod descriptions;
mod jsonpath;
mod row;

mod access;
mod apps;
mod autoscaling;
mod cluster;
mod core;
mod custom;
mod network;
mod pods;
mod storage;

use jiff::Timestamp;
use manifest::{Map, Node, Origin};
use schema::KindInfo;

use self::column::{Column, Printer};
use self::row::Row;
use crate::call::Answer;
use crate::make::{int, list, map, text};
use crate::{discovery, status};

/// How much of an object comes with its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// What `includeObject` in a query asks for, or that it is no word for it.
pub(crate) fn include(word: &str) -> Result<Include, Answer> {
    match word {
        "" | "Metadata" => Ok(Include::Metadata),
        "None" => Ok(Include::None),
        "Object" => Ok(Include::Object),
        _ => Err(status::bad_request(&format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: \"{word}\": must be \
             'Metadata', 'Object', 'None', or empty"
        ))),
    }
}

/// An answer as a table: of the items of a list, or of one object. A subresource may answer with an
/// object of another kind than its resource has.
pub(crate) fn shaped(
    (info, definition): (&KindInfo, Option<&Node>),
    body: &Node,
    items: Option<&[Node]>,
    include: Include,
    now: Timestamp,
) -> Node {
    let Some(items) = items else {
        let revision = body.str_at(&["metadata", "resourceVersion"]).unwrap_or_default();
        let metadata = map([("resourceVersion", text(revision))]);
        let one = std::slice::from_ref(body);
        let kind = body.str_at(&["kind"]).unwrap_or_default();
        if kind.is_empty() || kind == info.kind {
            return table(info, definition, one, metadata, include, now);
        }
        let api_version = body.str_at(&["apiVersion"]).unwrap_or_default();
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let other = KindInfo { group: group.into(), kind: kind.into(), ..info.clone() };
        return table(&other, None, one, metadata, include, now);
    };
    let metadata = body.get("metadata").cloned().unwrap_or_else(|| map([]));
    table(info, definition, items, metadata, include, now)
}

/// The built-in kinds, by group.
const PRINTERS: &[&[Printer]] = &[
    core::PRINTERS,
    pods::PRINTERS,
    apps::PRINTERS,
    autoscaling::PRINTERS,
    network::PRINTERS,
    storage::PRINTERS,
    access::PRINTERS,
    cluster::PRINTERS,
];

/// The columns of a kind that has no description of its own.
const PLAIN: &[Column] = &[column::NAME, column::CREATED_AT];

/// A whole table (`meta.k8s.io/v1`). `definition` is the version of the CustomResourceDefinition
/// that the kind has, `list_metadata` that of the list, or of the one object's revision.
pub(crate) fn table(
    info: &KindInfo,
    definition: Option<&Node>,
    objects: &[Node],
    list_metadata: Node,
    include: Include,
    now: Timestamp,
) -> Node {
    let rows = objects.iter().map(|object| {
        let mut entries = Map::new();
        entries.set("cells", row(info, definition, object, now));
        if let Some(conditions) = conditions(info, object) {
            entries.set("conditions", conditions);
        }
        entries.set("object", included(info, object, include));
        Node::new(entries, Origin::NONE)
    });
    map([
        ("kind", text("Table")),
        ("apiVersion", text("meta.k8s.io/v1")),
        ("metadata", list_metadata),
        ("columnDefinitions", columns(info, definition)),
        ("rows", list(rows)),
    ])
}

/// The definitions of the columns.
pub(crate) fn columns(info: &KindInfo, definition: Option<&Node>) -> Node {
    if let Some(definition) = definition {
        return custom::columns(definition);
    }
    let definitions = printer(info).iter().map(|column| {
        map([
            ("name", text(column.name)),
            ("type", text(column.of)),
            ("format", text(column.format)),
            ("description", text(descriptions::of(&info.group, &info.kind, column.name))),
            ("priority", int(column.priority)),
        ])
    });
    list(definitions)
}

/// The cells of one object.
pub(crate) fn row(
    info: &KindInfo,
    definition: Option<&Node>,
    object: &Node,
    now: Timestamp,
) -> Node {
    if let Some(definition) = definition {
        return list(custom::cells(definition, object, now));
    }
    let row = Row { object, now };
    list(printer(info).iter().map(|column| (column.cell)(&row)))
}

fn printer(info: &KindInfo) -> &'static [Column] {
    let all = PRINTERS.iter().copied().flatten();
    let mut found = all.filter(|printer| printer.group == info.group && printer.kind == info.kind);
    found.next().map_or(PLAIN, |printer| printer.columns)
}

/// What a row says beside its cells: a Pod that is done.
fn conditions(info: &KindInfo, object: &Node) -> Option<Node> {
    if !info.group.is_empty() || info.kind != "Pod" {
        return None;
    }
    let (reason, message) = match object.str_at(&["status", "phase"])? {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    let condition = [
        ("type", text("Completed")),
        ("status", text("True")),
        ("reason", text(reason)),
        ("message", text(message)),
    ];
    Some(list([map(condition)]))
}

fn included(info: &KindInfo, object: &Node, include: Include) -> Node {
    match include {
        Include::None => Node::default(),
        Include::Object => {
            // Items of a list leave out what the list says.
            let api_version = discovery::api_version(&info.group, &info.version);
            let mut whole = Map::from_iter([
                ("kind".into(), text(info.kind.clone())),
                ("apiVersion".into(), text(api_version)),
            ]);
            for (key, value) in object.as_map().into_iter().flat_map(Map::iter) {
                whole.set(key.clone(), value.clone());
            }
            Node::new(whole, Origin::NONE)
        }
        Include::Metadata => map([
            ("kind", text("PartialObjectMetadata")),
            ("apiVersion", text("meta.k8s.io/v1")),
            ("metadata", object.get("metadata").cloned().unwrap_or_else(|| map([]))),
        ]),
    }
}

#[cfg(test)]
mod tests;
