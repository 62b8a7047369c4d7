//! The way to a webhook: one POST over TLS.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How large an answer may be.
const LIMIT: usize = 8 * 1024 * 1024;
/// How much is told of what is said beside a failure, in characters.
const SHOWN: usize = 2048;

/// Why there is no answer, as Go's client says it.
pub(super) enum Unanswered {
    /// The webhook could not be reached, or broke off.
    Broken(String),
    /// It answered with a status that is no success: what is made of that.
    Refused(String),
}

impl From<String> for Unanswered {
    fn from(why: String) -> Unanswered {
        Unanswered::Broken(why)
    }
}

/// Sends a body to a URL and gives back the answer. The server there shows a certificate of `authority`
/// (PEM in base64), or of one that the machine trusts.
///
/// # Errors
/// There is no answer.
pub(super) async fn post(
    url: &str,
    authority: Option<&str>,
    body: String,
) -> Result<Bytes, Unanswered> {
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    if uri.scheme_str() != Some("https") {
        return Err("the URL of a webhook has to begin with https://".to_owned().into());
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(443);
    let config = Arc::new(config(authority)?);
    let stream = TcpStream::connect((host.as_str(), port))
        .await
        .map_err(|error| format!("dial tcp {host}:{port}: connect: {}", reason(&error)))?;
    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
    let stream =
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| tls(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let request = Request::post(path)
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, */*")
        .header(header::USER_AGENT, "kube-apiserver-admission")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let work = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (status, is_text) = (response.status(), is_text(response.headers()));
        let body = Limited::new(response.into_body(), LIMIT).collect().await;
        let bytes = body.map_err(|error| error.to_string())?.to_bytes();
        if status.is_success() {
            return Ok(bytes);
        }
        let said = if is_text { String::from_utf8_lossy(&bytes) } else { "unknown".into() };
        Err(Unanswered::Refused(unexpected(status, said.trim())))
    };
    // The connection is done with when the answer is there.
    tokio::select! {
        answer = work => answer,
        ended = connection => {
            Err(ended.err().map_or("EOF".to_owned(), |error| error.to_string()).into())
        }
    }
}

fn config(authority: Option<&str>) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    match authority {
        Some(authority) => {
            let pem = STANDARD.decode(authority).map_err(|error| error.to_string())?;
            let certificates = CertificateDer::pem_slice_iter(&pem).flatten();
            roots.add_parsable_certificates(certificates);
            if roots.is_empty() {
                let why = "unable to load root certificates: unable to parse bytes as PEM block";
                return Err(why.to_owned());
            }
        }
        None => {
            let certificates = rustls_native_certs::load_native_certs().certs;
            roots.add_parsable_certificates(certificates);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ => error.to_string(),
    }
}

fn tls(error: &std::io::Error) -> String {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
    let failed = "tls: failed to verify certificate: x509";
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(UnknownIssuer)) => {
            format!("{failed}: certificate signed by unknown authority")
        }
        Some(rustls::Error::InvalidCertificate(
            why @ (NotValidForName | NotValidForNameContext { .. }),
        )) => format!("{failed}: {why}"),
        Some(other) => format!("tls: {other}"),
        None => error.to_string(),
    }
}

/// Whether what is said beside a failure is for people (client-go's `isTextResponse`).
fn is_text(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/")))
}

/// What client-go makes of a status that is no success (apimachinery's `NewGenericServerResponse`).
fn unexpected(status: StatusCode, said: &str) -> String {
    let said: String = said.chars().take(SHOWN).collect();
    match status.as_u16() {
        400 => "the server rejected our request for an unknown reason".to_owned(),
        401 => "the server has asked for the client to provide credentials".to_owned(),
        404 => "the server could not find the requested resource".to_owned(),
        405 => "the server does not allow this method on the requested resource".to_owned(),
        403 | 415 => said,
        406 if matches!(said.as_str(), "" | "unknown") => {
            "the server was unable to respond with a content type that the client supports"
                .to_owned()
        }
        406 => said,
        409 => "the server reported a conflict".to_owned(),
        422 => "the server rejected our request due to an error in our request".to_owned(),
        429 => {
            let word =
                "the server has received too many requests and has asked us to try again later";
            word.to_owned()
        }
        503 => "the server is currently unable to handle the request".to_owned(),
        504 => {
            let word = "the server was unable to return a response in the time allotted, but may still \
                        be processing the request";
            word.to_owned()
        }
        500.. => {
            format!("an error on the server ({said:?}) has prevented the request from succeeding")
        }
        code => format!(
            "the server responded with the status code {code} but did not return more information"
        ),
    }
}
