//! Names, group, scope, versions, conversion.

use manifest::{Map, Node, Origin};

use super::{columns, keywords, required, shown, texts, unsupported};
use crate::validation::Wrong;

const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
                     start with an alphabetic character, and end with an alphanumeric character \
                     (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                     '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn is_part(part: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(is_inner) && !part.starts_with('-') && !part.ends_with('-')
}

/// What is wrong with a text that should be a label of RFC 1035.
fn label(text: &str) -> Option<String> {
    let mut wrong = Vec::new();
    if text.len() > 63 {
        wrong.push("must be no more than 63 characters");
    }
    if !is_part(text) || !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        wrong.push(LABEL);
    }
    (!wrong.is_empty()).then(|| wrong.join(","))
}

pub(super) fn name(object: &Node, wrong: &mut Vec<Wrong>) {
    let name = texts(object, &["metadata", "name"]);
    let plural = texts(object, &["spec", "names", "plural"]);
    let wanted = format!("{plural}.{}", texts(object, &["spec", "group"]));
    if name != wanted {
        let why = "must be spec.names.plural+\".\"+spec.group";
        wrong.push(Wrong::invalid("metadata.name", &format!("{name:?}"), why));
    }
}

fn versions(spec: &Node) -> &[Node] {
    spec.get("versions").and_then(Node::as_list).unwrap_or_default()
}

/// What all versions have in common, if they do.
fn common<'n>(spec: &'n Node, key: &str) -> Option<Option<&'n Node>> {
    let of = |version: &'n Node| version.get(key).filter(|node| !node.is_null());
    let first = of(versions(spec).first()?);
    versions(spec).iter().all(|version| of(version) == first).then_some(first)
}

pub(super) fn validate(
    spec: &Node,
    old: Option<&Node>,
    is_established: bool,
    wrong: &mut Vec<Wrong>,
) {
    group(spec, wrong);
    match texts(spec, &["scope"]) {
        "" => wrong.push(required("spec.scope".to_owned(), "")),
        "Cluster" | "Namespaced" => {}
        other => {
            wrong.push(unsupported("spec.scope".to_owned(), other, &["Cluster", "Namespaced"]));
        }
    }
    let schema = |version: &Node| version.at(&["schema", "openAPIV3Schema"]).is_some();
    for (index, version) in versions(spec).iter().enumerate() {
        if !schema(version) {
            let field = format!("spec.versions[{index}].schema.openAPIV3Schema");
            wrong.push(required(field, ""));
        }
    }
    each_version(spec, old, wrong);
    version_list(spec, wrong);
    names(spec, wrong);
    top(spec, old, wrong);
    conversion(spec, wrong);
    if spec.get("preserveUnknownFields").and_then(Node::as_bool) == Some(true) {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                   spec.versions[*].schema instead";
        wrong.push(Wrong::invalid("spec.preserveUnknownFields", "true", why));
    }
    if let Some(old) = old {
        immutable(spec, old, is_established, wrong);
    }
}

fn immutable(spec: &Node, old: &Node, is_established: bool, wrong: &mut Vec<Wrong>) {
    let named: &[&[&str]] = match is_established {
        true => &[&["scope"], &["names", "kind"], &["group"], &["names", "plural"]],
        false => &[&["group"], &["names", "plural"]],
    };
    for path in named {
        let value = texts(spec, path);
        if value != texts(old, path) {
            let field = format!("spec.{}", path.join("."));
            wrong.push(Wrong::invalid(field, &format!("{value:?}"), "field is immutable"));
        }
    }
}

fn group(spec: &Node, wrong: &mut Vec<Wrong>) {
    let group = texts(spec, &["group"]);
    let field = "spec.group".to_owned();
    if group.is_empty() {
        wrong.push(required(field, ""));
    } else if !group.split('.').all(is_part) {
        wrong.push(Wrong::invalid(field, &format!("{group:?}"), SUBDOMAIN));
    } else if !group.contains('.') {
        let why = "should be a domain with at least one dot";
        wrong.push(Wrong::invalid(field, &format!("{group:?}"), why));
    }
}

/// What differs between the versions is looked at where it stands.
fn each_version(spec: &Node, old: Option<&Node>, wrong: &mut Vec<Wrong>) {
    let is_own = |key: &str| common(spec, key).is_none();
    let (schema, subresources) = (is_own("schema"), is_own("subresources"));
    let (columns, selectable) = (is_own("additionalPrinterColumns"), is_own("selectableFields"));
    for (index, version) in versions(spec).iter().enumerate() {
        let at = format!("spec.versions[{index}]");
        let name = texts(version, &["name"]);
        if let Some(why) = label(name) {
            wrong.push(Wrong::invalid(format!("{at}.name"), &format!("{name:?}"), &why));
        }
        deprecation(version, &at, wrong);
        let before = |key: &str| old_version(old, name).and_then(|version| version.get(key));
        if schema {
            let of = version.get("schema");
            let has_status = version.at(&["subresources", "status"]).is_some();
            keywords::root(of, before("schema"), has_status, &format!("{at}.schema"), wrong);
        }
        if subresources {
            let of = version.get("subresources");
            columns::subresources(of, &format!("{at}.subresources"), wrong);
        }
        if columns {
            let of = version.get("additionalPrinterColumns");
            columns::printer(of, &format!("{at}.additionalPrinterColumns"), wrong);
        }
        if selectable {
            let of = version.get("selectableFields");
            let schema = version.at(&["schema", "openAPIV3Schema"]);
            columns::selectable(of, schema, &format!("{at}.selectableFields"), wrong);
        }
    }
}

fn old_version<'n>(old: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    versions(old?).iter().find(|version| version.str_at(&["name"]) == Some(name))
}

fn deprecation(version: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let Some(warning) = version.str_at(&["deprecationWarning"]) else { return };
    let is_deprecated = version.get("deprecated").and_then(Node::as_bool) == Some(true);
    let mut refuse = |why: &str| {
        let field = format!("{at}.deprecationWarning");
        wrong.push(Wrong::invalid(field, &format!("{warning:?}"), why));
    };
    if !is_deprecated {
        return refuse("can only be set for deprecated versions");
    }
    if warning.len() > 256 {
        refuse("must be <= 256 characters long");
    }
    if warning.is_empty() {
        refuse("must not be an empty string");
    }
    if let Some((index, _)) = warning.char_indices().find(|(_, char)| char.is_control()) {
        refuse(&format!(
            "must only contain printable UTF-8 characters; non-printable character found at index \
             {index}"
        ));
    }
}

fn version_list(spec: &Node, wrong: &mut Vec<Wrong>) {
    let versions = versions(spec);
    let name = |version: &Node| texts(version, &["name"]).to_owned();
    let is_repeated = versions.iter().enumerate().any(|(index, version)| {
        versions.iter().take(index).any(|other| name(other) == name(version))
    });
    let is_stored = |version: &&Node| version.get("storage").and_then(Node::as_bool) == Some(true);
    let mut refuse = |why: &str| wrong.push(Wrong::invalid("spec.versions", &internal(spec), why));
    if is_repeated {
        refuse("must contain unique version names");
    }
    if versions.iter().filter(is_stored).count() != 1 {
        refuse("must have exactly one version marked as storage version");
    }
    if let Some(first) = versions.first().map(name)
        && let Some(why) = label(&first).filter(|_| !first.is_empty())
    {
        wrong.push(Wrong::invalid("spec.version", &format!("{first:?}"), &why));
    }
}

/// The versions as the server's internal form prints them; what they have in common is not there.
fn internal(spec: &Node) -> String {
    let version = |version: &Node| {
        let mut map = Map::new();
        let own = |key: &str| match common(spec, key) {
            Some(_) => Node::default(),
            None => version.get(key).cloned().unwrap_or_default(),
        };
        let flag = |key: &str| {
            let value = version.get(key).and_then(Node::as_bool) == Some(true);
            Node::new(value, Origin::NONE)
        };
        map.set("Name", version.get("name").cloned().unwrap_or_default());
        map.set("Served", flag("served"));
        map.set("Storage", flag("storage"));
        map.set("Deprecated", flag("deprecated"));
        map.set(
            "DeprecationWarning",
            version.get("deprecationWarning").cloned().unwrap_or_default(),
        );
        map.set("Schema", own("schema"));
        map.set("Subresources", own("subresources"));
        map.set("AdditionalPrinterColumns", own("additionalPrinterColumns"));
        map.set("SelectableFields", own("selectableFields"));
        let mut out = String::new();
        let options = manifest::json::Options { sort_keys: false, ..manifest::json::Options::GO };
        manifest::json::write(&Node::new(map, Origin::NONE), options, &mut out);
        out
    };
    let shown: Vec<String> = versions(spec).iter().map(version).collect();
    format!("[{}]", shown.join(","))
}

fn names(spec: &Node, wrong: &mut Vec<Wrong>) {
    let name = |key: &str| texts(spec, &["names", key]);
    // Without versions there is no default of them.
    let keys = ["plural", "singular", "kind", "listKind"];
    for key in keys {
        if name(key).is_empty() {
            wrong.push(required(format!("spec.names.{key}"), ""));
        }
    }
    for key in keys {
        let value = name(key);
        let is_kind = matches!(key, "kind" | "listKind");
        let looked_at = if is_kind { value.to_lowercase() } else { value.to_owned() };
        if let Some(why) = label(&looked_at).filter(|_| !value.is_empty()) {
            let why = match is_kind {
                true => format!("may have mixed case, but should otherwise match: {why}"),
                false => why,
            };
            wrong.push(Wrong::invalid(format!("spec.names.{key}"), &format!("{value:?}"), &why));
        }
    }
    let list = |key: &str| spec.at(&["names", key]).and_then(Node::as_list).unwrap_or_default();
    let mut labels = |key: &str| {
        for (index, item) in list(key).iter().enumerate() {
            let value = item.as_str().unwrap_or_default();
            if let Some(why) = label(value) {
                let field = format!("spec.names.{key}[{index}]");
                wrong.push(Wrong::invalid(field, &format!("{value:?}"), &why));
            }
        }
    };
    labels("shortNames");
    labels("categories");
    if !name("kind").is_empty() && name("kind") == name("listKind") {
        let why = "kind and listKind may not be the same";
        wrong.push(Wrong::invalid("spec.names.listKind", &format!("{:?}", name("listKind")), why));
    }
}

/// What all versions have in common is looked at once, at the top.
fn top(spec: &Node, old: Option<&Node>, wrong: &mut Vec<Wrong>) {
    let has_status =
        versions(spec).iter().any(|version| version.at(&["subresources", "status"]).is_some());
    let before = old.and_then(|old| common(old, "schema").flatten());
    if let Some(schema) = common(spec, "schema") {
        keywords::root(schema, before, has_status, "spec.validation", wrong);
    }
    if let Some(of) = common(spec, "subresources") {
        columns::subresources(of, "spec.subresources", wrong);
    }
    if let Some(of) = common(spec, "additionalPrinterColumns") {
        columns::printer(of, "spec.additionalPrinterColumns", wrong);
    }
    if let Some(of) = common(spec, "selectableFields") {
        let schema =
            common(spec, "schema").flatten().and_then(|schema| schema.get("openAPIV3Schema"));
        columns::selectable(of, schema, "spec.selectableFields", wrong);
    }
}

fn conversion(spec: &Node, wrong: &mut Vec<Wrong>) {
    let Some(conversion) = spec.get("conversion") else { return };
    let at = "spec.conversion";
    let webhook = conversion.get("webhook").filter(|webhook| !webhook.is_null());
    match texts(conversion, &["strategy"]) {
        "" => wrong.push(required(format!("{at}.strategy"), "")),
        "None" => {
            if webhook.and_then(|webhook| webhook.get("clientConfig")).is_some() {
                let why = "should not be set when strategy is not set to Webhook";
                wrong.push(Wrong::forbidden(format!("{at}.webhookClientConfig"), why));
            }
        }
        "Webhook" => {
            let config = webhook.and_then(|webhook| webhook.get("clientConfig"));
            let field = format!("{at}.webhookClientConfig");
            match config {
                None => wrong.push(required(field, "required when strategy is set to Webhook")),
                Some(config) => {
                    if config.get("url").is_some() == config.get("service").is_some() {
                        let why = "exactly one of url or service is required";
                        wrong.push(required(field, why));
                    }
                }
            }
            review_versions(webhook, at, wrong);
        }
        other => {
            wrong.push(unsupported(format!("{at}.strategy"), other, &["None", "Webhook"]));
        }
    }
}

fn review_versions(webhook: Option<&Node>, at: &str, wrong: &mut Vec<Wrong>) {
    let field = format!("{at}.conversionReviewVersions");
    let list = webhook.and_then(|webhook| webhook.get("conversionReviewVersions")?.as_list());
    let list = list.unwrap_or_default();
    if list.is_empty() {
        wrong.push(required(field, ""));
        return;
    }
    let mut has_known = false;
    for (index, item) in list.iter().enumerate() {
        let value = item.as_str().unwrap_or_default();
        let mut refuse = |why: &str| {
            wrong.push(Wrong::invalid(format!("{field}[{index}]"), &format!("{value:?}"), why));
        };
        if list.iter().take(index).any(|other| other == item) {
            refuse("duplicate version");
            continue;
        }
        if let Some(why) = label(value) {
            refuse(&why);
        }
        has_known |= matches!(value, "v1" | "v1beta1");
    }
    if !has_known {
        let shown =
            shown(&Node::new(list.iter().cloned().collect::<manifest::List>(), Origin::NONE));
        wrong.push(Wrong::invalid(field, &shown, "must include at least one of v1, v1beta1"));
    }
}

/// The versions of which there are objects.
pub(super) fn stored_versions(object: &Node, wrong: &mut Vec<Wrong>) {
    let field = "status.storedVersions";
    let spec = object.get("spec");
    let stored = object.at(&["status", "storedVersions"]).and_then(Node::as_list);
    let stored = stored.unwrap_or_default();
    if stored.is_empty() {
        wrong.push(Wrong::invalid(field, "null", "must have at least one stored version"));
        return;
    }
    let all = shown(&Node::new(stored.iter().cloned().collect::<manifest::List>(), Origin::NONE));
    let versions = spec.map(versions).unwrap_or_default();
    for version in versions {
        let name = texts(version, &["name"]);
        let is_storage = version.get("storage").and_then(Node::as_bool) == Some(true);
        if is_storage && !stored.iter().any(|own| own.as_str() == Some(name)) {
            let why = format!("must have the storage version {name}");
            wrong.push(Wrong::invalid(field, &all, &why));
        }
    }
    for (index, name) in stored.iter().filter_map(Node::as_str).enumerate() {
        if !versions.iter().any(|version| texts(version, &["name"]) == name) {
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must \
                 remain in spec.versions until a storage migration ensures no data remains \
                 persisted in {name} and removes {name} from status.storedVersions"
            );
            wrong.push(Wrong::invalid(format!("{field}[{index}]"), &format!("{name:?}"), &why));
        }
    }
}

/// The groups of the community have to be approved by it.
pub(super) fn approval(object: &Node, wrong: &mut Vec<Wrong>) {
    const ANNOTATION: &str = "api-approved.kubernetes.io";
    let group = texts(object, &["spec", "group"]);
    let is_protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|own| group == *own || group.ends_with(&format!(".{own}")));
    if !is_protected {
        return;
    }
    let field = format!("metadata.annotations[{ANNOTATION}]");
    let given = object.str_at(&["metadata", "annotations", ANNOTATION]).unwrap_or_default();
    if given.is_empty() {
        let why = format!(
            "protected groups must have approval annotation \"{ANNOTATION}\", see \
             https://github.com/kubernetes/enhancements/pull/1111"
        );
        wrong.push(required(field, &why));
    } else if !given.starts_with("unapproved") && !is_url(given) {
        let why = format!(
            "protected groups must have approval annotation \"{ANNOTATION}\" with either a URL or \
             a reason starting with \"unapproved\", see \
             https://github.com/kubernetes/enhancements/pull/1111"
        );
        wrong.push(Wrong::invalid(field, &format!("{given:?}"), &why));
    }
}

fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| !rest.is_empty())
}
