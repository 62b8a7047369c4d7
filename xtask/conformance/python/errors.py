"""What a program gets where the server says no: an ApiException with the Status in its body."""

from kubernetes import client, config
from kubernetes.dynamic import DynamicClient
from said import refused

config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
SPACE = "python-errors"
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=SPACE)))


refused("nothing there", core.read_namespaced_pod, "none", SPACE)
refused("no such namespace", core.create_namespaced_config_map, "nowhere", {"metadata": {"name": "a"}})
refused("another namespace", core.create_namespaced_config_map, SPACE, {"metadata": {"name": "a", "namespace": "x"}})
core.create_namespaced_config_map(SPACE, {"metadata": {"name": "a"}})
refused("there already", core.create_namespaced_config_map, SPACE, {"metadata": {"name": "a"}})
refused("a namespace that is there", core.create_namespace, {"metadata": {"name": SPACE}})
refused("no name", core.create_namespaced_config_map, SPACE, {"metadata": {}})
refused("names that differ", core.replace_namespaced_config_map, "a", SPACE, {"metadata": {"name": "b"}})
refused("of another kind", core.create_namespaced_config_map, SPACE,
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}})
dynamic = DynamicClient(client.ApiClient())
MAPS = f"/api/v1/namespaces/{SPACE}/configmaps"


def send(method, path, body=None, content_type="application/json", **query):
    """What no model lets through."""
    return dynamic.request(method, path, body=body, content_type=content_type, query_params=list(query.items()))


refused("of another version", send, "post", f"/apis/apps/v1/namespaces/{SPACE}/deployments",
        {"apiVersion": "apps/v9", "kind": "Deployment", "metadata": {"name": "b"}})
refused("a list for a map", send, "post", MAPS, {"metadata": {"name": "b"}, "data": ["x"]})
refused("a number for a text", send, "post", MAPS, {"metadata": {"name": "b"}, "data": {"x": 1}})
refused("a text for a body", send, "post", MAPS, "nonsense")
refused("nothing for a body", send, "post", MAPS)
refused("many things wrong", send, "post", f"/api/v1/namespaces/{SPACE}/pods", {
    "metadata": {"name": "pod", "labels": {"a b": "c"}},
    "spec": {"restartPolicy": "Sometimes", "containers": [{"name": "A", "image": "", "ports": [{"containerPort": 0}]}]}})
refused("an unknown content type", send, "put", MAPS + "/a", "a text", "text/plain")
refused("a patch of no kind", send, "patch", MAPS + "/a", {"data": {}}, "application/json")
refused("a patch that is no patch", send, "patch", MAPS + "/a", [{"op": "jump", "path": "/x"}],
        "application/json-patch+json")
refused("a patch of the wrong shape", send, "patch", MAPS + "/a", {"data": 3}, "application/merge-patch+json")
refused("a patch to a list", send, "patch", MAPS + "/a", [], "application/merge-patch+json")
refused("an apply without a manager", send, "patch", MAPS + "/a", {"apiVersion": "v1", "kind": "ConfigMap"},
        "application/apply-patch+yaml")
refused("an apply without a kind", send, "patch", MAPS + "/a", {"data": {}}, "application/apply-patch+yaml",
        fieldManager="x")
refused("a post to an object", send, "post", MAPS + "/a", {"metadata": {"name": "a"}})
refused("a put to a collection", send, "put", MAPS, {"metadata": {"name": "a"}})
refused("a bad dry run", send, "post", MAPS, {"metadata": {"name": "b"}}, dryRun="Some")
refused("a bad validation", send, "post", MAPS, {"metadata": {"name": "b"}}, fieldValidation="Some")
refused("a bad limit", send, "get", MAPS, limit="many")
refused("a bad timeout", send, "get", MAPS, timeoutSeconds="long")
refused("a bad grace", send, "delete", MAPS + "/a", gracePeriodSeconds="long")
refused("a version from the future", send, "get", MAPS, resourceVersion="999999999",
        resourceVersionMatch="Exact")
refused("a kind that nobody has", dynamic.request, "get", "/apis/apps/v1/namespaces/x/nothings")
refused("a protected one deleted", core.delete_namespace, "kube-system")
refused("an old version", core.replace_namespaced_config_map, "a", SPACE,
        {"metadata": {"name": "a", "resourceVersion": "1"}})
refused("a version that is none", core.replace_namespaced_config_map, "a", SPACE,
        {"metadata": {"name": "a", "resourceVersion": "x"}})
refused("a bad limit", core.list_namespaced_config_map, SPACE, resource_version_match="Exact")
refused("a version from the future", core.list_namespaced_config_map, SPACE,
        resource_version="x", resource_version_match="Exact")
refused("a bad policy", core.delete_namespaced_config_map, "a", SPACE, propagation_policy="Away")
refused("too long a manager", core.create_namespaced_config_map, SPACE, {"metadata": {"name": "b"}},
        field_manager="m" * 200)
refused("an eviction of nothing", core.create_namespaced_pod_eviction, "none", SPACE,
        client.V1Eviction(metadata=client.V1ObjectMeta(name="none")))
