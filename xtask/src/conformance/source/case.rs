//! A case: repositories by their names, each as commits, and GitRepositories that want something of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// When the first commit was made; each later one a minute after the one before.
const FIRST: u64 = 1_700_000_000;

#[derive(Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    /// In the order in which they are made: one can be a submodule of those after it.
    repositories: Vec<Repository>,
    pub(super) objects: Vec<Asked>,
}

#[derive(Serialize, Deserialize)]
struct Repository {
    name: String,
    commits: Vec<Commit>,
}

/// A commit: what is in it besides what was in the one before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    /// The branch that it is on, made where it is not there.
    #[serde(default = "main")]
    branch: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    executable: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    links: BTreeMap<String, String>,
    /// Other repositories by the paths where they go.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    submodules: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    annotated: Vec<String>,
}

/// A GitRepository of the case.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) name: String,
    /// Of which repository.
    pub(super) repository: String,
    /// What its `spec` has besides the address.
    #[serde(default)]
    pub(super) spec: Value,
    /// `revision`, `digest` and `size` of the artifact, or `null` where there is none.
    #[serde(default)]
    pub(super) expect: Value,
}

fn main() -> String {
    "main".to_owned()
}

impl Case {
    pub(super) fn read(path: &Path) -> Result<Case> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no case", path.display()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The object of a name.
    pub(super) fn object(&self, name: &str) -> Option<&Asked> {
        self.objects.iter().find(|asked| asked.name == name)
    }

    /// Makes the repositories below a folder.
    pub(super) fn make(&self, folder: &Path) -> Result<()> {
        for repository in &self.repositories {
            let at = folder.join(&repository.name);
            fs::create_dir_all(&at).with_context(|| format!("cannot make {}", at.display()))?;
            git(&at, 0, &["init", "-q", "-b", "main"])?;
            for (number, commit) in (0..).zip(&repository.commits) {
                commit.make(&at, number).with_context(|| repository.name.clone())?;
            }
        }
        Ok(())
    }
}

impl Commit {
    fn make(&self, at: &Path, number: u64) -> Result<()> {
        if git(at, number, &["checkout", "-q", &self.branch]).is_err() {
            git(at, number, &["checkout", "-q", "-b", &self.branch])?;
        }
        let write = |path: &str, text: &str| -> Result<()> {
            let file = at.join(path);
            fs::create_dir_all(file.parent().unwrap_or(at))?;
            fs::write(&file, text).with_context(|| format!("cannot write {path}"))
        };
        for (path, text) in &self.files {
            write(path, text)?;
        }
        git(at, number, &["add", "-A", "-f"])?;
        for path in &self.executable {
            git(at, number, &["update-index", "--chmod=+x", path])?;
        }
        for (path, target) in &self.links {
            let id = hashed(at, target)?;
            let entry = format!("120000,{id},{path}");
            git(at, number, &["update-index", "--add", "--cacheinfo", &entry])?;
        }
        let mut modules = String::new();
        for (path, name) in &self.submodules {
            let head = git(&at.with_file_name(name), number, &["rev-parse", "HEAD"])?;
            let entry = format!("160000,{},{path}", head.trim());
            git(at, number, &["update-index", "--add", "--cacheinfo", &entry])?;
            // An address of this run would give the commit another name in each: it is seen from the repository.
            modules.push_str(&format!(
                "[submodule \"{path}\"]\n\tpath = {path}\n\turl = ../../{name}/.git\n"
            ));
        }
        if !modules.is_empty() {
            write(".gitmodules", &modules)?;
            git(at, number, &["add", ".gitmodules"])?;
        }
        git(at, number, &["commit", "-q", "--allow-empty", "-m", "next"])?;
        // What is in the index alone is not on the disk.
        git(at, number, &["reset", "-q", "--hard"])?;
        for tag in &self.tags {
            git(at, number, &["tag", tag])?;
        }
        for tag in &self.annotated {
            git(at, number, &["tag", "-a", "-m", tag, tag])?;
        }
        Ok(())
    }
}

/// Writes a blob; its name.
fn hashed(at: &Path, text: &str) -> Result<String> {
    let file = at.join(".git/blob");
    fs::write(&file, text)?;
    Ok(git(at, 0, &["hash-object", "-w", "--no-filters", ".git/blob"])?.trim().to_owned())
}

/// Runs git as somebody at some time, whatever this machine says.
fn git(at: &Path, number: u64, arguments: &[&str]) -> Result<String> {
    let date = format!("@{} +0000", FIRST + 60 * number);
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(arguments)
        .current_dir(at)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("`git {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
