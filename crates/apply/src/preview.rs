//! What would come of applying an object: the server is asked, and nothing is written.

use client::{Apply, Client, Error};
use manifest::{Object, ObjectId};
use plan::{Action, FieldChange, Rules};
use schema::KindInfo;

use crate::{Failed, Reason};

/// What would come of applying an object.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Which object.
    pub id: ObjectId,
    /// What would be done; `None` where it is as it should be.
    pub action: Option<Action>,
    /// What differs, values of Secrets hidden; empty for new objects.
    pub fields: Vec<FieldChange>,
    /// The object that is there.
    pub before: Option<Object>,
    /// The object that would be there. Values of Secrets are in it.
    pub after: Option<Object>,
}

/// Asks the server what would come of applying `desired`, an object as it was rendered.
///
/// # Errors
/// The server would refuse it, or cannot be asked.
pub async fn preview(
    client: &Client,
    rules: &Rules<'_>,
    desired: &Object,
    manager: &str,
) -> Result<Preview, Failed> {
    let object = plan::normalize(rules.kinds, desired);
    let id = rules.kinds.object_id(&object);
    let asked = ask(client, rules, &object, manager).await;
    let (before, after, action) = asked.map_err(|cause| Failed {
        id: id.clone(),
        what: Action::Configure,
        origin: desired.origin(),
        reason: Reason::Server(cause),
    })?;
    let mut preview = Preview { id, action, fields: Vec::new(), before, after };
    if let (Some(Action::Configure), Some(before), Some(after)) =
        (&preview.action, &preview.before, &preview.after)
    {
        preview.fields = plan::differences(rules.types, &object, before, after);
        if preview.fields.is_empty() {
            preview.action = None;
        }
    }
    Ok(preview)
}

type Asked = (Option<Object>, Option<Object>, Option<Action>);

async fn ask(
    client: &Client,
    rules: &Rules<'_>,
    object: &Object,
    manager: &str,
) -> Result<Asked, Error> {
    let (api_version, name) = (object.api_version(), object.kind());
    let kind: KindInfo = match rules.kinds.info(api_version, name) {
        Some(kind) => kind.clone(),
        None => client.kind(api_version, name).await?,
    };
    let before = client.get(&kind, object.namespace(), object.name()).await?;
    if let Some(skip) = plan::skip_apply(object, before.as_ref()) {
        return Ok((before, None, Some(Action::Skip(skip))));
    }
    let how = Apply { manager, force: true, dry_run: true, subresource: "" };
    let applied = client.apply(&kind, object, &how).await;
    let may_replace = rules.force || before.as_ref().is_some_and(|live| plan::forces(object, live));
    match (applied, before) {
        (Ok(after), None) => Ok((None, Some(after), Some(Action::Create))),
        (Ok(after), Some(before)) => Ok((Some(before), Some(after), Some(Action::Configure))),
        (Err(cause), Some(before)) if may_replace && cause.is_immutable() => {
            Ok((Some(before), Some(object.clone()), Some(Action::Replace)))
        }
        (Err(cause), _) => Err(cause),
    }
}
