use manifest::Origin;

use super::*;

#[test]
fn parts_of_an_image() {
    let check = |text: &str, expected| assert_eq!(split(text), expected, "{text}");
    check("nginx", ("nginx", "", ""));
    check("nginx:1.27", ("nginx", "1.27", ""));
    check("nginx@sha256:ab", ("nginx", "", "sha256:ab"));
    check("nginx:1@sha256:ab", ("nginx", "1", "sha256:ab"));
    check("localhost:5000/nginx", ("localhost:5000/nginx", "", ""));
    check("localhost:5000/a/nginx:1", ("localhost:5000/a/nginx", "1", ""));
    check("", ("", "", ""));
}

/// What an entry `name: NAME, newName: n, newTag: t` makes of an image; nothing if it is another one.
fn check(name: &str, image: &str, expected: &str) {
    let entry = Image {
        origin: Origin::NONE,
        name: name.into(),
        new_name: "n".into(),
        new_tag: "t".into(),
        tag_suffix: "".into(),
        digest: "".into(),
    };
    let names = Names::new(&entry).unwrap();
    let changed = names.changed(&Node::string(image, Origin::NONE)).unwrap_or_default();
    assert_eq!(changed, expected, "{name} in {image}");
}

#[test]
fn images_by_their_whole_name() {
    check("nginx", "nginx", "n:t");
    check("nginx", "nginx:1", "n:t");
    check("nginx", "nginx:1@sha256:ab", "n:t");
    check("nginx", "my/nginx", "");
    check("nginx", "nginx2", "");
    check("nginx", "nginx:1@md5:ab", "");
    check("host:5000/nginx", "host:5000/nginx:1", "n:t");
}

#[test]
fn a_name_is_a_regular_expression() {
    check("ng.nx", "ng-nx", "n:t");
    check(".*", "any/thing:1", "n:t");
    check("(nginx|redis)", "redis:7", "n:t");
    let broken = Image { name: "ng(inx".into(), ..empty() };
    assert!(Names::new(&broken).is_none());
}

fn empty() -> Image {
    let text = || manifest::Text::new();
    Image {
        origin: Origin::NONE,
        name: text(),
        new_name: text(),
        new_tag: text(),
        tag_suffix: text(),
        digest: text(),
    }
}

#[test]
fn tags_and_digests_replace_each_other() {
    let check = |tag: &str, digest: &str, suffix: &str, image: &str, expected: &str| {
        let entry = Image {
            name: "a".into(),
            new_tag: tag.into(),
            digest: digest.into(),
            tag_suffix: suffix.into(),
            ..empty()
        };
        let changed = Names::new(&entry).unwrap().changed(&Node::string(image, Origin::NONE));
        assert_eq!(changed.unwrap_or_default(), expected, "{image}");
    };
    check("2", "", "", "a:1@sha256:x", "a:2");
    check("", "sha256:y", "", "a:1", "a@sha256:y");
    check("2", "sha256:y", "", "a", "a:2@sha256:y");
    check("", "", "-slim", "a:1", "a:1-slim");
    check("", "", "", "a:1@sha256:x", "a:1@sha256:x");
}
