//! Update: an object in the place of another.

use manifest::Node;
use schema::apply;

use super::Asked;
use crate::call::Answer;
use crate::make::{self, meta};
use crate::query::unsigned;
use crate::{scale, status};

const OVERTAKEN: &str = "the object has been modified; please apply your changes to the latest \
    version and try again";

/// The kinds that an update creates (`AllowCreateOnUpdate` of `pkg/registry`'s strategies).
const CREATED_BY_UPDATE: &[(&str, &str)] = &[
    ("", "Endpoints"),
    ("", "Event"),
    ("", "LimitRange"),
    ("", "Service"),
    ("events.k8s.io", "Event"),
    ("coordination.k8s.io", "Lease"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
];

impl Asked<'_> {
    pub(super) fn update(&mut self) -> Result<Answer, Answer> {
        self.check_write_options("UpdateOptions")?;
        let mut body = self.body()?.clone();
        if self.is_scale() {
            self.check_scale(&body)?;
        } else {
            self.check_body(&body)?;
        }
        self.check_names(&mut body)?;
        self.until_stored(|asked| {
            let Some(live) = asked.live() else { return asked.create_by_update(&body) };
            asked.check_revision(&live.0, &body)?;
            if !asked.is_scale() {
                asked.check_unconditional(&body)?;
            }
            if asked.is_scale() {
                let new = body.clone();
                return scale::write(asked, (&live.0, live.1), |_, _| Ok(new));
            }
            asked.write_update((&live.0, live.1), &body)
        })
    }

    fn check_scale(&self, body: &Node) -> Result<(), Answer> {
        let kind = body.str_at(&["kind"]).unwrap_or("Scale");
        if kind == "Scale" {
            return Ok(());
        }
        let version = body.str_at(&["apiVersion"]).unwrap_or_default();
        let version = version.rsplit('/').next().unwrap_or_default();
        Err(status::bad_request(&format!(
            "{kind} in version {version:?} cannot be handled as a Scale: converting \
             ({version}.{kind}) to (autoscaling.Scale): unknown conversion"
        )))
    }

    /// Whether an update creates what is not there; of a Service that of its status does as well
    /// (`statusStrategy` of `pkg/registry/core/service` has `AllowCreateOnUpdate` of the whole).
    pub(super) fn is_created_by_update(&self) -> bool {
        let target = &self.target;
        CREATED_BY_UPDATE.contains(&(target.group(), target.kind()))
            && matches!(target.subresource.as_str(), "" | "status")
    }

    fn create_by_update(&mut self, body: &Node) -> Result<Option<Answer>, Answer> {
        if !self.is_created_by_update() {
            return Err(self.target.not_found());
        }
        self.check_may_create()?;
        self.check_namespace()?;
        let mut new = self.accepted(body);
        if let Some(metadata) = make::metadata(&mut new) {
            metadata.remove("resourceVersion");
        }
        let reset = self.target.reset();
        let now = self.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        let new = apply::update(&self.model.types, None, &new, writer);
        self.store_new(new)
    }

    /// What is written says which revision, and which object, it is meant for.
    pub(super) fn check_revision(&self, live: &Node, new: &Node) -> Result<(), Answer> {
        check_version(new)?;
        let wanted = meta(new, "resourceVersion");
        if !matches!(wanted, "" | "0") && wanted != meta(live, "resourceVersion") {
            return Err(self.target.conflict(OVERTAKEN));
        }
        let (uid, other) = (meta(live, "uid"), meta(new, "uid"));
        if !other.is_empty() && other != uid {
            let why = format!(
                "Precondition failed: UID in precondition: {other}, UID in object meta: {uid}"
            );
            return Err(self.target.conflict(&why));
        }
        Ok(())
    }

    /// Stores an update of `live` to what was sent, and who owns what.
    pub(super) fn write_update(
        &mut self,
        live: (&Node, u64),
        sent: &Node,
    ) -> Result<Option<Answer>, Answer> {
        let new = self.accepted(sent);
        let reset = self.target.reset();
        let now = self.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        let new = apply::update_sent(&self.model.types, Some(live.0), (sent, &new), writer);
        self.store_update(live, new)
    }
}

/// A resource version, where an object has one, is a number.
pub(super) fn check_version(object: &Node) -> Result<(), Answer> {
    let given = meta(object, "resourceVersion");
    if given.is_empty() {
        return Ok(());
    }
    unsigned(given).map(drop).map_err(|why| status::failure(500, "", &why, None))
}
