//! Names and namespaces, and the references that follow them.

use super::*;

#[test]
fn prefixes_and_suffixes() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        namePrefix: outer-
        nameSuffix: -x
        //- base/kustomization.yaml
        resources: [all.yaml]
        namePrefix: inner-
        //- base/all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: stays}}
        ---
        {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: foos.example.com}}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: Namespace
        metadata:
          name: stays
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: foos.example.com
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: outer-inner-web-x
    "#,
    );
}

#[test]
fn references_follow_a_new_name() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namePrefix: p-
        sortOptions: {order: fifo}
        //- all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              serviceAccountName: robot
              containers:
              - name: web
                image: nginx
                envFrom:
                - configMapRef: {name: settings}
                - configMapRef: {name: elsewhere}
              volumes:
              - {name: s, secret: {secretName: key}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}
        ---
        {apiVersion: v1, kind: Secret, metadata: {name: key}}
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: web}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
        "#,
        ".",
        r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: p-web
        spec:
          template:
            spec:
              containers:
              - envFrom:
                - configMapRef:
                    name: p-settings
                - configMapRef:
                    name: elsewhere
                image: nginx
                name: web
              serviceAccountName: p-robot
              volumes:
              - name: s
                secret:
                  secretName: p-key
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: p-robot
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: p-settings
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: p-key
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata:
          name: p-web
        spec:
          scaleTargetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: p-web
    "#,
    );
}

#[test]
fn a_namespace_and_what_names_it() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namespace: production
        sortOptions: {order: fifo}
        //- all.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: old}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: old}}
        ---
        {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: reader}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
        subjects:
        - {kind: ServiceAccount, name: default}
        - {kind: ServiceAccount, name: robot, namespace: old}
        - {kind: ServiceAccount, name: other, namespace: old}
        - {kind: User, name: jane}
        ---
        apiVersion: example.com/v1
        kind: Unknown
        metadata: {name: thing}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: hook}
        webhooks:
        - name: a.example.com
          clientConfig: {service: {name: hook, namespace: old}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: hook, namespace: old}}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Namespace
        metadata:
          name: production
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: robot
          namespace: production
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: reader
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: reader
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: reader
        subjects:
        - kind: ServiceAccount
          name: default
          namespace: production
        - kind: ServiceAccount
          name: robot
          namespace: production
        - kind: ServiceAccount
          name: other
          namespace: old
        - kind: User
          name: jane
        ---
        apiVersion: example.com/v1
        kind: Unknown
        metadata:
          name: thing
          namespace: production
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata:
          name: hook
        webhooks:
        - clientConfig:
            service:
              name: hook
              namespace: production
          name: a.example.com
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: hook
          namespace: production
    "#,
    );
}

#[test]
fn names_in_several_namespaces() {
    check(
        r#"
        //- kustomization.yaml
        resources: [../blue, ../green]
        //- blue/kustomization.yaml
        resources: [../base]
        namespace: blue
        configMapGenerator: [{name: c, literals: [from=blue]}]
        //- green/kustomization.yaml
        resources: [../base]
        namespace: green
        namePrefix: g-
        configMapGenerator: [{name: c, literals: [from=green]}]
        //- base/kustomization.yaml
        resources: [pod.yaml]
        //- base/pod.yaml
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec: {volumes: [{name: v, configMap: {name: c}}]}
        //- top/kustomization.yaml
        resources: [../blue, ../green]
        "#,
        "top",
        r#"
        apiVersion: v1
        data:
          from: blue
        kind: ConfigMap
        metadata:
          name: c-5ht468gbg4
          namespace: blue
        ---
        apiVersion: v1
        data:
          from: green
        kind: ConfigMap
        metadata:
          name: g-c-h9b6mm8f76
          namespace: green
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          namespace: blue
        spec:
          volumes:
          - configMap:
              name: c-5ht468gbg4
            name: v
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: g-web
          namespace: green
        spec:
          volumes:
          - configMap:
              name: g-c-h9b6mm8f76
            name: v
    "#,
    );
}

#[test]
fn names_of_roles_in_lists() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        nameSuffix: -v2
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: reader}
        rules:
        - {apiGroups: [""], resources: [configmaps], verbs: [get], resourceNames: [two, other, one]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: reader}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
        "#,
        ".",
        r#"
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: reader-v2
        rules:
        - apiGroups:
          - ""
          resourceNames:
          - two-v2
          - other
          - one-v2
          resources:
          - configmaps
          verbs:
          - get
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: reader-v2
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: reader-v2
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: one-v2
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: two-v2
    "#,
    );
}
