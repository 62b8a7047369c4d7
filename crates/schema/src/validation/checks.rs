//! The vocabulary: what is often wanted of a value.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::names;
use super::spot::Spot;
use crate::quantity;

const NEGATIVE: &str = "must be greater than or equal to 0";
const IMMUTABLE: &str = "field is immutable";

/// Numbers.
impl Spot<'_, '_> {
    pub(super) fn non_negative(&self) {
        if self.number() < 0 {
            self.invalid(NEGATIVE);
        }
    }

    pub(super) fn positive(&self) {
        if self.number() <= 0 {
            self.invalid_as(&self.number().to_string(), "must be greater than zero");
        }
    }

    /// A number, if there is one, is one of these.
    pub(super) fn within(&self, least: i64, most: i64) {
        if let Some(number) = self.int().filter(|number| !(least..=most).contains(number)) {
            let why = format!("must be between {least} and {most}, inclusive");
            self.invalid_as(&number.to_string(), &why);
        }
    }

    /// A number of a port, that has to be there.
    pub(super) fn port_number(&self) {
        if !(1..=65535).contains(&self.number()) {
            self.invalid_as(&self.number().to_string(), "must be between 1 and 65535, inclusive");
        }
    }

    /// A number or a name of a port.
    pub(super) fn port(&self) {
        match self.node().as_str() {
            Some(name) => self.invalid_for(names::port(name)),
            None => self.port_number(),
        }
    }

    /// The mode of a file, if there is one.
    pub(super) fn file_mode(&self) {
        if self.int().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
            self.invalid("must be a number between 0 and 0777 (octal), both inclusive");
        }
    }

    /// A number or a percentage, not below nothing.
    pub(super) fn int_or_percent(&self) {
        match self.node().as_str() {
            Some(text) => self.invalid_for(names::percent(text)),
            None => self.non_negative(),
        }
    }

    pub(super) fn at_most_all(&self) {
        if self.percent().is_some_and(|percent| percent > 100) {
            self.invalid("must not be greater than 100%");
        }
    }

    fn percent(&self) -> Option<i64> {
        let text = self.node().as_str().filter(|text| names::percent(text).is_empty())?;
        Some(text.trim_end_matches('%').parse().unwrap_or(i64::MAX))
    }

    /// How much a number or a percentage is; 0 for what is neither.
    pub(super) fn amount(&self) -> i64 {
        let number = |text: &str| text.parse().unwrap_or(0);
        self.percent().or(self.int()).unwrap_or_else(|| number(self.text()))
    }

    /// A quantity in billionths; nothing where there is none.
    pub(super) fn quantity(&self) -> i128 {
        quantity::of(self.node()).unwrap_or(0)
    }

    /// A quantity that is not below nothing.
    pub(super) fn non_negative_quantity(&self) {
        if self.quantity() < 0 {
            self.invalid(NEGATIVE);
        }
    }
}

/// Texts.
impl Spot<'_, '_> {
    /// A text, if there is one, is one of these.
    pub(super) fn one_of(&self, supported: &[&str]) {
        if self.is_set() && !supported.contains(&self.text()) {
            self.unsupported(supported);
        }
    }

    /// A text is there, and is one of these.
    pub(super) fn required_one_of(&self, supported: &[&str]) {
        if self.text().is_empty() { self.required("") } else { self.one_of(supported) }
    }

    pub(super) fn required_text(&self) {
        if self.text().is_empty() {
            self.required("");
        }
    }

    pub(super) fn dns_label(&self) {
        self.invalid_for(names::label(self.text()));
    }

    pub(super) fn dns_subdomain(&self) {
        self.invalid_for(names::subdomain(self.text()));
    }

    /// The same of a text that may be missing or empty.
    pub(super) fn optional_dns_subdomain(&self) {
        if !self.text().is_empty() {
            self.dns_subdomain();
        }
    }

    pub(super) fn optional_dns_label(&self) {
        if !self.text().is_empty() {
            self.dns_label();
        }
    }

    /// The name of an object, that has to be there.
    pub(super) fn required_dns_label(&self) {
        if self.text().is_empty() { self.required("") } else { self.dns_label() }
    }

    pub(super) fn required_dns_subdomain(&self) {
        if self.text().is_empty() { self.required("") } else { self.dns_subdomain() }
    }

    pub(super) fn qualified_name(&self) {
        self.invalid_for(names::qualified(self.text()));
    }

    pub(super) fn label_value(&self) {
        self.invalid_for(names::label_value(self.text()));
    }

    pub(super) fn path_segment(&self) {
        self.invalid_for(names::path_segment(self.text()));
    }

    /// A path that does not lead out of where it starts.
    pub(super) fn no_backsteps(&self) {
        if self.text().split('/').any(|part| part == "..") {
            self.invalid("must not contain '..'");
        }
    }

    pub(super) fn descending_path(&self) {
        if self.text().starts_with('/') {
            self.invalid("must be a relative path");
        }
        self.no_backsteps();
    }

    pub(super) fn local_path(&self) {
        self.descending_path();
        if self.text().starts_with("..") && !self.text().starts_with("../") {
            self.invalid("must not start with '..'");
        }
    }
}

/// Changes.
impl Spot<'_, '_> {
    /// The value is what it was.
    pub(super) fn immutable(&self, before: Option<&Node>) {
        if !same(Some(self.node()), before) {
            self.invalid(IMMUTABLE);
        }
    }

    /// The same of an internal type.
    pub(super) fn immutable_internal(&self, before: Option<&Node>, name: &str) {
        if !same(Some(self.node()), before) {
            self.invalid_internal(name, IMMUTABLE);
        }
    }
}

/// Whether two values are the same to the server: nothing is like an empty list or map.
pub(super) fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    let nothing = |node: &&Node| {
        !(node.is_null()
            || node.as_map().is_some_and(manifest::Map::is_empty)
            || node.as_list().is_some_and(<[Node]>::is_empty))
    };
    match (a.filter(nothing), b.filter(nothing)) {
        (None, None) => true,
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Labels.
impl<'n> Spot<'n, '_> {
    /// Names and values of labels.
    pub(super) fn labels(&self) {
        for (key, value) in self.entries() {
            self.named(key, names::qualified(key));
            let text = value.text();
            self.named(text, names::label_value(text));
        }
    }

    /// Complains of a part of this value.
    pub(super) fn named(&self, part: &str, reasons: Vec<String>) {
        for why in reasons {
            self.invalid_as(&crate::go::quoted(part), &why);
        }
    }

    /// A label selector, if there is one.
    pub(super) fn label_selector(&self) {
        self.field("matchLabels").labels();
        for requirement in self.field("matchExpressions").items() {
            let values = requirement.field("values");
            match requirement.field("operator").text() {
                "In" | "NotIn" if values.is_empty() => {
                    values.required("must be specified when `operator` is 'In' or 'NotIn'");
                }
                "Exists" | "DoesNotExist" if !values.is_empty() => {
                    values.forbidden(
                        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                    );
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
                operator => {
                    let value = crate::go::quoted(operator);
                    requirement
                        .field("operator")
                        .invalid_as(&value, "not a valid selector operator");
                }
            }
            requirement.field("key").qualified_name();
            for value in values.items() {
                value.label_value();
            }
        }
    }

    /// Whether a selector can be used, selects nothing in particular, and matches labels.
    pub(super) fn selects(&self, labels: Option<&Node>) -> Selects {
        let mark = self.mark();
        self.label_selector();
        let is_valid = self.is_clean_since(mark);
        self.forget(mark);
        if !is_valid {
            return Selects::Invalid;
        }
        let label = |key: &str| labels.and_then(|labels| labels.get(key)).map(text_of);
        let exact = self
            .field("matchLabels")
            .entries()
            .all(|(key, value)| label(key) == Some(value.text()));
        let required = self.field("matchExpressions").items().all(|requirement| {
            let found = label(requirement.field("key").text());
            let values = requirement.field("values");
            let has = found.is_some_and(|text| values.items().any(|value| value.text() == text));
            match requirement.field("operator").text() {
                "In" => has,
                "NotIn" => !has,
                "Exists" => found.is_some(),
                _ => found.is_none(),
            }
        });
        if exact && required { Selects::Matches } else { Selects::Differs }
    }

    /// The names of a list of things that have one.
    pub(super) fn names(&self) -> FxHashSet<&'n str> {
        self.items().map(|item| item.field("name").text()).collect()
    }
}

fn text_of(node: &Node) -> &str {
    node.as_str().unwrap_or_default()
}

/// What a selector does with labels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Selects {
    /// It cannot be used.
    Invalid,
    Matches,
    Differs,
}
