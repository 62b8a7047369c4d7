//! How the items of a list are known.

use ecow::EcoVec;
use manifest::{Node, Text, Value};

use crate::fields::Element;
use crate::types::{ListKind, ListType};

/// The element that an item of a list is reached by; of an atomic list, `None`.
///
/// # Errors
/// The item cannot be known in a list of this type, in words of the API server.
pub(super) fn element(list: ListType<'_>, item: &Node) -> Result<Option<Element>, String> {
    match list.kind() {
        ListKind::Atomic => Ok(None),
        ListKind::Set | ListKind::Map([]) => set_item(item).map(Some),
        ListKind::Map(keys) => keyed_item(list, keys, item).map(Some),
    }
}

fn set_item(item: &Node) -> Result<Element, String> {
    let why = match &item.value {
        Value::Map(_) => "associative list without keys has an element that's a map type",
        Value::List(_) => "not supported: associative list with lists as elements",
        Value::Null => "associative list without keys has an element that's an explicit null",
        value => return Ok(Element::Value(value.clone())),
    };
    Err(why.to_owned())
}

fn keyed_item(list: ListType<'_>, keys: &[Text], item: &Node) -> Result<Element, String> {
    if item.is_null() {
        return Err("associative list with keys may not have a null element".to_owned());
    }
    let Some(map) = item.as_map() else {
        return Err("associative list with keys may not have non-map elements".to_owned());
    };
    let of = list.elements().map();
    let mut fields: EcoVec<(Text, Value)> = EcoVec::with_capacity(keys.len());
    for key in keys {
        let value = match map.get(key) {
            Some(node) => Some(node),
            None => of.and_then(|of| of.key_default(key)),
        };
        if let Some(node) = value {
            fields.push((key.clone(), node.value.clone()));
        }
    }
    if fields.is_empty() {
        let keys = keys.iter().map(|key| format!("{key:?}")).collect::<Vec<_>>().join(" ");
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{keys}] \
             (and doesn't have default values for any key fields)"
        ));
    }
    if !fields.is_sorted_by(|(a, _), (b, _)| a.as_str() <= b.as_str()) {
        fields.make_mut().sort_by(|(a, _), (b, _)| a.as_str().cmp(b));
    }
    Ok(Element::Key(fields))
}
