//! In which form an answer is wanted.

use crate::call::Answer;
use crate::make::map;
use crate::status;

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Json,
    Yaml,
}

/// What of an object is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// All of it.
    Whole,
    /// A table for people.
    Table,
    /// The metadata only.
    Partial,
    /// The metadata of each object of a list.
    PartialList,
}

/// The form of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Accept {
    pub(crate) format: Format,
    pub(crate) shape: Shape,
}

const TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const STREAMS: &str =
    "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

impl Accept {
    pub(crate) const JSON: Accept = Accept { format: Format::Json, shape: Shape::Whole };

    /// The first form that a header `Accept` has and we can give.
    pub(crate) fn of(header: &str, is_watch: bool) -> Result<Accept, Answer> {
        if header.trim().is_empty() {
            return Ok(Accept::JSON);
        }
        let mut parts: Vec<(f32, &str)> =
            header.split(',').map(|part| (quality(part), part)).collect();
        parts.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut knows_type = false;
        for (_, part) in parts {
            let mut words = part.split(';').map(str::trim);
            let format = match words.next().unwrap_or_default() {
                "application/json" | "*/*" => Format::Json,
                "application/yaml" => Format::Yaml,
                "application/vnd.kubernetes.protobuf" => {
                    knows_type = true;
                    continue;
                }
                _ => continue,
            };
            knows_type = true;
            if let Some(shape) = shape(words) {
                return Ok(Accept { format, shape });
            }
        }
        if knows_type {
            return Err(Accept::refused());
        }
        let streams = if is_watch { format!(", {STREAMS}") } else { String::new() };
        let message = format!("406: Not Acceptable\n\nAvailable representations: {TYPES}{streams}");
        Err(status::failure(406, "NotAcceptable", &message, Some(map([]))))
    }
}

impl Accept {
    /// That nothing that is accepted can be given.
    pub(crate) fn refused() -> Answer {
        let message = format!("only the following media types are accepted: {TYPES}");
        status::failure(406, "NotAcceptable", &message, None)
    }
}

fn quality(part: &str) -> f32 {
    let quality = part.split(';').find_map(|word| word.trim().strip_prefix("q="));
    quality.and_then(|text| text.parse().ok()).unwrap_or(1.0)
}

/// The shape that parameters ask for; `None` where there is none such.
fn shape<'a>(words: impl Iterator<Item = &'a str>) -> Option<Shape> {
    let (mut kind, mut group, mut version) = ("", "", "");
    for word in words {
        match word.split_once('=') {
            Some(("as", value)) => kind = value,
            Some(("g", value)) => group = value,
            Some(("v", value)) => version = value,
            _ => {}
        }
    }
    let is_known = group == "meta.k8s.io" && version == "v1";
    match kind {
        "" => Some(Shape::Whole),
        "Table" if is_known => Some(Shape::Table),
        "PartialObjectMetadata" if is_known => Some(Shape::Partial),
        "PartialObjectMetadataList" if is_known => Some(Shape::PartialList),
        _ => None,
    }
}
