//! OpenSSH's server on loopback, with a key of its own and one that it lets in.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::Scratch;

const SSHD: &str = "/usr/sbin/sshd";

/// A running server; it ends with this value.
pub(crate) struct Sshd {
    child: Child,
    port: u16,
    scratch: Scratch,
}

impl Sshd {
    /// `None` where it is not installed, or may not run here.
    pub(crate) fn start() -> Option<Sshd> {
        if !fs::exists(SSHD).ok()? {
            eprintln!("left out: {SSHD} is not installed");
            return None;
        }
        let scratch = Scratch::new("");
        keygen(&scratch, &["-t", "ed25519", "-N", "", "-f", "host"]);
        keygen(&scratch, &["-t", "ed25519", "-N", "", "-f", "client"]);
        keygen(&scratch, &["-t", "rsa", "-b", "2048", "-N", "", "-f", "client-rsa"]);
        keygen(&scratch, &["-t", "ed25519", "-N", "", "-f", "stranger"]);
        keygen(&scratch, &["-t", "ed25519", "-N", "canary-5", "-f", "locked"]);
        let public = |name: &str| fs::read_to_string(scratch.at(&format!("{name}.pub"))).unwrap();
        scratch.write(
            "authorized",
            &[public("client"), public("client-rsa"), public("locked")].concat(),
        );
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| scratch.at(name).display().to_string();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nAcceptEnv GIT_PROTOCOL\nPermitRootLogin yes\n",
            at("host"),
            at("authorized"),
        );
        scratch.write("config", &config);
        // A server of root's separates its rights there.
        let _ = fs::create_dir_all("/run/sshd");
        let mut child = Command::new(SSHD)
            .args(["-D", "-e", "-f", &at("config")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Server listening") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "sshd does not start");
        }
        // It goes on writing to somebody.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Some(Sshd { child, port, scratch })
    }

    /// The URL of a path on this machine.
    pub(crate) fn url(&self, path: &std::path::Path) -> String {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        format!("ssh://{}@127.0.0.1:{}{}", user.trim(), self.port, path.display())
    }

    /// A private key: `client`, `client-rsa`, `stranger`, or `locked` with `canary-5`.
    pub(crate) fn key(&self, name: &str) -> Vec<u8> {
        fs::read(self.scratch.at(name)).unwrap()
    }

    /// The line of `known_hosts` for a public key of this server's: `host` is the right one.
    pub(crate) fn known_hosts(&self, name: &str) -> String {
        let key = fs::read_to_string(self.scratch.at(&format!("{name}.pub"))).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(scratch: &Scratch, arguments: &[&str]) {
    let mut command = Command::new("ssh-keygen");
    let status = command.arg("-q").args(arguments).current_dir(&scratch.path).status().unwrap();
    assert!(status.success());
}
