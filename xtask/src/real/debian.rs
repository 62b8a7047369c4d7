//! Debian's kubectl, out of its package: the oldest one that people have. Nothing is installed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

const PACKAGE: &str = "kubernetes-client";

/// Where it is; taken from the package if it is not there yet.
pub(super) fn kubectl(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join("build").join("debian");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let package = match package(&folder) {
        Some(package) => package,
        None => {
            run(&folder, "apt-get", &["download", PACKAGE])?;
            package(&folder).context("apt-get has downloaded no package")?
        }
    };
    let package = package.to_string_lossy().into_owned();
    let version = run(&folder, "dpkg-deb", &["-f", &package, "Version"])?;
    let path = cache.join(format!("kubectl-debian-{}", version.trim()));
    if path.is_file() {
        return Ok(path);
    }
    run(&folder, "dpkg-deb", &["-x", &package, "tree"])?;
    let binary = folder.join("tree/usr/bin/kubectl");
    fs::rename(&binary, &path).with_context(|| format!("cannot take {}", binary.display()))?;
    Ok(path)
}

fn package(folder: &Path) -> Option<PathBuf> {
    let entries =
        fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut packages: Vec<PathBuf> =
        entries.filter(|path| path.extension() == Some(OsStr::new("deb"))).collect();
    packages.sort();
    packages.pop()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{program} {}` failed: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
