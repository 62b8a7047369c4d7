//! Where the checkout is, and how its cargo is called.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// The root of the checkout.
///
/// Asked at run time and not compiled in: two checkouts may share one target directory.
pub(crate) fn root() -> Result<PathBuf> {
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .context("CARGO_MANIFEST_DIR is not set; run this as `cargo xtask`")?;
    let mut root = PathBuf::from(xtask);
    root.pop();
    Ok(root)
}

/// The cargo that runs us, in the root, without a terminal's input.
///
/// What `cargo run` told us about our own package is taken out of its environment: build scripts
/// that watch such a variable would otherwise run again on every change between `cargo test` and
/// `cargo xtask ci`.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()?).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if name.to_str().is_some_and(|name| ours.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(&name);
        }
    }
    Ok(command)
}
