//! Objects taken apart, Secrets read, and bytes that are neither. Signatures of Git itself are in
//! `store/tests/signed.rs`.

use proptest::collection::vec;
use proptest::prelude::*;
use testkit::check_eq;

use super::*;

fn secret(entries: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
    entries.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChmpQhkZBTcNvH8qf3h4cYSBzHrGLIYzQtJR1jpS ada";

#[test]
fn what_was_signed() {
    let check = |object: &str, expected: &str| {
        let read = match Signed::read(object.as_bytes()) {
            Ok(Signed { content, signature }) => {
                format!("{}|{signature}", String::from_utf8_lossy(&content))
            }
            Err(error) => error,
        };
        check_eq(&read, expected);
    };
    let none = "it is not signed: sign commits with `git commit -S`, tags with `git tag -s`";
    let several = "it has several signatures: sign it once";
    check("", none);
    check("tree 1\nauthor a\n\ngpgsig x\n", none);
    check(
        "tree 1\ngpgsig -----BEGIN\n \n end\nencoding x\n\ntext\n gpgsig y\n",
        "tree 1\nencoding x\n\ntext\n gpgsig y\n|-----BEGIN\n\nend\n",
    );
    // What is for the other names of objects is not signed, and does not count.
    check(
        "tree 1\ngpgsig-sha256 a\n b\ngpgsig c\n d\nx y\n z\n\nm\n",
        "tree 1\nx y\n z\n\nm\n|c\nd\n",
    );
    check("tree 1\ngpgsig a\ngpgsig b\n\n", several);
    check(
        "tree 1\ngpgsig -----BEGIN PGP SIGNATURE-----\n -----BEGIN PGP SIGNATURE-----\n\n",
        several,
    );
    check("tree 1\ngpgsig-sha256 a\n\n", none);
    check("object 1\ntag v1\n\ntext\n", none);
    check(
        "object 1\ngpgsig-sha256 x\n y\n\ntext\n-----BEGIN SSH SIGNATURE-----\nx\n",
        "object 1\n\ntext\n|-----BEGIN SSH SIGNATURE-----\nx\n",
    );
    // The last one counts, as what is before it is signed with it.
    check(
        "object 1\n\n-----BEGIN PGP SIGNATURE-----\nx\n-----BEGIN PGP SIGNATURE-----\ny\n",
        "object 1\n\n-----BEGIN PGP SIGNATURE-----\nx\n|-----BEGIN PGP SIGNATURE-----\ny\n",
    );
    check("object 1\n\ntext -----BEGIN PGP SIGNATURE-----\n", none);
}

#[test]
fn keys_of_a_secret() {
    let check = |entries: &[(&str, &[u8])], expected: &str| {
        let read = match Keys::of_secret(&secret(entries)) {
            Ok(keys) => format!("{keys:?}"),
            Err(error) => error.chain(),
        };
        assert!(!read.contains("canary"), "{read}");
        check_eq(&read, expected);
    };
    let cannot =
        |what: &str| format!("the Secret of `spec.verify.secretRef` cannot be used: {what}");
    let none = cannot("it has no public key, neither PGP (`NAME.asc`) nor SSH (`NAME.sshpub`)");
    let ada = r#"["SHA256:shbxf+m6e2bePC5AhKXtyLIlAWHZfCOSRP4iTMzzuNM"]"#;
    check(&[], &none);
    check(&[("password", b"canary")], &none);
    check(&[("a.sshpub", KEY.as_bytes()), ("password", b"canary")], ada);
    let lines = format!("# all\n\nnamespaces=\"git\" {KEY}\n");
    check(&[("a.sshpub", lines.as_bytes())], ada);
    let lines = format!("{KEY}\nssh-ed25519 canary\n");
    let broken = cannot("`a.sshpub` has no SSH public keys, one in a line: `ssh-ed25519 …`");
    check(&[("a.sshpub", lines.as_bytes())], &broken);
    check(&[("a.sshpub", b"\xff")], &broken);
    let broken =
        cannot("`a.asc` has no PGP public key: take what `gpg --armor --export NAME` writes");
    check(&[("a.asc", b"canary"), ("a.sshpub", KEY.as_bytes())], &broken);
    check(&[("a.asc", &vec![b'x'; MAX_KEYS + 1])], &cannot("it has over 1 MiB of keys"));
}

#[test]
fn objects_that_nobody_signed_well() {
    let keys = Keys::of_secret(&secret(&[("a.sshpub", KEY.as_bytes())])).unwrap();
    let check = |signature: &str, expected: &str| {
        let object = format!("tree 1\ngpgsig {}\n\ntext\n", signature.replace('\n', "\n "));
        check_eq(&keys.verify(object.as_bytes()).unwrap_err().chain(), expected);
    };
    check(
        "-----BEGIN PGP SIGNATURE-----",
        "it is signed by PGP, and `spec.verify.secretRef` has no such key: add it as `NAME.asc`",
    );
    check(
        "-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----",
        "its SSH signature cannot be read: sign it again",
    );
    let other = "its signature is neither PGP nor SSH: sign it with one of them";
    check("-----BEGIN SIGNED MESSAGE-----", other);
    let large = keys.verify(&vec![b' '; MAX_OBJECT + 1]).unwrap_err().chain();
    check_eq(&large, "it has over 1 MiB, and so much is not verified");
}

#[test]
fn modes() {
    let check = |mode: &str, expected: &str| check_eq(&format!("{:?}", Mode::read(mode)), expected);
    check("", "None");
    check("head", "Some(Head)");
    check("HEAD", "Some(Head)");
    check("Tag", "Some(Tag)");
    check("TagAndHEAD", "Some(TagAndHead)");
    check("other", "Some(Head)");
}

/// Bytes in an armor, which may be what it says or not.
fn armored(kind: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(70).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    format!("-----BEGIN {kind}-----\n\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        object in vec(any::<u8>(), 0..200),
        signature in vec(any::<u8>(), 0..200),
        key in vec(any::<u8>(), 0..200),
        first in prop_oneof![Just(0x98_u8), Just(0x99), Just(0xc6), Just(0x88), Just(0xc2)],
    ) {
        let packets = |bytes: &[u8]| [&[first, bytes.len() as u8, 4][..], bytes].concat();
        let pgp = armored("PGP PUBLIC KEY BLOCK", &packets(&key));
        let all = [
            secret(&[("a.asc", &key)]),
            secret(&[("a.asc", pgp.as_bytes())]),
            secret(&[("a.sshpub", &key)]),
            secret(&[("a", pgp.as_bytes()), ("b.sshpub", KEY.as_bytes())]),
        ];
        let signatures = [
            armored("PGP SIGNATURE", &packets(&signature)),
            armored("SSH SIGNATURE", &[b"SSHSIG\0\0\0\x01", &signature[..]].concat()),
            String::from_utf8_lossy(&signature).into_owned(),
        ];
        for data in all {
            let Ok(keys) = Keys::of_secret(&data) else { continue };
            prop_assert!(keys.verify(&object).is_err());
            for signature in &signatures {
                let tag = [b"object 1\n\n", &object[..], b"\n", signature.as_bytes()].concat();
                prop_assert!(keys.verify(&tag).is_err());
                let header = signature.replace('\n', "\n ");
                let commit = [b"tree 1\ngpgsig ", header.as_bytes(), b"\n\n", &object].concat();
                prop_assert!(keys.verify(&commit).is_err());
            }
        }
    }
}
