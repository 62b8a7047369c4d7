//! Volumes that several sources are written into, and what of the pod itself can be read.

use rustc_hash::FxHashSet;

use super::volumes::key_to_path;
use crate::go::quoted;
use crate::validation::names;
use crate::validation::spot::Spot;

/// What of a pod can be a file.
const FILE_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
/// What of a pod can be a variable.
pub(super) const VARIABLE_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

pub(super) fn downward_api(source: &Spot<'_, '_>) {
    source.field("defaultMode").file_mode();
    for file in source.field("items").items() {
        downward_file(source, &file);
    }
}

/// One file; upstream says the source where it means the file.
fn downward_file(source: &Spot<'_, '_>, file: &Spot<'_, '_>) {
    let at = source.with(file.node());
    let path = at.field("path");
    path.required_text();
    path.local_path();
    let (field, resource) = (at.field("fieldRef"), at.field("resourceFieldRef"));
    if field.is_set() {
        field_reference(&field, FILE_FIELDS);
        if resource.is_set() {
            let why = "fieldRef and resourceFieldRef can not be specified simultaneously";
            at.invalid_as("\"resource\"", why);
        }
    } else if resource.is_set() {
        resource_reference(&resource, true);
    } else {
        at.required("one of fieldRef and resourceFieldRef is required");
    }
    at.field("mode").file_mode();
}

/// Fields that have a name inside of brackets.
fn subscripted(path: &str) -> Option<(&str, &str)> {
    ["metadata.annotations", "metadata.labels"].into_iter().find_map(|field| {
        let key = path.strip_prefix(field)?.strip_prefix("['")?.strip_suffix("']")?;
        (!key.is_empty()).then_some((field, key))
    })
}

/// What the server knows of a pod by a path.
fn is_known(path: &str) -> bool {
    subscripted(path).is_some()
        || FILE_FIELDS.contains(&path)
        || VARIABLE_FIELDS.contains(&path)
        || matches!(
            path,
            "spec.restartPolicy"
                | "spec.schedulerName"
                | "spec.hostNetwork"
                | "spec.host"
                | "status.phase"
                | "status.nominatedNodeName"
        )
}

pub(super) fn field_reference(reference: &Spot<'_, '_>, supported: &[&str]) {
    let (version, path) = (reference.field("apiVersion"), reference.field("fieldPath"));
    if version.text().is_empty() {
        return version.required("");
    }
    if path.text().is_empty() {
        return path.required("");
    }
    let refuse = |why: String| path.invalid(&format!("error converting fieldPath: {why}"));
    if version.text() != "v1" {
        return refuse(format!("unsupported pod version: {}", version.text()));
    }
    if let Some((field, key)) = subscripted(path.text()) {
        let key =
            if field == "metadata.annotations" { key.to_ascii_lowercase() } else { key.into() };
        return reference.named(&key, names::qualified(&key));
    }
    if !is_known(path.text()) {
        return refuse(format!("field label not supported: {}", path.text()));
    }
    path.one_of(supported);
}

pub(super) fn resource_reference(reference: &Spot<'_, '_>, is_file: bool) {
    let resource = reference.field("resource");
    let name = resource.text();
    let is_huge = ["requests.hugepages-", "limits.hugepages-"].iter().any(|p| name.starts_with(p));
    if is_file && reference.field("containerName").text().is_empty() {
        reference.field("containerName").required("");
    } else if name.is_empty() {
        resource.required("");
    } else if !is_huge {
        resource.one_of(RESOURCES);
    }
    let divisor = reference.field("divisor");
    if divisor.quantity() == 0 {
        return;
    }
    let text = divisor.node().scalar_text().unwrap_or_default();
    let sizes = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    let (supported, what): (&[&str], &str) = match name {
        "limits.cpu" | "requests.cpu" => {
            if !["1m", "1"].contains(&text.as_str()) {
                let why = "only divisor's values 1m and 1 are supported with the cpu resource";
                divisor.invalid_as(&quoted(name), why);
            }
            return;
        }
        "limits.memory" | "requests.memory" => (&sizes, "memory"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => {
            (&sizes, "local ephemeral storage")
        }
        _ if is_huge => (&sizes, "hugepages"),
        _ => return,
    };
    if !supported.contains(&text.as_str()) {
        let why = format!(
            "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported \
             with the {what} resource"
        );
        divisor.invalid_as(&quoted(name), &why);
    }
}

pub(super) fn validate(projected: &Spot<'_, '_>) {
    projected.field("defaultMode").file_mode();
    let mut paths = FxHashSet::default();
    for source in projected.field("sources").items() {
        let parts = ["secret", "configMap", "downwardAPI", "serviceAccountToken"];
        let more = ["clusterTrustBundle", "podCertificate"];
        let count = parts.iter().chain(&more).filter(|part| source.field(part).is_set()).count();
        let mut take = |path: &str, shown: &str| {
            if !path.is_empty() && !paths.insert(path.to_owned()) {
                projected.invalid_as(&quoted(shown), "conflicting duplicate paths");
            }
        };
        for name in ["secret", "configMap"] {
            let part = source.field(name);
            if part.is_set() {
                part.field("name").required_text();
                for item in part.field("items").items() {
                    key_to_path(item);
                    take(item.field("path").text(), part.field("name").text());
                }
            }
        }
        let part = source.field("downwardAPI");
        for file in part.field("items").items() {
            downward_file(&part, &file);
            let path = file.field("path").text();
            take(path, path);
        }
        account_token(projected, &source.field("serviceAccountToken"));
        if source.field("clusterTrustBundle").is_set() {
            let part = source.field("clusterTrustBundle");
            trust_bundle(&part);
            let path = part.field("path").text();
            take(path, path);
        }
        if count > 1 {
            source.forbidden("may not specify more than 1 volume type per source");
        }
    }
}

fn account_token(projected: &Spot<'_, '_>, part: &Spot<'_, '_>) {
    if !part.is_set() {
        return;
    }
    let seconds = part.field("expirationSeconds");
    if seconds.number() < 600 {
        seconds.invalid("may not specify a duration less than 10 minutes");
    }
    if seconds.number() > 1 << 32 {
        seconds.invalid("may not specify a duration larger than 2^32 seconds");
    }
    let path = part.field("path");
    let at = projected.called("path").with(path.node());
    if path.text().is_empty() { at.required("") } else { at.local_path() }
}

fn trust_bundle(part: &Spot<'_, '_>) {
    let (name, signer) = (part.field("name"), part.field("signerName"));
    match (name.is_set(), signer.is_set()) {
        (true, true) => part.invalid_internal(
            "core.ClusterTrustBundleProjection",
            "only one of name and signerName may be used",
        ),
        (true, false) => {
            if name.text().is_empty() {
                name.required("must be a valid object name");
            }
            let selector = part.field("labelSelector");
            if selector.is_set() {
                selector.invalid("labelSelector must be unset if name is specified");
            }
        }
        (false, true) => {
            if signer.text().is_empty() {
                signer.required("must be a valid signer name");
            }
            part.field("labelSelector").label_selector();
        }
        (false, false) => part.required("either name or signerName must be specified"),
    }
    let path = part.field("path");
    path.required_text();
    path.local_path();
}
