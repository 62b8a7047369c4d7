//! Servers on loopback for tests: one that answers what it is told to, and Git's own behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot have its server is over")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// What a server is asked.
#[derive(Clone)]
pub struct Asked {
    /// `GET`, say.
    pub method: String,
    /// The path and the query.
    pub url: String,
    /// By names in small letters.
    pub headers: HashMap<String, String>,
    /// All of it.
    pub body: Vec<u8>,
}

/// Gives a status line with headers, and a body.
pub type Answering = dyn Fn(&Asked) -> (String, Vec<u8>) + Send + Sync;

/// Starts a server; its address.
pub fn serve(answering: impl Fn(&Asked) -> (String, Vec<u8>) + Send + Sync + 'static) -> String {
    let answering: Arc<Answering> = Arc::new(answering);
    format!("http://{}", listen(move |stream| converse(stream, &*answering)))
}

/// Listens and gives each connection a thread; the address.
pub fn listen(converse: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let converse = Arc::new(converse);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let converse = Arc::clone(&converse);
            std::thread::spawn(move || converse(stream));
        }
    });
    address
}

/// Answers one request.
pub fn converse(stream: impl Read + Write, answering: &Answering) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    // Who does not trust this server says nothing more.
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (head, body) = answering(&Asked { method, url, headers, body });
    let length = match head.contains("Content-Length") {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n{length}\r\n");
    let stream = reader.get_mut();
    // Who asked may have gone.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    let _ = stream.flush();
}

/// `git http-backend` for the repositories in a folder, and what it was asked.
#[derive(Clone)]
pub struct Git {
    folder: PathBuf,
    /// What the header `authorization` has to be.
    authorization: Option<String>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Git {
    /// For whoever asks, or for those who send an `authorization`.
    pub fn new(folder: PathBuf, authorization: Option<&str>) -> Git {
        Git { folder, authorization: authorization.map(str::to_owned), log: Arc::default() }
    }

    /// What it was asked since the last time: a line for each request, with the size of the answer.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// What `git http-backend` says to a request.
    pub fn answer(&self, asked: &Asked) -> (String, Vec<u8>) {
        if let Some(wanted) = &self.authorization
            && asked.headers.get("authorization") != Some(wanted)
        {
            return ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"".into(), Vec::new());
        }
        let (path, query) = asked.url.split_once('?').unwrap_or((&asked.url, ""));
        let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
        let mut backend = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &self.folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", &asked.method)
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", asked.body.len().to_string())
            .env("GIT_PROTOCOL", header("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        backend.stdin.take().unwrap().write_all(&asked.body).unwrap();
        let out = backend.wait_with_output().unwrap().stdout;
        let end = out.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&out[..end]).into_owned();
        let body = out[end + 4..].to_vec();
        let command = String::from_utf8_lossy(&asked.body);
        let command = command.split("command=").nth(1).and_then(|rest| rest.lines().next());
        let what =
            command.unwrap_or("capabilities").trim_end_matches(|char: char| !char.is_lowercase());
        self.log.lock().unwrap().push(format!("{what} {}", body.len()));
        let (status, head) = match head.split_once("\r\n") {
            Some((first, rest)) if first.starts_with("Status: ") => {
                (first["Status: ".len()..].to_owned(), rest.to_owned())
            }
            _ => ("200 OK".to_owned(), head),
        };
        (format!("{status}\r\n{head}"), body)
    }
}

/// Whether Git is installed: what asks its server is left out without it.
pub fn has_git() -> bool {
    Command::new("git").arg("version").output().is_ok()
}
