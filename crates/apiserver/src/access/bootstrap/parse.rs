//! Reads the table of roles and bindings; its syntax stands at its head.

use manifest::{Node, Text};

use super::super::GROUP;
use super::{API_VERSION, collection};
use crate::make::{list, map, text};

/// One object, as far as it has been read.
#[derive(Default)]
struct Entry<'t> {
    kind: &'t str,
    namespace: &'t str,
    name: &'t str,
    role: &'t str,
    labels: Vec<&'t str>,
    collects: Vec<&'t str>,
    rules: Vec<Node>,
    subjects: Vec<Node>,
}

/// The objects by collection.
pub(super) fn objects(table: &str) -> Vec<(Text, Vec<Node>)> {
    let mut all: Vec<(Text, Vec<Node>)> = Vec::new();
    let mut entry: Option<Entry<'_>> = None;
    let mut finish = |entry: Option<Entry<'_>>| {
        let Some(entry) = entry else { return };
        let collection = collection(&format!("{}s", entry.kind.to_ascii_lowercase()));
        let node = entry.node();
        match all.iter_mut().find(|(own, _)| *own == collection) {
            Some((_, objects)) => objects.push(node),
            None => all.push((collection, vec![node])),
        }
    };
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(' ') {
            if let Some(entry) = &mut entry {
                entry.read(&words);
            }
            continue;
        }
        finish(entry.replace(Entry::new(&words)));
    }
    finish(entry);
    all
}

impl<'t> Entry<'t> {
    fn new(words: &[&'t str]) -> Entry<'t> {
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        let (namespace, name) = word(1).split_once('/').unwrap_or(("", word(1)));
        Entry { kind: word(0), namespace, name, role: word(2), ..Entry::default() }
    }

    fn read(&mut self, words: &[&'t str]) {
        match *words {
            ["allow", verbs, resources, groups, ref names @ ..] => {
                let mut rule = vec![
                    ("verbs", items(verbs)),
                    ("apiGroups", items(groups)),
                    ("resources", items(resources)),
                ];
                rule.extend(names.first().map(|names| ("resourceNames", items(names))));
                self.rules.push(map(rule));
            }
            ["urls", urls, verbs] => {
                let rule = [("verbs", items(verbs)), ("nonResourceURLs", items(urls))];
                self.rules.push(map(rule));
            }
            ["label", key] => self.labels.push(key),
            ["collect", key] => self.collects.push(key),
            ["account", account] => {
                let (namespace, name) = account.split_once('/').unwrap_or(("", account));
                self.subjects.push(map([
                    ("kind", text("ServiceAccount")),
                    ("name", text(name)),
                    ("namespace", text(namespace)),
                ]));
            }
            [kind, name] => {
                let kind = if kind == "user" { "User" } else { "Group" };
                self.subjects.push(map([
                    ("kind", text(kind)),
                    ("apiGroup", text(GROUP)),
                    ("name", text(name)),
                ]));
            }
            _ => {}
        }
    }

    fn node(self) -> Node {
        let is_true = |key: &&'t str| (*key, text("true"));
        let mut metadata = vec![("name", text(self.name))];
        if !self.namespace.is_empty() {
            metadata.push(("namespace", text(self.namespace)));
        }
        let bootstrapping = [("kubernetes.io/bootstrapping", text("rbac-defaults"))];
        let labels = bootstrapping.into_iter().chain(self.labels.iter().map(is_true));
        metadata.push(("labels", map(labels)));
        let update = [("rbac.authorization.kubernetes.io/autoupdate", text("true"))];
        metadata.push(("annotations", map(update)));
        let mut entries = vec![
            ("kind", text(self.kind)),
            ("apiVersion", text(API_VERSION)),
            ("metadata", map(metadata)),
        ];
        if let Some((kind, name)) = self.role.split_once('/') {
            if !self.subjects.is_empty() {
                entries.push(("subjects", list(self.subjects)));
            }
            let role = [("apiGroup", text(GROUP)), ("kind", text(kind)), ("name", text(name))];
            entries.push(("roleRef", map(role)));
            return map(entries);
        }
        let rules = self.rules;
        entries.push(("rules", if rules.is_empty() { Node::default() } else { list(rules) }));
        if !self.collects.is_empty() {
            let selector = |key: &&'t str| map([("matchLabels", map([is_true(key)]))]);
            let selectors = list(self.collects.iter().map(selector));
            entries.push(("aggregationRule", map([("clusterRoleSelectors", selectors)])));
        }
        map(entries)
    }
}

fn items(words: &str) -> Node {
    let word = |word: &str| text(if word == "core" { "" } else { word });
    list(words.split(',').map(word))
}
