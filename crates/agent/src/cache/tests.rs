//! What the watch and our own answers say, in whatever order.

use manifest::Gvk;
use testkit::check_eq;

use super::*;
use crate::tests::objects;

/// Runs lines such as `apply 3 blue` (a watch tells it), `answer 4 red`, `delete 5`, `list 6 a,b`;
/// compares what is news, and what is known in the end.
#[track_caller]
fn check(script: &str, expected: &str) {
    let kind = Gvk::new("v1", "ConfigMap");
    let mut cache = Cache::default();
    cache.add(kind.clone());
    let object = |name: &str, version: &str| {
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, resourceVersion: '{version}'}}}}"
        );
        objects(&text).remove(0)
    };
    let mut out = String::new();
    for step in script.split(", ") {
        let (word, rest) = step.split_once(' ').unwrap();
        let news = match word {
            "apply" => Vec::from_iter(cache.apply(&kind, object("x", rest))),
            "answer" => Vec::from_iter(cache.answer(object("x", rest))),
            "delete" => Vec::from_iter(cache.delete(&kind, &object("x", rest))),
            _ => {
                let named =
                    rest.split(' ').filter_map(|it| it.split_once('=')).map(|(n, v)| object(n, v));
                cache.list(&kind, named.collect())
            }
        };
        let version = |object: &Option<Object>| {
            object.as_ref().map_or_else(|| "-".to_owned(), |it| super::version(it).to_string())
        };
        let news: Vec<String> = news
            .iter()
            .map(|it| format!("{}>{}", version(&it.before), version(&it.after)))
            .collect();
        out.push_str(&format!("{step}: {}\n", news.join(" ")));
    }
    check_eq(&out.replace(": \n", ":\n"), expected);
}

#[test]
fn an_echo_is_no_news() {
    check(
        "list none, answer 3, apply 3, apply 4",
        "
list none:
answer 3: ->3
apply 3:
apply 4: 3>4
",
    );
}

#[test]
fn an_answer_that_was_overtaken() {
    check(
        "list none, apply 3, apply 4, answer 3, delete 5, answer 4",
        "
list none:
apply 3: ->3
apply 4: 3>4
answer 3:
delete 5: 4>-
answer 4:
",
    );
}

#[test]
fn made_again_before_its_end_is_told() {
    check(
        "list x=3, answer 6, delete 5, apply 6",
        "
list x=3: ->3
answer 6: 3>6
delete 5:
apply 6:
",
    );
}

#[test]
fn a_new_list_has_all_there_is() {
    check(
        "list x=3 y=4, list y=4 z=6, list y=7",
        "
list x=3 y=4: ->3 ->4
list y=4 z=6: ->6 3>-
list y=7: 4>7 6>-
",
    );
}
