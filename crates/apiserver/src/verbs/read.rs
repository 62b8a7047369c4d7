//! Get and list.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use manifest::{Node, Origin};

use super::Asked;
use super::pods::nothing_runs;
use crate::call::Answer;
use crate::make::{int, list, map, text};
use crate::selector::Selectors;
use crate::status;
use crate::store::{Key, Stored, within};

/// Where a list goes on.
struct Token {
    revision: u64,
    after: Key,
}

/// What a page of a list is made from.
pub(super) struct Page {
    pub(super) objects: Vec<(Key, Node)>,
    revision: u64,
    is_complete: bool,
    remaining: usize,
}

/// As Go decodes it: what is left over at the end does not matter.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const TOO_OLD: &str = "The provided continue parameter is too old to display a consistent list result. \
    You can start a new list without the continue parameter, or use the continue token in this \
    response to retrieve the remainder of the results. Continuing with the provided token results in \
    an inconsistent list - objects that were created, modified, or deleted between the time the first \
    chunk was returned and now may show up in the list.";

impl Asked<'_> {
    pub(super) fn get(&mut self) -> Result<Answer, Answer> {
        if let Some(wanted) = self.query.revision()? {
            self.check_future(wanted)?;
        }
        match self.target.subresource.as_str() {
            "log" | "exec" | "attach" | "portforward" | "proxy" => {
                self.live().ok_or_else(|| self.target.not_found())?;
                return Err(nothing_runs());
            }
            "binding" | "eviction" | "token" => return Err(status::no_method()),
            _ if !self.target.is_read() => return Err(status::no_method()),
            _ => {}
        }
        let (object, _) = self.live().ok_or_else(|| self.target.not_found())?;
        if self.is_scale() {
            let shape = self.scale_shape()?;
            if let Some(missing) = shape.missing(&object) {
                return Err(missing);
            }
            return Ok(Answer::new(200, shape.scale(&object)));
        }
        Ok(Answer::new(200, object))
    }

    fn check_future(&self, wanted: u64) -> Result<(), Answer> {
        let current = self.server.state().store.revision();
        if wanted > current {
            return Err(status::too_large(wanted, current));
        }
        Ok(())
    }

    pub(super) fn list(&mut self) -> Result<Answer, Answer> {
        if !self.target.resource.info.verbs.contains(&"list") {
            return Err(status::no_method());
        }
        self.query.timeout()?;
        let limit = self.query.limit()?;
        let wrong = status::wrong_list_options(self.query, false);
        if !wrong.is_empty() {
            return Err(status::invalid("", "meta.k8s.io", "ListOptions", &wrong));
        }
        let selectors = Selectors::of(&self.target, self.query)?;
        // What may be of any age is given as a whole.
        let limit = limit.filter(|_| self.query.given("resourceVersion") != Some("0"));
        let page = self.page(&selectors, limit)?;
        Ok(Answer::new(200, self.list_body(&page, &selectors)))
    }

    pub(super) fn page(&self, selectors: &Selectors, limit: Option<usize>) -> Result<Page, Answer> {
        let wanted = self.query.revision_of_list()?.filter(|revision| *revision > 0);
        let token = self.query.given("continue").map(Token::read).transpose()?;
        if token.is_some() && wanted.is_some() {
            let message = "specifying resource version is not allowed when using continue";
            return Err(status::bad_request(message));
        }
        let is_exact = match self.query.given("resourceVersionMatch") {
            Some(other) => other == "Exact",
            None => limit.is_some(),
        };
        let collection = &self.target.resource.collection;
        let namespace = &self.target.namespace;
        let state = self.server.state();
        let current = state.store.revision();
        if let Some(wanted) = wanted.filter(|wanted| *wanted > current) {
            return Err(status::too_large(wanted, current));
        }
        let at = token.as_ref().map(|token| token.revision).or(wanted.filter(|_| is_exact));
        let after = token.map(|token| token.after);
        let past = match at.filter(|revision| *revision < current) {
            Some(revision) => Some(state.store.at(collection, revision).map_err(|_| {
                let message = match &after {
                    Some(_) => TOO_OLD.to_owned(),
                    None => "The resourceVersion for the provided list is too old.".to_owned(),
                };
                status::expired(&message)
            })?),
            None => None,
        };
        let chosen = |(key, stored): (&Key, &Stored)| {
            let is_next = after.as_ref().is_none_or(|after| key > after);
            (is_next && selectors.matches(&stored.node)).then(|| (key.clone(), stored.node.clone()))
        };
        let mut objects: Vec<(Key, Node)> = match &past {
            Some(past) => within(namespace)(past).filter_map(chosen).collect(),
            None => state.store.list(collection, namespace).filter_map(chosen).collect(),
        };
        drop(state);
        let all = objects.len();
        objects.truncate(limit.unwrap_or(all));
        let remaining = all - objects.len();
        let revision = at.unwrap_or(current);
        Ok(Page { objects, revision, is_complete: remaining == 0, remaining })
    }

    pub(super) fn list_body(&self, page: &Page, selectors: &Selectors) -> Node {
        let target = &self.target;
        let is_custom = target.resource.is_custom();
        let mut metadata = vec![("resourceVersion", text(ecow::eco_format!("{}", page.revision)))];
        match page.objects.last().filter(|_| !page.is_complete) {
            Some((key, _)) => {
                let token = Token { revision: page.revision, after: key.clone() };
                metadata.push(("continue", text(token.write())));
                if selectors.is_empty() {
                    let remaining = i64::try_from(page.remaining).unwrap_or(i64::MAX);
                    metadata.push(("remainingItemCount", int(remaining)));
                }
            }
            None if is_custom => metadata.push(("continue", text(""))),
            None => {}
        }
        let items = page.objects.iter().map(|(_, node)| {
            let mut node = self.server.shown(&self.model, target, node);
            if !is_custom && let Some(map) = node.as_map_mut() {
                // A real server leaves out what the list says for all of them.
                map.remove("kind");
                map.remove("apiVersion");
            }
            node
        });
        map([
            ("kind", text(target.list_kind())),
            ("apiVersion", text(target.resource.api_version.clone())),
            ("metadata", map(metadata)),
            ("items", list(items)),
        ])
    }
}

impl Token {
    fn read(text: &str) -> Result<Token, Answer> {
        let invalid = |why: &str| {
            status::bad_request(&format!(
                "invalid continue token: continue key is not valid: {why}"
            ))
        };
        let bytes = LENIENT
            .decode(text.trim_end_matches('='))
            .map_err(|_| invalid("illegal base64 data at input byte 0"))?;
        let node = manifest::json::read(&bytes, Origin::NONE).map_err(|_| {
            let first = bytes.first().copied().unwrap_or_default();
            let shown = match first {
                b'\'' => "\\'".to_owned(),
                0x20..0x7f => char::from(first).to_string(),
                0xa0.. => format!("\\x{first:02x}"),
                _ => format!("\\u{first:04x}"),
            };
            invalid(&format!("invalid character '{shown}' looking for beginning of value"))
        })?;
        let version = node.str_at(&["v"]).unwrap_or_default();
        if version != "meta.k8s.io/v1" {
            return Err(invalid(&format!(
                "server does not recognize this encoded version {version}"
            )));
        }
        let revision = node.get("rv").and_then(Node::as_int).and_then(|rv| u64::try_from(rv).ok());
        let after = node.str_at(&["start"]).unwrap_or_default().trim_end_matches('\0');
        Ok(Token { revision: revision.unwrap_or_default(), after: after.into() })
    }

    fn write(&self) -> String {
        let revision = i64::try_from(self.revision).unwrap_or(i64::MAX);
        let node = map([
            ("v", text("meta.k8s.io/v1")),
            ("rv", int(revision)),
            ("start", text(ecow::eco_format!("{}\0", self.after))),
        ]);
        let mut json = String::new();
        manifest::json::write(&node, manifest::json::Options::default(), &mut json);
        URL_SAFE_NO_PAD.encode(json)
    }
}
