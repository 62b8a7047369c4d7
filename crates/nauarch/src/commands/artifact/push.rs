//! `nauarch push artifact`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use manifest::{Entry, FileTree};
use source::oci::Reference;
use source::{Mode, oci, tarball};

use super::{Registry, bad, failed};
use crate::clock;
use crate::failure::{Failure, say};
use crate::repository;

/// What is not pushed unless somebody says otherwise, as in flux (`cmd/flux/build_artifact.go`).
const IGNORED: &str = ".git/,.gitignore,.gitmodules,.gitattributes,*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip";

/// How much is read from stdin.
const MAX_INPUT: u64 = 100 << 20;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Where it goes: oci://HOST/ORG/REPO:TAG
    url: String,
    /// The folder, or one file; `-` reads a file from stdin
    #[arg(short, long)]
    path: PathBuf,
    /// The address that its files come from; that of the checkout's remote unless written
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// Their revision, BRANCH@sha1:COMMIT; that of the checkout unless written
    #[arg(long)]
    revision: Option<String>,
    /// What else is said of it
    #[arg(short, long, value_name = "KEY=VALUE")]
    annotations: Vec<String>,
    /// Patterns of files that are not pushed, as in a .gitignore
    #[arg(long, value_delimiter = ',', value_name = "PATTERNS", default_value = IGNORED, hide_default_value = true)]
    ignore_paths: Vec<String>,
    /// Say that it was made at the beginning of 1970, so that the same files have the same digest
    #[arg(long)]
    reproducible: bool,
    #[command(flatten)]
    registry: Registry,
    /// How to print what was pushed; else a sentence
    #[arg(short, long, value_enum)]
    output: Option<Output>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    Json,
    Yaml,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let (address, reference, access) = options.registry.find(&options.url)?;
    let Reference::Tag(tag) = reference else {
        let why = format!("{}: the registry gives the digest; write a tag", options.url);
        return Err(Failure::Usage(why));
    };
    let annotations = options.annotations()?;
    let archive = options.archive()?;
    if options.output.is_none() {
        say(&format!("► pushing artifact to {address}:{tag}"));
    }
    let limit = options.registry.timeout;
    let pushed = oci::push(&address, &tag, archive, &annotations, &access, limit);
    let digest = pushed.map_err(|error| failed(&error))?;
    let url = format!("{address}@{digest}");
    let text = match options.output {
        None => {
            say(&format!("✔ artifact successfully pushed to {url}"));
            return Ok(());
        }
        Some(Output::Json) => format!(
            "{{\n  \"url\": \"oci://{url}\",\n  \"repository\": \"{address}\",\n  \"tag\": \"{tag}\",\n  \
             \"digest\": \"{digest}\"\n}}\n"
        ),
        Some(Output::Yaml) => {
            format!("digest: {digest}\nrepository: {address}\ntag: {tag}\nurl: oci://{url}\n")
        }
    };
    super::super::print(text.as_bytes())
}

impl Options {
    /// What is said of the artifact (fluxcd/pkg, `oci/meta.go`).
    fn annotations(&self) -> Result<BTreeMap<String, String>, Failure> {
        let mut annotations = BTreeMap::new();
        for text in &self.annotations {
            let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
            let wrong = || Failure::Usage(format!("annotation `{text}`: write it as KEY=VALUE"));
            let (key, value) = pair.ok_or_else(wrong)?;
            annotations.insert(key.to_owned(), value.to_owned());
        }
        let created = match self.reproducible {
            true => "1970-01-01T00:00:00Z".to_owned(),
            false => clock::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        let fields =
            [("created", created), ("source", self.source()?), ("revision", self.revision()?)];
        for (key, value) in fields {
            annotations.insert(format!("org.opencontainers.image.{key}"), value);
        }
        Ok(annotations)
    }

    fn source(&self) -> Result<String, Failure> {
        if let Some(source) = &self.source {
            return Ok(source.clone());
        }
        let remotes = repository::remotes(&self.folder());
        let url = remotes.into_iter().next().ok_or_else(|| {
            Failure::Usage("nothing says where the files come from: give --source URL".to_owned())
        })?;
        // Who may read it is nobody's business.
        Ok(match url.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                format!("{scheme}://{host}/{path}")
            }
            None => url,
        })
    }

    fn revision(&self) -> Result<String, Failure> {
        if let Some(revision) = &self.revision {
            return Ok(revision.clone());
        }
        let folder = self.folder();
        let none = || {
            let why =
                "nothing says which revision the files are: give --revision BRANCH@sha1:COMMIT";
            Failure::Usage(why.to_owned())
        };
        let branch = source::branch(&folder).map_err(|error| bad(&error))?.ok_or_else(none)?;
        let checkout = source::Repository::open(&folder, Mode::Branch(branch));
        let head = checkout.and_then(|checkout| checkout.head()).map_err(|error| bad(&error))?;
        Ok(head.to_string())
    }

    /// The folder that the files are in.
    fn folder(&self) -> PathBuf {
        match self.path.parent().filter(|_| !self.path.is_dir()) {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_owned(),
            None => self.path.clone(),
        }
    }

    fn archive(&self) -> Result<Vec<u8>, Failure> {
        let tree = self.tree()?;
        let rules = render::Ignore::of(self.ignore_paths.iter().map(String::as_str));
        let leaves_out = |path: &str, is_directory: bool| rules.leaves_out(path, is_directory);
        let mut archive = Vec::new();
        tarball::pack(&tree, &leaves_out, &mut archive).map_err(|error| bad(&error))?;
        Ok(archive)
    }

    fn tree(&self) -> Result<FileTree, Failure> {
        let shown = self.path.display();
        if self.path == Path::new("-") {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes);
            read.map_err(|error| Failure::Usage(format!("stdin: {error}")))?;
            if bytes.len() as u64 > MAX_INPUT {
                let why = format!("stdin: it has over {} MiB", MAX_INPUT >> 20);
                return Err(Failure::Usage(why));
            }
            return Ok(FileTree::of_files([("manifests.yaml", bytes.into())]));
        }
        if self.path.is_dir() {
            return Ok(repository::read(&self.path)?.tree);
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        match source::entry(&self.path) {
            Ok(Some(Entry::File(content))) => Ok(FileTree::of_files([(name, content)])),
            Ok(Some(Entry::Unreadable(why))) => Err(Failure::Usage(format!("{shown}: {why}"))),
            Ok(Some(_)) => {
                Err(Failure::Usage(format!("{shown}: it is neither a folder nor a file")))
            }
            Ok(None) => Err(Failure::Usage(format!("{shown}: there is no such folder or file"))),
            Err(error) => Err(Failure::Usage(format!("{shown}: {error}"))),
        }
    }
}
