//! Outputs in, what of them is the same each time out.

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(mask(text, "127.0.0.1:4711"), expected);
}

#[test]
fn every_mask_compiles() {
    assert_eq!(MASKS.len(), PATTERNS.len());
}

#[test]
fn tables() {
    check(
        "NAME                  READY   AGE\nweb-6d4cf56db6-x2x5z   1/1     2m5s   \n\n",
        "NAME  READY  AGE\nweb-<hash>-<id>  1/1  <age>\n",
    );
    check(
        "web   NodePort   10.0.3.4   <none>   80:30123/TCP   3d",
        "web  NodePort  <ip>  <none>  80:<port>/TCP  <age>\n",
    );
}

#[test]
fn objects() {
    check(
        "creationTimestamp: \"2026-11-24T12:00:00Z\"\nresourceVersion: \"17\"\nuid: 0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f\n  name: x\n",
        "creationTimestamp: \"<time>\"\nresourceVersion: \"<rv>\"\nuid: <uid>\n  name: x\n",
    );
}

#[test]
fn what_one_kubectl_says_and_another_does_not() {
    check("configmap \"a\" deleted from default namespace", "configmap \"a\" deleted\n");
    check("running at https://127.0.0.1:4711", "running at https://<server>\n");
    check("", "");
}
