//! `replicas`: counts by name (`ReplicaCountTransformer`).

use ecow::eco_format;
use manifest::{Diagnostic, Node, Origin, Value, Via};

use super::field_error;
use crate::builder::Builder;
use crate::fieldspec::{Create, Fault, FieldSpecs};
use crate::id::is_selected;
use crate::kustomization::Replica;
use crate::resources::Resources;

/// Sets the count on every resource that is or was called so.
///
/// # Errors
/// None is, or a spec leads into a scalar.
pub(crate) fn set(
    replica: &Replica,
    specs: &FieldSpecs,
    resources: &mut Resources,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let origin = replica.origin.via(Via::Replicas);
    let mut found = false;
    let named = resources.named(&replica.name);
    for spec in specs.iter() {
        for &at in &named {
            let Some(resource) = resources.get_mut(at) else { continue };
            let is_meant =
                resource.ids().any(|id| id.name == replica.name && is_selected(&id.gvk, &spec.gvk));
            if !is_meant {
                continue;
            }
            found = true;
            if !spec.applies_to(&resource.id().gvk) {
                continue;
            }
            let mut set = |node: &mut Node| set_count(node, replica.count, origin);
            spec.visit(resource.node_mut(), Create::Scalar, origin, &mut set)
                .map_err(|fault| field_error(resource, &fault, replica.origin))?;
        }
    }
    if found {
        return Ok(Vec::new());
    }
    let cause = format!("`replicas`: no workload is called `{}`", replica.name);
    let help = Builder::did_you_mean(resources, "Deployment", &replica.name);
    Err(Diagnostic::error(replica.origin, cause).help_if(help))
}

/// Sets a count; one in quotes stays in quotes, and so text, as in kustomize.
fn set_count(node: &mut Node, count: i64, origin: Origin) -> Result<(), Fault> {
    *node = match &node.value {
        Value::Unknown(_) => return Ok(()),
        Value::List(_) | Value::Map(_) => {
            let cause = format!("a count is a number, not a {}", node.type_name());
            return Err(Fault::new(cause, node.origin));
        }
        Value::String(_) if node.origin.is_quoted() => {
            Node::string(eco_format!("{count}"), origin.quoted(true))
        }
        _ => Node::new(count, origin),
    };
    Ok(())
}
