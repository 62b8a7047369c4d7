//! Policies that are really asked.

use crate::Server;
use crate::tests::{cluster, show};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";

/// A policy about ConfigMaps, and its binding.
fn bind(server: &Server, spec: &str, binding: &str) {
    let policy = format!(
        r#"{{"metadata":{{"name":"p"}},"spec":{{"matchConstraints":{{"resourceRules":[{{"apiGroups":[""],
        "apiVersions":["v1"],"operations":["*"],"resources":["configmaps"]}}]}},{spec}}}}}"#
    );
    let path = format!("{GROUP}/validatingadmissionpolicies");
    let made = show(server, "POST", &path, &policy);
    assert_eq!(made.0, 201, "{}", made.1);
    let binding = format!(r#"{{"metadata":{{"name":"b"}},"spec":{{"policyName":"p",{binding}}}}}"#);
    let path = format!("{GROUP}/validatingadmissionpolicybindings");
    let made = show(server, "POST", &path, &binding);
    assert_eq!(made.0, 201, "{}", made.1);
}

fn message(answer: &(u16, String)) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.1).unwrap();
    body["message"].as_str().unwrap_or_default().to_owned()
}

const DENY: &str = r#""validationActions":["Deny"]"#;

#[test]
fn a_policy_denies_and_its_end_is_the_end_of_it() {
    let server = cluster();
    let spec = r#""variables":[{"name":"k","expression":"object.data['k']"}],
        "validations":[{"expression":"variables.k == 'v'","messageExpression":"'k is ' + variables.k"}]"#;
    bind(&server, &spec.replace("object.data['k']", "object.data[?'k'].orValue('none')"), DENY);
    let refused = show(&server, "POST", MAPS, r#"{"metadata":{"name":"a"},"data":{"k":"x"}}"#);
    assert_eq!(refused.0, 422);
    assert_eq!(
        message(&refused),
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: \
         k is x"
    );
    assert_eq!(show(&server, "POST", MAPS, r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#).0, 201);
    let changed = show(&server, "PATCH", &format!("{MAPS}/a"), r#"{"data":{"k":"w"}}"#);
    assert_eq!(changed.0, 422);
    let path = format!("{GROUP}/validatingadmissionpolicybindings/b");
    assert_eq!(show(&server, "DELETE", &path, "").0, 200);
    assert_eq!(show(&server, "PATCH", &format!("{MAPS}/a"), r#"{"data":{"k":"w"}}"#).0, 200);
}

#[test]
fn parameters_come_from_objects() {
    let server = cluster();
    let spec = r#""paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
        "matchConditions":[{"name":"others","expression":"object.metadata.name != 'limits'"}],
        "validations":[{"expression":"size(object.data) <= int(params.data.most)"}]"#;
    let binding = r#""validationActions":["Deny"],
        "paramRef":{"name":"limits","namespace":"default","parameterNotFoundAction":"Deny"}"#;
    bind(&server, spec, binding);
    let map = r#"{"metadata":{"name":"a"},"data":{"x":"1","y":"2"}}"#;
    let refused = show(&server, "POST", MAPS, map);
    assert!(
        message(&refused).ends_with(
            "failed to configure binding: no params found for policy binding with `Deny` \
             parameterNotFoundAction"
        ),
        "{refused:?}"
    );
    // Whoever makes the first one has to be let through.
    let path = format!("{GROUP}/validatingadmissionpolicybindings/b");
    let ignoring = r#"{"spec":{"paramRef":{"parameterNotFoundAction":"Allow"}}}"#;
    assert_eq!(show(&server, "PATCH", &path, ignoring).0, 200);
    let limits = r#"{"metadata":{"name":"limits"},"data":{"most":"1"}}"#;
    assert_eq!(show(&server, "POST", MAPS, limits).0, 201);
    let refused = show(&server, "POST", MAPS, map);
    assert!(
        message(&refused)
            .ends_with("failed expression: size(object.data) <= int(params.data.most)"),
        "{refused:?}"
    );
    let small = r#"{"metadata":{"name":"a"},"data":{"x":"1"}}"#;
    assert_eq!(show(&server, "POST", MAPS, small).0, 201);
}

#[test]
fn what_only_warns_lets_pass_and_failures_are_as_the_policy_says() {
    let server = cluster();
    let spec =
        r#""failurePolicy":"Ignore","validations":[{"expression":"object.data['k'] == 'v'"}]"#;
    bind(&server, spec, DENY);
    assert_eq!(show(&server, "POST", MAPS, r#"{"metadata":{"name":"a"}}"#).0, 201);
    let path = format!("{GROUP}/validatingadmissionpolicies/p");
    assert_eq!(show(&server, "PATCH", &path, r#"{"spec":{"failurePolicy":"Fail"}}"#).0, 200);
    let refused = show(&server, "POST", MAPS, r#"{"metadata":{"name":"b"}}"#);
    assert!(
        message(&refused)
            .ends_with("expression 'object.data['k'] == 'v'' resulted in error: no such key: data"),
        "{refused:?}"
    );
    let path = format!("{GROUP}/validatingadmissionpolicybindings/b");
    let warns = r#"{"spec":{"validationActions":["Warn"]}}"#;
    assert_eq!(show(&server, "PATCH", &path, warns).0, 200);
    assert_eq!(show(&server, "POST", MAPS, r#"{"metadata":{"name":"b"}}"#).0, 201);
}

#[test]
fn a_deletion_is_judged_by_what_goes() {
    let server = cluster();
    let spec = r#""validations":[{"expression":"request.operation != 'DELETE' || oldObject.metadata.name != 'kept'",
        "message":"kept for ever","reason":"Forbidden"}]"#;
    bind(&server, spec, DENY);
    for name in ["kept", "other"] {
        let map = format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
        assert_eq!(show(&server, "POST", MAPS, &map).0, 201);
    }
    assert_eq!(show(&server, "DELETE", &format!("{MAPS}/other"), "").0, 200);
    let refused = show(&server, "DELETE", &format!("{MAPS}/kept"), "");
    assert_eq!(refused.0, 403);
    assert!(message(&refused).ends_with("denied request: kept for ever"), "{refused:?}");
}
