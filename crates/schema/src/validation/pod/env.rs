//! What containers have in their environment.

use super::projected::{VARIABLE_FIELDS, field_reference, resource_reference};
use crate::validation::names;
use crate::validation::spot::Spot;

const SOURCES: &[&str] =
    &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

pub(super) fn variables(env: &Spot<'_, '_>) {
    for variable in env.items() {
        let name = variable.field("name");
        match name.text() {
            "" => name.required(""),
            text => name.invalid_for(names::variable(text)),
        }
        let from = variable.field("valueFrom");
        if from.is_set() {
            source(&from, variable.field("value").text());
        }
    }
}

fn source(from: &Spot<'_, '_>, value: &str) {
    let field = from.field("fieldRef");
    if field.is_set() {
        field_reference(&field, VARIABLE_FIELDS);
    }
    let resource = from.field("resourceFieldRef");
    if resource.is_set() {
        resource_reference(&resource, false);
    }
    for name in ["configMapKeyRef", "secretKeyRef"] {
        let reference = from.field(name);
        if !reference.is_set() {
            continue;
        }
        reference.field("name").named_or_empty();
        let key = reference.field("key");
        match key.text() {
            "" => key.required(""),
            text => key.invalid_for(names::config_key(text)),
        }
    }
    let file = from.field("fileKeyRef");
    if file.is_set() {
        let key = file.field("key");
        match key.text() {
            "" => key.required(""),
            text => key.invalid_for(names::variable(text)),
        }
        file.field("volumeName").required_dns_label();
        let path = file.field("path");
        if path.text().is_empty() { path.required("") } else { path.no_backsteps() }
    }
    let count = SOURCES.iter().filter(|source| from.field(source).is_set()).count();
    let why = match count {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or \
             `fileKeyRef`"
        }
        _ if !value.is_empty() => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    from.invalid_as("\"\"", why);
}

impl Spot<'_, '_> {
    /// The name of an object, as a domain even where it is empty.
    fn named_or_empty(&self) {
        let text = self.text();
        self.named(text, names::subdomain(text));
    }
}

pub(super) fn sources(list: &Spot<'_, '_>) {
    for source in list.items() {
        let prefix = source.field("prefix");
        if !prefix.text().is_empty() {
            prefix.invalid_for(names::variable(prefix.text()));
        }
        let mut count = 0;
        for name in ["configMapRef", "secretRef"] {
            let reference = source.field(name);
            if reference.is_set() {
                count += 1;
                reference.field("name").required_dns_subdomain();
            }
        }
        match count {
            0 => list.invalid_as("\"\"", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => list.invalid_as("\"\"", "may not have more than one field specified at a time"),
        }
    }
}
