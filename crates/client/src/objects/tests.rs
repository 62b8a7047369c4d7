//! Reading and writing through an embedded cluster, in this process and over TLS.

use std::fmt::Write;
use std::sync::Arc;

use apiserver::{Options, Server};
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, json};
use testkit::check_eq;
use tokio_util::sync::CancellationToken;

use super::*;

fn server() -> Server {
    let clock = Arc::new(|| jiff::Timestamp::from_second(1_700_000_000).unwrap());
    Server::open(Options { token: "secret".to_owned(), ..Options::new("test", clock) }).unwrap()
}

fn object(text: &str) -> Object {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    Object::new(nodes.into_iter().next().unwrap()).unwrap()
}

fn node(text: &str) -> Node {
    json::read(text.as_bytes(), Origin::NONE).unwrap()
}

const FORCE: Apply<'_> = Apply { manager: "us", force: true, dry_run: false, subresource: "" };

/// Everything that can be done with a ConfigMap, in turn; each line says what came of it.
async fn tour(client: &Client) -> String {
    let kind = client.kind("v1", "ConfigMap").await.unwrap();
    let map = object(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {x: '1'}}",
    );
    let mut got = String::new();
    let mut say = |what: &str, result: Result<Object, Error>| {
        let said = match result {
            Ok(object) => format!("{:?}", object.root().get("data").unwrap()),
            Err(cause) => format!("{} {cause}", cause.reason()),
        };
        writeln!(got, "{what}: {said}").unwrap();
    };
    say("create", client.create(&kind, &map).await);
    say("again", client.create(&kind, &map).await);
    let more = object(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {x: '2', y: '3'}}",
    );
    say("apply", client.apply(&kind, &more, &Apply { force: false, ..FORCE }).await);
    say("try by force", client.apply(&kind, &more, &Apply { dry_run: true, ..FORCE }).await);
    say("apply by force", client.apply(&kind, &more, &FORCE).await);
    let patch = Patch::Json(node(r#"[{"op":"remove","path":"/data/y"}]"#));
    say("patch", client.patch(&kind, "default", "a", &patch, &PatchHow::default()).await);
    let patch = Patch::Merge(node(r#"{"data":{"z":"4","x":null}}"#));
    say("merge", client.patch(&kind, "default", "a", &patch, &PatchHow::default()).await);
    say("get", client.get(&kind, "default", "a").await.map(Option::unwrap));
    assert_eq!(client.get(&kind, "default", "b").await.unwrap(), None);
    let listed = client.list(&kind, Some("default"), &Query::default()).await.unwrap();
    let names: Vec<&str> = listed.iter().map(Object::name).collect();
    writeln!(got, "list: {}", names.join(" ")).unwrap();
    let wrong = Delete { uid: Some("another".into()), ..Delete::default() };
    let wrong = client.delete(&kind, "default", "a", &wrong).await.unwrap_err();
    writeln!(got, "delete another: {}", wrong.reason()).unwrap();
    for _ in 0..2 {
        let deleted = client.delete(&kind, "default", "a", &Delete::default()).await.unwrap();
        writeln!(got, "delete: {deleted:?}").unwrap();
    }
    got
}

const TOUR: &str = r#"create: {"x": "1"}
again: AlreadyExists configmaps "a" already exists
apply: Conflict Apply failed with 1 conflict: conflict with "nauarch" using v1: .data.x
try by force: {"x": "2", "y": "3"}
apply by force: {"x": "2", "y": "3"}
patch: {"x": "2"}
merge: {"z": "4"}
get: {"z": "4"}
list: a
delete another: Conflict
delete: Gone
delete: Missing
"#;

/// In this process, or through the kubeconfig that `cargo xtask real test` hands over.
#[tokio::test]
async fn a_tour_on_a_server() {
    let client = match std::env::var_os("NAUARCH_TEST_KUBECONFIG") {
        Some(path) => Client::from_kubeconfig(Some(path.as_ref()), None).await.unwrap(),
        None => Client::in_process(server().service()),
    };
    let kind = client.kind("v1", "ConfigMap").await.unwrap();
    for left in client.list(&kind, Some("default"), &Query::default()).await.unwrap() {
        client.delete(&kind, "default", left.name(), &Delete::default()).await.unwrap();
    }
    check_eq(&tour(&client).await, TOUR);
}

#[tokio::test]
async fn over_tls() {
    let server = server();
    let clock = jiff::Timestamp::now();
    let authority = apiserver::pki::Authority::new("test", clock).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = authority.server_config(&["127.0.0.1"]).unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { server.serve(listener, tls, stop).await }
    });
    let text = kubeconfig(port, authority.ca_pem(), "secret");
    let client = Client::from_kubeconfig_text(&text, None).await.unwrap();
    check_eq(&tour(&client).await, TOUR);
    assert_eq!(client.server(), format!("https://127.0.0.1:{port}"));

    let stranger = kubeconfig(port, authority.ca_pem(), "guess");
    let stranger = Client::from_kubeconfig_text(&stranger, None).await.unwrap();
    assert_eq!(stranger.kinds().await.unwrap_err().code(), Some(401));

    let (certificate, key) = authority.client_certificate("root", Some("system:masters")).unwrap();
    let text = kubeconfig_of(port, authority.ca_pem(), &certified(&certificate, &key));
    let certified = Client::from_kubeconfig_text(&text, None).await.unwrap();
    assert!(certified.kinds().await.is_ok());
    stop.cancel();
    drop((client, stranger, certified));
    serving.await.unwrap();
}

/// What a kubeconfig says of a user with a certificate.
fn certified(certificate: &str, key: &str) -> String {
    use base64::Engine;
    let encoded = |text| base64::engine::general_purpose::STANDARD.encode(text);
    let (certificate, key) = (encoded(certificate), encoded(key));
    format!("client-certificate-data: {certificate}, client-key-data: {key}")
}

pub(crate) fn kubeconfig(port: u16, ca: &str, token: &str) -> String {
    kubeconfig_of(port, ca, &format!("token: {token}"))
}

fn kubeconfig_of(port: u16, ca: &str, user: &str) -> String {
    use base64::Engine;
    let ca = base64::engine::general_purpose::STANDARD.encode(ca);
    format!(
        "{{apiVersion: v1, kind: Config, current-context: one,
  contexts: [{{name: one, context: {{cluster: one, user: admin}}}}],
  clusters: [{{name: one, cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority-data: {ca}}}}}],
  users: [{{name: admin, user: {{{user}}}}}]}}"
    )
}

#[tokio::test]
async fn a_server_that_is_not_there_and_a_context_that_is_not() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let ca = apiserver::pki::Authority::new("test", jiff::Timestamp::now()).unwrap();
    let text = kubeconfig(port, ca.ca_pem(), "x");
    let client = Client::from_kubeconfig_text(&text, None).await.unwrap();
    let kind = schema::Kinds::builtin().info("v1", "ConfigMap").unwrap().clone();
    let map = object("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}");
    let cause = client.create(&kind, &map).await.unwrap_err();
    assert_eq!(cause.to_string(), format!("cannot reach https://127.0.0.1:{port}"));
    assert!(std::error::Error::source(&cause).is_some());
    let cause = Client::from_kubeconfig_text(&text, Some("two")).await.err().unwrap();
    assert_eq!(cause.to_string(), "cannot use the kubeconfig given");
    let cause = Client::from_kubeconfig(Some(std::path::Path::new("missing.yaml")), None).await;
    assert_eq!(cause.err().unwrap().to_string(), "cannot use missing.yaml");
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let server = server();
    let client = Client::in_process(server.service());
    let kind = client.kind("v1", "ConfigMap").await.unwrap();
    for number in 0..1201 {
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{number:04}, namespace: default, labels: {{odd: '{}'}}}}}}",
            number % 2
        );
        client.create(&kind, &object(&text)).await.unwrap();
    }
    let all = client.list(&kind, None, &Query::default()).await.unwrap();
    assert_eq!(all.len(), 1201);
    assert!(all.iter().all(|object| object.kind() == "ConfigMap" && object.api_version() == "v1"));
    let query = Query { labels: "odd=1".into(), ..Query::default() };
    assert_eq!(client.list(&kind, None, &query).await.unwrap().len(), 600);
    let query = Query { fields: "metadata.name=c0007".into(), ..Query::default() };
    assert_eq!(client.list(&kind, Some("default"), &query).await.unwrap().len(), 1);
}

#[tokio::test]
async fn errors_repeat_nothing_of_a_secret() {
    let client = Client::in_process(server().service());
    let kind = client.kind("v1", "Secret").await.unwrap();
    let secret = object(
        "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: default}, data: {password: 'hunter2!'}}",
    );
    let cause = client.apply(&kind, &secret, &FORCE).await.unwrap_err();
    assert!(!format!("{cause:?}").contains("hunter2"), "{cause:?}");
    let said = Error::Status {
        code: 422,
        reason: "Invalid".into(),
        message: "got \"hunter2!\"".to_owned(),
        causes: Vec::new(),
        retry_after: None,
    };
    assert_eq!(without_secrets(said, &secret).to_string(), "got \"***\"");
}
