//! Server-side apply: what somebody wants of an object, whether it is there or not.

use schema::apply;

use super::Asked;
use super::update::check_version;
use crate::call::Answer;
use crate::make::meta;
use crate::{scale, status};

impl Asked<'_> {
    pub(super) fn apply(&mut self) -> Result<Answer, Answer> {
        self.check_options(true)?;
        self.check_namespace()?;
        let force = self.query.flag("force");
        self.until_stored(|asked| asked.apply_once(force))
    }

    fn apply_once(&mut self, force: bool) -> Result<Option<Answer>, Answer> {
        let live = self.live();
        let is_whole = self.target.subresource.is_empty();
        if live.is_none() && !is_whole && !self.is_created_by_update() {
            return Err(self.target.not_found());
        }
        let body = self.body()?.clone();
        if self.is_scale()
            && let Some((live, revision)) = &live
        {
            return scale::apply(self, (live, *revision), &body, force);
        }
        let reset = self.target.reset();
        let now = self.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        let before = live.as_ref().map(|(node, _)| node);
        let applied = apply::apply(&self.model.types, before, &body, writer, force)
            .map_err(|refused| status::refused(&refused))?;
        self.check_strictly("error strict decoding YAML: ")?;
        let mut object = applied.object;
        let uid = meta(&object, "uid");
        if live.is_none() && !uid.is_empty() {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was \
                 found"
            );
            return Err(self.target.conflict(&why));
        }
        self.check_names(&mut object)?;
        self.prune(&mut object);
        if live.is_none() {
            self.check_may_create()?;
        }
        match live {
            Some((live, revision)) => {
                check_version(&body)?;
                self.store_update((&live, revision), object)
            }
            None => self.store_new(object),
        }
    }

    /// What a strict reader objects to is an error if the request wants that.
    fn check_strictly(&self, before: &str) -> Result<(), Answer> {
        let is_strict = self.query.get("fieldValidation") == Some("Strict");
        if !is_strict || self.sent.objections.is_empty() {
            return Ok(());
        }
        Err(status::bad_request(&format!("{before}{}", self.sent.objections.join(", "))))
    }
}
