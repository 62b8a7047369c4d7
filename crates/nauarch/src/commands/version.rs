//! `nauarch version`.

use crate::failure::Failure;

/// Print the version, and the versions of what nauarch is compatible with
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch version -o json")]
pub(crate) struct Args {
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Yaml,
}

/// The versions whose behaviour nauarch follows.
const COMPATIBLE: [(&str, &str); 2] = [("kustomize", "v5.8.1"), ("kubernetes", "v1.36")];

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let pairs = || [("nauarch", version)].into_iter().chain(COMPATIBLE);
    let text: String = match args.output {
        Format::Text => pairs().map(|(name, version)| format!("{name} {version}\n")).collect(),
        Format::Yaml => pairs().map(|(name, version)| format!("{name}: {version}\n")).collect(),
        Format::Json => {
            let fields: Vec<String> =
                pairs().map(|(name, version)| format!("  \"{name}\": \"{version}\"")).collect();
            format!("{{\n{}\n}}\n", fields.join(",\n"))
        }
    };
    super::print(text.as_bytes())
}
