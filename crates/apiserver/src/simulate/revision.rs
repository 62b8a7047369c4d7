//! Names for templates: their hashes, and the ControllerRevisions that StatefulSets and DaemonSets
//! keep of them.

use manifest::{Node, Text, json};

use super::edit::{int_at, set};
use super::owned::{owner_reference, simulated};
use super::view::{Id, View};
use super::write::{Deletion, Write};
use crate::make::{int, list, map, meta, text};

const COLLECTION: &str = "controllerrevisions.apps";

/// A short text for what a template says, of the characters that Kubernetes takes for such names.
pub(super) fn hash(template: &Node) -> Text {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut text = String::new();
    let options = json::Options { sort_keys: true, expose: true, ..json::Options::default() };
    json::write(template, options, &mut text);
    // FNV-1a; what matters is that the same template gives the same text.
    let hash = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let digits = hash.to_string();
    let letter = |digit: u8| LETTERS.get(usize::from(digit) % LETTERS.len()).copied();
    digits.bytes().filter_map(letter).map(char::from).collect()
}

/// The template of an owner as of now, and those it had before, the latest last.
pub(super) struct Revisions<'v> {
    /// By revision.
    all: Vec<(&'v Id, &'v Node)>,
    data: Node,
    owner: &'v Node,
}

impl<'v> Revisions<'v> {
    pub(super) fn of(view: &'v View, owner: &'v Node) -> Revisions<'v> {
        let mut all: Vec<_> = view.controlled(meta(owner, "uid"), COLLECTION).collect();
        all.sort_by_key(|(_, node)| number(node));
        let mut template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
        set(&mut template, &["$patch"], text("replace"));
        let data = map([("spec", map([("template", template)]))]);
        Revisions { all, data, owner }
    }

    /// The revision of the template as it is now.
    pub(super) fn update(&self) -> Option<&'v Node> {
        let node = self.all.last().map(|(_, node)| *node)?;
        (node.get("data") == Some(&self.data)).then_some(node)
    }

    /// The template of a revision, where it is kept.
    pub(super) fn template(&self, name: &str) -> Option<Node> {
        let (_, node) = self.all.iter().find(|(id, _)| id.name == name)?;
        let mut template = node.at(&["data", "spec", "template"])?.clone();
        super::edit::remove(&mut template, &["$patch"]);
        Some(template)
    }

    /// What makes the template as it is now the latest revision.
    pub(super) fn record(&self) -> Write {
        let next = self.all.last().map_or(0, |(_, node)| number(node)) + 1;
        if let Some((id, node)) =
            self.all.iter().find(|(_, node)| node.get("data") == Some(&self.data))
        {
            let mut again = (*node).clone();
            set(&mut again, &["revision"], int(next));
            return Write::update(id, again);
        }
        let hash = hash(&self.data);
        let name = ecow::eco_format!("{}-{hash}", meta(self.owner, "name"));
        let labels = self.owner.at(&["spec", "template", "metadata", "labels"]);
        let mut object = map([
            ("apiVersion", text("apps/v1")),
            ("kind", text("ControllerRevision")),
            (
                "metadata",
                map([
                    ("name", text(name)),
                    ("namespace", text(meta(self.owner, "namespace"))),
                    ("labels", labels.cloned().unwrap_or_else(|| map([]))),
                    ("ownerReferences", list([owner_reference(self.owner)])),
                ]),
            ),
            ("data", self.data.clone()),
            ("revision", int(next)),
        ]);
        set(&mut object, &["metadata", "labels", "controller.kubernetes.io/hash"], text(hash));
        simulated(&mut object);
        Write::create(COLLECTION, object)
    }

    /// What is kept for longer than `revisionHistoryLimit` says; `used` are in use.
    pub(super) fn expire(&self, used: &[&str]) -> Vec<Write> {
        let limit = int_at(self.owner, &["spec", "revisionHistoryLimit"], 10);
        let latest = self.all.len().saturating_sub(1);
        let old = self.all.iter().take(latest).filter(|(id, _)| !used.contains(&id.name.as_str()));
        let old: Vec<_> = old.collect();
        let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        let surplus = old.into_iter().take(surplus);
        surplus.map(|(id, node)| Write::delete(id, node, Deletion::Background)).collect()
    }
}

fn number(node: &Node) -> i64 {
    int_at(node, &["revision"], 0)
}
