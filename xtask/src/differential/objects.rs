//! Made-up objects that refer to each other, with scalars of all kinds.

use crate::generate::chance::Chance;

/// Few names, so that they clash.
pub(super) const NAMES: &[&str] = &["web", "api", "db"];

pub(super) const NAMESPACES: &[&str] = &["", "", "", "default", "one", "two"];

/// Values as a file may have them.
pub(super) const SCALARS: &[&str] = &[
    "text",
    "two words",
    "\"quoted\"",
    "'single'",
    "1",
    "007",
    "1.50",
    "1e3",
    "0x1F",
    "true",
    "True",
    "yes",
    "no",
    "null",
    "~",
    "",
    "\"\"",
    "2020-01-01",
    "12:30",
    "a:b",
    "\"a: b\"",
    "'it''s'",
    "-1",
    "+5",
    "1_000",
    "\"line\\nbreak\"",
    "\"tab\\there\"",
    "é",
    "\"\\U0001F600\"",
    "1.0",
    "on",
    "$(VAR)",
    "a#b",
    "\"#a\"",
    ".5",
    "=",
    "x=y",
    "http://x.test:80/y",
    "\"@at\"",
    "0o17",
    "9007199254740993",
    "123456789.5",
    "\"  spaced  \"",
    "!!str 1",
    "&a text",
    "0b11",
    "0",
    "-0",
    "1e400",
    "18446744073709551616",
    "-9223372036854775808",
    "0.1",
    "1e-7",
    "1234567.5",
    "2001-12-14t21:59:43.10-05:00",
    "\"\\u00e9\\n\"",
    "\"1\"",
    "'true'",
    "\"null\"",
    "\"~\"",
    "\"a\\n b\\n\"",
    "[]",
    "a very long text that goes on and on, so that it has to be folded somewhere after the eightieth column of it",
];

const DEPLOYMENTS: &[&str] = &["Deployment", "Deployment", "StatefulSet", "DaemonSet"];

/// An object: what it is called, and its text.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) text: String,
}

/// An object.
pub(super) fn object(chance: &mut Chance) -> Object {
    let name = chance.one_of(NAMES);
    let namespace = chance.one_of(NAMESPACES);
    let text = match chance.below(16) {
        0..=4 => workload(chance, name, namespace),
        5 => service(chance, name, namespace),
        6 => data(chance, "ConfigMap", name, namespace),
        7 => data(chance, "Secret", name, namespace),
        8 => head("v1", "ServiceAccount", name, namespace, chance),
        9 => binding(chance, name, namespace),
        10 => cron_job(chance, name, namespace),
        11 => ingress(chance, name, namespace),
        12 => scaler(chance, name, namespace),
        13 => widget(chance, name, namespace),
        14 => {
            let name = chance.one_of(&["one", "two"]);
            head("v1", "Namespace", name, "", chance)
        }
        _ => policy(chance, name, namespace),
    };
    let line = |start: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_default().to_owned()
    };
    Object { kind: line("kind: "), name: line("  name: "), namespace: line("  namespace: "), text }
}

/// Everything up to the end of metadata.
pub(super) fn head(
    api_version: &str,
    kind: &str,
    name: &str,
    namespace: &str,
    chance: &mut Chance,
) -> String {
    let mut text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if !namespace.is_empty() {
        text += &format!("  namespace: {namespace}\n");
    }
    if chance.below(3) == 0 {
        text += &format!("  labels:\n    app: {name}\n");
    }
    if chance.below(4) == 0 {
        text += &format!("  annotations:\n    note: {}\n", chance.one_of(SCALARS));
        let hashed = match kind {
            "ConfigMap" | "Secret" => "    kustomize.config.k8s.io/needs-hash: \"true\"\n",
            _ => "",
        };
        text += chance.one_of(&[
            "",
            "",
            "",
            "",
            "    config.kubernetes.io/local-config: \"true\"\n",
            hashed,
        ]);
    }
    text
}

/// The fields of a pod, at an indentation.
fn pod(chance: &mut Chance, indent: usize) -> String {
    let mut text = String::from("spec:\n");
    if chance.below(3) == 0 {
        text += &format!("  serviceAccountName: {}\n", chance.one_of(NAMES));
    }
    let init = if chance.below(5) == 0 { "initContainers" } else { "containers" };
    text += &format!("  {init}:\n");
    for at in 0..1 + chance.below(2) {
        let image = chance.one_of(&[
            "nginx",
            "nginx:1.25",
            "reg.test:5000/app:v1",
            "app@sha256:0123456789012345678901234567890123456789012345678901234567890123",
            "busybox",
        ]);
        text += &format!("  - name: c{at}\n    image: {image}\n");
        if chance.below(2) == 0 {
            text += &format!("    env:\n    - name: A\n      value: {}\n", chance.one_of(SCALARS));
            let key = chance.one_of(&["configMapKeyRef", "secretKeyRef"]);
            text += &format!(
                "    - name: B\n      valueFrom:\n        {key}: {{name: {}, key: k}}\n",
                chance.one_of(NAMES)
            );
        }
        if chance.below(3) == 0 {
            let reference = chance.one_of(&["configMapRef", "secretRef"]);
            text += &format!(
                "    envFrom:\n    - {reference}:\n        name: {}\n",
                chance.one_of(NAMES)
            );
        }
        if chance.below(3) == 0 {
            text += "    ports:\n    - containerPort: 80\n    - containerPort: 90\n      protocol: UDP\n";
        }
        if chance.below(4) == 0 {
            text += &format!("    args: [{}, --x]\n", chance.one_of(&["a", "\"$(VAR)\"", "1"]));
        }
    }
    if chance.below(3) == 0 {
        text += &format!(
            "  volumes:\n  - name: v\n    configMap:\n      name: {}\n  - name: w\n    emptyDir: {{}}\n",
            chance.one_of(NAMES)
        );
    }
    indented(&text, indent)
}

fn indented(text: &str, indent: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

fn workload(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let kind = chance.one_of(DEPLOYMENTS);
    let mut text = head("apps/v1", kind, name, namespace, chance) + "spec:\n";
    if chance.below(2) == 0 {
        text += &format!("  replicas: {}\n", chance.below(4));
    }
    if chance.below(2) == 0 {
        text += &format!("  selector:\n    matchLabels:\n      app: {name}\n");
    }
    text += "  template:\n";
    if chance.below(2) == 0 {
        text += &format!("    metadata:\n      labels:\n        app: {name}\n");
    }
    text += &pod(chance, 4);
    if kind == "StatefulSet" && chance.below(2) == 0 {
        text += "  volumeClaimTemplates:\n  - metadata:\n      name: data\n    spec: {accessModes: [ReadWriteOnce]}\n";
    }
    text
}

fn service(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let mut text = head("v1", "Service", name, namespace, chance) + "spec:\n";
    if chance.below(2) == 0 {
        text += &format!("  selector:\n    app: {name}\n");
    }
    text + "  ports:\n  - port: 80\n    targetPort: http\n"
}

fn data(chance: &mut Chance, kind: &str, name: &str, namespace: &str) -> String {
    let mut text = head("v1", kind, name, namespace, chance);
    if chance.below(5) == 0 {
        return text;
    }
    text += if kind == "Secret" && chance.below(2) == 0 { "stringData:\n" } else { "data:\n" };
    for at in 0..1 + chance.below(3) {
        let value = match chance.below(4) {
            0 => "|\n    one\n      two\n\n    three".to_owned(),
            1 => "|-\n    {\"a\": {\"b\": 1}, \"c\": [1, \"x\"]}".to_owned(),
            2 => "|\n    a:\n      b: 1 # note\n    c: [x, y]".to_owned(),
            _ => chance.one_of(SCALARS).to_owned(),
        };
        text += &format!("  k{at}: {value}\n");
    }
    text
}

fn binding(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let kind = chance.one_of(&["RoleBinding", "ClusterRoleBinding"]);
    let subject = chance.one_of(&["web", "api", "default"]);
    let mut text = head("rbac.authorization.k8s.io/v1", kind, name, namespace, chance);
    text += &format!(
        "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {}\n  name: {}\n",
        chance.one_of(&["Role", "ClusterRole"]),
        chance.one_of(NAMES)
    );
    text += &format!("subjects:\n- kind: ServiceAccount\n  name: {subject}\n");
    if chance.below(2) == 0 {
        text += &format!("  namespace: {}\n", chance.one_of(&["one", "two", "default"]));
    }
    text
}

fn cron_job(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let text = head("batch/v1", "CronJob", name, namespace, chance);
    text + "spec:\n  schedule: \"0 * * * *\"\n  jobTemplate:\n    spec:\n      template:\n"
        + &pod(chance, 8)
}

fn ingress(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let text = head("networking.k8s.io/v1", "Ingress", name, namespace, chance);
    let service = chance.one_of(NAMES);
    text + &format!(
        "spec:\n  rules:\n  - host: x.test\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: {{service: {{name: {service}, port: {{number: 80}}}}}}\n  tls:\n  - secretName: {service}\n"
    )
}

fn scaler(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let text = head("autoscaling/v2", "HorizontalPodAutoscaler", name, namespace, chance);
    let kind = chance.one_of(DEPLOYMENTS);
    text + &format!(
        "spec:\n  maxReplicas: 3\n  scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: {name}}}\n"
    )
}

fn widget(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let text = head("example.test/v1", "Widget", name, namespace, chance);
    let mut text = text
        + &format!(
            "spec:\n  list:\n  - name: a\n    value: {}\n  - name: b\n  size: {}\n",
            chance.one_of(SCALARS),
            chance.one_of(SCALARS)
        );
    text += &format!(
        "  config: {}\n  ref:\n    name: {}\n",
        chance.one_of(NAMES),
        chance.one_of(NAMES)
    );
    text += chance.one_of(&[
        "",
        "  image: nginx:1\n",
        "  tags: {a: b}\n",
        "  empty: {}\n  none: []\n",
        "  \"odd.key/x\": 1\n",
    ]);
    text
}

fn policy(chance: &mut Chance, name: &str, namespace: &str) -> String {
    let text = head("networking.k8s.io/v1", "NetworkPolicy", name, namespace, chance);
    text + &format!("spec:\n  podSelector:\n    matchLabels: {{app: {name}}}\n")
}
