//! Get and list.

use super::Asked;
use crate::call::Answer;
use crate::make::{list, map, text};

impl Asked<'_> {
    pub(super) fn get(&mut self) -> Result<Answer, Answer> {
        let (object, _) = self.live().ok_or_else(|| self.target.not_found())?;
        if self.is_scale() {
            return Ok(Answer::new(200, self.scale_shape()?.scale(&object)));
        }
        Ok(Answer::new(200, object))
    }

    pub(super) fn list(&mut self) -> Result<Answer, Answer> {
        let target = &self.target;
        let state = self.server.state();
        let found: Vec<_> = state
            .store
            .list(&target.resource.collection, &target.namespace, None)
            .map(|(_, stored)| stored.node.clone())
            .collect();
        let revision = state.store.revision();
        drop(state);
        let items = found.iter().map(|node| self.server.shown(&self.model, target, node));
        let metadata = map([("resourceVersion", text(ecow::eco_format!("{revision}")))]);
        let body = map([
            ("kind", text(ecow::eco_format!("{}List", target.kind()))),
            ("apiVersion", text(target.resource.api_version.clone())),
            ("metadata", metadata),
            ("items", list(items)),
        ]);
        Ok(Answer::new(200, body))
    }
}
