//! Forms of names and other short texts, and why a text has none (apimachinery's `util/validation` and
//! `api/validate/content`). A text of the form costs no allocation.

/// The forms in Go's regular expressions, for messages.
const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const LABEL_WANTED: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
    and must start and end with an alphanumeric character";
const SUBDOMAIN_WANTED: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
    '-' or '.', and must start and end with an alphanumeric character";
const UNDERSCORE_WANTED: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
    '_', '-' or '.', and must start and end with an alphanumeric character";
const WILDCARD_WANTED: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, \
    which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const KEY_WANTED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character";
const VALUE_WANTED: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character";

/// The longest label of a domain, subdomain, and name or value of a label.
const LABEL_LENGTH: usize = 63;
const SUBDOMAIN_LENGTH: usize = 253;

fn wanted(what: &str, form: &str, examples: &[&str]) -> String {
    let mut text = what.to_owned();
    if !examples.is_empty() {
        text.push_str(" (e.g. ");
        for (index, example) in examples.iter().enumerate() {
            text.push_str(if index > 0 { " or '" } else { "'" });
            text.push_str(example);
            text.push_str("', ");
        }
    } else {
        text.push_str(" (");
    }
    text + "regex used for validation is '" + form + "')"
}

fn too_long(text: &str, most: usize, unit: &str) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} {unit}"))
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// A label of a domain.
pub(super) fn label(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, LABEL_LENGTH, "characters").into_iter().collect();
    if !is_label(text) {
        why.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            wanted(LABEL_WANTED, LABEL, &["my-name", "123-abc"])
        });
    }
    why
}

/// A label of a domain as it was first: it starts with a letter.
pub(super) fn label_1035(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, LABEL_LENGTH, "characters").into_iter().collect();
    if !is_label(text) || !text.starts_with(|char: char| char.is_ascii_lowercase()) {
        let what = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
                    with an alphabetic character, and end with an alphanumeric character";
        why.push(wanted(what, "[a-z]([-a-z0-9]*[a-z0-9])?", &["my-name", "abc-123"]));
    }
    why
}

/// A domain.
pub(super) fn subdomain(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, SUBDOMAIN_LENGTH, "characters").into_iter().collect();
    if !is_subdomain(text) {
        let form = format!("{LABEL}(\\.{LABEL})*");
        why.push(wanted(SUBDOMAIN_WANTED, &form, &["example.com"]));
    }
    why
}

/// A domain whose labels may have underscores.
pub(super) fn subdomain_with_underscores(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, SUBDOMAIN_LENGTH, "characters").into_iter().collect();
    let is_part = |part: &str| {
        let part = part.strip_prefix('_').unwrap_or(part);
        is_label(&part.replace('_', "-")) && !part.starts_with('_') && !part.ends_with('_')
    };
    if !text.split('.').all(is_part) {
        let part = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
        let form = format!("{part}(\\.{part})*");
        why.push(wanted(UNDERSCORE_WANTED, &form, &["example.com"]));
    }
    why
}

/// A domain with a star for its first label.
pub(super) fn wildcard_subdomain(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, SUBDOMAIN_LENGTH, "characters").into_iter().collect();
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        let form = format!("\\*\\.{LABEL}(\\.{LABEL})*");
        why.push(wanted(WILDCARD_WANTED, &form, &["*.example.com"]));
    }
    why
}

fn is_key(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    text.bytes().all(is_inner) && is_outer(bytes.first()) && is_outer(bytes.last())
}

/// A name of a label: a short name, perhaps behind a domain and a slash.
pub(super) fn qualified(text: &str) -> Vec<String> {
    let (prefix, name) = match text.split_once('/') {
        None => (None, text),
        Some((prefix, name)) if !name.contains('/') => (Some(prefix), name),
        Some(_) => {
            let key = wanted(KEY_WANTED, KEY, &["MyName", "my.name", "123-abc"]);
            return vec![format!(
                "a valid label key {key} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    let mut why = Vec::new();
    match prefix {
        Some("") => why.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            why.extend(content_subdomain(prefix).iter().map(|why| format!("prefix part {why}")));
        }
        None => {}
    }
    if name.is_empty() {
        why.push("name part must be non-empty".to_owned());
    } else {
        let long = too_long(name, LABEL_LENGTH, "bytes");
        why.extend(long.map(|why| format!("name part {why}")));
    }
    if !is_key(name) {
        let key = wanted(KEY_WANTED, KEY, &["MyName", "my.name", "123-abc"]);
        why.push(format!("name part {key}"));
    }
    why
}

/// A domain, its length in bytes: the newer of upstream's two forms.
fn content_subdomain(text: &str) -> Vec<String> {
    let mut why = subdomain(text);
    if let Some(first) = why.first_mut().filter(|_| text.len() > SUBDOMAIN_LENGTH) {
        *first = format!("must be no more than {SUBDOMAIN_LENGTH} bytes");
    }
    why
}

/// A value of a label.
pub(super) fn label_value(text: &str) -> Vec<String> {
    let mut why: Vec<String> = too_long(text, LABEL_LENGTH, "bytes").into_iter().collect();
    if !text.is_empty() && !is_key(text) {
        let form = format!("({KEY})?");
        why.push(wanted(VALUE_WANTED, &form, &["MyValue", "my_value", "12345"]));
    }
    why
}

/// A name that stands in a path.
pub(super) fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    let contained = ["/", "%"].into_iter().filter(|part| text.contains(part));
    contained.map(|part| format!("may not contain '{part}'")).collect()
}

/// A name of a port.
pub(super) fn port(text: &str) -> Vec<String> {
    let is_char = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let mut why: Vec<String> = too_long(text, 15, "characters").into_iter().collect();
    let mut add = |is_wrong: bool, text: &str| {
        if is_wrong {
            why.push(text.to_owned());
        }
    };
    add(
        text.is_empty() || !text.bytes().all(is_char),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    add(
        !text.bytes().any(|byte| byte.is_ascii_lowercase()),
        "must contain at least one letter (a-z)",
    );
    add(text.contains("--"), "must not contain consecutive hyphens");
    add(text.starts_with('-') || text.ends_with('-'), "must not begin or end with a hyphen");
    why
}

/// A percentage.
pub(super) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let what = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![wanted(what, "[0-9]+%", &["1%", "93%"])]
}

/// A name of a header of HTTP.
pub(super) fn http_header(text: &str) -> Vec<String> {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !text.is_empty() && text.bytes().all(is_char) {
        return Vec::new();
    }
    let what = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![wanted(what, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// A name of an environment variable.
pub(super) fn variable(text: &str) -> Vec<String> {
    let mut why = Vec::new();
    if text.is_empty() {
        why.push("environment variable name must be non-empty".to_owned());
    }
    if !text.chars().all(|char| (' '..='~').contains(&char) && char != '=') {
        let what = "a valid environment variable name must consist only of printable ASCII characters \
                    other than '='";
        why.push(what.to_owned());
    }
    why
}

/// A key of a ConfigMap or a Secret.
pub(super) fn config_key(text: &str) -> Vec<String> {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut why: Vec<String> = too_long(text, SUBDOMAIN_LENGTH, "characters").into_iter().collect();
    if text.is_empty() || !text.bytes().all(is_char) {
        let what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        why.push(wanted(what, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    match text {
        "." | ".." => why.push(format!("must not be '{text}'")),
        _ if text.starts_with("..") => why.push("must not start with '..'".to_owned()),
        _ => {}
    }
    why
}

/// A domain, a slash and a path.
pub(super) fn wrong_http_path(text: &str) -> Option<String> {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    (!text.bytes().all(is_char))
        .then(|| wanted("Invalid path", r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", &[]))
}

/// A reason of a condition.
pub(super) fn condition_reason(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_,:".contains(byte);
    let is_last = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(is_inner)
        && bytes.last().is_some_and(is_last)
    {
        return Vec::new();
    }
    let what = "a condition reason must start with alphabetic character, optionally followed by a string \
                of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
    let examples = ["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"];
    vec![wanted(what, "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?", &examples)]
}
