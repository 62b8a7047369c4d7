//! A page of the list of a bucket's objects, as each of the servers writes it.

use manifest::{Node, Origin};
use serde::Deserialize;

use super::Provider;
use crate::Error;
use crate::access::decoded;

/// What a list says of an object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) etag: String,
    pub(crate) size: u64,
    /// Which writing of it this is, where the server says that.
    pub(crate) generation: Option<String>,
}

/// A page.
pub(crate) struct Page {
    pub(crate) objects: Vec<Object>,
    /// What the next one is asked by, unless this is the last.
    pub(crate) next: Option<String>,
}

/// What a server says instead of what it was asked for.
#[derive(Default)]
pub(crate) struct Refusal {
    /// One of its words.
    pub(crate) code: Option<String>,
    /// Where the bucket is, if that is what is wrong.
    pub(crate) region: Option<String>,
}

/// What an answer can be, by the name of its root.
#[derive(Deserialize)]
enum Document {
    ListBucketResult(S3List),
    EnumerationResults(AzureList),
    Error(S3Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct S3List {
    #[serde(default)]
    contents: Vec<S3Object>,
    #[serde(default)]
    is_truncated: bool,
    next_continuation_token: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct S3Object {
    key: String,
    #[serde(rename = "ETag", default)]
    etag: String,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AzureList {
    #[serde(default)]
    blobs: AzureBlobs,
    next_marker: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct AzureBlobs {
    #[serde(default)]
    blob: Vec<AzureBlob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AzureBlob {
    name: AzureName,
    properties: AzureProperties,
}

#[derive(Deserialize)]
struct AzureName {
    #[serde(rename = "@Encoded", default)]
    encoded: bool,
    #[serde(rename = "$text", default)]
    text: String,
}

#[derive(Deserialize)]
struct AzureProperties {
    #[serde(rename = "Etag")]
    etag: String,
    #[serde(rename = "Content-Length")]
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct S3Error {
    code: Option<String>,
    region: Option<String>,
}

impl Page {
    /// Reads what a server answered.
    ///
    /// # Errors
    /// It is no such list.
    pub(crate) fn read(provider: Provider, bytes: &[u8]) -> Result<Page, Error> {
        match provider {
            Provider::Gcp => Page::of_google(bytes),
            _ => match read(bytes)? {
                Document::ListBucketResult(list) => Page::of_s3(list),
                Document::EnumerationResults(list) => Page::of_azure(list),
                Document::Error(_) => Err(wrong("it is an error")),
            },
        }
    }

    fn of_s3(list: S3List) -> Result<Page, Error> {
        let is_encoded = list.encoding_type.as_deref() == Some("url");
        let object = |object: S3Object| {
            let key = if is_encoded { plain(&object.key, true)? } else { object.key };
            let etag = bare(&object.etag).to_owned();
            Ok(Object { key, etag, size: object.size, generation: None })
        };
        let objects = list.contents.into_iter().map(object).collect::<Result<_, Error>>()?;
        let next = list.next_continuation_token.filter(|token| !token.is_empty());
        match (list.is_truncated, next) {
            (false, _) => Ok(Page { objects, next: None }),
            (true, Some(next)) => Ok(Page { objects, next: Some(next) }),
            (true, None) => Err(wrong("it goes on and does not say where")),
        }
    }

    fn of_azure(list: AzureList) -> Result<Page, Error> {
        let object = |blob: AzureBlob| {
            let AzureName { encoded, text } = blob.name;
            let key = if encoded { plain(&text, false)? } else { text };
            let AzureProperties { etag, size } = blob.properties;
            Ok(Object { key, etag: quoted(&etag), size, generation: None })
        };
        let objects = list.blobs.blob.into_iter().map(object).collect::<Result<_, Error>>()?;
        Ok(Page { objects, next: list.next_marker.filter(|marker| !marker.is_empty()) })
    }

    fn of_google(bytes: &[u8]) -> Result<Page, Error> {
        let page = manifest::json::read(bytes, Origin::NONE).map_err(|_| wrong("it is no JSON"))?;
        if page.str_at(&["kind"]) != Some("storage#objects") {
            return Err(wrong("it is something else"));
        }
        let items = page.get("items").and_then(Node::as_list).unwrap_or_default();
        let object = |item: &Node| {
            let text = |key: &str| item.str_at(&[key]).map(str::to_owned);
            let size = text("size")?.parse().ok()?;
            let generation = text("generation");
            Some(Object { key: text("name")?, etag: text("etag")?, size, generation })
        };
        let objects: Option<Vec<_>> = items.iter().map(object).collect();
        let objects = objects.ok_or_else(|| wrong("an object has no name, etag or size"))?;
        Ok(Page { objects, next: page.str_at(&["nextPageToken"]).map(str::to_owned) })
    }
}

impl Refusal {
    /// Reads what a server answered; nothing where that says nothing. No other text of it is passed on.
    pub(crate) fn read(provider: Provider, bytes: &[u8]) -> Refusal {
        if provider == Provider::Gcp {
            return Refusal::default();
        }
        match read(bytes) {
            Ok(Document::Error(error)) => Refusal {
                code: error.code.filter(|code| is_word(code)),
                region: error.region.filter(|region| is_word(region)),
            },
            _ => Refusal::default(),
        }
    }
}

/// Whether a text is a code, or a region.
pub(crate) fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=60).contains(&text.len()) && text.bytes().all(is_part)
}

/// An etag as minio-go has it, which Flux computes revisions from: without quotes.
pub(crate) fn bare(etag: &str) -> &str {
    let etag = etag.strip_prefix('"').unwrap_or(etag);
    etag.strip_suffix('"').unwrap_or(etag)
}

/// An etag as Azure has it in the header of an object, which Flux computes revisions from: with quotes. In the list it
/// has none.
pub(crate) fn quoted(etag: &str) -> String {
    format!("\"{}\"", bare(etag))
}

fn read(bytes: &[u8]) -> Result<Document, Error> {
    // A parser's message shows what it has read, which may be anything.
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is no text"))?;
    quick_xml::de::from_str(text).map_err(|_| wrong("it is not the XML that it should be"))
}

/// A key without its percent signs.
fn plain(key: &str, has_plus: bool) -> Result<String, Error> {
    let key = if has_plus { key.replace('+', " ") } else { key.to_owned() };
    String::from_utf8(decoded(&key)).map_err(|_| wrong("a key in it is no text"))
}

fn wrong(why: &str) -> Error {
    Error::Artifact { what: format!("its list of objects cannot be read: {why}") }
}
