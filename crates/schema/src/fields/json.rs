//! `fieldsV1`: a set as a map, `{"f:spec":{"k:{\"name\":\"web\"}":{".":{}}}}`.

use ecow::EcoVec;
use manifest::json::Options;
use manifest::{Key, Map, Node, Origin, Text, Value, json};

use super::{Element, Set};
use crate::json::parse;

/// A key of `fieldsV1` that means nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cannot read {key:?} as a path element")]
pub struct Malformed {
    /// The key.
    pub key: Text,
}

/// How keys and values are written: as Go's `encoding/json`.
const OPTIONS: Options =
    Options { pretty: false, sort_keys: true, escape_html: true, expose: true };

impl Set {
    /// The set that a `fieldsV1` says.
    ///
    /// # Errors
    /// A key has no colon, or what follows it is not what its letter promises. Keys of letters that
    /// nobody knows are passed over, as the server does.
    pub fn from_fields_v1(fields: &Node) -> Result<Set, Malformed> {
        Ok(read(fields)?.0.unwrap_or_default())
    }

    /// The set as `fieldsV1`.
    pub fn to_fields_v1(&self) -> Node {
        write(self, false)
    }

    /// The set as the text of `fieldsV1`.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        json::write(&self.to_fields_v1(), Options { sort_keys: false, ..OPTIONS }, &mut out);
        out
    }
}

/// The set below a key, if there is one, and whether the key itself is a member.
fn read(fields: &Node) -> Result<(Option<Set>, bool), Malformed> {
    let mut members = Vec::new();
    let mut children = Vec::new();
    let mut is_member = false;
    for (key, below) in fields.as_map().into_iter().flat_map(Map::iter) {
        if key.as_str() == "." {
            is_member = true;
            continue;
        }
        let Some(element) = element(key)? else { continue };
        let (set, below_is_member) = read(below)?;
        if below_is_member {
            members.push(element.clone());
        }
        if let Some(set) = set {
            children.push((element, set));
        }
    }
    if members.is_empty() && children.is_empty() {
        return Ok((None, true));
    }
    Ok((Some(Set::from_parts(members, children)), is_member))
}

fn element(key: &Key) -> Result<Option<Element>, Malformed> {
    let malformed = || Malformed { key: key.text().clone() };
    let (letter, rest) = match key.as_bytes() {
        [letter, b':', ..] => (letter, key.get(2..).unwrap_or_default()),
        _ => return Err(malformed()),
    };
    Ok(Some(match letter {
        b'f' => Element::Field(rest.into()),
        b'v' => Element::Value(parse(rest).ok_or_else(malformed)?),
        b'k' => match parse(rest) {
            Some(Value::Map(map)) => Element::Key(key_fields(&map)),
            _ => return Err(malformed()),
        },
        b'i' => Element::Index(rest.parse().map_err(|_| malformed())?),
        _ => return Ok(None),
    }))
}

fn key_fields(map: &Map) -> EcoVec<(Text, Value)> {
    let mut fields: Vec<_> =
        map.iter().map(|(name, node)| (name.text().clone(), node.value.clone())).collect();
    fields.sort_by(|(a, _), (b, _)| a.as_str().cmp(b));
    fields.into_iter().collect()
}

fn write(set: &Set, is_member: bool) -> Node {
    let mut map = Map::new();
    map.reserve(set.members.len() + set.children.len() + 1);
    let leaf = || Node::map(Origin::default());
    if is_member && !set.is_empty() {
        map.push_new(".".into(), leaf());
    }
    let mut members = set.members.iter().peekable();
    for (element, below) in &set.children {
        while let Some(member) = members.next_if(|member| *member < element) {
            map.push_new(key(member), leaf());
        }
        let is_member = members.next_if(|member| *member == element).is_some();
        map.push_new(key(element), write(below, is_member));
    }
    for member in members {
        map.push_new(key(member), leaf());
    }
    Node::new(map, Origin::default())
}

fn key(element: &Element) -> Key {
    let mut out = String::new();
    match element {
        Element::Field(name) => {
            let mut key = Text::with_capacity(name.len() + 2);
            key.push_str("f:");
            key.push_str(name);
            return Key::new(key);
        }
        Element::Value(value) => {
            out.push_str("v:");
            write_text(value, &mut out);
        }
        Element::Key(fields) => {
            out.push_str("k:{");
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(&Value::String(name.clone()), &mut out);
                out.push(':');
                write_text(value, &mut out);
            }
            out.push('}');
        }
        Element::Index(index) => return Key::new(ecow::eco_format!("i:{index}")),
    }
    Key::new(out)
}

/// A value as Go's `json.Marshal` writes it.
pub(crate) fn write_text(value: &Value, out: &mut String) {
    json::write(&Node::new(value.clone(), Origin::default()), OPTIONS, out);
}
