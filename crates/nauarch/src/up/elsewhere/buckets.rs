//! Buckets: what their objects and Secrets say.

use api::Bucket;
use client::Client;
use source::bucket::{Address, Credentials, LeavesOut, Provider, Want};
use source::{Failure, Latest, Stores, failure};
use tokio::sync::watch;

use super::secrets::Secrets;
use super::{MINUTE, SECOND, name, text};

/// The files of a bucket.
pub(super) fn follow(stores: &Stores, client: &Client, bucket: Bucket) -> watch::Receiver<Latest> {
    let (secret, certificates) = (name(&bucket.secret), name(&bucket.certificates));
    let secrets = Secrets {
        client: client.clone(),
        namespace: bucket.source.namespace.clone(),
        names: [&secret, &certificates].into_iter().flatten().cloned().collect(),
        account: None,
    };
    let stores = stores.clone();
    secrets.follow(move |held| {
        let word = &bucket.provider;
        let none = || Failure::new(failure::BUCKET, format!("there is no provider `{word}`"));
        let provider = Provider::parse(word).ok_or_else(none)?;
        let credentials = Credentials::of_secrets(
            provider,
            held.get(secret.as_ref()),
            held.get(certificates.as_ref()),
        );
        let credentials = credentials.map_err(|error| Failure::of(&error, failure::BUCKET))?;
        let address = Address {
            provider,
            endpoint: bucket.endpoint.value.to_string(),
            bucket: bucket.name.value.to_string(),
            prefix: text(&bucket.prefix).unwrap_or_default(),
            region: text(&bucket.region).unwrap_or_default(),
            insecure: bucket.insecure,
        };
        let want = Want {
            ignore: text(&bucket.ignore).unwrap_or_default(),
            rules,
            interval: bucket.interval.unwrap_or(MINUTE).max(SECOND),
            timeout: bucket.timeout,
        };
        Ok(stores.follow_bucket(&address, &credentials, want))
    })
}

/// The patterns of `.sourceignore`, then those of `spec.ignore`.
fn rules(file: &str, ignore: &str) -> LeavesOut {
    let rules = render::Ignore::of([file, ignore]);
    Box::new(move |key| rules.leaves_out(key, false))
}
