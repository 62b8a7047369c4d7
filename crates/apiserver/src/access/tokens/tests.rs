//! Tokens: what they say, and when they are good.

use manifest::{Node, Origin, json};
use proptest::prelude::*;

use super::{Request, Signer, check, claims};

fn node(text: &str) -> Node {
    json::read(text.as_bytes(), Origin::NONE).unwrap()
}

fn text(node: &Node) -> String {
    let mut out = String::new();
    json::write(node, json::Options::default(), &mut out);
    out
}

fn signer() -> Signer {
    Signer::new(&Signer::generate().unwrap()).unwrap()
}

/// What a token of the account `n/sa` says that is bound to a pod on a node.
fn said() -> Node {
    let account = node(r#"{"metadata":{"name":"sa","namespace":"n","uid":"1"}}"#);
    let pod = node(r#"{"metadata":{"name":"p","namespace":"n","uid":"2"}}"#);
    claims(&Request {
        account: &account,
        bound: Some(("pod", &pod)),
        node: Some(("node", None)),
        audiences: vec!["a".into(), "b".into()],
        now: 1000,
        seconds: 600,
        id: "id".into(),
    })
}

#[test]
fn claims_are_those_of_the_real_server() {
    let expected = r#"{"aud":["a","b"],"exp":1600,"iat":1000,"iss":"https://kubernetes.default.svc","jti":"id","kubernetes.io":{"namespace":"n","node":{"name":"node"},"pod":{"name":"p","uid":"2"},"serviceaccount":{"name":"sa","uid":"1"}},"nbf":1000,"sub":"system:serviceaccount:n:sa"}"#;
    assert_eq!(text(&said()), expected);
}

/// Who shows the token at a time, for an audience, in a cluster with these objects: `PLURAL JSON`.
fn check_token(now: i64, audience: &str, objects: &[(&str, &str)], expected: &str) {
    let find = |plural: &str, namespace: &str, name: &str| {
        let mut found =
            objects.iter().filter(|(own, _)| *own == plural).map(|(_, text)| node(text));
        found.find(|object| {
            let part = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default();
            (part("namespace"), part("name")) == (namespace, name)
        })
    };
    let answer = match check(&said(), now, &[audience.into()], find) {
        Ok(bearer) => format!("{} for {:?}", text(&bearer.user.info()), bearer.audiences),
        Err(error) => error,
    };
    assert_eq!(answer, expected);
}

const ACCOUNT: (&str, &str) =
    ("serviceaccounts", r#"{"metadata":{"name":"sa","namespace":"n","uid":"1"}}"#);
const POD: (&str, &str) = ("pods", r#"{"metadata":{"name":"p","namespace":"n","uid":"2"}}"#);

#[test]
fn good_and_no_good() {
    let user = r#"{"username":"system:serviceaccount:n:sa","uid":"1","groups":["system:serviceaccounts","system:serviceaccounts:n","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=id"],"authentication.kubernetes.io/node-name":["node"],"authentication.kubernetes.io/pod-name":["p"],"authentication.kubernetes.io/pod-uid":["2"]}} for ["b"]"#;
    check_token(1100, "b", &[ACCOUNT, POD], user);
    check_token(1660, "b", &[ACCOUNT, POD], user);
    check_token(1661, "b", &[ACCOUNT, POD], "service account token has expired");
    check_token(900, "b", &[ACCOUNT, POD], "service account token is not valid yet");
    check_token(
        1100,
        "c",
        &[ACCOUNT, POD],
        r#"token audiences ["a" "b"] is invalid for the target audiences ["c"]"#,
    );
    check_token(1100, "a", &[POD], "serviceaccounts \"sa\" not found");
    check_token(1100, "a", &[ACCOUNT], "service account token has been invalidated");
    let other = r#"{"metadata":{"name":"p","namespace":"n","uid":"3"}}"#;
    check_token(
        1100,
        "a",
        &[ACCOUNT, ("pods", other)],
        "pod UID (3) does not match service account pod ref claim (2)",
    );
    let deleted = r#"{"metadata":{"name":"p","namespace":"n","uid":"2","deletionTimestamp":"1970-01-01T00:00:10Z"}}"#;
    check_token(
        1100,
        "a",
        &[ACCOUNT, ("pods", deleted)],
        "service account token has been invalidated",
    );
}

#[test]
fn only_what_the_key_has_signed() {
    let (signer, other) = (signer(), signer());
    let token = signer.sign(&said()).unwrap();
    assert_eq!(text(&signer.verify(&token).unwrap()), text(&said()));
    assert_eq!(other.verify(&token).unwrap_err(), "invalid signature, no keys found");
    let unsigned = token.rsplit_once('.').unwrap().0;
    assert!(signer.verify(&format!("{unsigned}.")).is_err());
}

proptest! {
    #[test]
    fn damage_is_found(at in 0usize..500, byte in proptest::char::range('!', 'z')) {
        let signer = signer();
        let token = signer.sign(&said()).unwrap();
        let mut chars: Vec<char> = token.chars().collect();
        if let Some(place) = chars.get_mut(at) {
            *place = byte;
        }
        let damaged: String = chars.into_iter().collect();
        // The last digit of a part may have bits that mean nothing.
        let is_good = signer.verify(&damaged).is_ok();
        prop_assert!(damaged == token || !is_good);
    }
}
