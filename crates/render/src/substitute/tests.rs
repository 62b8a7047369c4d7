//! Substitution as tables: text in, text or errors out. What the original (envsubst v1.9.0) gives for the same texts and
//! variables was compared line by line.

use std::borrow::Cow;

use proptest::prelude::*;

use super::unknown::first_marker;
use super::*;

const VARIABLES: [(&str, &str); 9] = [
    ("a", "abc"),
    ("b", "Foo"),
    ("empty", ""),
    ("path", "/usr/local/b.tar.gz"),
    ("uni", "éa日ß"),
    ("glob", "*"),
    ("two", "2"),
    ("lines", "one\ntwo\n"),
    ("refs", "${a}$$x"),
];

fn lookup(name: &str) -> Option<Value<'static>> {
    match name {
        "unknown" => Some(Value::Unknown("Secret apps/vars: \"key\" is not read")),
        "mixed" => Some(Value::Text("eu-\u{F0000}why\u{F0001}")),
        _ => VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, text)| Value::Text(text)),
    }
}

/// The result; markers as `<reason>`, errors as `line:offset name cause`.
fn run(mode: Mode, text: &str) -> String {
    match substitute(text, mode, &lookup) {
        Ok(result) => {
            let mut shown = result.into_owned();
            while let Some(marker) = first_marker(&shown) {
                let reason = unknown_reason(marker).unwrap();
                shown = shown.replacen(&marker.to_owned(), &format!("<{reason}>"), 1);
            }
            shown
        }
        Err(errors) => {
            let shown = errors.iter().map(|error| {
                let Error { variable, offset, line, cause, .. } = error;
                format!("{line}:{offset} {variable} {cause:?}")
            });
            shown.collect::<Vec<_>>().join("; ")
        }
    }
}

#[track_caller]
fn check(mode: Mode, text: &str, expected: &str) {
    assert_eq!(run(mode, text), expected, "{text:?}");
}

#[track_caller]
fn check_all(mode: Mode, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        check(mode, text, expected);
    }
}

#[test]
fn plain_expressions() {
    check_all(
        Mode::Strict,
        &[
            ("no expression, $a $ {a} a$", "no expression, $a $ {a} a$"),
            ("${a}", "abc"),
            ("x${a}${b}y", "xabcFooy"),
            ("${a}\nk: ${b}\n", "abc\nk: Foo\n"),
            ("${lines}", "onetwo"),
            ("[${empty}]", "[]"),
            ("${refs}", "${a}$$x"),
            ("${#a}", "3"),
            ("${#uni}", "8"),
            ("${#lines}", "6"),
        ],
    );
}

/// Two dollars become one everywhere in the text, whatever follows. Inside an expression only the argument of a
/// replacement has escapes: `${empty:-$${a}}` is a dollar and an expression.
#[test]
fn dollars_and_escapes() {
    check_all(
        Mode::Strict,
        &[
            ("$${a}", "${a}"),
            ("$$${a}", "$abc"),
            ("$$$${a}", "$${a}"),
            ("$$", "$"),
            ("$$$", "$$"),
            ("$$a $$ b", "$a $ b"),
            ("a$${b${a}", "a${babc"),
            ("$${a:-${b}}", "${a:-Foo}"),
            (r"\${a} \\$${a}", r"\abc \\${a}"),
            ("${empty:-$${a}}", "$abc"),
            (r"${empty:-\}x}", r"\x}"),
            ("${a/b/$$}", "a$c"),
            (r"${path/\/usr/\\}", r"\/local/b.tar.gz"),
            (r"${path//\//-}", "-usr-local-b.tar.gz"),
            (r"${a/b/\n}", r"a\nc"),
            (r"${a/b/x\$}", r"ax\$c"),
        ],
    );
}

/// `,^` and `^,` parse and do nothing. Mapping is from one character to one: `ß` has no upper case.
#[test]
fn case() {
    check_all(
        Mode::Strict,
        &[
            ("${a^}${a^^}", "AbcABC"),
            ("${b,}${b,,}", "foofoo"),
            ("${uni^^}", "ÉA日ß"),
            ("${uni^}", "Éa日ß"),
            ("${a,^}${a^,}", "abcabc"),
            ("${empty^}", ""),
        ],
    );
}

/// `${a:-1}` is a default. What is not a number (` -2`, too large) leaves the value whole.
#[test]
fn slices() {
    check_all(
        Mode::Strict,
        &[
            ("${a:1}", "bc"),
            ("${a:1:1}", "b"),
            ("${a:-1}", "abc"),
            ("${a:0:-1}", "ab"),
            ("${a:1:-1}", "b"),
            ("${a:2:-2}", ""),
            ("${path:5:5}", "local"),
            ("${path:09:1}", "l"),
            ("${a: -2}", "abc"),
            ("${a:x}", "abc"),
            ("${a:1:x}", "abc"),
            ("${a:7}", ""),
            ("${a:7:1}", ""),
            ("${a:1:9}", "bc"),
            ("${a:0:0}", ""),
            ("${a:+1}", "abc"),
            ("${a:0:+1}", "a"),
            ("${a:1:::1}", "b"),
            ("${a:${two}}", "c"),
            ("${a:${#two}:${#two}}", "b"),
            ("${uni:2:1}", "a"),
            ("${uni:3:3}", "日"),
            ("${a:1:9223372036854775808}", "abc"),
            ("${a:-9223372036854775808:2}", "abc"),
            ("${a:0:-9223372036854775808}", ""),
        ],
    );
}

/// Suffix patterns are matched backwards, so a class has to be written backwards too. `!` does not negate.
#[test]
fn trims() {
    check_all(
        Mode::Strict,
        &[
            ("${path#*/}", "usr/local/b.tar.gz"),
            ("${path##*/}", "b.tar.gz"),
            ("${path%.*}", "/usr/local/b.tar"),
            ("${path%%.*}", "/usr/local/b"),
            ("${path%/*}", "/usr/local"),
            ("${path#/usr}", "/local/b.tar.gz"),
            ("${path#usr}", "/usr/local/b.tar.gz"),
            ("${path###}", "/usr/local/b.tar.gz"),
            ("${path#?}", "usr/local/b.tar.gz"),
            ("${path#[/x]}", "usr/local/b.tar.gz"),
            ("${path#[^/]}", "/usr/local/b.tar.gz"),
            ("${path#[!/]}", "usr/local/b.tar.gz"),
            ("${path%[a-z]}", "/usr/local/b.tar.gz"),
            ("${path%]z-a[}", "/usr/local/b.tar.g"),
            (r"${path#\/}", "usr/local/b.tar.gz"),
            ("${a%%*}", ""),
            ("${a##*}", ""),
            ("${a#*}", "bc"),
            ("${a%?}", "ab"),
            ("${a#${glob}}", "bc"),
            ("${a#[}", "abc"),
            ("${a#a[}", "abc"),
            ("${a#x[}", "abc"),
            ("${path#*[x}", "/usr/local/b.tar.gz"),
            (r"${a#\}", "abc"),
            ("${a#[]a]}", "abc"),
            ("${a#[a-]}", "abc"),
            ("${uni#*日}", "ß"),
            ("${uni%日*}", "éa"),
            ("${empty#*}", ""),
            ("${a#}x}", "1:0 a Argument"),
        ],
    );
}

/// The text is literal, and its end is a `/`: `}` does not close it. `/#` and `/%` need something to put there.
#[test]
fn replacements() {
    check_all(
        Mode::Strict,
        &[
            (r"${path/\//-}", "-usr/local/b.tar.gz"),
            ("${path//a/_}", "/usr/loc_l/b.t_r.gz"),
            ("${a/b/}", "ac"),
            ("${a//b/}", "ac"),
            ("${a/#a/X}", "Xbc"),
            ("${a/#b/X}", "abc"),
            ("${a/%c/X}", "abX"),
            ("${a/#a/}", "abc"),
            ("${a/%c/}", "abc"),
            ("${a/${two}/x}", "abc"),
            ("${a/${empty}/x}", "xabc"),
            ("${a//${empty}/x}", "xaxbxcx"),
            ("${a/#${empty}/x}", "xabc"),
            ("${a/%${empty}/x}", "abcx"),
            ("${a/b////x}", "axc"),
            ("${a/}b/c}", "abc"),
            ("${a/b} c/d}", "abc"),
            ("${b//o/${a}}", "Fabcabc"),
            ("${a/*/x}", "abc"),
        ],
    );
}

/// Empty counts as unset for all of them, and `+` and `?` give a default like the others.
#[test]
fn defaults() {
    check_all(
        Mode::Strict,
        &[
            ("${empty:-x}${empty:=x}${empty=x}${empty:+x}${empty:?x}", "xxxxx"),
            ("${a:-x}${a:=x}${a=x}${a:+x}${a:?x}", "abcabcabcabcabc"),
            ("${unset:-x}${unset:=x}${unset=x}${unset:+x}${unset:?x}", "xxxxx"),
            ("${unset:-}", ""),
            ("${unset==x}", "=x"),
            ("${unset:-a ${b} c}", "a Foo c"),
            ("${unset:-${unset:-${a}}}", "abc"),
            ("${unset:-{x}}", "{x}"),
            ("${unset:-$x}", "$x"),
            ("${unset:-two\nlines}", "two\nlines"),
        ],
    );
}

#[test]
fn syntax_errors() {
    check_all(
        Mode::Strict,
        &[
            ("${}", "1:0  Name"),
            ("${", "1:0  Name"),
            ("${.a}", "1:0  Name"),
            ("${ a}", "1:0  Name"),
            ("${a", "1:0 a Operator"),
            ("${a-x}", "1:0 a Operator"),
            ("${a+x}", "1:0 a Operator"),
            ("${a?x}", "1:0 a Operator"),
            ("${a b}", "1:0 a Operator"),
            ("${a.b}", "1:0 a Operator"),
            ("${a@Q}", "1:0 a Operator"),
            ("${a!}", "1:0 a Operator"),
            ("${a:}", "1:0 a Argument"),
            ("${a:", "1:0 a Malformed"),
            ("${a::1}", "1:0 a Argument"),
            ("${a:1:}", "1:0 a Argument"),
            ("${a:1", "1:0 a Malformed"),
            ("${a:1${two}}", "1:0 a Malformed"),
            ("${a:${two}1}", "1:0 a Malformed"),
            ("${a:é}", "1:0 a Malformed"),
            ("${a#}", "1:0 a Argument"),
            ("${a#x", "1:0 a Malformed"),
            ("${a#x${two}}", "1:0 a Malformed"),
            ("${a/}", "1:0 a Malformed"),
            ("${a//}", "1:0 a Malformed"),
            ("${a///x}", "1:0 a Argument"),
            ("${a/b}", "1:0 a Malformed"),
            ("${a/b/c", "1:0 a Malformed"),
            ("${a/b${a}/c}", "1:0 a Malformed"),
            ("${a/b/c${a}}", "1:0 a Malformed"),
            ("${a/${a}b/c}", "1:0 a Malformed"),
            ("${a^^^}", "1:0 a Malformed"),
            ("${a^x}", "1:0 a Malformed"),
            ("${#}", "1:0  Malformed"),
            ("${#a", "1:0 a Malformed"),
            ("${#a^}", "1:0 a Malformed"),
            ("${#.}", "1:0  Malformed"),
            ("${a:-x", "1:0 a Argument"),
            ("${a:-${b", "1:5 b Operator"),
            ("${a:-${}}", "1:5  Name"),
        ],
    );
}

/// Also in a default that is not used.
#[test]
fn unset_variables_in_strict_mode() {
    check_all(
        Mode::Strict,
        &[
            ("${unset}", "1:0 unset Unset"),
            ("${#unset}", "1:0 unset Unset"),
            ("${unset^}", "1:0 unset Unset"),
            ("${unset,^}", "1:0 unset Unset"),
            ("${unset:0}", "1:0 unset Unset"),
            ("${unset#x}", "1:0 unset Unset"),
            ("${unset%%x}", "1:0 unset Unset"),
            ("${unset/x/y}", "1:0 unset Unset"),
            ("${a:-${unset}}", "1:5 unset Unset"),
            ("${unset:-${unset}}", "1:9 unset Unset"),
            ("${1}", "1:0 1 Unset"),
            ("${é}", "1:0 é Unset"),
        ],
    );
}

#[test]
fn unset_variables_in_lenient_mode() {
    check_all(
        Mode::Lenient,
        &[
            ("${unset}", ""),
            ("${#unset}", "0"),
            ("${unset:-${unset}}", ""),
            ("[${unset^^}${unset:1:2}${unset#x}]", "[]"),
            ("${1}", ""),
            ("${é}", ""),
        ],
    );
}

#[test]
fn cuts_inside_a_character_are_errors() {
    check_all(
        Mode::Strict,
        &[
            ("${uni:1}", "1:0 uni SplitsCharacter"),
            ("${uni:0:1}", "1:0 uni SplitsCharacter"),
            ("${uni:-1}${uni:1:0}", "éa日ß"), // a default, and nothing at all
            ("${uni#?}", "1:0 uni SplitsCharacter"), // the shortest is one byte
            ("${uni##?}", "a日ß"),
            ("${uni%?}", "1:0 uni SplitsCharacter"),
            ("${uni%%?}", "éa日"),
            ("${uni#[é]}", "a日ß"),
        ],
    );
}

#[test]
fn unknown_values() {
    const UNKNOWN: &str = "<Secret apps/vars: \"key\" is not read>";
    for text in [
        "${unknown}",
        "${unknown:-x}",
        "${unset:-${unknown}}",
        "${#unknown}",
        "${unknown^^}",
        "${unknown:1:2}",
        "${unknown##*}",
        "${unknown/S/x}",
        "${a:${unknown}}",
        "${a:0:${unknown}}",
        "${a#${unknown}}",
        "${a/${unknown}/x}",
    ] {
        check(Mode::Strict, text, UNKNOWN);
    }
    check_all(
        Mode::Strict,
        &[
            ("k: ${unknown}-${a}", &format!("k: {UNKNOWN}-abc")),
            ("${a/b/${unknown}}", &format!("a{UNKNOWN}c")),
            ("${a/x/${unknown}}", "abc"),
            ("${a:-${unknown}}", "abc"),
            ("${mixed} ${mixed:-x} ${mixed^^} ${#mixed}", "eu-<why> eu-<why> <why> <why>"),
            ("${unknown:-${unset}}", "1:11 unset Unset"),
        ],
    );
}

#[test]
fn markers_hold_nothing_that_yaml_reads() {
    let marker = unknown::marker("a: \"b\" #c\n- {d}, '$e'\u{85}\u{F0001}f");
    assert!(is_unknown(&marker) && !is_unknown("\u{F0000}") && !is_unknown("why\u{F0001}"));
    assert_eq!(unknown_reason(&marker).unwrap(), "a: \"b\" #c\n- {d}, '$e'\u{85}f");
    assert!(!marker.contains(|c: char| c.is_control() || "\"'\\:#,[]{}$".contains(c)));
    assert_eq!(unknown::marker("not in CI"), "\u{F0000}not in CI\u{F0001}");
}

#[test]
fn errors_are_collected() {
    check_all(
        Mode::Strict,
        &[
            ("a: ${one}\nb: ${two} ${three}\n", "1:3 one Unset; 2:20 three Unset"),
            ("${one#${two_}}${a/b", "1:0 one Unset; 1:6 two_ Unset; 1:14 a Malformed"),
            ("${a:} ${b-x} ${}", "1:0 a Argument; 1:6 b Operator; 1:13  Name"),
            ("${a:-${b-x}} ${}", "1:5 b Operator; 1:13  Name"),
            ("x: ${a\ny: ${one}\nz: ${#b", "1:3 a Operator; 2:10 one Unset; 3:20 b Malformed"),
        ],
    );
    assert_eq!(substitute(&"${}".repeat(150), Mode::Lenient, &lookup).unwrap_err().len(), 100);
}

#[test]
fn errors_are_told() {
    let text = "a\nb: ${region} ${region-eu} ${a:-0123456789 0123456789 0123456789 0123456789 ${}} 0123456789}";
    let errors = substitute(text, Mode::Strict, &lookup).unwrap_err();
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let expected = [
        "line 2: `${region}`: the variable is not set; set it, or give a default as in `${name:-default}`",
        "line 2: `${region-eu}`: `}` or an operator is expected after the name; a default is written `:-`",
        "line 2: `${}`: a variable's name is expected after `${`; write `$${` to keep it as it is",
    ];
    assert_eq!(told, expected);
    let long = format!("${{a:-{}", "é".repeat(60));
    let errors = substitute(&long, Mode::Strict, &lookup).unwrap_err();
    assert_eq!(errors[0].expression, format!("${{a:-{}…", "é".repeat(55)));
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| "${x:-".repeat(depth) + &"}".repeat(depth);
    check(Mode::Strict, &nested(MAX_DEPTH), "");
    check(Mode::Strict, &nested(MAX_DEPTH + 1), &format!("1:{} x Depth", MAX_DEPTH * 5));
    check(Mode::Strict, &nested(100_000), &format!("1:{} x Depth", MAX_DEPTH * 5));

    let big = "a".repeat(1 << 20);
    let lookup = |_: &str| Some(Value::Text(&big));
    let told = |text| substitute(text, Mode::Strict, &lookup).unwrap_err()[0].cause;
    assert_eq!(told("${x//a/${x}}"), Cause::Bytes);
    assert_eq!(told(&"${x}".repeat(65)), Cause::Bytes);
    assert_eq!(glob::prefix("*b", "aaaaaaaaaa", false, &mut 50), Err(Cause::Steps));
    assert_eq!(glob::prefix("[^bbbbbb]", "a", false, &mut 3), Err(Cause::Steps));
}

#[test]
fn texts_without_expressions_are_borrowed() {
    for text in ["", "$", "a: $b", "{} $ { $", "日$"] {
        assert!(
            matches!(substitute(text, Mode::Strict, &lookup), Ok(Cow::Borrowed(same)) if same == text)
        );
    }
}

#[test]
fn names() {
    for name in ["a", "_", "A_1", "cluster_name"] {
        assert!(valid_name(name), "{name}");
    }
    for name in ["", "1a", "a-b", "a.b", " a", "a\n", "é"] {
        assert!(!valid_name(name), "{name}");
    }
}

/// Pieces that make expressions likely.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[$]\\{#?(a|b|uni|glob|unset|unknown|mixed|empty)[}:#%/=^,]?",
        "(:|:-|#|##|%|%%|/|//|/#|/%|=|\\^\\^|,)",
        "([*?]|\\[a-c\\]|\\[\\^|-?[0-9]|é|日|[$]|\\\\|\\}|\n)",
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_survived(text in text()) {
        let strict = substitute(&text, Mode::Strict, &lookup);
        let lenient = substitute(&text, Mode::Lenient, &lookup);
        match strict {
            Ok(result) => prop_assert_eq!(Ok(result), lenient),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    let stands = text[error.offset..].starts_with("${");
                    prop_assert!(stands, "{error}");
                }
            }
        }
    }

    #[test]
    fn text_without_expressions_is_kept(text in "([^$]|[$][^{$])*") {
        prop_assert!(matches!(substitute(&text, Mode::Strict, &lookup), Ok(Cow::Borrowed(same)) if same == text));
    }
}
