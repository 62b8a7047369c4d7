//! The parts of a case.

use kustomize::{LoadRestrictor, Options, Reorder};

use super::{one_line, options, without_version};

#[test]
fn flags() {
    assert_eq!(options(&[]).unwrap(), Options::default());
    let all = [
        "--reorder",
        "none",
        "--load-restrictor",
        "LoadRestrictionsNone",
        "--enable-managedby-label",
    ];
    let expected = Options {
        reorder: Reorder::None,
        load_restrictor: LoadRestrictor::None,
        managed_by_label: true,
        ..Options::default()
    };
    assert_eq!(options(&all).unwrap(), expected);
}

#[test]
fn flags_that_nobody_knows() {
    let refused = |flags: &[&str]| options(flags).unwrap_err().to_string();
    assert_eq!(refused(&["--enable-helm"]), "the flag --enable-helm is unknown");
    assert_eq!(refused(&["--reorder"]), "--reorder None is unknown");
}

#[test]
fn the_version_is_not_compared() {
    let of = |version: &str| {
        without_version(&format!("    app.kubernetes.io/managed-by: {version}\n    b: c\n"))
    };
    assert_eq!(of("kustomize-(devel)"), of("kustomize-v5.8.1"));
    assert_ne!(of("kustomize-(devel)"), of("Helm"));
}

#[test]
fn long_texts_are_cut() {
    assert_eq!(one_line("a\n  b\n"), "a b");
    assert_eq!(one_line(&"é".repeat(300)), "é".repeat(240) + "…");
}
