"""Custom resources: definitions, CustomObjectsApi, DynamicClient, server-side apply, and files of YAML."""

import tempfile
import time

from kubernetes import client, config, utils
from kubernetes.client import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError
from said import refused, say

api = config.new_client_from_config()
core, custom = client.CoreV1Api(api), client.CustomObjectsApi(api)
definitions = client.ApiextensionsV1Api(api)
SPACE, GROUP = "python-custom", "python.example.org"
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=SPACE)))

schema = {"type": "object", "required": ["spec"], "properties": {
    "spec": {"type": "object", "required": ["masts"], "properties": {
        "masts": {"type": "integer", "minimum": 1}, "rig": {"type": "string", "default": "sloop"},
        "crew": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                 "items": {"type": "object", "required": ["name"], "properties": {
                     "name": {"type": "string"}, "role": {"type": "string"}}}}}},
    "status": {"type": "object", "properties": {"masts": {"type": "integer"}, "at": {"type": "string"}}}}}
version = client.V1CustomResourceDefinitionVersion(
    name="v1", served=True, storage=True, schema=client.V1CustomResourceValidation(open_apiv3_schema=schema),
    subresources=client.V1CustomResourceSubresources(
        status={}, scale=client.V1CustomResourceSubresourceScale(
            spec_replicas_path=".spec.masts", status_replicas_path=".status.masts")),
    additional_printer_columns=[client.V1CustomResourceColumnDefinition(
        name="Rig", type="string", json_path=".spec.rig")])
definition = client.V1CustomResourceDefinition(
    metadata=client.V1ObjectMeta(name=f"boats.{GROUP}"),
    spec=client.V1CustomResourceDefinitionSpec(
        group=GROUP, scope="Namespaced", versions=[version], names=client.V1CustomResourceDefinitionNames(
            plural="boats", kind="Boat", short_names=["bt"])))
definitions.create_custom_resource_definition(definition)


def condition(kind):
    read = definitions.read_custom_resource_definition(f"boats.{GROUP}")
    return {it.type: it.status for it in read.status.conditions or []}.get(kind)


while condition("Established") != "True":
    time.sleep(0.05)
say("established", condition("NamesAccepted"))
read = definitions.read_custom_resource_definition(f"boats.{GROUP}")
say("names", f"{read.status.accepted_names.singular} {read.status.accepted_names.list_kind} {read.status.stored_versions}")

where = (GROUP, "v1", SPACE, "boats")


def boat(name, **spec):
    return {"apiVersion": f"{GROUP}/v1", "kind": "Boat", "metadata": {"name": name}, "spec": spec}


while True:
    try:
        custom.list_namespaced_custom_object(*where)
        break
    except ApiException:
        time.sleep(0.05)
made = custom.create_namespaced_custom_object(*where, boat("a", masts=2))
say("made", f"{made['spec']['rig']} {made['spec']['masts']} {made['metadata']['generation']}")
refused("a wrong one", custom.create_namespaced_custom_object, *where, boat("b", masts=0))
refused("of another type", custom.create_namespaced_custom_object, *where, boat("b", masts=1, rig=3))
refused("one with a part missing", custom.create_namespaced_custom_object, *where, boat("b"))
made = custom.patch_namespaced_custom_object(*where, "a", {"spec": {"masts": 3, "unknown": 1}})
say("patched", f"{sorted(made['spec'].items())} {made['metadata']['generation']}")
made["spec"]["rig"] = "ketch"
made = custom.replace_namespaced_custom_object(*where, "a", made)
say("replaced", sorted(made["spec"].items()))
made = custom.patch_namespaced_custom_object_status(*where, "a", {"spec": {"masts": 9}, "status": {"at": "sea"}})
say("status", f"{made['spec']['masts']} {made['status']} {made['metadata']['generation']}")
scale = custom.get_namespaced_custom_object_scale(*where, "a")
say("scale", f"{scale['kind']} {scale['spec']} {scale['status']}")
scale = custom.patch_namespaced_custom_object_scale(*where, "a", {"spec": {"replicas": 4}})
say("scaled", scale["spec"])
custom.create_namespaced_custom_object(*where, boat("c", masts=1))
listed = custom.list_cluster_custom_object(GROUP, "v1", "boats", limit=1)
say("listed", f"{listed['kind']} {[it['metadata']['name'] for it in listed['items']]} {listed['metadata']['remainingItemCount']}")
gone = custom.delete_namespaced_custom_object(*where, "c", body=client.V1DeleteOptions(propagation_policy="Background"))
say("deleted", f"{gone['status']} {gone['details']['name']} {gone['details']['kind']} {gone['details']['group']}")
refused("deleted again", custom.delete_namespaced_custom_object, *where, "c")

# The dynamic client
dynamic = DynamicClient(api)
boats = dynamic.resources.get(api_version=f"{GROUP}/v1", kind="Boat")
say("found", f"{boats.name} {boats.namespaced} {sorted(boats.verbs)} {sorted(boats.subresources)} {boats.short_names}")
say("by a short name", dynamic.resources.get(short_names=["deploy"]).kind)
say("preferred", dynamic.resources.get(kind="HorizontalPodAutoscaler", preferred=True).group_version)
applied = dynamic.server_side_apply(boats, boat("d", masts=1, crew=[{"name": "ann", "role": "cook"}]),
                                    namespace=SPACE, field_manager="one")
say("applied", f"{applied.spec.masts} {[it.name for it in applied.spec.crew]}")
applied = dynamic.server_side_apply(boats, boat("d", masts=1, crew=[{"name": "bob"}]),
                                    namespace=SPACE, field_manager="two")
say("by another", [it.name for it in applied.spec.crew])
refused("what another one has", dynamic.server_side_apply, boats, boat("d", masts=2),
        namespace=SPACE, field_manager="two")
applied = dynamic.server_side_apply(boats, boat("d", masts=2), namespace=SPACE, field_manager="two",
                                    force_conflicts=True)
say("by force", f"{applied.spec.masts} {[it.name for it in applied.spec.crew]}")
try:
    boats.get(name="none", namespace=SPACE)
except NotFoundError as error:
    say("not found", error.summary())
try:
    boats.create(boat("d", masts=1), namespace=SPACE)
except ConflictError as error:
    say("conflict", error.summary())
try:
    boats.patch(boat("d", masts=5), namespace=SPACE)
except ApiException as error:
    say("a strategic patch", f"{error.status} {error.reason}")
merged = boats.patch(boat("d", masts=5), namespace=SPACE, content_type="application/merge-patch+json")
say("merged", merged.spec.masts)
status = boats.status.patch({"metadata": {"name": "d"}, "status": {"at": "port"}}, name="d", namespace=SPACE,
                            content_type="application/merge-patch+json")
say("status", status.status.at)
say("listed", [it.metadata.name for it in boats.get(namespace=SPACE).items])
say("deleted", boats.delete(name="d", namespace=SPACE).status)
maps = dynamic.resources.get(api_version="v1", kind="ConfigMap")
applied = maps.server_side_apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "1"}},
                                 name="m", namespace=SPACE, field_manager="one")
say("a map", f"{dict(applied.data.to_dict())} {[it.operation for it in applied.metadata.managedFields]}")

# Files
TEXT = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}
- {apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: "job:1"}]}}}}
"""
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    file.write(TEXT)
    file.flush()
    for made in utils.create_from_yaml(api, file.name, namespace=SPACE):
        say("from a file", [f"{it.kind} {it.metadata.name}" for it in made])
    try:
        utils.create_from_yaml(api, file.name, namespace=SPACE)
    except utils.FailToCreateError as error:
        say("again", sorted(it.status for it in error.api_exceptions))

definitions.delete_custom_resource_definition(f"boats.{GROUP}")
