//! Rules of roles: what they allow, and whether some are covered by others (component-helpers'
//! `auth/rbac/validation`).

use std::collections::BTreeSet;
use std::fmt;

use manifest::{Node, Text};

use super::Attributes;

const ALL: &str = "*";

/// One rule of a role.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Rule {
    pub(crate) verbs: Vec<Text>,
    pub(crate) groups: Vec<Text>,
    pub(crate) resources: Vec<Text>,
    pub(crate) names: Vec<Text>,
    pub(crate) urls: Vec<Text>,
}

/// The texts of a list, those that are texts.
pub(super) fn texts(node: &Node, field: &str) -> Vec<Text> {
    let items = node.get(field).and_then(Node::as_list).unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(Text::from).collect()
}

fn has(texts: &[Text], wanted: &str) -> bool {
    texts.iter().any(|text| text == wanted)
}

fn has_or_all(texts: &[Text], wanted: &str) -> bool {
    texts.iter().any(|text| text == ALL || text == wanted)
}

impl Rule {
    /// A rule as roles have it.
    pub(crate) fn of(node: &Node) -> Rule {
        Rule {
            verbs: texts(node, "verbs"),
            groups: texts(node, "apiGroups"),
            resources: texts(node, "resources"),
            names: texts(node, "resourceNames"),
            urls: texts(node, "nonResourceURLs"),
        }
    }

    /// The rules of a role.
    pub(crate) fn all_of(role: &Node) -> Vec<Rule> {
        let rules = role.get("rules").and_then(Node::as_list).unwrap_or_default();
        rules.iter().map(Rule::of).collect()
    }

    /// All that there is.
    pub(crate) fn everything() -> [Rule; 2] {
        let all = || vec![Text::from(ALL)];
        let resources = Rule { verbs: all(), groups: all(), resources: all(), ..Rule::default() };
        [resources, Rule { verbs: all(), urls: all(), ..Rule::default() }]
    }

    /// Whether the rule allows a request.
    pub(crate) fn allows(&self, attributes: &Attributes) -> bool {
        if !has_or_all(&self.verbs, &attributes.verb) {
            return false;
        }
        if !attributes.is_resource {
            return self.urls.iter().any(|url| url == ALL || covers_url(url, &attributes.path));
        }
        has_or_all(&self.groups, &attributes.group)
            && self.resources.iter().any(|resource| is_resource(resource, attributes))
            && (self.names.is_empty() || has(&self.names, &attributes.name))
    }

    /// Whether the rule allows all that a rule of one verb, one resource and one name does.
    fn covers(&self, piece: &Rule) -> bool {
        let all_of = |own: &[Text], wanted: &[Text]| {
            has(own, ALL) || wanted.iter().all(|wanted| has(own, wanted))
        };
        let resource = |wanted: &Text| {
            let below = || wanted.split_once('/').map(|(_, below)| format!("*/{below}"));
            has(&self.resources, wanted)
                || below().is_some_and(|below| has(&self.resources, &below))
        };
        let names = match piece.names.is_empty() {
            true => self.names.is_empty(),
            false => self.names.is_empty() || piece.names.iter().all(|name| has(&self.names, name)),
        };
        all_of(&self.verbs, &piece.verbs)
            && all_of(&self.groups, &piece.groups)
            && (has(&self.resources, ALL) || piece.resources.iter().all(resource))
            && piece.urls.iter().all(|url| self.urls.iter().any(|own| covers_url(own, url)))
            && names
    }

    /// Rules of one verb and one resource each that are the same together.
    fn pieces(&self) -> Vec<Rule> {
        let mut pieces = Vec::new();
        let one = |text: &Text| vec![text.clone()];
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let piece = Rule {
                        verbs: one(verb),
                        groups: one(group),
                        resources: one(resource),
                        ..Rule::default()
                    };
                    if self.names.is_empty() {
                        pieces.push(piece);
                        continue;
                    }
                    let named = |name| Rule { names: one(name), ..piece.clone() };
                    pieces.extend(self.names.iter().map(named));
                }
            }
        }
        for url in &self.urls {
            let piece = |verb| Rule { verbs: one(verb), urls: one(url), ..Rule::default() };
            pieces.extend(self.verbs.iter().map(piece));
        }
        pieces
    }
}

fn is_resource(resource: &str, attributes: &Attributes) -> bool {
    if resource == ALL {
        return true;
    }
    if attributes.subresource.is_empty() {
        return resource == attributes.resource;
    }
    match resource.split_once('/') {
        Some((of, below)) => {
            (of == attributes.resource || of == ALL) && below == attributes.subresource
        }
        None => false,
    }
}

fn covers_url(rule: &str, url: &str) -> bool {
    rule == url || rule.ends_with('*') && url.starts_with(rule.trim_end_matches('*'))
}

/// What of some rules others do not allow, a line each, sorted; nothing where they allow all of it.
/// Pieces that differ in their verbs only are one line (`CompactRules` of `registry/rbac`).
pub(crate) fn missing(owned: &[&Rule], wanted: &[Rule]) -> BTreeSet<String> {
    let pieces = wanted.iter().flat_map(Rule::pieces);
    let missing = pieces.filter(|piece| !owned.iter().any(|own| own.covers(piece)));
    let mut compact: Vec<Rule> = Vec::new();
    for piece in missing {
        let is_same = |other: &&mut Rule| {
            piece.urls.is_empty()
                && (&other.groups, &other.resources, &other.names)
                    == (&piece.groups, &piece.resources, &piece.names)
        };
        match compact.iter_mut().find(is_same) {
            Some(same) => same.verbs.extend(piece.verbs),
            None => compact.push(piece),
        }
    }
    compact.iter().map(Rule::to_string).collect()
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        f.write_str("{")?;
        let given = parts.into_iter().filter(|(_, texts)| !texts.is_empty());
        for (index, (name, texts)) in given.enumerate() {
            let before = if index > 0 { ", " } else { "" };
            write!(f, "{before}{name}:{}", quoted(texts))?;
        }
        f.write_str("}")
    }
}

/// Texts as Go prints a list of them.
pub(crate) fn quoted(texts: &[Text]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", texts.join(" "))
}
