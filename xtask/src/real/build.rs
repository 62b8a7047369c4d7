//! Programs built from Go modules, each by a module of a few lines that requires one release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// How to build a program.
pub(super) struct Recipe {
    pub(super) name: &'static str,
    /// The release, which the module requires too.
    version: &'static str,
    module: &'static str,
    main: &'static str,
    /// The package that is built: the module's own, or one that it requires.
    package: &'static str,
    /// Whether the program is one of Kubernetes, which are told their release when they are linked.
    is_told: bool,
}

/// The package of the module itself.
const OWN: &str = ".";

pub(super) const KUBECTL: Recipe = Recipe {
    name: "kubectl",
    version: "v1.36.3",
    module: include_str!("kubectl/go.mod"),
    main: include_str!("kubectl/main.go"),
    package: OWN,
    is_told: true,
};

pub(super) const KUBE_APISERVER: Recipe = Recipe {
    name: "kube-apiserver",
    version: "v1.36.3",
    module: include_str!("kube-apiserver/go.mod"),
    main: include_str!("kube-apiserver/main.go"),
    package: OWN,
    is_told: true,
};

pub(super) const ETCD: Recipe = Recipe {
    name: "etcd",
    version: "v3.6.16",
    module: include_str!("etcd/go.mod"),
    main: include_str!("etcd/main.go"),
    package: OWN,
    is_told: false,
};

/// Its module cannot be made tidy, as tests of what it requires are not to be had; it is built as it stands.
pub(super) const SOURCE_CONTROLLER: Recipe = Recipe {
    name: "source-controller",
    version: "v1.9.6",
    module: include_str!("source-controller/go.mod"),
    main: include_str!("source-controller/main.go"),
    package: "github.com/fluxcd/source-controller",
    is_told: false,
};

/// What the name of a program ends in until it is finished.
pub(super) const UNFINISHED: &str = ".unfinished";

/// Where the program is; built there if it is not yet.
pub(super) fn build(recipe: &Recipe, cache: &Path) -> Result<PathBuf> {
    let name = format!("{}-{}", recipe.name, recipe.version);
    let path = cache.join(&name);
    if path.is_file() {
        return Ok(path);
    }
    let folder = cache.join("build").join(recipe.name);
    let write = |file: &str, text: &str| -> Result<()> {
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(file), text))
            .with_context(|| format!("cannot write {}", folder.join(file).display()))
    };
    write("go.mod", recipe.module)?;
    write("main.go", recipe.main)?;
    eprintln!("building {name}; this takes a while");
    if recipe.package == OWN {
        go(&folder, &["mod", "tidy"])?;
    }
    let unfinished = cache.join(format!("{name}{UNFINISHED}"));
    let target = unfinished.to_string_lossy().into_owned();
    go(&folder, &["build", "-ldflags", &flags(recipe), "-mod=mod", "-o", &target, recipe.package])?;
    fs::rename(&unfinished, &path)
        .with_context(|| format!("cannot rename {}", unfinished.display()))?;
    Ok(path)
}

/// What the linker is told: nothing for a debugger, and for those who ask it, the release.
fn flags(recipe: &Recipe) -> String {
    let mut flags = "-s -w".to_owned();
    if recipe.is_told {
        let mut numbers = recipe.version.trim_start_matches('v').split('.');
        let (major, minor) = (numbers.next(), numbers.next());
        let told = [("gitVersion", Some(recipe.version)), ("gitMajor", major), ("gitMinor", minor)];
        for (name, value) in told {
            let value = value.unwrap_or_default();
            flags.push_str(&format!(" -X k8s.io/component-base/version.{name}={value}"));
        }
    }
    flags
}

fn go(folder: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new("go")
        .args(arguments)
        .current_dir(folder)
        .env("GO111MODULE", "on")
        .env("GOWORK", "off")
        .status()
        .context("cannot run go; it has to be on the PATH")?;
    if !status.success() {
        bail!("`go {}` failed in {}: {status}", arguments.join(" "), folder.display());
    }
    Ok(())
}
