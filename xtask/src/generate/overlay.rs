//! `cargo xtask gen overlay`: one base, and overlays of so many objects.

use super::folder::Folder;
use super::repository::{Apps, SHARED_OBJECTS};

#[derive(Clone, clap::Args)]
pub(crate) struct Shape {
    /// How many objects an overlay has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=1_000_000))]
    pub(crate) resources: u32,
    /// How many overlays there are
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) overlays: usize,
    /// What overlays put before names
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) name_prefix: String,
}

impl Shape {
    /// The directory of an overlay.
    pub(crate) fn directory(number: usize) -> String {
        format!("overlays/{}", name(number))
    }

    pub(crate) fn folder(&self) -> Folder {
        let mut folder = Folder::default();
        let apps = Apps::of_objects(self.resources as usize - SHARED_OBJECTS);
        apps.add_base(&mut folder);
        for number in 0..self.overlays {
            apps.add_overlay(&mut folder, &name(number), number, &self.name_prefix);
        }
        folder
    }
}

fn name(number: usize) -> String {
    format!("cluster-{number}")
}
