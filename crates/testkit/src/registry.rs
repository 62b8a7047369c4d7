//! Debian's `docker-registry` on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot have its server is over, or left out aloud"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const PROGRAM: &str = "docker-registry";

/// A running registry; it ends with this value, and what it holds goes away.
pub struct DockerRegistry {
    child: Child,
    /// Host and port.
    pub host: String,
    folder: PathBuf,
}

/// What a registry wants of who asks.
#[derive(Default)]
pub struct Wants {
    /// `me` with `canary-7`.
    pub password: bool,
    /// A token: the URL of the server that gives it, and the certificate that it is signed with, PEM.
    pub token: Option<(String, String)>,
    /// TLS with this certificate and key, PEM.
    pub tls: Option<(String, String)>,
    /// A certificate by this authority, PEM.
    pub client: Option<String>,
}

impl DockerRegistry {
    /// `None`, and a word on stderr, where it is not installed.
    pub fn start(wants: &Wants) -> Option<DockerRegistry> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("nauarch-registry-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.yml"), configuration(&folder, wants)).unwrap();
        let started = Command::new(PROGRAM)
            .arg("serve")
            .arg(folder.join("config.yml"))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            eprintln!("left out: {PROGRAM} is not installed");
            return None;
        };
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "{PROGRAM} does not start");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(['"', ',']).next().unwrap().to_owned();
            }
        };
        // It goes on writing to somebody.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Some(DockerRegistry { child, host, folder })
    }

    /// The URL of a repository.
    pub fn url(&self, repository: &str) -> String {
        format!("oci://{}/{repository}", self.host)
    }

    /// A folder that goes away with the registry.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Its configuration, with the files that are named in it.
fn configuration(folder: &Path, wants: &Wants) -> String {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let data = folder.join("data").display().to_string();
    let mut config = format!(
        "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: {data}}}}}\n\
         http:\n  addr: 127.0.0.1:0\n  secret: x\n",
    );
    if let Some((certificate, key)) = &wants.tls {
        let (certificate, key) = (put("tls.crt", certificate), put("tls.key", key));
        config += &format!("  tls:\n    certificate: {certificate}\n    key: {key}\n");
        if let Some(authority) = &wants.client {
            config += &format!("    clientcas: [{}]\n", put("client.crt", authority));
        }
    }
    if wants.password {
        // `canary-7`, by bcrypt.
        let line = "me:$2y$05$abcdefghijklmnopqrstuuvCEk3t32aX67PS.U2HqDqDZoasZv/mC\n";
        config += &format!("auth: {{htpasswd: {{realm: x, path: {}}}}}\n", put("htpasswd", line));
    }
    if let Some((url, certificate)) = &wants.token {
        let certificate = put("tokens.crt", certificate);
        config += &format!(
            "auth: {{token: {{realm: \"{url}/token\", service: here, issuer: us, rootcertbundle: {certificate}}}}}\n"
        );
    }
    config
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It may have ended by itself, and what is left in a temporary folder is not worth a word.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
