"""Watches: from a version on, with selectors, for a time, and the informer that keeps a cache."""

import threading

from kubernetes import client, config, watch
from kubernetes.client import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.informer import ADDED, DELETED, MODIFIED, SharedInformer
from said import say

config.load_kube_config()
core = client.CoreV1Api()
SPACE = "python-watches"
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=SPACE)))


def make(name, **labels):
    return core.create_namespaced_config_map(SPACE, client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name=name, labels=labels or None)))


first = make("first")
start = core.list_namespaced_config_map(SPACE).metadata.resource_version
make("a", kind="x")
core.patch_namespaced_config_map("a", SPACE, {"data": {"k": "v"}})
make("b")
core.patch_namespaced_config_map("b", SPACE, {"metadata": {"labels": {"kind": "x"}}})
core.patch_namespaced_config_map("a", SPACE, {"metadata": {"labels": {"kind": "y"}}})
core.delete_namespaced_config_map("b", SPACE)


def told(call, count, **options):
    """The next events, each with what it is about."""
    watcher, events = watch.Watch(), []
    for event in watcher.stream(call, SPACE, timeout_seconds=60, **options):
        object = event["object"]
        events.append(f"{event['type']} {object.metadata.name} {type(object).__name__}")
        if len(events) == count:
            watcher.stop()
    return events


for event in told(core.list_namespaced_config_map, 6, resource_version=start):
    say("event", event)
for event in told(core.list_namespaced_config_map, 4, resource_version=start, label_selector="kind=x"):
    say("of x", event)
for event in told(core.list_namespaced_config_map, 2, resource_version=start, field_selector="metadata.name=b"):
    say("of b", event)
say("what is there", sorted(told(core.list_namespaced_config_map, 2)))

# A watch that comes to its end
watcher = watch.Watch()
events = list(watcher.stream(core.list_namespaced_config_map, SPACE, resource_version=start, timeout_seconds=1))
say("until its time was up", len(events))
say("up to", int(watcher.resource_version) > int(start))
bookmarks = list(watch.Watch().stream(core.list_namespaced_config_map, SPACE, timeout_seconds=1,
                                      allow_watch_bookmarks=True, send_initial_events=True,
                                      resource_version_match="NotOlderThan"))
say("initial", [f"{it['type']} {it['raw_object']['metadata'].get('annotations')}" for it in bookmarks])
try:
    list(watch.Watch().stream(core.list_namespaced_config_map, SPACE, resource_version="abc", timeout_seconds=1))
except ApiException as error:
    say("a version that is none", f"{error.status} {error.reason}")

# The dynamic client's
dynamic = DynamicClient(client.ApiClient())
maps = dynamic.resources.get(api_version="v1", kind="ConfigMap")
watcher = watch.Watch()
count = 0
for event in maps.watch(namespace=SPACE, resource_version=start, timeout=60, watcher=watcher):
    say("dynamic", f"{event['type']} {event['object'].metadata.name}")
    count += 1
    if count == 6:
        watcher.stop()

# An informer
seen, ready = [], threading.Condition()


def note(kind):
    def handler(object):
        with ready:
            seen.append(f"{kind} {object.metadata.name}")
            ready.notify_all()
    return handler


def wait_for(text):
    with ready:
        say("informed", ready.wait_for(lambda: text in seen, timeout=60) and text)


informer = SharedInformer(list_func=core.list_namespaced_config_map, namespace=SPACE)
for kind in (ADDED, MODIFIED, DELETED):
    informer.add_event_handler(kind, note(kind))
informer.start()
wait_for("ADDED first")
wait_for("ADDED a")
make("c")
wait_for("ADDED c")
core.patch_namespaced_config_map("c", SPACE, {"data": {"k": "v"}})
wait_for("MODIFIED c")
core.delete_namespaced_config_map("c", SPACE)
wait_for("DELETED c")
say("its cache", sorted(it.metadata.name for it in informer.cache.list()))
informer.stop()
