//! `nauarch reconcile`: a round now.

use crate::clock;
use crate::failure::Failure;
use crate::flux::{self, KUSTOMIZATION};
use crate::members::{Members, Select};
use crate::request::{Target, What, find, for_all};

/// Reconcile a Kustomization or a source now, and wait until it is done
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch reconcile kustomization apps --with-source")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    select: Select,
    /// Its source first
    #[arg(long, global = true)]
    with_source: bool,
    /// How long to wait
    #[arg(long, global = true, value_name = "DURATION", default_value = "5m", value_parser = super::duration)]
    timeout: std::time::Duration,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (kinds, name) = args.what.kinds_and_name()?;
    super::block_on(async {
        let mut members = args.select.connect().await?;
        let targets = find(&mut members, &kinds, Some(name)).await?;
        let done = for_all(&targets, |target| async {
            if args.with_source && target.kind.kind == KUSTOMIZATION.kind {
                reconcile_source(target, args.timeout).await?;
            }
            target.reconcile(clock::now(), args.timeout).await
        })
        .await;
        drop(targets);
        members.end(done)
    })
}

/// Reconciles the source of a Kustomization.
async fn reconcile_source(
    target: &Target<'_>,
    timeout: std::time::Duration,
) -> Result<(), Failure> {
    let part = |key: &str| target.object.root().str_at(&["spec", "sourceRef", key]);
    let kind = flux::source(part("kind").unwrap_or_default())?;
    let mut member = target.member.clone();
    if let Some(namespace) = part("namespace").filter(|namespace| !namespace.is_empty()) {
        namespace.clone_into(&mut member.namespace);
    }
    let mut members = Members::only(member, !target.prefix.is_empty());
    let sources = find(&mut members, &[kind], part("name")).await?;
    for_all(&sources, |source| source.reconcile(clock::now(), timeout)).await
}
