//! Columns, and the few that all kinds have.

use manifest::Node;

use super::row::Row;

/// How the objects of one kind are shown.
pub(super) struct Printer {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) columns: &'static [Column],
}

/// One column: its definition, and the cell of an object.
pub(super) struct Column {
    pub(super) name: &'static str,
    /// The type, a word of OpenAPI.
    pub(super) of: &'static str,
    pub(super) format: &'static str,
    /// Above zero for what only `-o wide` shows.
    pub(super) priority: i64,
    pub(super) cell: fn(&Row<'_>) -> Node,
}

impl Column {
    const fn new(name: &'static str, of: &'static str, cell: fn(&Row<'_>) -> Node) -> Column {
        Column { name, of, format: "", priority: 0, cell }
    }

    /// The same column, for `-o wide` only.
    pub(super) const fn wide(self) -> Column {
        Column { priority: 1, ..self }
    }

    /// The same column; it tells objects apart.
    pub(super) const fn named(self) -> Column {
        Column { format: "name", ..self }
    }
}

/// A kind and its columns.
pub(super) const fn kind(
    group: &'static str,
    kind: &'static str,
    columns: &'static [Column],
) -> Printer {
    Printer { group, kind, columns }
}

/// A column of text.
pub(super) const fn string(name: &'static str, cell: fn(&Row<'_>) -> Node) -> Column {
    Column::new(name, "string", cell)
}

/// A column of integers.
pub(super) const fn integer(name: &'static str, cell: fn(&Row<'_>) -> Node) -> Column {
    Column::new(name, "integer", cell)
}

/// A column of bools.
pub(super) const fn boolean(name: &'static str, cell: fn(&Row<'_>) -> Node) -> Column {
    Column::new(name, "boolean", cell)
}

/// The name of the object.
pub(super) const NAME: Column = string("Name", |row| row.text("metadata.name")).named();

/// How long ago the object was created.
pub(super) const AGE: Column = string("Age", |row| row.since("metadata.creationTimestamp"));

/// When the object was created.
pub(super) const CREATED_AT: Column =
    Column::new("Created At", "date", |row| row.text("metadata.creationTimestamp"));

/// The names of the containers of a template.
pub(super) const CONTAINERS: Column =
    string("Containers", |row| row.each("spec.template.spec.containers", "name", ",")).wide();

/// The images of the containers of a template.
pub(super) const IMAGES: Column =
    string("Images", |row| row.each("spec.template.spec.containers", "image", ",")).wide();

/// The label selector of a kind that makes Pods.
pub(super) const SELECTOR: Column = string("Selector", |row| row.selector("spec.selector")).wide();
