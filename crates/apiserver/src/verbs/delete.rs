//! Delete: an object goes, or is marked until its finalizers have gone.

use manifest::Node;

use super::Asked;
use crate::call::Answer;
use crate::make::{self, int, meta, text};
use crate::store::Write;
use crate::{crds, status};

impl Asked<'_> {
    pub(super) fn delete(&mut self) -> Result<Answer, Answer> {
        self.until_stored(Asked::delete_once)
    }

    fn delete_once(&mut self) -> Result<Option<Answer>, Answer> {
        let (mut object, revision) = self.live().ok_or_else(|| self.target.not_found())?;
        let now = self.server.now_text();
        let is_definition =
            self.target.resource.is("apiextensions.k8s.io", "CustomResourceDefinition");
        if is_definition && meta(&object, "deletionTimestamp").is_empty() {
            crds::terminate_definition(&mut object, &now);
        }
        let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
        let is_held = finalizers.is_some_and(|list| !list.is_empty());
        let deleted = {
            let target = &self.target;
            status::deleted(&target.name, target.group(), target.plural(), meta(&object, "uid"))
        };
        let write = if is_held {
            if let Some(metadata) = make::metadata(&mut object) {
                metadata.entry("deletionTimestamp", || text(now));
                if !is_definition {
                    metadata.entry("deletionGracePeriodSeconds", || int(0));
                }
            }
            Write::Put(object.clone())
        } else {
            Write::Delete(object.clone())
        };
        if self.query.is_dry_run() {
            return Ok(Some(if is_held { Answer::new(200, object) } else { deleted }));
        }
        let written = self.server.commit(&self.model, &self.target, Some(revision), write).ok();
        Ok(written.map(|node| if is_held { Answer::new(200, node) } else { deleted }))
    }

    pub(super) fn delete_collection(&mut self) -> Result<Answer, Answer> {
        Err(status::no_method())
    }
}
