//! A request and its answer, without HTTP.

use manifest::{Node, Text};

use crate::access::User;

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Verb {
    /// Read one object.
    #[default]
    Get,
    /// Read a collection.
    List,
    /// Create an object, or ask a question by creating it.
    Create,
    /// Replace an object.
    Update,
    /// Change an object.
    Patch(PatchType),
    /// Delete an object.
    Delete,
    /// Delete a collection.
    DeleteCollection,
}

/// How a patch is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchType {
    /// RFC 6902: a list of operations.
    Json,
    /// RFC 7386: `null` deletes, lists are replaced.
    Merge,
    /// Kubernetes' own: lists merge by their keys.
    Strategic,
    /// Server-side apply.
    Apply,
}

/// One request. What is left empty is not said.
#[derive(Clone, Default, Debug)]
pub struct Call {
    /// What to do.
    pub verb: Verb,
    /// The endpoint's group and version, e.g. `apps/v1`.
    pub api_version: Text,
    /// The endpoint's resource, e.g. `deployments`.
    pub plural: Text,
    /// The namespace; empty for all, and for cluster-scoped resources.
    pub namespace: Text,
    /// The name; empty for a collection.
    pub name: Text,
    /// The subresource, e.g. `status`.
    pub subresource: Text,
    /// The parameters, decoded: `("fieldManager", "kubectl")`.
    pub query: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Node>,
    /// The program that asks, as in the header `User-Agent`; its part before the first `/` is the
    /// field manager where the parameters name none.
    pub user_agent: String,
    /// Who asks. That they may is known already, but for what only the object says: whether they give
    /// rights away, or create by an update.
    pub user: User,
}

/// What a request got.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The HTTP status code.
    pub code: u16,
    /// The object, the list, or the `Status` that says why not.
    pub body: Node,
    /// What the header `Warning` says, a text each.
    pub warnings: Vec<String>,
}

impl Answer {
    pub(crate) fn new(code: u16, body: Node) -> Answer {
        Answer { code, body, warnings: Vec::new() }
    }

    /// No answer yet: the request has to be tried again once webhooks have been asked.
    pub(crate) fn unfinished() -> Answer {
        Answer::new(0, Node::default())
    }

    pub(crate) fn is_unfinished(&self) -> bool {
        self.code == 0
    }

    /// Whether the request did what it was to do.
    pub fn is_success(&self) -> bool {
        self.code < 300
    }

    /// The message of a `Status`; empty otherwise.
    pub fn message(&self) -> &str {
        self.body.str_at(&["message"]).unwrap_or_default()
    }
}
