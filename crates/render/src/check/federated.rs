//! Federated objects that name clusters which the registry does not have.

use api::{At, Federated};
use manifest::diagnostic::did_you_mean;
use manifest::{Diagnostic, Object, Text};

use crate::registry::Registry;

pub(super) fn check(object: &Object, registry: &Registry) -> Vec<Diagnostic> {
    let Some(federated) = Federated::read(object) else { return Vec::new() };
    let names = registry.names();
    let about = object.id().to_string();
    let mentioned = federated.placed.iter().chain(&federated.overridden);
    mentioned.filter_map(|mention| check_name(&about, mention, &names)).collect()
}

fn check_name(about: &str, mention: &At<Text>, names: &[&str]) -> Option<Diagnostic> {
    let name = mention.value.as_str();
    if names.contains(&name) {
        return None;
    }
    let cause = format!("{about}: there is no cluster `{name}`");
    let help = match contained(name, names) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => did_you_mean(name, names.iter().copied()),
    };
    Some(Diagnostic::error(mention.origin, cause).help_if(help))
}

/// The longest name that is in `name`, or that `name` is in, from `-` to `-`: `north` for
/// `cluster-north`.
fn contained<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let bounded = |text: &str| format!("-{text}-");
    let is_alike = |there: &&&str| {
        let (a, b) = (bounded(name), bounded(there));
        a.contains(&b) || b.contains(&a)
    };
    names.iter().filter(is_alike).max_by_key(|there| there.len()).copied()
}
