//! Images that fail, by words in their names.

use manifest::Text;

/// What happens to a container of an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It runs and is ready.
    Runs,
    /// The image cannot be pulled.
    NotFound,
    /// It ends with an error each time it is started.
    Crashes,
}

/// An image whose name or tag contains one of these is not found: its containers wait with
/// `ImagePullBackOff` for as long as they have that image.
const NOT_FOUND: [&str; 4] = ["does-not-exist", "no-such-image", "no-such-tag", "not-a-real-image"];

/// An image whose name or tag contains this ends with an error: its containers wait with
/// `CrashLoopBackOff`, and a Job's Pods fail.
const CRASHES: &str = "crash-loop";

/// What happens to a container of this image.
pub(super) fn fate(image: &str) -> Fate {
    if NOT_FOUND.iter().any(|word| image.contains(word)) {
        Fate::NotFound
    } else if image.contains(CRASHES) {
        Fate::Crashes
    } else {
        Fate::Runs
    }
}

/// The whole name of an image, as a container runtime completes it: `docker.io/library/nginx:latest`.
pub(super) fn full_name(image: &str) -> Text {
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let named = match image.split_once('/') {
        Some((first, _)) if is_host(first) => image.to_owned(),
        Some(_) => format!("docker.io/{image}"),
        None => format!("docker.io/library/{image}"),
    };
    let last = named.rsplit('/').next().unwrap_or_default();
    if last.contains(':') || last.contains('@') {
        named.into()
    } else {
        ecow::eco_format!("{named}:latest")
    }
}

#[cfg(test)]
mod tests;
