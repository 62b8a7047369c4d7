//! Bytes in, objects out.

use manifest::json;
use testkit::check_eq;

use super::*;

/// Fields, one after the other.
fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, field) in fields {
        bytes.push(u8::try_from(number << 3 | 2).unwrap());
        bytes.push(u8::try_from(field.len()).unwrap());
        bytes.extend_from_slice(field);
    }
    bytes
}

fn object(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = message(&[(1, api_version.as_bytes()), (2, kind.as_bytes())]);
    [MAGIC, &message(&[(1, &meta), (2, raw), (3, b""), (4, b"")])].concat()
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let text = match read(bytes) {
        Ok(node) => {
            let mut text = String::new();
            json::write(&node, json::Options::default(), &mut text);
            text
        }
        Err(error) => error.to_string(),
    };
    check_eq(&text, expected);
}

#[test]
fn maps_and_metadata_and_nothing_that_is_empty() {
    let metadata = message(&[(1, b"a"), (2, b""), (3, b"shop"), (8, b"")]);
    let entry = message(&[(1, b"color"), (2, b"blue")]);
    let binary = message(&[(1, b"z"), (2, b"\x00\x01")]);
    let raw = message(&[(1, &metadata), (2, &entry), (3, &binary)]);
    check(
        &object("v1", "ConfigMap", &raw),
        r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"shop"},"data":{"color":"blue"},"binaryData":{"z":"AAE="}}"#,
    );
}

#[test]
fn messages_that_go_embeds_and_scalars_that_are_messages() {
    // A volume's source stands under a number of its own; a port is a number or a name.
    let empty_dir = message(&[(1, b"Memory"), (2, &message(&[(1, b"1Gi")]))]);
    let volume = message(&[(1, b"scratch"), (2, &message(&[(2, &empty_dir)]))]);
    let port = [0x08, 0x01, 0x10, 0x00, 0x1a, 0x04, b'h', b't', b't', b'p'];
    let get = message(&[(1, b"/ok"), (2, &port)]);
    let probe = [message(&[(1, &message(&[(2, &get)]))]), vec![0x10, 0x05]].concat();
    let container = message(&[(1, b"c"), (2, b"i"), (10, &probe)]);
    let spec = message(&[(1, &volume), (2, &container)]);
    check(
        &object("v1", "Pod", &message(&[(2, &spec)])),
        r#"{"kind":"Pod","apiVersion":"v1","spec":{"volumes":[{"name":"scratch","emptyDir":{"medium":"Memory","sizeLimit":"1Gi"}}],"containers":[{"name":"c","image":"i","livenessProbe":{"httpGet":{"path":"/ok","port":"http"},"initialDelaySeconds":5}}]}}"#,
    );
}

#[test]
fn times() {
    let time = [0x08, 0x80, 0xa3, 0x05, 0x10, 0x98, 0x8c, 0xeb, 0xdc, 0x03];
    let spec = message(&[(1, b"me"), (3, &time)]);
    check(
        &object("coordination.k8s.io/v1", "Lease", &message(&[(2, &spec)])),
        r#"{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","spec":{"holderIdentity":"me","acquireTime":"1970-01-02T00:00:00.999999Z"}}"#,
    );
}

#[test]
fn options_of_a_deletion() {
    let raw = [vec![0x08, 0x00], message(&[(4, b"Background")])].concat();
    check(
        &object("v1", "DeleteOptions", &raw),
        r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}"#,
    );
}

#[test]
fn what_is_none() {
    check(b"{}", "the bytes are not protobuf of a Kubernetes object");
    check(
        &object("v1", "ConfigMap", b"\x0a\x7f"),
        "the bytes are not protobuf of a Kubernetes object",
    );
    let custom = object("example.org/v1", "Boat", b"");
    check(&custom, "Boat in example.org/v1 is not read from protobuf");
}
