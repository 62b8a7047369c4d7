//! Who a request is from, and whether they may: what comes before anything is done.

use http::header;
use http::request::Parts;
use manifest::Text;

use super::{Caller, header_text};
use crate::access::tokens::ISSUER;
use crate::access::{Attributes, User, Wanted};
use crate::call::Answer;
use crate::route;
use crate::server::Server;
use crate::status;

/// The user that a request is from and that may do what it asks for.
///
/// # Errors
/// The answer to who shows a token that is not good, wants to be somebody else and may not, or may not
/// do it.
pub(super) fn admit(server: &Server, caller: &Caller, head: &Parts) -> Result<User, Answer> {
    let user = authenticate(server, caller, head)?;
    let wanted = wanted(head);
    if !wanted.is_asked && user.is_privileged() {
        return Ok(user);
    }
    let query = route::parameters(head.uri.query().unwrap_or_default());
    let path = route::decoded(head.uri.path());
    let attributes = Attributes::of_request(&head.method, &path, &query);
    let user = match wanted.is_asked {
        true => server.impersonate(&user, &wanted, &attributes)?,
        false => user,
    };
    server.authorize(&user, &attributes)?;
    Ok(user)
}

/// Who a request is from. A certificate goes before a token; who shows neither is nobody.
fn authenticate(server: &Server, caller: &Caller, head: &Parts) -> Result<User, Answer> {
    match caller {
        Caller::Administrator => return Ok(User::default()),
        Caller::Certified(user) => return Ok(user.clone()),
        Caller::Anyone => {}
    }
    match token(header_text(head, &header::AUTHORIZATION)) {
        Some(token) => match server.bearer(token, &[ISSUER.into()]) {
            Ok(bearer) => Ok(bearer.user),
            Err(_) => Err(status::failure(401, "Unauthorized", "Unauthorized", None)),
        },
        None => Ok(User::anonymous()),
    }
}

/// The token of a header `Authorization`.
fn token(header: &str) -> Option<&str> {
    let mut words = header.trim().splitn(3, ' ');
    let scheme = words.next()?;
    let token = words.next()?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Who a request wants to be.
fn wanted(head: &Parts) -> Wanted {
    const EXTRA: &str = "impersonate-extra-";
    let mut wanted = Wanted::default();
    if !head.headers.keys().any(|name| name.as_str().starts_with("impersonate-")) {
        return wanted;
    }
    for (name, value) in &head.headers {
        let value = Text::from(String::from_utf8_lossy(value.as_bytes()));
        match name.as_str() {
            // The first one counts.
            "impersonate-user" if wanted.name.is_empty() => wanted.name = value,
            "impersonate-uid" if wanted.uid.is_empty() => wanted.uid = value,
            "impersonate-group" => wanted.groups.push(value),
            name => {
                let Some(key) = name.strip_prefix(EXTRA) else { continue };
                let key = Text::from(route::decoded(key).to_ascii_lowercase());
                wanted.extra.entry(key).or_default().push(value);
            }
        }
    }
    wanted.is_asked = !(wanted.name.is_empty()
        && wanted.uid.is_empty()
        && wanted.groups.is_empty()
        && wanted.extra.is_empty());
    wanted
}
