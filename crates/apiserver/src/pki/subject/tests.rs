//! Subjects of certificates, and of what is none.

use proptest::prelude::*;

use super::subject;
use crate::pki::Authority;

fn certificate(user: &str, group: Option<&str>) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let authority = Authority::new("test", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let (certificate, _) = authority.client_certificate(user, group).unwrap();
    CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap().to_vec()
}

fn check(certificate: &[u8], expected: &str) {
    let found = subject(certificate).map(|(name, groups)| format!("{name} {groups:?}"));
    assert_eq!(found.as_deref(), Some(expected));
}

#[test]
fn users_and_groups() {
    let long = "x".repeat(300);
    check(&certificate("alice", Some("devs")), r#"alice ["devs"]"#);
    check(&certificate("Ünï", None), "Ünï []");
    check(&certificate(&long, None), &format!("{long} []"));
}

#[test]
fn several_groups() {
    let element = |tag: u8, contents: &[&[u8]]| {
        let contents = contents.concat();
        [&[tag, u8::try_from(contents.len()).unwrap()], contents.as_slice()].concat()
    };
    let name = |kind: u8, tag: u8, text: &[u8]| {
        let parts = [element(6, &[&[0x55, 4, kind]]), element(tag, &[text])];
        let attribute = element(0x30, &[&parts[0], &parts[1]]);
        element(0x31, &[&attribute])
    };
    let names =
        [name(10, 0x13, b"one"), name(10, 0x1e, &[0, b't', 0, b'2']), name(3, 0x14, &[0xe9])];
    let subject = element(0x30, &[&names[0], &names[1], &names[2]]);
    let empty = element(0x30, &[]);
    let signed = element(0x30, &[&element(2, &[&[1]]), &empty, &empty, &empty, &subject]);
    check(&element(0x30, &[&signed]), r#"é ["one", "t2"]"#);
}

proptest! {
    #[test]
    fn damage_is_no_panic(at in 0usize..400, byte: u8, length in 0usize..400) {
        let mut bytes = certificate("alice", Some("devs"));
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(length);
        subject(&bytes);
    }
}
