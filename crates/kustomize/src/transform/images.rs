//! `images`: new names, tags and digests (`api/filters/imagetag`).

use manifest::{Diagnostic, Node, Value, Via};
use regex::Regex;

use super::field_error;
use crate::fieldspec::{Create, FieldSpec, FieldSpecs};
use crate::kustomization::Image;
use crate::resource::Resource;
use crate::resources::Resources;

/// Fields whose elements have images, wherever they are.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// The positions of the resources that have an image, in any `containers` list or in a field of `specs`.
pub(crate) fn holders(specs: &FieldSpecs, resources: &Resources) -> Vec<usize> {
    let has_image = |resource: &Resource| {
        let of_kind = |spec: &&FieldSpec| spec.applies_to(&resource.id().gvk);
        any_container(resource.node(), &mut |_| true)
            || specs.iter().filter(of_kind).any(|spec| spec.any(resource.node(), &mut |_| true))
    };
    let holding = resources.iter().enumerate().filter(|(_, resource)| has_image(resource));
    holding.map(|(at, _)| at).collect()
}

/// Changes every image that `image` names in the resources that hold some ([`holders`]).
///
/// # Errors
/// A spec leads to something that is no text.
pub(crate) fn set(
    image: &Image,
    specs: &FieldSpecs,
    resources: &mut Resources,
    holders: &[usize],
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let Some(names) = Names::new(image) else {
        let cause = format!("the image name `{}` is no regular expression", image.name);
        let warning = Diagnostic::warning(image.origin, cause);
        return Ok(vec![warning.help("kustomize reads it as one, and changes no image")]);
    };
    let origin = image.origin.via(Via::Images);
    for &at in holders {
        let Some(resource) = resources.get_mut(at) else { continue };
        let gvk = resource.id().gvk.clone();
        if gvk.kind == "CustomResourceDefinition" {
            continue;
        }
        let mut wanted = |node: &Node| names.changed(node).is_some();
        if any_container(resource.node(), &mut wanted) {
            in_containers(resource.node_mut(), &mut |node| names.change(node));
        }
        for spec in specs.iter().filter(|spec| spec.applies_to(&gvk)) {
            let mut wanted = |node: &Node| !is_scalar(node) || names.changed(node).is_some();
            if !spec.any(resource.node(), &mut wanted) {
                continue;
            }
            let mut set = |node: &mut Node| {
                if !is_scalar(node) {
                    let cause = "an image belongs into text";
                    return Err(crate::fieldspec::Fault::new(cause, node.origin));
                }
                names.change(node);
                Ok(())
            };
            spec.visit(resource.node_mut(), Create::Nothing, origin, &mut set)
                .map_err(|fault| field_error(resource, &fault, image.origin))?;
        }
    }
    Ok(Vec::new())
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::List(_) | Value::Map(_))
}

struct Names<'a> {
    image: &'a Image,
    /// `None`: the dot is the only special character in the name, so that comparing does.
    regex: Option<Regex>,
}

impl<'a> Names<'a> {
    /// `None`: the name is no regular expression.
    fn new(image: &'a Image) -> Option<Names<'a>> {
        // The original puts the name into a regular expression as it is; only in names without
        // special characters does that not show. A dot is one: `a.b` matches `a-b`.
        let simple = |c: char| c.is_ascii_alphanumeric() || "-_/:@.".contains(c);
        if image.name.chars().all(simple) {
            return Some(Names { image, regex: None });
        }
        let pattern =
            format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image.name);
        Some(Names { image, regex: Some(Regex::new(&pattern).ok()?) })
    }

    fn matches(&self, text: &str) -> bool {
        if let Some(regex) = &self.regex {
            return regex.is_match(text);
        }
        let mut rest = text.chars();
        let fits = |wanted: char| rest.next().is_some_and(|c| c == wanted || wanted == '.');
        if !self.image.name.chars().all(fits) {
            return false;
        }
        let rest = rest.as_str();
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_.{}-".contains(c);
        let rest = match rest.strip_prefix(':') {
            Some(tag) => tag.trim_start_matches(is_word),
            None => rest,
        };
        match rest.strip_prefix("@sha256:") {
            Some(digest) => digest.chars().all(is_word),
            None => rest.is_empty(),
        }
    }

    /// The new text for an image that is concerned.
    fn changed(&self, node: &Node) -> Option<String> {
        let text = node.scalar_text().filter(|_| !node.is_null())?;
        if !self.matches(&text) {
            return None;
        }
        let image = self.image;
        let (name, tag, digest) = split(&text);
        let name = if image.new_name.is_empty() { name } else { &image.new_name };
        let suffixed = format!("{tag}{}", image.tag_suffix);
        let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str()) {
            ("", "") if image.tag_suffix.is_empty() => (tag, digest),
            ("", "") => (suffixed.as_str(), ""),
            (tag, "") => (tag, ""),
            ("", digest) => ("", digest),
            both => both,
        };
        let mut changed = name.to_owned();
        if !tag.is_empty() {
            changed.push(':');
            changed.push_str(tag);
        }
        if !digest.is_empty() {
            changed.push('@');
            changed.push_str(digest);
        }
        Some(changed)
    }

    fn change(&self, node: &mut Node) {
        if let Some(text) = self.changed(node) {
            *node = Node::string(text, self.image.origin.via(Via::Images));
        }
    }
}

/// Name, tag and digest; a colon before the last part of the path is a port.
fn split(image: &str) -> (&str, &str, &str) {
    let (image, digest) = image.split_once('@').unwrap_or((image, ""));
    let path = image.find('/').filter(|&at| at > 0).unwrap_or(0);
    match image.get(path..).and_then(|rest| rest.find(':')) {
        Some(at) => (&image[..path + at], &image[path + at + 1..], digest),
        None => (image, "", digest),
    }
}

fn any_container(node: &Node, wanted: &mut dyn FnMut(&Node) -> bool) -> bool {
    match &node.value {
        Value::List(list) => list.iter().any(|item| any_container(item, wanted)),
        Value::Map(map) => map.iter().any(|(key, value)| match &value.value {
            Value::List(list) => {
                let is_meant = CONTAINERS.contains(&key.as_str());
                let images = list.iter().filter(|_| is_meant).filter_map(|c| c.get("image"));
                images.into_iter().any(&mut *wanted) || any_container(value, wanted)
            }
            Value::Map(_) => any_container(value, wanted),
            _ => false,
        }),
        _ => false,
    }
}

fn in_containers(node: &mut Node, change: &mut dyn FnMut(&mut Node)) {
    match &mut node.value {
        Value::List(list) => {
            for item in list.make_mut() {
                in_containers(item, change);
            }
        }
        Value::Map(map) => {
            for (key, value) in map.iter_mut() {
                if !matches!(value.value, Value::List(_) | Value::Map(_)) {
                    continue;
                }
                in_containers(value, change);
                if !CONTAINERS.contains(&key.as_str()) {
                    continue;
                }
                for container in value.as_list_mut().into_iter().flat_map(ecow::EcoVec::make_mut) {
                    if let Some(image) = container.as_map_mut().and_then(|map| map.get_mut("image"))
                    {
                        change(image);
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
