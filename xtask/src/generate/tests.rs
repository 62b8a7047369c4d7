//! What is generated, built in memory.

use clap::Parser;
use kustomize::{Memory, Options};
use manifest::{Content, FileTree};

use super::Shape;
use super::folder::Folder;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    shape: Shape,
}

fn folder(arguments: &str) -> Folder {
    let arguments = ["gen"].into_iter().chain(arguments.split(' ')).chain(["--out", "unused"]);
    match Cli::try_parse_from(arguments).unwrap().shape {
        Shape::Overlay { shape, .. } => shape.folder(),
        Shape::Fleet { shape, .. } => shape.folder(),
    }
}

/// The number of objects in what a directory is built to.
fn built(folder: &Folder, directory: &str) -> usize {
    let files = folder.iter().map(|(path, text)| (path, Content::from(text)));
    let tree = FileTree::of_files(files);
    let build = kustomize::build(&tree, directory, &Options::default(), &Memory::new());
    assert!(build.diagnostics.is_empty(), "{:?}", build.diagnostics);
    build.nodes.unwrap().len()
}

#[test]
fn an_overlay_has_the_objects_asked_for() {
    for resources in [3, 4, 50, 137] {
        let folder = folder(&format!("overlay --resources {resources}"));
        assert_eq!(built(&folder, "overlays/cluster-0"), resources);
    }
    let folder = folder("overlay --resources 40 --overlays 3 --name-prefix blue-");
    assert_eq!(built(&folder, "overlays/cluster-2"), 40);
}

#[test]
fn a_fleet_has_a_file_and_an_overlay_for_each_cluster() {
    let folder = folder("fleet --clusters 8 --apps 7");
    let clusters = folder.iter().filter(|(path, _)| path.starts_with("clusters/"));
    assert_eq!(clusters.count(), 8);
    assert_eq!(built(&folder, "base/namespaces"), 2);
    assert_eq!(built(&folder, "overlays/us-east-1-0"), built(&folder, "overlays/us-west-2-1"));
}

#[test]
fn overlays_differ() {
    let folder = folder("overlay --resources 50 --overlays 2");
    let text = |path: &str| folder.iter().find(|(there, _)| *there == path).unwrap().1;
    let kustomization = |number| text(&format!("overlays/cluster-{number}/kustomization.yaml"));
    assert_ne!(kustomization(0).replace("cluster-0", "cluster-1"), kustomization(1));
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let twice = || folder("fleet --clusters 2 --apps 9");
    assert!(twice() == twice());
}

#[test]
fn every_place_is_filled_in() {
    for (path, text) in folder("fleet --clusters 1 --apps 14").iter() {
        assert!(!text.replace("platform@example.com", "").contains('@'), "{path}:\n{text}");
    }
}
