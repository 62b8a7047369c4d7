//! Patch: an object changed, by a JSON patch, a merge patch or a strategic merge patch.

use manifest::json_patch::{Dialect, JsonPatch};
use manifest::{Map, Node, Value};
use schema::strategic;

use super::Asked;
use crate::call::{Answer, PatchType};
use crate::make::map;
use crate::model::Model;
use crate::target::Target;
use crate::{scale, status, strategy};

const REJECTED: &str = "the server rejected our request due to an error in our request";

impl Asked<'_> {
    pub(super) fn patch(&mut self, kind: PatchType) -> Result<Answer, Answer> {
        self.check_options(false)?;
        let patch = self.body()?.clone();
        self.until_stored(|asked| {
            let (live, revision) = asked.live().ok_or_else(|| asked.target.not_found())?;
            if asked.is_scale() {
                return scale::write(asked, (&live, revision), |asked, scale| {
                    patched(&asked.model, &asked.target, scale, &patch, kind)
                });
            }
            let mut patched = patched(&asked.model, &asked.target, &live, &patch, kind)?;
            asked.check_patched(&patched, &patch, kind)?;
            asked.check_names(&mut patched)?;
            asked.check_revision(&live, &patched)?;
            asked.write_update((&live, revision), &patched)
        })
    }

    /// The parameters of a patch.
    pub(super) fn check_options(&self, is_apply: bool) -> Result<(), Answer> {
        let wrong = strategy::wrong_options(self.query, is_apply);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(status::invalid("", "meta.k8s.io", "PatchOptions", &wrong))
    }
}

/// An object after a patch that is no apply.
pub(crate) fn patched(
    model: &Model,
    target: &Target,
    live: &Node,
    patch: &Node,
    kind: PatchType,
) -> Result<Node, Answer> {
    match kind {
        PatchType::Json => {
            let mut object = live.clone();
            if patch.as_list().is_none() && !patch.is_null() {
                return Err(decoding(patch, "[]handlers.jsonPatchOp"));
            }
            let patch = JsonPatch::from_node(patch)
                .map_err(|error| status::bad_request(&error.to_string()))?;
            patch
                .apply(&mut object, Dialect::Lenient)
                .map_err(|_| status::failure(422, "Invalid", REJECTED, Some(map([]))))?;
            Ok(object)
        }
        PatchType::Strategic => {
            if patch.as_map().is_none() {
                return Err(status::bad_request(&unmarshal(patch, "map[string]interface {}")));
            }
            let of = model.types.root(target.api_version(), target.kind());
            strategic::patched(live, patch, of)
                .map_err(|malformed| status::failure(500, "", &malformed.to_string(), None))
        }
        PatchType::Merge | PatchType::Apply => match &patch.value {
            Value::Map(_) => Ok(merge_patch(live, patch)),
            Value::Null => Err(status::bad_request("Invalid JSON Patch")),
            _ => Err(decoding(patch, "map[string]interface {}")),
        },
    }
}

/// That a patch is not of the type that it should be.
fn decoding(patch: &Node, wanted: &str) -> Answer {
    status::bad_request(&format!("error decoding patch: {}", unmarshal(patch, wanted)))
}

fn unmarshal(node: &Node, wanted: &str) -> String {
    let found = match &node.value {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Number(_) => "number",
        _ => "string",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

fn merge_patch(node: &Node, patch: &Node) -> Node {
    let Some(changes) = patch.as_map() else { return patch.clone() };
    let mut out = node.as_map().cloned().unwrap_or_else(Map::new);
    for (key, change) in changes.iter() {
        if change.is_null() {
            out.remove(key);
        } else {
            let before = out.get(key).cloned().unwrap_or_default();
            out.set(key.clone(), merge_patch(&before, change));
        }
    }
    Node::new(out, node.origin)
}
