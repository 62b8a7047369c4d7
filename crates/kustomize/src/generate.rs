//! ConfigMaps and Secrets from literals, files and env files (`api/internal/generators`, `api/kv`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Diagnostic, Key, Map, Node, Origin, Text, Via};

use crate::builder::{Builder, Failed};
use crate::decode::Located;
use crate::kustomization::{Generated, GeneratedKind};
use crate::resource::Resource;

/// The width at which base64 is wrapped.
const BASE64_LINE: usize = 70;

/// One entry of the data: raw bytes, and where they come from.
struct Pair {
    key: Text,
    value: Vec<u8>,
    origin: Origin,
}

/// Makes the resource.
///
/// # Errors
/// A source cannot be read or parsed, a key is repeated, the name is missing.
pub(crate) fn generate(
    builder: &mut Builder<'_>,
    directory: &str,
    generated: &Generated,
) -> Result<Resource, Failed> {
    if generated.name.is_empty() {
        let diagnostic = Diagnostic::error(generated.origin, "a generator without a name");
        return Err(builder.fail(diagnostic));
    }
    let pairs = pairs(builder, directory, generated)?;
    let origin = generated.origin.via(Via::Generator);
    let kind = match generated.kind {
        GeneratedKind::ConfigMap => "ConfigMap",
        GeneratedKind::Secret => "Secret",
    };
    let mut metadata = Map::new();
    metadata.set("name", Node::string(generated.name.clone(), origin));
    if !generated.namespace.is_empty() {
        metadata.set("namespace", Node::string(generated.namespace.clone(), origin));
    }
    let options = &generated.options;
    for (field, texts) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        if !texts.is_empty() {
            metadata.set(field, text_map(texts));
        }
    }
    let mut object = Map::new();
    object.set("apiVersion", Node::string("v1", origin));
    object.set("kind", Node::string(kind, origin));
    object.set("metadata", Node::new(metadata, origin));
    if generated.kind == GeneratedKind::Secret {
        let given = !generated.secret_type.is_empty();
        let secret_type = if given { generated.secret_type.as_str() } else { "Opaque" };
        object.set("type", Node::string(secret_type, origin));
        object.set("data", Node::map(origin));
    }
    let mut object = Node::new(object, origin);
    for pair in pairs {
        let (field, text) = encode(generated.kind, pair.value);
        if let Some(data) = object.map_entry(field, origin) {
            data.push_new(Key::new(pair.key), Node::string(text, pair.origin.via(Via::Generator)));
        }
    }
    if options.immutable
        && let Some(map) = object.as_map_mut()
    {
        map.set("immutable", Node::new(true, origin));
    }
    manifest::yaml::restyle(&mut object);
    let mut resource = Resource::new(object, builder.schema());
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource.behavior = generated.behavior;
    Ok(resource)
}

fn text_map(texts: &[(Key, Located<Text>)]) -> Node {
    let entry = |(key, text): &(Key, Located<Text>)| {
        (key.clone(), Node::string(text.value.clone(), text.origin.via(Via::Generator)))
    };
    Node { value: texts.iter().map(entry).collect(), origin: Origin::NONE }
}

/// The field that a value goes to, and its text there.
fn encode(kind: GeneratedKind, value: Vec<u8>) -> (&'static str, Text) {
    let base64 = |value: &[u8]| {
        let encoded = STANDARD.encode(value);
        if encoded.len() < BASE64_LINE {
            return encoded;
        }
        let lines = encoded.as_bytes().chunks(BASE64_LINE);
        lines.map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect()
    };
    match (kind, String::from_utf8(value)) {
        (GeneratedKind::ConfigMap, Ok(text)) => ("data", text.into()),
        (GeneratedKind::ConfigMap, Err(error)) => ("binaryData", base64(error.as_bytes()).into()),
        (GeneratedKind::Secret, Ok(text)) => ("data", base64(text.as_bytes()).into()),
        (GeneratedKind::Secret, Err(error)) => ("data", base64(error.as_bytes()).into()),
    }
}

/// All pairs, sorted by key: env files, literals, files.
fn pairs(
    builder: &mut Builder<'_>,
    directory: &str,
    generated: &Generated,
) -> Result<Vec<Pair>, Failed> {
    let mut pairs = Vec::new();
    let mut failed = None;
    for env in &generated.envs {
        match builder.load_file(directory, env) {
            Ok((path, content)) => {
                let file = builder.name(&path);
                for (at, line) in content.bytes().split(|&byte| byte == b'\n').enumerate() {
                    let origin = Origin::new(file, at + 1);
                    match env_line(line, at == 0) {
                        Ok(Some((key, value))) => pairs.push(Pair { key, value, origin }),
                        Ok(None) => {}
                        Err(why) => failed = Some(builder.fail(Diagnostic::error(origin, why))),
                    }
                }
            }
            Err(error) => failed = Some(error),
        }
    }
    for literal in &generated.literals {
        match literal.value.split_once('=').filter(|(key, _)| !key.is_empty()) {
            Some((key, value)) => pairs.push(Pair {
                key: key.into(),
                value: unquoted(value).as_bytes().to_vec(),
                origin: literal.origin,
            }),
            None => {
                let cause = format!("the literal `{}` is not of the form KEY=VALUE", literal.value);
                failed = Some(builder.fail(Diagnostic::error(literal.origin, cause)));
            }
        }
    }
    for source in &generated.files {
        match file_source(&source.value) {
            Ok((key, path)) => {
                let path = Located::new(path.into(), source.origin);
                match builder.load_file(directory, &path) {
                    Ok((path, content)) => pairs.push(Pair {
                        key: key.into(),
                        value: content.bytes().to_vec(),
                        origin: Origin::new(builder.name(&path), 1),
                    }),
                    Err(error) => failed = Some(error),
                }
            }
            Err(why) => failed = Some(builder.fail(Diagnostic::error(source.origin, why))),
        }
    }
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    for (pair, next) in pairs.iter().zip(pairs.iter().skip(1)) {
        if pair.key == next.key {
            let cause = format!("generator `{}` has the key `{}` twice", generated.name, pair.key);
            let diagnostic = Diagnostic::error(next.origin, cause);
            let diagnostic = diagnostic.related(pair.origin, "first here").help("keep one of them");
            failed = Some(builder.fail(diagnostic));
        }
    }
    failed.map_or(Ok(pairs), Err)
}

/// A line of an env file: leading space and comments skipped, the value kept raw.
fn env_line(line: &[u8], is_first: bool) -> Result<Option<(Text, Vec<u8>)>, &'static str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "the line is not valid UTF-8")?;
    let text = if is_first { text.trim_start_matches('\u{feff}') } else { text };
    let text = text.trim_start();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Ok(None);
    }
    Ok(Some((key.into(), value.as_bytes().to_vec())))
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

/// `[KEY=]PATH`.
fn file_source(source: &str) -> Result<(&str, &str), String> {
    match source.split_once('=') {
        None => Ok((source.rsplit('/').next().unwrap_or(source), source)),
        Some((_, path)) if path.contains('=') => {
            Err(format!("`{source}` has more than one `=`; it is [KEY=]PATH"))
        }
        Some(("", _)) => Err(format!("`{source}` has no key before the `=`")),
        Some((_, "")) => Err(format!("`{source}` has no path after the `=`")),
        Some((key, path)) => Ok((key, path)),
    }
}

#[cfg(test)]
mod tests;
