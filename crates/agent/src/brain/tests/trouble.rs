//! What goes wrong.

use super::check;
use super::interleaving::APP;

#[test]
fn without_a_journal_nothing_is_written() {
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
        > fail patch 500
        > answer
        - trouble: Kustomization flux-system/apps cannot be written: the server says 500
        wake in 1s
        > after 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; inventory [web_a__ConfigMap, web_b__ConfigMap]; lastAttemptedRevision main@sha1:2
        > answer patch
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        > answer write
        - changed flux-system/apps main@sha1:2: +1 ~0 !0 -0 =1
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:2
        ",
    );
}

#[test]
fn a_server_that_is_away_for_a_moment() {
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
        > fail write 503
        > answer write
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Warning ReconciliationFailed
        - failed flux-system/apps ReconciliationFailed: error: apps/b.yaml:2: ConfigMap/web/b cannot be created: the server says 503
        patch status of flux-system/apps: Ready=False ReconciliationFailed, Reconciling=True ProgressingWithRetry; history
        wake in 1s
        > answer
        > after 1
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        > fail write 503
        > answer
        post Warning ReconciliationFailed
        - failed flux-system/apps ReconciliationFailed: error: apps/b.yaml:2: ConfigMap/web/b cannot be created: the server says 503
        patch status of flux-system/apps: Ready=False ReconciliationFailed, Reconciling=True ProgressingWithRetry; history
        wake in 2s
        > answer
        > after 2
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        > answer
        - changed flux-system/apps main@sha1:2: +1 ~0 !0 -0 =1
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; lastAppliedRevision main@sha1:2
        > answer
        ",
    );
}

#[test]
fn an_object_that_is_refused() {
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
        > fail write 422
        > answer write
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Warning ReconciliationFailed
        - failed flux-system/apps ReconciliationFailed (for good): error: apps/b.yaml:2: ConfigMap/web/b cannot be created: the server says 422
        patch status of flux-system/apps: Ready=False ReconciliationFailed, Reconciling=True ProgressingWithRetry; history
        wake in 60s
        > answer
        > after 60
        - rendered flux-system/apps main@sha1:2: 2
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing
        > answer
        - applying flux-system/apps: objects 1
        write flux-system/apps objects: created ConfigMap/web/b
        ",
    );
}

#[test]
fn somebody_else_changes_the_finalizers() {
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
        > fail patch 409
        > answer patch
        wake in 1s
        > after 1
        patch finalizers of flux-system/apps: [finalizers.fluxcd.io]
        > answer
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded; observedGeneration
        - source GitRepository/flux-system/fleet main@sha1:1
        render flux-system/apps
        ",
    );
}

#[test]
fn what_cannot_be_deleted_stays_in_the_inventory() {
    check(
        APP,
        "
        > settle
        > commit apps/b.yaml @config b colour: red
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > settle
        > commit apps/b.yaml # empty
        - source GitRepository/flux-system/fleet main@sha1:3
        render flux-system/apps
        > answer render
        - rendered flux-system/apps main@sha1:3: 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing; lastAttemptedRevision main@sha1:3
        > answer patch
        - applying flux-system/apps: prune 1
        write flux-system/apps prune: deleted ConfigMap/web/b
        > fail write 403
        > answer write
        patch status of GitRepository/flux-system/fleet: artifact; Ready=True Succeeded, ArtifactInStorage=True Succeeded
        post Warning PruneFailed
        - failed flux-system/apps PruneFailed (for good): error: ConfigMap/web/b cannot be deleted: the server says 403
        patch status of flux-system/apps: Ready=False PruneFailed, Reconciling=True ProgressingWithRetry; history
        wake in 60s
        > answer
        > after 60
        - rendered flux-system/apps main@sha1:3: 1
        patch status of flux-system/apps: Ready=Unknown Progressing, Reconciling=True Progressing
        > answer
        - applying flux-system/apps: prune 1
        write flux-system/apps prune: deleted ConfigMap/web/b
        > answer
        - changed flux-system/apps main@sha1:3: +0 ~0 !0 -1 =1
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:3: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded; history; inventory [web_a__ConfigMap]; lastAppliedRevision main@sha1:3
        > answer
        ",
    );
}

const WAITS: &str = "
    //- cluster.yaml
    {apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: web}}
    @source fleet
    @apply apps ./apps, wait: true, timeout: 1m
    //- apps/all.yaml
    @deploy shop nginx
    ";

#[test]
fn health_that_does_not_come_in_time() {
    check(
        WAITS,
        "
        > settle
        > after 59
        wake in 1s
        > after 1
        explain flux-system/apps: Deployment/web/shop by app=shop
        > answer
        - unhealthy flux-system/apps Deployment/web/shop: InProgress: Replicas: 0/1 (Pod web-1: no luck)
        post Warning HealthCheckFailed
        - failed flux-system/apps HealthCheckFailed (for good): error: apps/all.yaml:2: health check failed after 1m0s: timeout waiting for Deployment/web/shop: InProgress: Replicas: 0/1 (Pod web-1: no luck)
        patch status of flux-system/apps: Ready=False HealthCheckFailed, Reconciling=True ProgressingWithRetry, Healthy=False HealthCheckFailed; history; observedGeneration
        > answer
        > status Deployment/web/shop {status: {observedGeneration: 1, replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]}}
        > watch
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:1: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded, Healthy=True Succeeded; history; lastAppliedRevision main@sha1:1
        > answer
        ",
    );
}

#[test]
fn health_that_will_not_come() {
    check(
        WAITS,
        "
        > settle
        > status Deployment/web/shop {status: {observedGeneration: 1, replicas: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}
        > watch
        explain flux-system/apps: Deployment/web/shop by app=shop
        > answer
        - unhealthy flux-system/apps Deployment/web/shop: Failed: Progress deadline exceeded (Pod web-1: no luck)
        post Warning HealthCheckFailed
        - failed flux-system/apps HealthCheckFailed (for good): error: apps/all.yaml:2: health check failed after 0ms: failed early on Deployment/web/shop: Failed: Progress deadline exceeded (Pod web-1: no luck)
        patch status of flux-system/apps: Ready=False HealthCheckFailed, Reconciling=True ProgressingWithRetry, Healthy=False HealthCheckFailed; history; observedGeneration
        > commit notes.md nothing
        - source GitRepository/flux-system/fleet main@sha1:2
        render flux-system/apps
        > answer
        - unchanged flux-system/apps main@sha1:2
        ",
    );
}

#[test]
fn health_that_is_lost_and_found() {
    check(
        WAITS,
        "
        > settle
        > status Deployment/web/shop {status: {observedGeneration: 1, replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]}}
        > watch
        post Normal ReconciliationSucceeded
        - ready flux-system/apps main@sha1:1: 1
        patch status of flux-system/apps: Ready=True ReconciliationSucceeded, Healthy=True Succeeded; history; lastAppliedRevision main@sha1:1; observedGeneration
        > answer
        > watch
        > status Deployment/web/shop {status: {readyReplicas: 0, availableReplicas: 0, conditions: [{type: Available, status: 'False'}]}}
        > watch
        - checking flux-system/apps: Deployment/web/shop
        wake in 60s
        > after 59
        wake in 1s
        > status Deployment/web/shop {status: {readyReplicas: 1, availableReplicas: 1, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]}}
        > watch
        - ready flux-system/apps main@sha1:1: 1
        > status Deployment/web/shop {status: {readyReplicas: 0, availableReplicas: 0, conditions: [{type: Available, status: 'False'}]}}
        > watch
        - checking flux-system/apps: Deployment/web/shop
        wake in 60s
        > after 60
        explain flux-system/apps: Deployment/web/shop by app=shop
        > answer
        - unhealthy flux-system/apps Deployment/web/shop: InProgress: Available: 0/1 (Pod web-1: no luck)
        post Warning HealthCheckFailed
        - failed flux-system/apps HealthCheckFailed (for good): error: apps/all.yaml:2: health check failed after 1m0s: timeout waiting for Deployment/web/shop: InProgress: Available: 0/1 (Pod web-1: no luck)
        patch status of flux-system/apps: Ready=False HealthCheckFailed, Healthy=False HealthCheckFailed, Reconciling=True ProgressingWithRetry; history
        ",
    );
}
