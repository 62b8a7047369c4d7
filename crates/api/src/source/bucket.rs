//! Buckets, by the fields and rules of source-controller 1.10 (`api/v1/bucket_types.go`).

use std::time::Duration;

use manifest::{Diagnostic, Object, Text};

use super::{GROUP, Source, SourceKind};
use crate::read::{At, Read, Spec, namespace};
use crate::table::Shape::{Bool, Duration as InUnits, OneOf, Starts, Str, Struct};
use crate::table::{Field, INTERVAL, Preset, REFERENCE, describe, optional, preset, required};

/// `spec` of a Bucket.
pub(crate) const BUCKET_FIELDS: &[Field] = &[
    preset("provider", OneOf(&["generic", "aws", "gcp", "azure"]), Preset::Str("generic")),
    required("bucketName", Str, "e.g. `bucketName: fleet`"),
    required("endpoint", Str, "e.g. `endpoint: minio.example.org:9000`"),
    optional("sts", Struct(STS)),
    optional("insecure", Bool),
    optional("region", Str),
    optional("prefix", Str),
    optional("secretRef", REFERENCE),
    optional("serviceAccountName", Str),
    optional("certSecretRef", REFERENCE),
    optional("proxySecretRef", REFERENCE),
    required("interval", INTERVAL, "say how often it is looked at, e.g. `interval: 5m`"),
    preset("timeout", InUnits(&["ms", "s", "m"]), Preset::Str("60s")),
    optional("ignore", Str),
    optional("suspend", Bool),
];

const STS: &[Field] = &[
    required("provider", OneOf(&["aws", "ldap"]), ""),
    required("endpoint", Starts(&["http://", "https://"]), ""),
    optional("secretRef", REFERENCE),
    optional("certSecretRef", REFERENCE),
];

/// What fields may not be together: the definition's rules, and what they say of who breaks them.
pub(crate) const BUCKET_RULES: &[(&str, &str)] = &[
    (
        "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
        "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    ),
    (
        "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
        "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    ),
    (
        "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
        "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    ),
    (
        "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
        "spec.sts.secretRef is not required for the 'aws' STS provider",
    ),
    (
        "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
        "spec.sts.certSecretRef is not required for the 'aws' STS provider",
    ),
    (
        "self.provider != 'generic' || !has(self.serviceAccountName)",
        "ServiceAccountName is not supported for the 'generic' Bucket provider",
    ),
    (
        "!has(self.secretRef) || !has(self.serviceAccountName)",
        "cannot set both .spec.secretRef and .spec.serviceAccountName",
    ),
];

/// A Bucket of Flux's.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// By which name Kustomizations know it.
    pub source: Source,
    /// What its server speaks: `generic`, `aws`, `gcp` or `azure`.
    pub provider: Text,
    /// Its name there; empty where that was refused.
    pub name: At<Text>,
    /// The server: a host, for `azure` a URL; empty where that was refused.
    pub endpoint: At<Text>,
    /// Whether the server is asked without TLS.
    pub insecure: bool,
    /// The region, where one is written.
    pub region: Option<At<Text>>,
    /// What the keys of its objects have to begin with.
    pub prefix: Option<At<Text>>,
    /// The Secret with the credentials.
    pub secret: Option<At<Text>>,
    /// The account that asks instead.
    pub service_account: Option<At<Text>>,
    /// The Secret with the certificates.
    pub certificates: Option<At<Text>>,
    /// The Secret with the proxy.
    pub proxy: Option<At<Text>>,
    /// The server that gives credentials for a while: its URL.
    pub sts: Option<At<Text>>,
    /// How often it is looked at; `None` where that was refused.
    pub interval: Option<Duration>,
    /// How long fetching may take; 60 seconds unless written.
    pub timeout: Duration,
    /// Files to leave out, in the syntax of `.gitignore`.
    pub ignore: Option<At<Text>>,
}

impl Bucket {
    /// Whether an object is one, in whatever version.
    pub fn is(object: &Object) -> bool {
        object.kind() == "Bucket" && object.api_version().starts_with(GROUP)
    }

    /// Reads one.
    pub fn read(object: &Object) -> Read<Bucket> {
        const TIMEOUT: Duration = Duration::from_secs(60);
        let mut spec = Spec::of(object, GROUP, BUCKET_FIELDS);
        check_together(object, &mut spec);
        let none = || At { value: Text::new(), origin: object.origin() };
        let provider = spec.text("provider").map(|provider| provider.value);
        let sts = spec.get("sts").and_then(|sts| crate::read::text(sts, "endpoint"));
        let value = Bucket {
            source: Source {
                kind: SourceKind::Bucket,
                namespace: namespace(object),
                name: object.name().into(),
            },
            provider: provider.unwrap_or_else(|| "generic".into()),
            name: spec.text("bucketName").unwrap_or_else(none),
            endpoint: spec.text("endpoint").unwrap_or_else(none),
            insecure: spec.flag("insecure"),
            region: spec.text("region"),
            prefix: spec.text("prefix"),
            secret: spec.reference("secretRef"),
            service_account: spec.text("serviceAccountName"),
            certificates: spec.reference("certSecretRef"),
            proxy: spec.reference("proxySecretRef"),
            sts,
            interval: spec.duration("interval"),
            timeout: spec.duration("timeout").unwrap_or(TIMEOUT),
            ignore: spec.text("ignore"),
        };
        Read { value, diagnostics: spec.diagnostics, unknowns: spec.unknowns }
    }
}

/// Says what [`BUCKET_RULES`] refuse, in words of our own.
fn check_together(object: &Object, spec: &mut Spec<'_>) {
    let provider = spec.text("provider").map_or_else(|| "generic".into(), |it| it.value);
    let account = spec.get("serviceAccountName");
    let (sts, secret) = (spec.get("sts"), spec.get("secretRef"));
    let mut wrong = |at: &manifest::Node, what: &str| {
        let cause = format!("{}: {what}", describe(object));
        spec.diagnostics.push(Diagnostic::error(at.origin, cause));
    };
    if let Some(sts) = sts {
        let of = sts.str_at(&["provider"]).unwrap_or_default();
        match (provider.as_str(), of) {
            ("gcp" | "azure", _) => {
                wrong(sts, "`spec.sts` is for the providers `aws` and `generic` only");
            }
            ("aws", "ldap") => {
                wrong(sts, "`spec.sts.provider` must be `aws` for the provider `aws`");
            }
            ("generic", "aws") => {
                wrong(sts, "`spec.sts.provider` must be `ldap` for the provider `generic`");
            }
            _ => {}
        }
        for key in ["secretRef", "certSecretRef"].iter().filter(|_| of == "aws") {
            if let Some(node) = sts.get(key).filter(|node| !node.is_null()) {
                wrong(node, &format!("`spec.sts.{key}` is for the STS provider `ldap` only"));
            }
        }
    }
    if let Some(account) = account {
        if provider == "generic" {
            wrong(account, "`spec.serviceAccountName` is not for the provider `generic`");
        }
        if secret.is_some() {
            wrong(account, "`spec.secretRef` and `spec.serviceAccountName`: keep one of them");
        }
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
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: Bucket\n\
             metadata: {{name: apps, namespace: flux-system}}\nspec:\n{spec}"
        );
        let file = FileName::new("b.yaml");
        let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
        let read = Bucket::read(&Object::new(node).unwrap());
        let shown: Vec<String> = read.diagnostics.iter().map(ToString::to_string).collect();
        check_eq(&shown.join("\n"), expected);
    }

    #[test]
    fn what_is_refused() {
        let head = "  bucketName: fleet\n  endpoint: minio.test\n  interval: 5m\n";
        check(
            &format!("{head}  insecure: true\n  secretRef: {{name: keys}}\n  prefix: apps\n"),
            "",
        );
        check(
            "  provider: s3\n  interval: 5m\n  timeout: 1h\n",
            "
error: b.yaml:5: Bucket flux-system/apps: `spec.provider` is `s3`, it must be one of generic, aws, gcp, azure
error: b.yaml:7: Bucket flux-system/apps: `spec.timeout` is `1h`, no duration
  help: a number with a unit, such as `10m`; units are ms, s, m
error: b.yaml:5: Bucket flux-system/apps: `spec.bucketName` is missing
  help: e.g. `bucketName: fleet`
error: b.yaml:5: Bucket flux-system/apps: `spec.endpoint` is missing
  help: e.g. `endpoint: minio.example.org:9000`
",
        );
        let sts = "sts: {provider: aws, endpoint: 'https://sts.test', secretRef: {name: a}}";
        check(
            &format!("{head}  serviceAccountName: me\n  secretRef: {{name: keys}}\n  {sts}\n"),
            "
error: b.yaml:10: Bucket flux-system/apps: `spec.sts.provider` must be `ldap` for the provider `generic`
error: b.yaml:10: Bucket flux-system/apps: `spec.sts.secretRef` is for the STS provider `ldap` only
error: b.yaml:8: Bucket flux-system/apps: `spec.serviceAccountName` is not for the provider `generic`
error: b.yaml:8: Bucket flux-system/apps: `spec.secretRef` and `spec.serviceAccountName`: keep one of them
",
        );
        let ldap = "sts: {provider: ldap, endpoint: 'ftp://sts.test'}";
        check(
            &format!("{head}  provider: gcp\n  {ldap}\n"),
            "
error: b.yaml:9: Bucket flux-system/apps: `spec.sts.endpoint` is `ftp://sts.test`, it must start with http:// or https://
error: b.yaml:9: Bucket flux-system/apps: `spec.sts` is for the providers `aws` and `generic` only
",
        );
        check(
            &format!("{head}  provider: aws\n  {ldap}\n").replace("ftp", "https"),
            "error: b.yaml:9: Bucket flux-system/apps: `spec.sts.provider` must be `aws` for the provider `aws`",
        );
    }
}
