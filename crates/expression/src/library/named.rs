//! Named formats (Kubernetes' `library/format.go`), with the words of its validation.

use base64::Engine;

use super::{no_overload, time, url};
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

/// A format that texts are checked against.
#[derive(Debug)]
pub struct NamedFormat {
    pub(crate) name: &'static str,
    /// What is wrong with a text.
    check: fn(&str) -> Vec<String>,
    /// The length of the pattern that checking costs as much as.
    pub(crate) pattern_size: u64,
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
                     or '-', and must start and end with an alphanumeric character (e.g. 'my-name', \
                     \u{20}or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
                          '-', start with an alphabetic character, and end with an alphanumeric \
                          character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                          '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
                         must start and end with an alphanumeric character (e.g. 'MyName',  or \
                         'my.name',  or '123-abc', regex used for validation is \
                         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
                           characters, '-', '_' or '.', and must start and end with an \
                           alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                           regex used for validation is \
                           '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn too_long(most: usize) -> String {
    format!("must be no more than {most} characters")
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(is_inner)
}

/// A prefix of a name may end in what only stands inside of one.
fn masked(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if text.len() > 1 => format!("{rest}a"),
        _ => text.to_owned(),
    }
}

/// What is wrong with a text that should be a DNS label of RFC 1123.
fn dns_label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 63 {
        wrong.push(too_long(63));
    }
    if !is_label(text) {
        wrong.push(LABEL.to_owned());
    }
    wrong
}

/// What is wrong with a text that should be a DNS subdomain of RFC 1123.
fn dns_subdomain(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 253 {
        wrong.push(too_long(253));
    }
    if !text.split('.').all(is_label) {
        wrong.push(SUBDOMAIN.to_owned());
    }
    wrong
}

/// What is wrong with a text that should be a DNS label of RFC 1035.
fn dns_1035_label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 63 {
        wrong.push(too_long(63));
    }
    if !is_label(text) || !text.starts_with(|char: char| char.is_ascii_lowercase()) {
        wrong.push(LABEL_1035.to_owned());
    }
    wrong
}

fn is_word(text: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    is_edge(text.bytes().next())
        && is_edge(text.bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// What is wrong with a text that should be the key of a label.
fn qualified(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                let of = dns_subdomain(prefix);
                wrong.extend(of.into_iter().map(|why| format!("prefix part {why}")));
            }
            *name
        }
        _ => {
            return vec![
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and \
                 must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  \
                 or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix \
                 and '/' (e.g. 'example.com/MyName')"
                    .to_owned(),
            ];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push(format!("name part {}", too_long(63)));
    }
    if !is_word(name) {
        wrong.push(NAME_PART.to_owned());
    }
    wrong
}

fn label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 63 {
        wrong.push(too_long(63));
    }
    if !text.is_empty() && !is_word(text) {
        wrong.push(LABEL_VALUE.to_owned());
    }
    wrong
}

fn unless(holds: bool, why: &str) -> Vec<String> {
    if holds { Vec::new() } else { vec![why.to_owned()] }
}

fn is_uuid(text: &str) -> bool {
    let digits: String = text.chars().filter(|char| *char != '-').collect();
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    digits.len() == 32
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (groups == [8, 4, 4, 4, 12] || groups == [32])
}

fn is_base64(text: &str) -> bool {
    !text.is_empty() && base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

macro_rules! formats {
    ($($function:ident $name:literal $size:literal $check:expr;)*) => {
        $(pub(crate) fn $function(_: &Patterns, _: &[Value]) -> Outcome {
            static FORMAT: NamedFormat =
                NamedFormat { name: $name, check: $check, pattern_size: $size };
            Ok(Value::Format(&FORMAT))
        })*
    };
}

formats! {
    dns1123_label "DNS1123Label" 30 dns_label;
    dns1123_subdomain "DNS1123Subdomain" 60 dns_subdomain;
    dns1035_label "DNS1035Label" 30 dns_1035_label;
    qualified_name "QualifiedName" 60 qualified;
    dns1123_label_prefix "DNS1123LabelPrefix" 30 |text| dns_label(&masked(text));
    dns1123_subdomain_prefix "DNS1123SubdomainPrefix" 60 |text| dns_subdomain(&masked(text));
    dns1035_label_prefix "DNS1035LabelPrefix" 30 |text| dns_1035_label(&masked(text));
    label_value "LabelValue" 40 label;
    uri "URI" 1000 |text| url::read(text).err().into_iter().collect();
    uuid "uuid" 100 |text| unless(is_uuid(text), "does not match the UUID format");
    byte "byte" 1000 |text| unless(is_base64(text), "invalid base64");
    date "date" 150 |text| unless(time::parse_date(text).is_some(), "invalid date");
    datetime "datetime" 150 |text| unless(time::parse_timestamp(text).is_some(), "invalid datetime");
}

pub(crate) fn named(patterns: &Patterns, args: &[Value]) -> Outcome {
    let [Value::String(name)] = args else { return no_overload("format.named", args) };
    let found = match name.as_str() {
        "dns1123Label" => dns1123_label(patterns, args),
        "dns1123Subdomain" => dns1123_subdomain(patterns, args),
        "dns1035Label" => dns1035_label(patterns, args),
        "qualifiedName" => qualified_name(patterns, args),
        "dns1123LabelPrefix" => dns1123_label_prefix(patterns, args),
        "dns1123SubdomainPrefix" => dns1123_subdomain_prefix(patterns, args),
        "dns1035LabelPrefix" => dns1035_label_prefix(patterns, args),
        "labelValue" => label_value(patterns, args),
        "uri" => uri(patterns, args),
        "uuid" => uuid(patterns, args),
        "byte" => byte(patterns, args),
        "date" => date(patterns, args),
        "datetime" => datetime(patterns, args),
        _ => return Ok(Value::Optional(None)),
    };
    found.map(Value::some)
}

pub(crate) fn validate(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::Format(format), Value::String(text)] = args else {
        return no_overload("validate", args);
    };
    let wrong = (format.check)(text);
    if wrong.is_empty() {
        return Ok(Value::Optional(None));
    }
    Ok(Value::some(Value::list(wrong.into_iter().map(Value::string).collect())))
}
