//! OCIRepositories, by the fields and rules of source-controller 1.10 (`api/v1/ocirepository_types.go`).

use std::time::Duration;

use manifest::{Node, Object, Text};

use super::{GROUP, Source, SourceKind};
use crate::read::{At, Read, Spec, namespace, text};
use crate::table::Shape::{Bool, Duration as InUnits, List, OneOf, Starts, Str, Struct};
use crate::table::{Field, INTERVAL, Preset, REFERENCE, optional, preset, required};

/// `spec` of an OCIRepository.
pub(crate) const OCI_FIELDS: &[Field] = &[
    required("url", Starts(&["oci://"]), "e.g. `url: oci://HOST/ORG/REPO`"),
    optional("ref", Struct(OCI_REFERENCE)),
    optional("layerSelector", Struct(LAYER)),
    preset("provider", OneOf(&["generic", "aws", "azure", "gcp"]), Preset::Str("generic")),
    optional("secretRef", REFERENCE),
    optional("verify", Struct(VERIFY)),
    optional("serviceAccountName", Str),
    optional("certSecretRef", REFERENCE),
    optional("proxySecretRef", REFERENCE),
    required("interval", INTERVAL, "say how often it is looked at, e.g. `interval: 5m`"),
    preset("timeout", InUnits(&["ms", "s", "m"]), Preset::Str("60s")),
    optional("ignore", Str),
    optional("insecure", Bool),
    optional("suspend", Bool),
];

const OCI_REFERENCE: &[Field] = &[
    optional("digest", Str),
    optional("semver", Str),
    optional("semverFilter", Str),
    optional("tag", Str),
];

const LAYER: &[Field] =
    &[optional("mediaType", Str), optional("operation", OneOf(&["extract", "copy"]))];

const VERIFY: &[Field] = &[
    preset("provider", OneOf(&["cosign", "notation"]), Preset::Str("cosign")),
    optional("secretRef", REFERENCE),
    optional("matchOIDCIdentity", List(&Struct(IDENTITY))),
];

const IDENTITY: &[Field] = &[required("issuer", Str, ""), required("subject", Str, "")];

/// An OCIRepository of Flux's.
#[derive(Clone, Debug)]
pub struct OciRepository {
    /// By which name Kustomizations know it.
    pub source: Source,
    /// The address; empty where that was refused.
    pub url: At<Text>,
    /// Which artifact.
    pub reference: OciReference,
    /// The media type of the layer that is taken; the first layer where none is written.
    pub media_type: Option<At<Text>>,
    /// Whether the layer is the artifact as it is, and is not packed again.
    pub copies: bool,
    /// The Secret with the credentials.
    pub secret: Option<At<Text>>,
    /// The account whose Secrets for images are credentials as well.
    pub service_account: Option<At<Text>>,
    /// The Secret with the certificates.
    pub certificates: Option<At<Text>>,
    /// The Secret with the keys of signatures, where they are verified with keys.
    pub keys: Option<At<Text>>,
    /// How often it is looked at; `None` where that was refused.
    pub interval: Option<Duration>,
    /// How long fetching may take; 60 seconds unless written.
    pub timeout: Duration,
    /// Files to leave out, in the syntax of `.gitignore`.
    pub ignore: Option<At<Text>>,
    /// Whether the registry is asked without TLS.
    pub insecure: bool,
}

/// Which artifact of a repository. Of several, Flux takes `digest`, else `semver`, else `tag`, else the tag
/// `latest`.
#[derive(Clone, Debug, Default)]
pub struct OciReference {
    /// A digest.
    pub digest: Option<At<Text>>,
    /// A range of versions, of which the highest tag is taken.
    pub semver: Option<At<Text>>,
    /// A regular expression for the tags of the range.
    pub semver_filter: Option<At<Text>>,
    /// A tag.
    pub tag: Option<At<Text>>,
}

impl OciRepository {
    /// Whether an object is one, in whatever version.
    pub fn is(object: &Object) -> bool {
        object.kind() == "OCIRepository" && object.api_version().starts_with(GROUP)
    }

    /// Reads one.
    pub fn read(object: &Object) -> Read<OciRepository> {
        const TIMEOUT: Duration = Duration::from_secs(60);
        let spec = Spec::of(object, GROUP, OCI_FIELDS);
        let of = |part: &str, key: &str| spec.get(part).and_then(|node| text(node, key));
        let keys = spec.get("verify").and_then(|verify| verify.get("secretRef"));
        let value = OciRepository {
            source: Source {
                kind: SourceKind::OciRepository,
                namespace: namespace(object),
                name: object.name().into(),
            },
            url: spec.text("url").unwrap_or(At { value: Text::new(), origin: object.origin() }),
            reference: OciReference {
                digest: of("ref", "digest"),
                semver: of("ref", "semver"),
                semver_filter: of("ref", "semverFilter"),
                tag: of("ref", "tag"),
            },
            media_type: of("layerSelector", "mediaType"),
            copies: of("layerSelector", "operation").is_some_and(|it| it.value == "copy"),
            secret: spec.reference("secretRef"),
            service_account: spec.text("serviceAccountName"),
            certificates: spec.reference("certSecretRef"),
            keys: keys.and_then(|node: &Node| text(node, "name")),
            interval: spec.duration("interval"),
            timeout: spec.duration("timeout").unwrap_or(TIMEOUT),
            ignore: spec.text("ignore"),
            insecure: spec.flag("insecure"),
        };
        Read { value, diagnostics: spec.diagnostics, unknowns: spec.unknowns }
    }
}

#[cfg(test)]
mod tests {
    use manifest::FileName;
    use manifest::yaml::{Flavor, Reader};
    use testkit::check_eq;

    use super::*;

    fn check(spec: &str, expected: &str) {
        let text = format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
             metadata: {{name: apps, namespace: flux-system}}\nspec:\n{spec}"
        );
        let file = FileName::new("oci.yaml");
        let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
        let read = OciRepository::read(&Object::new(node).unwrap());
        let shown: Vec<String> = read.diagnostics.iter().map(ToString::to_string).collect();
        check_eq(&shown.join("\n"), expected);
    }

    #[test]
    fn what_is_refused() {
        check(
            "
  url: oci://registry.test/org/apps
  interval: 5m
  ref: {semver: 1.x, semverFilter: '^v'}
  layerSelector: {mediaType: a/b, operation: copy}
  verify: {provider: cosign, secretRef: {name: keys}}
  insecure: true
",
            "",
        );
        check(
            "
  url: https://registry.test/org/apps
  layerSelector: {operation: move}
  interval: 1m
",
            "
error: oci.yaml:6: OCIRepository flux-system/apps: `spec.url` is `https://registry.test/org/apps`, it must start with oci://
error: oci.yaml:7: OCIRepository flux-system/apps: `spec.layerSelector.operation` is `move`, it must be one of extract, copy
",
        );
    }
}
