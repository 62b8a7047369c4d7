//! Random sequences of writes by three managers, sent to a real kube-apiserver and to the embedded one:
//! every answer has to be the same, managedFields too.
//!
//! A sequence that is answered otherwise is made as small as it still differs, and printed as a case;
//! `--keep` writes it where `conformance apiserver` finds it.

mod sequence;
mod smaller;
mod templates;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::conformance::apiserver::{Against, Case, Difference, Servers, record, replay};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many fixed seeds to try
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many seeds to try that no run has tried
    #[arg(long, default_value_t = 0)]
    fresh: u64,
    /// Only sequences about this kind
    #[arg(long)]
    kind: Option<String>,
    /// Do not look for smaller sequences
    #[arg(long)]
    fast: bool,
    /// The folder to write what differs to
    #[arg(long)]
    keep: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let fresh = now << 20;
    let seeds: Vec<u64> =
        (args.from..args.from + args.seeds).chain((0..args.fresh).map(|n| fresh + n)).collect();
    runtime.block_on(async {
        let real = Servers::start(Against::Real).await?;
        let (mut equal, mut refused, mut steps, mut different) = (0, 0, 0, 0);
        for seed in &seeds {
            let Some(case) = sequence::generate(*seed, args.kind.as_deref()) else { continue };
            let recorded = record(&case, real.one().await).await?;
            let Err(difference) = replay(&recorded, Servers::InProcess.one().await).await else {
                equal += 1;
                let (answers, refusals) = recorded.answers();
                (steps, refused) = (steps + answers, refused + refusals);
                continue;
            };
            different += 1;
            tell(args, &real, recorded, difference).await?;
        }
        println!(
            "apiserver: {} sequences, {equal} answered alike ({steps} answers, {refused} of them refusals), \
             {different} differ",
            equal + different,
        );
        Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

async fn tell(args: &Args, real: &Servers, case: Case, difference: Difference) -> Result<()> {
    let (case, difference) = match args.fast {
        true => (case, difference),
        false => smaller::smaller(real, case, difference).await?,
    };
    println!("== {}: {}", case.name(), difference.what);
    println!("{}", case.text()?);
    println!("  got      {}\n  expected {}", difference.got, difference.expected);
    if let Some(folder) = &args.keep {
        case.write_to(folder)?;
    }
    Ok(())
}
