//! The same texts through libyaml-safer, a port of libyaml: events and places have to agree where
//! both accept a text, and what one refuses the other has to refuse, but for what is listed in
//! [`differs_on_purpose`].

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use libyaml_safer as libyaml;
use proptest::prelude::*;

use super::events;
use crate::FileName;
use crate::yaml::{Flavor, Reader, write};

/// The events of libyaml in the same words; `None` where it panics.
fn theirs(text: &str) -> Option<String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(|| run(text)).ok();
    std::panic::set_hook(hook);
    result
}

fn run(text: &str) -> String {
    let mut input = text.as_bytes();
    let mut parser = libyaml::Parser::new();
    parser.set_input(&mut input);
    let mut out = String::new();
    loop {
        match parser.parse() {
            Ok(event) => {
                let is_end = event.data == libyaml::EventData::StreamEnd;
                if let Some(line) = show(&event) {
                    out += &line;
                    out.push('\n');
                }
                if is_end {
                    return out;
                }
            }
            Err(error) => return out + &format!("error: {}", error.problem()),
        }
    }
}

fn show(event: &libyaml::Event) -> Option<String> {
    use libyaml::EventData;
    let with = |anchor: &Option<String>, tag: &Option<String>| {
        let anchor = anchor.as_ref().map(|anchor| format!(" &{anchor}"));
        let tag = tag.as_ref().map(|tag| format!(" <{tag}>"));
        anchor.unwrap_or_default() + &tag.unwrap_or_default()
    };
    let what = match &event.data {
        EventData::StreamStart { .. } => return None,
        EventData::StreamEnd => "end".to_owned(),
        EventData::DocumentStart { implicit, .. } => {
            if *implicit {
                "document".to_owned()
            } else {
                "document ---".to_owned()
            }
        }
        EventData::DocumentEnd { implicit } => {
            if *implicit {
                "done".to_owned()
            } else {
                "done ...".to_owned()
            }
        }
        EventData::Alias { anchor } => format!("*{anchor}"),
        EventData::Scalar { anchor, tag, value, style, .. } => {
            format!("{style:?}{} {value:?}", with(anchor, tag))
        }
        EventData::SequenceStart { anchor, tag, style, .. } => {
            let start = if *style == libyaml::SequenceStyle::Flow { "[" } else { "list" };
            format!("{start}{}", with(anchor, tag))
        }
        EventData::SequenceEnd => "end of list".to_owned(),
        EventData::MappingStart { anchor, tag, style, .. } => {
            let start = if *style == libyaml::MappingStyle::Flow { "{" } else { "map" };
            format!("{start}{}", with(anchor, tag))
        }
        EventData::MappingEnd => "end of map".to_owned(),
    };
    let place = |mark: libyaml::Mark| format!("{}:{}", mark.line, mark.column);
    Some(format!("{what} @{}-{}", place(event.start_mark), place(event.end_mark)))
}

/// Where Go's parser, which is the measure, is not like libyaml.
fn differs_on_purpose(text: &str, ours: &str, theirs: &str) -> bool {
    let has = |problem: &str| theirs.contains(problem);
    let refuses = |problem: &str| ours.contains(problem);
    let in_brackets = text.find(['[', '{']).and_then(|at| text.get(at..)).unwrap_or_default();
    let mut words = text.split_whitespace();
    let mut lines = text.lines();
    // `?` ends plain text in brackets; `:` before a bracket or comma does not.
    in_brackets.contains('?')
        || has("found unexpected ':'")
        // `\'` is an escape, `\/` is none.
        || (text.contains("\\'") && has("found unknown escape character"))
        || (text.contains("\\/") && refuses("found unknown escape character"))
        // Tags may have brackets and commas, and their escapes are UTF-8.
        || words.any(|word| word.contains('!') && word.contains(['%', ',', '[', ']']))
        // Version 1.2 is refused.
        || text.contains("%YAML")
        // Keys are measured in characters.
        || lines.any(|line| !line.is_ascii() && line.len() > 1000)
}

fn check(text: &str) {
    let Some(theirs) = theirs(text) else { return };
    let ours = events(text);
    let (is_ours_refused, is_theirs_refused) =
        (ours.contains("error in "), theirs.contains("\nerror: ") || theirs.starts_with("error: "));
    let is_same = if is_ours_refused && is_theirs_refused { true } else { ours == theirs };
    if !is_same && !differs_on_purpose(text, &ours, &theirs) {
        assert_eq!(ours, theirs, "of {text:?}");
    }
}

#[test]
fn texts_with_traps() {
    let texts = [
        "",
        "\n",
        "# c",
        "a",
        "a: 1",
        "a: 1\r\nb: 2\r\n",
        "a:\tb",
        "\ta: b",
        "a:\n\tb: c",
        "a: b\n\tc",
        "a: b\n \tc",
        "\u{feff}a: b",
        "a: b\n---\n\u{feff}c: d\n",
        "a: x\u{85}y",
        "a: x\u{2028}y\n",
        "a: |\n x\u{2029} y\n",
        "a:\u{85} b",
        "a: [1,\n2\n]\n",
        "a:\n  - [x,\n  y]\n",
        "a: {b: c,\n}\nd: e",
        "[a, [b, {c: d}], e: f]",
        "{a, b: , c: d}",
        "a: b\n  c\n  d\n\n  e\n",
        "a: 'b\n  c\n\n  d'",
        "a: \"b\\\n   c\\n\\x41\\u00e9 \\\n\n d\"\n",
        "? a\n: b\n",
        "? - a\n: - b\n? c\n",
        "?\n: b\n",
        "? |\n  x\n: y\n",
        "[? a : b]",
        "{? a : b, ? c}",
        "[a: b, c]",
        "!!str a: !t b",
        "!<tag:x> a",
        "! a",
        "%TAG !e! tag:e:\n---\n!e!x a\n",
        "!e!x a",
        "&a b: *a\n",
        "- &a\n- *a\n- &b !t\n",
        "---\na\n...\n---\nb\n",
        "--- a\n--- b\n",
        "a\n...\nb",
        "...",
        "---",
        "--- |\n x\n",
        "--- # c\na",
        "a: |\n  x\n y\n",
        "a: |2\n   x\n",
        "a: |+\n  x\n\n\nb: c\n",
        "a: >-\n  x\n  y\n\n   z\n  w\n",
        "a: |-2\n   x\n",
        "a: |0\n",
        "a: | x\n",
        "a: |\n\tx\n",
        "- |\n a\n- >\n b\n",
        "a: >\n\n\n  x\n\n  y\n\n\n",
        "- - a\n  - b\n- c\n",
        "a:\n- b\n- c\nd: e\n",
        "a:\n- b\n -c\n",
        "a: b: c\n",
        "a\nb: c\n",
        "a: b\n c: d\n",
        "a: 'x\n",
        "a: \"x\\q\"",
        "a: @b",
        "a: `b`",
        "a: %b",
        "%a",
        "- a\nb: c\n",
        "a: b\n- c\n",
        "a: - b\n",
        "a:b",
        "a: b#c",
        "a: b #c",
        "a: #c\n  b",
        "http://x:80/y",
        "a: -",
        "- -",
        "-",
        "- ?",
        "a: -b",
        "? ",
        ":",
        ": a",
        "a : b",
        "'a' : b",
        "\"a\":b",
        "{\"a\":b}",
        "[\"a\":b]",
        "{a:b}",
        "{a: b:c}",
        "a: *b",
        "a: &b",
        "* a",
        "&",
        "a: !",
        "a: !!",
        "a: !x!y",
        "[,]",
        "[a,,b]",
        "[a b]",
        "{a: b c: d}",
        "[",
        "]",
        "}",
        "[}",
        "{]",
        "a: ]\n",
        "{ a: b }: c\n",
        "[a]: b\n",
        "- a: b\n  c: d\n-\n  e: f\n",
        "a:\n\n\n  b: c\n  # d\n# e\nf: g\n",
        "a: b\n\n# c\n\n",
        "a:   \n  b:\n",
        "\u{1F600}: \u{e9}x: y\n",
        "\u{e9}: [\u{e9}, \u{e9}\u{e9}]\n",
        "a: b\u{7f}",
        "a: \u{1}",
        "a: b\r c: d",
        "a:\r\n  - b\r\n  - |\r\n    x\r\n    y\r\n",
        "'\u{85}a'",
        "\"a\u{2028}\n b\"",
        "'a\n---\nb'",
        "a: \"b\n... \nc\"",
        "a:\n  b\n c\n",
    ];
    for text in texts {
        check(text);
        check(&format!("{text}\n"));
        check(&format!("x:\n  y:\n    {}\n", text.replace('\n', "\n    ")));
        check(&text.replace('\n', "\r\n"));
    }
}

/// The files of the corpus of kustomize cases, and what our writer makes of what is in them.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the corpus is on the disk, where it is there at all"
)]
fn the_corpus() {
    let corpus = Path::new("../../../shared/cases/kustomize/cases");
    if !corpus.exists() {
        println!("left out: ../shared/cases/kustomize is not here");
        return;
    }
    let mut folders = vec![corpus.to_owned()];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
            if !is_yaml && !path.ends_with("Kustomization") {
                continue;
            }
            check(&text);
            count += 1;
            let read = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
            let mut written = String::new();
            write::write_documents(&read.unwrap_or_default(), &mut written);
            check(&written);
        }
    }
    assert!(count > 1000, "{count} files");
}

/// A piece of YAML.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "a: ",
        "b:\n  ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "  ",
        " ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        ":",
        "? ",
        "&x ",
        "*x",
        "!t ",
        "!!str ",
        "|\n  ",
        ">-\n  ",
        "|2+\n",
        "'",
        "\"",
        "\\n",
        "\\",
        " # c",
        "#",
        "\n---\n",
        "\n...\n",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{e9}",
        "\u{1F600}",
        "text",
        "two words",
        "''",
        "%",
        "-",
        "1.5",
        "~",
        "<<: ",
        "/",
        "x: y\n",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => fixed, 1 => "[ -~\\n]{1,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn pieces(pieces in prop::collection::vec(piece(), 0..14)) {
        check(&pieces.concat());
    }

    #[test]
    fn characters(text in "[-a:\\[\\]{}&*!|>'\" #\\n\\t0-9.~<?,%@`\\\\\r\u{85}\u{2028}\u{feff}\u{e9}]{0,40}") {
        check(&text);
    }
}
