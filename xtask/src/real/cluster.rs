//! A kube-apiserver with an etcd of its own, on loopback.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use apiserver::pki;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use super::{Program, cached};
use crate::https::Https;
use crate::kubeconfig::{self, Way};

/// The bearer token of the administrator, who is in `system:masters`.
pub(crate) const TOKEN: &str = "token-of-the-administrator";
/// The certificate of the authority that clients' certificates are from.
const CLIENTS: &str = "clients.pem";
/// How long the server may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// A running API server; it ends with this value.
pub(crate) struct Cluster {
    folder: PathBuf,
    address: String,
    /// Who gives certificates to clients.
    authority: pki::Authority,
    etcd: Child,
    /// Nothing until etcd is there.
    apiserver: Option<Child>,
}

impl Cluster {
    /// Starts one of the programs in the cache and waits until it is ready.
    ///
    /// # Errors
    /// A program is not in the cache, or does not come up; its log is then kept and named.
    pub(crate) async fn start() -> Result<Cluster> {
        let (etcd, apiserver) = (program(Program::Etcd)?, program(Program::KubeApiserver)?);
        let folder = folder()?;
        let ports = Ports::free()?;
        let client = format!("http://127.0.0.1:{}", ports.etcd);
        let authority = pki::Authority::new("clients", jiff::Timestamp::now())?;
        fs::write(folder.join(CLIENTS), authority.ca_pem())
            .context("cannot write a certificate")?;
        let mut cluster = Cluster {
            etcd: start_etcd(&etcd, &folder, &client, ports.peer)?,
            apiserver: None,
            address: format!("127.0.0.1:{}", ports.apiserver),
            authority,
            folder,
        };
        let started = start_apiserver(&apiserver, &cluster.folder, &client, ports.apiserver)?;
        cluster.apiserver = Some(started);
        cluster.wait().await?;
        Ok(cluster)
    }

    /// A client for it.
    pub(crate) fn https(&self) -> Result<Https> {
        Https::new(&self.address, &self.authorities()?)
    }

    /// Its certificate and its authority's.
    pub(crate) fn authorities(&self) -> Result<String> {
        let path = self.folder.join("certs/apiserver.crt");
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Writes a kubeconfig of it, which goes with it.
    pub(crate) fn write_kubeconfig(&self) -> Result<PathBuf> {
        let certificate =
            self.authority.client_certificate(kubeconfig::USER, Some(kubeconfig::GROUP))?;
        let way = Way {
            address: &self.address,
            authorities: &self.authorities()?,
            token: TOKEN,
            certificate: &certificate,
        };
        kubeconfig::write(&self.folder, &way)
    }

    async fn wait(&mut self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.is_ready().await {
            let ended = match &mut self.apiserver {
                Some(child) => child.try_wait()?,
                None => None,
            };
            if let Some(status) = ended {
                bail!("kube-apiserver ended ({status}): {}", self.end_of_log());
            }
            if Instant::now() > until {
                bail!("kube-apiserver is not ready: {}", self.end_of_log());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn is_ready(&self) -> bool {
        let Ok(https) = self.https() else { return false };
        let request = Request::get("/readyz").header("authorization", format!("Bearer {TOKEN}"));
        let Ok(request) = request.body(Full::<Bytes>::default()) else { return false };
        https.send(request).await.is_ok_and(|response| response.status().is_success())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("kube-apiserver.log")).unwrap_or_default();
        log.lines().rev().take(3).collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.apiserver.iter_mut().chain([&mut self.etcd]) {
            // Who has ended already cannot be ended.
            let _ = child.kill();
            let _ = child.wait();
        }
        // What is left in a temporary folder is not worth a word.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct Ports {
    etcd: u16,
    peer: u16,
    apiserver: u16,
}

impl Ports {
    /// Three that nobody has at this moment.
    fn free() -> Result<Ports> {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0"));
        let [etcd, peer, apiserver] = listeners.map(|listener| {
            listener.and_then(|listener| listener.local_addr()).map(|address| address.port())
        });
        Ok(Ports { etcd: etcd?, peer: peer?, apiserver: apiserver? })
    }
}

fn program(program: Program) -> Result<PathBuf> {
    let name = program.name();
    let found = cached(program)?.pop();
    found.with_context(|| format!("no {name} in the cache: run `cargo xtask real {name}`"))
}

/// A folder of its own for each cluster.
fn folder() -> Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("nauarch-real-{}-{number}", process::id()));
    fs::create_dir_all(folder.join("certs"))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn start_etcd(program: &Path, folder: &Path, client: &str, peer: u16) -> Result<Child> {
    let peer = format!("http://127.0.0.1:{peer}");
    let arguments = [
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        "--log-level=warn".to_owned(),
    ];
    spawn(program, &arguments, &folder.join("etcd.log"))
}

fn start_apiserver(program: &Path, folder: &Path, etcd: &str, port: u16) -> Result<Child> {
    let file = |name: &str, text: &str| -> Result<String> {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path.display().to_string())
    };
    let tokens = file("tokens.csv", &format!("{TOKEN},admin,admin,\"system:masters\"\n"))?;
    let key = rcgen::KeyPair::generate().context("no key")?;
    let (public, private) =
        (file("sa.pub", &key.public_key_pem())?, file("sa.key", &key.serialize_pem())?);
    let arguments = [
        format!("--etcd-servers={etcd}"),
        format!("--cert-dir={}", folder.join("certs").display()),
        format!("--secure-port={port}"),
        format!("--token-auth-file={tokens}"),
        format!("--client-ca-file={}", folder.join(CLIENTS).display()),
        format!("--service-account-key-file={public}"),
        format!("--service-account-signing-key-file={private}"),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--allow-privileged".to_owned(),
        // Without a controller manager nobody makes the ServiceAccount that this plug-in waits for.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
    ];
    spawn(program, &arguments, &folder.join("kube-apiserver.log"))
}

/// `log_path` is named after the program.
fn spawn(program: &Path, arguments: &[String], log_path: &Path) -> Result<Child> {
    let log =
        File::create(log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
    let mut command = Command::new(program);
    // Its own name is a field manager; that in the cache has a version.
    #[cfg(unix)]
    if let Some(name) = log_path.file_stem() {
        std::os::unix::process::CommandExt::arg0(&mut command, name);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))
}
