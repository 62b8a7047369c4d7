//! S3 on loopback, in memory: its protocol and its check of signatures are those of s3s.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    ETag, EncodingType, GetObjectInput, GetObjectOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object, StreamingBlob,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3, S3Request, S3Response, S3Result, s3_error};
use testkit::server::{Asked, serve};

use super::super::address::encoded;
use crate::oci::Digest;
use crate::tests::server::serve_tls;

/// Objects by their keys, in the bucket `fleet`.
pub(super) type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A running server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) objects: Objects,
    service: S3Service,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that lets `canary-1` with `canary-2` in, or whoever comes.
    pub(super) fn new(objects: &[(&str, &str)], for_all: bool) -> Server {
        let object = |(key, text): &(&str, &str)| ((*key).to_owned(), text.as_bytes().to_vec());
        let objects: Objects = Arc::new(Mutex::new(objects.iter().map(object).collect()));
        let mut builder = S3ServiceBuilder::new(Memory(objects.clone()));
        if !for_all {
            builder.set_auth(SimpleAuth::from_single("canary-1", "canary-2"));
        }
        Server { objects, service: builder.build(), log: Arc::default() }
    }

    /// Its address.
    pub(super) fn start(&self) -> String {
        let server = self.clone();
        serve(move |asked| server.answer(asked)).replace("http://", "")
    }

    /// Its address and its certificate.
    pub(super) fn start_tls(&self) -> (String, String) {
        let server = self.clone();
        let (url, certificate) = serve_tls(move |asked| server.answer(asked));
        (url.replace("https://", ""), certificate)
    }

    pub(super) fn put(&self, key: &str, text: &str) {
        self.objects.lock().unwrap().insert(key.to_owned(), text.as_bytes().to_vec());
    }

    /// What was asked since the last time, sorted; of a list only that it was.
    pub(super) fn asked(&self) -> String {
        let mut asked = std::mem::take(&mut *self.log.lock().unwrap());
        asked.sort();
        asked.join(" ")
    }

    pub(super) fn answer(&self, asked: &Asked) -> (String, Vec<u8>) {
        let path = asked.url.strip_prefix("/fleet/").unwrap_or(&asked.url);
        let what = if path.starts_with('?') { "LIST" } else { path };
        self.log.lock().unwrap().push(what.to_owned());
        let mut request = http::Request::builder().method(asked.method.as_str()).uri(&asked.url);
        for (name, value) in &asked.headers {
            request = request.header(name, value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = request.body(Body::empty()).unwrap();
            let (head, body) = self.service.call(request).await.unwrap().into_parts();
            let mut lines = head.status.to_string();
            for (name, value) in head.headers.iter().filter(|(name, _)| *name != "content-length") {
                lines += &format!("\r\n{name}: {}", value.to_str().unwrap());
            }
            (lines, body.collect().await.unwrap().to_bytes().to_vec())
        })
    }
}

struct Memory(Objects);

/// 32 digits of the content.
pub(super) fn etag(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()[..32].to_owned()
}

#[async_trait::async_trait]
impl S3 for Memory {
    /// Two objects a page, with percent signs.
    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        if input.bucket != "fleet" {
            return Err(s3_error!(NoSuchBucket));
        }
        assert_eq!(input.encoding_type.as_ref().map(EncodingType::as_str), Some("url"));
        let objects = self.0.lock().unwrap();
        let (prefix, after) = (input.prefix.unwrap_or_default(), input.continuation_token);
        let mut rest = objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after));
        let page: Vec<_> = rest.by_ref().take(2).collect();
        let next = rest.next().and(page.last()).map(|(key, _)| (*key).clone());
        let object = |(key, bytes): &(&String, &Vec<u8>)| Object {
            key: Some(encoded(key, b"/")),
            e_tag: Some(ETag::Strong(etag(bytes))),
            size: i64::try_from(bytes.len()).ok(),
            ..Object::default()
        };
        Ok(S3Response::new(ListObjectsV2Output {
            contents: Some(page.iter().map(object).collect()),
            encoding_type: input.encoding_type,
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        if input.bucket != "fleet" {
            return Err(s3_error!(NoSuchBucket));
        }
        let bytes = self.0.lock().unwrap().get(&input.key).cloned();
        let bytes = bytes.ok_or_else(|| s3_error!(NoSuchKey))?;
        let (e_tag, length) = (Some(ETag::Strong(etag(&bytes))), bytes.len());
        let body = Body::from(bytes);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::from(body)),
            content_length: i64::try_from(length).ok(),
            e_tag,
            ..GetObjectOutput::default()
        }))
    }
}
