//! What nauarch makes of an object: the same steps as those of its agent.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use source::{Access, Artifact, Error, Include, Reference, Stores, Want, Written, failure};

use super::case::{Asked, Case};

const LIMIT: Duration = Duration::from_secs(60);

/// What was made, as cases expect it: an artifact, or the condition that says why there is none.
pub(super) fn artifact(case: &Case, asked: &Asked, address: &str, folder: &Path) -> Result<Value> {
    let stores = Stores::new(folder.join("stores"));
    let made = made(case, asked, address, &stores)?;
    Ok(match made {
        Ok(artifact) => {
            let packed = artifact.packed.context("nothing was packed")?;
            json!({
                "revision": artifact.revision.as_str(),
                "digest": packed.digest,
                "size": packed.size,
            })
        }
        Err(error) => {
            let (condition, reason) = error.condition(failure::GIT);
            json!({ "condition": condition, "reason": reason })
        }
    })
}

fn made(
    case: &Case,
    asked: &Asked,
    address: &str,
    stores: &Stores,
) -> Result<Result<Artifact, Error>> {
    let spec = &asked.spec;
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let texts = |key: &str| -> Vec<String> {
        let list = spec.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let none = Value::Null;
    let written = spec.get("ref").unwrap_or(&none);
    let want = Want {
        reference: Reference::choose(Written {
            commit: text(written, "commit"),
            name: text(written, "name"),
            tag: text(written, "tag"),
            semver: text(written, "semver"),
            branch: text(written, "branch"),
        }),
        interval: LIMIT,
        timeout: LIMIT,
        directories: texts("sparseCheckout"),
        submodules: spec.get("recurseSubmodules") == Some(&Value::Bool(true)),
        verify: None,
    };
    let url = format!("{address}/{}/.git", asked.repository);
    let own = match stores.fetch(&url, &Access::default(), &want) {
        Ok(own) => own,
        Err(error) => return Ok(Err(error)),
    };
    let includes = spec.get("include").and_then(Value::as_array);
    let mut parts: BTreeMap<usize, (Include, Artifact, Option<String>)> = BTreeMap::new();
    for (at, written) in includes.into_iter().flatten().enumerate() {
        let name = written["repository"]["name"].as_str().context("an include without a name")?;
        let other = case.object(name).with_context(|| format!("there is no object {name}"))?;
        let artifact = match self::made(case, other, address, stores)? {
            Ok(artifact) => artifact,
            Err(error) => return Ok(Err(error)),
        };
        let include = Include {
            name: name.to_owned(),
            from: text(written, "fromPath").unwrap_or_default(),
            to: text(written, "toPath").unwrap_or_else(|| name.to_owned()),
        };
        parts.insert(at, (include, artifact, text(&other.spec, "ignore")));
    }
    let parts: Vec<_> = parts
        .values()
        .map(|(include, artifact, ignore)| (include, artifact, ignore.as_deref()))
        .collect();
    Ok(agent::artifact(own, &parts, text(spec, "ignore").as_deref()))
}
