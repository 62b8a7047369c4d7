//! Who asks, and who answers.

use std::collections::BTreeMap;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::server::Tokens;
use super::*;

/// `me` and a password, as a Secret has them.
fn login(host: &str, password: &str) -> BTreeMap<String, Vec<u8>> {
    let config =
        format!(r#"{{"auths": {{"{host}": {{"username": "me", "password": "{password}"}}}}}}"#);
    [(".dockerconfigjson".to_owned(), config.into_bytes())].into()
}

fn access(registry: &DockerRegistry, password: &str) -> Access {
    let address = Address::parse(&registry.url("org/app")).unwrap();
    Access::of_registry(&address, &[&login(&registry.host, password)], None).unwrap()
}

#[test]
fn passwords() {
    let wants = Wants { password: true, ..Wants::default() };
    let Some(registry) = DockerRegistry::start(&wants) else { return };
    let good = access(&registry, "canary-7");
    let digest = put(&registry.url("org/app"), "latest", &[("a", "first")], &good);
    let check = |access: &Access, expected: &str| {
        check_eq(&shown(&store(&registry, access), &tag("latest")), expected);
    };
    check(&good, &format!("latest@{digest}\na: first\n"));
    let refused = "HOST/org/app:latest: the registry answers 401 Unauthorized (UNAUTHORIZED), ";
    let bad = format!("{refused}it does not let these credentials in");
    check(&access(&registry, "canary-8"), &bad);
    check(&Access::of_credentials("canary-8").unwrap(), &bad);
    check(&Access::default(), &format!("{refused}it wants credentials"));
    let address = Address::parse(&registry.url("org/app")).unwrap();
    let other = Access::of_registry(&address, &[&login("other.test", "canary-7")], None);
    check(&other.unwrap(), &format!("{refused}it wants credentials"));
    assert!(!format!("{good:?}").contains("canary"));
}

#[test]
fn tokens() {
    // `me` and `canary-7`, in base64.
    let tokens = Tokens::start(Some("Basic bWU6Y2FuYXJ5LTc="), true);
    let asked = tokens.asked.clone();
    let wants = Wants { token: tokens.place(), ..Wants::default() };
    let Some(registry) = DockerRegistry::start(&wants) else { return };
    let asked = || std::mem::take(&mut *asked.lock().unwrap());
    let good = access(&registry, "canary-7");
    let digest = put(&registry.url("org/app"), "latest", &[("a", "first")], &good);
    check_eq(
        &asked().join("\n"),
        "GET service=here&scope=repository%3Aorg%2Fapp%3Apull%2Cpush\
         &scope=repository%3Aorg%2Fapp%3Apull Basic bWU6Y2FuYXJ5LTc=",
    );
    let expected = format!("latest@{digest}\na: first\n");
    check_eq(&shown(&store(&registry, &good), &tag("latest")), &expected);
    let once = "GET service=here&scope=repository%3Aorg%2Fapp%3Apull Basic bWU6Y2FuYXJ5LTc=";
    check_eq(&asked().join("\n"), once);

    let refused = |access: &Access, hint: &str| {
        let said = shown(&store(&registry, access), &tag("latest"));
        let start = "no token for HOST/org/app: the registry answers 401 Unauthorized";
        check_eq(&said, &format!("{start} (UNAUTHORIZED), {hint}"));
    };
    refused(&access(&registry, "canary-8"), "it does not let these credentials in");
    refused(&Access::default(), "it wants credentials");

    asked();
    let entry = |token: &str| {
        let entry = format!(r#"{{"auth": "bWU6", "identitytoken": "{token}"}}"#);
        let config = format!(r#"{{"auths": {{"{}": {entry}}}}}"#, registry.host);
        let address = Address::parse(&registry.url("org/app")).unwrap();
        Access::of_docker_config(&address, config.as_bytes()).unwrap()
    };
    check_eq(&shown(&store(&registry, &entry("canary-9")), &tag("latest")), &expected);
    check_eq(
        &asked().join("\n"),
        "POST grant_type=refresh_token&client_id=nauarch&service=here\
         &scope=repository%3Aorg%2Fapp%3Apull&refresh_token=canary-9",
    );
    refused(&entry("canary-0"), "it does not let these credentials in");
}

#[test]
fn tokens_for_everybody() {
    let tokens = Tokens::start(None, false);
    let asked = tokens.asked.clone();
    let wants = Wants { token: tokens.place(), ..Wants::default() };
    let Some(registry) = DockerRegistry::start(&wants) else { return };
    let anyone = Access::default();
    let digest = put(&registry.url("org/app"), "latest", &[("a", "first")], &anyone);
    asked.lock().unwrap().clear();
    let check = |access: &Access| {
        let said = shown(&store(&registry, access), &tag("latest"));
        check_eq(&said, &format!("latest@{digest}\na: first\n"));
    };
    check(&anyone);
    // Where a token is not refreshed, one is asked for as always.
    let refresh_token = Some("canary-9".to_owned());
    check(&Access { refresh_token, ..Access::default() });
    let methods: Vec<_> = asked
        .lock()
        .unwrap()
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(methods, ["GET", "POST", "GET"]);
}

#[test]
fn certificates() {
    let (authority_key, authority) = authority();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::from_params(&authority, &authority_key);
    let signed = |names: &[&str]| {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    let wants = Wants {
        tls: Some(signed(&["127.0.0.1"])),
        client: Some(authority_pem.clone()),
        ..Wants::default()
    };
    let Some(registry) = DockerRegistry::start(&wants) else { return };
    let address = Address::parse(&registry.url("org/app")).unwrap();
    let access = |entries: &[(&str, &str)]| {
        let entries =
            entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec()));
        Access::of_registry(&address, &[], Some(&entries.collect())).unwrap()
    };
    let (certificate, key) = signed(&["me"]);
    let all = [("ca.crt", &*authority_pem), ("tls.crt", &certificate), ("tls.key", &key)];
    let good = access(&all);
    let digest = put(&registry.url("org/app"), "latest", &[("a", "first")], &good);
    let said = |access: &Access| shown(&store(&registry, access), &tag("latest"));
    check_eq(&said(&good), &format!("latest@{digest}\na: first\n"));
    let contains = |said: &str, part: &str| assert!(said.contains(part), "{said}");
    contains(&said(&Access::default()), "invalid peer certificate");
    contains(&said(&access(&all[..1])), "it cannot be reached");
}

fn authority() -> (KeyPair, CertificateParams) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (KeyPair::generate().unwrap(), params)
}
