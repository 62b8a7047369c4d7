use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Via};

use super::*;

fn check(yaml: &str, wanted: &str, expected: &str) {
    let file = FileName::new("web.yaml");
    let mut nodes = Reader::new().read(yaml.as_bytes(), file, Flavor::Resource).unwrap();
    for node in &mut nodes {
        if let Some(replicas) = node.as_map_mut().and_then(|map| map.get_mut("replicas")) {
            replicas.origin = Origin::new(FileName::new("patch.yaml"), 3).via(Via::Patch);
        }
    }
    let explained = explain(nodes.iter(), wanted).unwrap_or_else(|error| error.to_string());
    assert_eq!(explained, expected);
}

const WEB: &str = "kind: Web
metadata: {name: a, namespace: n, labels: {a.b/c: d}}
replicas: 3
args: [x, {name: y, text: \"two\\nlines\"}]
";

#[test]
fn every_field_has_its_place() {
    check(
        WEB,
        "web/a",
        "Web/n/a
  args[0]: x                       web.yaml:4
  args[name=y].name: y             web.yaml:4
  args[name=y].text: \"two\\nlines\"  web.yaml:4
  kind: Web                        web.yaml:1
  metadata.labels.[a.b/c]: d       web.yaml:2
  metadata.name: a                 web.yaml:2
  metadata.namespace: n            web.yaml:2
  replicas: 3                      patch.yaml:3 (patch)
",
    );
}

#[test]
fn an_object_that_is_not_there() {
    check(WEB, "Web/b", "error: there is no object `Web/b`\n  help: did you mean `Web/a`?");
}
