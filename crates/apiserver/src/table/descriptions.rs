//! What columns say about themselves, as a server of 1.36 sends it.
//!
//! A line of the file is `GROUP/KIND COLUMN`, with a tab between them and one before the text; line
//! breaks in the text are `\n`. What many kinds share stands here.

use std::sync::OnceLock;

use manifest::Text;
use rustc_hash::FxHashMap;

/// Of the column `Name`.
pub(super) const NAME: &str = "Name must be unique within a namespace. Is required when creating \
    resources, although some resources may allow a client to request the generation of an \
    appropriate name automatically. Name is primarily intended for creation idempotence and \
    configuration definition. Cannot be updated. More info: \
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

/// Of the columns `Age` and `Created At`.
pub(super) const AGE: &str = "CreationTimestamp is a timestamp representing the server time when \
    this object was created. It is not guaranteed to be set in happens-before order across \
    separate operations. Clients may not set this value. It is represented in RFC3339 form and is \
    in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

const TEXT: &str = include_str!("descriptions.txt");

/// The description of a column; empty where it has none.
pub(super) fn of(group: &str, kind: &str, column: &str) -> Text {
    static KNOWN: OnceLock<FxHashMap<(&str, &str), Text>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let lines = TEXT.lines().filter_map(|line| {
            let (kind, rest) = line.split_once('\t')?;
            let (column, text) = rest.split_once('\t')?;
            Some(((kind, column), text.replace("\\n", "\n").into()))
        });
        lines.collect()
    });
    let found = known.get(&(format!("{group}/{kind}").as_str(), column)).cloned();
    found.unwrap_or_else(|| match column {
        "Name" => NAME.into(),
        "Age" | "Created At" => AGE.into(),
        _ => Text::new(),
    })
}
