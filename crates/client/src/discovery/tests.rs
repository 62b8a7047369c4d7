//! What servers say of themselves, and the kinds that come of it.

use std::fmt::Write;

use testkit::check_eq;

use crate::request::tests::scripted;

async fn check(answers: &[(u16, &str, &str)], asked: &str, expected: &str) {
    let (client, log) = scripted(answers);
    let kinds = client.kinds().await.unwrap();
    let mut got = String::new();
    for kind in kinds.all() {
        let (version, verbs) = (kind.api_version(), kind.verbs.join(","));
        writeln!(got, "{version} {} {} {:?} {verbs}", kind.kind, kind.plural, kind.scope).unwrap();
    }
    check_eq(&got, expected);
    // They are asked for once.
    client.kinds().await.unwrap();
    check_eq(&log.lock().unwrap(), asked);
}

#[tokio::test]
async fn aggregated() {
    let core = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[
        {"version":"v1","resources":[
          {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced",
           "singularResource":"pod","verbs":["get","list","watch"],"shortNames":["po"]}]}]}]}"#;
    let groups = r#"{"kind":"APIGroupDiscoveryList","items":[
        {"metadata":{"name":"example.org"},"versions":[
          {"version":"v2","resources":[{"resource":"boats","responseKind":{"kind":"Boat"},
            "scope":"Cluster","verbs":["get"],"subresources":[{"subresource":"status"}]}]},
          {"version":"v1","resources":[{"resource":"boats","responseKind":{"kind":"Boat"},
            "scope":"Cluster","verbs":["get"]}]}]}]}"#;
    check(
        &[(200, "", core), (200, "", groups)],
        "GET /api\nGET /apis\n",
        "v1 Pod pods Namespaced get,list,watch\n\
         example.org/v2 Boat boats Cluster get\n\
         example.org/v1 Boat boats Cluster get\n",
    )
    .await;
}

#[tokio::test]
async fn group_by_group_where_the_server_is_old() {
    let core = r#"{"kind":"APIVersions","versions":["v1"]}"#;
    let v1 = r#"{"kind":"APIResourceList","resources":[
        {"name":"pods","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]},
        {"name":"pods/log","namespaced":true,"kind":"Pod","verbs":["get"]}]}"#;
    let groups = r#"{"kind":"APIGroupList","groups":[
        {"name":"autoscaling","versions":[{"groupVersion":"autoscaling/v1"},
          {"groupVersion":"autoscaling/v2"}],"preferredVersion":{"groupVersion":"autoscaling/v2"}},
        {"name":"metrics","versions":[{"groupVersion":"metrics/v1"}]}]}"#;
    let scaler = r#"{"kind":"APIResourceList","resources":[
        {"name":"horizontalpodautoscalers","namespaced":true,
         "kind":"HorizontalPodAutoscaler","verbs":["get"]}]}"#;
    let away = r#"{"kind":"Status","code":500,"message":"no endpoints"}"#;
    check(
        &[
            (200, "", core),
            (200, "", v1),
            (200, "", groups),
            (200, "", scaler),
            (200, "", scaler),
            (500, "", away),
        ],
        "GET /api\nGET /api/v1\nGET /apis\nGET /apis/autoscaling/v2\nGET /apis/autoscaling/v1\n\
         GET /apis/metrics/v1\n",
        "v1 Pod pods Namespaced get\n\
         autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers Namespaced get\n\
         autoscaling/v1 HorizontalPodAutoscaler horizontalpodautoscalers Namespaced get\n",
    )
    .await;
}

#[tokio::test]
async fn a_kind_that_is_not_known_is_asked_for_once_more() {
    let none = r#"{"kind":"APIGroupDiscoveryList","items":[]}"#;
    let (client, log) = scripted(&[(200, "", none); 4]);
    let cause = client.kind("example.org/v1", "Boat").await.unwrap_err();
    let expected = "the API server in this process serves no Boat of example.org/v1";
    check_eq(&cause.to_string(), expected);
    check_eq(&log.lock().unwrap(), "GET /api\nGET /apis\nGET /api\nGET /apis\n");
}
