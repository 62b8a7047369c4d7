//! Bases and files that are not in the repository.

use manifest::tree::{remote_path, remote_root};

use super::*;

/// Builds `.` of the fixture, of which `remote/` was fetched as `host.test/repo@0123`; `entries` are URLs and
/// what they lead to there, or ` ! ` and why they cannot be had.
#[track_caller]
fn check(fixture: &str, entries: &[(&str, &str)], expected: &str) {
    check_as(&Options::default(), fixture, entries, expected);
}

#[track_caller]
fn check_as(options: &Options, fixture: &str, entries: &[(&str, &str)], expected: &str) {
    let root = remote_root("host.test/repo@0123");
    let mut built = FileTree::default();
    for (path, entry) in tree(fixture).iter() {
        match path.strip_prefix("remote/") {
            Some(path) => built.insert(&format!("{root}/{path}"), entry.clone()),
            None => built.insert(path, entry.clone()),
        }
    }
    for (url, target) in entries {
        let entry = match target.strip_prefix("! ") {
            Some(why) => Entry::Unreadable(why.to_owned()),
            None => Entry::Link(format!("{root}/{target}")),
        };
        built.insert(&remote_path(url), entry);
    }
    built.set_complete();
    let memory = Memory::new();
    let once = printed(&build(&built, "", options, &memory));
    let again = printed(&build(&built, "", options, &memory));
    assert_eq!(once, again, "with the memory of itself");
    check_eq(&once, &dedented(expected));
}

const BASE: &str = "
    //- remote/base/kustomization.yaml
    resources: [a.yaml]
    //- remote/base/a.yaml
    {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
";

const URL: &str = "https://host.test/repo.git//base?ref=v1";

#[test]
fn a_base_a_component_and_a_file() {
    check(
        &format!(
            "
            //- kustomization.yaml
            resources: ['{URL}', 'https://host.test/b.yaml']
            components: ['git@host.test:repo.git//part']
            namePrefix: x-
            {BASE}
            //- remote/b.yaml
            {{apiVersion: v1, kind: ConfigMap, metadata: {{name: b}}}}
            //- remote/part/kustomization.yaml
            kind: Component
            apiVersion: kustomize.config.k8s.io/v1alpha1
            nameSuffix: -y
            "
        ),
        &[
            (URL, "base"),
            ("https://host.test/b.yaml", "b.yaml"),
            ("git@host.test:repo.git//part", "part"),
        ],
        "
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: x-a-y
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: x-b-y
        ",
    );
}

#[test]
fn what_is_not_fetched_is_asked_for() {
    let tree = complete(
        "
        //- kustomization.yaml
        resources: ['https://host.test/x.yaml']
        components: ['github.com/org/repo//part']
        patches: [{path: 'https://host.test/p.yaml'}]
        ",
    );
    let build = build(&tree, "", &Options::default(), &Memory::new());
    let asked = build.needs.iter().map(|need| match need {
        Need::Path(path) => format!("{path}\n"),
        Need::Remote { url, entry } => format!("{entry}: {url}\n"),
    });
    check_eq(
        &asked.collect::<String>(),
        "
kustomization.yaml:2: github.com/org/repo//part
kustomization.yaml:3: https://host.test/p.yaml
kustomization.yaml:1: https://host.test/x.yaml
",
    );
    assert!(build.diagnostics.is_empty(), "{:?}", build.diagnostics);
}

#[test]
fn where_it_comes_from() {
    check(
        &format!(
            "
            //- kustomization.yaml
            resources: ['{URL}']
            buildMetadata: [originAnnotations]
            {BASE}
            "
        ),
        &[(URL, "base")],
        "
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            config.kubernetes.io/origin: |
              path: base/a.yaml
              repo: https://host.test/repo.git
              ref: v1
          name: a
        ",
    );
}

#[test]
fn mistakes_name_the_entry_and_the_place_in_what_was_fetched() {
    check(
        "
        //- kustomization.yaml
        resources: ['https://host.test/a/b?ref=gone', 'https://host.test/c/d', 'https://host.test/repo.git//e']
        //- remote/e/kustomization.yaml
        resources: [x.yaml]
        ",
        &[
            ("https://host.test/a/b?ref=gone", "! it has no branch, tag or commit `gone`"),
            ("https://host.test/c/d", "nowhere"),
            ("https://host.test/repo.git//e", "e"),
        ],
        "
        error: kustomization.yaml:1: `https://host.test/a/b?ref=gone` cannot be fetched: it has no branch, tag or commit `gone`
          help: correct the entry, or copy what it names into the repository
        error: kustomization.yaml:1: `https://host.test/c/d` is fetched, and has no such directory
          help: correct its path
        error: host.test/repo@0123/e/kustomization.yaml:1: there is no file or directory `x.yaml`
          kustomization.yaml:1: includes `host.test/repo@0123/e`
          help: it is looked for in `host.test/repo@0123/e`; add it, or correct the path
        ",
    );
}

#[test]
fn nothing_leads_out_of_it() {
    let options = Options { load_restrictor: LoadRestrictor::None, ..Options::default() };
    check_as(
        &options,
        "
        //- kustomization.yaml
        resources: ['https://host.test/repo.git']
        //- own.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: own}}
        //- own/kustomization.yaml
        resources: []
        //- remote/kustomization.yaml
        resources:
        - ../own.yaml
        - ../own
        - /own.yaml
        - link.yaml
        - linked/own.yaml
        - file:///srv/repo
        - far/f.yaml
        //- remote/link.yaml -> ../own.yaml
        //- remote/linked -> ../
        //- remote/far -> sub/down
        //- remote/sub/down -> ../../../
        ",
        &[("https://host.test/repo.git", "")],
        "
        error: host.test/repo@0123/kustomization.yaml:2: `../own.yaml` leads out of the repository
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        error: host.test/repo@0123/kustomization.yaml:3: `../own` leads out of the repository
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        error: host.test/repo@0123/kustomization.yaml:4: `/own.yaml` leads out of the repository
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        error: host.test/repo@0123/kustomization.yaml:5: `link.yaml` leads out of the repository
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        error: host.test/repo@0123/kustomization.yaml:6: `linked/own.yaml` leads out of the repository
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        error: host.test/repo@0123/kustomization.yaml:7: `file:///srv/repo` leads from what is fetched to this machine
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what is fetched into this repository, and mend it
        error: host.test/repo@0123/kustomization.yaml:8: `far/f.yaml` leads out of the repository, by a link to `../../../`
          kustomization.yaml:1: includes `host.test/repo@0123`
          help: copy what it names into the repository
        ",
    );
}

#[test]
fn files_beside_it_are_not_read_and_circles_end() {
    let options = Options { load_restrictor: LoadRestrictor::None, ..Options::default() };
    check_as(
        &options,
        "
        //- kustomization.yaml
        resources: ['https://host.test/repo.git//a']
        //- remote/b.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
        //- remote/a/kustomization.yaml
        resources: [../b.yaml, 'https://host.test/repo.git//a']
        ",
        &[("https://host.test/repo.git//a", "a")],
        "
        error: host.test/repo@0123/a/kustomization.yaml:1: the file `../b.yaml` is not in or below `host.test/repo@0123/a`
          kustomization.yaml:1: includes `host.test/repo@0123/a`
          help: what is fetched reads no other files; copy it into this repository, and mend it
        error: host.test/repo@0123/a/kustomization.yaml:1: `https://host.test/repo.git//a` leads in a circle: `host.test/repo@0123/a` includes itself
          kustomization.yaml:1: includes `host.test/repo@0123/a`
          help: remove the entry, or move what both need into a base of its own
        ",
    );
}
