//! Graphs of crates.

use super::{declared, levels, pure_dependencies};
use crate::tidy::tests::check;

#[test]
fn edges_go_down() {
    check(levels, "low 0 pure: serde\nhigh 2 pure: low, fixtures (dev)\nfixtures 1 pure: low", "");
}

#[test]
fn edges_that_do_not() {
    check(
        levels,
        "low 0 pure: high\npeer 1 pure: other (dev)\nother 1 pure\nhigh 2 pure",
        "
crates/low/Cargo.toml: low (level 0) depends on high (level 2): an edge goes strictly down; move what is needed down, or hand it in as a value [layers]
crates/peer/Cargo.toml: peer (level 1) dev-depends on other (level 1): an edge goes strictly down; move what is needed down, or hand it in as a value [layers]
",
    );
}

#[test]
fn a_crate_says_where_it_stands() {
    check(declared, "low 0 pure", "");
    check(
        declared,
        "low - pure\nhigh 1 -",
        "
crates/low/Cargo.toml: say `level = N` and `pure = true|false` under [package.metadata.layer] [layer-declared]
crates/high/Cargo.toml: say `level = N` and `pure = true|false` under [package.metadata.layer] [layer-declared]
",
    );
}

#[test]
fn a_pure_crate_keeps_runtimes_to_its_tests() {
    check(
        pure_dependencies,
        "engine 1 pure: low, tokio (dev), serde\nlow 0 pure\nshell 2 impure: engine, tokio",
        "",
    );
}

#[test]
fn a_pure_crate_above_a_runtime() {
    check(
        pure_dependencies,
        "engine 1 pure: low, shell\nlow 0 pure: wire\nwire foreign: hyper, serde, tls (dev)\n\
         tls foreign: rustls\nshell 0 impure: tokio",
        "
crates/engine/Cargo.toml: engine -> shell: a pure crate reaches what is not pure; return what is needed, and let a shell fetch it [pure-dependencies]
crates/engine/Cargo.toml: engine -> low -> wire -> hyper: a pure crate reaches what is not pure; return what is needed, and let a shell fetch it [pure-dependencies]
crates/low/Cargo.toml: low -> wire -> hyper: a pure crate reaches what is not pure; return what is needed, and let a shell fetch it [pure-dependencies]
",
    );
}
