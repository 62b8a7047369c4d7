//! A server of tokens for a registry.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertifiedKey, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use testkit::server::serve;

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

    /// What a registry has to know of it.
    pub(crate) fn place(&self) -> Option<(String, String)> {
        Some((self.url.clone(), self.certificate.clone()))
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
