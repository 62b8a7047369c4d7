"""Who may what: kubeconfigs with a token and with a certificate, reviews, tokens of accounts, evictions."""

from kubernetes import client, config
from said import refused, say

SPACE = "python-access"
contexts, current = config.list_kube_config_contexts()
say("contexts", f"{[it['name'] for it in contexts]} {current['name']}")


def of(context):
    return config.new_client_from_config(context=context)


for context in ("token", "certificate"):
    me = client.AuthenticationV1Api(of(context)).create_self_subject_review(client.V1SelfSubjectReview())
    say(context, f"{me.status.user_info.username} {sorted(me.status.user_info.groups)}")

admin = of("token")
core, rbac = client.CoreV1Api(admin), client.RbacAuthorizationV1Api(admin)
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=SPACE)))
core.create_namespaced_service_account(SPACE, client.V1ServiceAccount(metadata=client.V1ObjectMeta(name="robot")))
token = core.create_namespaced_service_account_token("robot", SPACE, client.AuthenticationV1TokenRequest(
    spec=client.V1TokenRequestSpec(audiences=["https://kubernetes.default.svc"], expiration_seconds=3600)))
say("token", f"{token.kind} {token.spec.expiration_seconds} {len(token.status.token.split('.'))}")
refused("for too short a time", core.create_namespaced_service_account_token, "robot", SPACE,
        client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=1)))
refused("of nobody", core.create_namespaced_service_account_token, "nobody", SPACE,
        client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[])))

settings = client.Configuration()
settings.host, settings.ssl_ca_cert = admin.configuration.host, admin.configuration.ssl_ca_cert
settings.api_key = {"authorization": f"Bearer {token.status.token}", "BearerToken": f"Bearer {token.status.token}"}
robot = client.ApiClient(settings)
me = client.AuthenticationV1Api(robot).create_self_subject_review(client.V1SelfSubjectReview())
say("robot", f"{me.status.user_info.username} {sorted(me.status.user_info.groups)}")
refused("robot reads", client.CoreV1Api(robot).list_namespaced_config_map, SPACE)


def may(api, verb, resource, namespace=SPACE, group=""):
    attributes = client.V1ResourceAttributes(verb=verb, resource=resource, namespace=namespace, group=group)
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    status = client.AuthorizationV1Api(api).create_self_subject_access_review(review).status
    return f"{status.allowed} {status.reason or ''}".strip()


say("robot may get configmaps", may(robot, "get", "configmaps"))
say("the administrator may", may(admin, "delete", "nodes", None))
rbac.create_namespaced_role(SPACE, client.V1Role(metadata=client.V1ObjectMeta(name="reader"), rules=[
    client.V1PolicyRule(api_groups=[""], resources=["configmaps"], verbs=["get", "list", "watch"])]))
binding = client.V1RoleBinding(
    metadata=client.V1ObjectMeta(name="readers"),
    role_ref=client.V1RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name="reader"),
    subjects=[client.RbacV1Subject(kind="ServiceAccount", name="robot", namespace=SPACE)])
rbac.create_namespaced_role_binding(SPACE, binding)
say("by a role", may(robot, "get", "configmaps"))
say("robot reads", client.CoreV1Api(robot).list_namespaced_config_map(SPACE).kind)
refused("robot writes", client.CoreV1Api(robot).create_namespaced_config_map, SPACE, {"metadata": {"name": "a"}})
binding.role_ref.name = "other"
refused("a binding to another role", rbac.replace_namespaced_role_binding, "readers", SPACE, binding)

review = client.V1SubjectAccessReview(spec=client.V1SubjectAccessReviewSpec(
    user=f"system:serviceaccount:{SPACE}:robot", resource_attributes=client.V1ResourceAttributes(
        verb="list", resource="configmaps", namespace=SPACE)))
say("reviewed", client.AuthorizationV1Api(admin).create_subject_access_review(review).status.allowed)
rules = client.AuthorizationV1Api(robot).create_self_subject_rules_review(client.V1SelfSubjectRulesReview(
    spec=client.V1SelfSubjectRulesReviewSpec(namespace=SPACE))).status
say("rules", sorted(f"{','.join(it.verbs)} {','.join(it.resources)}" for it in rules.resource_rules))
review = client.V1TokenReview(spec=client.V1TokenReviewSpec(token=token.status.token))
status = client.AuthenticationV1Api(admin).create_token_review(review).status
say("the token", f"{status.authenticated} {status.user.username} {status.audiences}")
review = client.V1TokenReview(spec=client.V1TokenReviewSpec(token="nonsense"))
status = client.AuthenticationV1Api(admin).create_token_review(review).status
say("another token", f"{status.authenticated} {status.error}")

other = of("token")
other.set_default_header("Impersonate-User", "jane")
other.set_default_header("Impersonate-Group", "developers")
me = client.AuthenticationV1Api(other).create_self_subject_review(client.V1SelfSubjectReview())
say("as jane", f"{me.status.user_info.username} {sorted(me.status.user_info.groups)}")
refused("jane deletes", client.CoreV1Api(other).delete_namespaced_config_map, "a", SPACE)
settings.api_key = {"authorization": "Bearer wrong", "BearerToken": "Bearer wrong"}
refused("a wrong token", client.CoreV1Api(client.ApiClient(settings)).list_namespace)
settings.api_key = {}
refused("no token", client.CoreV1Api(client.ApiClient(settings)).list_namespace)

# Evictions
policy = client.PolicyV1Api(admin)
labels = {"app": "web"}
for name in ("one", "two"):
    core.create_namespaced_pod(SPACE, client.V1Pod(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1PodSpec(containers=[client.V1Container(name="web", image="web:1")])))
    core.patch_namespaced_pod_status(name, SPACE, {"status": {"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True"}]}})
policy.create_namespaced_pod_disruption_budget(SPACE, client.V1PodDisruptionBudget(
    metadata=client.V1ObjectMeta(name="web"), spec=client.V1PodDisruptionBudgetSpec(
        min_available=1, selector=client.V1LabelSelector(match_labels=labels))))


def eviction(name):
    return client.V1Eviction(metadata=client.V1ObjectMeta(name=name, namespace=SPACE))


refused("evicted against a budget", core.create_namespaced_pod_eviction, "one", SPACE, eviction("one"))
refused("of another name", core.create_namespaced_pod_eviction, "one", SPACE, eviction("two"))
policy.delete_namespaced_pod_disruption_budget("web", SPACE)
evicted = core.create_namespaced_pod_eviction("one", SPACE, eviction("one"))
say("evicted", evicted.kind)
say("left", [it.metadata.name for it in core.list_namespaced_pod(SPACE).items])
