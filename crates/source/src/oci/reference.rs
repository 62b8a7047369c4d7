//! Which artifact of a repository is wanted, and which part of it.

use regex::RegexBuilder;

use super::Digest;
use super::address::is_tag_name;
use crate::Error;
use crate::semver::{Range, Version};

/// The layers whose tags have `_` for `+`.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// How long a filter may be, and how large what it is made into.
const MAX_FILTER: usize = 1024;
const MAX_COMPILED: usize = 1 << 20;

/// Which artifact of a repository.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reference {
    /// That of a digest.
    Digest(Digest),
    /// The tag with the highest version of a range.
    SemVer {
        /// The range.
        range: String,
        /// What a tag has to match to count.
        filter: Option<String>,
    },
    /// A tag.
    Tag(String),
}

/// What `spec.ref` of an OCIRepository says; all of it may be there.
#[derive(Clone, Default, Debug)]
pub struct Written {
    /// A digest.
    pub digest: Option<String>,
    /// A range of versions.
    pub semver: Option<String>,
    /// A regular expression for the tags of the range.
    pub semver_filter: Option<String>,
    /// A tag.
    pub tag: Option<String>,
}

/// Which layer of an artifact, and what becomes of it: `spec.layerSelector` of an OCIRepository.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Selector {
    /// The first one of this media type; else the first one.
    pub media_type: Option<String>,
    /// What becomes of it.
    pub operation: Operation,
}

/// What becomes of a layer. Its files are the same in both cases.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Operation {
    /// It is unpacked, and packed again without what is to be ignored.
    #[default]
    Extract,
    /// It is the artifact as it is.
    Copy,
}

impl Reference {
    /// Of several that are written, the one that Flux takes (source-controller,
    /// `internal/controller/ocirepository_controller.go` `getArtifactRef`); `latest` where there is none.
    ///
    /// # Errors
    /// It is no digest, or no tag can be called so.
    pub fn choose(written: Written) -> Result<Reference, Error> {
        let Written { digest, semver, semver_filter: filter, tag } = written;
        if let Some(digest) = digest {
            let none = || {
                let what = format!("`{digest}` is no digest: write `sha256:` and 64 digits of it");
                Error::Artifact { what }
            };
            return Digest::parse(&digest).map(Reference::Digest).ok_or_else(none);
        }
        if let Some(range) = semver {
            return Ok(Reference::SemVer { range, filter });
        }
        let tag = tag.unwrap_or_else(|| "latest".to_owned());
        match is_tag_name(&tag) {
            true => Ok(Reference::Tag(tag)),
            false => Err(Error::Artifact { what: format!("no tag can be called `{tag}`") }),
        }
    }

    /// As it stands behind the name of a repository.
    pub(crate) fn written(&self) -> String {
        match self {
            Reference::Digest(digest) => format!("@{digest}"),
            Reference::SemVer { range, .. } => format!(":{range}"),
            Reference::Tag(tag) => format!(":{tag}"),
        }
    }
}

impl Selector {
    fn is_chart(&self) -> bool {
        self.media_type.as_deref() == Some(CHART)
    }

    /// Of all tags of a repository the one with the highest version of a range (`getTagBySemver` there): the
    /// filter sees a tag as it is, and for a Helm chart `_` stands for `+`.
    ///
    /// # Errors
    /// Range or filter is none, or no tag fits.
    pub(crate) fn highest(
        &self,
        tags: Vec<String>,
        range: &str,
        filter: Option<&str>,
    ) -> Result<String, Error> {
        let versions =
            Range::parse(range).map_err(|error| Error::Artifact { what: error.to_string() })?;
        let wrong = |why: String| {
            let what = format!("`semverFilter` is no regular expression, {why}");
            Error::Artifact { what }
        };
        let filter = match filter {
            Some(filter) if filter.len() > MAX_FILTER => {
                return Err(wrong(format!("it is longer than {MAX_FILTER} bytes")));
            }
            Some(filter) => {
                let built = RegexBuilder::new(filter).size_limit(MAX_COMPILED).build();
                let last = |error: regex::Error| {
                    wrong(error.to_string().lines().last().unwrap_or_default().to_owned())
                };
                Some(built.map_err(last)?)
            }
            None => None,
        };
        let in_range = tags.into_iter().filter_map(|tag| {
            let counts = filter.as_ref().is_none_or(|filter| filter.is_match(&tag));
            let counts = counts && is_tag_name(&tag);
            let text = if self.is_chart() { tag.replace('_', "+") } else { tag.clone() };
            let version = Version::of_tag(&text).filter(|it| counts && versions.has(it))?;
            Some((version, tag))
        });
        let highest = in_range.max_by(|(one, _), (other, _)| one.cmp(other));
        let none = || Error::NoVersion { range: range.to_owned() };
        highest.map(|(_, tag)| tag).ok_or_else(none)
    }
}

#[cfg(test)]
mod tests;
