//! A cluster for one transcript, with a folder for what commands need beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::conformance::embedded::Embedded;

pub(super) struct Cluster {
    /// What serves as long as this lives; nothing where somebody else does.
    _embedded: Option<Embedded>,
    folder: PathBuf,
    address: String,
}

impl Cluster {
    /// The cluster of a kubeconfig, and a folder where `program` is called `kubectl`.
    pub(super) fn of(program: &Path, kubeconfig: &Path) -> Result<Cluster> {
        let folder = folder(program)?;
        let config = fs::read_to_string(kubeconfig)
            .with_context(|| format!("cannot read {}", kubeconfig.display()))?;
        let server = config.split_once("server: https://").map_or("", |(_, rest)| rest);
        let address = server.lines().next().unwrap_or_default().trim().to_owned();
        fs::write(folder.join("kubeconfig"), &config).context("cannot write a kubeconfig")?;
        Ok(Cluster { folder, address, _embedded: None })
    }

    /// A fresh cluster that listens, and a folder where `program` is called `kubectl`.
    pub(super) fn start(program: &Path) -> Result<Cluster> {
        let folder = folder(program)?;
        let embedded = Embedded::start(true)?;
        embedded.write_kubeconfig(&folder)?;
        let address = embedded.address().to_owned();
        Ok(Cluster { folder, address, _embedded: Some(embedded) })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What a shell command prints on both of its outputs, and how it ends where that is not well.
    pub(super) fn run(&self, command: &str) -> Result<String> {
        let path = env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("HOME", &self.folder)
            .env("KUBECONFIG", self.folder.join("kubeconfig"))
            .env_remove("KUBECACHEDIR")
            .stdin(process::Stdio::null())
            .output()
            .context("cannot run sh")?;
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            if !printed.is_empty() && !printed.ends_with('\n') {
                printed.push('\n');
            }
            printed.push_str(&format!("({})\n", output.status));
        }
        Ok(printed)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What is left in a temporary folder is not worth a word.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder of its own for each cluster.
fn folder(program: &Path) -> Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("nauarch-kubectl-{}-{number}", process::id()));
    fs::create_dir_all(folder.join("bin"))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    link(program, &folder.join("bin/kubectl"))?;
    Ok(folder)
}

#[cfg(unix)]
fn link(program: &Path, name: &Path) -> Result<()> {
    std::os::unix::fs::symlink(program, name)
        .with_context(|| format!("cannot link {}", name.display()))
}

#[cfg(not(unix))]
fn link(program: &Path, name: &Path) -> Result<()> {
    fs::copy(program, name).with_context(|| format!("cannot copy {}", name.display()))?;
    Ok(())
}
