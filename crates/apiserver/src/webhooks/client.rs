//! The way to a webhook: one POST over TLS.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How large an answer may be.
const LIMIT: usize = 8 * 1024 * 1024;

/// Sends a body to a URL and gives back the answer. The server there shows a certificate of `authority`
/// (PEM in base64), or of one that the machine trusts.
///
/// # Errors
/// Why there is no answer, as Go's client says it.
pub(super) async fn post(
    url: &str,
    authority: Option<&str>,
    body: String,
) -> Result<Bytes, String> {
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    if uri.scheme_str() != Some("https") {
        return Err("the URL of a webhook has to begin with https://".to_owned());
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
        let status = response.status();
        let body = Limited::new(response.into_body(), LIMIT).collect().await;
        let bytes = body.map_err(|error| error.to_string())?.to_bytes();
        if status.is_success() { Ok(bytes) } else { Err(unexpected(status, &bytes)) }
    };
    // The connection is done with when the answer is there.
    tokio::select! {
        answer = work => answer,
        ended = connection => Err(ended.err().map_or("EOF".to_owned(), |error| error.to_string())),
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

/// What client-go makes of an answer that is none.
fn unexpected(status: StatusCode, body: &[u8]) -> String {
    match status {
        StatusCode::NOT_FOUND => "the server could not find the requested resource".to_owned(),
        StatusCode::UNAUTHORIZED => {
            "the server has asked for the client to provide credentials".to_owned()
        }
        StatusCode::FORBIDDEN => "unknown".to_owned(),
        StatusCode::BAD_REQUEST => {
            "the server rejected our request for an unknown reason".to_owned()
        }
        _ => {
            let text = String::from_utf8_lossy(body);
            let text: String = text.trim().chars().take(2048).collect();
            format!("an error on the server ({text:?}) has prevented the request from succeeding")
        }
    }
}
