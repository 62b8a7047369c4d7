//! References in, what counts of them out.

use testkit::check_eq;

use super::*;

#[test]
fn of_several_references_one_counts() {
    let text = |text: &str| Some(text.to_owned());
    let digest = format!("sha256:{}", "0a".repeat(32));
    let all = Written {
        digest: Some(digest.clone()),
        semver: text("1.x"),
        semver_filter: text("f"),
        tag: text("t"),
    };
    let check = |written: Written, expected: &str| {
        let said = match Reference::choose(written) {
            Ok(reference) => format!("{reference:?}"),
            Err(error) => error.to_string(),
        };
        check_eq(&said, expected);
    };
    check(all.clone(), &format!("Digest(Digest(\"{digest}\"))"));
    let without = Written { digest: None, ..all.clone() };
    check(without, r#"SemVer { range: "1.x", filter: Some("f") }"#);
    check(Written { tag: text("t"), ..Written::default() }, r#"Tag("t")"#);
    check(Written::default(), r#"Tag("latest")"#);
    let wrong = "`sha1:0` is no digest: write `sha256:` and 64 digits of it";
    check(Written { digest: text("sha1:0"), ..all }, wrong);
    let wrong = Written { tag: text("a/../b"), ..Written::default() };
    check(wrong, "no tag can be called `a/../b`");
}

#[test]
fn the_highest_tag_of_a_range() {
    let tags = ["v1.0.0", "1.2.0", "1.10.0", "1.11.0-rc.1", "2.0.0_build", "latest", "1.9.0/x"];
    let check = |selector: &Selector, (range, filter): (&str, Option<&str>), expected: &str| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let said = match selector.highest(tags, range, filter) {
            Ok(tag) => tag,
            Err(error) => error.to_string(),
        };
        check_eq(&said, expected);
    };
    let plain = Selector::default();
    let chart = Selector { media_type: Some(CHART.to_owned()), ..Selector::default() };
    check(&plain, (">=1.0.0", None), "1.10.0");
    check(&chart, (">=1.0.0", None), "2.0.0_build");
    check(&plain, (">=1.0.0-0", None), "1.11.0-rc.1");
    check(&plain, (">=1.0.0-0", Some("^v?[^-]*$")), "1.10.0");
    check(&plain, ("1.0.x", Some("^v")), "v1.0.0");
    check(&plain, (">=1.0.0", Some("nothing")), "it has no tag with a version of `>=1.0.0`");
    let wrong = "`semverFilter` is no regular expression, error: unclosed group";
    check(&plain, (">=1.0.0", Some("(")), wrong);
    let long = "`semverFilter` is no regular expression, it is longer than 1024 bytes";
    check(&plain, (">=1.0.0", Some(&"a".repeat(1025))), long);
    let large = "`semverFilter` is no regular expression, Compiled regex exceeds size limit of 1048576 bytes.";
    check(&plain, (">=1.0.0", Some(r"(\w{1000}){1000}")), large);
    let none = "`one` is no range of versions: write it as `>=1.0.0 <2.0.0`, `~1.2` or `1.x`";
    check(&plain, ("one", None), none);
}
