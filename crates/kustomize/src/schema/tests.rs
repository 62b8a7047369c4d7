use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;

/// Checks what lists merge by at paths like `Pod.v1 spec.containers.[].ports`: keys, `set`, or `-`.
fn check(schema: &Schema, path: &str, expected: &str) {
    let (kind, fields) = path.split_once(' ').unwrap();
    let (kind, api_version) = kind.split_once('.').unwrap();
    let ty = fields.split('.').try_fold(schema.root(api_version, kind), |ty, step| {
        Some(match step {
            "[]" => schema.elements(ty?),
            field => schema.field(ty?, field),
        })
    });
    let found = match ty.flatten().and_then(|ty| schema.list_merge(ty)) {
        None => "-".to_owned(),
        Some([]) => "set".to_owned(),
        Some(keys) => keys.join("+"),
    };
    assert_eq!(found, expected, "{path}");
}

fn read(text: &str) -> Result<Schema, String> {
    let file = FileName::new("openapi.yaml");
    let nodes = Reader::new().read(text.as_bytes(), file, Flavor::Config).unwrap();
    Schema::from_openapi(&nodes[0]).map_err(|error| format!("{}: {error}", error.origin))
}

#[test]
fn builtin_lists() {
    let schema = Schema::builtin();
    let pod = "Deployment.apps/v1 spec.template.spec";
    for (field, keys) in [
        ("containers", "name"),
        ("initContainers", "name"),
        ("containers.[].ports", "containerPort+protocol"),
        ("containers.[].env", "name"),
        ("containers.[].envFrom", "-"),
        ("containers.[].args", "-"),
        ("containers.[].volumeMounts", "mountPath"),
        ("containers.[].volumeDevices", "devicePath"),
        ("ephemeralContainers.[].ports", "-"),
        ("volumes", "name"),
        ("volumes.[].projected.sources", "-"),
        ("volumes.[].ephemeral.volumeClaimTemplate.metadata.finalizers", "set"),
        ("hostAliases", "ip"),
        ("imagePullSecrets", "name"),
        ("tolerations", "-"),
        ("topologySpreadConstraints", "topologyKey+whenUnsatisfiable"),
    ] {
        check(&schema, &format!("{pod}.{field}"), keys);
    }
    check(&schema, "CronJob.batch/v1 spec.jobTemplate.spec.template.spec.containers", "name");
    check(&schema, "PodTemplate.v1 template.spec.containers", "name");
    check(&schema, "Service.v1 spec.ports", "port+protocol");
    check(&schema, "ServiceAccount.v1 secrets", "name");
    check(&schema, "ServiceAccount.v1 imagePullSecrets", "-");
    check(&schema, "ConfigMap.v1 metadata.ownerReferences", "uid");
    check(&schema, "Node.v1 spec.podCIDRs", "set");
    check(&schema, "StatefulSet.apps/v1 spec.volumeClaimTemplates", "-");
    check(&schema, "Kustomization.kustomize.config.k8s.io/v1beta1 configMapGenerator", "name");
    check(&schema, "Deployment.apps/v9 metadata.finalizers", "-");
    check(&schema, "Rollout.argoproj.io/v1alpha1 spec.template.spec.containers", "-");
}

#[test]
fn the_table_is_read_whole() {
    let facts = parse(include_str!("v1.21.2.txt"));
    let kinds = facts.kinds.len();
    let typed = facts.kinds.iter().filter(|kind| kind.root.is_some()).count();
    let scoped = facts.kinds.iter().filter(|kind| kind.namespaced.is_some()).count();
    assert_eq!((kinds, typed, scoped), (96, 90, 82));
}

#[test]
fn scopes() {
    let schema = Schema::builtin();
    for (api_version, kind, namespaced) in [
        ("v1", "Namespace", Some(false)),
        ("v1", "ConfigMap", Some(true)),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", Some(false)),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", Some(true)),
        ("rbac.authorization.k8s.io/v2", "ClusterRole", None),
        ("example.com/v1", "Foo", None),
    ] {
        assert_eq!(schema.is_namespace_scoped(api_version, kind), namespaced, "{kind}");
        assert_eq!(
            schema.is_certainly_cluster_scoped(api_version, kind),
            namespaced == Some(false)
        );
    }
}

const CUSTOM: &str = "
definitions:
  v1.Foo:
    type: object
    properties:
      spec: {$ref: '#/definitions/v1.FooSpec'}
      other: {$ref: '#/definitions/alias'}
      lost: {$ref: '#/definitions/nowhere'}
      round: {$ref: '#/definitions/circle'}
    x-kubernetes-group-version-kind:
    - {group: example.com, kind: Foo, version: v1}
    - {group: '', kind: Foo, version: v2}
  v1.FooSpec:
    properties:
      parts:
        type: array
        items: {$ref: '#/definitions/v1.Part'}
        x-kubernetes-patch-merge-key: name
        x-kubernetes-patch-strategy: merge,retainKeys
      ports:
        type: [array]
        items: {type: object}
        x-kubernetes-list-map-keys: [port, protocol]
        x-kubernetes-patch-merge-key: port
        x-kubernetes-patch-strategy: merge
      names: {type: array, items: {type: string}, x-kubernetes-patch-strategy: merge}
      mapped: {type: array, items: {type: object}, x-kubernetes-list-map-keys: [a], x-kubernetes-list-type: map}
      replaced: {type: array, x-kubernetes-patch-merge-key: a, x-kubernetes-patch-strategy: replace}
      byName:
        additionalProperties: {$ref: '#/definitions/v1.FooSpec'}
        properties:
          fixed: {type: string}
      free: {additionalProperties: true}
  v1.Part:
    properties:
      env: {type: array, x-kubernetes-patch-merge-key: name, x-kubernetes-patch-strategy: merge}
  alias: {$ref: '#/definitions/v1.FooSpec'}
  circle: {$ref: '#/definitions/circle2'}
  circle2: {$ref: '#/definitions/circle'}
paths:
  /apis/example.com/v1/namespaces/{namespace}/foos/{name}:
    get: {x-kubernetes-group-version-kind: {group: example.com, kind: Foo, version: v1}}
  /apis/example.com/v1/foos:
    get: {x-kubernetes-group-version-kind: {group: example.com, kind: Foo, version: v1}}
  /apis/example.com/v1/bars:
    get: {x-kubernetes-group-version-kind: {group: example.com, kind: Bar, version: v1}}
  /apis/example.com/v1/bars/{name}:
    get: {x-kubernetes-group-version-kind: {group: example.com, kind: Bar, version: v1}}
  /api/v1/namespaces/{namespace}/wrong:
    get: {x-kubernetes-group-version-kind: {group: '', kind: Namespace, version: v1}}
";

#[test]
fn a_schema_of_the_builds_own() {
    let schema = read(CUSTOM).unwrap();
    for (path, keys) in [
        ("Foo.example.com/v1 spec.parts", "name"),
        ("Foo.v2 spec.parts", "name"),
        ("Foo.example.com/v1 spec.parts.[].env", "name"),
        ("Foo.example.com/v1 other.parts.[].env", "name"),
        ("Foo.example.com/v1 lost.parts", "-"),
        ("Foo.example.com/v1 round.parts", "-"),
        ("Foo.example.com/v1 spec.ports", "port+protocol"),
        ("Foo.example.com/v1 spec.names", "set"),
        ("Foo.example.com/v1 spec.mapped", "-"),
        ("Foo.example.com/v1 spec.replaced", "-"),
        ("Foo.example.com/v1 spec.byName.any.parts", "name"),
        ("Foo.example.com/v1 spec.byName.fixed.parts", "-"),
        ("Foo.example.com/v1 spec.free.x.parts", "-"),
        // The built-in types are gone, but for kustomize's own.
        ("Deployment.apps/v1 spec.template.spec.containers", "-"),
        ("Kustomization.kustomize.config.k8s.io/v1beta1 secretGenerator", "name"),
    ] {
        check(&schema, path, keys);
    }
    assert_eq!(schema.is_namespace_scoped("example.com/v1", "Foo"), Some(true));
    assert_eq!(schema.is_namespace_scoped("example.com/v1", "Bar"), Some(false));
    assert_eq!(schema.is_namespace_scoped("v1", "Namespace"), Some(false), "known beforehand");
    assert_eq!(schema.is_namespace_scoped("apps/v1", "Deployment"), Some(true));
}

#[test]
fn documents_that_are_no_schema() {
    for (text, error) in [
        ("[]", "openapi.yaml:1: an OpenAPI document is a map"),
        ("definitions: []", "openapi.yaml:1: `definitions` is a map"),
        ("paths: 5", "openapi.yaml:1: `paths` is a map"),
        (
            "definitions:\n  a:\n    x-kubernetes-group-version-kind: [{kind: Foo}]\n",
            "openapi.yaml:3: `x-kubernetes-group-version-kind` has a version and a kind",
        ),
        (
            "definitions:\n  a: {x-kubernetes-patch-strategy: 1}",
            "openapi.yaml:2: a patch strategy is text",
        ),
        (
            "definitions:\n  a: {x-kubernetes-patch-strategy: merge, x-kubernetes-list-map-keys: a}",
            "openapi.yaml:2: merge keys are a list",
        ),
    ] {
        assert_eq!(read(text).map(drop), Err(error.to_owned()));
    }
    assert!(read("swagger: '2.0'").is_ok());
}
