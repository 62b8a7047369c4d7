//! The names of custom kinds: within a group no two kinds have the same (apiextensions-apiserver's
//! naming controller).

use std::collections::BTreeSet;

use manifest::{Map, Node, Origin, Text};

use crate::make::meta;
use crate::server::Server;

/// The names that a definition gets.
pub(crate) struct Names {
    /// Those that are its own from now on.
    pub(crate) accepted: Node,
    /// Why it does not get all that it asks for: a reason and a message.
    pub(crate) conflict: Option<(&'static str, String)>,
}

impl Names {
    /// Whether they are what is accepted already.
    pub(crate) fn are(&self, accepted: &Node) -> bool {
        self.accepted == *accepted
    }
}

/// Which names a definition gets, beside the others of its group.
pub(crate) fn of(server: &Server, definition: &Node) -> Names {
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default();
    let (mut resources, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for other in server.objects("apiextensions.k8s.io", "customresourcedefinitions") {
        let is_other = meta(&other, "name") != meta(definition, "name");
        if !is_other || other.str_at(&["spec", "group"]) != Some(group) {
            continue;
        }
        let Some(accepted) = other.at(&["status", "acceptedNames"]) else { continue };
        let text = |key: &str| accepted.str_at(&[key]).map(Text::from);
        resources.extend(text("plural").into_iter().chain(text("singular")));
        resources.extend(list(accepted, "shortNames"));
        kinds.extend(text("kind").into_iter().chain(text("listKind")));
    }
    let requested = definition.at(&["spec", "names"]).cloned().unwrap_or_default();
    let before = definition.at(&["status", "acceptedNames"]).cloned().unwrap_or_default();
    let mut accepted = before.as_map().cloned().unwrap_or_default();
    let mut conflict = None;
    let used = |name: &str| format!("{name:?} is already in use");
    for (key, names, reason) in [
        ("plural", &resources, "PluralConflict"),
        ("singular", &resources, "SingularConflict"),
        ("shortNames", &resources, "ShortNamesConflict"),
        ("kind", &kinds, "KindConflict"),
        ("listKind", &kinds, "ListKindConflict"),
    ] {
        if key == "shortNames" {
            match short_names(&requested, &before, names) {
                Some(why) => conflict = Some((reason, why)),
                None => take(&mut accepted, &requested, key),
            }
            continue;
        }
        let name = requested.str_at(&[key]).unwrap_or_default();
        let is_own = before.str_at(&[key]) == Some(name);
        if !is_own && names.contains(name) {
            conflict = Some((reason, used(name)));
        } else {
            take(&mut accepted, &requested, key);
        }
    }
    take(&mut accepted, &requested, "categories");
    // These two are always there.
    for key in ["plural", "kind"] {
        if !accepted.contains(key) {
            accepted.set(key, Node::string("", Origin::NONE));
        }
    }
    Names { accepted: Node::new(accepted, Origin::NONE), conflict }
}

fn list(names: &Node, key: &str) -> Vec<Text> {
    let list = names.get(key).and_then(Node::as_list).unwrap_or_default();
    list.iter().filter_map(Node::as_str).map(Text::from).collect()
}

fn take(accepted: &mut Map, requested: &Node, key: &str) {
    match requested.get(key) {
        Some(value) => accepted.set(key, value.clone()),
        None => drop(accepted.remove(key)),
    }
}

fn short_names(requested: &Node, before: &Node, used: &BTreeSet<Text>) -> Option<String> {
    let own = list(before, "shortNames");
    let taken: Vec<String> = list(requested, "shortNames")
        .into_iter()
        .filter(|name| !own.contains(name) && used.contains(name))
        .map(|name| format!("{name:?} is already in use"))
        .collect();
    match taken.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("[{}]", taken.join(", "))),
    }
}
