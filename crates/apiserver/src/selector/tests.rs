//! Selectors: what they match, and what they say of themselves.

use manifest::Origin;

use super::{FieldSelector, LabelSelector};

fn labels(selector: &str) -> String {
    let object = br#"{"metadata":{"name":"web","labels":{"app":"web","tier":"5","x.io/a":""}}}"#;
    let object = manifest::json::read(object, Origin::NONE).unwrap();
    match LabelSelector::parse(selector) {
        Ok(selector) => selector.matches(&object).to_string(),
        Err(why) => why,
    }
}

fn fields(selector: &str) -> String {
    let object = br#"{"metadata":{"name":"web","namespace":"a,b"},"spec":{"nodeName":"n"}}"#;
    let object = manifest::json::read(object, Origin::NONE).unwrap();
    match FieldSelector::parse(selector) {
        Ok(selector) => selector.matches(&object).to_string(),
        Err(why) => why,
    }
}

#[test]
fn labels_match() {
    for selector in [
        "",
        "app",
        "app=web",
        "app==web",
        "app!=other",
        "other!=x",
        "!other",
        "app in (web,x)",
        "app notin (x)",
        "other notin (x)",
        "tier>4",
        "tier<6",
        "tier gt 4",
        "x.io/a=",
        "x.io/a in ()",
        " app = web , tier in ( 5 ) ",
    ] {
        assert_eq!(labels(selector), "true", "{selector}");
    }
    for selector in
        ["app=other", "!app", "other", "other in (x)", "tier>5", "app>4", "app=web,tier=6"]
    {
        assert_eq!(labels(selector), "false", "{selector}");
    }
}

#[test]
fn what_is_no_label_selector() {
    let check = |selector, expected| assert_eq!(labels(selector), expected, "{selector}");
    check("app in x", "unable to parse requirement: found 'x' expected: '('");
    check("app=x=y", "found '=', expected: ',' or 'end of string'");
    check("app,", "found '', expected: identifier after ','");
    check("!", "unable to parse requirement: found '', expected: identifier");
}

#[test]
fn fields_match() {
    for selector in [
        "metadata.name=web",
        "metadata.name==web",
        "metadata.name!=x",
        "spec.nodeName=n,metadata.name=web",
        "metadata.namespace=a\\,b",
        "spec.gone=",
    ] {
        assert_eq!(fields(selector), "true", "{selector}");
    }
    assert_eq!(fields("spec.nodeName="), "false");
    assert_eq!(fields("name"), "invalid selector: 'name'; can't understand 'name'");
}
