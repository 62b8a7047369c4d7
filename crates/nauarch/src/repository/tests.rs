use super::*;

#[test]
fn remotes_of_a_git_configuration() {
    let config = "[core]\n\turl = no\n[remote \"origin\"]\n\turl = https://x.io/fleet.git\n\tfetch = +x\n\
                  [Remote \"b\"]\nURL=\"git@x.io:fleet\"\n[branch \"main\"]\n\tremote = origin\n";
    assert_eq!(remote_urls(config), ["https://x.io/fleet.git", "git@x.io:fleet"]);
}

#[test]
fn the_example_fleet() {
    let repository = read(Path::new("../../examples/fleet")).unwrap();
    let names: Vec<&str> = repository.tree.below("clusters").map(|(path, _)| path).collect();
    assert_eq!(
        names,
        [
            "clusters",
            "clusters/ap-southeast.yaml",
            "clusters/eu-west.yaml",
            "clusters/us-east.yaml"
        ]
    );
    assert_eq!(
        repository.tree.display("clusters/us-east.yaml"),
        "../../examples/fleet/clusters/us-east.yaml"
    );
}

#[test]
fn no_repository() {
    let error = |path: &str| read(Path::new(path)).err().map(|d| d.cause);
    assert_eq!(error("nowhere").as_deref(), Some("there is no folder `nowhere`"));
    assert_eq!(error("Cargo.toml").as_deref(), Some("`Cargo.toml` is a file, not a repository"));
}
