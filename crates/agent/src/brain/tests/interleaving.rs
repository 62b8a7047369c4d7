//! What comes while something else is under way.

use super::check;

pub(super) const APP: &str = "
    //- cluster.yaml
    {apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: web}}
    @source fleet
    @apply apps ./apps
    //- apps/all.yaml
    @config a colour: red
    ";

#[test]
fn from_nothing_to_ready() {
    check(
        APP,
        "
        > answer
        watch customresourcedefinitions
        watch configmaps
        watch secrets
        watch gitrepositories
        watch ocirepositories
        watch buckets
        watch externalartifacts
        watch kustomizations
        > answer
        follow GitRepository/flux-system/fleet
        - found flux-system/apps
        - started: 1
        patch finalizers of flux-system/apps: [finalizers.fluxcd.io]
        > answer
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded; observedGeneration
        - source GitRepository/flux-system/fleet main@sha1:1
        render flux-system/apps
        > answer
        - rendered flux-system/apps main@sha1:1: 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap]; lastAttemptedRevision main@sha1:1
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/a
        > answer
        - changed flux-system/apps main@sha1:1: +1 ~0 !0 -0 =0
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:1: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:1; observedGeneration
        > answer
        > watch
        > answer
        > watch
        ",
    );
}

#[test]
fn a_commit_while_it_is_rendered() {
    check(
        APP,
        "
        > settle
        > commit apps/b.yaml @config b colour: red
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > commit apps/c.yaml @config c colour: red
        - source GitRepository/flux-system/fleet main@sha1:3
        > answer
        render flux-system/apps
        > answer
        - rendered flux-system/apps main@sha1:3: 3
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap, web_c__ConfigMap]; lastAttemptedRevision main@sha1:3
        ",
    );
}

#[test]
fn a_commit_while_it_is_written() {
    check(
        APP,
        "
        > settle
        > commit apps/b.yaml @config b colour: red
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap]; lastAttemptedRevision main@sha1:2
        > answer patch
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        > commit apps/b.yaml @config b colour: blue
        - source GitRepository/flux-system/fleet main@sha1:3
        > answer write
        - changed flux-system/apps main@sha1:2: +1 ~0 !0 -0 =1
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 2
        render flux-system/apps
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:2
        > answer
        - rendered flux-system/apps main@sha1:3: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; lastAttemptedRevision main@sha1:3
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: configured ConfigMap/web/b
        > answer
        - changed flux-system/apps main@sha1:3: +0 ~1 !0 -0 =1
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:3: 2
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:3
        > answer
        > watch
        ",
    );
}

#[test]
fn a_commit_before_the_journal_is_written() {
    check(
        APP,
        "
        > settle
        > commit apps/b.yaml @config b colour: red
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap]; lastAttemptedRevision main@sha1:2
        > commit apps/b.yaml @config c colour: red
        - source GitRepository/flux-system/fleet main@sha1:3
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:3: 2
        > answer
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap, web_c__ConfigMap]; lastAttemptedRevision main@sha1:3
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/c
        > answer
        - changed flux-system/apps main@sha1:3: +1 ~0 !0 -0 =1
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:3: 2
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; inventory [web_a__ConfigMap, web_c__ConfigMap]; lastAppliedRevision main@sha1:3
        ",
    );
}

#[test]
fn somebody_changes_what_is_being_written() {
    check(
        APP,
        "
        > settle
        > commit apps/all.yaml @config a colour: blue
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:2: 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; lastAttemptedRevision main@sha1:2
        > answer patch
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: configured ConfigMap/web/a
        > answer write
        - changed flux-system/apps main@sha1:2: +0 ~1 !0 -0 =0
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:2
        > patch ConfigMap/web/a {data: {colour: green}}
        > watch
        post Normal DriftCorrected
        - drift flux-system/apps ConfigMap/web/a: data.colour by somebody
        write flux-system/apps drift: configured ConfigMap/web/a
        > answer
        - ready flux-system/apps main@sha1:2: 1
        > watch
        ",
    );
}

#[test]
fn a_change_that_comes_before_the_answer() {
    check(
        APP,
        "
        > settle
        > commit apps/all.yaml @config a colour: blue
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:2: 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; lastAttemptedRevision main@sha1:2
        > answer patch
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: configured ConfigMap/web/a
        > patch ConfigMap/web/a {data: {colour: green}}
        > watch
        > answer write
        - changed flux-system/apps main@sha1:2: +0 ~1 !0 -0 =0
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:2
        > answer
        > watch
        ",
    );
}

#[test]
fn it_is_deleted_while_it_is_written() {
    check(
        APP,
        "
        > settle
        > commit apps/b.yaml @config b colour: red
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap]; lastAttemptedRevision main@sha1:2
        > answer patch
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        > delete Kustomization/flux-system/apps
        > watch
        > answer write
        - changed flux-system/apps main@sha1:2: +1 ~0 !0 -0 =1
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 2
        - applying flux-system/apps: prune 2
        write flux-system/apps prune: deleted ConfigMap/web/b, deleted ConfigMap/web/a
        > answer
        patch finalizers of flux-system/apps: []
        > watch
        > answer
        > watch
        - gone flux-system/apps
        ",
    );
}

#[test]
fn nothing_is_done_twice_for_an_echo() {
    check(
        APP,
        "
        > settle
        > watch
        > patch ConfigMap/web/a {metadata: {labels: {more: x}}}
        > watch
        > patch ConfigMap/web/a {data: {colour: green}}
        > watch
        post Normal DriftCorrected
        - drift flux-system/apps ConfigMap/web/a: data.colour by somebody
        write flux-system/apps drift: configured ConfigMap/web/a
        > answer
        - ready flux-system/apps main@sha1:1: 1
        > watch
        ",
    );
}
