//! What does not fit, and what is not known.

use manifest::Origin;

use super::*;

fn wrong(text: &str) -> String {
    let node = manifest::json::read(text.as_bytes(), Origin::NONE).unwrap();
    let text = |key: &str| node.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let mut all: Vec<String> = mismatch(api_version, kind, &node).into_iter().collect();
    all.extend(unknown_fields(&Types::builtin(), api_version, kind, &node));
    all.join("; ")
}

#[test]
fn types() {
    let check = |spec: &str, expected: &str| {
        let text = format!(r#"{{"apiVersion":"apps/v1","kind":"Deployment","spec":{spec}}}"#);
        assert_eq!(wrong(&text), expected, "{spec}");
    };
    check(
        r#"{"replicas":3,"template":{"spec":{"containers":[{"ports":[{"containerPort":1}]}]}}}"#,
        "",
    );
    check(
        r#"{"replicas":"3"}"#,
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    );
    check(
        r#"{"selector":"x"}"#,
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.selector of type \
         v1.LabelSelector",
    );
    check(
        r#"{"template":{"spec":{"containers":{}}}}"#,
        "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of \
         type []v1.Container",
    );
}

#[test]
fn fields() {
    let check = |rest: &str, expected: &str| {
        let text = format!(r#"{{"apiVersion":"v1","kind":"Pod",{rest}}}"#);
        assert_eq!(wrong(&text), expected, "{rest}");
    };
    check(r#""metadata":{"labels":{"any":"x"}},"spec":{"nodeSelector":{"b":"c"}}"#, "");
    check(
        r#""spec":{"containers":[{"imag":"x"}],"x":1},"y":2"#,
        r#"unknown field "spec.containers[0].imag"; unknown field "spec.x"; unknown field "y""#,
    );
}
