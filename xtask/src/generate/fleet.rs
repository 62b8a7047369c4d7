//! `cargo xtask gen fleet`: the layout of `examples/fleet` for any number of clusters.

use super::folder::Folder;
use super::repository::Apps;
use super::template::{Values, fill, template};

const REGIONS: &[&str] =
    &["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "sa-east-1"];

#[derive(Clone, clap::Args)]
pub(crate) struct Shape {
    /// How many clusters there are
    #[arg(long, value_name = "N", default_value_t = 3)]
    clusters: usize,
    /// How many apps each of them runs, of three to eight objects
    #[arg(long, value_name = "N", default_value_t = 10)]
    apps: usize,
}

impl Shape {
    pub(super) fn folder(&self) -> Folder {
        let mut folder = Folder::default();
        let apps = Apps::count(self.apps);
        apps.add_base(&mut folder);
        folder.add("base/namespaces/namespaces.yaml", template("namespaces"));
        folder.add(
            "base/namespaces/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n\
             - namespaces.yaml\n",
        );
        for number in 0..self.clusters {
            let region = REGIONS[number % REGIONS.len()];
            let name = format!("{region}-{}", number / REGIONS.len());
            let environment = if number % 4 == 3 { "staging" } else { "production" };
            apps.add_overlay(&mut folder, &name, number, "");
            let values = Values::from([
                ("cluster", name.clone()),
                ("region", region.to_owned()),
                ("environment", environment.to_owned()),
            ]);
            folder.add(format!("clusters/{name}.yaml"), fill(template("cluster"), &values));
        }
        folder
    }
}
