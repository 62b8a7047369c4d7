//! Git's own server for benches and suites: `git http-backend` behind HTTP on loopback.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::io::ReaderStream;

type Body = StreamBody<BoxStream<'static, std::io::Result<Frame<Bytes>>>>;

/// Serves the repositories below `folder` until the runtime ends; the address.
pub(crate) async fn start(folder: &Path) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen")?;
    let address = format!("http://{}", listener.local_addr()?);
    let folder = folder.to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let folder = folder.clone();
            let service = service_fn(move |request| {
                let folder = folder.clone();
                async move { Ok::<_, Infallible>(answer(&folder, request).await) }
            });
            tokio::spawn(async move {
                let connection = Builder::new(TokioExecutor::new());
                // Who breaks off has no interest any more.
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(address)
}

async fn answer(folder: &Path, request: Request<Incoming>) -> Response<Body> {
    backend(folder.to_owned(), request).await.unwrap_or_else(|error| {
        let text = Bytes::from(format!("{error:#}"));
        let frames = futures::stream::once(async move { Ok(Frame::data(text)) });
        let mut response = Response::new(StreamBody::new(frames.boxed()));
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn backend(folder: PathBuf, request: Request<Incoming>) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run git")?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (mut stdin, stdout) = (stdin.context("no input")?, stdout.context("no output")?);
    tokio::spawn(async move {
        // It may have read enough before the end.
        let _ = stdin.write_all(&body).await;
        drop(stdin);
        let _ = child.wait().await;
    });
    let mut output = BufReader::new(stdout);
    let mut response = Response::builder();
    let mut line = String::new();
    loop {
        line.clear();
        output.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        response = match name {
            "Status" => response.status(value.split(' ').next().unwrap_or_default()),
            name => response.header(name, value),
        };
    }
    let frames = ReaderStream::with_capacity(output, 64 * 1024).map_ok(Frame::data);
    Ok(response.body(StreamBody::new(frames.boxed()))?)
}
