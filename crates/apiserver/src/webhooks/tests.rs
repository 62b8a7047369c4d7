//! Webhooks that are really called: over TLS, on this machine.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::Server;
use crate::tests::{cluster, options};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";

/// Where a webhook listens, and what it has been asked.
struct Listening {
    url: String,
    authority: String,
    asked: Arc<Mutex<Vec<Value>>>,
}

/// A webhook that makes the `response` of a `request`; the uid is added.
async fn webhook(answer: impl Fn(&Value) -> Value + Clone + Send + Sync + 'static) -> Listening {
    let authority = crate::pki::Authority::new("hook", jiff::Timestamp::now()).unwrap();
    let tls = authority.server_config(&["localhost"]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(tls);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let (answer, log) = (answer.clone(), log.clone());
            let service = hyper::service::service_fn(move |request: Request<_>| {
                let (answer, log) = (answer.clone(), log.clone());
                async move {
                    let body: hyper::body::Incoming = request.into_body();
                    let bytes = body.collect().await.unwrap().to_bytes();
                    let review: Value = serde_json::from_slice(&bytes).unwrap();
                    let mut response = answer(&review["request"]);
                    if response.get("uid").is_none() {
                        response["uid"] = review["request"]["uid"].clone();
                    }
                    log.lock().unwrap().push(review["request"].clone());
                    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
                    let body = Full::new(Bytes::from(review.to_string()));
                    Ok::<_, Infallible>(Response::new(body))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    let url = format!("https://localhost:{port}/ask");
    Listening { url, authority: STANDARD.encode(authority.ca_pem()), asked }
}

impl Listening {
    /// The client's part of a webhook that is asked about all ConfigMaps, and what else it says.
    fn hook(&self, name: &str, more: &Value) -> Value {
        let mut hook = json!({
            "name": name,
            "clientConfig": {"url": self.url, "caBundle": self.authority},
            "rules": [{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        });
        for (key, value) in more.as_object().unwrap() {
            hook[key] = value.clone();
        }
        hook
    }

    fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn send(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (code, _, body) = send_for_warnings(server, method, path, body).await;
    (code, body)
}

async fn send_for_warnings(
    server: &Server,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Vec<String>, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .body(Full::<Bytes>::from(text))
        .unwrap();
    let response = server.service().oneshot(request).await.unwrap();
    let warnings = response.headers().get_all("warning").iter();
    let warnings = warnings.map(|value| value.to_str().unwrap().to_owned()).collect();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, warnings, serde_json::from_slice(&bytes).unwrap())
}

/// Configures webhooks: `mutating` or `validating`.
async fn configure(server: &Server, kind: &str, hooks: Vec<Value>) {
    let path = format!("{CONFIGURATIONS}/{kind}webhookconfigurations");
    let body = json!({"metadata": {"name": kind}, "webhooks": hooks});
    let (code, body) = send(server, "POST", &path, &body).await;
    assert_eq!(code, 201, "{body}");
}

fn map(name: &str) -> Value {
    json!({"metadata": {"name": name}})
}

/// Sockets take real time.
fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn patch(operations: &Value) -> Value {
    let patch = STANDARD.encode(operations.to_string());
    json!({"allowed": true, "patchType": "JSONPatch", "patch": patch})
}

#[test]
fn a_validating_webhook_says_no() {
    run(async {
        let server = cluster();
        let hook = webhook(|request| match request["name"].as_str() {
            Some("bad") => json!({"allowed": false, "status": {"code": 403, "reason": "Forbidden", "message": "not this one"}}),
            Some("worse") => json!({"allowed": false}),
            _ => json!({"allowed": true, "warnings": ["be careful"]}),
        })
        .await;
        configure(&server, "validating", vec![hook.hook("one.example.com", &json!({}))]).await;
        let (code, warnings, _) = send_for_warnings(&server, "POST", MAPS, &map("good")).await;
        assert_eq!((code, warnings), (201, vec!["299 - \"be careful\"".to_owned()]));
        let (code, body) = send(&server, "POST", MAPS, &map("bad")).await;
        let why = "admission webhook \"one.example.com\" denied the request: not this one";
        assert_eq!(
            (code, &body["message"], &body["reason"]),
            (403, &json!(why), &json!("Forbidden"))
        );
        let (code, body) = send(&server, "POST", MAPS, &map("worse")).await;
        let why = "admission webhook \"one.example.com\" denied the request without explanation";
        assert_eq!((code, &body["message"]), (400, &json!(why)));
        assert_eq!(hook.asked().len(), 3);
        let (code, _) = send(&server, "GET", &format!("{MAPS}/bad"), &Value::Null).await;
        assert_eq!((code, hook.asked().len()), (404, 0));
    });
}

#[test]
fn what_a_webhook_is_told() {
    run(async {
        let server = cluster();
        let hook = webhook(|_| json!({"allowed": true})).await;
        configure(&server, "validating", vec![hook.hook("one.example.com", &json!({}))]).await;
        send(&server, "POST", &format!("{MAPS}?fieldManager=me"), &map("a")).await;
        let patch = json!({"data": {"k": "v"}});
        send(&server, "PATCH", &format!("{MAPS}/a?dryRun=All"), &patch).await;
        let options = json!({"propagationPolicy": "Background"});
        send(&server, "DELETE", &format!("{MAPS}/a"), &options).await;
        let asked = hook.asked();
        let create = &asked[0];
        assert_eq!(create["kind"], json!({"group": "", "version": "v1", "kind": "ConfigMap"}));
        assert_eq!(
            create["resource"],
            json!({"group": "", "version": "v1", "resource": "configmaps"})
        );
        assert_eq!(create["requestKind"], create["kind"]);
        assert_eq!((&create["name"], &create["namespace"]), (&json!("a"), &json!("default")));
        assert_eq!((&create["operation"], &create["dryRun"]), (&json!("CREATE"), &json!(false)));
        assert_eq!(create["userInfo"]["username"], json!("admin"));
        assert_eq!(create["oldObject"], Value::Null);
        let options =
            json!({"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me"});
        assert_eq!(create["options"], options);
        assert!(create["object"]["metadata"]["uid"].is_string());
        let update = &asked[1];
        assert_eq!((&update["operation"], &update["dryRun"]), (&json!("UPDATE"), &json!(true)));
        assert_eq!(update["object"]["data"]["k"], json!("v"));
        assert_eq!(update["oldObject"]["metadata"]["name"], json!("a"));
        let delete = &asked[2];
        assert_eq!((&delete["operation"], &delete["object"]), (&json!("DELETE"), &Value::Null));
        assert_eq!(delete["options"]["propagationPolicy"], json!("Background"));
        assert_eq!(asked.len(), 3);
    });
}

#[test]
fn mutating_webhooks_change_in_turn() {
    run(async {
        let server = cluster();
        let first = webhook(|request| {
            let seen = request["object"]["data"].as_object().map_or(0, serde_json::Map::len);
            patch(&json!([{"op": "add", "path": "/data", "value": {"seen": seen.to_string()}}]))
        })
        .await;
        let second = webhook(|request| {
            let seen = request["object"]["data"]["seen"].clone();
            patch(&json!([{"op": "add", "path": "/metadata/labels", "value": {"seen": seen}}]))
        })
        .await;
        let again = json!({"reinvocationPolicy": "IfNeeded"});
        let hooks =
            vec![first.hook("one.example.com", &again), second.hook("two.example.com", &json!({}))];
        configure(&server, "mutating", hooks).await;
        let (code, body) =
            send(&server, "POST", MAPS, &json!({"metadata": {"generateName": "a-"}})).await;
        assert_eq!(code, 201, "{body}");
        // The second changed it, so the first was asked again.
        assert_eq!(body["data"], json!({"seen": "1"}));
        assert_eq!(body["metadata"]["labels"], json!({"seen": "0"}));
        assert!(body["metadata"]["name"].as_str().unwrap().starts_with("a-"));
        let asked = first.asked();
        assert_eq!((asked.len(), second.asked().len()), (2, 1));
        assert_eq!(
            (asked[0].get("name"), &asked[0]["object"]["metadata"]["name"]),
            (None, &Value::Null)
        );
    });
}

#[test]
fn whom_a_webhook_is_not_for() {
    run(async {
        let server = cluster();
        let hook = webhook(|_| json!({"allowed": false})).await;
        let labelled = json!({"objectSelector": {"matchLabels": {"asked": "yes"}}});
        let elsewhere = json!({"namespaceSelector": {"matchLabels": {"asked": "yes"}}});
        let deletions = json!({"rules": [{"operations": ["DELETE"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}]});
        let cluster_wide = json!({"rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], "scope": "Cluster"}]});
        let hooks = [labelled, elsewhere, deletions, cluster_wide];
        let hooks = hooks
            .iter()
            .enumerate()
            .map(|(index, more)| hook.hook(&format!("h{index}.example.com"), more));
        configure(&server, "validating", hooks.collect()).await;
        assert_eq!(send(&server, "POST", MAPS, &map("a")).await.0, 201);
        let labelled = json!({"metadata": {"name": "b", "labels": {"asked": "yes"}}});
        let (_, body) = send(&server, "POST", MAPS, &labelled).await;
        assert!(body["message"].as_str().unwrap().contains("h0.example.com"), "{body}");
        let (_, body) = send(&server, "DELETE", &format!("{MAPS}/a"), &Value::Null).await;
        assert!(body["message"].as_str().unwrap().contains("h2.example.com"), "{body}");
        let (_, body) = send(&server, "DELETE", MAPS, &Value::Null).await;
        assert!(body["message"].as_str().unwrap().contains("h2.example.com"), "{body}");
        let (_, body) = send(&server, "POST", "/api/v1/namespaces", &map("n")).await;
        assert!(body["message"].as_str().unwrap().contains("h3.example.com"), "{body}");
        // Configurations themselves nobody is asked about.
        let path = format!("{CONFIGURATIONS}/validatingwebhookconfigurations/validating");
        assert_eq!(send(&server, "DELETE", &path, &Value::Null).await.0, 200);
        assert_eq!(send(&server, "DELETE", MAPS, &Value::Null).await.0, 200);
    });
}

/// What a ConfigMap's creation answers where its webhook is this one.
async fn refused(server: &Server, hook: Value, path: &str) -> String {
    configure(server, "validating", vec![hook]).await;
    let (code, body) = send(server, "POST", path, &map("a")).await;
    let configuration = format!("{CONFIGURATIONS}/validatingwebhookconfigurations/validating");
    assert_eq!(send(server, "DELETE", &configuration, &Value::Null).await.0, 200);
    format!("{code} {}", body["message"].as_str().unwrap_or_default())
}

#[test]
fn webhooks_that_cannot_be_asked() {
    run(async {
        let server = cluster();
        let hook = webhook(|request| match request["name"].as_str() {
            Some("a") => json!({"uid": "other", "allowed": true}),
            _ => json!({"allowed": true}),
        })
        .await;
        let failed = "500 Internal error occurred: failed calling webhook \"one.example.com\":";
        let answer = refused(&server, hook.hook("one.example.com", &json!({})), MAPS).await;
        assert!(
            answer.starts_with(&format!(
                "{failed} received invalid webhook response: expected response.uid="
            )),
            "{answer}"
        );
        assert!(answer.ends_with("got \"other\""), "{answer}");
        let nobody = json!({"clientConfig": {"url": "https://127.0.0.1:1"}});
        let answer = refused(&server, hook.hook("one.example.com", &nobody), MAPS).await;
        assert_eq!(
            answer,
            format!(
                "{failed} failed to call webhook: Post \"https://127.0.0.1:1/?timeout=10s\": dial tcp 127.0.0.1:1: connect: connection refused"
            )
        );
        let other = crate::pki::Authority::new("other", jiff::Timestamp::now()).unwrap();
        let stranger =
            json!({"clientConfig": {"url": hook.url, "caBundle": STANDARD.encode(other.ca_pem())}});
        let answer = refused(&server, hook.hook("one.example.com", &stranger), MAPS).await;
        assert!(answer.ends_with("x509: certificate signed by unknown authority"), "{answer}");
        let service = json!({"clientConfig": {"service": {"name": "s", "namespace": "default", "path": "/p"}}});
        let answer = refused(&server, hook.hook("one.example.com", &service), MAPS).await;
        assert_eq!(
            answer,
            format!(
                "{failed} failed to call webhook: Post \"https://s.default.svc:443/p?timeout=10s\": service \"s\" not found"
            )
        );
        let open =
            json!({"failurePolicy": "Ignore", "clientConfig": {"url": "https://127.0.0.1:1"}});
        let answer = refused(&server, hook.hook("one.example.com", &open), MAPS).await;
        assert_eq!(answer, "201 ");
    });
}

#[test]
fn a_webhook_that_does_not_answer() {
    let runtime = crate::tests::runtime();
    runtime.block_on(async {
        let server = cluster();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = json!({"url": format!("https://127.0.0.1:{port}/x")});
        let hook = json!({
            "name": "one.example.com",
            "clientConfig": client,
            "timeoutSeconds": 3,
            "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        });
        let answer = refused(&server, hook, MAPS).await;
        assert_eq!(answer, format!("500 Internal error occurred: failed calling webhook \"one.example.com\": failed to call webhook: Post \"https://127.0.0.1:{port}/x?timeout=3s\": context deadline exceeded"));
    });
}

#[test]
fn an_object_that_changes_meanwhile_is_asked_about_again() {
    run(async {
        let server = cluster();
        let other = server.clone();
        let hook = webhook(move |request| {
            let data = request["oldObject"]["data"].as_object().map_or(0, serde_json::Map::len);
            if request["operation"] == "UPDATE" && data == 0 {
                // Somebody writes while the webhook thinks.
                let body =
                    manifest::json::read(br#"{"data":{"other":"1"}}"#, manifest::Origin::NONE);
                let call = crate::Call {
                    verb: crate::Verb::Patch(crate::PatchType::Merge),
                    api_version: "v1".into(),
                    plural: "configmaps".into(),
                    namespace: "default".into(),
                    name: "a".into(),
                    body: body.ok(),
                    ..crate::Call::default()
                };
                assert!(other.call(&call).is_success());
            }
            json!({"allowed": true})
        })
        .await;
        assert_eq!(send(&server, "POST", MAPS, &map("a")).await.0, 201);
        configure(&server, "validating", vec![hook.hook("one.example.com", &json!({}))]).await;
        let patch = json!({"data": {"mine": "2"}});
        let (code, body) = send(&server, "PATCH", &format!("{MAPS}/a"), &patch).await;
        assert_eq!((code, &body["data"]), (200, &json!({"other": "1", "mine": "2"})));
        assert_eq!(hook.asked().len(), 2);
    });
}

#[test]
fn other_versions_are_equivalent() {
    run(async {
        let server = cluster();
        let hook = webhook(|_| json!({"allowed": false})).await;
        let rules = json!([{"operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v2"], "resources": ["horizontalpodautoscalers"]}]);
        configure(
            &server,
            "validating",
            vec![hook.hook("one.example.com", &json!({"rules": rules}))],
        )
        .await;
        let body = json!({"metadata": {"name": "a"}, "spec": {"maxReplicas": 2, "targetCPUUtilizationPercentage": 50, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}});
        let path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
        let (code, body) = send(&server, "POST", path, &body).await;
        assert_eq!(code, 400, "{body}");
        let asked = hook.asked();
        assert_eq!(
            (&asked[0]["kind"]["version"], &asked[0]["requestKind"]["version"]),
            (&json!("v2"), &json!("v1"))
        );
        assert_eq!(asked[0]["object"]["spec"]["metrics"][0]["type"], json!("Resource"));
    });
}

#[test]
fn behind_simulated_services_nobody_is_asked() {
    run(async {
        let server = Server::open(crate::Options { simulate: true, ..options() }).unwrap();
        let hook = json!({
            "name": "one.example.com",
            "clientConfig": {"service": {"name": "s", "namespace": "default"}},
            "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        });
        configure(&server, "validating", vec![hook]).await;
        let (code, warnings, _) = send_for_warnings(&server, "POST", MAPS, &map("a")).await;
        assert_eq!(code, 201);
        assert!(warnings[0].contains("was not asked: workloads are simulated"), "{warnings:?}");
    });
}
