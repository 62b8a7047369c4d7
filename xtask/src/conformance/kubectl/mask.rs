//! Masks over what is different each time: ages, times, uids, revisions, addresses, random names.

use std::sync::LazyLock;

use regex::Regex;

/// In this order, for one may hide what another would find.
const PATTERNS: &[(&str, &str)] = &[
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "<time>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uid>"),
    (r#"(resourceVersion"?: )"\d+""#, r#"$1"<rv>""#),
    (r"\b(10\.\d+|203\.0)\.\d+\.\d+\b", "<ip>"),
    (r"-[bcdf-hj-np-tv-z2456789]{8,10}-[bcdf-hj-np-tv-z2456789]{5}\b", "-<hash>-<id>"),
    (r"-[bcdf-hj-np-tv-z2456789]{8,10}\b", "-<hash>"),
    (r"(pod-template-hash[=:] ?)[a-z0-9]+", "${1}<hash>"),
    (r"\b(\d+[dhms]){1,2}\b( ago)?", "<age>$2"),
    (r"(:)3[0-2]\d{3}(/TCP|/UDP)", "${1}<port>$2"),
    (r"(?m)(deleted)( \(\w+\))? from \S+ namespace$", "$1"),
    (r"(Resource Version: +)\d+", "$1<rv>"),
    (r"(NodePort:.*  )\d+", "$1<port>"),
    (r"(\S) {2,}", "$1  "),
    (r"(?m)[ \t]+$", ""),
];

static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let compiled = PATTERNS.iter().map(|(pattern, mask)| (Regex::new(pattern), *mask));
    compiled.filter_map(|(pattern, mask)| Some((pattern.ok()?, mask))).collect()
});

/// `text` with masks, without blank lines at its end; `address` is where the cluster listens.
pub(super) fn mask(text: &str, address: &str) -> String {
    let text = match address {
        "" => text.to_owned(),
        address => text.replace(address, "<server>"),
    };
    let mut text = MASKS
        .iter()
        .fold(text, |text, (pattern, mask)| pattern.replace_all(&text, *mask).into_owned());
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
