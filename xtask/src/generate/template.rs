//! Texts with places to fill in: `@name@`.

use std::collections::BTreeMap;

/// What is filled in, by name.
pub(super) type Values = BTreeMap<&'static str, String>;

/// Fills in a template. A line that is nothing but a place becomes the lines of its value, or goes
/// where there are none. A place without a value stays as it is.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let whole = line.strip_prefix('@').and_then(|line| line.strip_suffix('@'));
        match whole.and_then(|name| values.get(name)) {
            Some(lines) if lines.is_empty() => continue,
            Some(lines) => text.push_str(lines.trim_end_matches('\n')),
            None => fill_line(line, values, &mut text),
        }
        text.push('\n');
    }
    text
}

fn fill_line(line: &str, values: &Values, text: &mut String) {
    // Every other part stands between two signs.
    for (number, part) in line.split('@').enumerate() {
        match values.get(part).filter(|_| number % 2 == 1) {
            Some(value) => text.push_str(value),
            None => text.push_str(part),
        }
    }
}

/// A template by the name of its file.
pub(super) fn template(name: &str) -> &'static str {
    TEMPLATES.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("templates/", $name, ".yaml")))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = templates![
    "autoscaler",
    "cluster",
    "config-map",
    "cronjob",
    "default-deny",
    "deployment",
    "disruption-budget",
    "ingress",
    "namespaces",
    "network-policy",
    "patch-autoscaler",
    "patch-resources",
    "pod",
    "role",
    "role-binding",
    "service",
    "service-account",
    "sidecar",
    "statefulset",
];
