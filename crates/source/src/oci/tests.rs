//! Artifacts of Debian's `docker-registry`, fetched into stores. Where that is not installed, these are left out.

mod hostile;
mod server;
mod signatures;
mod trust;

use testkit::check_eq;
use testkit::registry::{DockerRegistry, Wants};

use super::document::{INDEX, MANIFEST};
use super::*;

const LONG: Duration = Duration::from_secs(60);

/// Calls a manifest `tag` that has layers of these media types and contents; its digest.
fn put(url: &str, tag: &str, layers: &[(&str, &str)], access: &Access) -> Digest {
    let address = Address::parse(url).unwrap();
    let registry = Registry::new(&address, access, Right::Push, LONG).unwrap();
    let mut parts = Vec::new();
    for (media_type, text) in layers {
        let digest = registry.upload(text.as_bytes().to_vec().into()).unwrap();
        let size = text.len();
        parts.push(format!(
            r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size},"annotations":{{}}}}"#
        ));
    }
    let config = registry.upload("{}".into()).unwrap();
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "config":{{"mediaType":"x","digest":"{config}","size":2}},"layers":[{}],
        "annotations":{{"org.opencontainers.image.revision":"main@sha1:1"}}}}"#,
        parts.join(",")
    );
    registry.put_manifest(tag, manifest.into()).unwrap()
}

fn store(registry: &DockerRegistry, access: &Access) -> Store {
    let address = Address::parse(&registry.url("org/app")).unwrap();
    Store::new(&registry.folder("store"), address, access)
}

fn tag(name: &str) -> Wanted {
    Wanted { reference: Reference::Tag(name.to_owned()), layer: Selector::default(), keys: None }
}

/// The revision, and the layer; or why there is none.
fn shown(store: &Store, wanted: &Wanted) -> String {
    match store.fetch(wanted, LONG).and_then(|fetched| text(store, &fetched)) {
        Ok(text) => text,
        Err(error) => {
            let text = error.chain().replace(&store.inner.address.host, "HOST");
            assert!(!text.contains("canary"), "{text}");
            text
        }
    }
}

fn text(store: &Store, fetched: &Fetched) -> Result<String, Error> {
    let text = store.layer(fetched, |reader| {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text).map_err(Error::of_io)
    })?;
    Ok(format!("{}\n{}: {text}\n", fetched.revision, fetched.layer.media_type))
}

#[test]
fn what_a_reference_may_be() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let url = registry.url("org/app");
    let anyone = Access::default();
    let first = put(&url, "v1.0.0", &[("a", "first")], &anyone);
    let second = put(&url, "v1.2.0", &[("a", "second")], &anyone);
    put(&url, "v2.0.0-rc.1", &[("a", "third")], &anyone);
    let store = store(&registry, &anyone);
    let check = |reference: Reference, expected: &str| {
        let wanted = Wanted { reference, layer: Selector::default(), keys: None };
        check_eq(&shown(&store, &wanted), expected);
    };
    let range = |range: &str, filter: Option<&str>| Reference::SemVer {
        range: range.to_owned(),
        filter: filter.map(str::to_owned),
    };
    check(Reference::Tag("v1.0.0".to_owned()), &format!("v1.0.0@{first}\na: first\n"));
    check(range(">=1.0.0", None), &format!("v1.2.0@{second}\na: second\n"));
    check(range(">=1.0.0", Some("0.0$")), &format!("v1.0.0@{first}\na: first\n"));
    check(Reference::Digest(first.clone()), &format!("{first}\na: first\n"));
    check(range("^3", None), "it has no tag with a version of `^3`");
    let unknown = "the registry answers 404 Not Found (MANIFEST_UNKNOWN), \
                   look for a name that is misspelt or was never pushed";
    check(Reference::Tag("gone".to_owned()), &format!("HOST/org/app:gone: {unknown}"));
    let gone = Digest::of(b"gone");
    check(Reference::Digest(gone.clone()), &format!("HOST/org/app@{gone}: {unknown}"));
    let fetched = store.fetch(&tag("v1.0.0"), LONG).unwrap();
    assert_eq!(fetched.annotations[ORIGIN], "main@sha1:1");
}

#[test]
fn a_tag_that_moves() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (url, anyone) = (registry.url("org/app"), Access::default());
    let store = store(&registry, &anyone);
    let first = put(&url, "latest", &[("a", "first")], &anyone);
    check_eq(&shown(&store, &tag("latest")), &format!("latest@{first}\na: first\n"));
    let second = put(&url, "latest", &[("a", "second")], &anyone);
    check_eq(&shown(&store, &tag("latest")), &format!("latest@{second}\na: second\n"));
}

#[test]
fn layers_and_indexes() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (url, anyone) = (registry.url("org/app"), Access::default());
    let store = store(&registry, &anyone);
    let digest = put(&url, "latest", &[("a", "first"), ("b", "second"), ("b", "third")], &anyone);
    let check = |media_type: Option<&str>, expected: &str| {
        let media_type = media_type.map(str::to_owned);
        let layer = Selector { media_type, operation: Operation::Copy };
        check_eq(&shown(&store, &Wanted { layer, ..tag("latest") }), expected);
    };
    check(None, &format!("latest@{digest}\na: first\n"));
    check(Some("b"), &format!("latest@{digest}\nb: second\n"));
    check(Some("c"), "the artifact has no layer of media type `c`; it has: a, b");
    put(&url, "empty", &[], &anyone);
    check_eq(&shown(&store, &tag("empty")), "the artifact has no layers");

    let other = put(&url, "other", &[("a", "other")], &anyone);
    let index = |platforms: [&str; 2]| {
        let of = |digest: &Digest, platform: &str| {
            let media_type = document::MANIFEST;
            let size = registry_size(&url, digest);
            format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}{platform}}}"#)
        };
        let manifests = [of(&other, platforms[0]), of(&digest, platforms[1])].join(",");
        let index = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{manifests}]}}"#
        );
        let address = Address::parse(&url).unwrap();
        let registry = Registry::new(&address, &anyone, Right::Push, LONG).unwrap();
        registry.put("index", index.into(), document::INDEX).unwrap()
    };
    let arm = r#","platform":{"os":"linux","architecture":"arm64"}"#;
    let ours = r#","platform":{"os":"linux","architecture":"amd64"}"#;
    let digest = index([arm, ours]);
    check_eq(&shown(&store, &tag("index")), &format!("index@{digest}\na: first\n"));
    let digest = index([arm, ""]);
    check_eq(&shown(&store, &tag("index")), &format!("index@{digest}\na: first\n"));
    index([arm, arm]);
    let none = "its manifest is none: it is an index without a manifest for linux/amd64";
    check_eq(&shown(&store, &tag("index")), none);
}

fn registry_size(url: &str, digest: &Digest) -> usize {
    let address = Address::parse(url).unwrap();
    let registry = Registry::new(&address, &Access::default(), Right::Pull, LONG).unwrap();
    registry.manifest(digest.as_str()).unwrap().len()
}

#[test]
fn what_was_fetched_is_there_without_a_network() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (url, anyone) = (registry.url("org/app"), Access::default());
    let digest = put(&url, "latest", &[("a", "first")], &anyone);
    let before = store(&registry, &anyone);
    let folder = registry.folder("store");
    let fetched = before.fetch(&tag("latest"), LONG).unwrap();
    let address = Address::parse("oci://127.0.0.1:1/org/app").unwrap();
    let store = Store::new(&folder, address, &anyone);
    assert_eq!(store.last(&tag("latest")), Some(fetched.clone()));
    assert_eq!(store.last(&tag("other")), None);
    check_eq(&text(&store, &fetched).unwrap(), &format!("latest@{digest}\na: first\n"));
    let by_digest = Wanted {
        reference: Reference::Digest(digest.clone()),
        layer: Selector::default(),
        keys: None,
    };
    check_eq(&shown(&store, &by_digest), &format!("{digest}\na: first\n"));
    let said = shown(&store, &tag("latest"));
    assert!(said.starts_with("HOST/org/app: it cannot be reached"), "{said}");

    // A file that is damaged is not used, and is fetched again.
    std::fs::write(folder.join("sha256").join(fetched.layer.digest.hex()), "other").unwrap();
    let layer = &fetched.layer.digest;
    let damaged = format!("the file of {layer} is damaged: it is fetched again next time");
    check_eq(&text(&store, &fetched).unwrap_err().chain(), &damaged);
    assert_eq!(store.last(&tag("latest")), None);
    check_eq(&shown(&before, &tag("latest")), &format!("latest@{digest}\na: first\n"));
}

#[test]
fn the_last_artifacts_stay() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (url, anyone) = (registry.url("org/app"), Access::default());
    let store = store(&registry, &anyone);
    let fetched: Vec<Fetched> = (0..12)
        .map(|number: usize| {
            put(&url, "latest", &[("a", &number.to_string()), ("b", "same")], &anyone);
            store.fetch(&tag("latest"), LONG).unwrap()
        })
        .collect();
    let said = |number: usize| match text(&store, &fetched[number]) {
        Ok(text) => text.lines().last().unwrap().to_owned(),
        Err(error) => error.chain().split('@').next().unwrap().to_owned(),
    };
    check_eq(&said(11), "a: 11");
    check_eq(&said(2), "a: 2");
    check_eq(&said(1), "the revision latest");
    // Ten manifests and their first layers: the others were never fetched.
    assert_eq!(std::fs::read_dir(registry.folder("store/sha256")).unwrap().count(), 20);
}
