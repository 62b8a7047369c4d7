//! Debian's `docker-registry` on loopback, and a server of tokens for it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertifiedKey, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use testkit::server::serve;

use crate::tests::Scratch;

const PROGRAM: &str = "docker-registry";

/// A running registry; it ends with this value.
pub(crate) struct DockerRegistry {
    child: Child,
    /// Host and port.
    pub(crate) host: String,
    scratch: Scratch,
}

/// What a registry wants of who asks.
#[derive(Default)]
pub(crate) struct Wants {
    /// `me` with `canary-7`.
    pub(crate) password: bool,
    /// A token of this server.
    pub(crate) token: Option<Tokens>,
    /// TLS with this certificate and key, PEM.
    pub(crate) tls: Option<(String, String)>,
    /// A certificate by this authority, PEM.
    pub(crate) client: Option<String>,
}

impl DockerRegistry {
    /// `None` where it is not installed.
    pub(crate) fn start(wants: &Wants) -> Option<DockerRegistry> {
        let scratch = Scratch::new("");
        let at = |name: &str| scratch.at(name).display().to_string();
        let mut config = format!(
            "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http:\n  addr: 127.0.0.1:0\n  secret: x\n",
            at("data")
        );
        if let Some((certificate, key)) = &wants.tls {
            scratch.write("tls.crt", certificate);
            scratch.write("tls.key", key);
            let (certificate, key) = (at("tls.crt"), at("tls.key"));
            config += &format!("  tls:\n    certificate: {certificate}\n    key: {key}\n");
            if let Some(authority) = &wants.client {
                scratch.write("client.crt", authority);
                config += &format!("    clientcas: [{}]\n", at("client.crt"));
            }
        }
        if wants.password {
            // `canary-7`, by bcrypt.
            let line = "me:$2y$05$abcdefghijklmnopqrstuuvCEk3t32aX67PS.U2HqDqDZoasZv/mC\n";
            scratch.write("htpasswd", line);
            config += &format!("auth: {{htpasswd: {{realm: x, path: {}}}}}\n", at("htpasswd"));
        }
        if let Some(tokens) = &wants.token {
            scratch.write("tokens.crt", &tokens.certificate);
            config += &format!(
                "auth: {{token: {{realm: \"{}/token\", service: here, issuer: us, \
                 rootcertbundle: {}}}}}\n",
                tokens.url,
                at("tokens.crt")
            );
        }
        scratch.write("config.yml", &config);
        let started = Command::new(PROGRAM)
            .args(["serve", &at("config.yml")])
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
            assert!(lines.read_line(&mut line).unwrap() > 0, "{PROGRAM} does not start: {config}");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(['"', ',']).next().unwrap().to_owned();
            }
        };
        // It goes on writing to somebody.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Some(DockerRegistry { child, host, scratch })
    }

    /// The URL of a repository.
    pub(crate) fn url(&self, repository: &str) -> String {
        format!("oci://{}/{repository}", self.host)
    }

    /// A folder that goes away with the registry.
    pub(crate) fn folder(&self, name: &str) -> std::path::PathBuf {
        self.scratch.at(name)
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of tokens.
pub(crate) struct Tokens {
    url: String,
    certificate: String,
    /// What it was asked: method, query and who asks, or what was posted.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Tokens {
    /// Gives who asks as `authorization` says a token for what is asked for, and nobody else. With `refresh`
    /// it gives one for the refresh token `canary-9` as well.
    pub(crate) fn start(authorization: Option<&'static str>, refresh: bool) -> Tokens {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["tokens".to_owned()]).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let certificate = cert.pem();
        let url = serve(move |request| {
            let query = request.url.split_once('?').map_or("", |(_, query)| query);
            let who = request.headers.get("authorization").cloned();
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let line = format!("{} {query}{body} {}", request.method, who.as_deref().unwrap_or(""));
            log.lock().unwrap().push(line.trim_end().to_owned());
            let fields = if request.method == "POST" { body.as_str() } else { query };
            let is_known = match request.method.as_str() {
                "POST" if !refresh => return ("404 Not Found".to_owned(), Vec::new()),
                "POST" => fields.contains("refresh_token=canary-9"),
                _ => authorization.is_none_or(|wanted| who.as_deref() == Some(wanted)),
            };
            match is_known {
                true => {
                    let token = token(fields, &signing_key, cert.der());
                    ("200 OK".to_owned(), format!("{{\"token\": \"{token}\"}}").into_bytes())
                }
                false => {
                    let body =
                        "{\"errors\": [{\"code\": \"UNAUTHORIZED\", \"message\": \"canary\"}]}";
                    ("401 Unauthorized".to_owned(), body.as_bytes().to_vec())
                }
            }
        });
        Tokens { url, certificate, asked }
    }
}

/// A token for the first scope of a query, good for a very long time.
fn token(fields: &str, key: &KeyPair, certificate: &[u8]) -> String {
    let field = |name: &str| {
        let mut pairs = fields.split('&').filter_map(|field| field.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.replace("%3A", ":"))
    };
    let scope = field("scope").unwrap().replace("%2F", "/").replace("%2C", ",");
    let scope = scope.split("%20").next().unwrap().to_owned();
    let parts: Vec<_> = scope.splitn(3, ':').collect();
    let [kind, name, actions] = parts[..] else { panic!("{scope}") };
    let actions = actions.replace(',', "\",\"");
    let head =
        format!(r#"{{"typ":"JWT","alg":"ES256","x5c":["{}"]}}"#, STANDARD.encode(certificate));
    let claims = format!(
        r#"{{"iss":"us","sub":"me","aud":"here","exp":9999999999,"nbf":0,"iat":0,"jti":"1",
        "access":[{{"type":"{kind}","name":"{name}","actions":["{actions}"]}}]}}"#
    );
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
    let random = SystemRandom::new();
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random)
            .unwrap();
    let signature = key.sign(&random, signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
