//! Answers of servers in, what a watch says out; the clock stands still but for waits.

use std::fmt::Write;

use schema::Kinds;
use testkit::check_eq;

use super::*;
use crate::request::tests::scripted;

fn told(event: &WatchEvent) -> String {
    let name = |object: &Object| {
        let version = object.root().str_at(&["metadata", "resourceVersion"]).unwrap_or_default();
        format!("{}@{version}", object.name())
    };
    match event {
        WatchEvent::Restarted(objects) => {
            let names: Vec<String> = objects.iter().map(name).collect();
            format!("all: {}", names.join(" "))
        }
        WatchEvent::Applied(object) => format!("is: {}", name(object)),
        WatchEvent::Deleted(object) => format!("was: {}", name(object)),
        WatchEvent::Failed(cause) => format!("failed: {cause}"),
    }
}

async fn check(answers: &[(u16, &str, &str)], count: usize, asked: &str, expected: &str) {
    let (client, log) = scripted(answers);
    let kinds = Kinds::builtin();
    let mut events = client.watch(kinds.info("v1", "ConfigMap").unwrap());
    let mut got = String::new();
    for _ in 0..count {
        writeln!(got, "{}", told(&events.next().await.unwrap())).unwrap();
    }
    check_eq(&got, expected);
    check_eq(&log.lock().unwrap(), asked);
}

const LIST: &str = r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"5"},
    "items":[{"metadata":{"name":"a","resourceVersion":"3"}}]}"#;
const EVENTS: &str = r#"{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b","resourceVersion":"6"}}}
{"type":"BOOKMARK","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"9"}}}

{"type":"DELETED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"10"}}}
{"type":"MODIFIED","object":{"apiVersion":"v1","ki"#;
const AGAIN: &str = r#"{"type":"MODIFIED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b","resourceVersion":"11"}}}
"#;
const GONE: &str = r#"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#;
const GONE_EVENT: &str =
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n";
const DENIED: &str = r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"you may not"}"#;

fn watch_at(version: u32) -> String {
    let query = "watch=true&allowWatchBookmarks=true&resourceVersion=";
    format!("GET /api/v1/configmaps?{query}{version}\n")
}

const LISTED: &str = "GET /api/v1/configmaps?limit=500\n";

#[tokio::test(start_paused = true)]
async fn what_is_there_then_what_happens_then_on_from_there() {
    check(
        &[(200, "", LIST), (200, "", EVENTS), (200, "", AGAIN)],
        4,
        &format!("{LISTED}{}{}", watch_at(5), watch_at(10)),
        "all: a@3\nis: b@6\nwas: a@10\nis: b@11\n",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn from_the_beginning_where_the_server_has_forgotten() {
    check(
        &[
            (200, "", LIST),
            (410, "", GONE),
            (200, "", LIST),
            (200, "", GONE_EVENT),
            (200, "", LIST),
        ],
        3,
        &format!("{LISTED}{}{LISTED}{}{LISTED}", watch_at(5), watch_at(5)),
        "all: a@3\nall: a@3\nall: a@3\n",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn on_after_failures_which_are_told() {
    check(
        &[(403, "", DENIED), (200, "", LIST), (0, "", ""), (403, "", DENIED), (200, "", AGAIN)],
        5,
        &format!("{LISTED}{LISTED}{0}{0}{0}", watch_at(5)),
        "failed: you may not\nall: a@3\nfailed: cannot reach the API server in this process\n\
         failed: you may not\nis: b@11\n",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ever_more_slowly_where_nothing_comes_of_it() {
    let (client, log) = scripted(&[(403, "", DENIED); 100]);
    let kinds = Kinds::builtin();
    let mut events = client.watch(kinds.info("v1", "ConfigMap").unwrap());
    let start = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..12 {
        events.next().await.unwrap();
        waits.push(start.elapsed().as_secs());
    }
    assert_eq!(log.lock().unwrap().lines().count(), 12);
    assert!(waits.is_sorted(), "{waits:?}");
    let last = waits[11] - waits[10];
    assert!((15..=30).contains(&last), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_every_watch_is_not_hammered() {
    let mut answers = vec![(200, "", LIST)];
    answers.extend([(200, "", ""); 50]);
    let (client, log) = scripted(&answers);
    let kinds = Kinds::builtin();
    let mut events = client.watch(kinds.info("v1", "ConfigMap").unwrap());
    events.next().await.unwrap();
    let minute = tokio::time::timeout(Duration::from_secs(60), events.next()).await;
    assert!(minute.is_err());
    let asked = log.lock().unwrap().lines().count();
    assert!((5..15).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_taken_for_a_dead_connection() {
    let (client, log) = scripted(&[(200, "", LIST)]);
    let kinds = Kinds::builtin();
    let mut events = client.watch(kinds.info("v1", "ConfigMap").unwrap());
    events.next().await.unwrap();
    // The answer to the watch itself never comes.
    let event = events.next().await.unwrap();
    check_eq(
        &told(&event),
        "failed: the API server in this process gave no answer to GET /api/v1/configmaps within 60 s",
    );
    assert_eq!(log.lock().unwrap().lines().count(), 2);
}

mod embedded {
    //! The same on the embedded cluster.

    use std::sync::Arc;

    use apiserver::{Options, Server};
    use manifest::yaml::{Flavor, Reader};
    use manifest::{FileName, Object};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Delete, Patch, PatchHow};

    fn server() -> Server {
        let clock = Arc::new(|| jiff::Timestamp::from_second(1_700_000_000).unwrap());
        Server::open(Options { token: "t".to_owned(), ..Options::new("test", clock) }).unwrap()
    }

    fn map(name: &str) -> Object {
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: default}}}}"
        );
        let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
        Object::new(nodes.into_iter().next().unwrap()).unwrap()
    }

    /// What is told, without versions.
    async fn next(events: &mut BoxStream<'static, WatchEvent>) -> String {
        let told = told(&events.next().await.unwrap());
        let names = told.split(' ').map(|word| word.split('@').next().unwrap_or_default());
        names.collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn everything_that_happens_in_turn() {
        let client = Client::in_process(server().service());
        let kind = client.kind("v1", "ConfigMap").await.unwrap();
        client.create(&kind, &map("a")).await.unwrap();
        let mut events = client.watch(&kind);
        assert_eq!(next(&mut events).await, "all: a");
        client.create(&kind, &map("b")).await.unwrap();
        assert_eq!(next(&mut events).await, "is: b");
        let patch = json::read(br#"{"data":{"x":"y"}}"#, Origin::NONE).unwrap();
        let how = PatchHow::default();
        client.patch(&kind, "default", "b", &Patch::Merge(patch), &how).await.unwrap();
        assert_eq!(next(&mut events).await, "is: b");
        client.delete(&kind, "default", "a", &Delete::default()).await.unwrap();
        assert_eq!(next(&mut events).await, "was: a");

        let query = Query { fields: "metadata.name=c".into(), ..Query::default() };
        let mut one = client.watch_selected(&kind, Some("default"), query);
        assert_eq!(next(&mut one).await, "all: ");
        client.create(&kind, &map("d")).await.unwrap();
        client.create(&kind, &map("c")).await.unwrap();
        assert_eq!(next(&mut one).await, "is: c");
        assert_eq!(next(&mut events).await, "is: d");
    }

    /// A server that goes away and comes back, with and without what happened meanwhile.
    #[tokio::test]
    async fn a_server_that_comes_back() {
        let server = server();
        let direct = Client::in_process(server.service());
        let kind = direct.kind("v1", "ConfigMap").await.unwrap();
        let authority = apiserver::pki::Authority::new("test", jiff::Timestamp::now()).unwrap();
        let tls = authority.server_config(&["127.0.0.1"]).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = |listener, stop: &CancellationToken| {
            let (server, tls, stop) = (server.clone(), tls.clone(), stop.clone());
            tokio::spawn(async move { server.serve(listener, tls, stop).await })
        };
        let stop = CancellationToken::new();
        let serving = serve(listener, &stop);
        let text = crate::objects::tests::kubeconfig(address.port(), authority.ca_pem(), "t");
        let client = Client::from_kubeconfig_text(&text, None).await.unwrap();
        let mut events = client.watch(&kind);
        assert_eq!(next(&mut events).await, "all: ");
        direct.create(&kind, &map("a")).await.unwrap();
        assert_eq!(next(&mut events).await, "is: a");

        stop.cancel();
        let failed = next(&mut events).await;
        assert!(failed.starts_with("failed: cannot reach https://127.0.0.1:"), "{failed}");
        serving.await.unwrap();
        direct.create(&kind, &map("b")).await.unwrap();
        let stop = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let serving = serve(listener, &stop);
        let mut after = next(&mut events).await;
        while after.starts_with("failed") {
            after = next(&mut events).await;
        }
        assert_eq!(after, "is: b");

        stop.cancel();
        serving.await.unwrap();
        direct.delete(&kind, "default", "a", &Delete::default()).await.unwrap();
        server.compact();
        let stop = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let _serving = serve(listener, &stop);
        let mut after = next(&mut events).await;
        while after.starts_with("failed") {
            after = next(&mut events).await;
        }
        assert_eq!(after, "all: b");
    }
}
