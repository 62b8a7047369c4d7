//! `nauarch push artifact` and `nauarch pull artifact`: what a folder holds into a registry, and back.

mod pull;
mod push;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use source::Access;
use source::oci::{Address, Reference};

use crate::failure::Failure;

/// Push the files of a folder to a registry
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch push artifact oci://HOST/ORG/REPO:v1 --path apps")]
pub(crate) struct Push {
    #[command(subcommand)]
    what: PushWhat,
}

#[derive(clap::Subcommand)]
enum PushWhat {
    /// An artifact, as an `OCIRepository` wants it
    Artifact(push::Options),
}

/// Pull the files of an artifact into a folder
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch pull artifact oci://HOST/ORG/REPO:v1 --output apps")]
pub(crate) struct Pull {
    #[command(subcommand)]
    what: PullWhat,
}

#[derive(clap::Subcommand)]
enum PullWhat {
    /// An artifact that `push artifact` or flux pushed
    Artifact(pull::Options),
}

pub(crate) fn push(args: Push) -> Result<(), Failure> {
    let PushWhat::Artifact(options) = args.what;
    push::run(&options)
}

pub(crate) fn pull(args: Pull) -> Result<(), Failure> {
    let PullWhat::Artifact(options) = args.what;
    pull::run(&options)
}

/// How a registry is asked.
#[derive(clap::Args)]
struct Registry {
    /// Credentials, USER:PASSWORD or a token; else those of `docker login`
    #[arg(long, value_name = "CREDENTIALS")]
    creds: Option<String>,
    /// Ask the registry without TLS
    #[arg(long)]
    insecure_registry: bool,
    /// How long it may take
    #[arg(long, value_parser = super::duration, default_value = "5m", value_name = "DURATION")]
    timeout: Duration,
}

impl Registry {
    /// The artifact of a URL, the tag `latest` where it has none, and what its registry is shown.
    fn find(&self, url: &str) -> Result<(Address, Reference, Access), Failure> {
        let (address, reference) = Address::parse_artifact(url).map_err(|error| bad(&error))?;
        let address = address.insecure(self.insecure_registry);
        let access = match &self.creds {
            Some(text) => Access::of_credentials(text),
            None => match fs::read(docker_config()) {
                Ok(bytes) => Access::of_docker_config(&address, &bytes),
                // Nobody has logged in.
                Err(_) => Ok(Access::default()),
            },
        };
        let reference = reference.unwrap_or_else(|| Reference::Tag("latest".to_owned()));
        Ok((address, reference, access.map_err(|error| bad(&error))?))
    }
}

/// Where `docker login` keeps what it was told.
fn docker_config() -> PathBuf {
    let folder = env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker")));
    folder.unwrap_or_default().join("config.json")
}

fn bad(error: &source::Error) -> Failure {
    Failure::Usage(error.chain())
}

/// What a registry did not do: it may be that it cannot be reached.
fn failed(error: &source::Error) -> Failure {
    match error {
        source::Error::Http { .. } => Failure::Unreachable(error.chain()),
        error => bad(error),
    }
}
