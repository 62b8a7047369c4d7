//! The surface that others hold us to: exit codes, and the kinds of other projects that a fleet's
//! repository is made of, each as one table and one typed view.
//!
//! **Invariants.** A view never fails: it gives what can be read, and a [`Diagnostic`] with file and
//! line for everything that the kind's own validation would refuse, so that one mistake does not hide
//! the others. Every value that a message may want to point at keeps its [`Origin`]. A field that
//! cannot be known ([`manifest::Value::Unknown`]) is reported apart, it is no mistake.
//!
//! **Not here.** What the fields do: `render` builds Kustomizations, `source` fetches, `fleet` places.
//! Kinds of Kubernetes' own are plain objects (`schema`).
//!
//! [`Diagnostic`]: manifest::Diagnostic
//! [`Origin`]: manifest::Origin

mod crds;
mod duration;
mod exit;
mod federated;
mod kustomization;
mod read;
mod source;
mod table;

pub use crds::crds;
pub use duration::parse_duration;
pub use exit::ExitCode;
pub use federated::{Federated, is_federated};
pub use kustomization::{
    Decryption, DeletionPolicy, Dependency, FluxKustomization, HealthCheck, KubeConfig, PostBuild,
    SubstituteFrom,
};
pub use read::{At, Read, Unknown};
pub use source::{
    Bucket, GitReference, GitRepository, OciReference, OciRepository, Source, SourceKind, SourceRef,
};
