//! Kubeconfigs for the programs that we run against a server.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Who the certificate of a kubeconfig is for.
pub(crate) const USER: &str = "certified";
/// The group that it is in.
pub(crate) const GROUP: &str = "system:masters";

/// A way to a server.
pub(crate) struct Way<'a> {
    /// Where it listens, `127.0.0.1:6443`.
    pub(crate) address: &'a str,
    /// The certificates by which it is known.
    pub(crate) authorities: &'a str,
    /// The token of its administrator.
    pub(crate) token: &'a str,
    /// A certificate of a client, and its private key.
    pub(crate) certificate: &'a (String, String),
}

/// Writes a kubeconfig and what it names into a folder. Its current context, `token`, shows the token;
/// `certificate` shows the certificate.
pub(crate) fn write(folder: &Path, way: &Way<'_>) -> Result<PathBuf> {
    let file = |name: &str, text: &str| -> Result<PathBuf> {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    let authorities = file("ca.pem", way.authorities)?;
    let certificate = file("client.pem", &way.certificate.0)?;
    let key = file("client.key", &way.certificate.1)?;
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: token\n\
         clusters:\n- name: suite\n  cluster: {{server: 'https://{}', certificate-authority: '{}'}}\n\
         users:\n- name: admin\n  user: {{token: {}}}\n\
         - name: {USER}\n  user: {{client-certificate: '{}', client-key: '{}'}}\n\
         contexts:\n- name: token\n  context: {{cluster: suite, user: admin}}\n\
         - name: certificate\n  context: {{cluster: suite, user: {USER}}}\n",
        way.address,
        authorities.display(),
        way.token,
        certificate.display(),
        key.display(),
    );
    file("kubeconfig", &config)
}
