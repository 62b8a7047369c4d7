use super::compile;

fn check(pattern: &str, text: &str, expected: bool) {
    assert_eq!(compile(pattern).unwrap().is_match(text), expected, "{pattern} on {text}");
}

#[test]
fn classes_are_ascii() {
    check(r"^\d+$", "12", true);
    check(r"^\d+$", "١٢", false);
    check(r"^[\w-]+$", "a-b_1", true);
    check(r"^[^\s]+$", "a b", false);
}

#[test]
fn what_means_something_to_the_crate_only_stands_for_itself() {
    check(r"^[a&&b]+$", "a&b", true);
    check(r"^[[a]+$", "[a", true);
    check(r"^[[:alpha:]]+$", "ab", true);
    check(r"^a{,2}$", "a{,2}", true);
    check(r"^a{2}$", "aa", true);
    check(r"^[]a]+$", "]a", true);
    check(r"^a\/b$", "a/b", true);
}

#[test]
fn errors_are_go_s() {
    assert_eq!(compile("a[").unwrap_err(), "error parsing regexp: missing closing ]: `a[`");
    assert_eq!(compile("(a").unwrap_err(), "error parsing regexp: missing closing ): `(a`");
}
