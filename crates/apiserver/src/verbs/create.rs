//! Create: a new object.

use manifest::{Node, Text};
use schema::apply;

use super::Asked;
use crate::call::Answer;
use crate::make::{self, meta, text};
use crate::query::unsigned;
use crate::status;

/// What generated names end in: no vowels, so that they are no words.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// How long a name may be that gets such an end.
const LONGEST_BASE: usize = 58;

impl Asked<'_> {
    pub(super) fn create(&mut self) -> Result<Answer, Answer> {
        if !self.target.subresource.is_empty() {
            return self.create_below();
        }
        if !self.target.resource.info.verbs.contains(&"create") || !self.target.name.is_empty() {
            return Err(status::no_method());
        }
        if self.target.resource.is_namespaced() && self.target.namespace.is_empty() {
            return Err(status::no_method());
        }
        if let Some(answer) = self.question()? {
            return Ok(answer);
        }
        if self.target.resource.is("", "Binding") {
            return self.bind();
        }
        self.check_write_options("CreateOptions")?;
        let mut body = self.body()?.clone();
        self.check_body(&body)?;
        // One that is no number is not looked at.
        if unsigned(meta(&body, "resourceVersion")).is_ok_and(|version| version != 0) {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(status::failure(500, "", message, None));
        }
        let generates = self.name(&mut body)?;
        self.check_namespace()?;
        if let Some(metadata) = make::metadata(&mut body) {
            // What only the server says, nobody owns.
            for gone in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
                metadata.remove(gone);
            }
        }
        let new = self.accepted(&body);
        let reset = self.target.reset();
        let now = self.now_text();
        let writer = self.target.writer(self.query.manager(), &now, &reset);
        let new = apply::update(&self.model.types, None, &new, writer);
        self.store_named(new, generates)
    }

    /// Creates what the cluster's own controllers make: it can be read, and nobody owns its fields.
    pub(super) fn create_unowned(&mut self) -> Result<Answer, Answer> {
        let mut body = self.body()?.clone();
        let generates = self.name(&mut body)?;
        self.check_namespace()?;
        let new = self.accepted(&body);
        self.store_named(new, generates)
    }

    fn store_named(&mut self, new: Node, generates: bool) -> Result<Answer, Answer> {
        let target = self.target.clone();
        let answer = self.store_new(new)?;
        answer.ok_or_else(|| match generates {
            true => status::name_not_generated(&target),
            false => target.already_exists(),
        })
    }

    /// A name that begins in some way; the same one each time the request is tried.
    fn generated_name(&mut self, base: &str) -> Text {
        let server = self.server;
        let generate = || {
            let mut name: String = base.chars().take(LONGEST_BASE).collect();
            server.with_chance(|chance| {
                for _ in 0..5 {
                    name.push(char::from(*chance.choice(LETTERS).unwrap_or(&b'x')));
                }
            });
            Text::from(name)
        };
        match &mut self.memory {
            Some(memory) => memory.name.get_or_insert_with(generate).clone(),
            None => generate(),
        }
    }

    /// Settles the name of a new object, and whether it was generated.
    fn name(&mut self, body: &mut Node) -> Result<bool, Answer> {
        let given = meta(body, "namespace").to_owned();
        if !given.is_empty() && given != self.target.namespace {
            if self.target.resource.is_namespaced() {
                return Err(status::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the \
                     request",
                ));
            }
            if let Some(metadata) = make::metadata(body) {
                metadata.remove("namespace");
            }
        }
        let base = meta(body, "generateName").to_owned();
        let generates = meta(body, "name").is_empty() && !base.is_empty();
        if generates {
            let name = self.generated_name(&base);
            self.has_generated_name = true;
            if let Some(metadata) = make::metadata(body) {
                metadata.set("name", text(name));
            }
        }
        if self.target.resource.is("", "LimitRange") && meta(body, "name").is_empty() {
            let name = self.new_uid();
            if let Some(metadata) = make::metadata(body) {
                metadata.set("name", text(name));
            }
        }
        self.target.name = meta(body, "name").into();
        Ok(generates)
    }
}
