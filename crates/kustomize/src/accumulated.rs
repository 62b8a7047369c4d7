//! What a kustomization comes to: its resources, and what the one that includes it needs to know.

use std::sync::Arc;

use crate::config::Config;
use crate::kustomization::Var;
use crate::resources::Resources;

/// What a kustomization comes to.
#[derive(Clone)]
pub(crate) struct Accumulated {
    /// Its resources, those of its bases included.
    pub(crate) resources: Resources,
    /// Which fields transformers touch, as far as it or a base has said so.
    pub(crate) config: Arc<Config>,
    /// The vars that are put in at the end.
    pub(crate) vars: Vec<Var>,
}

impl Accumulated {
    /// Nothing yet.
    pub(crate) fn new() -> Accumulated {
        Accumulated { resources: Resources::new(), config: Config::empty(), vars: Vec::new() }
    }
}
