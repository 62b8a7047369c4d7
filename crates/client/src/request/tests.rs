//! Answers in, what is asked again and what comes of it out. The server is a list of answers; the
//! clock stands still but for waits.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use testkit::check_eq;
use tokio::time::Instant;

use super::*;
use crate::RequestBody;

/// A server that gives these answers, one after the other: a code, the header `Retry-After` where
/// it is not empty, and a body. A code of 0 hangs up. It writes down what it is asked.
pub(crate) fn scripted(answers: &[(u16, &str, &str)]) -> (Client, Arc<Mutex<String>>) {
    let asked = Arc::new(Mutex::new(String::new()));
    let owned =
        |(code, after, body): &(u16, &str, &str)| (*code, (*after).to_owned(), (*body).to_owned());
    let mut answers = answers.iter().map(owned).collect::<Vec<_>>().into_iter();
    let log = Arc::clone(&asked);
    let service = tower::service_fn(move |request: http::Request<RequestBody>| {
        let path = request.uri().path_and_query().unwrap();
        writeln!(log.lock().unwrap(), "{} {path}", request.method()).unwrap();
        let answer = answers.next();
        async move {
            let (code, after, body) = match answer {
                None => std::future::pending().await,
                Some((0, ..)) => return Err(BoxError::from("connection reset")),
                Some(answer) => answer,
            };
            let mut response = http::Response::builder().status(code);
            if !after.is_empty() {
                response = response.header("Retry-After", after);
            }
            Ok(response.body(Full::new(Bytes::from(body))).unwrap())
        }
    });
    (Client::in_process(service), asked)
}

fn request(method: &str) -> Request {
    let path = "/api/v1/namespaces/x/configmaps/a".to_owned();
    match method {
        "GET" => Request::get(path),
        "POST" => Request::write(Method::POST, path, "application/json", &Node::map(Origin::NONE)),
        _ => panic!("{method}"),
    }
}

async fn check(method: &str, answers: &[(u16, &str, &str)], expected: &str) {
    let (client, asked) = scripted(answers);
    let start = Instant::now();
    let answer = client.fetch(&request(method), "application/json").await;
    let waited = start.elapsed();
    let mut got = match answer {
        Ok(body) => format!("{}\n", String::from_utf8_lossy(&body)),
        Err(cause) => format!("{cause}\n"),
    };
    let asked = asked.lock().unwrap().lines().count();
    writeln!(got, "asked {asked} times in {} s", waited.as_secs()).unwrap();
    check_eq(&got, expected);
}

const BUSY: &str = r#"{"kind":"Status","code":429,"reason":"TooManyRequests","message":"later"}"#;
const WRONG: &str = r#"{"kind":"Status","code":500,"reason":"InternalError","message":"no"}"#;

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_when_it_says() {
    check("GET", &[(429, "2", BUSY), (200, "", "{}")], "{}\nasked 2 times in 2 s\n").await;
    check("POST", &[(503, "", "busy"), (201, "", "{}")], "{}\nasked 2 times in 0 s\n").await;
}

#[tokio::test(start_paused = true)]
async fn patience_with_a_busy_server_ends() {
    check("GET", &[(429, "1", BUSY); 9], "later\nasked 5 times in 4 s\n").await;
    // Nobody waits for ten minutes inside of one request.
    check("GET", &[(429, "600", BUSY); 9], "later\nasked 1 times in 0 s\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_where_that_does_no_harm() {
    check("GET", &[(0, "", ""), (502, "", "x"), (200, "", "{}")], "{}\nasked 3 times in 0 s\n")
        .await;
    let lost = "cannot reach the API server in this process\nasked 1 times in 0 s\n";
    check("POST", &[(0, "", ""), (201, "", "{}")], lost).await;
    let gone = "POST /api/v1/namespaces/x/configmaps/a was answered 502 Bad Gateway: <html>\n\
        asked 1 times in 0 s\n";
    check("POST", &[(502, "", "<html>\n")], gone).await;
}

#[tokio::test(start_paused = true)]
async fn a_verdict_is_not_asked_for_twice() {
    check("GET", &[(500, "", WRONG), (200, "", "{}")], "no\nasked 1 times in 0 s\n").await;
    check("GET", &[(500, "1", WRONG), (200, "", "{}")], "{}\nasked 2 times in 1 s\n").await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_not_waited_for() {
    let late = "the API server in this process gave no answer to GET \
        /api/v1/namespaces/x/configmaps/a within 60 s\nasked 1 times in 60 s\n";
    check("GET", &[], late).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_json_is_told() {
    let (client, _) = scripted(&[(200, "", "<html>")]);
    let cause = client.ask(&request("GET")).await.unwrap_err();
    check_eq(
        &cause.to_string(),
        "the answer of the API server in this process to GET /api/v1/namespaces/x/configmaps/a is \
         unreadable: expected value at line 1 column 1",
    );
}

#[tokio::test]
async fn jitter_is_by_seed_and_at_least_half() {
    let (client, _) = scripted(&[]);
    let second = Duration::from_secs(1);
    let waits = |seed| {
        let client = client.clone().with_seed(seed);
        (0..20).map(|salt| client.jitter(second, salt)).collect::<Vec<_>>()
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
    assert!(waits(3).iter().all(|wait| *wait >= second / 2 && *wait <= second));
}

/// What a type erased error needs to be.
#[expect(dead_code, reason = "it has to compile")]
fn infallible_services_fit(
    service: tower::util::BoxService<
        http::Request<RequestBody>,
        http::Response<Full<Bytes>>,
        Infallible,
    >,
) {
    let _ = Client::in_process(service);
}
