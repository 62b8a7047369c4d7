//! Folders of clusters to clusters.

use manifest::Content;
use testkit::{check_eq, fixture};

use super::*;

const SOURCE: &str = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, \
                      metadata: {name: fleet}}";
const APPS: &str = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, \
                    metadata: {name: apps}, spec: {path: ./apps}}";

#[track_caller]
fn check(repository: &str, expected: &str) {
    let repository = repository.replace("SOURCE", SOURCE).replace("APPS", APPS);
    let files = fixture(&repository).into_iter();
    let tree = FileTree::of_files(files.map(|(path, text)| (path, Content::from(text.as_str()))));
    let registry = registry(&tree, &Memory::default());
    let clusters = registry.clusters.iter();
    let mut lines: Vec<String> = clusters
        .map(|cluster| format!("{} {:?} {}", cluster.name, cluster.layout, cluster.path))
        .collect();
    lines.extend(registry.shared.iter().map(|path| format!("shared {path}")));
    lines.extend(registry.diagnostics.iter().map(ToString::to_string));
    check_eq(&lines.join("\n"), expected);
}

#[test]
fn files_and_folders() {
    check(
        "
        //- clusters/b.yaml
        SOURCE
        ---
        APPS
        //- clusters/a.yml
        SOURCE
        ---
        APPS
        //- clusters/policies.yaml
        APPS
        //- clusters/config.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}
        //- clusters/kustomization.yaml
        resources: [a.yml]
        //- clusters/empty.yaml
        # nothing
        //- clusters/README.md
        x
        //- clusters/c/deep/apps.yaml
        APPS
        //- clusters/base/config.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}
        ",
        "
a File clusters/a.yml
b File clusters/b.yaml
c Folder clusters/c
shared clusters/config.yaml
shared clusters/policies.yaml
",
    );
}

#[test]
fn a_folder_that_a_file_applies_is_part_of_its_cluster() {
    check(
        "
        //- clusters/a.yaml
        SOURCE
        ---
        {apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: apps}, spec: {path: ./clusters/a}}
        //- clusters/a/apps.yaml
        APPS
        ",
        "a File clusters/a.yaml",
    );
}

#[test]
fn a_file_with_a_source_and_nothing_that_applies_it() {
    check(
        "
        //- clusters/a.yaml
        SOURCE
        ---
        APPS
        //- clusters/b.yaml
        SOURCE
        ",
        "
a File clusters/a.yaml
shared clusters/b.yaml
warning: clusters/b.yaml:1: `clusters/b.yaml` has no Kustomization, so it is no cluster; its objects go to every cluster
  help: add a Kustomization that applies a path of the source, or move the file away
",
    );
}

#[test]
fn two_of_one_name() {
    check(
        "
        //- clusters/a.yaml
        SOURCE
        ---
        APPS
        //- clusters/a/apps.yaml
        APPS
        ",
        "
a Folder clusters/a
a File clusters/a.yaml
error: clusters/a.yaml: two clusters are called `a`
  clusters/a: the other one
  help: rename or delete one of them
",
    );
}

#[test]
fn files_that_cannot_be_read() {
    check(
        "
        //- clusters/a.yaml
        a: [
        //- clusters/b.yaml
        SOURCE
        ---
        APPS
        ---
        just text
        ",
        "
a File clusters/a.yaml
b File clusters/b.yaml
error: clusters/a.yaml:1: did not find expected node content while parsing a flow node
error: clusters/b.yaml:5: this is no Kubernetes object: it is not a map
  help: every document needs apiVersion, kind and metadata.name
",
    );
}

#[test]
fn nothing_there() {
    check(
        "
        //- apps/web.yaml
        x: y
        ",
        "
error: there is no folder `clusters`
  help: each cluster is a file `clusters/NAME.yaml` with a GitRepository and a Kustomization
",
    );
    check(
        "
        //- fleet/clusters/a.yaml
        x: y
        ",
        "
error: there is no folder `clusters`
  help: there is one in `fleet`: is that the repository?
",
    );
    check(
        "
        //- clusters/README.md
        x
        ",
        "
error: the folder `clusters` has no YAML file
  help: each cluster is a file `clusters/NAME.yaml` with a GitRepository and a Kustomization
",
    );
    check(
        "
        //- clusters/config.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}
        ",
        "
shared clusters/config.yaml
error: clusters: no file in it is a cluster
  help: a cluster is a file with a source (such as a GitRepository) and a Kustomization of Flux's, or a folder with a Kustomization
",
    );
}

#[test]
fn clusters_are_found_by_name() {
    let cluster = |name: &str| Cluster {
        name: name.to_owned(),
        path: format!("clusters/{name}.yaml"),
        layout: Layout::File,
    };
    let clusters = vec![cluster("eu-west"), cluster("us-east")];
    let registry = Registry { clusters, ..Registry::default() };
    assert_eq!(registry.find("us-east").unwrap().name, "us-east");
    let error = registry.find("us-eats").unwrap_err().to_string();
    assert_eq!(error, "error: there is no cluster `us-eats`\n  help: did you mean `us-east`?");
}
