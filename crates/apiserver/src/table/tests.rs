//! Objects in, cells out.

use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, json};
use schema::Kinds;
use testkit::check_eq;

use super::*;

fn node(text: &str) -> Node {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Config).unwrap();
    nodes.into_iter().next().unwrap()
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn text_of(node: &Node) -> String {
    let mut text = String::new();
    json::write(node, json::Options::default(), &mut text);
    text
}

#[track_caller]
fn check(object: &str, expected: &str) {
    let object = node(object);
    let part = |key: &str| object.str_at(&[key]).unwrap();
    let kinds = Kinds::builtin();
    let info = kinds.info(part("apiVersion"), part("kind")).unwrap();
    check_eq(&text_of(&row(info, None, &object, now())), expected);
}

/// A Pod with one status, and what its `Ready`, `Status` and `Restarts` are.
#[track_caller]
fn check_pod(rest: &str, expected: &str) {
    let object = node(&format!("apiVersion: v1\nkind: Pod\n{rest}"));
    let kinds = Kinds::builtin();
    let cells = row(kinds.info("v1", "Pod").unwrap(), None, &object, now());
    let cells: Vec<&str> = cells.as_list().unwrap().iter().filter_map(Node::as_str).collect();
    check_eq(&cells[1..4].join(" | "), expected);
}

#[test]
fn ages() {
    for (seconds, expected) in [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (11_520, "3h12m"),
        (3 * 3600, "3h"),
        (30 * 3600, "30h"),
        (5 * 86_400, "5d"),
        (2 * 86_400 + 3600, "2d1h"),
        (100 * 86_400, "100d"),
        (800 * 86_400, "2y70d"),
        (9 * 365 * 86_400, "9y"),
    ] {
        check_eq(&age::human(jiff::SignedDuration::from_secs(seconds)), expected);
    }
}

#[test]
fn pods_by_their_phase() {
    check_pod("spec: {containers: [{name: c}]}\nstatus: {phase: Pending}", "0/1 | Pending | 0");
    check_pod(
        "spec: {containers: [{name: c}]}\nstatus: {phase: Failed, reason: Evicted}",
        "0/1 | Evicted | 0",
    );
    check_pod(
        "metadata: {deletionTimestamp: '2026-11-24T11:00:00Z'}\nspec: {containers: [{name: c}]}\nstatus: {phase: Running}",
        "0/1 | Terminating | 0",
    );
    check_pod(
        "spec: {containers: [{name: c}]}\nstatus: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]}",
        "0/1 | SchedulingGated | 0",
    );
}

#[test]
fn pods_by_their_containers() {
    check_pod(
        "spec: {containers: [{name: a}, {name: b}]}
status:
  phase: Running
  containerStatuses:
  - {name: a, ready: true, restartCount: 2, state: {running: {}}, lastState: {terminated: {finishedAt: '2026-11-24T11:59:00Z'}}}
  - {name: b, ready: false, restartCount: 1, state: {waiting: {reason: CrashLoopBackOff}}}
",
        "1/2 | CrashLoopBackOff | 3 (60s ago)",
    );
    check_pod(
        "spec: {containers: [{name: a}]}
status: {phase: Running, containerStatuses: [{name: a, state: {terminated: {exitCode: 3}}}]}",
        "0/1 | ExitCode:3 | 0",
    );
    check_pod(
        "spec: {containers: [{name: a}, {name: b}]}
status:
  phase: Running
  conditions: [{type: Ready, status: 'True'}]
  containerStatuses:
  - {name: a, ready: false, state: {terminated: {exitCode: 0, reason: Completed}}}
  - {name: b, ready: true, state: {running: {}}}
",
        "1/2 | Running | 0",
    );
}

#[test]
fn pods_by_their_init_containers() {
    let spec = "spec: {initContainers: [{name: i}, {name: s, restartPolicy: Always}], containers: [{name: a}]}\n";
    check_pod(
        &format!(
            "{spec}status: {{phase: Pending, initContainerStatuses: [{{name: i, state: {{running: {{}}}}}}]}}"
        ),
        "0/2 | Init:0/2 | 0",
    );
    check_pod(
        &format!(
            "{spec}status: {{phase: Pending, initContainerStatuses: [{{name: i, restartCount: 4, state: {{terminated: {{exitCode: 1, reason: Error}}}}}}]}}"
        ),
        "0/2 | Init:Error | 4",
    );
    check_pod(
        &format!(
            "{spec}status:
  phase: Running
  initContainerStatuses:
  - {{name: i, restartCount: 4, state: {{terminated: {{exitCode: 0}}}}}}
  - {{name: s, restartCount: 1, ready: true, started: true, state: {{running: {{}}}}}}
  containerStatuses: [{{name: a, ready: true, state: {{running: {{}}}}}}]
"
        ),
        "2/2 | Running | 1",
    );
}

#[test]
fn workloads() {
    check(
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: a, creationTimestamp: '2026-11-19T12:00:00Z'}
spec:
  replicas: 3
  selector: {matchLabels: {app: x}, matchExpressions: [{key: tier, operator: NotIn, values: [b, a]}]}
  template: {spec: {containers: [{name: c, image: 'img:1'}, {name: d, image: 'img:2'}]}}
status: {readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1}
",
        r#"["a","2/3",3,1,"5d","c,d","img:1,img:2","app=x,tier notin (a,b)"]"#,
    );
    check(
        "apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {parallelism: 4, template: {spec: {containers: [{name: c, image: i}]}}}
status: {succeeded: 1, startTime: '2026-11-24T11:58:00Z', completionTime: '2026-11-24T11:59:30Z', conditions: [{type: Complete, status: 'True'}]}
",
        r#"["a","Complete","1/1 of 4","90s","<unknown>","c","i","<none>"]"#,
    );
    check(
        "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  maxReplicas: 5
  scaleTargetRef: {kind: Deployment, name: d}
  metrics:
  - {type: Resource, resource: {name: cpu, target: {averageUtilization: 50}}}
  - {type: External, external: {target: {value: 10}}}
  - {type: Pods, pods: {target: {averageValue: 1}}}
status: {currentReplicas: 2, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 7}}}]}
",
        r#"["a","Deployment/d","cpu: 7%/50%, <unknown>/10 + 1 more...","<unset>",5,2,"<unknown>"]"#,
    );
}

#[test]
fn services_and_their_endpoints() {
    check(
        "apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: LoadBalancer, clusterIPs: [10.0.0.7], externalIPs: [1.1.1.1], ports: [{port: 80, nodePort: 30080, protocol: TCP}, {port: 53, protocol: UDP}], selector: {b: c, a: b}}
status: {loadBalancer: {ingress: [{hostname: lb.example.org}, {ip: 2.2.2.2}]}}
",
        r#"["a","LoadBalancer","10.0.0.7","2.2.2.2,lb.example.org,1.1.1.1","80:30080/TCP,53/UDP","<unknown>","a=b,b=c"]"#,
    );
    check(
        "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a}
addressType: IPv4
ports: [{port: 80}, {name: x}]
endpoints: [{addresses: [10.1.0.1, 10.1.0.2]}, {addresses: [10.1.0.3]}, {addresses: [10.1.0.4, 10.1.0.5]}]
",
        r#"["a","IPv4","80,x","10.1.0.1,10.1.0.2,10.1.0.3 + 2 more...","<unknown>"]"#,
    );
}

#[test]
fn events_have_two_spellings() {
    let expected = r#"["2m","Normal","R","pod/p","","s, node","m","3m",3,"a"]"#;
    check(
        "apiVersion: v1
kind: Event
metadata: {name: a}
involvedObject: {kind: Pod, name: p}
reason: R
type: Normal
message: ' m '
source: {component: s, host: node}
count: 3
firstTimestamp: '2026-11-24T11:57:00Z'
lastTimestamp: '2026-11-24T11:58:00Z'
",
        expected,
    );
    check(
        "apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: a}
regarding: {kind: Pod, name: p}
reason: R
type: Normal
note: ' m '
reportingController: s
reportingInstance: node
eventTime: '2026-11-24T11:57:00.000000Z'
series: {count: 3, lastObservedTime: '2026-11-24T11:58:00.000000Z'}
",
        expected,
    );
}

#[track_caller]
fn check_custom(columns: &str, object: &str, expected: &str) {
    let (definition, object) = (node(columns), node(object));
    check_eq(&text_of(&list(custom::cells(&definition, &object, now()))), expected);
}

#[test]
fn columns_of_a_definition() {
    let object = "
metadata: {name: b, creationTimestamp: '2026-11-24T11:00:00Z', annotations: {a.b/c: x}}
spec: {count: 3, part: 1.5, flag: true, list: [a, b], map: {k: v}, none: null}
status: {conditions: [{type: Other, status: 'False'}, {type: Ready, status: 'True', reason: Fine}]}
";
    check_custom("{}", object, r#"["b","60m"]"#);
    check_custom(
        r#"
additionalPrinterColumns:
- {name: N, type: integer, jsonPath: .spec.count}
- {name: N, type: string, jsonPath: .spec.count}
- {name: F, type: number, jsonPath: .spec.part}
- {name: On, type: boolean, jsonPath: .spec.flag}
- {name: Item, type: string, jsonPath: '.spec.list[1]'}
- {name: Last, type: string, jsonPath: '.spec.list[-1]'}
- {name: Map, type: string, jsonPath: .spec.map}
- {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
- {name: Quoted, type: string, jsonPath: '.metadata.annotations.a\.b/c'}
- {name: Bracket, type: string, jsonPath: ".metadata.annotations['a.b/c']"}
- {name: Missing, type: string, jsonPath: .spec.missing}
- {name: Wrong, type: integer, jsonPath: .spec.flag}
- {name: Date, type: date, jsonPath: '.spec.list[0]'}
"#,
        object,
        r#"["b",3,"3",1.5,true,"b","b","{\"k\":\"v\"}","True","x","x",null,null,"<invalid>"]"#,
    );
}

#[test]
fn every_column_that_a_server_described_is_described() {
    let kinds = Kinds::builtin();
    let info = kinds.info("v1", "ConfigMap").unwrap();
    let columns = columns(info, None);
    let data = columns.as_list().unwrap().get(1).unwrap();
    check_eq(data.str_at(&["name"]).unwrap(), "Data");
    assert!(data.str_at(&["description"]).unwrap().starts_with("Data contains"));
}

#[test]
fn whole_tables() {
    let kinds = Kinds::builtin();
    let pod =
        node("metadata: {name: p}\nspec: {containers: [{name: c}]}\nstatus: {phase: Succeeded}");
    let info = kinds.info("v1", "Pod").unwrap();
    let table = table(info, None, &[pod], map([]), Include::Metadata, now());
    check_eq(
        &text_of(table.get("rows").unwrap()),
        r#"[{"cells":["p","0/1","Succeeded","0","<unknown>","<none>","<none>","<none>","<none>"],"conditions":[{"type":"Completed","status":"True","reason":"Succeeded","message":"The pod has completed successfully."}],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"p"}}}]"#,
    );
}

/// The columns that a real server has for all its kinds, recorded.
#[test]
fn columns_of_all_kinds() {
    let mut lines: Vec<String> = Vec::new();
    for info in Kinds::builtin().all().filter(|info| info.verbs.contains(&"list")) {
        let columns = columns(info, None);
        let columns = columns.as_list().unwrap().iter().map(|column| {
            let part = |key: &str| column.str_at(&[key]).unwrap();
            let wide =
                if column.get("priority").unwrap().as_int() == Some(1) { "wide" } else { "" };
            let name = part("name").replace(' ', "_");
            let words = [name.as_str(), part("type"), part("format"), wide];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let api_version = discovery::api_version(&info.group, &info.version);
        let columns = columns.collect::<Vec<_>>().join(", ");
        lines.push(format!("{api_version} {}: {columns}\n", info.kind));
    }
    lines.sort();
    check_eq(&lines.concat(), include_str!("../../testdata/columns.txt"));
}
