use testkit::check_eq;

use super::*;

fn access(cluster: &str, port: u16) -> Access {
    Access {
        cluster: cluster.to_owned(),
        server: format!("https://127.0.0.1:{port}"),
        authority: "a certificate\n".to_owned(),
        token: "secret".to_owned(),
        namespace: "flux-system".to_owned(),
    }
}

#[test]
fn a_context_for_each_cluster() {
    check_eq(
        &text(&[access("north", 1)]),
        "
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: YSBjZXJ0aWZpY2F0ZQo=
    server: https://127.0.0.1:1
  name: north
contexts:
- context:
    cluster: north
    extensions:
    - extension:
        namespace: flux-system
        provider: nauarch.dev
      name: nauarch.dev/fleet
    user: north
  name: north
current-context: north
kind: Config
users:
- name: north
  user:
    token: secret",
    );
}

fn contexts(files: &[&str]) -> Contexts {
    let mut contexts = Contexts::default();
    for file in files {
        contexts.add(Path::new("config"), file.as_bytes()).unwrap();
    }
    contexts
}

#[test]
fn the_first_file_counts() {
    let fleet = text(&[access("north", 1), access("south", 2)]);
    let other = "current-context: kind\ncontexts: [{name: kind}, {name: north, context: {}}]";
    let read = contexts(&[&fleet, other]);
    assert_eq!(read.current.as_deref(), Some("north"));
    let names: Vec<_> = read.contexts.iter().map(|context| context.name.as_str()).collect();
    assert_eq!(names, ["north", "south", "kind"]);
    assert!(read.is_fleet());
    assert!(!contexts(&[other, &fleet]).is_fleet());
    assert!(!contexts(&[]).is_fleet());
}

#[test]
fn only_its_owner_reads_it() {
    let folder = std::env::temp_dir().join(format!("nauarch-kubeconfig-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("config");
    save(&path, "text").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "text");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let nowhere = folder.join("config").join("config");
    let Err(Failure::Usage(message)) = save(&nowhere, "text") else { panic!("it was written") };
    assert!(message.ends_with("; give another folder with --data"), "{message}");
    fs::remove_dir_all(&folder).unwrap();
}
