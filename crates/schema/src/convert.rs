//! Objects in another version of their kind.

mod autoscaler;

use manifest::{Node, Origin};

use crate::normal::normalize;
use crate::types::Types;

pub(crate) use autoscaler::cpu_metric;

/// `object` in the version `api_version` of its kind; `None` where its kind has no such version.
///
/// Of the built-in kinds only HorizontalPodAutoscaler has two versions that differ; custom kinds
/// have the conversion `None`, which changes the name of the version only.
pub fn convert(types: &Types, object: &Node, api_version: &str) -> Option<Node> {
    let from = object.str_at(&["apiVersion"]).unwrap_or_default();
    if from == api_version {
        return Some(object.clone());
    }
    let kind = object.str_at(&["kind"])?;
    let group = |version: &str| version.rsplit_once('/').map(|(group, _)| group.to_owned());
    let has_version = types.get(api_version, kind).is_some();
    if group(from) != group(api_version) || !has_version {
        return None;
    }
    let mut converted = object.clone();
    let name = Node::string(api_version, Origin::default());
    converted.as_map_mut()?.set("apiVersion", name);
    match (kind, from, api_version) {
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2") => {
            autoscaler::to_v2(&mut converted);
            Some(normalize(&converted))
        }
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1") => {
            autoscaler::to_v1(&mut converted);
            Some(normalize(&converted))
        }
        _ => Some(converted),
    }
}
