//! What secrets went into is made sensitive. The object was substituted twice, once with the values of
//! secrets and once with a marker for them: where the second has a marker and the first has none, a
//! secret is.

use manifest::{List, Map, Node, Sensitive, Value, Via};

/// `node` with sensitive text where `masked` has a marker that it does not have itself.
pub(super) fn veil(node: Node, masked: &Node) -> Node {
    let origin = node.origin;
    let value = match (node.value, &masked.value) {
        (Value::Map(map), Value::Map(masked)) if map.len() == masked.len() => {
            let pairs = map.iter().zip(masked.iter());
            let entries =
                pairs.map(|((key, value), (_, masked))| (key.clone(), veil(value.clone(), masked)));
            Value::Map(entries.collect::<Map>())
        }
        (Value::List(list), Value::List(masked)) if list.len() == masked.len() => {
            let items = list.into_iter().zip(masked.iter());
            Value::List(items.map(|(item, masked)| veil(item, masked)).collect::<List>())
        }
        // A scalar with a secret in it, or a secret that changed the shape.
        (value @ (Value::Map(_) | Value::List(_)), _) | (value, Value::Unknown(_)) => {
            return veil_changed(Node { value, origin });
        }
        (value, _) => value,
    };
    Node { value, origin }
}

/// `node` with all the text sensitive that substitution made.
pub(super) fn veil_changed(node: Node) -> Node {
    let origin = node.origin;
    let value = match node.value {
        Value::String(text) if origin.by() == Via::Substitution => {
            Value::Sensitive(Sensitive::new(text.into()))
        }
        Value::List(list) => Value::List(list.into_iter().map(veil_changed).collect::<List>()),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), veil_changed(value.clone())));
            Value::Map(entries.collect::<Map>())
        }
        value => value,
    };
    Node { value, origin }
}
