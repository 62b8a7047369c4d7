//! `nauarch suspend` and `nauarch resume`: whether an object's rounds rest.

use std::time::Duration;

use crate::failure::Failure;
use crate::flux::{self, FluxKind, KUSTOMIZATION};
use crate::members::Select;
use crate::request::{find, for_all};

/// Let Kustomizations or sources rest
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch suspend kustomization apps")]
pub(crate) struct Suspend {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    select: Select,
}

/// Let Kustomizations or sources go on, and wait until they are ready
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch resume kustomization --all")]
pub(crate) struct Resume {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    select: Select,
    /// How long to wait
    #[arg(long, global = true, value_name = "DURATION", default_value = "5m", value_parser = super::duration)]
    timeout: Duration,
}

#[derive(clap::Subcommand)]
enum What {
    /// Kustomizations
    #[command(visible_alias = "ks")]
    Kustomization {
        /// Their names
        #[arg(required_unless_present = "all")]
        names: Vec<String>,
        /// All of the namespace
        #[arg(long, conflicts_with = "names")]
        all: bool,
    },
    /// Sources
    Source {
        /// The kind where the name does not tell (git, oci, bucket, helm, chart), and the name
        #[arg(num_args = 0..=2, required_unless_present = "all", value_names = ["KIND", "NAME"])]
        names: Vec<String>,
        /// All of the namespace
        #[arg(long)]
        all: bool,
    },
}

impl What {
    /// The kinds that are meant, and the names; none for all.
    fn kinds_and_names(&self) -> Result<(Vec<&'static FluxKind>, Vec<&str>), Failure> {
        let all = || flux::ALL_SOURCES.iter().collect();
        match self {
            What::Kustomization { names, .. } => {
                Ok((vec![&KUSTOMIZATION], names.iter().map(String::as_str).collect()))
            }
            What::Source { names, all: false } if names.len() == 1 => {
                Ok((all(), names.iter().map(String::as_str).collect()))
            }
            What::Source { names, .. } => match names.split_first() {
                Some((kind, names)) => {
                    Ok((vec![flux::source(kind)?], names.iter().map(String::as_str).collect()))
                }
                None => Ok((all(), Vec::new())),
            },
        }
    }
}

pub(crate) fn suspend(args: &Suspend) -> Result<(), Failure> {
    set(&args.what, &args.select, None)
}

pub(crate) fn resume(args: &Resume) -> Result<(), Failure> {
    set(&args.what, &args.select, Some(args.timeout))
}

/// Suspends, or resumes and waits so long.
fn set(what: &What, select: &Select, resume: Option<Duration>) -> Result<(), Failure> {
    let (kinds, names) = what.kinds_and_names()?;
    let names: Vec<Option<&str>> = match names.is_empty() {
        true => vec![None],
        false => names.into_iter().map(Some).collect(),
    };
    super::block_on(async {
        let mut members = select.connect().await?;
        let mut worst = Ok(());
        for name in names {
            let done = match find(&mut members, &kinds, name).await {
                Err(failure) => Err(failure),
                Ok(targets) => {
                    for_all(&targets, |target| async move {
                        target.suspend(resume.is_none()).await?;
                        let Some(timeout) = resume else { return Ok(()) };
                        let kind = target.kind.kind;
                        target.step('◎', &format!("waiting for {kind} reconciliation"));
                        target.wait(timeout, |object| !flux::is_suspended(object)).await
                    })
                    .await
                }
            };
            if let Err(failure) = done {
                failure.report();
                worst = Err(failure);
            }
        }
        // It has been said already.
        members.end(worst.map_err(|_| Failure::Findings))
    })
}
