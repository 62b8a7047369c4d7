use super::*;

#[test]
fn lines_of_env_files() {
    let check = |line: &[u8], expected: &str| {
        let got = match env_line(line, true) {
            Ok(Some((key, value))) => format!("{key}={}", String::from_utf8_lossy(&value)),
            Ok(None) => String::new(),
            Err(why) => why.to_owned(),
        };
        assert_eq!(got, expected, "{line:?}");
    };
    check(b"A=1", "A=1");
    check(b"  A=1", "A=1");
    check(b"A=1\r", "A=1");
    check(b"A=\"x\" # y ", "A=\"x\" # y ");
    check(b"A=b=c", "A=b=c");
    check(b"BARE", "BARE=");
    check(b"# A=1", "");
    check(b"", "");
    check("\u{feff}A=1".as_bytes(), "A=1");
    check(b"A=\xff", "the line is not valid UTF-8");
}

#[test]
fn quotes_around_literals() {
    let check = |text: &str, expected| assert_eq!(unquoted(text), expected);
    check("\"a\"", "a");
    check("'a'", "a");
    check("'a\"", "'a\"");
    check("a", "a");
    check("\"", "\"");
    check("", "");
}

#[test]
fn sources_of_files() {
    let check = |text: &str, expected: Result<(&str, &str), &str>| {
        assert_eq!(file_source(text), expected.map_err(str::to_owned), "{text}");
    };
    check("dir/a.txt", Ok(("a.txt", "dir/a.txt")));
    check("k=dir/a.txt", Ok(("k", "dir/a.txt")));
    check("a=b=c", Err("`a=b=c` has more than one `=`; it is [KEY=]PATH"));
    check("=a", Err("`=a` has no key before the `=`"));
    check("a=", Err("`a=` has no path after the `=`"));
}

#[test]
fn base64_is_wrapped_from_seventy_characters_on() {
    let long = |bytes: usize| encode(GeneratedKind::Secret, vec![b'a'; bytes]).1;
    assert!(!long(51).contains('\n'), "{}", long(51).len());
    assert_eq!(long(54).lines().map(str::len).collect::<Vec<_>>(), [70, 2]);
    assert!(long(54).ends_with('\n'));
    assert_eq!(encode(GeneratedKind::ConfigMap, vec![0xff]), ("binaryData", "/w==".into()));
    assert_eq!(encode(GeneratedKind::ConfigMap, b"x".to_vec()), ("data", "x".into()));
}
