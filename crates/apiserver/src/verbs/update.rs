//! Update: an object in the place of another.

use manifest::Node;
use schema::apply;

use super::Asked;
use crate::call::Answer;
use crate::make::meta;
use crate::scale;

const OVERTAKEN: &str = "the object has been modified; please apply your changes to the latest \
    version and try again";

impl Asked<'_> {
    pub(super) fn update(&mut self) -> Result<Answer, Answer> {
        let mut body = self.body()?.clone();
        self.check_names(&mut body)?;
        self.until_stored(|asked| {
            let live = asked.live().ok_or_else(|| asked.target.not_found())?;
            asked.check_revision(&live.0, &body)?;
            if asked.is_scale() {
                let new = body.clone();
                return scale::write(asked, (&live.0, live.1), |_, _| Ok(new));
            }
            let new = asked.accepted(&body);
            asked.write_update((&live.0, live.1), &new)
        })
    }

    /// What is written says which revision, and which object, it is meant for.
    pub(super) fn check_revision(&self, live: &Node, new: &Node) -> Result<(), Answer> {
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

    /// Stores an update of `live` to `new`, and who owns what.
    pub(super) fn write_update(
        &mut self,
        live: (&Node, u64),
        new: &Node,
    ) -> Result<Option<Answer>, Answer> {
        let reset = self.target.reset();
        let now = self.server.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        let new = apply::update(&self.model.types, Some(live.0), new, writer);
        self.store_update(live, new)
    }
}
