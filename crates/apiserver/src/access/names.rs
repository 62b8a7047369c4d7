//! Names of users that say what they are: service accounts and nodes.

use manifest::Text;

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
const NODE: &str = "system:node:";

/// The user that a service account is.
pub(crate) fn service_account(namespace: &str, name: &str) -> Text {
    ecow::eco_format!("{SERVICE_ACCOUNT}{namespace}:{name}")
}

/// The groups that a service account is in.
pub(crate) fn service_account_groups(namespace: &str) -> [Text; 2] {
    let all = "system:serviceaccounts";
    [all.into(), ecow::eco_format!("{all}:{namespace}")]
}

/// The namespace and the name of the service account that a user is, where it is one.
pub(crate) fn of_service_account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')?;
    (is_label(namespace) && is_subdomain(name)).then_some((namespace, name))
}

/// The name of the node that a user is, where it is one.
pub(crate) fn of_node(user: &str) -> Option<&str> {
    user.strip_prefix(NODE).filter(|name| is_subdomain(name))
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_edge = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'-');
    let bytes = text.as_bytes();
    text.len() <= 63
        && text.bytes().all(is_inner)
        && is_edge(bytes.first())
        && is_edge(bytes.last())
}

/// Whether a text is a name as most objects have it (RFC 1123 subdomain).
pub(crate) fn is_subdomain(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_inner =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty()
            && part.bytes().all(is_inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

/// Whether a text can be the last part of a path (apimachinery's `IsPathSegmentName`).
pub(crate) fn is_path_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains(['/', '%'])
}
