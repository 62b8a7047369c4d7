//! The workshop: what `cargo xtask NAME` runs.

fn main() {}
