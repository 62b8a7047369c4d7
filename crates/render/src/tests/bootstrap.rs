//! The layouts of `clusters/`.

use super::*;

#[test]
fn flux_bootstrap() {
    check(
        "
        //- clusters/a/flux-system/kustomization.yaml
        resources: [gotk-components.yaml, gotk-sync.yaml]
        //- clusters/a/flux-system/gotk-components.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}
        //- clusters/a/flux-system/gotk-sync.yaml
        @source flux-system
        @apply flux-system ./clusters/a, sourceRef: {kind: GitRepository, name: flux-system}
        //- clusters/a/apps.yaml
        @apply apps ./apps, sourceRef: {kind: GitRepository, name: flux-system}
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
what is applied by hand
Kustomization flux-system/flux-system
  Kustomization/flux-system/apps
  Namespace/flux-system
  GitRepository/flux-system/flux-system
  Kustomization/flux-system/flux-system
Kustomization flux-system/apps
  ConfigMap/x/one
",
    );
}

#[test]
fn what_the_source_says_of_what_was_applied_by_hand_counts() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply root ./root
        @apply apps ./old
        //- root/apps.yaml
        @apply apps ./new
        //- old/object.yaml
        @object ConfigMap old
        //- new/object.yaml
        @object ConfigMap new
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/root
Kustomization flux-system/root
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/new
",
    );
}

#[test]
fn a_folder_without_bootstrap() {
    check(
        "
        //- clusters/a/source.yaml
        @source fleet
        //- clusters/a/sub/apps.yaml
        @apply apps ./apps
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/one
",
    );
}

#[test]
fn shared_files_belong_to_every_cluster() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps
        //- clusters/policies.yaml
        @apply policies ./policies
        //- apps/object.yaml
        @object ConfigMap one
        //- policies/object.yaml
        @object ConfigMap two
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
  Kustomization/flux-system/policies
Kustomization flux-system/apps
  ConfigMap/x/one
Kustomization flux-system/policies
  ConfigMap/x/two
",
    );
}
