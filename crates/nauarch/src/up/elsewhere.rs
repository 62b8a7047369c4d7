//! Files that are elsewhere, for the agent of a cluster: its objects say where, its Secrets how.

mod buckets;
mod secrets;

use std::time::Duration;

use api::{At, Bucket, GitReference, GitRepository, OciReference, OciRepository};
use client::Client;
use manifest::{Object, Text};
use source::signature::{Keys, Mode, Verify};
use source::{Access, Failure, Latest, Reference, Stores, Want, Written, archive, failure, oci};
use tokio::sync::watch;

pub(super) use self::secrets::changed;
use self::secrets::{Held, Secrets};

/// How often something is looked at that does not say it, and the least that it may say.
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Flux's reason for an address that is none.
const NO_URL: &str = "URLInvalid";

/// The files of a source, without what it includes; `None` where it is not fetched here.
pub(super) fn follow(
    stores: &Stores,
    client: &Client,
    object: &Object,
) -> Option<watch::Receiver<Latest>> {
    if GitRepository::is(object) {
        return follow_git(stores, client, GitRepository::read(object).value);
    }
    if OciRepository::is(object) {
        return Some(follow_artifact(stores, client, OciRepository::read(object).value));
    }
    if Bucket::is(object) {
        return Some(buckets::follow(stores, client, Bucket::read(object).value));
    }
    archive(object).map(|want| stores.follow_archive(want))
}

fn follow_git(
    stores: &Stores,
    client: &Client,
    repository: GitRepository,
) -> Option<watch::Receiver<Latest>> {
    let url = repository.url.value.to_string();
    let is_any = ["https://", "http://", "file://"].iter().any(|scheme| url.starts_with(scheme));
    let is_ssh = url.starts_with("ssh://") && repository.secret.is_some();
    if !is_any && !is_ssh {
        return None;
    }
    let want = Want {
        reference: reference(&repository.reference),
        interval: repository.interval.unwrap_or(MINUTE).max(SECOND),
        timeout: repository.timeout,
        submodules: repository.recurse_submodules,
        directories: repository.sparse_checkout.iter().map(|at| at.value.to_string()).collect(),
        verify: None,
    };
    let secret = name(&repository.secret);
    let verify = repository.verify.map(|(mode, keys)| (Mode::read(&mode), keys.value));
    let keys = verify.as_ref().map(|(_, keys)| keys);
    let secrets = Secrets {
        client: client.clone(),
        namespace: repository.source.namespace,
        names: [secret.as_ref(), keys].into_iter().flatten().cloned().collect(),
        account: None,
    };
    let stores = stores.clone();
    Some(secrets.follow(move |held| {
        let failed = |error: source::Error| Failure::of(&error, failure::GIT);
        let access = held.get(secret.as_ref()).map(|data| Access::of_secret(&url, data));
        let access = access.transpose().map_err(failed)?;
        let mut want = want.clone();
        if let Some((Some(mode), keys)) = &verify
            && let Some(data) = held.get(Some(keys))
        {
            want.verify =
                Some(Verify { mode: *mode, keys: Keys::of_secret(data).map_err(failed)? });
        }
        Ok(stores.follow(&url, &access.unwrap_or_default(), want))
    }))
}

fn follow_artifact(
    stores: &Stores,
    client: &Client,
    repository: OciRepository,
) -> watch::Receiver<Latest> {
    let (secret, certificates) = (name(&repository.secret), name(&repository.certificates));
    let keys = name(&repository.keys);
    let secrets = Secrets {
        client: client.clone(),
        namespace: repository.source.namespace.clone(),
        names: [&secret, &certificates, &keys].into_iter().flatten().cloned().collect(),
        account: name(&repository.service_account),
    };
    let stores = stores.clone();
    secrets.follow(move |held| {
        let failed = |error: source::Error| Failure::of(&error, failure::OCI);
        let address = oci::Address::parse(&repository.url.value);
        let address = address.map_err(|error| Failure::new(NO_URL, error.chain()))?;
        let address = address.insecure(repository.insecure);
        let access = access(&address, held, (secret.as_ref(), certificates.as_ref()));
        let keys = held.get(keys.as_ref()).map(oci::Keys::of_secret).transpose();
        let want = oci::Want {
            wanted: wanted(&repository, keys.map_err(failed)?).map_err(failed)?,
            interval: repository.interval.unwrap_or(MINUTE).max(SECOND),
            timeout: repository.timeout,
        };
        Ok(stores.follow_artifact(&address, &access.map_err(failed)?, want))
    })
}

/// The archive that another controller made of an ExternalArtifact; `None` where there is none yet.
fn archive(object: &Object) -> Option<archive::Want> {
    let artifact = object.root().at(&["status", "artifact"])?;
    let field = |key: &str| artifact.str_at(&[key]).map(str::to_owned);
    let want = archive::Want {
        url: field("url")?,
        digest: field("digest")?,
        revision: field("revision")?,
        interval: MINUTE,
        timeout: MINUTE,
    };
    (object.kind() == "ExternalArtifact").then_some(want)
}

/// What a registry is shown: of the Secret that is named, then of those of the account.
fn access(
    address: &oci::Address,
    held: &Held,
    (secret, certificates): (Option<&Text>, Option<&Text>),
) -> Result<Access, source::Error> {
    let logins: Vec<_> = held.get(secret).into_iter().chain(held.of_account()).collect();
    Access::of_registry(address, &logins, held.get(certificates))
}

fn name(written: &Option<At<Text>>) -> Option<Text> {
    written.as_ref().map(|name| name.value.clone())
}

/// Which commit of a repository an object wants.
fn reference(written: &GitReference) -> Reference {
    let GitReference { branch, tag, semver, name, commit } = written;
    let [commit, name, tag, semver, branch] = [commit, name, tag, semver, branch].map(text);
    Reference::choose(Written { commit, name, tag, semver, branch })
}

/// Which artifact of a repository an object wants, by whom it has to be signed, and which layer of it.
fn wanted(
    repository: &OciRepository,
    keys: Option<oci::Keys>,
) -> Result<oci::Wanted, source::Error> {
    let OciReference { digest, semver, semver_filter, tag } = &repository.reference;
    let [digest, semver, semver_filter, tag] = [digest, semver, semver_filter, tag].map(text);
    let operation = match repository.copies {
        true => oci::Operation::Copy,
        false => oci::Operation::Extract,
    };
    Ok(oci::Wanted {
        reference: oci::Reference::choose(oci::Written { digest, semver, semver_filter, tag })?,
        layer: oci::Selector { media_type: text(&repository.media_type), operation },
        keys,
    })
}

fn text(written: &Option<At<Text>>) -> Option<String> {
    written.as_ref().map(|text| text.value.to_string())
}
