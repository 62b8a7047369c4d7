//! Transcripts in, steps and transcripts out.

use super::*;

const TEXT: &str = "Words for readers.

$ kubectl apply -f - <<EOF
kind: ConfigMap
  data: {}
EOF
  created

  and more
@ 1.20
  made
$ [1.36] kubectl version
$ kubectl get cm

The end.
";

#[test]
fn what_is_read_is_written() {
    assert_eq!(Transcript::parse(TEXT).text(), TEXT);
}

#[test]
fn steps_with_what_they_print() {
    let transcript = Transcript::parse(TEXT);
    let [apply, version, get] = transcript.steps.as_slice() else { panic!("three steps") };
    assert_eq!(apply.command(), "kubectl apply -f - <<EOF\nkind: ConfigMap\n  data: {}\nEOF\n");
    assert_eq!(apply.expected("1.36"), "created\n\nand more\n");
    assert_eq!(apply.expected("1.20"), "made\n");
    assert_eq!(version.command(), "kubectl version\n");
    assert!(version.is_for("1.36") && !version.is_for("1.20"));
    assert_eq!(get.expected("1.20"), "");
}

#[test]
fn what_another_kubectl_prints_is_kept_only_where_it_differs() {
    let mut transcript = Transcript::parse("$ a\n  x\n@ 1.20\n  y\n");
    transcript.steps[0].accept("1.36", "z\n".to_owned(), true);
    transcript.steps[0].accept("1.20", "z\n".to_owned(), false);
    assert_eq!(transcript.text(), "$ a\n  z\n");
    transcript.steps[0].accept("1.20", "y\n".to_owned(), false);
    assert_eq!(transcript.text(), "$ a\n  z\n@ 1.20\n  y\n");
}
