//! What tests are written with: several files in one string, a folder as such files, comparisons
//! that show the lines that differ, golden files that rewrite themselves on demand, servers on loopback.
//!
//! **Invariants.** Only tests depend on it, in any crate above level 0: it knows nothing of ours and
//! deals in plain text. What is wrong with a test (a fixture without a header, a folder that is not
//! there) panics with the place in the test.
//!
//! **Not here.** Trees and objects made of the files (`manifest`), clusters (`apiserver`).

mod difference;
mod fixture;
mod golden;
pub mod registry;
pub mod server;

pub use difference::{check_eq, difference};
pub use fixture::{fixture, folder};
pub use golden::golden;
