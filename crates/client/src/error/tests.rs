//! What a `Status` says.

use manifest::{Origin, json};
use testkit::check_eq;

use super::*;

fn status(text: &str) -> Error {
    let node = json::read(text.as_bytes(), Origin::NONE).unwrap();
    Error::of_status(400, &node).unwrap()
}

type Question = fn(&Error) -> bool;

#[track_caller]
fn check(text: &str, expected: &str) {
    let error = status(text);
    let questions: [(&str, Question); 7] = [
        ("not found", Error::is_not_found),
        ("conflict", Error::is_conflict),
        ("already exists", Error::is_already_exists),
        ("expired", Error::is_expired),
        ("invalid", Error::is_invalid),
        ("immutable", Error::is_immutable),
        ("transient", Error::is_transient),
    ];
    let said = questions.iter().filter(|(_, asks)| asks(&error)).map(|(name, _)| *name);
    check_eq(&said.collect::<Vec<_>>().join(", "), expected);
}

#[test]
fn by_code_and_reason() {
    check(r#"{"kind":"Status","code":404,"reason":"NotFound"}"#, "not found");
    check(r#"{"kind":"Status","code":409,"reason":"Conflict"}"#, "conflict, transient");
    check(r#"{"kind":"Status","code":409,"reason":"AlreadyExists"}"#, "already exists");
    check(r#"{"kind":"Status","code":410,"reason":"Expired"}"#, "expired");
    check(r#"{"kind":"Status","code":422,"reason":"Invalid","message":"x"}"#, "invalid");
    check(r#"{"kind":"Status","code":429}"#, "transient");
}

#[test]
fn immutable_by_what_is_said() {
    check(
        r#"{"kind":"Status","code":422,"message":"...","details":{"causes":[
            {"field":"spec.selector","message":"Invalid value: 1: field is immutable"}]}}"#,
        "invalid, immutable",
    );
    check(
        r#"{"kind":"Status","code":422,"message":"StatefulSet \"a\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"}"#,
        "invalid, immutable",
    );
    // Rights are another matter.
    check(
        r#"{"kind":"Status","code":403,"message":"deployments \"a\" is forbidden: User \"x\" cannot patch"}"#,
        "",
    );
}

#[test]
fn with_causes_and_when_to_come_back() {
    let error = status(
        r#"{"kind":"Status","message":"no","details":{"retryAfterSeconds":3,"causes":[
            {"reason":"FieldValueInvalid","field":"spec.x","message":"bad"}]}}"#,
    );
    let Error::Status { code, causes, retry_after, .. } = error else { panic!() };
    assert_eq!((code, retry_after), (400, Some(Duration::from_secs(3))));
    let cause =
        Cause { field: "spec.x".into(), reason: "FieldValueInvalid".into(), message: "bad".into() };
    assert_eq!(causes, [cause]);
    let pod = json::read(br#"{"kind":"Pod"}"#, Origin::NONE).unwrap();
    assert!(Error::of_status(200, &pod).is_none());
}
