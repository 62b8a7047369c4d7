"""Typed models: ConfigMaps, Services and Deployments, in all the ways that a program changes them."""

from kubernetes import client, config
from said import managers, refused, say

config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
SPACE = "python-typed"

version = client.VersionApi().get_code()
say("version", f"{version.major}.{version.minor}")
names = {it.metadata.name for it in core.list_namespace().items}
say("namespaces", sorted(names & {"default", "kube-system", "kube-public", "kube-node-lease"}))
space = client.V1Namespace(metadata=client.V1ObjectMeta(name=SPACE, labels={"by": "python"}))
space = core.create_namespace(space)
say("created", f"{space.metadata.name} {space.status.phase} {space.spec.finalizers} {space.metadata.labels}")

# ConfigMaps
config_map = client.V1ConfigMap(
    metadata=client.V1ObjectMeta(name="settings", labels={"app": "web"}),
    data={"colour": "blue"},
    binary_data={"bytes": "AAEC"},
)
made = core.create_namespaced_config_map(SPACE, config_map, field_manager="maker")
say("made", f"{made.data} {made.binary_data} {managers(made.metadata)} {made.metadata.generation}")
say("tried", core.create_namespaced_config_map(SPACE, client.V1ConfigMap(
    metadata=client.V1ObjectMeta(name="dry")), dry_run="All").metadata.name)
refused("which is not there", core.read_namespaced_config_map, "dry", SPACE)
patched = core.patch_namespaced_config_map("settings", SPACE, {"data": {"size": "9", "colour": None}})
say("patched", f"{patched.data} {managers(patched.metadata)}")
operations = [{"op": "replace", "path": "/data/size", "value": "10"}]
say("patched by operations", core.patch_namespaced_config_map("settings", SPACE, operations).data)
refused("a test that fails", core.patch_namespaced_config_map, "settings", SPACE,
        [{"op": "test", "path": "/data/size", "value": "x"}])
replaced = core.read_namespaced_config_map("settings", SPACE)
replaced.data = {"shape": "round"}
say("replaced", core.replace_namespaced_config_map("settings", SPACE, replaced).data)
refused("replaced again", core.replace_namespaced_config_map, "settings", SPACE, replaced)
generated = core.create_namespaced_config_map(
    SPACE, client.V1ConfigMap(metadata=client.V1ObjectMeta(generate_name="gen-")))
say("generated", generated.metadata.name.startswith("gen-") and len(generated.metadata.name))

# Pages
for number in range(7):
    core.create_namespaced_config_map(SPACE, client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name=f"page-{number}", labels={"page": str(number % 2)})))
token, page = None, None
while page is None or token:
    page = core.list_namespaced_config_map(SPACE, limit=3, _continue=token)
    token = page.metadata._continue
    names = [it.metadata.name if not it.metadata.name.startswith("gen-") else "gen" for it in page.items]
    say("page", f"{names} and {page.metadata.remaining_item_count}")
odd = core.list_namespaced_config_map(SPACE, label_selector="page in (1),app!=web")
say("odd", [it.metadata.name for it in odd.items])
one = core.list_config_map_for_all_namespaces(field_selector=f"metadata.name=page-3,metadata.namespace={SPACE}")
say("one", [(it.metadata.namespace, it.metadata.name, it.kind) for it in one.items])
refused("a bad selector", core.list_namespaced_config_map, SPACE, label_selector="a b")
refused("a field that is no selector", core.list_namespaced_config_map, SPACE, field_selector="data.x=1")
refused("a token of somebody else", core.list_namespaced_config_map, SPACE, limit=1, _continue="nonsense")
gone = core.delete_collection_namespaced_config_map(SPACE, label_selector="page=0")
say("a collection deleted", gone.kind)
say("left", [it.metadata.name for it in core.list_namespaced_config_map(SPACE, label_selector="page").items])
status = core.delete_namespaced_config_map("settings", SPACE)
details = status["details"]
say("deleted", f"{status['kind']} {status['status']} {details['name']} {details['kind']} {bool(details['uid'])}")

# Services
service = core.create_namespaced_service(SPACE, client.V1Service(
    metadata=client.V1ObjectMeta(name="web"),
    spec=client.V1ServiceSpec(selector={"app": "web"}, type="NodePort", ports=[
        client.V1ServicePort(name="http", port=80, target_port="http"),
        client.V1ServicePort(name="admin", port=81, target_port=8081, protocol="UDP"),
    ])))
spec = service.spec
say("service", f"{spec.type} {spec.session_affinity} {spec.ip_families} {spec.ip_family_policy} "
    f"{spec.internal_traffic_policy} {spec.external_traffic_policy} {spec.cluster_ip == spec.cluster_ips[0]}")
say("ports", [(it.name, it.port, it.target_port, it.protocol, 30000 <= it.node_port < 32768) for it in spec.ports])
service = core.patch_namespaced_service("web", SPACE, {"spec": {"ports": [{"port": 82, "name": "more"}]}})
say("merged by port", [(it.name, it.port, it.target_port) for it in service.spec.ports])
service = core.patch_namespaced_service("web", SPACE, {"spec": {"type": "ClusterIP"}})
say("no more node ports", [it.node_port for it in service.spec.ports])
say("deleted", core.delete_namespaced_service("web", SPACE).kind)

# Deployments
container = client.V1Container(
    name="web", image="web:1", ports=[client.V1ContainerPort(container_port=8080, name="http")],
    resources=client.V1ResourceRequirements(requests={"cpu": "100m", "memory": "64Mi"}),
    readiness_probe=client.V1Probe(http_get=client.V1HTTPGetAction(path="/", port="http")))
deployment = client.V1Deployment(
    metadata=client.V1ObjectMeta(name="web"),
    spec=client.V1DeploymentSpec(
        replicas=3, selector=client.V1LabelSelector(match_labels={"app": "web"}),
        template=client.V1PodTemplateSpec(
            metadata=client.V1ObjectMeta(labels={"app": "web"}), spec=client.V1PodSpec(containers=[container]))))
made = apps.create_namespaced_deployment(SPACE, deployment)
say("deployment", f"{made.spec.replicas} {made.spec.strategy.rolling_update.max_surge} "
    f"{made.spec.revision_history_limit} {made.metadata.generation} {made.status.replicas}")
pod = made.spec.template.spec
say("template", f"{pod.restart_policy} {pod.dns_policy} {pod.scheduler_name} {pod.termination_grace_period_seconds} "
    f"{pod.containers[0].image_pull_policy} {pod.containers[0].readiness_probe.period_seconds}")
patch = {"spec": {"template": {"spec": {"containers": [
    {"name": "web", "env": [{"name": "A", "value": "1"}]}, {"name": "side", "image": "side:2"}]}}}}
made = apps.patch_namespaced_deployment("web", SPACE, patch)
say("patched", [(it.name, it.image, [env.name for env in it.env or []]) for it in made.spec.template.spec.containers])
made.spec.template.spec.containers.pop()
made.spec.template.metadata.annotations = {"restartedAt": "now"}
made = apps.replace_namespaced_deployment("web", SPACE, made)
say("replaced", f"{[it.name for it in made.spec.template.spec.containers]} {made.metadata.generation}")
scale = apps.read_namespaced_deployment_scale("web", SPACE)
say("scale", f"{scale.kind} {scale.spec.replicas} {scale.status.replicas} {scale.status.selector}")
scale.spec.replicas = 5
say("scaled", apps.replace_namespaced_deployment_scale("web", SPACE, scale).spec.replicas)
say("scaled", apps.patch_namespaced_deployment_scale("web", SPACE, {"spec": {"replicas": 6}}).spec.replicas)
refused("scaled below nothing", apps.patch_namespaced_deployment_scale, "web", SPACE, {"spec": {"replicas": -1}})
made = apps.patch_namespaced_deployment_status("web", SPACE, {
    "spec": {"replicas": 1}, "status": {"replicas": 6, "readyReplicas": 2, "observedGeneration": 1, "conditions": [
        {"type": "Available", "status": "True", "reason": "R", "message": "M"}]}})
say("status", f"{made.spec.replicas} {made.status.ready_replicas} {made.status.conditions[0].type}")
refused("a selector that moves", apps.patch_namespaced_deployment, "web", SPACE,
        {"spec": {"selector": {"matchLabels": {"app": "other"}}}})
wrong = client.V1Deployment(metadata=client.V1ObjectMeta(name="Wrong_Name"), spec=deployment.spec)
refused("a wrong name", apps.create_namespaced_deployment, SPACE, wrong)
refused("an unknown field, strictly", apps.patch_namespaced_deployment, "web", SPACE,
        {"spec": {"replica": 1}}, field_validation="Strict")
say("owners", managers(apps.read_namespaced_deployment("web", SPACE).metadata))
options = client.V1DeleteOptions(propagation_policy="Background", grace_period_seconds=0,
                                 preconditions=client.V1Preconditions(uid="other"))
refused("another one deleted", apps.delete_namespaced_deployment, "web", SPACE, body=options)
deleted = apps.delete_namespaced_deployment("web", SPACE, propagation_policy="Background")
say("deleted", f"{deleted['status']} {deleted['details']['group']} {deleted['details']['kind']}")

# Secrets and service accounts
secret = core.create_namespaced_secret(SPACE, client.V1Secret(
    metadata=client.V1ObjectMeta(name="keys"), string_data={"key": "value"}, type="Opaque", immutable=True))
say("secret", f"{secret.data} {secret.string_data} {secret.type}")
refused("an immutable one patched", core.patch_namespaced_secret, "keys", SPACE, {"data": {"key": "eA=="}})
raw = core.read_namespaced_secret("keys", SPACE, _preload_content=False)
say("raw", f"{raw.status} {raw.headers['Content-Type']}")
